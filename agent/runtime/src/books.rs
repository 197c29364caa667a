//! The records of a data directory without a running agent: for `timbre-cli contacts`, `history` and `outbox`.

use std::path::Path;

use agent::settings::SettingsFile;
use crm::call::Direction;
use crm::contact::ContactBrief;
use crm::outbox::OutboxItem;
use crm::store::{CardQuery, ContactQuery, PAGE_MAX, Store, StoreError};
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
}

/// An open store.
pub struct Books {
    store: SqliteStore,
    /// ISO 3166 region of numbers without a country code.
    pub country: String,
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

    /// The store, for imports and exports.
    pub fn store(&mut self) -> &mut dyn Store {
        &mut self.store
    }

    /// Everybody who fits.
    ///
    /// # Errors
    /// The store refused.
    pub fn find(&mut self, text: &str) -> Result<Vec<ContactBrief>, BooksError> {
        let mut query = ContactQuery { text: text.to_owned(), limit: PAGE_MAX, ..ContactQuery::default() };
        let mut found = Vec::new();
        loop {
            let page = self.store.search_contacts(&query)?;
            found.extend(page.rows);
            query.after = page.next;
            if query.after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Activities on their way, oldest first.
    ///
    /// # Errors
    /// The store refused.
    pub fn outbox(&mut self) -> Result<Vec<OutboxItem>, BooksError> {
        Ok(self.store.outbox(&[], u32::MAX)?)
    }

    /// All calls as CSV with a header, newest first; the number of rows with it.
    ///
    /// # Errors
    /// The store refused.
    pub fn history_csv(&mut self) -> Result<(String, usize), BooksError> {
        let mut text = String::from(
            "call,started_at,direction,missed,number,name,line,duration_s,cause,sip_code,state,subject,comment,disposition\r\n",
        );
        let mut rows = 0;
        let mut query = CardQuery { limit: PAGE_MAX, ..CardQuery::default() };
        loop {
            let page = self.store.list_cards(&query)?;
            rows += page.rows.len();
            for row in page.rows {
                let record = &row.card.record;
                let direction = match record.direction {
                    Direction::Incoming => "incoming",
                    Direction::Outgoing => "outgoing",
                };
                let number = record.party.number.as_ref().map_or(record.party.raw.as_str(), |number| number.dial());
                let cells = [
                    record.id.0.to_string(),
                    moment(record.started_at_ms),
                    direction.to_owned(),
                    record.missed().to_string(),
                    number.to_owned(),
                    row.contact.as_ref().map(|contact| contact.name.clone()).unwrap_or_default(),
                    record.line.label.clone(),
                    record.duration_s().to_string(),
                    record.end.map(|end| format!("{:?}", end.cause).to_lowercase()).unwrap_or_default(),
                    record.end.and_then(|end| end.status).map(|status| status.to_string()).unwrap_or_default(),
                    format!("{:?}", row.card.state).to_lowercase(),
                    row.card.draft.subject.clone(),
                    row.card.draft.comment.clone(),
                    row.disposition.clone().unwrap_or_default(),
                ];
                let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
                text.push_str(&cells.join(","));
                text.push_str("\r\n");
            }
            query.after = page.next;
            if query.after.is_none() {
                return Ok((text, rows));
            }
        }
    }
}

/// ISO 8601 in UTC.
fn moment(utc_ms: i64) -> String {
    let nanoseconds = i128::from(utc_ms) * 1_000_000;
    time::OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
        .ok()
        .and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok())
        .unwrap_or_default()
}

/// A CSV cell that no spreadsheet takes for a formula (security.md, Store): numbers stay raw, any other cell that begins
/// like one is prefixed.
fn cell(text: &str) -> String {
    let is_number = text
        .strip_prefix('+')
        .is_some_and(|digits| (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let formula = !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r', '\'', ';']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(cell("+50685550117"), "+50685550117");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("-506"), "\"'-506\"");
        assert_eq!(cell("@x"), "\"'@x\"");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("plain"), "plain");
    }

    #[test]
    fn moments_are_written_in_utc() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
    }
}
