//! Recordings of calls.

use crm::id::{CallId, RecordingId};
use crm::store::{Peaks, Recording, Recordings, StoreError};
use rusqlite::{Row, ToSql};
use uuid::Uuid;

use crate::SqliteStore;
use crate::error::store_error as err;

const COLUMNS: &str = "SELECT id, call, started_at_ms, file, sealed, length_ms, column_ms, peaks FROM recording";

impl SqliteStore {
    fn recordings_where(&mut self, condition: &str, value: &dyn ToSql) -> Result<Vec<Recording>, StoreError> {
        let sql = format!("{COLUMNS} WHERE profile = ?1 AND {condition} ORDER BY started_at_ms, id");
        let mut select = self.db.prepare_cached(&sql).map_err(err)?;
        let rows = select.query_map((self.profile, value), read).map_err(err)?;
        rows.collect::<Result<_, _>>().map_err(err)
    }

    fn change_recording(&mut self, sql: &str, values: &[&dyn ToSql]) -> Result<(), StoreError> {
        self.write(|tx| match tx.prepare_cached(sql).and_then(|mut change| change.execute(values)).map_err(err)? {
            0 => Err(StoreError::NotFound),
            _ => Ok(()),
        })
    }
}

impl Recordings for SqliteStore {
    fn begin_recording(&mut self, recording: &Recording) -> Result<(), StoreError> {
        let Recording { id, call, started_at_ms, file, sealed, .. } = recording;
        let profile = self.profile;
        self.change_recording(
            "INSERT INTO recording (id, profile, call, started_at_ms, file, sealed)
            SELECT ?1, profile, id, ?4, ?5, ?6 FROM call WHERE id = ?3 AND profile = ?2",
            &[id.0.as_bytes(), &profile, call.0.as_bytes(), started_at_ms, file, sealed],
        )
    }

    fn end_recording(&mut self, id: RecordingId, length_ms: u64, peaks: &Peaks) -> Result<(), StoreError> {
        let profile = self.profile;
        let (length, both) = (i64::try_from(length_ms).unwrap_or(i64::MAX), [&peaks.left[..], &peaks.right].concat());
        self.change_recording(
            "UPDATE recording SET length_ms = ?3, column_ms = ?4, peaks = ?5 WHERE id = ?1 AND profile = ?2",
            &[id.0.as_bytes(), &profile, &length, &peaks.column_ms, &both],
        )
    }

    fn recording(&mut self, id: RecordingId) -> Result<Recording, StoreError> {
        self.recordings_where("id = ?2", id.0.as_bytes())?.pop().ok_or(StoreError::NotFound)
    }

    fn recordings_of(&mut self, call: CallId) -> Result<Vec<Recording>, StoreError> {
        self.recordings_where("call = ?2 AND NOT condemned", call.0.as_bytes())
    }

    fn recorded(&mut self, calls: &[CallId]) -> Result<Vec<CallId>, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM recording WHERE call = ?1 AND profile = ?2 AND NOT condemned)";
        let mut select = self.db.prepare_cached(sql).map_err(err)?;
        let mut recorded = Vec::new();
        for call in calls {
            if select.query_row((call.0.as_bytes(), self.profile), |row| row.get(0)).map_err(err)? {
                recorded.push(*call);
            }
        }
        Ok(recorded)
    }

    fn open_recordings(&mut self) -> Result<Vec<Recording>, StoreError> {
        self.recordings_where("length_ms IS NULL AND ?2", &true)
    }

    fn condemned_recordings(&mut self, before_ms: i64) -> Result<Vec<Recording>, StoreError> {
        self.recordings_where(
            "(condemned OR (started_at_ms < ?2 AND length_ms IS NOT NULL) OR call NOT IN (SELECT id FROM call))",
            &before_ms,
        )
    }

    fn drop_recording(&mut self, id: RecordingId) -> Result<(), StoreError> {
        let profile = self.profile;
        self.change_recording("DELETE FROM recording WHERE id = ?1 AND profile = ?2", &[id.0.as_bytes(), &profile])
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Recording> {
    let mut left: Vec<u8> = row.get::<_, Option<Vec<u8>>>(7)?.unwrap_or_default();
    let right = left.split_off(left.len() / 2);
    Ok(Recording {
        id: RecordingId(Uuid::from_bytes(row.get(0)?)),
        call: CallId(Uuid::from_bytes(row.get(1)?)),
        started_at_ms: row.get(2)?,
        file: row.get(3)?,
        sealed: row.get(4)?,
        length_ms: row.get::<_, Option<i64>>(5)?.map(|length| length.unsigned_abs()),
        peaks: Peaks { column_ms: row.get(6)?, left, right },
    })
}
