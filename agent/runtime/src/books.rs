//! The records of a data directory without a running agent: for `timbre-cli contacts`, `history` and `outbox`.

use std::path::Path;

use agent::port::clock::{Clock, Ids, RandomIds, SystemClock};
use agent::settings::SettingsFile;
use crm::contact::ContactBrief;
use crm::exchange::contacts::{ImportError, RowOutcome};
use crm::exchange::{contacts, history};
use crm::outbox::OutboxItem;
use crm::store::{CardQuery, ContactQuery, PAGE_MAX, Page, Store, StoreError};
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
    /// People who are stored now.
    pub contacts: usize,
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
        Ok(Self { store: SqliteStore::open(data_dir)?, country: settings.preferences.country })
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

    /// Takes people from a CSV file in one transaction; rows with a wrong field are left out and told.
    ///
    /// # Errors
    /// A wrong format, or the store refused: nobody was imported.
    pub fn import_contacts(&mut self, file: &[u8]) -> Result<Imported, BooksError> {
        let now_ms = SystemClock.now().utc_ms;
        let import = contacts::read(file, &self.country, &mut || RandomIds.next(now_ms))?;
        self.store.import_contacts(&import.contacts, now_ms)?;
        let left_out = import.report.iter().filter(|row| !matches!(row.outcome, RowOutcome::Ready(_)));
        Ok(Imported { contacts: import.contacts.len(), left_out: left_out.map(|row| row.line).collect() })
    }

    /// All people as CSV; how many with it.
    ///
    /// # Errors
    /// The store refused.
    pub fn contacts_csv(&mut self) -> Result<(String, usize), BooksError> {
        let people: Result<Vec<_>, StoreError> =
            self.find("")?.into_iter().map(|brief| self.store.contact(brief.id)).collect();
        let people = people?;
        Ok((contacts::write(&people), people.len()))
    }

    /// All calls as CSV, newest first, moments in UTC; how many with it.
    ///
    /// # Errors
    /// The store refused.
    pub fn history_csv(&mut self) -> Result<(String, usize), BooksError> {
        let store = &mut self.store;
        let rows = all(|after| store.list_cards(&CardQuery { limit: PAGE_MAX, after, ..CardQuery::default() }))?;
        Ok((history::write(&rows, 0), rows.len()))
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
