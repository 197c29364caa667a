//! What is kept here of books of addresses, and each step by which it changes.
//!
//! Every step is kept before it counts, so whoever is ended in the middle goes on where it stood: which cards are still to be
//! read is part of the mirror.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crm::connector::{RemoteKind, RemotePerson, RemoteRef};
use crm::phone::PhoneNumber;
use crm::text::fold;
use serde::{Deserialize, Serialize};

/// The most cards of all books together.
pub const CARDS_MAX: usize = 200_000;

/// Somebody in a book. All text is the server's and untrusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The server's mark of this version.
    pub etag: String,
    /// The name.
    pub name: String,
    /// The company.
    pub company: Option<String>,
    /// Numbers as stored there.
    pub phones: Vec<String>,
    /// First e-mail.
    pub email: Option<String>,
}

/// A book of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// Where the next look goes on; none if everything has to be listed.
    pub token: Option<String>,
    /// Cards by address.
    pub cards: BTreeMap<String, Card>,
    /// Addresses of cards that are still to be read.
    pub unread: BTreeSet<String>,
    /// While everything is listed anew: cards that were not told yet.
    pub unseen: BTreeSet<String>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// The server has this book, whose cards are all listed from now on.
    Anew {
        /// The book's address.
        book: String,
    },
    /// The server has this book no more.
    Gone {
        /// The book's address.
        book: String,
    },
    /// What the server told of a book since the last token.
    Listed {
        /// The book's address.
        book: String,
        /// Where the next look goes on.
        token: Option<String>,
        /// Cards that are new or changed, with their marks.
        there: Vec<(String, String)>,
        /// Cards that are gone.
        gone: Vec<String>,
        /// That was all.
        complete: bool,
    },
    /// Cards that were read; none for those that cannot be.
    Read {
        /// The book's address.
        book: String,
        /// The cards by their addresses.
        cards: Vec<(String, Option<Card>)>,
    },
}

/// Keeps each step where it outlives the program.
pub trait Keeper: Send + Sync {
    /// Keeps a step, whole or not at all.
    ///
    /// # Errors
    /// It could not be kept; then it does not count.
    fn keep(&self, change: &Change) -> Result<(), KeepError>;
}

/// A step was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mirror cannot be kept")]
pub struct KeepError;

/// All books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// By address.
    pub books: BTreeMap<String, Book>,
}

impl Mirror {
    /// Takes a step.
    pub fn apply(&mut self, change: Change) {
        let _ = self.step(change);
    }

    /// Takes a step, and tells the cards that it touched: address, before, after.
    fn step(&mut self, change: Change) -> Vec<(String, Option<Card>, Option<Card>)> {
        let gone =
            |cards: BTreeMap<String, Card>| cards.into_iter().map(|(href, card)| (href, Some(card), None)).collect();
        match change {
            Change::Anew { book } => {
                let book = self.books.entry(book).or_default();
                book.token = None;
                book.unread.clear();
                book.unseen = book.cards.keys().cloned().collect();
                Vec::new()
            }
            Change::Gone { book } => self.books.remove(&book).map_or_else(Vec::new, |book| gone(book.cards)),
            Change::Listed { book, token, there, gone: lost, complete } => {
                let book = self.books.entry(book).or_default();
                book.token = token;
                for (href, etag) in there {
                    book.unseen.remove(&href);
                    if book.cards.get(&href).is_none_or(|card| card.etag != etag) {
                        book.unread.insert(href);
                    }
                }
                let unseen = if complete { std::mem::take(&mut book.unseen) } else { BTreeSet::new() };
                let taken = lost.into_iter().chain(unseen).filter_map(|href| {
                    book.unread.remove(&href);
                    book.unseen.remove(&href);
                    book.cards.remove_entry(&href)
                });
                gone(taken.collect())
            }
            Change::Read { book, cards } => {
                let Some(book) = self.books.get_mut(&book) else { return Vec::new() };
                let put = |(href, card): (String, Option<Card>)| {
                    book.unread.remove(&href);
                    let before = match &card {
                        Some(card) => book.cards.insert(href.clone(), card.clone()),
                        None => book.cards.remove(&href),
                    };
                    (href, before, card)
                };
                cards.into_iter().map(put).collect()
            }
        }
    }

    /// How many cards there are, also those that are still to be read.
    pub fn size(&self) -> usize {
        let new = |book: &Book| book.unread.iter().filter(|href| !book.cards.contains_key(*href)).count();
        self.books.values().map(|book| book.cards.len() + new(book)).sum()
    }

    /// How many there would be with these of a book.
    pub(super) fn size_with(&self, book: &str, there: &[(String, String)]) -> usize {
        let book = self.books.get(book);
        let known = |href: &String| book.is_some_and(|b| b.cards.contains_key(href) || b.unread.contains(href));
        self.size() + there.iter().filter(|(href, _)| !known(href)).count()
    }

    fn card(&self, href: &str) -> Option<&Card> {
        self.books.values().find_map(|book| book.cards.get(href))
    }
}

/// A mirror in which people are found.
#[derive(Debug)]
pub(super) struct Found {
    mirror: Mirror,
    country: String,
    /// Addresses of cards by the key of each number.
    numbers: HashMap<String, BTreeSet<String>>,
    /// What searches compare, by address of card.
    texts: BTreeMap<String, String>,
}

impl Found {
    pub fn new(mirror: Mirror, country: String) -> Self {
        let mut found = Self { mirror: Mirror::default(), country, numbers: HashMap::new(), texts: BTreeMap::new() };
        for (href, card) in mirror.books.values().flat_map(|book| &book.cards) {
            found.index(href, None, Some(card));
        }
        found.mirror = mirror;
        found
    }

    pub fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    pub fn country(&self) -> &str {
        &self.country
    }

    pub fn apply(&mut self, change: Change) {
        for (href, before, after) in self.mirror.step(change) {
            self.index(&href, before.as_ref(), after.as_ref());
        }
    }

    fn index(&mut self, href: &str, before: Option<&Card>, after: Option<&Card>) {
        for key in before.iter().flat_map(|card| keys(card, &self.country)) {
            if let Some(hrefs) = self.numbers.get_mut(&key) {
                hrefs.remove(href);
                if hrefs.is_empty() {
                    self.numbers.remove(&key);
                }
            }
        }
        for key in after.iter().flat_map(|card| keys(card, &self.country)) {
            self.numbers.entry(key).or_default().insert(href.to_owned());
        }
        match after {
            None => _ = self.texts.remove(href),
            Some(card) => {
                let parts = [Some(card.name.as_str()), card.company.as_deref(), card.email.as_deref()];
                let text = fold(&parts.into_iter().flatten().collect::<Vec<_>>().join("\n"));
                self.texts.insert(href.to_owned(), text);
            }
        }
    }

    pub fn by_number(&self, number: &PhoneNumber) -> Vec<RemotePerson> {
        let key = number.e164().and_then(|_| self.numbers.get(number.match_key()));
        key.into_iter().flatten().filter_map(|href| self.person(href)).collect()
    }

    /// Whoever has every word somewhere.
    pub fn by_text(&self, text: &str, limit: usize) -> Vec<RemotePerson> {
        let text = fold(text);
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.iter().map(|word| word.chars().count()).sum::<usize>() < 2 {
            return Vec::new();
        }
        let has = |found: &&String| words.iter().all(|word| found.contains(word));
        let hrefs = self.texts.iter().filter(|(_, text)| has(text)).map(|(href, _)| href);
        hrefs.filter_map(|href| self.person(href)).take(limit).collect()
    }

    fn person(&self, href: &str) -> Option<RemotePerson> {
        let card = self.mirror.card(href)?;
        Some(RemotePerson {
            record: RemoteRef { kind: RemoteKind::Contact, id: href.to_owned() },
            name: card.name.clone(),
            company: card.company.clone(),
            phones: card.phones.clone(),
            email: card.email.clone(),
        })
    }
}

/// Keys of the full numbers.
fn keys(card: &Card, country: &str) -> Vec<String> {
    let key = |phone: &String| {
        let number = PhoneNumber::parse(phone, country).ok()?;
        number.e164().map(|_| number.match_key().to_owned())
    };
    card.phones.iter().filter_map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(etag: &str, name: &str, phone: &str) -> Card {
        Card { etag: etag.into(), name: name.into(), phones: vec![phone.into()], ..Card::default() }
    }

    fn listed(token: &str, there: &[(&str, &str)], gone: &[&str], complete: bool) -> Change {
        let there = there.iter().map(|(href, etag)| ((*href).into(), (*etag).into())).collect();
        let gone = gone.iter().map(|href| (*href).into()).collect();
        Change::Listed { book: "/b/".into(), token: Some(token.into()), there, gone, complete }
    }

    fn read(href: &str, card: Option<Card>) -> Change {
        Change::Read { book: "/b/".into(), cards: vec![(href.into(), card)] }
    }

    #[test]
    fn steps_keep_the_numbers_true() {
        let mut found = Found::new(Mirror::default(), "CR".into());
        let number = PhoneNumber::parse("85550117", "CR").unwrap();
        let names = |found: &Found| found.by_number(&number).into_iter().map(|one| one.name).collect::<Vec<_>>();
        let steps = [
            (Change::Anew { book: "/b/".into() }, &[][..]),
            (listed("1", &[("/b/1", "a"), ("/b/2", "a")], &[], true), &[]),
            (read("/b/1", Some(card("a", "Ana", "8555-0117"))), &["Ana"]),
            (read("/b/2", Some(card("a", "Eva", "+506 8555 0117"))), &["Ana", "Eva"]),
            // Eva has another number now; Ana is as she was.
            (listed("2", &[("/b/1", "a"), ("/b/2", "b")], &[], true), &["Ana", "Eva"]),
            (read("/b/2", Some(card("b", "Eva", "8555 0118"))), &["Ana"]),
            (read("/b/2", Some(card("c", "Eva", "8555 0117"))), &["Ana", "Eva"]),
            // All is told anew, in two parts: what is in neither is gone.
            (Change::Anew { book: "/b/".into() }, &["Ana", "Eva"]),
            (listed("3", &[], &[], false), &["Ana", "Eva"]),
            (listed("4", &[("/b/2", "c")], &[], true), &["Eva"]),
            (listed("5", &[], &["/b/2"], true), &[]),
        ];
        for (change, expected) in steps {
            found.apply(change.clone());
            assert_eq!(names(&found), expected, "{change:?}");
            let again = Found::new(found.mirror().clone(), "CR".into());
            assert_eq!((names(&again), &again.texts), (names(&found), &found.texts), "{change:?}");
        }
        assert_eq!((found.mirror().size(), found.numbers.len()), (0, 0));
    }

    #[test]
    fn a_card_that_is_as_it_was_is_not_read_again() {
        let mut mirror = Mirror::default();
        mirror.apply(listed("1", &[("/b/1", "a")], &[], true));
        mirror.apply(read("/b/1", Some(card("a", "Ana", "1"))));
        mirror.apply(Change::Anew { book: "/b/".into() });
        mirror.apply(listed("2", &[("/b/1", "a"), ("/b/2", "a")], &[], true));
        assert_eq!(mirror.books["/b/"].unread.iter().collect::<Vec<_>>(), ["/b/2"]);
        let kept: Mirror = serde_json::from_str(&serde_json::to_string(&mirror).unwrap()).unwrap();
        assert_eq!(kept, mirror);
    }
}
