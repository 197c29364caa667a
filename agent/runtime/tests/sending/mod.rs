//! Saved calls on their way to an emulated CRM: the real store, the real outbox, the real connector.
#![allow(dead_code, clippy::unwrap_used, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent::outbox::{Connection, Outbox, Standing};
use agent::port::clock::{Clock, SystemClock};
use agent::store::StoreHandle;
use crm::call::Direction;
use crm::card::Draft;
use crm::connector::Connector;
use crm::outbox::{OutboxItem, OutboxState, Release};
use crm::store::Store;
use crm::store::conformance::{call, person, talked};
use crm_connect::Secret;
use crm_connect::oauth::{Provider, Session, Vault, VaultError};
use crm_connect::salesforce::{self, Salesforce};
use crm_connect::zoho::{self, Zoho};
use crm_store::SqliteStore;
use serde_json::{Value, json};
use url::Url;

use crate::emulated::{Emulator, signed_in};

/// As rows carry it.
pub const NAME: &str = "company";

/// An organisation, and whether it has a field for our mark that is unique there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    SalesforceId,
    SalesforceMark,
    ZohoId,
    ZohoMark,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::SalesforceId, Self::SalesforceMark, Self::ZohoId, Self::ZohoMark];

    pub fn is_salesforce(self) -> bool {
        matches!(self, Self::SalesforceId | Self::SalesforceMark)
    }

    fn has_id(self) -> bool {
        matches!(self, Self::SalesforceId | Self::ZohoId)
    }

    fn provider(self, base: &Url) -> Provider {
        let provider = if self.is_salesforce() { salesforce::provider } else { zoho::provider };
        provider(base, "timbre", &[0]).unwrap()
    }

    fn connector(self, session: Session) -> Arc<dyn Connector> {
        let country = "CR".to_owned();
        if self.is_salesforce() {
            let external_id = self.has_id().then(|| salesforce::EXTERNAL_ID.to_owned());
            return Arc::new(Salesforce::new(session, salesforce::Options { country, external_id }));
        }
        let unique_field = self.has_id().then(|| zoho::UNIQUE_FIELD.to_owned());
        Arc::new(Zoho::new(session, zoho::Options { country, unique_field }))
    }

    /// Tables of calls and people, and the field of a last name.
    fn tables(self) -> (&'static str, &'static str, &'static str) {
        if self.is_salesforce() { ("Task", "Contact", "LastName") } else { ("Calls", "Contacts", "Last_Name") }
    }
}

/// The refresh token in a file that a killed program leaves whole.
struct File(PathBuf);

impl Vault for File {
    fn read(&self) -> Result<Option<Secret>, VaultError> {
        std::fs::read_to_string(&self.0).map(|token| Some(Secret::new(token))).map_err(|_| VaultError)
    }

    fn keep(&self, token: &Secret) -> Result<(), VaultError> {
        let new = self.0.with_extension("new");
        std::fs::write(&new, token.reveal()).and_then(|()| std::fs::rename(new, &self.0)).map_err(|_| VaultError)
    }
}

pub fn connection(kind: Kind, place: &Path, base: &Url) -> Connection {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let session = Session::resume(kind.provider(base), Arc::new(File(place.join("token")))).unwrap();
    Connection { name: NAME.to_owned(), connector: kind.connector(session), utc_offset_min: |_| -360 }
}

pub fn open(place: &Path) -> SqliteStore {
    SqliteStore::open(place).expect("the lock goes with the killed program")
}

pub fn items(place: &Path) -> Vec<OutboxItem> {
    open(place).outbox(&[], u32::MAX).unwrap()
}

/// Saved calls, two with each of `people`, whom the CRM does not know.
pub fn saved_calls(place: &Path, people: u32) {
    let mut store = open(place);
    let now_ms = SystemClock.now().utc_ms;
    for n in 0..people {
        let number = format!("8{:07}", 5_550_000 + n);
        let contact =
            store.save_contact(&person(u128::from(n) * 100, "Ana", &format!("Mora {n}"), &number), now_ms).unwrap();
        for of in 0..2 {
            let record = call(u128::from(n * 2 + of), Direction::Incoming, &number);
            store.begin_call(&record, &Draft::default()).unwrap();
            store.end_call(&talked(&record), false).unwrap();
            let draft = Draft { contact: Some(contact.id), subject: format!("Asunto {n}.{of}"), ..Draft::default() };
            store.save_card(record.id, &draft, &Release::to(NAME), now_ms).unwrap();
        }
    }
}

/// An organisation that has us signed in, with the token in `place`.
pub async fn organisation(kind: Kind, place: &Path) -> Emulator {
    let crm = Emulator::start(if kind.is_salesforce() { "salesforce" } else { "zoho" });
    let (_, shelf) = signed_in(kind.provider(&crm.base)).await;
    std::fs::write(place.join("token"), shelf.0.lock().unwrap().as_ref().unwrap()).unwrap();
    // What was made a moment ago is not in the search index: nothing may rest on it.
    crm.set(json!({"rotates": true, "index_waits": true})).await;
    match kind {
        Kind::SalesforceId => crm.set(json!({"external_id": true})).await,
        Kind::ZohoId => crm.set(json!({"unique_field": true})).await,
        Kind::SalesforceMark | Kind::ZohoMark => {}
    }
    crm
}

/// Every call is there once, with its person, who is there once; and the rows say so.
pub async fn all_is_there_once(kind: Kind, crm: &Emulator, place: &Path, people: u32) {
    let (table, persons, name) = kind.tables();
    let id = |row: &Value| row["Id"].as_str().or(row["id"].as_str()).unwrap().to_owned();
    let mut calls = BTreeMap::new();
    for call in crm.records(table).await {
        let subject = call["Subject"].as_str().unwrap().to_owned();
        assert!(calls.insert(subject.clone(), call).is_none(), "{subject} is there twice");
    }
    let there = crm.records(persons).await;
    let contacts: BTreeMap<String, String> =
        there.iter().map(|one| (one[name].as_str().unwrap().to_owned(), id(one))).collect();
    assert_eq!((contacts.len(), there.len()), (people as usize, people as usize), "everybody is there once");
    let items = items(place);
    assert_eq!((calls.len(), items.len()), (people as usize * 2, people as usize * 2), "every call is there");
    for item in items {
        let subject = &item.payload.draft.subject;
        let call = &calls[subject];
        let kept = (item.state, item.remote_id.clone());
        assert_eq!(kept, (OutboxState::Done, Some(id(call))), "{:?}", item.last_error);
        assert!(call.to_string().contains(&item.id.0.to_string()), "it carries our mark");
        let n = subject.strip_prefix("Asunto ").unwrap().split_once('.').unwrap().0;
        let who = call["WhoId"].as_str().or(call["Who_Id"]["id"].as_str());
        assert_eq!(who, Some(contacts[&format!("Mora {n}")].as_str()));
    }
}

/// Sends until nothing is left to send.
pub async fn send_all(store: SqliteStore, connection: Connection) {
    let (handle, thread) = StoreHandle::start(Box::new(store)).unwrap();
    let outbox = Outbox::start(handle.clone(), Arc::new(SystemClock), connection);
    let mut standing = outbox.standing();
    while handle.run(|store| store.counts()).await.unwrap().to_send > 0 {
        match standing.borrow_and_update().clone() {
            Standing::Sending => {}
            // Tests do not wait where a person would.
            Standing::Idle | Standing::Waiting { .. } => outbox.send_now(),
            other => panic!("{other:?}"),
        }
        // The last row is settled just before the standing changes.
        let _ = tokio::time::timeout(Duration::from_millis(50), standing.changed()).await;
    }
    drop((outbox, handle, standing));
    tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
}
