//! Books of addresses on a CardDAV server (RFC 6352): Nextcloud, Radicale, Fastmail and others. They are only read.
//!
//! A server compares numbers as text, so it is not asked who calls: its people are copied ([`Pull`]), and the copy follows the
//! server by `sync-collection` (RFC 6578). A server that has forgotten what it told is compared by etags, and what differs is read.

mod marks;
mod request;
mod round;
mod xml;

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crm::connector::{Changes, Directory, Fault, Identity, Pull, RemotePerson, RemoteRef, Reply};
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

use round::Round;
use xml::{CARDDAV, DAV, Told};

/// The most books.
const BOOKS_MAX: usize = 50;
/// The most bytes of a card that is read, characters of a value, and numbers of somebody.
const CARD_MAX: usize = 4 * 1024 * 1024;
const VALUE_MAX: usize = 200;
const PHONES_MAX: usize = 20;
/// The longest address of a card.
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

/// A connection to a server.
pub struct CardDav {
    http: Client,
    base: Url,
    user: String,
    login: HeaderValue,
    country: String,
    /// One look at a time.
    round: tokio::sync::Mutex<Option<Round>>,
}

impl CardDav {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// Something that is not safe.
    pub fn new(options: Options) -> Result<Self, CardDavError> {
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
        let http = http::client().map_err(|_| CardDavError::System)?;
        Ok(Self { http, base: address, user, login, country, round: tokio::sync::Mutex::default() })
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
}

impl Directory for CardDav {
    fn check(&self) -> Reply<'_, Identity> {
        Box::pin(async move {
            self.books().await?;
            Ok(Identity { user: self.user.clone(), organisation: self.base.host_str().map(str::to_owned) })
        })
    }

    fn find_by_number<'a>(&'a self, _: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(std::future::ready(Err(Fault::NotOffered)))
    }

    fn find_by_text<'a>(&'a self, _: &'a str, _: u32) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(std::future::ready(Err(Fault::NotOffered)))
    }

    /// Each server has pages of its own.
    fn address(&self, _: &RemoteRef) -> Option<String> {
        None
    }
}

impl Pull for CardDav {
    fn changes<'a>(&'a self, cursor: Option<&'a str>) -> Reply<'a, Changes> {
        let page = async move {
            let page = self.page(cursor).await;
            // Nothing is written there: of what was lost nothing but an answer too large is told apart.
            page.map_err(|fault| if fault == Fault::Lost { Fault::NotUnderstood } else { fault })
        };
        Box::pin(page)
    }
}

/// Places where books are.
fn homes(told: &Told) -> impl Iterator<Item = &str> {
    let homes = told.property(CARDDAV, "addressbook-home-set").into_iter();
    homes.flat_map(|set| set.all(DAV, "href")).map(|href| href.text.trim())
}

/// Somebody as the server tells; none for a card without a name or without a number.
fn read(told: &Told, record: RemoteRef, country: &str) -> Option<RemotePerson> {
    let text = &told.property(CARDDAV, "address-data")?.text;
    let contact = (text.len() <= CARD_MAX).then(|| vcard::person(text, country, &mut || Uuid::nil())).flatten()?;
    let value = |text: &str| Some(cut(text, VALUE_MAX)).filter(|text| !text.is_empty());
    let of = |contact: &Contact, kinds: &[ChannelKind]| {
        let channels = contact.channels.iter().filter(|channel| kinds.contains(&channel.kind));
        channels.map(|channel| cut(&channel.raw, VALUE_MAX)).collect::<Vec<_>>()
    };
    let mut phones = of(&contact, &[ChannelKind::Phone, ChannelKind::Mobile]);
    phones.truncate(PHONES_MAX);
    let name = value(&contact.name())?;
    let email = of(&contact, &[ChannelKind::Email]).into_iter().next();
    Some(RemotePerson { record, name, company: value(&contact.company), phones, email })
        .filter(|person| !person.phones.is_empty())
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

    #[test]
    fn an_address_that_is_not_safe_is_refused() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let wrong = |address: &str, user: &str| {
            let (address, user) = (Url::parse(address).unwrap(), user.to_owned());
            let options = Options { address, user, password: Secret::new("x"), country: "CR".into() };
            CardDav::new(options).err()
        };
        assert_eq!(wrong("http://company.example/", "ana"), Some(CardDavError::Address));
        assert_eq!(wrong("https://ana:x@company.example/", "ana"), Some(CardDavError::Address));
        assert_eq!(wrong("https://company.example/", "a:b"), Some(CardDavError::Login));
        assert_eq!(wrong("https://company.example/", "ana"), None);
        assert_eq!(wrong("http://127.0.0.1:5232/", "ana"), None);
    }
}
