//! SQLite store: migrations, queries, search and the outbox table.
//!
//! One connection, owned by one thread, holds the data directory alone. WAL with `synchronous=EXTRA`: a method that
//! returned `Ok` is on the disk. Searches go through a trigram index over folded text, so any part of a name, company,
//! document, e-mail, address or number of three characters or more finds its person.

mod calls;
mod cards;
mod chats;
mod contacts;
mod copies;
mod details;
mod erase;
mod error;
mod file;
mod forms;
mod further;
mod links;
mod migrations;
mod open;
mod outbox;
mod recordings;
mod remote;
mod rows;
mod scrub;
#[cfg(feature = "encrypted-store")]
mod seal;
mod search;
mod ties;

use crm::call::CallRecord;
use crm::card::{Card, CardRow, Draft};
use crm::connector::RemoteRef;
use crm::contact::{Contact, ContactBrief};
use crm::disposition::Disposition;
use crm::form::{FormOf, KeptForm};
use crm::id::{CallId, ContactId, Origin, OutboxId};
use crm::outbox::{OutboxItem, OutboxState, Outcome, Release};
use crm::phone::PhoneNumber;
use crm::store::{CardQuery, ContactQuery, Counts, Erased, Page, Store, StoreError};
use failpoint::failpoint;

pub use error::OpenError;
pub use file::{DATABASE_FILE, LOCK_FILE, is_sealed};
pub use migrations::LATEST as SCHEMA_VERSION;
pub use open::{Options, SqliteStore};
#[cfg(feature = "encrypted-store")]
pub use seal::StoreKey;

use error::store_error as err;

impl Store for SqliteStore {
    fn contact(&mut self, id: ContactId) -> Result<Contact, StoreError> {
        contacts::get(&self.db, self.profile, id)
    }

    fn contact_brief(&mut self, id: ContactId) -> Result<ContactBrief, StoreError> {
        contacts::brief(&self.db, self.profile, id)
    }

    fn save_contact(&mut self, contact: &Contact, now_ms: i64) -> Result<Contact, StoreError> {
        let profile = self.profile;
        self.totals.forget();
        self.write(|tx| contacts::save(tx, profile, contact, now_ms))
    }

    fn import_contacts(&mut self, contacts: &[Contact], now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.totals.forget();
        self.write(|tx| {
            for contact in contacts {
                contacts::save(tx, profile, contact, now_ms)?;
            }
            Ok(())
        })
    }

    fn erase_contact(&mut self, id: ContactId, rev: i64, now_ms: i64) -> Result<Erased, StoreError> {
        let profile = self.profile;
        self.totals.forget();
        self.write(|tx| erase::person(tx, profile, id, rev, now_ms))
    }

    fn scrub(&mut self) -> Result<bool, StoreError> {
        scrub::scrub(&self.db, self.directory.as_deref())
    }

    fn forget_before(&mut self, before_ms: i64) -> Result<u32, StoreError> {
        let profile = self.profile;
        let gone = self.write(|tx| erase::before(tx, profile, before_ms))?;
        if gone > 0 {
            scrub::empty_log(&self.db)?;
        }
        Ok(gone)
    }

    fn forms(&mut self) -> Result<Vec<KeptForm>, StoreError> {
        forms::all(&self.db, self.profile)
    }

    fn keep_form(&mut self, form: &KeptForm) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| forms::put(tx, profile, form))
    }

    fn drop_form(&mut self, form: FormOf) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| forms::remove(tx, profile, form))
    }

    fn search_contacts(&mut self, query: &ContactQuery) -> Result<Page<ContactBrief>, StoreError> {
        search::contacts(&self.db, self.profile, query, &mut self.totals)
    }

    fn match_number(&mut self, number: &PhoneNumber, origin: Origin) -> Result<Vec<ContactBrief>, StoreError> {
        search::by_number(&self.db, self.profile, number, origin)
    }

    fn begin_call(&mut self, record: &CallRecord, draft: &Draft) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::insert(tx, profile, &Card::begin(record.clone(), draft.clone())))
    }

    fn update_call(&mut self, record: &CallRecord) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::update_live(tx, profile, record))
    }

    fn end_call(&mut self, record: &CallRecord, internal: bool) -> Result<Card, StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let mut card = calls::get(tx, profile, record.id)?;
            card.end(record.clone(), internal)?;
            calls::finish(tx, profile, &card)?;
            Ok(card)
        })
    }

    fn recover_calls(&mut self, now_ms: i64) -> Result<Vec<CallId>, StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::recover(tx, profile, now_ms))
    }

    fn card(&mut self, call: CallId) -> Result<CardRow, StoreError> {
        cards::row(&self.db, self.profile, call)
    }

    fn list_cards(&mut self, query: &CardQuery) -> Result<Page<CardRow>, StoreError> {
        cards::list(&self.db, self.profile, query)
    }

    fn recent_cards(&mut self, call: CallId, limit: u32) -> Result<Vec<CardRow>, StoreError> {
        cards::recent(&self.db, self.profile, call, limit)
    }

    fn save_draft(&mut self, call: CallId, draft: &Draft, now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::write_draft(tx, profile, call, draft, now_ms))
    }

    fn save_card(&mut self, call: CallId, draft: &Draft, to: &Release, now_ms: i64) -> Result<Card, StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::save(tx, profile, call, draft, to, now_ms))
    }

    fn dismiss_card(&mut self, call: CallId, _now_ms: i64) -> Result<Card, StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::change(tx, profile, call, Card::dismiss, OutboxItem::cancel))
    }

    fn undo_dismiss(&mut self, call: CallId, now_ms: i64) -> Result<Card, StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::change(tx, profile, call, |card| card.undo_dismiss(now_ms), OutboxItem::hold_again))
    }

    fn expire_cards(&mut self, now_ms: i64) -> Result<Vec<CallId>, StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::expire(tx, profile, now_ms))
    }

    fn warn_cards(&mut self, before_ms: i64, now_ms: i64) -> Result<Vec<CallId>, StoreError> {
        let profile = self.profile;
        self.write(|tx| calls::warn(tx, profile, before_ms, now_ms))
    }

    fn next_expiry_ms(&mut self) -> Result<Option<i64>, StoreError> {
        calls::next_expiry(&self.db, self.profile)
    }

    fn mark_missed_seen(&mut self, now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let mut update = tx
                .prepare_cached(
                    "UPDATE call SET seen = 1, updated_at_ms = ?2 WHERE profile = ?1 AND missed = 1 AND seen = 0",
                )
                .map_err(err)?;
            update.execute((profile, now_ms)).map_err(err)?;
            Ok(())
        })
    }

    fn counts(&mut self) -> Result<Counts, StoreError> {
        cards::counts(&self.db, self.profile)
    }

    fn has_called(&mut self, country: &str) -> Result<bool, StoreError> {
        calls::has_called(&self.db, self.profile, country)
    }

    fn dispositions(&mut self) -> Result<Vec<Disposition>, StoreError> {
        outbox::dispositions(&self.db, self.profile)
    }

    fn save_disposition(&mut self, disposition: &Disposition, now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| outbox::save_disposition(tx, profile, disposition, now_ms))
    }

    fn outbox(&mut self, states: &[OutboxState], limit: u32) -> Result<Vec<OutboxItem>, StoreError> {
        outbox::list(&self.db, self.profile, states, limit)
    }

    fn take_due(&mut self, connector: &str, now_ms: i64, limit: u32) -> Result<Vec<OutboxItem>, StoreError> {
        let profile = self.profile;
        self.write(|tx| outbox::take_due(tx, profile, connector, now_ms, limit))
    }

    fn settle(&mut self, id: OutboxId, outcome: &Outcome, now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let mut item = outbox::get(tx, profile, id)?;
            item.settle(outcome, now_ms)?;
            outbox::put(tx, profile, &item)?;
            failpoint!("settling");
            Ok(())
        })
    }

    fn take_unknown(&mut self, connector: &str, now_ms: i64, limit: u32) -> Result<Vec<OutboxItem>, StoreError> {
        let profile = self.profile;
        self.write(|tx| outbox::take_unknown(tx, profile, connector, now_ms, limit))
    }

    fn next_due_ms(&mut self, connector: &str) -> Result<Option<i64>, StoreError> {
        outbox::next_due(&self.db, self.profile, connector)
    }

    fn retry_push(&mut self, id: OutboxId, now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let mut item = outbox::get(tx, profile, id)?;
            item.retry(now_ms)?;
            outbox::put(tx, profile, &item)
        })
    }

    fn remote_link(&mut self, connector: &str, contact: ContactId) -> Result<Option<RemoteRef>, StoreError> {
        links::get(&self.db, self.profile, connector, contact)
    }

    fn link_remote(
        &mut self,
        connector: &str,
        contact: ContactId,
        remote: Option<&RemoteRef>,
    ) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| links::put(tx, profile, connector, contact, remote))
    }

    fn erase_demo(&mut self, _now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.totals.forget();
        self.write(|tx| contacts::erase_demo(tx, profile))
    }
}
