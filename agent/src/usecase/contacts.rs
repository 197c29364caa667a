//! People: search, read, create, change, numbers and addresses.

use agent_api::contact::{
    AddAddress, AddNumber, AddressView, ChannelView, CheckNumber, ContactPage, ContactView, EraseContact, Erased,
    NumberCheck, SaveContact, SearchContacts,
};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{DataTag, EventBody};
use crm::connector::Further;
use crm::contact::{Address, Channel, ChannelKind, Contact, Invalid};
use crm::id::{AddressId, CallId, ChannelId, ContactId, Origin};
use crm::store::{ContactQuery, PAGE_MAX, Store, StoreError};
use uuid::Uuid;

use crate::agent::Agent;
use crate::desk::Input;
use crate::party;
use crate::port::clock::{Ids, RandomIds};
use crate::settings::contact_field;
use crate::view;

impl Agent {
    pub(crate) async fn do_search_contacts(&self, request: SearchContacts) -> Result<ContactPage, ApiError> {
        let for_call = request.for_call.map(view::crm_call);
        let mut query = ContactQuery {
            text: request.text,
            kind: request.kind.map(view::crm_contact_kind),
            origin: None,
            after: request.after,
            skip: request.skip,
            limit: request.limit.clamp(1, PAGE_MAX),
        };
        let page = self
            .books(move |store| {
                query.origin = for_call.map(|call| origin_of(store, call)).transpose()?;
                store.search_contacts(&query)
            })
            .await?;
        Ok(ContactPage { rows: page.rows.into_iter().map(view::brief).collect(), next: page.next, total: page.total })
    }

    pub(crate) async fn do_contact(&self, id: ContactId) -> Result<ContactView, ApiError> {
        let (contact, brief, ties) = self
            .books(move |store| {
                let (links, ties) = (store.remote_links(id)?, store.ties_of(id)?);
                Ok((store.contact(id)?, store.contact_brief(id)?, view::Ties { links, ties }))
            })
            .await?;
        Ok(view::contact(contact, brief, ties))
    }

    pub(crate) async fn do_save_contact(&self, request: SaveContact) -> Result<ContactView, ApiError> {
        let country = self.country().await;
        let now_ms = self.inner.clock.now().utc_ms;
        let for_call = request.for_call;
        let origin = match for_call {
            Some(call) => self.books(move |store| origin_of(store, view::crm_call(call))).await?,
            None => Origin::Live,
        };
        let old = match request.id {
            Some(id) => Some(self.books(move |store| store.contact(view::crm_contact(id))).await?),
            None => None,
        };
        if old.is_some() && request.rev.is_none() {
            return Err(ApiError::about(ErrorCode::Required, "rev"));
        }
        let mut contact = Contact {
            id: old.as_ref().map_or_else(|| ContactId(new_id(now_ms)), |old| old.id),
            rev: request.rev.filter(|_| old.is_some()).unwrap_or(0),
            origin: old.as_ref().map_or(origin, |old| old.origin),
            kind: view::crm_contact_kind(request.kind),
            first_name: request.first_name,
            last_name: request.last_name,
            company: request.company,
            document_kind: request.document_kind,
            document_number: request.document_number,
            vip: request.vip,
            channels: request.channels.into_iter().map(|one| channel(one, now_ms)).collect(),
            addresses: request.addresses.into_iter().map(|one| address(one, now_ms)).collect(),
            custom: old.map(|old| old.custom).unwrap_or_default(),
        };
        contact.tidy(&country);
        contact.validate().map_err(invalid)?;
        if let Some(values) = request.custom {
            let fields = contact_field::definitions(&self.inner.settings.lock().await.now.contact_fields);
            let values = values.into_iter().map(|one| (one.key, one.value)).collect();
            contact.take_custom(&fields, &values).map_err(invalid)?;
        }
        let further = self.further_of(&contact, request.further).await?;
        let saved = self.put_person(contact, further).await?;
        if let Some(call) = for_call {
            self.assign(call, ContactId(saved.brief.id.0)).await?;
        }
        Ok(saved)
    }

    /// Erases a person; what of it still stands in the files is overwritten at once, or as soon as that is possible.
    pub(crate) async fn do_erase_contact(&self, request: EraseContact) -> Result<Erased, ApiError> {
        let (id, now_ms) = (view::crm_contact(request.contact), self.inner.clock.now().utc_ms);
        let erased = self.books(move |store| store.erase_contact(id, request.rev, now_ms)).await?;
        for tag in [DataTag::Contacts, DataTag::Cards, DataTag::Chats] {
            self.tell(Input::Tell(Box::new(EventBody::Changed(tag))));
        }
        self.tell(Input::Recount);
        self.let_recordings_go().await;
        if let Err(error) = self.inner.store.run(|store| store.scrub()).await {
            tracing::warn!(%error, "what is left of an erased person is overwritten later");
        }
        Ok(Erased { calls: erased.calls, unsent: erased.unsent, sent: erased.sent })
    }

    pub(crate) async fn do_add_number(&self, request: AddNumber) -> Result<ContactView, ApiError> {
        let country = self.country().await;
        let now_ms = self.inner.clock.now().utc_ms;
        let id = view::crm_contact(request.contact);
        let mut contact = self.books(move |store| store.contact(id)).await?;
        let raw = request.number.trim().to_owned();
        let number = party::number(&raw, &country);
        if raw.is_empty() || number.is_none() {
            return Err(ApiError::about(ErrorCode::Invalid, "number"));
        }
        // Adding a number that is there already is done already.
        if contact.channels.iter().all(|channel| channel.number != number) {
            let id = ChannelId(new_id(now_ms));
            contact.channels.push(Channel { id, kind: ChannelKind::Phone, raw, number });
        }
        self.put_contact(contact).await
    }

    pub(crate) async fn do_add_address(&self, request: AddAddress) -> Result<ContactView, ApiError> {
        let now_ms = self.inner.clock.now().utc_ms;
        let id = view::crm_contact(request.contact);
        let mut contact = self.books(move |store| store.contact(id)).await?;
        contact.addresses.push(address(request.address, now_ms));
        self.put_contact(contact).await
    }

    pub(crate) async fn do_check_number(&self, request: CheckNumber) -> Result<NumberCheck, ApiError> {
        Ok(party::check(&request.text, &self.country().await))
    }

    pub(crate) async fn country(&self) -> String {
        self.inner.settings.lock().await.now.preferences.country.clone()
    }

    async fn put_contact(&self, contact: Contact) -> Result<ContactView, ApiError> {
        self.put_person(contact, Vec::new()).await
    }

    async fn put_person(&self, contact: Contact, further: Vec<(String, Further)>) -> Result<ContactView, ApiError> {
        let now_ms = self.inner.clock.now().utc_ms;
        let (contact, brief, ties) = self
            .books(move |store| {
                let saved = store.save_person(&contact, &further, now_ms)?;
                let brief = store.contact_brief(saved.id)?;
                let (links, ties) = (store.remote_links(saved.id)?, store.ties_of(saved.id)?);
                Ok((saved, brief, view::Ties { links, ties }))
            })
            .await?;
        self.inner.connections.look_at_edits();
        self.tell(Input::ContactsChanged);
        Ok(view::contact(contact, brief, ties))
    }
}

/// A form's fault, in the boundary's words.
fn invalid(invalid: Invalid) -> ApiError {
    match invalid {
        Invalid::Required(field) => ApiError::about(ErrorCode::Required, field.name()),
        Invalid::Form(field) => ApiError::about(ErrorCode::Invalid, field.name()),
    }
}

/// Whether a call is live or of the practice line.
fn origin_of(store: &mut dyn Store, call: CallId) -> Result<Origin, StoreError> {
    match store.card(call) {
        Ok(row) => Ok(row.card.record.origin),
        // Its first row waits for a store that is well again.
        Err(StoreError::NotFound) => Ok(Origin::Live),
        Err(error) => Err(error),
    }
}

fn channel(view: ChannelView, now_ms: i64) -> Channel {
    let id = ChannelId(view.id.map_or_else(|| new_id(now_ms), |id| id.0));
    Channel { id, kind: view::crm_channel_kind(view.kind), raw: view.raw, number: None }
}

fn address(view: AddressView, now_ms: i64) -> Address {
    Address {
        id: AddressId(view.id.map_or_else(|| new_id(now_ms), |id| id.0)),
        street: view.street,
        number: view.number,
        complement: view.complement,
        district: view.district,
        city: view.city,
        region: view.region,
        postal_code: view.postal_code,
        country: view.country,
        reference: view.reference,
    }
}

fn new_id(now_ms: i64) -> Uuid {
    RandomIds.next(now_ms)
}
