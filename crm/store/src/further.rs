//! What CRMs require of people who are to be created there, and the forms that tell it.

use crm::connector::{Further, RecordForm, RemoteKind};
use crm::id::ContactId;
use crm::store::StoreError;
use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::error::store_error as err;
use crate::rows::{get as column, json, name, parsed};

/// What was filled in for somebody.
pub(crate) fn get(
    db: &Connection,
    profile: i64,
    connector: &str,
    contact: ContactId,
) -> Result<Option<Further>, StoreError> {
    let mut select = db
        .prepare_cached("SELECT filled_in FROM further WHERE profile = ?1 AND connector = ?2 AND contact = ?3")
        .map_err(err)?;
    let found = select.query_row((profile, connector, contact.0.as_bytes()), |row| parsed(row, "filled_in"));
    found.optional().map_err(err)
}

/// Keeps it.
pub(crate) fn put(
    tx: &Transaction<'_>,
    profile: i64,
    connector: &str,
    contact: ContactId,
    further: &Further,
) -> Result<(), StoreError> {
    let mut put = tx
        .prepare_cached(
            "INSERT INTO further (profile, connector, contact, filled_in) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (profile, connector, contact) DO UPDATE SET filled_in = ?4",
        )
        .map_err(err)?;
    put.execute((profile, connector, contact.0.as_bytes(), json(further)?)).map_err(err)?;
    Ok(())
}

/// The person is there now.
pub(crate) fn remove(
    tx: &Transaction<'_>,
    profile: i64,
    connector: &str,
    contact: ContactId,
) -> Result<(), StoreError> {
    let mut delete =
        tx.prepare_cached("DELETE FROM further WHERE profile = ?1 AND connector = ?2 AND contact = ?3").map_err(err)?;
    delete.execute((profile, connector, contact.0.as_bytes())).map_err(err)?;
    Ok(())
}

/// Forgets everything of a connection; answers whether there was anything about somebody.
pub(crate) fn forget(tx: &Transaction<'_>, profile: i64, connector: &str) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM record_form WHERE profile = ?1 AND connector = ?2", (profile, connector)).map_err(err)?;
    let gone = tx.execute("DELETE FROM further WHERE profile = ?1 AND connector = ?2", (profile, connector));
    Ok(gone.map_err(err)? > 0)
}

/// A form as last read, and when.
pub(crate) fn form(
    db: &Connection,
    profile: i64,
    connector: &str,
    kind: RemoteKind,
    record_type: Option<&str>,
) -> Result<Option<(RecordForm, i64)>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT form, read_at_ms FROM record_form
            WHERE profile = ?1 AND connector = ?2 AND kind = ?3 AND record_type = ?4",
        )
        .map_err(err)?;
    let key = (profile, connector, name(kind)?, record_type.unwrap_or_default());
    let found = select.query_row(key, |row| Ok((parsed(row, "form")?, column(row, "read_at_ms")?)));
    found.optional().map_err(err)
}

/// Keeps it.
pub(crate) fn put_form(
    tx: &Transaction<'_>,
    profile: i64,
    connector: &str,
    (kind, record_type): (RemoteKind, Option<&str>),
    form: &RecordForm,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut put = tx
        .prepare_cached(
            "INSERT INTO record_form (profile, connector, kind, record_type, form, read_at_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (profile, connector, kind, record_type) DO UPDATE SET form = ?5, read_at_ms = ?6",
        )
        .map_err(err)?;
    put.execute((profile, connector, name(kind)?, record_type.unwrap_or_default(), json(form)?, now_ms))
        .map_err(err)?;
    Ok(())
}
