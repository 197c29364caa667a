//! A store into which people are copied from an emulated CRM.
#![allow(dead_code, clippy::unwrap_used, reason = "each test binary uses its part")]

use crm::connector::{COPIES_MAX, Changes, Pull, RemoteRef};
use crm::id::ContactId;
use crm::phone::PhoneNumber;
use crm::store::conformance::{T0, person};
use crm::store::memory::MemoryStore;
use crm::store::{Copies, CopyTerms, Store};
use serde_json::{Value, json};

use crate::emulated::Emulator;

#[derive(Default)]
pub struct Shelf(pub MemoryStore);

impl Shelf {
    /// Everything that there is now, by a new program for each page; the pages. A page that was answered and not kept is asked
    /// for again.
    pub async fn copy<P: Pull>(&mut self, connect: impl Fn() -> P) -> Vec<Changes> {
        let mut pages: Vec<Changes> = Vec::new();
        while pages.last().is_none_or(|page| !page.complete) {
            let cursor = self.cursor();
            let lost = connect().changes(cursor.as_deref()).await.unwrap();
            let page = connect().changes(cursor.as_deref()).await.unwrap();
            assert_eq!((lost.people, lost.complete), (page.people.clone(), page.complete));
            let terms = CopyTerms { country: "CR".into(), most: COPIES_MAX };
            self.0.take_changes("crm", &page, &terms, T0).unwrap();
            pages.push(page);
        }
        pages
    }

    pub fn cursor(&mut self) -> Option<String> {
        self.0.copied("crm").unwrap().cursor
    }

    /// With the cursor as `change` leaves it.
    pub fn change_cursor(&mut self, change: impl FnOnce(&mut Value)) {
        let mut cursor: Value = serde_json::from_str(&self.cursor().unwrap()).unwrap();
        change(&mut cursor);
        let changes = Changes { cursor: cursor.to_string(), ..Changes::default() };
        self.0.take_changes("crm", &changes, &CopyTerms { country: "CR".into(), most: COPIES_MAX }, T0).unwrap();
    }

    pub fn people(&mut self) -> u32 {
        self.0.copied("crm").unwrap().people
    }

    pub fn names(&mut self, number: &str) -> Vec<String> {
        let number = PhoneNumber::parse(number, "CR").unwrap();
        self.0.copies_by_number("crm", &number).unwrap().into_iter().map(|one| one.name).collect()
    }

    /// Somebody here, who is tied to a record.
    pub fn tied(&mut self, n: u128, record: &RemoteRef) -> ContactId {
        let here = self.0.save_contact(&person(n, "Ana", "Mora", "8555 9999"), T0).unwrap();
        self.0.link_remote("crm", here.id, Some(record)).unwrap();
        here.id
    }

    pub fn tie(&mut self, contact: ContactId) -> Option<RemoteRef> {
        self.0.remote_link("crm", contact).unwrap()
    }
}

/// How many records the pages tell of.
pub fn told(pages: &[Changes]) -> usize {
    pages.iter().map(|page| page.people.len() + page.gone.len() + page.moved.len()).sum()
}

/// Puts a record there; its id, by the name that ids have there.
pub async fn put(crm: &Emulator, object: &str, record: Value, id: &str) -> String {
    crm.set(json!({"put": {"object": object, "record": record}})).await;
    crm.records(object).await.last().unwrap()[id].as_str().unwrap().to_owned()
}

pub fn seconds_ago(seconds: u64) -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() - seconds
}

/// Puts many there.
pub async fn puts(crm: &Emulator, object: &str, records: impl Iterator<Item = Value>) {
    crm.set(json!({"puts": {"object": object, "records": records.collect::<Vec<_>>()}})).await;
}
