//! Erasing people, and forgetting old calls.

use crm::id::{CallId, ContactId};
use crm::store::{Erased, StoreError};
use rusqlite::{Connection, Transaction};
use uuid::Uuid;

use crate::error::store_error as err;
use crate::{calls, chats, contacts, copies, scrub};

/// Erases a person, and what refers to the person.
pub(crate) fn person(
    tx: &Transaction<'_>,
    profile: i64,
    id: ContactId,
    rev: i64,
    now_ms: i64,
) -> Result<Erased, StoreError> {
    let keys = own_keys(tx, profile, id)?;
    let calls = calls_of(tx, profile, id, &keys)?;
    let mut erased = Erased::default();
    for call in &calls {
        erased.count(&calls::forget_person(tx, profile, *call)?);
    }
    let mut condemn =
        tx.prepare_cached("UPDATE recording SET condemned = 1 WHERE call = ?1 AND profile = ?2").map_err(err)?;
    for call in &calls {
        condemn.execute((call.0.as_bytes(), profile)).map_err(err)?;
    }
    let run = |sql: &str, value: &dyn rusqlite::ToSql| {
        tx.prepare_cached(sql).and_then(|mut change| change.execute((profile, value))).map_err(err)
    };
    for call in &calls {
        run(
            "DELETE FROM form WHERE profile = ?1 AND name IN ('call:' || ?2, 'correction:' || ?2)",
            &call.0.to_string(),
        )?;
    }
    for mark in keys.iter().cloned().chain([id.0.to_string()]) {
        run("DELETE FROM form WHERE profile = ?1 AND instr(text, ?2) > 0", &mark)?;
    }
    copies::forget_of(tx, profile, id)?;
    chats::forget_of(tx, profile, &keys)?;
    run("DELETE FROM remote_link WHERE profile = ?1 AND contact = ?2", id.0.as_bytes())?;
    run("DELETE FROM further WHERE profile = ?1 AND contact = ?2", id.0.as_bytes())?;
    contacts::delete(tx, profile, id, rev, now_ms)?;
    scrub::owe(tx)?;
    Ok(erased)
}

/// Numbers of the person that nobody else of this origin has.
fn own_keys(db: &Connection, profile: i64, id: ContactId) -> Result<Vec<String>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT DISTINCT h.match_key FROM channel h JOIN contact c ON c.row = h.contact
            WHERE c.id = ?1 AND c.profile = ?2 AND c.deleted_at_ms IS NULL AND h.match_key IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM channel g JOIN contact o ON o.row = g.contact
                    WHERE g.match_key = h.match_key AND o.profile = c.profile AND o.origin = c.origin AND o.row <> c.row
                        AND o.deleted_at_ms IS NULL)",
        )
        .map_err(err)?;
    let keys = select.query_map((id.0.as_bytes(), profile), |row| row.get(0)).map_err(err)?;
    keys.collect::<Result<_, _>>().map_err(err)
}

/// Calls that are assigned to the person, and those of nobody with these numbers.
fn calls_of(db: &Connection, profile: i64, id: ContactId, keys: &[String]) -> Result<Vec<CallId>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT id FROM call WHERE contact = ?1 AND profile = ?2
            UNION SELECT k.id FROM call k JOIN contact c ON c.id = ?1 AND c.origin = k.origin
                WHERE k.match_key IN (SELECT value FROM json_each(?3)) AND k.contact IS NULL AND k.profile = ?2",
        )
        .map_err(err)?;
    let keys = crate::rows::json(&keys)?;
    let ids = select
        .query_map((id.0.as_bytes(), profile, keys), |row| Ok(CallId(Uuid::from_bytes(row.get(0)?))))
        .map_err(err)?;
    ids.collect::<Result<_, _>>().map_err(err)
}

/// Removes old calls but those that are to be saved or sent, and old forms.
pub(crate) fn before(tx: &Transaction<'_>, profile: i64, before_ms: i64) -> Result<u32, StoreError> {
    let mut mark = tx
        .prepare_cached(
            "DELETE FROM call WHERE profile = ?1 AND started_at_ms < ?2 AND state NOT IN ('live', 'unsaved')
            AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.call = call.id AND o.connector IS NOT NULL
                AND o.state IN ('released', 'inflight', 'unknown', 'failed'))",
        )
        .map_err(err)?;
    let gone = mark.execute((profile, before_ms)).map_err(err)?;
    if gone > 0 {
        let orphans = "DELETE FROM outbox WHERE profile = ?1 AND call NOT IN (SELECT id FROM call)";
        tx.execute(orphans, [profile]).map_err(err)?;
    }
    tx.execute("DELETE FROM form WHERE profile = ?1 AND saved_at_ms < ?2", (profile, before_ms)).map_err(err)?;
    chats::forget_before(tx, profile, before_ms)?;
    Ok(u32::try_from(gone).unwrap_or(u32::MAX))
}
