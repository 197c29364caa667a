//! Erasing people, and forgetting old calls.

use super::MemoryStore;
use crate::card::{Card, CardState};
use crate::contact::Contact;
use crate::id::{CallId, ContactId};
use crate::outbox::{OutboxItem, OutboxState};
use crate::phone::PhoneNumber;
use crate::store::{Erased, StoreError};

impl MemoryStore {
    pub(super) fn erase(&mut self, id: ContactId, rev: i64) -> Result<Erased, StoreError> {
        let person = self.contacts.get(&id).cloned().ok_or(StoreError::NotFound)?;
        if person.rev != rev {
            return Err(StoreError::Conflict);
        }
        let keys = self.own_keys(&person);
        let calls: Vec<CallId> =
            self.cards.values().filter(|card| is_of(card, &person, &keys)).map(|card| card.record.id).collect();
        let (mut cards, mut outbox, mut erased) = (self.cards.clone(), self.outbox.clone(), Erased::default());
        for call in &calls {
            cards.get_mut(call).map_or(Ok(()), Card::forget_person)?;
            let told = outbox.values_mut().filter(|item| item.call == *call).map(OutboxItem::forget_person);
            erased.count(&told.collect::<Result<Vec<_>, _>>()?);
        }
        (self.cards, self.outbox) = (cards, outbox);
        self.contacts.remove(&id);
        self.forget_copies_of(id);
        self.forget_chats_of(&keys);
        self.links.retain(|(_, contact), _| *contact != id);
        self.ties.retain(|(_, contact), _| *contact != id);
        self.further.retain(|(_, contact), _| *contact != id);
        let of_them = self.recordings.values().filter(|one| calls.contains(&one.call)).map(|one| one.id);
        self.condemned.extend(of_them.collect::<Vec<_>>());
        let marks: Vec<String> = keys.into_iter().chain([id.0.to_string()]).collect();
        let calls: Vec<String> = calls.iter().map(|call| call.0.to_string()).collect();
        self.forms.retain(|name, form| {
            !calls.iter().any(|call| name.ends_with(call))
                && !marks.iter().any(|mark| form.text.contains(mark.as_str()))
        });
        self.erased = true;
        Ok(erased)
    }

    pub(super) fn forget(&mut self, before_ms: i64) -> u32 {
        let waits = |item: &OutboxItem| {
            use OutboxState::{Failed, Inflight, Released, Unknown};
            item.connector.is_some() && matches!(item.state, Released | Inflight | Unknown | Failed)
        };
        let old: Vec<CallId> = (self.cards.values())
            .filter(|card| card.record.started_at_ms < before_ms)
            .filter(|card| !matches!(card.state, CardState::Live | CardState::Unsaved))
            .map(|card| card.record.id)
            .filter(|call| !self.outbox.values().any(|item| item.call == *call && waits(item)))
            .collect();
        for call in &old {
            self.cards.remove(call);
            self.warned.remove(call);
            self.details.remove(call);
            self.outbox.retain(|_, item| item.call != *call);
        }
        self.forms.retain(|_, form| form.saved_at_ms >= before_ms);
        self.forget_messages(before_ms);
        u32::try_from(old.len()).unwrap_or(u32::MAX)
    }

    /// Numbers that nobody else of this origin has.
    fn own_keys(&self, person: &Contact) -> Vec<String> {
        let numbers = person.channels.iter().filter_map(|channel| channel.number.as_ref()).map(PhoneNumber::match_key);
        numbers
            .filter(|key| self.with_key(key, person.origin).all(|other| other.id == person.id))
            .map(str::to_owned)
            .collect()
    }
}

fn is_of(card: &Card, person: &Contact, keys: &[String]) -> bool {
    let key = card.record.party.number.as_ref().map(PhoneNumber::match_key);
    let alone = card.draft.contact.is_none() && card.record.origin == person.origin;
    card.draft.contact == Some(person.id) || (alone && key.is_some_and(|key| keys.iter().any(|own| own == key)))
}
