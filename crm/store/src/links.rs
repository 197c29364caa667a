//! Which records of connected CRMs people are.

use crm::connector::RemoteRef;
use crm::id::ContactId;
use crm::store::StoreError;
use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::error::store_error as err;
use crate::rows::{get as column, name, named};
use crate::{further, ties};

/// The record, if it is known.
pub(crate) fn get(
    db: &Connection,
    profile: i64,
    connector: &str,
    contact: ContactId,
) -> Result<Option<RemoteRef>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT kind, remote_id FROM remote_link WHERE profile = ?1 AND connector = ?2 AND contact = ?3",
        )
        .map_err(err)?;
    let found = select.query_row((profile, connector, contact.0.as_bytes()), |row| {
        Ok(RemoteRef { kind: named(row, "kind")?, id: column(row, "remote_id")? })
    });
    found.optional().map_err(err)
}

/// Keeps or forgets it.
pub(crate) fn put(
    tx: &Transaction<'_>,
    profile: i64,
    connector: &str,
    contact: ContactId,
    remote: Option<&RemoteRef>,
) -> Result<(), StoreError> {
    let key = (profile, connector, contact.0.as_bytes());
    match remote {
        Some(remote) => {
            let mut put = tx
                .prepare_cached(
                    "INSERT INTO remote_link (profile, connector, contact, kind, remote_id) VALUES (?1, ?2, ?3, ?4, ?5)
                    ON CONFLICT (profile, connector, contact) DO UPDATE SET kind = ?4, remote_id = ?5",
                )
                .map_err(err)?;
            // The same record once more is the same tie.
            if get(tx, profile, connector, contact)?.as_ref() != Some(remote) {
                put.execute((key.0, key.1, key.2, name(remote.kind)?, &remote.id)).map_err(err)?;
                ties::begin(tx, profile, connector, contact)?;
            }
            further::remove(tx, profile, connector, contact)?;
        }
        None => {
            let mut forget = tx
                .prepare_cached("DELETE FROM remote_link WHERE profile = ?1 AND connector = ?2 AND contact = ?3")
                .map_err(err)?;
            forget.execute(key).map_err(err)?;
        }
    }
    Ok(())
}
