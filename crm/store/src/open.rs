//! Opening: the lock on the directory, the version, the migrations.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crm::disposition;
use crm::store::StoreError;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::{OpenError, open_error, store_error};
use crate::file::{
    APPLICATION_ID, DATABASE_FILE, LOCK_FILE, check_ours, create_private_dir, create_private_file, lock, refuse_newer,
};
use crate::migrations::{LATEST, STEPS};
use crate::outbox;
use crate::search::Totals;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The agent's profile; all rows belong to one.
    pub profile: String,
    /// Name of a registered SQLite file layer; none uses the system's own.
    pub vfs: Option<String>,
    /// The key that the file is encrypted with; none leaves it readable. A readable file is encrypted when it is first
    /// opened with a key.
    #[cfg(feature = "encrypted-store")]
    pub key: Option<crate::StoreKey>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: "default".into(),
            vfs: None,
            #[cfg(feature = "encrypted-store")]
            key: None,
        }
    }
}

impl Options {
    /// A file that a key makes nothing of has another key, or is damaged: nobody can tell which.
    #[cfg(feature = "encrypted-store")]
    fn wrong_key(&self, error: OpenError) -> OpenError {
        match error {
            OpenError::Corrupt if self.key.is_some() => OpenError::Sealed,
            other => other,
        }
    }

    #[cfg(not(feature = "encrypted-store"))]
    fn wrong_key(&self, error: OpenError) -> OpenError {
        error
    }
}

/// The SQLite store. It belongs to one thread; another opener of the same directory gets [`OpenError::Locked`].
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) db: Connection,
    pub(crate) profile: i64,
    pub(crate) totals: Totals,
    /// Where the files are, if they are the system's own.
    pub(crate) directory: Option<PathBuf>,
    /// Held as long as the store lives; the system drops it with a killed process.
    _lock: Option<File>,
}

impl SqliteStore {
    /// Opens the store in `directory`, creating both if need be.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_with(directory, &Options::default())
    }

    /// Opens the store in `directory` as `options` say.
    pub fn open_with(directory: &Path, options: &Options) -> Result<Self, OpenError> {
        let path = directory.join(DATABASE_FILE);
        if options.vfs.is_some() {
            // Another file layer has its own directories and locks.
            return Self::open_file(&path, options, None);
        }
        create_private_dir(directory)?;
        let lock = lock(&directory.join(LOCK_FILE))?;
        refuse_newer(&path)?;
        #[cfg(feature = "encrypted-store")]
        if let Some(key) = &options.key {
            crate::seal::seal(&path, key)?;
        }
        create_private_file(&path)?;
        Self::open_file(&path, options, Some(lock))
    }

    fn open_file(path: &Path, options: &Options, lock: Option<File>) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = match &options.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str()),
            None => Connection::open_with_flags(path, flags),
        }
        .map_err(open_error)?;
        #[cfg(feature = "encrypted-store")]
        if let Some(key) = &options.key {
            crate::seal::unlock(&db, key)?;
        }
        db.set_prepared_statement_cache_capacity(128);
        // Exclusive before WAL: the index of the log then lives in memory and no second program can join.
        // EXTRA: every commit waits until its part of the log is on the disk, and so is the removal of the journal that
        // the change to WAL leaves; were it to come back after a power cut, it would undo the first commits.
        db.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON;
            PRAGMA trusted_schema = OFF;",
        )
        .map_err(|error| options.wrong_key(open_error(error)))?;
        let found = check_ours(&db).map_err(|error| options.wrong_key(error))?;
        db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(open_error)?;
        db.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA secure_delete = ON;")
            .map_err(open_error)?;
        if found > 0 && found < LATEST && options.vfs.is_none() {
            keep_copy(&db, path, found)?;
        }
        let directory = path.parent().filter(|_| options.vfs.is_none()).map(Path::to_owned);
        let mut store = Self { db, profile: 0, totals: Totals::default(), directory, _lock: lock };
        migrate(&mut store.db, found, STEPS)?;
        store.profile = store.enter_profile(&options.profile).map_err(|error| match error {
            StoreError::Full => OpenError::Full,
            StoreError::Corrupt => OpenError::Corrupt,
            StoreError::Locked => OpenError::Locked,
            other => OpenError::Failed(other.to_string()),
        })?;
        Ok(store)
    }

    /// Runs `change` in one transaction: all of it, or nothing.
    pub(crate) fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store_error)?;
        let value = change(&tx)?;
        tx.commit().map_err(store_error)?;
        Ok(value)
    }

    /// The row of the profile; a new one gets the first list of dispositions.
    fn enter_profile(&mut self, name: &str) -> Result<i64, StoreError> {
        let known = self.db.query_row("SELECT id FROM profile WHERE name = ?1", [name], |row| row.get(0));
        match known {
            Ok(id) => return Ok(id),
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Err(error) => return Err(store_error(error)),
        }
        self.write(|tx| {
            tx.execute("INSERT INTO profile (name) VALUES (?1)", [name]).map_err(store_error)?;
            let profile = tx.last_insert_rowid();
            for disposition in disposition::builtin() {
                outbox::save_disposition(tx, profile, &disposition, 0)?;
            }
            Ok(profile)
        })
    }
}

/// Leads the database from version `found` to the end of `steps`, each step in a transaction of its own.
fn migrate(db: &mut Connection, found: u32, steps: &[&str]) -> Result<(), OpenError> {
    for (version, step) in (0..).zip(steps).skip(found as usize) {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(open_error)?;
        tx.execute_batch(step).map_err(open_error)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(open_error)?;
        tx.pragma_update(None, "user_version", version + 1).map_err(open_error)?;
        tx.commit().map_err(open_error)?;
    }
    Ok(())
}

/// Before an older database is changed: a copy as it was, `timbre.db.v1` and so on. One that is there already, from a
/// change that was cut off, is the better one and stays.
fn keep_copy(db: &Connection, path: &Path, version: u32) -> Result<(), OpenError> {
    let name = |end: &str| path.with_file_name(format!("{DATABASE_FILE}.v{version}{end}"));
    let (copy, unfinished) = (name(""), name(".part"));
    if copy.exists() {
        return Ok(());
    }
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    create_private_file(&unfinished)?;
    db.execute("VACUUM INTO ?1", [unfinished.to_string_lossy()]).map_err(open_error)?;
    File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, &copy)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(db: &Connection) -> u32 {
        db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    /// A database of the version that the first `count` steps make, with a person in it.
    fn made_by(path: &Path, count: usize) -> Connection {
        let mut db = Connection::open(path).unwrap();
        migrate(&mut db, 0, &STEPS[..count]).unwrap();
        db.execute("INSERT INTO profile (name) VALUES ('default')", []).unwrap();
        db
    }

    #[test]
    fn a_step_is_done_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(DATABASE_FILE);
        let mut db = made_by(&path, 1);
        let broken = [STEPS[0], "ALTER TABLE contact ADD COLUMN nick TEXT; ALTER TABLE nothing ADD COLUMN x;"];
        assert!(migrate(&mut db, 1, &broken).is_err());
        assert_eq!(version(&db), 1);
        assert!(db.prepare("SELECT nick FROM contact").is_err(), "half a step stayed");
        let right = [STEPS[0], "ALTER TABLE contact ADD COLUMN nick TEXT;"];
        migrate(&mut db, 1, &right).unwrap();
        assert_eq!(version(&db), 2);
        db.prepare("SELECT nick FROM contact").unwrap();
    }

    #[test]
    fn an_older_database_is_copied_before_it_is_changed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(DATABASE_FILE);
        let mut db = made_by(&path, 1);
        keep_copy(&db, &path, 1).unwrap();
        migrate(&mut db, 1, &[STEPS[0], "DELETE FROM profile;"]).unwrap();
        let copy = directory.path().join("timbre.db.v1");
        let people =
            |db: &Connection| -> u32 { db.query_row("SELECT count(*) FROM profile", [], |row| row.get(0)).unwrap() };
        let kept = Connection::open(&copy).unwrap();
        assert_eq!((people(&db), people(&kept), version(&kept)), (0, 1, 1));
        drop(kept);
        // A change that was cut off and begins again must not put the half-changed file over the copy.
        keep_copy(&db, &path, 1).unwrap();
        assert_eq!(people(&Connection::open(&copy).unwrap()), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[cfg(feature = "encrypted-store")]
    #[test]
    fn the_copy_of_an_encrypted_database_has_its_key() {
        use crate::file::is_plain;
        use crate::seal::{StoreKey, unlock};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(DATABASE_FILE);
        let key = StoreKey::new(&[3; 32]);
        let open = |path: &Path| {
            let db = Connection::open(path).unwrap();
            unlock(&db, &key).unwrap();
            db
        };
        let mut db = open(&path);
        migrate(&mut db, 0, STEPS).unwrap();
        db.execute("INSERT INTO profile (name) VALUES ('default')", []).unwrap();
        keep_copy(&db, &path, 1).unwrap();
        let copy = directory.path().join("timbre.db.v1");
        assert!(!is_plain(&mut File::open(&copy).unwrap()).unwrap());
        let name: String = open(&copy).query_row("SELECT name FROM profile", [], |row| row.get(0)).unwrap();
        assert_eq!((name.as_str(), version(&open(&copy))), ("default", version(&db)));
    }
}
