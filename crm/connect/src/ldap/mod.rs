//! A company's phone book behind LDAP: OpenLDAP, 389 Directory Server, Active Directory. It is only read.
//!
//! ```text
//! ber ─► message ─► wire (TCP, TLS) ─► Ldap (a Directory)
//! ```
//! Numbers are stored in every writing. A directory that compares telephone numbers (`telephoneNumberMatch`) passes over blanks
//! and hyphens alone, and Active Directory compares characters: so parts of the number, as people group it, are asked for, and
//! whoever is found is verified by the number itself. Sources: RFC 4511, 4513, 4517; Microsoft's [MS-ADTS].

pub(crate) mod ber;
mod message;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crm::connector::{Directory, Fault, Identity, RemoteKind, RemotePerson, RemoteRef, Reply, stored_forms};
use crm::phone::PhoneNumber;
use rustls::ClientConfig;
use tokio::sync::OnceCell;
use url::Url;

use crate::http::is_loopback;
use crate::secret::Secret;
use crate::shape::{cut, keep_verified};

use message::{Entry, Filter, Outcome, Scope, Search};
use wire::{Connection, Cover, Stop};

/// Numbers of people: of the inetOrgPerson class, and Active Directory's further ones. One that a directory does not know is
/// nobody's.
const PHONES: [&str; 6] = ["telephoneNumber", "mobile", "homePhone", "otherTelephone", "otherMobile", "otherHomePhone"];
/// Where words are looked for.
const WORDS: [&str; 7] = ["displayName", "cn", "givenName", "sn", "o", "company", "mail"];
const NAMES: [&str; 2] = ["displayName", "cn"];
const COMPANIES: [&str; 2] = ["company", "o"];
/// What is read of everybody.
const READ: [&str; 11] =
    ["displayName", "cn", "company", "o", "mail", PHONES[0], PHONES[1], PHONES[2], PHONES[3], PHONES[4], PHONES[5]];
/// The longest that anything takes, and that the server may look.
const LIMIT: Duration = Duration::from_secs(15);
const LOOK_SECONDS: u8 = 5;
/// The most people of one number, and of one text.
const NUMBER_MAX: u16 = 50;
const TEXT_MAX: u16 = 200;
/// The most words of a text, and characters of what is read.
const WORDS_MAX: usize = 5;
const VALUE_MAX: usize = 200;
const ID_MAX: usize = 1000;
/// The most numbers of somebody.
const PHONES_MAX: usize = 20;

/// Where the directory is.
#[derive(Clone, Debug)]
pub struct Options {
    /// `ldaps://host`, TLS from the beginning; or `ldap://host`, StartTLS before anything else.
    pub address: Url,
    /// Neither, for a directory on this machine.
    pub plain: bool,
    /// The entry below which people are, such as `ou=people,dc=company,dc=example`; else what the server says.
    pub base: Option<String>,
    /// Certificates in PEM of an authority that is trusted besides this machine's own.
    pub authority: Option<Vec<u8>>,
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
}

/// As whom we ask.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name of the entry; for Active Directory also `ana@company.example`.
    pub user: String,
    /// Its password.
    pub password: Secret,
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LdapError {
    /// Neither `ldap` nor `ldaps`, without a host, with a user in it, or plain and of another machine.
    #[error("the address is not safe")]
    Address,
    /// No certificates.
    #[error("the authority is no PEM certificate")]
    Authority,
    /// A login without a name or password, which a directory would take for nobody's.
    #[error("the login is not whole")]
    Login,
}

/// A connection to a directory.
pub struct Ldap {
    host: String,
    port: u16,
    cover: Cover,
    trust: Arc<ClientConfig>,
    login: Option<Login>,
    base: OnceCell<String>,
    country: String,
    /// A connection that nobody uses.
    kept: Mutex<Option<Connection>>,
}

impl Ldap {
    /// Connects when it is first asked. Without a login it asks as nobody in particular.
    ///
    /// # Errors
    /// Something that is not safe or not whole.
    pub fn new(options: Options, login: Option<Login>) -> Result<Self, LdapError> {
        let Options { address, plain, base, authority, country } = options;
        let bare = address.username().is_empty() && address.password().is_none();
        let cover = match (address.scheme(), plain) {
            ("ldaps", false) => Cover::Tls,
            ("ldap", false) => Cover::StartTls,
            ("ldap", true) if is_loopback(&address) => Cover::None,
            _ => return Err(LdapError::Address),
        };
        let host = address.host_str().filter(|host| bare && !host.is_empty()).ok_or(LdapError::Address)?;
        if login.as_ref().is_some_and(|login| login.user.trim().is_empty() || login.password.reveal().is_empty()) {
            return Err(LdapError::Login);
        }
        let trust = wire::trust(authority.as_deref()).ok_or(LdapError::Authority)?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: address.port().unwrap_or(if cover == Cover::Tls { 636 } else { 389 }),
            cover,
            trust,
            login,
            base: OnceCell::new_with(base.filter(|base| !base.trim().is_empty())),
            country,
            kept: Mutex::new(None),
        })
    }

    async fn open(&self) -> Result<Connection, Stop> {
        let mut connection = Connection::open(&self.host, self.port, self.cover, Arc::clone(&self.trust)).await?;
        if let Some(login) = &self.login {
            connection.bind(&login.user, login.password.reveal()).await?;
        }
        Ok(connection)
    }

    /// The base, as configured or as the server says (RFC 4512 §5.1).
    async fn base(&self, connection: &mut Connection) -> Result<&str, Stop> {
        if let Some(base) = self.base.get() {
            return Ok(base);
        }
        let names = ["defaultNamingContext", "namingContexts"];
        let filter = Filter::Present("objectClass");
        let search =
            Search { base: "", scope: Scope::Base, entries: 1, seconds: LOOK_SECONDS, filter, attributes: &names };
        let told = connection.search(&search).await?;
        let base = told.first().and_then(|root| root.first(&names)).ok_or_else(no_base)?.to_owned();
        Ok(self.base.get_or_init(|| std::future::ready(base)).await)
    }

    async fn on(
        &self,
        mut connection: Connection,
        scope: Scope,
        filter: &Filter,
        entries: u16,
    ) -> Result<Vec<Entry>, Stop> {
        let base = self.base(&mut connection).await?;
        let search = Search { base, scope, entries, seconds: LOOK_SECONDS, filter: filter.clone(), attributes: &READ };
        let found = connection.search(&search).await?;
        let before = self.kept.lock().unwrap_or_else(PoisonError::into_inner).replace(connection);
        if let Some(before) = before {
            // Two asked at once, and one connection is enough.
            before.close().await;
        }
        Ok(found)
    }

    /// Searches on the connection that was kept; on a new one where there is none, or the server ended it meanwhile.
    async fn search(&self, scope: Scope, filter: Filter, entries: u16) -> Result<Vec<Entry>, Fault> {
        let asked = async {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(connection) = kept {
                let told = self.on(connection, scope, &filter, entries).await;
                if !matches!(told, Err(Stop::Lost | Stop::Strange)) {
                    return told;
                }
            }
            let connection = self.open().await?;
            self.on(connection, scope, &filter, entries).await
        };
        let told = tokio::time::timeout(LIMIT, asked).await.map_err(|_| Fault::Unreachable)?;
        told.map_err(fault)
    }

    fn people(&self, entries: &[Entry]) -> Vec<RemotePerson> {
        entries.iter().filter_map(person).collect()
    }
}

impl Directory for Ldap {
    fn check(&self) -> Reply<'_, Identity> {
        Box::pin(async move {
            // Whoever may not even see the base can find nobody.
            if self.search(Scope::Base, Filter::Present("objectClass"), 1).await?.is_empty() {
                return Err(Fault::NotFound);
            }
            let user = self.login.as_ref().map_or_else(|| self.host.clone(), |login| login.user.clone());
            Ok(Identity { user, organisation: self.base.get().cloned() })
        })
    }

    fn find_by_number<'a>(&'a self, number: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(async move {
            let Some(filter) = by_number(number) else { return Ok(Vec::new()) };
            let mut found = self.people(&self.search(Scope::Below, filter, NUMBER_MAX).await?);
            keep_verified(&mut found, number, &self.country);
            Ok(found)
        })
    }

    fn find_by_text<'a>(&'a self, text: &'a str, limit: u32) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(async move {
            let Some(filter) = by_text(text) else { return Ok(Vec::new()) };
            let entries = u16::try_from(limit).unwrap_or(TEXT_MAX).clamp(1, TEXT_MAX);
            Ok(self.people(&self.search(Scope::Below, filter, entries).await?))
        })
    }

    /// A directory has no pages.
    fn address(&self, _: &RemoteRef) -> Option<String> {
        None
    }
}

/// Whoever has the digits of a stored writing in this order, whatever stands between and around the groups.
fn by_number(number: &PhoneNumber) -> Option<Filter> {
    let mut forms = stored_forms(number);
    // A form that another finds too adds nothing: «50685550117» has «85550117».
    let all = forms.clone();
    forms.retain(|form| !all.iter().any(|other| other != form && has_in_order(&form.join(" "), other)));
    let has = |form: &Vec<String>| PHONES.map(|name| Filter::Has(name, form.clone()));
    (!forms.is_empty()).then(|| Filter::Or(forms.iter().flat_map(has).collect()))
}

fn has_in_order(text: &str, parts: &[String]) -> bool {
    let mut rest = Some(text);
    for part in parts {
        rest = rest.and_then(|rest| rest.split_once(part.as_str())).map(|(_, rest)| rest);
    }
    rest.is_some()
}

/// Whoever has a number, and every word somewhere.
fn by_text(text: &str) -> Option<Filter> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.take(WORDS_MAX).map(|word| cut(word, VALUE_MAX)).collect();
    if words.iter().flat_map(|word| word.chars()).filter(|c| c.is_alphanumeric()).count() < 2 {
        return None;
    }
    let somewhere = |word: &String| Filter::Or(WORDS.map(|name| Filter::Has(name, vec![word.clone()])).into());
    let reached = Filter::Or(PHONES.map(Filter::Present).into());
    Some(Filter::And(words.iter().map(somewhere).chain([reached]).collect()))
}

/// None for an entry without a name, or whose own is too long to be kept.
fn person(entry: &Entry) -> Option<RemotePerson> {
    let value = |names: &[&str]| entry.first(names).map(|value| cut(value.trim(), VALUE_MAX));
    let name = value(&NAMES).filter(|_| entry.name.len() <= ID_MAX)?;
    let phones = PHONES.iter().flat_map(|attribute| entry.all(attribute)).filter(|phone| phone.len() <= VALUE_MAX);
    Some(RemotePerson {
        record: RemoteRef { kind: RemoteKind::Contact, id: entry.name.clone() },
        name,
        company: value(&COMPANIES),
        phones: phones.take(PHONES_MAX).map(str::to_owned).collect(),
        email: value(&["mail"]),
    })
}

fn no_base() -> Stop {
    Stop::Refused(Outcome { code: 32, words: String::new() })
}

fn forbidden(code: &str) -> Fault {
    Fault::Forbidden { code: code.to_owned() }
}

fn fault(stop: Stop) -> Fault {
    match stop {
        // Nothing was written: whatever was lost had no effect.
        Stop::Unreached | Stop::Lost => Fault::Unreachable,
        Stop::Untrusted => forbidden("certificate_not_trusted"),
        Stop::NoTls => forbidden("no_tls"),
        Stop::Strange => Fault::NotUnderstood,
        Stop::Refused(outcome) => refused(&outcome),
    }
}

/// What a result code means (RFC 4511 appendix A.1).
fn refused(outcome: &Outcome) -> Fault {
    match outcome.code {
        // Active Directory says so to whoever has not said who they are.
        1 => Fault::SignIn,
        2 => Fault::NotUnderstood,
        3 | 11 | 51 | 52 => Fault::Busy { after: None },
        8 | 13 => forbidden("tls_required"),
        32 => Fault::NotFound,
        34 => Fault::Invalid { code: "invalid_name".into(), fields: Vec::new(), message: outcome.words.clone() },
        48 => forbidden("login_not_allowed"),
        49 => active_directory(&outcome.words).map_or(Fault::SignIn, forbidden),
        50 => forbidden("no_access"),
        code => Fault::Invalid { code: format!("ldap_{code}"), fields: Vec::new(), message: outcome.words.clone() },
    }
}

/// What Active Directory says behind `data` where it is not the password that is wrong.
fn active_directory(words: &str) -> Option<&'static str> {
    let code = words.split_once(", data ")?.1.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    Some(match code {
        "530" | "531" => "login_not_allowed_here_or_now",
        "532" | "773" => "password_expired",
        "533" => "account_disabled",
        "701" => "account_expired",
        "775" => "account_locked",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_forms_find_what_all_find() {
        let number = PhoneNumber::from_e164("+50685550117").unwrap();
        let Some(Filter::Or(filters)) = by_number(&number) else { panic!("a number is asked for") };
        assert!(filters.len() <= 5 * PHONES.len(), "{filters:?}");
        for writing in ["85550117", "(506) 8555.0117", "8 555 0117", "+506 85 55 01 17", "00506 8555-0117"] {
            let found = filters.iter().any(|filter| match filter {
                Filter::Has(_, parts) => has_in_order(writing, parts),
                _ => false,
            });
            assert!(found, "{writing}: {filters:?}");
        }
        assert_eq!(by_number(&PhoneNumber::parse("231", "CR").unwrap()), None);
        assert_eq!((by_text(" * "), by_text("a")), (None, None));
    }

    #[test]
    fn what_a_directory_says_is_told_apart() {
        let told = |code, words: &str| refused(&Outcome { code, words: words.into() });
        let of = "80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data";
        for (data, fault) in [
            ("52e", Fault::SignIn),
            ("525", Fault::SignIn),
            ("532", forbidden("password_expired")),
            ("533", forbidden("account_disabled")),
            ("775", forbidden("account_locked")),
        ] {
            assert_eq!(told(49, &format!("{of} {data}, v4563\0")), fault, "{data}");
        }
        assert_eq!(told(49, ""), Fault::SignIn);
        assert_eq!(told(51, ""), Fault::Busy { after: None });
        assert_eq!(told(80, "other").code(), "invalid:ldap_80");
    }

    #[test]
    fn an_address_that_is_not_safe_is_refused() {
        let wrong = |address: &str, plain| {
            let address = Url::parse(address).unwrap();
            let options = Options { address, plain, base: None, authority: None, country: "CR".into() };
            Ldap::new(options, None).err()
        };
        for (address, plain) in [
            ("http://company.example", false),
            ("ldap://company.example", true),
            ("ldaps://127.0.0.1", true),
            ("ldaps://ana:x@company.example", false),
            ("ldaps:///dc=x", false),
        ] {
            assert_eq!(wrong(address, plain), Some(LdapError::Address), "{address}");
        }
        for (address, plain) in
            [("ldap://127.0.0.1", true), ("ldap://[::1]:3389", true), ("ldaps://company.example", false)]
        {
            assert_eq!(wrong(address, plain), None, "{address}");
        }
    }
}
