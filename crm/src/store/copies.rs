//! What a store keeps of the people of connected CRMs, so that callers are known without a network.

use super::StoreError;
use crate::connector::{Changes, RemotePerson};
use crate::contact::digits;
use crate::phone::PhoneNumber;
use crate::text::fold;

/// By what rules people of a connection are copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyTerms {
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
    /// The most people.
    pub most: u32,
}

/// How the copy of a connection's people stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Where the next page begins; none if nothing was ever copied.
    pub cursor: Option<String>,
    /// The region by which the copied numbers are read; empty if nothing was ever copied.
    pub country: String,
    /// How many people there are.
    pub people: u32,
    /// There was no room for everybody.
    pub full: bool,
    /// When the source last said that nothing more had changed, UTC; none if never.
    pub complete_at_ms: Option<i64>,
}

/// The part of [`Store`](super::Store) about copied people. Each method is one transaction; the copies of a connection go with
/// [`forget_connector`](super::Remote::forget_connector), too.
pub trait Copies {
    /// How a connection's copy stands.
    fn copied(&mut self, connector: &str) -> Result<Copied, StoreError>;
    /// Keeps a page with its cursor, and points people here who were tied to a moved record to what it is now; who was tied to
    /// a record that is gone, to the only other one with a number of theirs, if there is one. People for whom there is no room
    /// are left out; those who are there are brought up to date all the same.
    fn take_changes(
        &mut self,
        connector: &str,
        changes: &Changes,
        terms: &CopyTerms,
        now_ms: i64,
    ) -> Result<(), StoreError>;
    /// Keeps people who were just made or found there, if the connection is copied at all; one who is known is left as he is
    /// unless `newer`.
    fn put_copies(&mut self, connector: &str, people: &[RemotePerson], newer: bool) -> Result<(), StoreError>;
    /// Forgets the copies of all connections but these; whether there were any.
    fn keep_copies_of(&mut self, connectors: &[String]) -> Result<bool, StoreError>;
    /// Everybody of a connection who has this number, by name, at most 20. A number of seven digits or more that is no full
    /// one also finds full numbers that end with it.
    fn copies_by_number(&mut self, connector: &str, number: &PhoneNumber) -> Result<Vec<RemotePerson>, StoreError>;
    /// People of a connection who have every word of a text ([`search_terms`](super::search_terms)), by name.
    fn copies_by_text(&mut self, connector: &str, text: &str, limit: u32) -> Result<Vec<RemotePerson>, StoreError>;
}

/// The full numbers of somebody, each once.
pub fn copy_numbers(person: &RemotePerson, country: &str) -> Vec<PhoneNumber> {
    let mut numbers: Vec<PhoneNumber> = Vec::new();
    for number in person.phones.iter().filter_map(|phone| PhoneNumber::parse(phone, country).ok()) {
        if number.e164().is_some() && !numbers.iter().any(|known| known.match_key() == number.match_key()) {
            numbers.push(number);
        }
    }
    numbers
}

/// What a search looks at, folded, parts separated by line feeds: name, company, e-mail, numbers as stored and as digits.
pub fn copy_text(person: &RemotePerson, numbers: &[PhoneNumber]) -> String {
    let mut parts = vec![person.name.clone()];
    parts.extend(person.company.clone().into_iter().chain(person.email.clone()));
    parts.extend(person.phones.iter().cloned().chain(numbers.iter().map(|number| digits(number.dial()))));
    fold(&parts.join("\n"))
}
