//! A store in memory: the rules without SQL, for tests of whoever uses a store.

mod chats;
mod copies;
mod details;
mod erase;
mod listed;
mod recordings;
mod remote;
mod ties;

use std::collections::{BTreeMap, BTreeSet};

use crate::call::{CallRecord, Direction};
use crate::card::{Card, CardRow, CardState, Draft};
use crate::connector::{Further, RecordForm, RemoteKind, RemoteRef};
use crate::contact::{Contact, ContactBrief, digits};
use crate::disposition::{self, Disposition};
use crate::form::{FormOf, KeptForm};
use crate::id::{CallId, ChatId, ContactId, DispositionId, Origin, OutboxId, RecordingId};
use crate::outbox::{OutboxItem, OutboxState, Outcome, PushBrief, Release, sync_of};
use crate::phone::PhoneNumber;
use crate::store::{
    CardQuery, ContactQuery, Counts, Erased, PAGE_MAX, Page, Recording, Store, StoreError, card_mark, contact_mark,
    read_card_mark, read_contact_mark, search_terms,
};
use crate::text::fold;

/// Records in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    contacts: BTreeMap<ContactId, Contact>,
    cards: BTreeMap<CallId, Card>,
    /// When it was last warned of a card.
    warned: BTreeMap<CallId, i64>,
    details: BTreeMap<CallId, String>,
    recordings: BTreeMap<RecordingId, Recording>,
    /// Of people who were erased.
    condemned: BTreeSet<RecordingId>,
    chats: BTreeMap<ChatId, chats::Thread>,
    outbox: BTreeMap<OutboxId, OutboxItem>,
    dispositions: BTreeMap<DispositionId, Disposition>,
    links: BTreeMap<(String, ContactId), RemoteRef>,
    ties: BTreeMap<(String, ContactId), ties::TieRow>,
    further: BTreeMap<(String, ContactId), Further>,
    record_forms: BTreeMap<(String, RemoteKind, Option<String>), (RecordForm, i64)>,
    copies: BTreeMap<String, copies::Source>,
    forms: BTreeMap<String, KeptForm>,
    /// Somebody was erased since the last scrubbing.
    erased: bool,
}

impl MemoryStore {
    /// An empty store with the first list of dispositions.
    pub fn new() -> Self {
        let dispositions = disposition::builtin().into_iter().map(|row| (row.id, row)).collect();
        Self { dispositions, ..Self::default() }
    }

    fn brief(&self, contact: &Contact) -> ContactBrief {
        let calls = || self.cards.values().filter(|card| card.draft.contact == Some(contact.id));
        let disposition = calls()
            .filter(|card| card.state == CardState::Saved && card.draft.disposition.is_some())
            .max_by_key(|card| (card.record.started_at_ms, card.record.id))
            .and_then(|card| self.dispositions.get(&card.draft.disposition?));
        let (phone, email) = contact.first_phone_and_email();
        ContactBrief {
            id: contact.id,
            kind: contact.kind,
            name: contact.name(),
            initials: contact.initials(),
            company: Some(contact.company.clone()).filter(|company| !company.is_empty()),
            vip: contact.vip,
            phone,
            email,
            last_call_at_ms: calls().map(|card| card.record.started_at_ms).max(),
            last_disposition: disposition.map(|row| row.name.clone()),
            do_not_call: disposition.is_some_and(|row| row.do_not_call),
            origin: contact.origin,
        }
    }

    fn row(&self, card: &Card) -> CardRow {
        let contact = card.draft.contact.and_then(|id| self.contacts.get(&id)).map(|contact| self.brief(contact));
        let number = card.record.party.number.as_ref();
        let possible = match (&contact, number) {
            (None, Some(number)) => self.with_key(number.match_key(), card.record.origin).count(),
            _ => 0,
        };
        let of_call = self.outbox.values().filter(|item| item.call == card.record.id);
        let mut pushes: Vec<PushBrief> = of_call.map(PushBrief::from).collect();
        pushes.sort_by_key(|push| (push.id != card.record.id.into(), push.id));
        CardRow {
            contact,
            possible_contacts: u32::try_from(possible).unwrap_or(u32::MAX),
            sync: sync_of(&pushes),
            pushes,
            disposition: card.draft.disposition.and_then(|id| self.dispositions.get(&id)).map(|row| row.name.clone()),
            card: card.clone(),
        }
    }

    fn with_key<'a>(&'a self, key: &'a str, origin: Origin) -> impl Iterator<Item = &'a Contact> {
        let has = move |contact: &&Contact| {
            contact
                .channels
                .iter()
                .filter_map(|channel| channel.number.as_ref())
                .any(|number| number.match_key() == key)
        };
        self.contacts.values().filter(move |contact| contact.origin == origin).filter(has)
    }

    /// The outcome that a draft names; whom it names must be there, and of the call's origin.
    fn chosen(&mut self, call: CallId, draft: &Draft) -> Result<Option<Disposition>, StoreError> {
        let origin = self.card_mut(call)?.record.origin;
        if draft.contact.is_some_and(|id| self.contacts.get(&id).is_none_or(|contact| contact.origin != origin)) {
            return Err(StoreError::NotFound);
        }
        let known = draft.disposition.map(|id| self.dispositions.get(&id).cloned().ok_or(StoreError::NotFound));
        known.transpose()
    }

    fn card_mut(&mut self, call: CallId) -> Result<&mut Card, StoreError> {
        self.cards.get_mut(&call).ok_or(StoreError::NotFound)
    }

    fn finish(&mut self, card: Card) -> Card {
        if card.state == CardState::Unsaved {
            let item = OutboxItem::held(card.record.clone(), card.draft.clone());
            self.outbox.insert(item.id, item);
        }
        self.cards.insert(card.record.id, card.clone());
        card
    }

    fn insert(&mut self, contact: &Contact) -> Result<Contact, StoreError> {
        match self.contacts.get(&contact.id) {
            Some(stored) if stored.rev != contact.rev => return Err(StoreError::Conflict),
            None if contact.rev != 0 => return Err(StoreError::NotFound),
            _ => {}
        }
        let saved = Contact { rev: contact.rev + 1, ..contact.clone() };
        self.contacts.insert(saved.id, saved.clone());
        Ok(saved)
    }
}

impl Store for MemoryStore {
    fn contact(&mut self, id: ContactId) -> Result<Contact, StoreError> {
        self.contacts.get(&id).cloned().ok_or(StoreError::NotFound)
    }

    fn contact_brief(&mut self, id: ContactId) -> Result<ContactBrief, StoreError> {
        self.contacts.get(&id).map(|contact| self.brief(contact)).ok_or(StoreError::NotFound)
    }

    fn save_contact(&mut self, contact: &Contact, _now_ms: i64) -> Result<Contact, StoreError> {
        self.insert(contact)
    }

    fn import_contacts(&mut self, contacts: &[Contact], _now_ms: i64) -> Result<(), StoreError> {
        let before = self.contacts.clone();
        for contact in contacts {
            if let Err(error) = self.insert(contact) {
                self.contacts = before;
                return Err(error);
            }
        }
        Ok(())
    }

    fn erase_contact(&mut self, id: ContactId, rev: i64, _now_ms: i64) -> Result<Erased, StoreError> {
        self.erase(id, rev)
    }

    fn scrub(&mut self) -> Result<bool, StoreError> {
        Ok(std::mem::take(&mut self.erased))
    }

    fn forget_before(&mut self, before_ms: i64) -> Result<u32, StoreError> {
        Ok(self.forget(before_ms))
    }

    fn forms(&mut self) -> Result<Vec<KeptForm>, StoreError> {
        Ok(self.forms.values().cloned().collect())
    }

    fn keep_form(&mut self, form: &KeptForm) -> Result<(), StoreError> {
        self.forms.insert(form.form.name(), form.clone());
        Ok(())
    }

    fn drop_form(&mut self, form: FormOf) -> Result<(), StoreError> {
        self.forms.remove(&form.name());
        Ok(())
    }

    fn search_contacts(&mut self, query: &ContactQuery) -> Result<Page<ContactBrief>, StoreError> {
        let terms = search_terms(&query.text);
        let after = query.after.as_deref().map(read_contact_mark).transpose()?;
        let hit = |contact: &&Contact| {
            query.kind.is_none_or(|kind| contact.kind == kind)
                && query.origin.is_none_or(|origin| contact.origin == origin)
                && contact.is_found_by(&terms)
        };
        let mut found: Vec<(String, &Contact)> =
            self.contacts.values().filter(hit).map(|contact| (fold(&contact.name()), contact)).collect();
        found.sort_by(|a, b| (&a.0, a.1.id).cmp(&(&b.0, b.1.id)));
        let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let rest = found
            .into_iter()
            .filter(|(key, contact)| after.as_ref().is_none_or(|mark| (key, &contact.id) > (&mark.0, &mark.1)));
        let rest: Vec<_> = rest.skip(query.skip as usize).collect();
        let limit = query.limit.clamp(1, PAGE_MAX) as usize;
        let next = (rest.len() > limit).then(|| contact_mark(&rest[limit - 1].0, rest[limit - 1].1.id));
        let rows = rest.iter().take(limit).map(|(_, contact)| self.brief(contact)).collect();
        Ok(Page { rows, next, total })
    }

    fn match_number(&mut self, number: &PhoneNumber, origin: Origin) -> Result<Vec<ContactBrief>, StoreError> {
        let mut found: Vec<&Contact> = self.with_key(number.match_key(), origin).collect();
        let tail = digits(number.dial());
        if found.is_empty() && number.e164().is_none() && tail.len() >= 7 {
            let ends = |contact: &&Contact| {
                let mut numbers = contact.channels.iter().filter_map(|channel| channel.number.as_ref());
                contact.origin == origin && numbers.any(|number| digits(number.dial()).ends_with(&tail))
            };
            found = self.contacts.values().filter(ends).collect();
        }
        let mut found: Vec<ContactBrief> = found.into_iter().map(|contact| self.brief(contact)).collect();
        found.sort_by(|a, b| {
            let by_name = fold(&a.name).cmp(&fold(&b.name));
            b.last_call_at_ms.cmp(&a.last_call_at_ms).then(by_name).then(a.id.cmp(&b.id))
        });
        found.truncate(20);
        Ok(found)
    }

    fn begin_call(&mut self, record: &CallRecord, draft: &Draft) -> Result<(), StoreError> {
        if self.cards.contains_key(&record.id) {
            return Err(StoreError::Conflict);
        }
        self.cards.insert(record.id, Card::begin(record.clone(), draft.clone()));
        Ok(())
    }

    fn update_call(&mut self, record: &CallRecord) -> Result<(), StoreError> {
        let card = self.card_mut(record.id)?;
        if card.state != CardState::Live {
            return Err(StoreError::WrongState);
        }
        card.record = record.clone();
        Ok(())
    }

    fn end_call(&mut self, record: &CallRecord, internal: bool) -> Result<Card, StoreError> {
        let mut card = self.card_mut(record.id)?.clone();
        card.end(record.clone(), internal)?;
        Ok(self.finish(card))
    }

    fn recover_calls(&mut self, now_ms: i64) -> Result<Vec<CallId>, StoreError> {
        let mut live: Vec<Card> = self.cards.values().filter(|card| card.state == CardState::Live).cloned().collect();
        live.sort_by_key(|card| card.record.started_at_ms);
        let ids = live.iter().map(|card| card.record.id).collect();
        for mut card in live {
            card.recover(now_ms)?;
            self.finish(card);
        }
        self.outbox.values_mut().for_each(OutboxItem::recover);
        Ok(ids)
    }

    fn card(&mut self, call: CallId) -> Result<CardRow, StoreError> {
        self.cards.get(&call).map(|card| self.row(card)).ok_or(StoreError::NotFound)
    }

    fn list_cards(&mut self, query: &CardQuery) -> Result<Page<CardRow>, StoreError> {
        let after = query.after.as_deref().map(read_card_mark).transpose()?;
        let mut found: Vec<&Card> = self.cards.values().filter(|card| self.matches(card, query)).collect();
        let at = |card: &Card| (card.record.started_at_ms, card.record.id);
        found.sort_by_key(|card| std::cmp::Reverse(at(card)));
        let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
        found.retain(|card| after.is_none_or(|mark| at(card) < mark));
        found.drain(..found.len().min(query.skip as usize));
        let limit = query.limit.clamp(1, PAGE_MAX) as usize;
        let next =
            (found.len() > limit).then(|| card_mark(found[limit - 1].record.started_at_ms, found[limit - 1].record.id));
        Ok(Page { rows: found.iter().take(limit).map(|card| self.row(card)).collect(), next, total })
    }

    fn recent_cards(&mut self, call: CallId, limit: u32) -> Result<Vec<CardRow>, StoreError> {
        let this = self.cards.get(&call).ok_or(StoreError::NotFound)?;
        let key = |card: &Card| card.record.party.number.as_ref().map(|number| number.match_key().to_owned());
        let at = |card: &Card| (card.record.started_at_ms, card.record.id);
        let same = |card: &&Card| {
            let contact = this.draft.contact.is_some() && card.draft.contact == this.draft.contact;
            let alike = contact || (key(this).is_some() && key(card) == key(this));
            alike && card.record.origin == this.record.origin && at(card) < at(this)
        };
        let mut found: Vec<&Card> = self.cards.values().filter(same).collect();
        found.sort_by_key(|card| std::cmp::Reverse(at(card)));
        Ok(found.into_iter().take(limit.min(PAGE_MAX) as usize).map(|card| self.row(card)).collect())
    }

    fn save_draft(&mut self, call: CallId, draft: &Draft, now_ms: i64) -> Result<(), StoreError> {
        Ok(self.card_mut(call)?.write(draft.clone(), now_ms)?)
    }

    fn save_card(&mut self, call: CallId, draft: &Draft, to: &Release, now_ms: i64) -> Result<Card, StoreError> {
        let disposition = self.chosen(call, draft)?;
        let card = self.card_mut(call)?;
        card.save(draft.clone(), disposition.as_ref(), now_ms)?;
        let card = card.clone();
        let held = || OutboxItem::held(card.record.clone(), draft.clone());
        let further = self.outbox.entry(call.into()).or_insert_with(held).release(draft.clone(), to, now_ms)?;
        self.outbox.extend(further.into_iter().map(|item| (item.id, item)));
        Ok(card)
    }

    fn dismiss_card(&mut self, call: CallId, _now_ms: i64) -> Result<Card, StoreError> {
        let card = self.card_mut(call)?;
        card.dismiss()?;
        let card = card.clone();
        self.outbox.get_mut(&call.into()).map_or(Ok(()), OutboxItem::cancel)?;
        Ok(card)
    }

    fn undo_dismiss(&mut self, call: CallId, now_ms: i64) -> Result<Card, StoreError> {
        let card = self.card_mut(call)?;
        card.undo_dismiss(now_ms)?;
        let card = card.clone();
        self.outbox.get_mut(&call.into()).map_or(Ok(()), OutboxItem::hold_again)?;
        Ok(card)
    }

    fn expire_cards(&mut self, now_ms: i64) -> Result<Vec<CallId>, StoreError> {
        let mut over: Vec<(i64, CallId)> = Vec::new();
        for card in self.cards.values_mut() {
            if card.expire(now_ms) {
                over.push((card.record.started_at_ms, card.record.id));
            }
        }
        over.sort_unstable();
        Ok(over.into_iter().map(|(_, id)| id).collect())
    }

    fn warn_cards(&mut self, before_ms: i64, now_ms: i64) -> Result<Vec<CallId>, StoreError> {
        let due = |card: &Card| card.expires_at_ms().map(|expires| (expires - before_ms, card.record.id));
        let mut soon: Vec<(i64, CallId)> = self.cards.values().filter_map(due).collect();
        soon.retain(|(from, id)| *from <= now_ms && self.warned.get(id).is_none_or(|warned| warned < from));
        soon.sort_unstable();
        self.warned.extend(soon.iter().map(|(_, id)| (*id, now_ms)));
        Ok(soon.into_iter().map(|(_, id)| id).collect())
    }

    fn next_expiry_ms(&mut self) -> Result<Option<i64>, StoreError> {
        Ok(self.cards.values().filter_map(Card::expires_at_ms).min())
    }

    fn mark_missed_seen(&mut self, _now_ms: i64) -> Result<(), StoreError> {
        self.cards.values_mut().filter(|card| card.record.missed()).for_each(|card| card.seen = true);
        Ok(())
    }

    fn counts(&mut self) -> Result<Counts, StoreError> {
        let count = |hit: &dyn Fn(&Card) -> bool| self.cards.values().filter(|card| hit(card)).count() as u32;
        let waits = |item: &&OutboxItem| {
            use OutboxState::{Inflight, Released, Unknown};
            item.connector.is_some() && matches!(item.state, Released | Inflight | Unknown)
        };
        Ok(Counts {
            to_save: count(&|card| card.state == CardState::Unsaved),
            missed: count(&|card| card.record.missed() && !card.seen),
            to_send: self.outbox.values().filter(waits).count() as u32,
            unread_chats: self.unread_chats(),
        })
    }

    fn has_called(&mut self, country: &str) -> Result<bool, StoreError> {
        Ok(self.cards.values().map(|card| &card.record).any(|record| {
            record.direction == Direction::Outgoing
                && record.origin == Origin::Live
                && record.party.number.as_ref().and_then(PhoneNumber::country) == Some(country)
        }))
    }

    fn dispositions(&mut self) -> Result<Vec<Disposition>, StoreError> {
        let mut rows: Vec<Disposition> = self.dispositions.values().cloned().collect();
        rows.sort_by_key(|row| (row.position, row.id));
        Ok(rows)
    }

    fn save_disposition(&mut self, disposition: &Disposition, _now_ms: i64) -> Result<(), StoreError> {
        self.dispositions.insert(disposition.id, disposition.clone());
        Ok(())
    }

    fn outbox(&mut self, states: &[OutboxState], limit: u32) -> Result<Vec<OutboxItem>, StoreError> {
        let hit = |item: &&OutboxItem| states.is_empty() || states.contains(&item.state);
        Ok(self.outbox.values().filter(hit).take(limit as usize).cloned().collect())
    }

    fn take_due(&mut self, connector: &str, now_ms: i64, limit: u32) -> Result<Vec<OutboxItem>, StoreError> {
        let due = self.outbox.values_mut().filter(|item| item.is_due(connector, now_ms)).take(limit as usize);
        due.map(|item| {
            item.start()?;
            Ok(item.clone())
        })
        .collect()
    }

    fn settle(&mut self, id: OutboxId, outcome: &Outcome, now_ms: i64) -> Result<(), StoreError> {
        Ok(self.outbox.get_mut(&id).ok_or(StoreError::NotFound)?.settle(outcome, now_ms)?)
    }

    fn take_unknown(&mut self, connector: &str, now_ms: i64, limit: u32) -> Result<Vec<OutboxItem>, StoreError> {
        let due = self.outbox.values_mut().filter(|item| item.is_unknown(connector) && item.next_at_ms <= now_ms);
        due.take(limit as usize)
            .map(|item| {
                item.look_again()?;
                Ok(item.clone())
            })
            .collect()
    }

    fn next_due_ms(&mut self, connector: &str) -> Result<Option<i64>, StoreError> {
        let waits = |item: &&OutboxItem| item.is_due(connector, i64::MAX) || item.is_unknown(connector);
        Ok(self.outbox.values().filter(waits).map(|item| item.next_at_ms).min())
    }

    fn retry_push(&mut self, id: OutboxId, now_ms: i64) -> Result<(), StoreError> {
        Ok(self.outbox.get_mut(&id).ok_or(StoreError::NotFound)?.retry(now_ms)?)
    }

    fn remote_link(&mut self, connector: &str, contact: ContactId) -> Result<Option<RemoteRef>, StoreError> {
        Ok(self.links.get(&(connector.to_owned(), contact)).cloned())
    }

    fn link_remote(
        &mut self,
        connector: &str,
        contact: ContactId,
        remote: Option<&RemoteRef>,
    ) -> Result<(), StoreError> {
        let key = (connector.to_owned(), contact);
        match remote {
            Some(remote) => {
                self.further.remove(&key);
                if self.links.insert(key.clone(), remote.clone()).as_ref() != Some(remote) {
                    self.begin_tie(&key);
                }
            }
            None => {
                self.links.remove(&key);
                self.ties.remove(&key);
            }
        }
        Ok(())
    }

    fn erase_demo(&mut self, _now_ms: i64) -> Result<(), StoreError> {
        self.contacts.retain(|_, contact| contact.origin == Origin::Live);
        self.cards.retain(|_, card| card.record.origin == Origin::Live);
        let cards = &self.cards;
        self.details.retain(|call, _| cards.contains_key(call));
        self.outbox.retain(|_, item| item.payload.record.origin == Origin::Live);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    crate::conformance_tests!(|| Box::new(super::MemoryStore::new()));
}
