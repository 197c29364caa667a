//! Encryption at rest: SQLCipher (AES-256-CBC and HMAC-SHA-512 for each page) under a random key.

use std::fmt::{self, Write};
use std::fs::{self, File};
use std::io;
use std::path::Path;

use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::error::{OpenError, open_error};
use crate::file::{check_ours, create_private_file, is_plain};

/// The key of a store: 32 random bytes. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct StoreKey(Zeroizing<String>);

impl StoreKey {
    /// The key that these bytes are.
    pub fn new(bytes: &[u8; 32]) -> Self {
        let mut hex = Zeroizing::new(String::with_capacity(64));
        for byte in bytes {
            // Writing to a text cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }

    /// Reads what [`Self::reveal`] gave; none if it is no key.
    pub fn read(hex: &str) -> Option<Self> {
        let fits = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(Zeroizing::new(hex.to_owned())))
    }

    /// The key in 64 hexadecimal digits, for the place of secrets.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey")
    }
}

/// Gives the key to a connection that has not read anything yet.
pub(crate) fn unlock(db: &Connection, key: &StoreKey) -> Result<(), OpenError> {
    // A raw key: it is random, so that nothing needs to be derived at each start.
    let pragma = Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", key.reveal()));
    db.execute_batch(&pragma).map_err(open_error)
}

/// A store that was written without encryption becomes an encrypted one; whatever happens on the way, one of the two is
/// there whole. Does nothing to other files.
pub(crate) fn seal(path: &Path, key: &StoreKey) -> Result<(), OpenError> {
    if !path.exists() || !is_plain(&mut File::open(path)?)? {
        return Ok(());
    }
    let unfinished = path.with_extension("sealing");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    create_private_file(&unfinished)?;
    write_sealed(path, &unfinished, key)?;
    File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, path)?;
    sync_directory(path)?;
    Ok(())
}

fn write_sealed(plain: &Path, sealed: &Path, key: &StoreKey) -> Result<(), OpenError> {
    let db = Connection::open(plain).map_err(open_error)?;
    // The log's content goes into the file, and the log goes: left behind, it would be taken for the encrypted file's.
    let mode: String = db.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).map_err(open_error)?;
    if mode != "delete" {
        return Err(OpenError::Locked);
    }
    let version = check_ours(&db)?;
    let application: u32 = db.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(open_error)?;
    let attach = Zeroizing::new(format!("ATTACH ?1 AS sealed KEY \"x'{}'\"", key.reveal()));
    db.execute(&attach, [sealed.to_string_lossy()]).map_err(open_error)?;
    db.query_row("SELECT sqlcipher_export('sealed')", [], |_| Ok(())).map_err(open_error)?;
    db.pragma_update(Some("sealed"), "application_id", application).map_err(open_error)?;
    db.pragma_update(Some("sealed"), "user_version", version).map_err(open_error)?;
    db.execute_batch("DETACH sealed").map_err(open_error)
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

// Elsewhere a directory cannot be opened as a file; the rename is in the journal of the file system.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}
