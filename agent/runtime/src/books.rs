//! The records of a data directory without a running agent: for `timbre-cli contacts`, `history` and `outbox`.

use std::collections::BTreeMap;
use std::path::Path;

use agent::port::clock::{Clock, Ids, RandomIds, SystemClock};
use agent::settings::SettingsFile;
use agent_api::details::CallDetails;
use agent_api::id::CallId;
use crm::contact::{Contact, ContactBrief};
use crm::exchange::contacts::{ImportError, RowOutcome};
use crm::exchange::duplicates::is_same_person;
use crm::exchange::{contacts, history, vcard};
use crm::id::{ContactId, Origin};
use crm::outbox::OutboxItem;
use crm::store::{CardQuery, ContactQuery, Details, PAGE_MAX, Page, Store, StoreError};
use crm::text::fold;
use crm_store::{OpenError, SqliteStore};

/// Why the records cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// The store does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file to import has a wrong format; nothing was imported.
    #[error("the file is not imported: {0}")]
    Import(#[from] ImportError),
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// People who are stored now and were not before.
    pub contacts: usize,
    /// Lines of people who are stored already, or stand further up in the file.
    pub known: Vec<usize>,
    /// Lines of the file that were left out.
    pub left_out: Vec<usize>,
}

/// An open store.
pub struct Books {
    store: SqliteStore,
    country: String,
}

impl Books {
    /// Opens the records of `data_dir`; it must not be in use.
    ///
    /// # Errors
    /// Another program holds it, or it is damaged or newer.
    pub fn open(data_dir: &Path) -> Result<Self, BooksError> {
        let (settings, _) = SettingsFile::within(data_dir).read(&crate::country_of_system());
        Ok(Self { store: crate::records::open(data_dir)?, country: settings.preferences.country })
    }

    /// Everybody who fits.
    ///
    /// # Errors
    /// The store refused.
    pub fn find(&mut self, text: &str) -> Result<Vec<ContactBrief>, BooksError> {
        let store = &mut self.store;
        all(|after| {
            let query = ContactQuery { text: text.to_owned(), limit: PAGE_MAX, after, ..ContactQuery::default() };
            store.search_contacts(&query)
        })
    }

    /// Takes people from a CSV or vCard file in one transaction. Who is known already (see [`is_same_person`]) is not
    /// stored twice; rows with a wrong field are left out and told.
    ///
    /// # Errors
    /// A wrong format, or the store refused: nobody was imported.
    pub fn import_contacts(&mut self, file: &[u8]) -> Result<Imported, BooksError> {
        let now_ms = SystemClock.now().utc_ms;
        let read = if vcard::is_vcard(file) { vcard::read } else { contacts::read };
        let import = read(file, &self.country, &mut || RandomIds.next(now_ms))?;
        let mut lines = BTreeMap::new();
        let mut imported = Imported::default();
        for row in &import.report {
            match row.outcome {
                RowOutcome::Ready(id) => drop(lines.insert(id, row.line)),
                RowOutcome::Rejected(_) | RowOutcome::UnknownKind => imported.left_out.push(row.line),
            }
        }
        let (mut new, mut by_name) = (Vec::new(), BTreeMap::<String, Vec<usize>>::new());
        for contact in import.contacts {
            let namesakes = by_name.entry(fold(&contact.name())).or_default();
            let above = namesakes.iter().any(|at: &usize| is_same_person(&new[*at], &contact));
            if above || self.is_stored(&contact)? {
                imported.known.extend(lines.get(&contact.id));
            } else {
                namesakes.push(new.len());
                new.push(contact);
            }
        }
        self.store.import_contacts(&new, now_ms)?;
        imported.contacts = new.len();
        Ok(imported)
    }

    /// The same person is in the store.
    fn is_stored(&mut self, contact: &Contact) -> Result<bool, StoreError> {
        let mut candidates: Vec<ContactId> = Vec::new();
        for channel in &contact.channels {
            let found = match &channel.number {
                Some(number) => self.store.match_number(number, Origin::Live)?,
                None => {
                    let (text, origin) = (channel.raw.clone(), Some(Origin::Live));
                    let query = ContactQuery { text, origin, limit: PAGE_MAX, ..ContactQuery::default() };
                    self.store.search_contacts(&query)?.rows
                }
            };
            candidates.extend(found.iter().map(|brief| brief.id));
        }
        for id in candidates {
            if is_same_person(&self.store.contact(id)?, contact) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All people as CSV but those of the practice line; how many with it.
    ///
    /// # Errors
    /// The store refused.
    pub fn contacts_csv(&mut self) -> Result<(String, usize), BooksError> {
        let people: Result<Vec<_>, StoreError> =
            self.find("")?.into_iter().map(|brief| self.store.contact(brief.id)).collect();
        Ok(contacts::write(&people?))
    }

    /// All calls as CSV but those of the practice line, newest first, moments in UTC; how many with it.
    ///
    /// # Errors
    /// The store refused.
    pub fn history_csv(&mut self) -> Result<(String, usize), BooksError> {
        let store = &mut self.store;
        let rows = all(|after| store.list_cards(&CardQuery { limit: PAGE_MAX, after, ..CardQuery::default() }))?;
        Ok(history::write(&rows, 0))
    }

    /// How a call went technically: this one, or the last of which that is known.
    ///
    /// # Errors
    /// The store refused.
    pub fn call_details(&mut self, call: Option<CallId>) -> Result<Option<CallDetails>, BooksError> {
        let text = match call {
            Some(call) => self.store.details(crm::id::CallId(call.0))?,
            None => self.store.last_details(1)?.pop().map(|(_, text)| text),
        };
        Ok(text.as_deref().and_then(agent::desk::details::read))
    }

    /// Activities on their way, oldest first.
    ///
    /// # Errors
    /// The store refused.
    pub fn outbox(&mut self) -> Result<Vec<OutboxItem>, BooksError> {
        Ok(self.store.outbox(&[], u32::MAX)?)
    }
}

/// The rows of all pages.
fn all<T>(mut page: impl FnMut(Option<String>) -> Result<Page<T>, StoreError>) -> Result<Vec<T>, BooksError> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let next = page(after)?;
        rows.extend(next.rows);
        after = next.next;
        if after.is_none() {
            return Ok(rows);
        }
    }
}
