//! Opening: who may, and which files.
#![allow(clippy::unwrap_used)] // tests

use std::fs;
use std::path::Path;

use crm::card::Draft;
use crm::id::Origin;
use crm::store::Store;
use crm::store::conformance::{T0, call, person};
use crm_store::{DATABASE_FILE, LOCK_FILE, OpenError, Options, SCHEMA_VERSION, SqliteStore};
use rusqlite::Connection;

fn raw(directory: &Path) -> Connection {
    Connection::open(directory.join(DATABASE_FILE)).unwrap()
}

#[test]
fn a_second_opener_is_told_and_the_first_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(directory.path()).unwrap();
    assert!(matches!(SqliteStore::open(directory.path()), Err(OpenError::Locked)));
    store.save_contact(&person(1, "Ana", "Mora", "27"), T0).unwrap();
    drop(store);
    assert!(SqliteStore::open(directory.path()).unwrap().contact(person(1, "", "", "1").id).is_ok());
}

#[test]
fn a_database_held_by_another_program_is_told() {
    let directory = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(directory.path()).unwrap());
    let other = raw(directory.path());
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    assert!(matches!(SqliteStore::open(directory.path()), Err(OpenError::Locked)));
    drop(other);
    SqliteStore::open(directory.path()).unwrap();
}

#[test]
fn a_newer_database_is_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(directory.path()).unwrap());
    raw(directory.path()).pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
    let path = directory.path().join(DATABASE_FILE);
    let before = fs::read(&path).unwrap();
    let error = SqliteStore::open(directory.path()).unwrap_err();
    assert!(
        matches!(error, OpenError::Newer { found, known } if (found, known) == (SCHEMA_VERSION + 1, SCHEMA_VERSION))
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_version_that_stands_only_in_the_log_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(directory.path()).unwrap());
    let db = raw(directory.path());
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    db.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
    drop(db);
    let path = directory.path().join(DATABASE_FILE);
    let before = fs::read(&path).unwrap();
    assert!(matches!(SqliteStore::open(directory.path()), Err(OpenError::Newer { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(
        raw(directory.path()).pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).unwrap(),
        SCHEMA_VERSION + 1
    );
}

#[test]
fn damaged_and_foreign_files_are_refused_and_kept() {
    for content in [&b"this is no database, but it is long enough to be looked at: ".repeat(40)[..], b"short"] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(DATABASE_FILE);
        fs::write(&path, content).unwrap();
        assert!(matches!(SqliteStore::open(directory.path()), Err(OpenError::Corrupt)));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    let directory = tempfile::tempdir().unwrap();
    raw(directory.path()).execute_batch("CREATE TABLE other (a)").unwrap();
    assert!(matches!(SqliteStore::open(directory.path()), Err(OpenError::Corrupt)));
}

#[test]
fn damage_that_shows_later_is_told_by_the_query() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(directory.path()).unwrap();
    for n in 0..50 {
        store.save_contact(&person(n, "Ana", "Mora", "27"), T0).unwrap();
    }
    drop(store);
    let path = directory.path().join(DATABASE_FILE);
    let mut bytes = fs::read(&path).unwrap();
    let page = 4096;
    // All but the first two pages, so that it opens.
    bytes[2 * page..].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let outcome = SqliteStore::open(directory.path());
    let corrupt = match outcome {
        Err(OpenError::Corrupt) => true,
        Err(_) => false,
        Ok(mut store) => store.contact(person(1, "", "", "1").id) == Err(crm::store::StoreError::Corrupt),
    };
    assert!(corrupt);
}

#[test]
fn profiles_do_not_see_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let open = |profile: &str| {
        SqliteStore::open_with(directory.path(), &Options { profile: profile.into(), ..Options::default() }).unwrap()
    };
    let record = call(1, crm::call::Direction::Incoming, "27");
    let mut ana = open("ana");
    ana.save_contact(&person(1, "Ana", "Mora", "27"), T0).unwrap();
    ana.begin_call(&record, &Draft::default()).unwrap();
    drop(ana);
    let mut zoe = open("zoe");
    assert!(zoe.contact(person(1, "", "", "1").id).is_err() && zoe.card(record.id).is_err());
    assert!(zoe.match_number(record.party.number.as_ref().unwrap(), Origin::Live).unwrap().is_empty());
    assert!(zoe.recover_calls(T0).unwrap().is_empty());
    assert_eq!(zoe.dispositions().unwrap().len(), crm::disposition::builtin().len());
    drop(zoe);
    assert_eq!(open("ana").recover_calls(T0).unwrap(), [record.id]);
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data");
    let mut store = SqliteStore::open(&directory).unwrap();
    store.save_contact(&person(1, "Ana", "Mora", "27"), T0).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 3, "database, log and lock: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert!(directory.join(LOCK_FILE).exists());
}
