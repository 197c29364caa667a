//! Copies of the people of CRMs, in memory.

use std::collections::BTreeMap;

use super::MemoryStore;
use crate::connector::{Changes, RemotePerson, RemoteRef};
use crate::contact::digits;
use crate::id::ContactId;
use crate::phone::PhoneNumber;
use crate::store::{Copied, Copies, CopyTerms, StoreError, copy_numbers, copy_text, search_terms};
use crate::text::fold;

/// What is copied of a connection.
#[derive(Clone, Debug)]
pub(super) struct Source {
    copied: Copied,
    most: u32,
    people: BTreeMap<RemoteRef, RemotePerson>,
    /// While all is told anew: who was not told yet.
    unseen: Option<Vec<RemoteRef>>,
}

impl Source {
    fn put(&mut self, person: &RemotePerson, newer: bool) {
        if let Some(unseen) = &mut self.unseen {
            unseen.retain(|record| *record != person.record);
        }
        let known = self.people.contains_key(&person.record);
        if !known && self.people.len() >= self.most as usize {
            self.copied.full = true;
        } else if !known || newer {
            self.people.insert(person.record.clone(), person.clone());
        }
    }

    fn numbers(&self, person: &RemotePerson) -> Vec<PhoneNumber> {
        copy_numbers(person, &self.copied.country)
    }

    /// Those who fit, by name.
    fn sorted(&self, fits: impl Fn(&RemotePerson) -> bool, limit: usize) -> Vec<RemotePerson> {
        let mut found: Vec<&RemotePerson> = self.people.values().filter(|person| fits(person)).collect();
        found.sort_by_key(|person| (fold(&person.name), person.record.id.clone()));
        found.into_iter().take(limit).cloned().collect()
    }
}

impl MemoryStore {
    /// Copies of the records that a contact is tied to go.
    pub(super) fn forget_copies_of(&mut self, id: ContactId) {
        for ((connector, _), record) in self.links.iter().filter(|((_, contact), _)| *contact == id) {
            self.copies.get_mut(connector).and_then(|source| source.people.remove(record));
        }
    }

    /// The only one of a connection who has a number of this contact.
    fn namesake(&self, connector: &str, contact: ContactId) -> Option<RemoteRef> {
        let source = self.copies.get(connector)?;
        let channels = &self.contacts.get(&contact)?.channels;
        let keys: Vec<&str> = channels.iter().filter_map(|one| Some(one.number.as_ref()?.match_key())).collect();
        let shares = |person: &RemotePerson| source.numbers(person).iter().any(|one| keys.contains(&one.match_key()));
        let found = source.sorted(shares, 2);
        <[RemotePerson; 1]>::try_from(found).ok().map(|[only]| only.record)
    }
}

impl Copies for MemoryStore {
    fn copied(&mut self, connector: &str) -> Result<Copied, StoreError> {
        let copied = |source: &Source| Copied { people: source.people.len() as u32, ..source.copied.clone() };
        Ok(self.copies.get(connector).map(copied).unwrap_or_default())
    }

    fn take_changes(
        &mut self,
        connector: &str,
        changes: &Changes,
        terms: &CopyTerms,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        for person in &changes.people {
            self.stir(connector, person, &terms.country);
        }
        let source = self.copies.entry(connector.to_owned()).or_insert_with(|| Source {
            copied: Copied { country: terms.country.clone(), ..Copied::default() },
            most: terms.most,
            people: BTreeMap::new(),
            unseen: None,
        });
        if changes.anew {
            source.unseen = Some(source.people.keys().cloned().collect());
            source.copied.country.clone_from(&terms.country);
            source.copied.full = false;
        }
        source.most = terms.most;
        for person in &changes.people {
            source.put(person, true);
        }
        if let Some(unseen) = &mut source.unseen {
            unseen.retain(|record| !changes.same.contains(record));
        }
        let mut gone = changes.gone.clone();
        gone.extend(source.unseen.take_if(|_| changes.complete).into_iter().flatten());
        gone.iter().chain(changes.moved.iter().map(|moved| &moved.from)).for_each(|record| {
            source.people.remove(record);
        });
        source.copied.cursor = Some(changes.cursor.clone());
        if changes.complete {
            source.copied.complete_at_ms = Some(now_ms);
        }
        for moved in &changes.moved {
            let links = self.links.iter_mut().filter(|((of, _), record)| of == connector && **record == moved.from);
            links.for_each(|(_, record)| record.clone_from(&moved.to));
        }
        let tied = |((of, _), record): &(&(String, ContactId), &RemoteRef)| of == connector && gone.contains(record);
        let people: Vec<ContactId> = self.links.iter().filter(tied).map(|((_, contact), _)| *contact).collect();
        for contact in people {
            if let Some(other) = self.namesake(connector, contact) {
                self.links.insert((connector.to_owned(), contact), other);
            }
        }
        Ok(())
    }

    fn put_copies(&mut self, connector: &str, people: &[RemotePerson], newer: bool) -> Result<(), StoreError> {
        if let Some(source) = self.copies.get_mut(connector) {
            people.iter().for_each(|person| source.put(person, newer));
        }
        Ok(())
    }

    fn keep_copies_of(&mut self, connectors: &[String]) -> Result<bool, StoreError> {
        let before = self.copies.len();
        self.copies.retain(|connector, _| connectors.contains(connector));
        self.erased |= self.copies.len() < before;
        Ok(self.copies.len() < before)
    }

    fn copies_by_number(&mut self, connector: &str, number: &PhoneNumber) -> Result<Vec<RemotePerson>, StoreError> {
        let Some(source) = self.copies.get(connector) else { return Ok(Vec::new()) };
        let tail = digits(number.dial());
        let has =
            |person: &RemotePerson| source.numbers(person).iter().any(|one| one.match_key() == number.match_key());
        let ends = |person: &RemotePerson| source.numbers(person).iter().any(|one| digits(one.dial()).ends_with(&tail));
        Ok(match number.e164() {
            Some(_) => source.sorted(has, 20),
            None if tail.len() >= 7 => source.sorted(ends, 20),
            None => Vec::new(),
        })
    }

    fn copies_by_text(&mut self, connector: &str, text: &str, limit: u32) -> Result<Vec<RemotePerson>, StoreError> {
        let Some(source) = self.copies.get(connector) else { return Ok(Vec::new()) };
        let terms = search_terms(text);
        let has = |person: &RemotePerson| {
            let numbers = source.numbers(person);
            let (all, name) = (copy_text(person, &numbers), fold(&person.name));
            let ends = |term: &str| {
                let is_number = term.bytes().all(|byte| byte.is_ascii_digit());
                is_number && numbers.iter().any(|one| digits(one.dial()).ends_with(term))
            };
            let holds = |term: &String| match term.chars().count() {
                0..3 => name.contains(term.as_str()) || ends(term),
                _ => all.contains(term.as_str()),
            };
            !terms.is_empty() && terms.iter().all(holds)
        };
        Ok(source.sorted(has, limit as usize))
    }
}
