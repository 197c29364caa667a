//! Books of addresses on a CardDAV server (RFC 6352), mirrored here: Nextcloud, Radicale, Fastmail and others. They are only read.
//!
//! A server compares numbers as text, so callers are found in the mirror, by the number itself and without a network; it follows
//! the server by `sync-collection` (RFC 6578).
//!
//! ```text
//! discovery ─► for each book: list what changed ─► Change ─► Keeper, mirror ─► read the cards in parts ─► Change ─► …
//! ```

mod mirror;
mod request;
mod xml;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crm::connector::{Directory, Fault, Identity, RemotePerson, RemoteRef, Reply};
use crm::contact::{ChannelKind, Contact};
use crm::exchange::vcard;
use crm::phone::PhoneNumber;
use reqwest::header::HeaderValue;
use reqwest::{Client, StatusCode};
use url::Url;
use uuid::Uuid;

use crate::http::{self, is_loopback};
use crate::secret::Secret;
use crate::shape::cut;

pub use mirror::{Book, CARDS_MAX, Card, Change, KeepError, Keeper, Mirror};

use mirror::Found;
use request::Asked;
use xml::{CARDDAV, DAV, Told};

/// The most books.
const BOOKS_MAX: usize = 50;
/// The most parts in which a book is listed in one go, and the most cards that are asked for in one request.
const PARTS_MAX: usize = 1000;
const CARDS_AT_ONCE: usize = 50;
/// The most bytes of a card that is read, characters of a value, and numbers of somebody.
const CARD_MAX: usize = 4 * 1024 * 1024;
const VALUE_MAX: usize = 200;
const PHONES_MAX: usize = 20;
/// The longest address and mark of a card.
const NAME_MAX: usize = 1000;

/// Where the books are.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server, or a place on it: a user's, or a book's own.
    pub address: Url,
    /// The user.
    pub user: String,
    /// The password, or one for programs.
    pub password: Secret,
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardDavError {
    /// Neither https nor on this machine, or with a user or password in it.
    #[error("the address is not safe")]
    Address,
    /// No user, or one with a colon.
    #[error("the login cannot be sent")]
    Login,
    /// The system gives no client.
    #[error("the system refuses")]
    System,
}

/// What a look at the server brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Cards that were read.
    pub read: usize,
    /// Cards that are kept now.
    pub cards: usize,
}

/// A connection to a server and the mirror of its books.
pub struct CardDav {
    http: Client,
    base: Url,
    user: String,
    login: HeaderValue,
    found: Mutex<Found>,
    keeper: Arc<dyn Keeper>,
    /// One look at a time.
    looking: tokio::sync::Mutex<()>,
}

impl CardDav {
    /// Goes on with what was kept of an earlier mirror of the same address and user, or with an empty one.
    ///
    /// # Errors
    /// Something that is not safe.
    pub fn new(options: Options, kept: Mirror, keeper: Arc<dyn Keeper>) -> Result<Self, CardDavError> {
        let Options { address, user, password, country } = options;
        let safe = address.scheme() == "https" || (address.scheme() == "http" && is_loopback(&address));
        if !safe || !address.username().is_empty() || address.password().is_some() {
            return Err(CardDavError::Address);
        }
        if user.trim().is_empty() || user.contains(':') {
            return Err(CardDavError::Login);
        }
        let login = STANDARD.encode(format!("{user}:{}", password.reveal()));
        let mut login = HeaderValue::try_from(format!("Basic {login}")).map_err(|_| CardDavError::Login)?;
        login.set_sensitive(true);
        let http = http::client(&address).map_err(|_| CardDavError::System)?;
        let (found, looking) = (Mutex::new(Found::new(kept, country)), tokio::sync::Mutex::new(()));
        Ok(Self { http, base: address, user, login, found, keeper, looking })
    }

    /// Brings the mirror up to date. Given up or failed, it goes on the next time where it stood.
    ///
    /// # Errors
    /// What the server says; [`Fault::Busy`] if a step cannot be kept.
    pub async fn sync(&self) -> Result<Synced, Fault> {
        self.synced().await.map_err(|fault| if fault == Fault::Lost { Fault::NotUnderstood } else { fault })
    }

    async fn synced(&self) -> Result<Synced, Fault> {
        let _one = self.looking.lock().await;
        let books = self.books().await?;
        let known: Vec<String> = self.found().mirror().books.keys().cloned().collect();
        for book in known.iter().filter(|book| !books.contains(*book)) {
            self.step(Change::Gone { book: book.clone() })?;
        }
        let mut read = 0;
        for book in &books {
            self.list(book).await?;
            read += self.read(book).await?;
        }
        Ok(Synced { read, cards: self.found().mirror().size() })
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a step, then takes it.
    fn step(&self, change: Change) -> Result<(), Fault> {
        self.keeper.keep(&change).map_err(|KeepError| Fault::Busy { after: None })?;
        self.found().apply(change);
        Ok(())
    }

    /// Where the user is on the server, and the books or the place where they are.
    async fn user(&self) -> Result<Vec<Told>, Fault> {
        let root = self.at("/")?;
        let mut last = Fault::NotOffered;
        for start in [self.base.clone(), self.at("/.well-known/carddav")?, root] {
            match self.find(&start, "0").await {
                Ok(told) if told.iter().any(|one| one.is_book() || homes(one).next().is_some()) => return Ok(told),
                Ok(told) => {
                    let Some(who) = told.iter().find_map(|one| one.link(DAV, "current-user-principal")) else {
                        continue;
                    };
                    let told = self.find(&self.at(who)?, "0").await?;
                    if told.iter().any(|one| homes(one).next().is_some()) {
                        return Ok(told);
                    }
                }
                // Nothing is here; perhaps elsewhere on this server.
                Err(fault @ (Fault::NotFound | Fault::NotOffered | Fault::NotUnderstood)) => last = fault,
                Err(fault) => return Err(fault),
            }
        }
        Err(last)
    }

    /// Addresses of the books.
    async fn books(&self) -> Result<BTreeSet<String>, Fault> {
        let told = self.user().await?;
        let mut books: BTreeSet<String> = told.iter().filter(|one| one.is_book()).map(|one| one.href.clone()).collect();
        if books.is_empty() {
            for home in told.iter().flat_map(homes) {
                let listed = self.find(&self.at(home)?, "1").await?;
                books.extend(listed.into_iter().filter(Told::is_book).map(|one| one.href));
            }
        }
        // As addresses of the server: what one writes as a path, another writes whole.
        let books = books.iter().take(BOOKS_MAX).map(|book| self.at(book).map(|url| url.path().to_owned()));
        books.collect()
    }

    /// Learns what of a book has changed.
    async fn list(&self, book: &str) -> Result<(), Fault> {
        for _ in 0..PARTS_MAX {
            let before = {
                let found = self.found();
                found.mirror().books.get(book).map(|book| (book.token.clone(), book.unseen.len() == book.cards.len()))
            };
            if !matches!(before, Some((Some(_), _) | (None, true))) {
                self.step(Change::Anew { book: book.to_owned() })?;
            }
            let before = before.and_then(|(token, _)| token);
            let told = match self.changed(book, before.as_deref()).await {
                Asked::Told(told) => told,
                // The server has forgotten what it told when.
                Asked::Stale if before.is_some() => {
                    self.step(Change::Anew { book: book.to_owned() })?;
                    continue;
                }
                Asked::Stale => return Err(Fault::NotUnderstood),
                Asked::Failed(fault) => return Err(fault),
            };
            let partly = told.told.iter().any(|one| one.status == Some(507));
            // A part that does not lead on would be told for ever.
            if partly && (told.token.is_none() || told.token == before) {
                return Err(Fault::NotUnderstood);
            }
            let (there, gone) = self.cards_of(&self.at(book)?, told.told);
            if self.found().mirror().size_with(book, &there) > CARDS_MAX {
                return Err(Fault::Limit { after: None });
            }
            let same = there.is_empty() && gone.is_empty() && told.token == before;
            let waited = self.found().mirror().books.get(book).is_some_and(|book| !book.unseen.is_empty());
            if !same || waited {
                let (book, token) = (book.to_owned(), told.token);
                self.step(Change::Listed { book, token, there, gone, complete: !partly })?;
            }
            if !partly {
                return Ok(());
            }
        }
        Err(Fault::NotUnderstood)
    }

    /// Cards that are there, with their marks, and those that are gone.
    fn cards_of(&self, book: &Url, told: Vec<Told>) -> (Vec<(String, String)>, Vec<String>) {
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        for one in told {
            let Ok(url) = self.at(&one.href) else { continue };
            let href = url.path().to_owned();
            if url == *book || href.len() > NAME_MAX || href.ends_with('/') {
                continue;
            }
            let etag = one.property(DAV, "getetag").map(|etag| cut(etag.text.trim(), NAME_MAX));
            match (one.status, etag) {
                (Some(404), _) => gone.push(href),
                (_, Some(etag)) => there.push((href, etag)),
                _ => {}
            }
        }
        (there, gone)
    }

    /// Reads the cards that are still to be read, and tells how many.
    async fn read(&self, book: &str) -> Result<usize, Fault> {
        let (mut count, mut most) = (0, CARDS_AT_ONCE);
        loop {
            let hrefs: Vec<String> = {
                let found = self.found();
                let unread = found.mirror().books.get(book).into_iter().flat_map(|book| book.unread.iter());
                unread.take(most).cloned().collect()
            };
            if hrefs.is_empty() {
                return Ok(count);
            }
            let told = match self.cards(book, &hrefs).await {
                Ok(told) => told,
                // More than is read at once: cards have pictures.
                Err(Fault::Lost) if most > 1 => {
                    most /= 2;
                    continue;
                }
                Err(Fault::Lost) => Vec::new(),
                Err(fault) => return Err(fault),
            };
            let country = self.found().country().to_owned();
            let mut cards: Vec<(String, Option<Card>)> = hrefs.into_iter().map(|href| (href, None)).collect();
            for one in told {
                let Ok(url) = self.at(&one.href) else { continue };
                if let Some((_, card)) = cards.iter_mut().find(|(href, _)| href == url.path()) {
                    *card = read(&one, &country);
                    count += usize::from(card.is_some());
                }
            }
            self.step(Change::Read { book: book.to_owned(), cards })?;
        }
    }
}

impl Directory for CardDav {
    fn check(&self) -> Reply<'_, Identity> {
        Box::pin(async move {
            self.books().await?;
            Ok(Identity { user: self.user.clone(), organisation: self.base.host_str().map(str::to_owned) })
        })
    }

    fn find_by_number<'a>(&'a self, number: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(std::future::ready(Ok(self.found().by_number(number))))
    }

    fn find_by_text<'a>(&'a self, text: &'a str, limit: u32) -> Reply<'a, Vec<RemotePerson>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Box::pin(std::future::ready(Ok(self.found().by_text(text, limit))))
    }

    /// Each server has pages of its own.
    fn address(&self, _: &RemoteRef) -> Option<String> {
        None
    }
}

/// Places where books are.
fn homes(told: &Told) -> impl Iterator<Item = &str> {
    let homes = told.property(CARDDAV, "addressbook-home-set").into_iter();
    homes.flat_map(|set| set.all(DAV, "href")).map(|href| href.text.trim())
}

/// Somebody as the server tells; none for a card without a name or without a number.
fn read(told: &Told, country: &str) -> Option<Card> {
    let text = &told.property(CARDDAV, "address-data")?.text;
    let etag = told.property(DAV, "getetag").map_or("", |etag| etag.text.trim());
    let contact = (text.len() <= CARD_MAX).then(|| vcard::person(text, country, &mut || Uuid::nil())).flatten()?;
    let value = |text: &str| Some(cut(text, VALUE_MAX)).filter(|text| !text.is_empty());
    let of = |contact: &Contact, kinds: &[ChannelKind]| {
        let channels = contact.channels.iter().filter(|channel| kinds.contains(&channel.kind));
        channels.map(|channel| cut(&channel.raw, VALUE_MAX)).collect::<Vec<_>>()
    };
    let mut phones = of(&contact, &[ChannelKind::Phone, ChannelKind::Mobile]);
    phones.truncate(PHONES_MAX);
    let card = Card {
        etag: cut(etag, NAME_MAX),
        name: value(&contact.name())?,
        company: value(&contact.company),
        phones,
        email: of(&contact, &[ChannelKind::Email]).into_iter().next(),
    };
    Some(card).filter(|card| !card.phones.is_empty())
}

/// What an answer without the wished content means; none for one that has it.
fn refused(status: StatusCode) -> Option<Fault> {
    Some(match status {
        StatusCode::MULTI_STATUS => return None,
        StatusCode::UNAUTHORIZED => Fault::SignIn,
        StatusCode::FORBIDDEN => Fault::Forbidden { code: "no_access".into() },
        StatusCode::NOT_FOUND | StatusCode::GONE => Fault::NotFound,
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => Fault::NotOffered,
        _ => Fault::NotUnderstood,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nowhere;

    impl Keeper for Nowhere {
        fn keep(&self, _: &Change) -> Result<(), KeepError> {
            Err(KeepError)
        }
    }

    #[test]
    fn an_address_that_is_not_safe_is_refused() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let wrong = |address: &str, user: &str| {
            let (address, user) = (Url::parse(address).unwrap(), user.to_owned());
            let options = Options { address, user, password: Secret::new("x"), country: "CR".into() };
            CardDav::new(options, Mirror::default(), Arc::new(Nowhere)).err()
        };
        assert_eq!(wrong("http://company.example/", "ana"), Some(CardDavError::Address));
        assert_eq!(wrong("https://ana:x@company.example/", "ana"), Some(CardDavError::Address));
        assert_eq!(wrong("https://company.example/", "a:b"), Some(CardDavError::Login));
        assert_eq!(wrong("https://company.example/", "ana"), None);
        assert_eq!(wrong("http://127.0.0.1:5232/", "ana"), None);
    }
}
