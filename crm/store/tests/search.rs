//! Searches with many hits give what the plain model gives, page by page.
#![allow(clippy::unwrap_used)] // tests

use std::path::Path;

use crm::contact::{Contact, ContactKind};
use crm::store::conformance::{T0, person};
use crm::store::memory::MemoryStore;
use crm::store::{ContactQuery, Store};
use crm_store::{Options, SqliteStore};

const FIRST: &[&str] = &["Ana", "Zoe", "Íñigo", "Noelia"];
const LAST: &[&str] = &["Mora", "Núñez", "Zúñiga"];

fn people() -> Vec<Contact> {
    let somebody = |n: u128| {
        let (first, last) = (FIRST[n as usize % FIRST.len()], LAST[n as usize / 5 % LAST.len()]);
        let mut contact = person(n, first, last, &format!("85{:06}", n * 7));
        contact.company = "Compañía del Norte".into();
        contact.kind = if n.is_multiple_of(3) { ContactKind::Lead } else { ContactKind::Contact };
        contact
    };
    (0..2_400).map(somebody).collect()
}

fn open(directory: &Path, profile: &str) -> SqliteStore {
    SqliteStore::open_with(directory, &Options { profile: profile.into(), ..Options::default() }).unwrap()
}

/// The first pages of all queries are the model's, and so are the numbers of hits.
fn compare(store: &mut SqliteStore, model: &mut MemoryStore) {
    for text in
        ["norte", "compania norte", "noe", "ana mora", "norte an", "norte 17", "mora 8500", "an", "17", "nobody", ""]
    {
        for kind in [None, Some(ContactKind::Lead)] {
            let mut query = ContactQuery { text: text.into(), kind, origin: None, limit: 60, after: None, skip: 0 };
            for page in 0..3 {
                let (ours, theirs) = (store.search_contacts(&query).unwrap(), model.search_contacts(&query).unwrap());
                assert_eq!((ours.total, &ours.next), (theirs.total, &theirs.next), "{text} {kind:?} page {page}");
                assert_eq!(ours.rows, theirs.rows, "{text} {kind:?} page {page}");
                query.after = ours.next;
                if query.after.is_none() {
                    break;
                }
            }
        }
    }
}

#[test]
fn many_hits_are_paged_as_the_model_does() {
    let (mut model, directory) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    model.import_contacts(&people(), T0).unwrap();
    let mut store = open(directory.path(), "default");
    store.import_contacts(&people(), T0).unwrap();
    compare(&mut store, &mut model);
    // A page in the middle, asked for by a program that has just started and knows no number of hits.
    let first =
        ContactQuery { text: "norte".into(), kind: Some(ContactKind::Lead), limit: 60, ..ContactQuery::default() };
    let second = ContactQuery { after: store.search_contacts(&first).unwrap().next, ..first };
    drop(store);
    let page = open(directory.path(), "default").search_contacts(&second).unwrap();
    assert_eq!(page, model.search_contacts(&second).unwrap());
}

#[test]
fn people_of_another_profile_count_nowhere() {
    let (mut model, directory) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    let mut other = open(directory.path(), "other");
    other.import_contacts(&people(), T0).unwrap();
    drop(other);
    let mut store = open(directory.path(), "default");
    let few: Vec<Contact> = (5_000..5_100).map(|n| person(n, "Ana", "Norte", &format!("85{n:06}"))).collect();
    store.import_contacts(&few, T0).unwrap();
    model.import_contacts(&few, T0).unwrap();
    compare(&mut store, &mut model);
}
