//! Of an erased person nothing is left in the files: not in rows, pages that are free, the index of texts, the log, or
//! copies of older versions.
#![allow(clippy::unwrap_used)] // tests

use std::fs;
use std::path::Path;

use crm::call::{CallRecord, Direction, Party};
use crm::card::Draft;
use crm::connector::{Changes, FieldValue, Further, RemoteKind, RemotePerson, RemoteRef};
use crm::form::{FormOf, KeptForm};
use crm::outbox::Release;
use crm::store::conformance::{T0, call, person, talked};
use crm::store::{ContactQuery, Copies, CopyTerms, Remote, Store};
use crm_store::{DATABASE_FILE, SqliteStore};
use rusqlite::Connection;

/// What only this person is known by, as it stands in files; digits also the other way round, as they are looked up.
const TRACES: [&str; 8] = ["Wqjzky", "Xqzwvk", "xqzwvk", "85550117", "71105558", "Kjwqhy", "kjwqhy", "8555 0117"];

/// Those that stand anywhere in the directory.
fn traces(directory: &Path) -> Vec<&'static str> {
    let files = fs::read_dir(directory).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let bytes: Vec<u8> = files.flatten().collect();
    let holds = |trace: &&str| bytes.windows(trace.len()).any(|part| part == trace.as_bytes());
    TRACES.into_iter().filter(holds).collect()
}

/// Pieces of the name that an index of texts knows.
fn indexed(directory: &Path, index: &str) -> u32 {
    let db = Connection::open(directory.join(DATABASE_FILE)).unwrap();
    db.execute_batch(&format!("CREATE VIRTUAL TABLE temp.term USING fts5vocab (main, {index}, row)")).unwrap();
    let sql = "SELECT count(*) FROM temp.term WHERE term IN ('xqz', 'qzw', 'zwv', 'wvk', '555', '550', '501', '011')";
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn fill(store: &mut SqliteStore) -> crm::contact::Contact {
    for n in 2..40 {
        store.save_contact(&person(n, "Ana", &format!("Mora {n}"), "2222 0000"), T0).unwrap();
    }
    let somebody = store.save_contact(&person(1, "Xqzwvk", "Mora", "8555 0117"), T0).unwrap();
    // Saved again and again, so that pages and parts of the index have held older forms of it.
    let mut somebody = somebody;
    for n in 0..5 {
        somebody = store.save_contact(&crm::contact::Contact { vip: n % 2 == 0, ..somebody }, T0).unwrap();
    }
    for n in 1..=60 {
        let number = if n % 3 == 0 { "8555 0117" } else { "2222 0000" };
        let record = call(n, Direction::Incoming, number);
        let network_name = (n % 3 == 0).then(|| "Xqzwvk".to_owned());
        let record = CallRecord { party: Party { network_name, ..record.party.clone() }, ..record };
        store.begin_call(&record, &Draft::default()).unwrap();
        store.end_call(&talked(&record), false).unwrap();
        let contact = (n % 3 == 0).then_some(somebody.id);
        let subject = if n % 3 == 0 { "Kjwqhy".repeat(n as usize) } else { "Factura".to_owned() };
        let text = Draft { contact, subject, ..Draft::default() };
        store.save_draft(record.id, &text, T0).unwrap();
        if n % 6 == 0 {
            store.save_card(record.id, &text, &Release::to("crm"), T0).unwrap();
        }
    }
    let text = format!("{{\"id\":\"{}\",\"first_name\":\"Xqzwvk\"}}", somebody.id.0);
    store.keep_form(&KeptForm { form: FormOf::Person, text, saved_at_ms: T0 }).unwrap();
    let nickname = Further { record_type: None, values: vec![("Nick__c".into(), FieldValue::Text("Wqjzky".into()))] };
    store.save_person(&somebody, &[("crm".into(), nickname)], T0).unwrap()
}

#[test]
fn nothing_of_an_erased_person_is_left_in_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(directory.path()).unwrap();
    let somebody = fill(&mut store);
    fs::write(directory.path().join(format!("{DATABASE_FILE}.v1")), "Xqzwvk").unwrap();
    drop(store);
    assert_eq!(
        (traces(directory.path()).len(), indexed(directory.path(), "contact_text")),
        (TRACES.len(), 8),
        "all of it is there"
    );
    let mut store = SqliteStore::open(directory.path()).unwrap();
    let erased = store.erase_contact(somebody.id, somebody.rev, T0).unwrap();
    assert_eq!((erased.calls, erased.unsent, erased.sent), (20, 20, 0));
    assert!(store.scrub().unwrap());
    assert_eq!(traces(directory.path()), [""; 0], "while the store is open");
    let all = ContactQuery { limit: 50, ..ContactQuery::default() };
    assert_eq!(store.search_contacts(&all).unwrap().total, 38);
    let words = ContactQuery { text: "mora 17".into(), ..all };
    assert_eq!(store.search_contacts(&words).unwrap().total, 1, "everybody else is found as before");
    drop(store);
    assert_eq!(traces(directory.path()), [""; 0], "and when it is closed");
    assert_eq!(indexed(directory.path(), "contact_text"), 0);
}

#[test]
fn what_was_not_scrubbed_before_the_program_ended_is_scrubbed_after() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(directory.path()).unwrap();
    let somebody = fill(&mut store);
    store.erase_contact(somebody.id, somebody.rev, T0).unwrap();
    drop(store);
    let mut store = SqliteStore::open(directory.path()).unwrap();
    assert!(store.scrub().unwrap(), "it is known still");
    assert_eq!(traces(directory.path()), [""; 0]);
    assert!(!store.scrub().unwrap());
}

#[test]
fn of_forgotten_calls_no_text_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(directory.path()).unwrap();
    fill(&mut store);
    let has_subject = |directory: &Path| traces(directory).contains(&"Kjwqhy");
    assert!(has_subject(directory.path()));
    store.expire_cards(T0 + crm::card::UNSAVED_FOR_MS * 2).unwrap();
    for item in store.take_due("crm", T0, 99).unwrap() {
        store.settle(item.id, &crm::outbox::Outcome::Sent { remote_id: "00T".into() }, T0).unwrap();
    }
    assert_eq!(store.forget_before(T0 + crm::card::UNSAVED_FOR_MS).unwrap(), 60);
    assert!(!has_subject(directory.path()));
}

#[test]
fn nothing_of_copied_people_is_left_in_the_files_when_their_connection_goes() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(directory.path()).unwrap();
    let terms = CopyTerms { country: "CR".into(), most: 1000 };
    let people = (0..500).map(|n| RemotePerson {
        record: RemoteRef { kind: RemoteKind::Contact, id: format!("Kjwqhy{n}") },
        name: format!("Xqzwvk {n}"),
        company: Some("xqzwvk".into()),
        phones: vec!["8555 0117".into()],
        email: Some("kjwqhy@example.com".into()),
    });
    let changes = Changes { anew: true, people: people.collect(), cursor: "Kjwqhy".into(), ..Changes::default() };
    store.take_changes("crm", &changes, &terms, T0).unwrap();
    let nickname = Further { record_type: None, values: vec![("Nick__c".into(), FieldValue::Text("Wqjzky".into()))] };
    store.save_person(&person(1, "Eva", "Soto", "2222 0000"), &[("crm".into(), nickname)], T0).unwrap();
    drop(store);
    let known = (traces(directory.path()).len(), indexed(directory.path(), "copy_text"));
    assert_eq!(known, (TRACES.len(), 8), "all of it is there");
    let mut store = SqliteStore::open(directory.path()).unwrap();
    store.forget_connector("crm").unwrap();
    assert!(store.scrub().unwrap());
    assert_eq!(traces(directory.path()), [""; 0], "while the store is open");
    drop(store);
    assert_eq!((traces(directory.path()).len(), indexed(directory.path(), "copy_text")), (0, 0));
}
