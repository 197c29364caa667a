//! Encryption at rest.
#![cfg(feature = "encrypted-store")]
#![allow(clippy::unwrap_used)] // tests

use std::fs;
use std::path::Path;

use crm::call::Direction;
use crm::card::Draft;
use crm::store::conformance::{T0, call, person, talked};
use crm::store::{ContactQuery, Store};
use crm_store::{DATABASE_FILE, OpenError, Options, SqliteStore, StoreKey, is_sealed};

fn with(key: u8) -> Options {
    Options { key: Some(StoreKey::new(&[key; 32])), ..Options::default() }
}

fn fill(store: &mut SqliteStore) {
    for n in 0..200 {
        store.save_contact(&person(n, "Clorinda", "Mora", &format!("8555 0{n:03}")), T0).unwrap();
    }
    let record = call(1, Direction::Incoming, "8555 0117");
    store.begin_call(&record, &Draft { comment: "Clorinda pide la factura".into(), ..Draft::default() }).unwrap();
    store.end_call(&talked(&record), false).unwrap();
}

fn found(store: &mut SqliteStore) -> (u32, usize, u32) {
    let people = store.search_contacts(&ContactQuery { text: "clorinda".into(), limit: 5, ..ContactQuery::default() });
    (people.unwrap().total, store.outbox(&[], 10).unwrap().len(), store.counts().unwrap().to_save)
}

/// Whether any file of the directory shows the text.
fn shows(directory: &Path, text: &str) -> bool {
    let files = fs::read_dir(directory).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let text = text.as_bytes();
    files.into_iter().any(|bytes| bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text)))
}

#[test]
fn nothing_on_the_disk_can_be_read_without_the_key() {
    let directory = tempfile::tempdir().unwrap();
    let mut plain = SqliteStore::open(directory.path()).unwrap();
    fill(&mut plain);
    assert!(shows(directory.path(), "clorinda"), "the test can see what is readable");
    drop(plain);
    let other = tempfile::tempdir().unwrap();
    let mut sealed = SqliteStore::open_with(other.path(), &with(1)).unwrap();
    fill(&mut sealed);
    // Database and log, while it is open and after.
    assert!(!shows(other.path(), "clorinda") && !shows(other.path(), "CREATE TABLE"));
    drop(sealed);
    assert!(!shows(other.path(), "clorinda") && is_sealed(other.path()).unwrap());
}

#[test]
fn another_key_or_none_is_refused_and_nothing_is_touched() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open_with(directory.path(), &with(1)).unwrap();
    fill(&mut store);
    let all = found(&mut store);
    drop(store);
    let path = directory.path().join(DATABASE_FILE);
    let before = fs::read(&path).unwrap();
    assert!(matches!(SqliteStore::open_with(directory.path(), &with(2)), Err(OpenError::Sealed)));
    assert!(matches!(SqliteStore::open(directory.path()), Err(OpenError::Corrupt)));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(found(&mut SqliteStore::open_with(directory.path(), &with(1)).unwrap()), all);
}

#[test]
fn a_readable_store_is_encrypted_with_all_it_holds() {
    let directory = tempfile::tempdir().unwrap();
    let mut plain = SqliteStore::open(directory.path()).unwrap();
    fill(&mut plain);
    let all = found(&mut plain);
    drop(plain);
    assert!(!is_sealed(directory.path()).unwrap());
    // What an attempt that was cut off left behind does no harm.
    fs::write(directory.path().join("timbre.sealing"), "half").unwrap();
    let mut sealed = SqliteStore::open_with(directory.path(), &with(1)).unwrap();
    assert_eq!(found(&mut sealed), all);
    sealed.save_contact(&person(500, "Clorinda", "Vega", "231"), T0).unwrap();
    assert_eq!(found(&mut sealed).0, all.0 + 1, "the search's index goes on");
    drop(sealed);
    assert!(is_sealed(directory.path()).unwrap() && !shows(directory.path(), "clorinda"));
}

#[test]
fn a_readable_store_that_another_program_reads_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let mut plain = SqliteStore::open(directory.path()).unwrap();
    fill(&mut plain);
    let all = found(&mut plain);
    drop(plain);
    let reader = rusqlite::Connection::open(directory.path().join(DATABASE_FILE)).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM contact;").unwrap();
    assert!(matches!(SqliteStore::open_with(directory.path(), &with(1)), Err(OpenError::Locked)));
    assert!(!is_sealed(directory.path()).unwrap());
    drop(reader);
    assert_eq!(found(&mut SqliteStore::open_with(directory.path(), &with(1)).unwrap()), all);
}

#[test]
fn a_key_is_never_printed_and_comes_back_from_its_digits() {
    let key = StoreKey::new(&[0xab; 32]);
    assert!(!format!("{key:?} {:?}", with(0xab)).contains("abab"));
    assert_eq!(StoreKey::read(key.reveal()).unwrap().reveal(), "ab".repeat(32));
    assert!(StoreKey::read("abc").is_none() && StoreKey::read(&"x".repeat(64)).is_none());
}
