//! People who are both here and in a CRM, in memory.

use super::MemoryStore;
use crate::connector::{PersonFields, RemotePerson};
use crate::id::{ContactId, Origin};
use crate::reconcile::Base;
use crate::store::{Settled, Store, StoreError, Tie, TieState, Ties};

/// What is kept beside a link.
#[derive(Clone, Debug)]
pub(super) struct TieRow {
    base: Base,
    told_rev: i64,
    stirred: bool,
    clashes: PersonFields,
    refusal: Option<String>,
}

impl MemoryStore {
    /// A person is tied from now on.
    pub(super) fn begin_tie(&mut self, key: &(String, ContactId)) {
        if let Some(contact) = self.contacts.get(&key.1) {
            let (base, clashes) = (Base::begin(contact), PersonFields::new());
            let row = TieRow { base, told_rev: contact.rev, stirred: false, clashes, refusal: None };
            self.ties.insert(key.clone(), row);
        }
    }

    /// The CRM tells how somebody's record stands now.
    pub(super) fn stir(&mut self, connector: &str, person: &RemotePerson, country: &str) {
        let tied = self.links.iter().filter(|((of, _), record)| of == connector && **record == person.record);
        for (key, _) in tied {
            if let Some(row) = self.ties.get_mut(key) {
                row.stirred |= row.base.is_stirred_by(person, country);
            }
        }
    }
}

impl Ties for MemoryStore {
    fn ties_to_settle(&mut self, connector: &str, limit: u32) -> Result<Vec<Tie>, StoreError> {
        let wants = |contact: &ContactId, row: &TieRow| {
            let contact = self.contacts.get(contact).filter(|contact| contact.origin == Origin::Live);
            contact.is_some_and(|contact| row.stirred || contact.rev != row.told_rev)
        };
        let of = self.ties.iter().filter(|((of, contact), row)| of == connector && wants(contact, row));
        let people: Vec<ContactId> = of.map(|((_, contact), _)| *contact).take(limit as usize).collect();
        people.into_iter().map(|contact| self.tie(connector, contact)).collect()
    }

    fn tie(&mut self, connector: &str, contact: ContactId) -> Result<Tie, StoreError> {
        let key = (connector.to_owned(), contact);
        let record = self.links.get(&key).cloned().ok_or(StoreError::NotFound)?;
        let row = self.ties.get(&key).cloned().ok_or(StoreError::NotFound)?;
        let contact = self.contacts.get(&contact).cloned().ok_or(StoreError::NotFound)?;
        Ok(Tie { contact, record, base: row.base, clashes: row.clashes, stirred: row.stirred })
    }

    fn settle_tie(&mut self, connector: &str, settled: &Settled, now_ms: i64) -> Result<(), StoreError> {
        let stored = self.contacts.get(&settled.contact.id).cloned().ok_or(StoreError::NotFound)?;
        if stored.rev != settled.contact.rev {
            return Err(StoreError::Conflict);
        }
        let rev = if stored == settled.contact { stored.rev } else { self.save_contact(&settled.contact, now_ms)?.rev };
        let told_rev = if settled.again { 0 } else { rev };
        if let Some(row) = self.ties.get_mut(&(connector.to_owned(), settled.contact.id)) {
            let (base, clashes, refusal) = (settled.base.clone(), settled.clashes.clone(), settled.refusal.clone());
            *row = TieRow { base, told_rev, stirred: false, clashes, refusal };
        }
        Ok(())
    }

    fn ties_of(&mut self, contact: ContactId) -> Result<Vec<TieState>, StoreError> {
        let Some(rev) = self.contacts.get(&contact).map(|contact| contact.rev) else { return Ok(Vec::new()) };
        let of = self.ties.iter().filter(|((_, one), _)| *one == contact);
        let state = |((connector, _), row): (&(String, ContactId), &TieRow)| TieState {
            connector: connector.clone(),
            base: row.base.clone(),
            clashes: row.clashes.clone(),
            refusal: row.refusal.clone(),
            waiting: row.told_rev != rev,
        };
        Ok(of.map(state).collect())
    }

    fn ties_in_doubt(&mut self, connector: &str, limit: u32) -> Result<Vec<ContactId>, StoreError> {
        let doubtful = |row: &TieRow| !row.clashes.is_empty() || row.refusal.is_some();
        let of = self.ties.iter().filter(|((of, _), row)| of == connector && doubtful(row));
        let mut people: Vec<_> = of.filter_map(|((_, contact), _)| self.contacts.get(contact)).collect();
        people.sort_by_key(|contact| (crate::text::fold(&contact.name()), contact.id));
        Ok(people.into_iter().take(limit as usize).map(|contact| contact.id).collect())
    }
}
