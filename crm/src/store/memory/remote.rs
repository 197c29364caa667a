//! Connections, in memory.

use super::MemoryStore;
use crate::connector::{Further, RecordForm, RemoteKind, RemoteRef};
use crate::contact::Contact;
use crate::id::{ContactId, OutboxId};
use crate::outbox::{Correction, OutboxItem, OutboxState};
use crate::store::{PushCounts, Remote, Store, StoreError};

impl Remote for MemoryStore {
    fn push_counts(&mut self, connector: &str) -> Result<PushCounts, StoreError> {
        let mut counts = PushCounts::default();
        for item in self.outbox.values().filter(|item| item.connector.as_deref() == Some(connector)) {
            match item.state {
                OutboxState::Released | OutboxState::Inflight => counts.waiting += 1,
                OutboxState::Failed => counts.stuck += 1,
                OutboxState::Unknown => counts.unknown += 1,
                OutboxState::Done => counts.last_sent_ms = counts.last_sent_ms.max(Some(item.next_at_ms)),
                OutboxState::Held | OutboxState::Cancelled => {}
            }
        }
        Ok(counts)
    }

    fn push(&mut self, id: OutboxId) -> Result<OutboxItem, StoreError> {
        self.outbox.get(&id).cloned().ok_or(StoreError::NotFound)
    }

    fn pushes_to(
        &mut self,
        connector: &str,
        states: &[OutboxState],
        limit: u32,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        let hit = |item: &&OutboxItem| item.connector.as_deref() == Some(connector) && states.contains(&item.state);
        Ok(self.outbox.values().filter(hit).take(limit as usize).cloned().collect())
    }

    fn keep_push_here(&mut self, id: OutboxId) -> Result<(), StoreError> {
        Ok(self.outbox.get_mut(&id).ok_or(StoreError::NotFound)?.keep_here()?)
    }

    fn correct_push(&mut self, id: OutboxId, to: &Correction, now_ms: i64) -> Result<(), StoreError> {
        let mut item = self.push(id)?;
        item.correct(to, now_ms)?;
        let disposition = self.chosen(item.call, &to.draft)?;
        self.card_mut(item.call)?.correct(to.draft.clone(), disposition.as_ref(), now_ms)?;
        if let (Some(further), Some(contact), Some(connector)) = (&to.person, to.draft.contact, &item.connector) {
            self.further.insert((connector.clone(), contact), further.clone());
        }
        self.outbox.insert(id, item);
        Ok(())
    }

    fn save_person(
        &mut self,
        contact: &Contact,
        further: &[(String, Further)],
        now_ms: i64,
    ) -> Result<Contact, StoreError> {
        let saved = self.save_contact(contact, now_ms)?;
        for (connector, one) in further {
            self.further.insert((connector.clone(), saved.id), one.clone());
        }
        Ok(saved)
    }

    fn further(&mut self, connector: &str, contact: ContactId) -> Result<Option<Further>, StoreError> {
        Ok(self.further.get(&(connector.to_owned(), contact)).cloned())
    }

    fn record_form(
        &mut self,
        connector: &str,
        kind: RemoteKind,
        record_type: Option<&str>,
    ) -> Result<Option<(RecordForm, i64)>, StoreError> {
        Ok(self.record_forms.get(&(connector.to_owned(), kind, record_type.map(str::to_owned))).cloned())
    }

    fn keep_record_form(
        &mut self,
        connector: &str,
        kind: RemoteKind,
        record_type: Option<&str>,
        form: &RecordForm,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let key = (connector.to_owned(), kind, record_type.map(str::to_owned));
        self.record_forms.insert(key, (form.clone(), now_ms));
        Ok(())
    }

    fn hasten_pushes(&mut self, connector: &str, now_ms: i64) -> Result<(), StoreError> {
        let waits = |item: &&mut OutboxItem| item.is_due(connector, i64::MAX) || item.is_unknown(connector);
        self.outbox.values_mut().filter(waits).for_each(|item| item.next_at_ms = item.next_at_ms.min(now_ms));
        Ok(())
    }

    fn recover_pushes(&mut self, connector: &str) -> Result<(), StoreError> {
        self.outbox
            .values_mut()
            .filter(|item| item.connector.as_deref() == Some(connector))
            .for_each(OutboxItem::recover);
        Ok(())
    }

    fn forget_connector(&mut self, connector: &str) -> Result<(), StoreError> {
        for item in self.outbox.values_mut().filter(|item| item.connector.as_deref() == Some(connector)) {
            item.recover();
            if item.state != OutboxState::Done {
                item.keep_here()?;
            }
        }
        let tied = self.ties.len();
        self.links.retain(|(of, _), _| of != connector);
        self.ties.retain(|(of, _), _| of != connector);
        self.erased |= self.ties.len() < tied;
        self.record_forms.retain(|(of, ..), _| of != connector);
        let filled_in = self.further.len();
        self.further.retain(|(of, _), _| of != connector);
        self.erased |= self.copies.remove(connector).is_some() || self.further.len() < filled_in;
        Ok(())
    }

    fn linked(&mut self, connector: &str, records: &[RemoteRef]) -> Result<Vec<(RemoteRef, ContactId)>, StoreError> {
        let hits = self.links.iter().filter(|((of, _), record)| of == connector && records.contains(record));
        let there = hits.filter(|((_, contact), _)| self.contacts.contains_key(contact));
        Ok(there.map(|((_, contact), record)| (record.clone(), *contact)).collect())
    }

    fn remote_links(&mut self, contact: ContactId) -> Result<Vec<(String, RemoteRef)>, StoreError> {
        let of = self.links.iter().filter(|((_, one), _)| *one == contact);
        Ok(of.map(|((connector, _), record)| (connector.clone(), record.clone())).collect())
    }
}
