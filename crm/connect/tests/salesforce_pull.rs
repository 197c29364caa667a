//! People of a Salesforce organisation as they are copied: what changed, what was deleted, merged and converted.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;

use crm::connector::{COPIES_MAX, Changes, Fault, Pull, RemoteKind, RemoteRef};
use crm::phone::PhoneNumber;
use crm::store::conformance::{T0, person};
use crm::store::memory::MemoryStore;
use crm::store::{Copies, CopyTerms, Store};
use crm_connect::oauth::Session;
use crm_connect::salesforce::{self, Options, Salesforce};
use emulated::{Emulator, signed_in};
use serde_json::{Value, json};

struct Org {
    crm: Emulator,
    session: Session,
    store: MemoryStore,
}

impl Org {
    async fn start() -> Self {
        let crm = Emulator::start("salesforce");
        let (session, _) = signed_in(salesforce::provider(&crm.base, "timbre", &[0]).unwrap()).await;
        Self { crm, session, store: MemoryStore::new() }
    }

    /// A program that has just begun.
    fn connect(&self) -> Salesforce {
        Salesforce::new(self.session.clone(), Options { country: "CR".into(), external_id: None })
    }

    async fn put(&self, object: &str, record: Value) -> String {
        self.crm.set(json!({"put": {"object": object, "record": record}})).await;
        let rows = self.crm.records(object).await;
        rows.last().unwrap()["Id"].as_str().unwrap().to_owned()
    }

    /// Everything that there is now, by a new program for each page; the pages.
    async fn copy(&mut self) -> Vec<Changes> {
        let mut pages: Vec<Changes> = Vec::new();
        while pages.last().is_none_or(|page| !page.complete) {
            let cursor = self.store.copied("crm").unwrap().cursor;
            let page = self.connect().changes(cursor.as_deref()).await.unwrap();
            let terms = CopyTerms { country: "CR".into(), most: COPIES_MAX };
            self.store.take_changes("crm", &page, &terms, T0).unwrap();
            pages.push(page);
        }
        pages
    }

    fn people(&mut self) -> u32 {
        self.store.copied("crm").unwrap().people
    }

    fn names(&mut self, number: &str) -> Vec<String> {
        let number = PhoneNumber::parse(number, "CR").unwrap();
        self.store.copies_by_number("crm", &number).unwrap().into_iter().map(|one| one.name).collect()
    }
}

fn told(pages: &[Changes]) -> usize {
    pages.iter().map(|page| page.people.len() + page.gone.len() + page.moved.len()).sum()
}

#[tokio::test]
async fn people_are_copied_page_by_page_and_only_what_changes_is_told_again() {
    let mut org = Org::start().await;
    // A night's import: all were changed in the same second.
    org.crm.set(json!({"second": 1_700_000_000})).await;
    let account = org.put("Account", json!({"Name": "Yunque"})).await;
    for n in 0..620 {
        let record = json!({"LastName": format!("P{n}"), "Phone": format!("8555-{n:04}"), "AccountId": account});
        org.crm.set(json!({"put": {"object": "Contact", "record": record}})).await;
    }
    org.put("Contact", json!({"LastName": "Sin número"})).await;
    let lead = org.put("Lead", json!({"LastName": "Mora", "Company": "Casa", "MobilePhone": "(506) 8666.0117"})).await;
    let pages = org.copy().await;
    assert_eq!((pages.len(), pages[0].anew, pages[1].anew, org.people()), (3, true, false, 621));
    assert_eq!(told(&pages), 622, "each once, though a new program asked for each page");
    assert_eq!((org.names("8555 0619"), org.names("+506 8666 0117")), (vec!["P619".into()], vec!["Mora".into()]));
    let found = org.store.copies_by_text("crm", "yunque p77", 9).unwrap();
    assert_eq!((found[0].name.as_str(), found[0].company.as_deref()), ("P77", Some("Yunque")));
    assert_eq!(told(&org.copy().await), 0, "nothing has changed");

    org.crm.set(json!({"second": 1_700_000_100})).await;
    let rows = org.crm.records("Contact").await;
    let id = |n: usize| rows[n]["Id"].as_str().unwrap().to_owned();
    org.crm.set(json!({"change": {"object": "Contact", "id": id(3), "record": {"Phone": "2222 0003"}}})).await;
    org.crm.set(json!({"change": {"object": "Contact", "id": id(4), "record": {"Phone": null}}})).await;
    org.crm.set(json!({"delete": {"object": "Contact", "id": id(5)}})).await;
    org.crm.set(json!({"merge": {"object": "Contact", "id": id(6), "into": id(7)}})).await;
    org.crm.set(json!({"convert": {"id": lead, "into": id(8)}})).await;
    let mut tied = Vec::new();
    for (n, (kind, id)) in (1..).zip([(RemoteKind::Contact, id(6)), (RemoteKind::Lead, lead)]) {
        let here = org.store.save_contact(&person(n, "Ana", "Mora", "8555 9999"), T0).unwrap();
        org.store.link_remote("crm", here.id, Some(&RemoteRef { kind, id })).unwrap();
        tied.push(here.id);
    }
    assert_eq!(told(&org.copy().await), 5, "what changed, and no more");
    assert_eq!((org.names("2222 0003"), org.people()), (vec!["P3".into()], 617));
    for gone in ["8555 0003", "8555 0004", "8555 0005", "8555 0006", "8666 0117"] {
        assert!(org.names(gone).is_empty(), "{gone}");
    }
    for (contact, to) in tied.iter().zip([id(7), id(8)]) {
        let record = RemoteRef { kind: RemoteKind::Contact, id: to };
        assert_eq!(org.store.remote_link("crm", *contact).unwrap(), Some(record));
    }
}

#[tokio::test]
async fn what_changes_while_a_round_ends_is_not_missed_and_a_long_pause_begins_anew() {
    let mut org = Org::start().await;
    org.put("Contact", json!({"LastName": "Mora", "Phone": "8555 0117"})).await;
    org.copy().await;
    // Its change was under way while the last round read: an earlier moment, told later.
    let late = time_ago(120);
    org.crm.set(json!({"second": late})).await;
    org.put("Contact", json!({"LastName": "Soto", "Phone": "8555 0118"})).await;
    org.copy().await;
    assert_eq!(org.names("8555 0118"), ["Soto"]);

    let cursor = org.store.copied("crm").unwrap().cursor.unwrap();
    let mut place: Value = serde_json::from_str(&cursor).unwrap();
    place["ended"] = json!(time_ago(11 * 24 * 3600));
    let again = org.connect().changes(Some(&place.to_string())).await.unwrap();
    assert_eq!((again.anew, again.people.len()), (true, 2), "the bin may have been emptied meanwhile");
    place["last"][0]["changed"] = json!("x OR Id != null");
    place["ended"] = json!(time_ago(60));
    let broken = org.connect().changes(Some(&place.to_string())).await.unwrap();
    assert!(broken.anew, "a cursor that is none begins anew");
}

fn time_ago(seconds: u64) -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() - seconds
}

#[tokio::test]
async fn the_last_tenth_of_the_allowance_is_for_callers() {
    let org = Org::start().await;
    let crm = org.connect();
    org.crm.set(json!({"allowance": 10})).await;
    let mut cursor = None;
    let limited = loop {
        match crm.changes(cursor.as_deref()).await {
            Ok(page) => cursor = Some(page.cursor),
            Err(fault) => break fault,
        }
    };
    assert_eq!(limited, Fault::Limit { after: None });
    let calls = org.crm.state().await["calls"].as_u64().unwrap();
    assert!(calls < 10, "{calls}");
}
