//! Details of calls.

use crm::id::CallId;
use crm::store::{DETAILS_LEN_MAX, DETAILS_MAX, Details, StoreError};
use rusqlite::{OptionalExtension, Transaction};
use uuid::Uuid;

use crate::SqliteStore;
use crate::error::store_error as err;

impl Details for SqliteStore {
    fn keep_details(&mut self, call: CallId, text: &str) -> Result<(), StoreError> {
        if text.len() > DETAILS_LEN_MAX {
            return Err(StoreError::WrongState);
        }
        let profile = self.profile;
        self.write(|tx| {
            let mut put = tx
                .prepare_cached(
                    "INSERT INTO call_details (call, text) SELECT row, ?3 FROM call WHERE id = ?1 AND profile = ?2
                    ON CONFLICT (call) DO UPDATE SET text = ?3",
                )
                .map_err(err)?;
            if put.execute((call.0.as_bytes(), profile, text)).map_err(err)? == 0 {
                return Err(StoreError::NotFound);
            }
            forget_oldest(tx, profile)
        })
    }

    fn details(&mut self, call: CallId) -> Result<Option<String>, StoreError> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT d.text FROM call_details d JOIN call c ON c.row = d.call WHERE c.id = ?1 AND c.profile = ?2",
            )
            .map_err(err)?;
        select.query_row((call.0.as_bytes(), self.profile), |row| row.get(0)).optional().map_err(err)
    }

    fn last_details(&mut self, limit: u32) -> Result<Vec<(CallId, String)>, StoreError> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT c.id, d.text FROM call_details d JOIN call c ON c.row = d.call WHERE c.profile = ?1
                ORDER BY c.started_at_ms DESC, c.id DESC LIMIT ?2",
            )
            .map_err(err)?;
        let rows = select
            .query_map((self.profile, limit), |row| Ok((CallId(Uuid::from_bytes(row.get(0)?)), row.get(1)?)))
            .map_err(err)?;
        rows.collect::<Result<_, _>>().map_err(err)
    }
}

fn forget_oldest(tx: &Transaction<'_>, profile: i64) -> Result<(), StoreError> {
    let mut delete = tx
        .prepare_cached(
            "DELETE FROM call_details WHERE call IN (SELECT d.call FROM call_details d JOIN call c ON c.row = d.call
                WHERE c.profile = ?1 ORDER BY c.started_at_ms DESC, c.id DESC LIMIT -1 OFFSET ?2)",
        )
        .map_err(err)?;
    delete.execute((profile, DETAILS_MAX)).map_err(err)?;
    Ok(())
}
