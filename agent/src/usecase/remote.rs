//! People of the CRMs: found by number or text, taken over, opened in the CRM's own pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use agent_api::contact::ContactView;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::remote::{FindRemote, RecordRef, RemoteMatches, RemoteSearch, TakeRemote};
use crm::connector::{RemoteKind, RemotePerson};
use crm::contact::{Channel, ChannelKind, Contact, ContactKind};
use crm::id::{ChannelId, ContactId, Origin};
use crm::store::{Store, StoreError};
use tokio::sync::watch;
use uuid::Uuid;

use crate::agent::Agent;
use crate::connections::{Asked, look_up};
use crate::desk::Input;
use crate::party;
use crate::port::clock::{Ids, RandomIds};
use crate::settings::connection::{is_safe, key};
use crate::view::remote_ref;

impl Agent {
    /// Answers when all CRMs have answered or failed.
    pub(crate) async fn do_find_remote(&self, request: FindRemote) -> Result<RemoteMatches, ApiError> {
        let nobody = RemoteMatches { search: RemoteSearch::Done, people: Vec::new(), failed: Vec::new() };
        let (asked, only) = match request {
            FindRemote::Number { number, connection } => {
                let number = party::number(&number, &self.country().await);
                match number.filter(|number| number.e164().is_some()) {
                    Some(number) => (Asked::Number(number), connection),
                    None => return Ok(nobody),
                }
            }
            FindRemote::Text { text, .. } if text.trim().chars().count() < 2 => return Ok(nobody),
            FindRemote::Text { text, connection } => (Asked::Text(text.trim().to_owned()), connection),
        };
        let (told, shown) = watch::channel(nobody);
        let show = |matches: &RemoteMatches| drop(told.send_replace(matches.clone()));
        look_up(Arc::downgrade(&self.inner.connections), asked, only, show).await;
        let matches = shown.borrow().clone();
        Ok(matches)
    }

    pub(crate) async fn do_take_remote(&self, request: TakeRemote) -> Result<ContactView, ApiError> {
        let TakeRemote { record, call } = request;
        let person = self.inner.connections.lookups.person(&record);
        let person = person.ok_or(ApiError::about(ErrorCode::NotFound, "record"))?;
        let (country, now_ms) = (self.country().await, self.inner.clock.now().utc_ms);
        let key = key(record.connection);
        let contact = self.books(move |store| take(store, &key, &person, &country, now_ms)).await?;
        self.tell(Input::ContactsChanged);
        if let Some(call) = call {
            self.assign(call, contact).await?;
        }
        self.do_contact(contact).await
    }

    /// «Ver en …».
    pub(crate) async fn open_record(&self, record: &RecordRef) -> Result<(), ApiError> {
        let gone = || ApiError::about(ErrorCode::NotFound, "record");
        let way = self.inner.connections.way(record.connection).ok_or_else(gone)?;
        let remote = remote_ref(record);
        let address = match way.directory.address(&remote) {
            Some(address) => Some(address),
            None => {
                // It learns its own address with the first answer of a run.
                let _ = way.directory.check().await;
                way.directory.address(&remote)
            }
        };
        let address = address.filter(|address| is_safe(address)).ok_or_else(gone)?;
        self.open(address).await
    }
}

/// The contact that a person of a CRM is: tied already, or of the same name and number, or a new one.
fn take(
    store: &mut dyn Store,
    connector: &str,
    person: &RemotePerson,
    country: &str,
    now_ms: i64,
) -> Result<ContactId, StoreError> {
    if let Some((_, contact)) = store.linked(connector, std::slice::from_ref(&person.record))?.first() {
        return Ok(*contact);
    }
    let contact = new_contact(person, country, now_ms);
    let name = crm::text::fold(&contact.name());
    let mut same = None;
    for number in contact.channels.iter().filter_map(|channel| channel.number.as_ref()) {
        let known = store.match_number(number, Origin::Live)?;
        same = same.or_else(|| known.iter().find(|one| crm::text::fold(&one.name) == name).map(|one| one.id));
    }
    let id = match same {
        Some(id) => id,
        None => store.save_contact(&contact, now_ms)?.id,
    };
    store.link_remote(connector, id, Some(&person.record))?;
    Ok(id)
}

/// A person of a CRM as one of ours. The CRM gives the whole name: its first word counts as the first name.
fn new_contact(person: &RemotePerson, country: &str, now_ms: i64) -> Contact {
    let name = person.name.split_whitespace().collect::<Vec<_>>().join(" ");
    let company = person.company.clone().unwrap_or_default();
    let (first_name, last_name) = match (person.record.kind, name.split_once(' ')) {
        (RemoteKind::Company, _) | (_, None) => (String::new(), name.clone()),
        (_, Some((first, last))) => (first.to_owned(), last.to_owned()),
    };
    let channel = |kind, raw: &String| Channel { id: ChannelId(new_id(now_ms)), kind, raw: raw.clone(), number: None };
    let phones = person.phones.iter().map(|phone| channel(ChannelKind::Phone, phone));
    let channels = phones.chain(person.email.iter().map(|email| channel(ChannelKind::Email, email))).collect();
    let mut contact = Contact {
        id: ContactId(new_id(now_ms)),
        rev: 0,
        origin: Origin::Live,
        kind: if person.record.kind == RemoteKind::Lead { ContactKind::Lead } else { ContactKind::Contact },
        first_name,
        last_name,
        company: if person.record.kind == RemoteKind::Company { name } else { company },
        document_kind: None,
        document_number: None,
        vip: false,
        channels,
        addresses: Vec::new(),
        custom: BTreeMap::new(),
    };
    contact.tidy(country);
    contact
}

fn new_id(now_ms: i64) -> Uuid {
    RandomIds.next(now_ms)
}
