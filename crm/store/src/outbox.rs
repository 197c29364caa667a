//! Intended pushes, and the list of dispositions.

use crm::disposition::Disposition;
use crm::draft::WrongState;
use crm::id::{CallId, DispositionId, OutboxId};
use crm::outbox::{OutboxItem, OutboxState, PushBrief};
use crm::store::StoreError;
use rusqlite::{Connection, Row, Transaction, named_params};

use crate::error::store_error as err;
use crate::rows::{get as column, id as uuid, json, name, named, parsed};

/// One push.
pub(crate) fn get(db: &Connection, profile: i64, id: OutboxId) -> Result<OutboxItem, StoreError> {
    let mut select = db.prepare_cached("SELECT * FROM outbox WHERE id = ?1 AND profile = ?2").map_err(err)?;
    select.query_row((id.0.as_bytes(), profile), item).map_err(err)
}

/// Writes a push over its row, or as a new row.
pub(crate) fn put(tx: &Transaction<'_>, profile: i64, item: &OutboxItem) -> Result<(), StoreError> {
    let mut put = tx
        .prepare_cached(
            "INSERT INTO outbox (id, call, profile, origin, connector, state, payload, attempt, next_at_ms, last_error,
                remote_id)
            VALUES (:id, :call, :profile, :origin, :connector, :state, :payload, :attempt, :next_at_ms, :last_error,
                :remote_id)
            ON CONFLICT (id) DO UPDATE SET connector = :connector, state = :state, payload = :payload,
                attempt = :attempt, next_at_ms = :next_at_ms, last_error = :last_error, remote_id = :remote_id",
        )
        .map_err(err)?;
    put.execute(named_params! {
        ":id": item.id.0.as_bytes(), ":call": item.call.0.as_bytes(), ":profile": profile,
        ":origin": name(item.payload.record.origin)?, ":connector": item.connector, ":state": name(item.state)?,
        ":payload": json(&item.payload)?, ":attempt": item.attempt, ":next_at_ms": item.next_at_ms,
        ":last_error": item.last_error, ":remote_id": item.remote_id,
    })
    .map_err(err)?;
    Ok(())
}

/// Pushes in these states, oldest first.
pub(crate) fn list(
    db: &Connection,
    profile: i64,
    states: &[OutboxState],
    limit: u32,
) -> Result<Vec<OutboxItem>, StoreError> {
    let names = states.iter().map(name).collect::<Result<Vec<_>, _>>()?;
    // The states arrive as one JSON list, so that the statement is the same for any number of them.
    let mut select = db
        .prepare_cached(
            "SELECT * FROM outbox WHERE profile = ?1 AND (?2 = '[]' OR state IN (SELECT value FROM json_each(?2)))
            ORDER BY id LIMIT ?3",
        )
        .map_err(err)?;
    let items = select.query_map((profile, json(&names)?, limit), item).map_err(err)?;
    items.collect::<Result<_, _>>().map_err(err)
}

/// Pushes of one connector in these states, oldest first.
pub(crate) fn list_to(
    db: &Connection,
    profile: i64,
    connector: &str,
    states: &[OutboxState],
    limit: u32,
) -> Result<Vec<OutboxItem>, StoreError> {
    let names = states.iter().map(name).collect::<Result<Vec<_>, _>>()?;
    let mut select = db
        .prepare_cached(
            "SELECT * FROM outbox WHERE profile = ?1 AND connector = ?2 AND state IN (SELECT value FROM json_each(?3))
            ORDER BY id LIMIT ?4",
        )
        .map_err(err)?;
    let items = select.query_map((profile, connector, json(&names)?, limit), item).map_err(err)?;
    items.collect::<Result<_, _>>().map_err(err)
}

/// The pushes of a call in short, its own first.
pub(crate) fn of_call(db: &Connection, profile: i64, call: CallId) -> Result<Vec<PushBrief>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT id, connector, state, last_error, remote_id FROM outbox WHERE call = ?1 AND profile = ?2
            ORDER BY id <> ?1, id",
        )
        .map_err(err)?;
    let briefs = select.query_map((call.0.as_bytes(), profile), |row| {
        Ok(PushBrief {
            id: OutboxId(uuid(row, "id")?),
            connector: column(row, "connector")?,
            state: named(row, "state")?,
            last_error: column(row, "last_error")?,
            remote_id: column(row, "remote_id")?,
        })
    });
    briefs.map_err(err)?.collect::<Result<_, _>>().map_err(err)
}

/// Takes what is due: the try counts before it is made.
pub(crate) fn take_due(
    tx: &Transaction<'_>,
    profile: i64,
    connector: &str,
    now_ms: i64,
    limit: u32,
) -> Result<Vec<OutboxItem>, StoreError> {
    let due = waiting(tx, profile, OutboxState::Released, connector, now_ms, limit)?;
    step_all(tx, profile, due, OutboxItem::start)
}

/// Takes what is due to be looked up: the look counts before it is made.
pub(crate) fn take_unknown(
    tx: &Transaction<'_>,
    profile: i64,
    connector: &str,
    now_ms: i64,
    limit: u32,
) -> Result<Vec<OutboxItem>, StoreError> {
    let due = waiting(tx, profile, OutboxState::Unknown, connector, now_ms, limit)?;
    step_all(tx, profile, due, OutboxItem::look_again)
}

fn waiting(
    db: &Connection,
    profile: i64,
    state: OutboxState,
    connector: &str,
    now_ms: i64,
    limit: u32,
) -> Result<Vec<OutboxItem>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT * FROM outbox WHERE profile = ?1 AND state = ?2 AND connector = ?3 AND next_at_ms <= ?4
            ORDER BY id LIMIT ?5",
        )
        .map_err(err)?;
    let due = select.query_map((profile, name(state)?, connector, now_ms, limit), item).map_err(err)?;
    due.collect::<Result<_, _>>().map_err(err)
}

fn step_all(
    tx: &Transaction<'_>,
    profile: i64,
    mut items: Vec<OutboxItem>,
    step: impl Fn(&mut OutboxItem) -> Result<(), WrongState>,
) -> Result<Vec<OutboxItem>, StoreError> {
    for item in &mut items {
        step(item)?;
        put(tx, profile, item)?;
    }
    Ok(items)
}

/// When the next push is due, to be sent or looked up.
pub(crate) fn next_due(db: &Connection, profile: i64, connector: &str) -> Result<Option<i64>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT min(next_at_ms) FROM outbox WHERE profile = ?1 AND state IN ('released', 'unknown')
            AND connector = ?2",
        )
        .map_err(err)?;
    select.query_row((profile, connector), |row| row.get(0)).map_err(err)
}

/// All dispositions in order.
pub(crate) fn dispositions(db: &Connection, profile: i64) -> Result<Vec<Disposition>, StoreError> {
    let mut select =
        db.prepare_cached("SELECT * FROM disposition WHERE profile = ?1 ORDER BY position, id").map_err(err)?;
    let rows = select.query_map([profile], disposition).map_err(err)?;
    rows.collect::<Result<_, _>>().map_err(err)
}

/// Creates or changes a disposition.
pub(crate) fn save_disposition(
    tx: &Transaction<'_>,
    profile: i64,
    disposition: &Disposition,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut put = tx
        .prepare_cached(
            "INSERT INTO disposition (id, profile, rev, name, builtin, needs_no_contact, do_not_call, active, position,
                updated_at_ms)
            VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (profile, id) DO UPDATE SET rev = rev + 1, name = ?3, builtin = ?4, needs_no_contact = ?5,
                do_not_call = ?6, active = ?7, position = ?8, updated_at_ms = ?9",
        )
        .map_err(err)?;
    put.execute((
        disposition.id.0.as_bytes(),
        profile,
        &disposition.name,
        disposition.builtin,
        disposition.needs_no_contact,
        disposition.do_not_call,
        disposition.active,
        disposition.position,
        now_ms,
    ))
    .map_err(err)?;
    Ok(())
}

/// A row of `disposition`.
pub(crate) fn disposition(row: &Row<'_>) -> rusqlite::Result<Disposition> {
    Ok(Disposition {
        id: DispositionId(uuid(row, "id")?),
        name: column(row, "name")?,
        builtin: column(row, "builtin")?,
        needs_no_contact: column(row, "needs_no_contact")?,
        do_not_call: column(row, "do_not_call")?,
        active: column(row, "active")?,
        position: column(row, "position")?,
    })
}

fn item(row: &Row<'_>) -> rusqlite::Result<OutboxItem> {
    Ok(OutboxItem {
        id: OutboxId(uuid(row, "id")?),
        call: CallId(uuid(row, "call")?),
        connector: column(row, "connector")?,
        state: named(row, "state")?,
        payload: parsed(row, "payload")?,
        attempt: column(row, "attempt")?,
        next_at_ms: column(row, "next_at_ms")?,
        last_error: column(row, "last_error")?,
        remote_id: column(row, "remote_id")?,
    })
}
