//! The files of a store: whose a database is and of which version, who owns the directory, and that nobody else reads them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use rusqlite::Connection;

use crate::error::{OpenError, open_error};
use crate::migrations::LATEST;

/// Name of the database in its directory.
pub const DATABASE_FILE: &str = "timbre.db";
/// Name of the file whose lock says who owns the directory.
pub const LOCK_FILE: &str = "timbre.lock";
/// `Timb`: marks a file as ours.
pub const APPLICATION_ID: u32 = 0x5469_6d62;

/// There is a database in `directory` that only a key opens.
///
/// # Errors
/// The file cannot be read.
pub fn is_sealed(directory: &Path) -> io::Result<bool> {
    match File::open(directory.join(DATABASE_FILE)) {
        Ok(mut file) => Ok(file.metadata()?.len() > 0 && !is_plain(&mut file)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The version of an open database; refuses another program's and a newer one before anything is written.
pub fn check_ours(db: &Connection) -> Result<u32, OpenError> {
    let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, u32>(0)).map_err(open_error);
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: u32 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(open_error)?;
    if version > LATEST {
        let _ = db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        return Err(OpenError::Newer { found: version, known: LATEST });
    }
    if tables > 0 && (application != APPLICATION_ID || version == 0) {
        return Err(OpenError::Corrupt);
    }
    Ok(version)
}

/// Reads the version from the file's header (offset 60, big endian), so that a newer file is not even opened.
pub fn refuse_newer(path: &Path) -> Result<(), OpenError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let mut version = [0; 4];
    file.seek(SeekFrom::Start(60))?;
    match file.read_exact(&mut version) {
        Ok(()) => {}
        // An empty file is a new database; a short one is refused by SQLite itself.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let found = u32::from_be_bytes(version);
    if found > LATEST && is_plain(&mut file)? {
        return Err(OpenError::Newer { found, known: LATEST });
    }
    Ok(())
}

/// A database that is not encrypted.
pub fn is_plain(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(16).read_to_end(&mut head)?;
    Ok(head == b"SQLite format 3\0")
}

/// Takes the file whose lock says who owns the directory.
pub fn lock(path: &Path) -> Result<File, OpenError> {
    let file = private().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(OpenError::Locked),
        Err(fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Nobody but its owner may read it.
pub fn create_private_file(path: &Path) -> io::Result<()> {
    private().create(true).truncate(false).write(true).open(path)?;
    restrict(path, 0o600)
}

/// Nobody but its owner may enter it.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    restrict(path, 0o700)
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

// Elsewhere the profile's folder carries the access list.
#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
