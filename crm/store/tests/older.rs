//! Files that older versions wrote open with all they hold.
#![allow(clippy::unwrap_used)] // tests

use std::fs;
use std::path::{Path, PathBuf};

use crm::card::{CardState, UNSAVED_FOR_MS};
use crm::id::{CallId, ContactId, Origin};
use crm::outbox::OutboxState;
use crm::phone::PhoneNumber;
use crm::store::{
    CardFilter, CardQuery, Chats, ContactQuery, Copies, Details, Recordings, Remote, Store, StoreError, Ties,
};
use crm_store::{DATABASE_FILE, SCHEMA_VERSION, SqliteStore};
use rusqlite::Connection;
use uuid::Uuid;

/// `tests/old/<version>.sql` of every version there ever was.
fn written_by(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/old/{version}.sql"))
}

fn check(store: &mut SqliteStore, version: u32) {
    let jose = store.contact(ContactId(Uuid::from_u128(0x11))).unwrap();
    assert_eq!((jose.name().as_str(), jose.rev, jose.vip, jose.channels.len()), ("José Núñez", 3, true, 2));
    assert_eq!(jose.addresses[0].reference, "frente al parque");
    let level = (version >= 4).then_some("Oro");
    assert_eq!(jose.custom.get("level").map(String::as_str), level, "the company's own fields begin with version 4");
    assert_eq!(store.contact(ContactId(Uuid::from_u128(0x12))), Err(StoreError::NotFound), "a tombstone stays one");
    let number = PhoneNumber::parse("8555 0117", "CR").unwrap();
    assert_eq!(store.match_number(&number, Origin::Live).unwrap()[0].id, jose.id);
    for text in ["nunez", "ferret", "112340567", "17", ""] {
        let query = ContactQuery { text: text.into(), limit: 10, ..ContactQuery::default() };
        assert_eq!(store.search_contacts(&query).unwrap().total, 1, "{text}");
    }
    let list = CardQuery { filter: CardFilter::ToSave, text: "factura".into(), limit: 10, ..CardQuery::default() };
    let unsaved = store.list_cards(&list).unwrap().rows.remove(0);
    assert_eq!(unsaved.card.record.id, CallId(Uuid::from_u128(0x51)));
    assert_eq!((unsaved.card.draft.subject.as_str(), unsaved.card.state), ("Factura", CardState::Unsaved));
    let about = unsaved.card.draft.ticket.as_ref().map(|ticket| ticket.number.as_str());
    assert_eq!(about, (version >= 8).then_some("00001026"), "tickets are kept since version 8");
    let required = store.further("crm", jose.id).unwrap().and_then(|one| one.record_type);
    assert_eq!(required.as_deref(), (version >= 9).then_some("012A"), "forms of CRMs are filled in since version 9");
    let asked = store.ties_of(jose.id).unwrap().into_iter().any(|tie| !tie.clashes.is_empty());
    assert_eq!(asked, version >= 10, "what both sides changed is asked about since version 10");
    let (before_ms, now_ms) = (600_000, unsaved.card.record.started_at_ms + UNSAVED_FOR_MS - 1);
    let warned_of = store.warn_cards(before_ms, now_ms).unwrap().contains(&unsaved.card.record.id);
    assert_eq!(warned_of, version < 5, "since version 5 it is kept that a card was warned of");
    let kept = store.forms().unwrap().pop().map(|form| form.text);
    assert_eq!(kept.as_deref(), (version >= 6).then_some("{\"first_name\":\"Eva\"}"), "forms are kept since version 6");
    let copied = (store.copied("crm").unwrap().cursor, store.copies_by_number("crm", &number).unwrap().len());
    let expected = if version >= 7 { (Some("after:7".to_owned()), 1) } else { (None, 0) };
    assert_eq!(copied, expected, "people of CRMs are copied since version 7");
    let details = store.details(unsaved.card.record.id).unwrap();
    assert_eq!(details.is_some(), version >= 11, "how calls went technically is kept since version 11");
    let recorded = store.recordings_of(unsaved.card.record.id).unwrap().len();
    assert_eq!(recorded, usize::from(version >= 12), "recordings are known since version 12");
    let written = store.chats(None, 10).unwrap().rows.pop().map(|chat| chat.last.text);
    assert_eq!(written.as_deref(), (version >= 13).then_some("¿Tiene un minuto?"), "chats are kept since version 13");
    assert_eq!(store.scrub().unwrap(), version >= 6);
    let saved = store.card(CallId(Uuid::from_u128(0x52))).unwrap();
    assert_eq!((saved.disposition.as_deref(), saved.card.state), (Some("Pide visita"), CardState::Saved));
    let states: Vec<_> = store.outbox(&[], 10).unwrap().iter().map(|item| (item.state, item.attempt)).collect();
    assert_eq!(states, [(OutboxState::Held, 0), (OutboxState::Inflight, 1)]);
    store.recover_calls(1_800_000_100_000).unwrap();
    assert_eq!(store.outbox(&[OutboxState::Unknown], 10).unwrap()[0].payload.draft.subject, "Visita");
    let dismissed = store.dismiss_card(unsaved.card.record.id, 1_800_000_100_000).unwrap();
    assert_eq!(dismissed.state, CardState::Dismissed, "it can be written to");
}

#[test]
fn every_older_version_opens_with_all_it_holds() {
    for version in 1..=SCHEMA_VERSION {
        let sql = fs::read_to_string(written_by(version)).expect("each version leaves a file behind");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(DATABASE_FILE);
        Connection::open(&path).unwrap().execute_batch(&sql).unwrap();
        let mut store = SqliteStore::open(directory.path()).unwrap();
        let copy = directory.path().join(format!("{DATABASE_FILE}.v{version}"));
        assert_eq!(copy.exists(), version < SCHEMA_VERSION, "version {version}: a copy is kept of what is changed");
        check(&mut store, version);
        drop(store);
        let found: u32 =
            Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(found, SCHEMA_VERSION);
    }
}

#[test]
fn migrated_and_fresh_databases_have_the_same_schema() {
    let schema = |directory: &Path| -> Vec<String> {
        drop(SqliteStore::open(directory).unwrap());
        let db = Connection::open(directory.join(DATABASE_FILE)).unwrap();
        let mut select = db.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY 1").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let fresh = tempfile::tempdir().unwrap();
    let expected = schema(fresh.path());
    for version in 1..=SCHEMA_VERSION {
        let directory = tempfile::tempdir().unwrap();
        let sql = fs::read_to_string(written_by(version)).unwrap();
        Connection::open(directory.path().join(DATABASE_FILE)).unwrap().execute_batch(&sql).unwrap();
        assert_eq!(schema(directory.path()), expected, "from version {version}");
    }
}
