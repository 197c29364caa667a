//! Calls and what becomes of their cards: the writing side.

use crm::call::{CallRecord, End, Line, Party};
use crm::card::{Card, CardState, Draft, UNSAVED_FOR_MS, WrongState};
use crm::disposition::Disposition;
use crm::id::{AccountId, CallId, ContactId, DispositionId, OutboxId};
use crm::outbox::{Correction, OutboxItem, OutboxState, Release};
use crm::phone::PhoneNumber;
use crm::store::StoreError;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use uuid::Uuid;

use crate::error::store_error as err;
use crate::rows::{get as column, id as uuid, json, maybe_id, maybe_named, maybe_parsed, name, named};
use crate::{further, outbox};

/// One card.
pub(crate) fn get(db: &Connection, profile: i64, call: CallId) -> Result<Card, StoreError> {
    let mut select = db.prepare_cached("SELECT * FROM call WHERE id = ?1 AND profile = ?2").map_err(err)?;
    select.query_row((call.0.as_bytes(), profile), card).map_err(err)
}

/// A call begins.
pub(crate) fn insert(tx: &Transaction<'_>, profile: i64, card: &Card) -> Result<(), StoreError> {
    let mut insert = tx
        .prepare_cached(
            "INSERT INTO call (id, profile, origin, rev, direction, party_raw, account, line_label, own_number,
                started_at_ms, talk_ms, missed, seen, state, subject, comment, search_party, search_draft, updated_at_ms)
            VALUES (?1, ?2, ?3, 0, ?4, '', ?5, '', '', ?6, 0, 0, 0, 'live', '', '', '', '', ?6)
            ON CONFLICT (id) DO NOTHING",
        )
        .map_err(err)?;
    let record = &card.record;
    let inserted = insert
        .execute((
            record.id.0.as_bytes(),
            profile,
            name(record.origin)?,
            name(record.direction)?,
            record.line.account.0.as_bytes(),
            record.started_at_ms,
        ))
        .map_err(err)?;
    if inserted == 0 {
        return Err(StoreError::Conflict);
    }
    put(tx, profile, card)
}

/// The facts of a live call changed.
pub(crate) fn update_live(tx: &Transaction<'_>, profile: i64, record: &CallRecord) -> Result<(), StoreError> {
    let mut card = get(tx, profile, record.id)?;
    if card.state != CardState::Live {
        return Err(StoreError::WrongState);
    }
    card.record = record.clone();
    put(tx, profile, &card)
}

/// A call is over: its final row, and the held push of a card that asks to be saved.
pub(crate) fn finish(tx: &Transaction<'_>, profile: i64, card: &Card) -> Result<(), StoreError> {
    put(tx, profile, card)?;
    if card.state == CardState::Unsaved {
        outbox::put(tx, profile, &OutboxItem::held(card.record.clone(), card.draft.clone()))?;
    }
    Ok(())
}

/// Ends what was live when the program died; pushes that were under way become unknown.
pub(crate) fn recover(tx: &Transaction<'_>, profile: i64, now_ms: i64) -> Result<Vec<CallId>, StoreError> {
    let live = ids(tx, "SELECT id FROM call WHERE profile = ?1 AND state = 'live' ORDER BY started_at_ms", profile)?;
    for call in &live {
        let mut card = get(tx, profile, *call)?;
        card.recover(now_ms)?;
        finish(tx, profile, &card)?;
    }
    for mut item in outbox::list(tx, profile, &[OutboxState::Inflight], u32::MAX)? {
        item.recover();
        outbox::put(tx, profile, &item)?;
    }
    Ok(live)
}

/// Stores what is written.
pub(crate) fn write_draft(
    tx: &Transaction<'_>,
    profile: i64,
    call: CallId,
    draft: &Draft,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut card = get(tx, profile, call)?;
    card.write(draft.clone(), now_ms)?;
    put(tx, profile, &card)
}

/// «Salvar».
pub(crate) fn save(
    tx: &Transaction<'_>,
    profile: i64,
    call: CallId,
    draft: &Draft,
    to: &Release,
    now_ms: i64,
) -> Result<Card, StoreError> {
    let mut card = get(tx, profile, call)?;
    let disposition = chosen(tx, profile, draft)?;
    may_be_with(tx, profile, &card, draft)?;
    card.save(draft.clone(), disposition.as_ref(), now_ms)?;
    put(tx, profile, &card)?;
    let mut item = match outbox::get(tx, profile, call.into()) {
        Err(StoreError::NotFound) => OutboxItem::held(card.record.clone(), draft.clone()),
        found => found?,
    };
    let further = item.release(draft.clone(), to, now_ms)?;
    for item in std::iter::once(&item).chain(&further) {
        outbox::put(tx, profile, item)?;
    }
    Ok(card)
}

/// «Corregir» of a push that a CRM refused.
pub(crate) fn correct(
    tx: &Transaction<'_>,
    profile: i64,
    push: OutboxId,
    to: &Correction,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut item = outbox::get(tx, profile, push)?;
    item.correct(to, now_ms)?;
    let mut card = get(tx, profile, item.call)?;
    let disposition = chosen(tx, profile, &to.draft)?;
    may_be_with(tx, profile, &card, &to.draft)?;
    card.correct(to.draft.clone(), disposition.as_ref(), now_ms)?;
    if let (Some(filled_in), Some(contact), Some(connector)) = (&to.person, to.draft.contact, &item.connector) {
        further::put(tx, profile, connector, contact, filled_in)?;
    }
    put(tx, profile, &card)?;
    outbox::put(tx, profile, &item)
}

/// Whom a draft names must be there, and of the card's origin.
fn may_be_with(tx: &Transaction<'_>, profile: i64, card: &Card, draft: &Draft) -> Result<(), StoreError> {
    let Some(contact) = draft.contact else { return Ok(()) };
    let mut select = tx
        .prepare_cached(
            "SELECT 1 FROM contact WHERE id = ?1 AND profile = ?2 AND origin = ?3 AND deleted_at_ms IS NULL",
        )
        .map_err(err)?;
    let there = select.exists((contact.0.as_bytes(), profile, name(card.record.origin)?)).map_err(err)?;
    if there { Ok(()) } else { Err(StoreError::NotFound) }
}

/// A step of the card together with the step of its push, if it has one.
pub(crate) fn change(
    tx: &Transaction<'_>,
    profile: i64,
    call: CallId,
    card_step: impl FnOnce(&mut Card) -> Result<(), WrongState>,
    outbox_step: impl FnOnce(&mut OutboxItem) -> Result<(), WrongState>,
) -> Result<Card, StoreError> {
    let mut card = get(tx, profile, call)?;
    card_step(&mut card)?;
    put(tx, profile, &card)?;
    match outbox::get(tx, profile, call.into()) {
        Err(StoreError::NotFound) => {}
        found => {
            let mut item = found?;
            outbox_step(&mut item)?;
            outbox::put(tx, profile, &item)?;
        }
    }
    Ok(card)
}

/// The other side is erased from a card and all its pushes; answers of each push whether a CRM has it, or may.
pub(crate) fn forget_person(tx: &Transaction<'_>, profile: i64, call: CallId) -> Result<Vec<bool>, StoreError> {
    let mut card = get(tx, profile, call)?;
    card.forget_person()?;
    put(tx, profile, &card)?;
    let mut told = Vec::new();
    for push in outbox::of_call(tx, profile, call)? {
        let mut item = outbox::get(tx, profile, push.id)?;
        told.push(item.forget_person()?);
        outbox::put(tx, profile, &item)?;
    }
    Ok(told)
}

/// Unsaved cards whose time is over leave «Por salvar».
pub(crate) fn expire(tx: &Transaction<'_>, profile: i64, now_ms: i64) -> Result<Vec<CallId>, StoreError> {
    let mut select = tx
        .prepare_cached(
            "SELECT id FROM call WHERE profile = ?1 AND state = 'unsaved' AND started_at_ms <= ?2 ORDER BY started_at_ms",
        )
        .map_err(err)?;
    let over = select.query_map((profile, now_ms.saturating_sub(UNSAVED_FOR_MS)), call_id).map_err(err)?;
    let over: Vec<CallId> = over.collect::<Result<_, _>>().map_err(err)?;
    for call in &over {
        let mut card = get(tx, profile, *call)?;
        card.expire(now_ms);
        put(tx, profile, &card)?;
    }
    Ok(over)
}

/// Unsaved cards that expire within `before_ms`, each once.
pub(crate) fn warn(tx: &Transaction<'_>, profile: i64, before_ms: i64, now_ms: i64) -> Result<Vec<CallId>, StoreError> {
    let after_start = UNSAVED_FOR_MS.saturating_sub(before_ms);
    let mut select = tx
        .prepare_cached(
            "SELECT id FROM call WHERE profile = ?1 AND state = 'unsaved' AND started_at_ms <= ?2
                AND (warned_at_ms IS NULL OR warned_at_ms < started_at_ms + ?3) ORDER BY started_at_ms, id",
        )
        .map_err(err)?;
    let soon = select.query_map((profile, now_ms.saturating_sub(after_start), after_start), call_id).map_err(err)?;
    let soon: Vec<CallId> = soon.collect::<Result<_, _>>().map_err(err)?;
    let mut update = tx.prepare_cached("UPDATE call SET warned_at_ms = ?2 WHERE id = ?1").map_err(err)?;
    for call in &soon {
        update.execute((call.0.as_bytes(), now_ms)).map_err(err)?;
    }
    Ok(soon)
}

/// When the next unsaved card expires.
pub(crate) fn next_expiry(db: &Connection, profile: i64) -> Result<Option<i64>, StoreError> {
    let mut select = db
        .prepare_cached("SELECT min(started_at_ms) FROM call WHERE profile = ?1 AND state = 'unsaved'")
        .map_err(err)?;
    let first: Option<i64> = select.query_row([profile], |row| row.get(0)).map_err(err)?;
    Ok(first.map(|started| started.saturating_add(UNSAVED_FOR_MS)))
}

/// Whether a live outgoing call to the region was ever made.
pub(crate) fn has_called(db: &Connection, profile: i64, country: &str) -> Result<bool, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT 1 FROM call WHERE profile = ?1 AND country = ?2 AND direction = 'outgoing' AND origin = 'live'",
        )
        .map_err(err)?;
    select.exists((profile, country)).map_err(err)
}

/// Writes the whole card over its row.
fn put(tx: &Transaction<'_>, profile: i64, card: &Card) -> Result<(), StoreError> {
    let mut update = tx
        .prepare_cached(
            "UPDATE call SET rev = rev + 1, direction = :direction, party_raw = :party_raw,
                party_number = :party_number, network_name = :network_name, match_key = :match_key, country = :country,
                account = :account, line_label = :line_label, called_number = :called_number,
                call_center = :call_center, color = :color, own_number = :own_number, started_at_ms = :started_at_ms,
                answered_at_ms = :answered_at_ms, ended_at_ms = :ended_at_ms, talk_ms = :talk_ms,
                end_cause = :end_cause, end_status = :end_status, end_by = :end_by, missed = :missed, seen = :seen,
                state = :state, contact = :contact, subject = :subject, comment = :comment,
                disposition = :disposition, ticket = :ticket, draft_saved_at_ms = :draft_saved_at_ms, saved_at_ms = :saved_at_ms,
                search_party = :search_party, search_draft = :search_draft,
                updated_at_ms = max(updated_at_ms, coalesce(:draft_saved_at_ms, :ended_at_ms, 0))
            WHERE id = :id AND profile = :profile",
        )
        .map_err(err)?;
    let Card { record, state, draft, draft_saved_at_ms, saved_at_ms, seen } = card;
    let number = record.party.number.as_ref();
    let changed = update
        .execute(named_params! {
            ":id": record.id.0.as_bytes(), ":profile": profile, ":direction": name(record.direction)?,
            ":party_raw": record.party.raw, ":party_number": number.map(json).transpose()?,
            ":network_name": record.party.network_name, ":match_key": number.map(PhoneNumber::match_key),
            ":country": number.and_then(PhoneNumber::country), ":account": record.line.account.0.as_bytes(),
            ":line_label": record.line.label, ":called_number": record.line.called_number,
            ":call_center": record.line.call_center, ":color": record.line.color, ":own_number": record.own_number,
            ":started_at_ms": record.started_at_ms, ":answered_at_ms": record.answered_at_ms,
            ":ended_at_ms": record.ended_at_ms, ":talk_ms": i64::try_from(record.talk_ms).unwrap_or(i64::MAX),
            ":end_cause": record.end.map(|end| name(end.cause)).transpose()?,
            ":end_status": record.end.and_then(|end| end.status),
            ":end_by": record.end.map(|end| name(end.by)).transpose()?, ":missed": record.missed(), ":seen": seen,
            ":state": name(state)?, ":contact": draft.contact.map(|id| *id.0.as_bytes()), ":subject": draft.subject,
            ":comment": draft.comment, ":disposition": draft.disposition.map(|id| *id.0.as_bytes()),
            ":ticket": draft.ticket.as_ref().map(json).transpose()?,
            ":draft_saved_at_ms": draft_saved_at_ms, ":saved_at_ms": saved_at_ms,
            ":search_party": record.search_text(), ":search_draft": draft.search_text(),
        })
        .map_err(err)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

fn chosen(tx: &Transaction<'_>, profile: i64, draft: &Draft) -> Result<Option<Disposition>, StoreError> {
    let Some(id) = draft.disposition else { return Ok(None) };
    let mut select = tx.prepare_cached("SELECT * FROM disposition WHERE id = ?1 AND profile = ?2").map_err(err)?;
    let found = select.query_row((id.0.as_bytes(), profile), outbox::disposition).optional().map_err(err)?;
    found.map(Some).ok_or(StoreError::NotFound)
}

fn ids(db: &Connection, sql: &str, profile: i64) -> Result<Vec<CallId>, StoreError> {
    let mut select = db.prepare_cached(sql).map_err(err)?;
    let ids = select.query_map([profile], call_id).map_err(err)?;
    ids.collect::<Result<_, _>>().map_err(err)
}

fn call_id(row: &Row<'_>) -> rusqlite::Result<CallId> {
    Ok(CallId(Uuid::from_bytes(row.get(0)?)))
}

/// A row of `call`.
pub(crate) fn card(row: &Row<'_>) -> rusqlite::Result<Card> {
    let end_cause = maybe_named(row, "end_cause")?;
    let end_by = maybe_named(row, "end_by")?;
    let end_status = column(row, "end_status")?;
    let end = end_cause.zip(end_by).map(|(cause, by)| End { cause, status: end_status, by });
    let record = CallRecord {
        id: CallId(uuid(row, "id")?),
        origin: named(row, "origin")?,
        direction: named(row, "direction")?,
        party: Party {
            raw: column(row, "party_raw")?,
            number: maybe_parsed(row, "party_number")?,
            network_name: column(row, "network_name")?,
        },
        line: Line {
            account: AccountId(uuid(row, "account")?),
            label: column(row, "line_label")?,
            called_number: column(row, "called_number")?,
            call_center: column(row, "call_center")?,
            color: column(row, "color")?,
        },
        own_number: column(row, "own_number")?,
        started_at_ms: column(row, "started_at_ms")?,
        answered_at_ms: column(row, "answered_at_ms")?,
        ended_at_ms: column(row, "ended_at_ms")?,
        talk_ms: column::<i64>(row, "talk_ms")?.unsigned_abs(),
        end,
    };
    Ok(Card {
        record,
        state: named(row, "state")?,
        draft: Draft {
            contact: maybe_id(row, "contact")?.map(ContactId),
            subject: column(row, "subject")?,
            comment: column(row, "comment")?,
            disposition: maybe_id(row, "disposition")?.map(DispositionId),
            ticket: maybe_parsed(row, "ticket")?,
        },
        draft_saved_at_ms: column(row, "draft_saved_at_ms")?,
        saved_at_ms: column(row, "saved_at_ms")?,
        seen: column(row, "seen")?,
    })
}
