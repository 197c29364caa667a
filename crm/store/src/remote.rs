//! What is kept for connections to CRMs besides sending.

use crm::connector::{Further, RecordForm, RemoteKind, RemoteRef};
use crm::contact::Contact;
use crm::id::{ContactId, OutboxId};
use crm::outbox::{Correction, OutboxItem, OutboxState};
use crm::store::{PushCounts, Remote, StoreError};
use rusqlite::Transaction;

use crate::error::store_error as err;
use crate::rows::{get as column, id as uuid, name, named};
use crate::{SqliteStore, calls, contacts, copies, further, outbox, scrub};

impl Remote for SqliteStore {
    fn push_counts(&mut self, connector: &str) -> Result<PushCounts, StoreError> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT coalesce(sum(state IN ('released', 'inflight')), 0), coalesce(sum(state = 'failed'), 0),
                    coalesce(sum(state = 'unknown'), 0),
                    (SELECT max(next_at_ms) FROM outbox WHERE profile = ?1 AND state = 'done' AND connector = ?2)
                FROM outbox WHERE profile = ?1 AND connector = ?2
                AND state IN ('released', 'inflight', 'failed', 'unknown')",
            )
            .map_err(err)?;
        let counts = select.query_row((self.profile, connector), |row| {
            Ok(PushCounts { waiting: row.get(0)?, stuck: row.get(1)?, unknown: row.get(2)?, last_sent_ms: row.get(3)? })
        });
        counts.map_err(err)
    }

    fn push(&mut self, id: OutboxId) -> Result<OutboxItem, StoreError> {
        outbox::get(&self.db, self.profile, id)
    }

    fn pushes_to(
        &mut self,
        connector: &str,
        states: &[OutboxState],
        limit: u32,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        outbox::list_to(&self.db, self.profile, connector, states, limit)
    }

    fn keep_push_here(&mut self, id: OutboxId) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let mut item = outbox::get(tx, profile, id)?;
            item.keep_here()?;
            outbox::put(tx, profile, &item)
        })
    }

    fn correct_push(&mut self, id: OutboxId, to: &Correction, now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::correct(tx, profile, id, to, now_ms))
    }

    fn save_person(
        &mut self,
        contact: &Contact,
        further: &[(String, Further)],
        now_ms: i64,
    ) -> Result<Contact, StoreError> {
        let profile = self.profile;
        self.totals.forget();
        self.write(|tx| {
            let saved = contacts::save(tx, profile, contact, now_ms)?;
            for (connector, one) in further {
                further::put(tx, profile, connector, saved.id, one)?;
            }
            Ok(saved)
        })
    }

    fn further(&mut self, connector: &str, contact: ContactId) -> Result<Option<Further>, StoreError> {
        further::get(&self.db, self.profile, connector, contact)
    }

    fn record_form(
        &mut self,
        connector: &str,
        kind: RemoteKind,
        record_type: Option<&str>,
    ) -> Result<Option<(RecordForm, i64)>, StoreError> {
        further::form(&self.db, self.profile, connector, kind, record_type)
    }

    fn keep_record_form(
        &mut self,
        connector: &str,
        kind: RemoteKind,
        record_type: Option<&str>,
        form: &RecordForm,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| further::put_form(tx, profile, connector, (kind, record_type), form, now_ms))
    }

    fn hasten_pushes(&mut self, connector: &str, now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let mut update = tx
                .prepare_cached(
                    "UPDATE outbox SET next_at_ms = ?3 WHERE profile = ?1 AND connector = ?2
                    AND state IN ('released', 'unknown') AND next_at_ms > ?3",
                )
                .map_err(err)?;
            update.execute((profile, connector, now_ms)).map_err(err)?;
            Ok(())
        })
    }

    fn recover_pushes(&mut self, connector: &str) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| recover(tx, profile, connector))
    }

    fn forget_connector(&mut self, connector: &str) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            recover(tx, profile, connector)?;
            let waiting = [OutboxState::Released, OutboxState::Unknown, OutboxState::Failed];
            for mut item in outbox::list_to(tx, profile, connector, &waiting, u32::MAX)? {
                item.keep_here()?;
                outbox::put(tx, profile, &item)?;
            }
            let tied = tx
                .execute("DELETE FROM remote_link WHERE profile = ?1 AND connector = ?2", (profile, connector))
                .map_err(err)?;
            let filled_in = further::forget(tx, profile, connector)?;
            if copies::forget(tx, profile, connector)? || filled_in || tied > 0 {
                scrub::owe(tx)?;
            }
            Ok(())
        })
    }

    fn linked(&mut self, connector: &str, records: &[RemoteRef]) -> Result<Vec<(RemoteRef, ContactId)>, StoreError> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT l.contact AS contact FROM remote_link l JOIN contact c ON c.id = l.contact AND c.profile = l.profile
                WHERE l.profile = ?1 AND l.connector = ?2 AND l.kind = ?3 AND l.remote_id = ?4
                AND c.deleted_at_ms IS NULL",
            )
            .map_err(err)?;
        let mut found = Vec::new();
        for record in records {
            let values = (self.profile, connector, name(record.kind)?, &record.id);
            let people = select.query_map(values, |row| uuid(row, "contact")).map_err(err)?;
            for contact in people {
                found.push((record.clone(), ContactId(contact.map_err(err)?)));
            }
        }
        Ok(found)
    }

    fn remote_links(&mut self, contact: ContactId) -> Result<Vec<(String, RemoteRef)>, StoreError> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT connector, kind, remote_id FROM remote_link WHERE profile = ?1 AND contact = ?2 ORDER BY connector",
            )
            .map_err(err)?;
        let links = select.query_map((self.profile, contact.0.as_bytes()), |row| {
            Ok((column(row, "connector")?, RemoteRef { kind: named(row, "kind")?, id: column(row, "remote_id")? }))
        });
        links.map_err(err)?.collect::<Result<_, _>>().map_err(err)
    }
}

fn recover(tx: &Transaction<'_>, profile: i64, connector: &str) -> Result<(), StoreError> {
    for mut item in outbox::list_to(tx, profile, connector, &[OutboxState::Inflight], u32::MAX)? {
        item.recover();
        outbox::put(tx, profile, &item)?;
    }
    Ok(())
}
