//! Overwriting what is left of people in the files.

use std::fs;
use std::path::Path;

use crm::store::StoreError;
use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::error::store_error as err;
use crate::file::DATABASE_FILE;

/// The chore that stays until nothing of erased people is left in the files.
const CHORE: &str = "scrub";

/// What is left of people in the files is to be overwritten.
pub(crate) fn owe(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute("INSERT INTO chore (name) VALUES (?1) ON CONFLICT DO NOTHING", [CHORE]).map_err(err)?;
    Ok(())
}

/// Leaves nothing of erased people in the files of `directory`, if any were erased.
pub(crate) fn scrub(db: &Connection, directory: Option<&Path>) -> Result<bool, StoreError> {
    let due = db.query_row("SELECT 1 FROM chore WHERE name = ?1", [CHORE], |_| Ok(())).optional().map_err(err)?;
    if due.is_none() {
        return Ok(false);
    }
    // The index keeps what it was told until its parts are merged; pages keep what was in them until they are rewritten.
    let rewrite = "INSERT INTO contact_text (contact_text) VALUES ('optimize');
        INSERT INTO copy_text (copy_text) VALUES ('optimize'); VACUUM;";
    db.execute_batch(rewrite).map_err(err)?;
    if let Some(directory) = directory {
        remove_copies(directory).map_err(|error| StoreError::Failed(format!("copies: {:?}", error.kind())))?;
    }
    db.execute("DELETE FROM chore WHERE name = ?1", [CHORE]).map_err(err)?;
    empty_log(db)?;
    Ok(true)
}

/// The copies that were kept before older versions were changed know everybody.
fn remove_copies(directory: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&format!("{DATABASE_FILE}.v")) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Moves the write-ahead log into the database, and cuts it to nothing.
pub(crate) fn empty_log(db: &Connection) -> Result<(), StoreError> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(err)
}
