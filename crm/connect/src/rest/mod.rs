//! Any CRM with a REST interface, as one TOML file describes it; `docs/rest.md` is the guide to such files.
//!
//! ```text
//! file ─► node ─► read ─► Description ── with address, settings and credentials ──► Rest (a Connector)
//!                           request, template   what is sent, every value escaped for where it stands
//!                           engine              pages, terms, the CRM's words
//!                           answer              what is taken, bounded; which fault an answer tells
//! ```
//! Whoever writes a file decides where a secret goes: the program shows the address before it asks for the secret, and sends it
//! nowhere else. Facts about CRMs stand in the files of `rest/` alone.

mod answer;
mod description;
mod edit;
mod engine;
mod fed;
mod node;
mod read;
mod request;
mod template;
mod values;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crm::connector::{
    Abilities, Connector, Directory, Fault, Identity, LogEntry, NewPerson, PersonFields, PersonState, RecordForm,
    RemoteKind, RemotePerson, RemoteRef, RemoteTicket, Reply,
};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::Value as Json;
use tokio::sync::OnceCell;
use url::Url;

use crate::allowance::Allowance;
use crate::api::{Api, Effect};
use crate::oauth::{Provider, Revocation, Session};
use crate::secret::Secret;
use crate::shape::{keep_verified, kind_of};

pub use description::{Authority, Description, Setting, SignInKind};
pub use node::DescriptionError;

use answer::Pointer;
use description::{Address, Describe};
use engine::Further;
use request::below;
use template::{Template, Values, as_text, percent_encoded};
use values::checked_id;

/// The files that come with the program, by name.
pub const SHIPPED: &[(&str, &str)] = &[
    ("bottlecrm", include_str!("../../rest/bottlecrm.toml")),
    ("dynamics", include_str!("../../rest/dynamics.toml")),
    ("espocrm", include_str!("../../rest/espocrm.toml")),
    ("odoo", include_str!("../../rest/odoo.toml")),
    ("pipedrive", include_str!("../../rest/pipedrive.toml")),
    ("suitecrm", include_str!("../../rest/suitecrm.toml")),
];
/// The most characters of a setting.
const SETTING_MAX: usize = 200;
/// The most rows that are looked through for one record, and the most fields of a form.
const FOUND_MAX: usize = 500;
/// The most characters of a search of ours.
const TEXT_MAX: usize = 120;

/// How a company uses a description.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where the server is, unless the description says it.
    pub address: Option<Url>,
    /// What was filled in, by the names of [`Description::settings`].
    pub settings: BTreeMap<String, String>,
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
}

/// Who we are there.
pub enum Credentials {
    /// For [`SignInKind::Key`] and [`SignInKind::Bearer`].
    Key(Secret),
    /// For [`SignInKind::Basic`].
    Password {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// For [`SignInKind::Browser`] and [`SignInKind::Program`].
    Session(Session),
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// The address is missing, or neither https nor on this machine, or has a user or password in it.
    #[error("the address is not safe")]
    Address,
    /// A setting is missing, too long, or has spaces in it.
    #[error("the setting «{0}» is missing or not usable")]
    Setting(String),
    /// The credentials are not of the kind that the description asks for, or cannot stand in a header.
    #[error("other credentials are needed")]
    Credentials,
    /// The system gives no client.
    #[error("the system refuses")]
    System,
}

/// A connection to a described CRM.
pub struct Rest {
    api: Api,
    description: Description,
    base: Url,
    settings: Values,
    headers: HeaderMap,
    country: String,
    allowance: Allowance,
    /// The id of whoever is signed in, once it is known.
    me: OnceCell<Json>,
}

impl Description {
    /// Where requests, and with them the secret, go.
    ///
    /// # Errors
    /// No address, or an unsafe one.
    pub fn address(&self, options: &Options) -> Result<Url, RestError> {
        let given = self.server.as_ref().or(options.address.as_ref()).filter(|url| read::is_safe(url));
        let mut url = given.cloned().ok_or(RestError::Address)?;
        url.set_query(None);
        url.set_fragment(None);
        Ok(url)
    }

    fn settings(&self, options: &Options) -> Result<Values, RestError> {
        let read = |setting: &Setting| {
            let value = options.settings.get(&setting.name).map(|text| text.trim()).unwrap_or_default();
            let plain = !value.chars().any(|c| c.is_control() || c.is_whitespace());
            let good = plain && (1..=SETTING_MAX).contains(&value.chars().count());
            let name = format!("setting.{}", setting.name);
            good.then(|| (name, Json::from(value))).ok_or_else(|| RestError::Setting(setting.name.clone()))
        };
        self.settings.iter().map(read).collect()
    }

    /// How to sign in, for descriptions that want [`SignInKind::Browser`] or [`SignInKind::Program`].
    ///
    /// # Errors
    /// Another kind of sign-in, or an unsafe address.
    pub fn provider(
        &self,
        options: &Options,
        client_id: &str,
        client_secret: Option<Secret>,
        ports: &[u16],
    ) -> Result<Provider, RestError> {
        let (SignInKind::Browser(authority) | SignInKind::Program(authority)) = &self.sign_in else {
            return Err(RestError::Credentials);
        };
        let base = self.address(options)?;
        let mut values = self.settings(options)?;
        values.insert("server".into(), base.origin().ascii_serialization().into());
        let address = |template: &template::Template| {
            let path = template.path(&values).ok_or(RestError::Address)?;
            let url = if path.contains("://") { Url::parse(&path).ok() } else { below(&base, &path, None) };
            url.filter(read::is_safe).ok_or(RestError::Address)
        };
        let token = address(&authority.token)?;
        Ok(Provider {
            authorize: authority.authorize.as_ref().map_or_else(|| Ok(token.clone()), address)?,
            token,
            revoke: authority.revoke.as_ref().map(|one| address(one).map(Revocation::Posted)).transpose()?,
            client_id: client_id.to_owned(),
            client_secret,
            scopes: authority.scopes.iter().filter_map(|scope| scope.plain(&values)).collect(),
            extra: Vec::new(),
            redirect_path: "/callback".to_owned(),
            redirect_ports: ports.to_vec(),
            record_domains: Vec::new(),
            token_hosts: Vec::new(),
        })
    }
}

impl Rest {
    /// A connection to the described CRM.
    ///
    /// # Errors
    /// Something that the description asks for is missing or unsafe.
    pub fn new(description: Description, options: &Options, credentials: Credentials) -> Result<Self, RestError> {
        let base = description.address(options)?;
        let settings = description.settings(options)?;
        let api = signed(&description.sign_in, base.clone(), credentials)?.at_most(description.limits.answer_bytes);
        let mut headers = HeaderMap::new();
        for (name, text) in &description.headers {
            let value = text.header(&settings).and_then(|text| HeaderValue::try_from(text).ok());
            headers.insert(name.clone(), value.ok_or_else(|| RestError::Setting(name.to_string()))?);
        }
        let (country, allowance) = (options.country.clone(), Allowance::default());
        Ok(Self { api, description, base, settings, headers, country, allowance, me: OnceCell::new() })
    }

    /// The answer to who is signed in.
    async fn who_am_i(&self) -> Result<Json, Fault> {
        let request = &self.description.check.request;
        self.once(Effect::Reads, RemoteKind::Contact, request, &Values::new(), &Further::NONE).await
    }

    /// The id of whoever is signed in; none where the description does not ask for it.
    async fn me(&self) -> Result<Option<&Json>, Fault> {
        let Some(at) = &self.description.check.id else { return Ok(None) };
        let asked = async { at.first(&self.who_am_i().await?).map(Json::from).ok_or(Fault::NotUnderstood) };
        self.me.get_or_try_init(|| asked).await.map(Some)
    }
}

/// The credentials as requests carry them.
fn signed(kind: &SignInKind, base: Url, credentials: Credentials) -> Result<Api, RestError> {
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| RestError::Credentials);
    let (name, value) = match (kind, credentials) {
        (SignInKind::Key { header }, Credentials::Key(key)) => (header.clone(), value(key.reveal().to_owned())?),
        (SignInKind::Bearer { word }, Credentials::Key(key)) => {
            (AUTHORIZATION, value(format!("{word} {}", key.reveal()))?)
        }
        (SignInKind::Basic, Credentials::Password { user, password }) if !user.contains(':') => {
            (AUTHORIZATION, value(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.reveal()))))?)
        }
        (SignInKind::Browser(_) | SignInKind::Program(_), Credentials::Session(session)) => {
            return Api::new(session, "Bearer").at(base).ok_or(RestError::System);
        }
        _ => return Err(RestError::Credentials),
    };
    Api::with_key(base, name, value).ok_or(RestError::System)
}

/// The id that a write answers with.
fn made(at: &Pointer, body: &Json, kind: RemoteKind) -> Result<RemoteRef, Fault> {
    let id = at.first(body).ok_or(Fault::NotUnderstood)?;
    checked_id(&id)?;
    Ok(RemoteRef { kind, id })
}

impl Directory for Rest {
    fn check(&self) -> Reply<'_, Identity> {
        Box::pin(async move {
            let check = &self.description.check;
            let body = self.who_am_i().await?;
            let user = check.user.first(&body).ok_or(Fault::NotUnderstood)?;
            let told = check.organisation.as_ref().and_then(|at| at.first(&body));
            Ok(Identity { user, organisation: told.or_else(|| self.base.host_str().map(str::to_owned)) })
        })
    }

    fn find_by_number<'a>(&'a self, number: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(async move {
            let mut values = Values::new();
            let Some(lists) = values::of_number(number, &mut values) else { return Ok(Vec::new()) };
            let mut people = self.people(&self.description.by_number, &values, &lists).await?;
            keep_verified(&mut people, number, &self.country);
            Ok(people)
        })
    }

    fn find_by_text<'a>(&'a self, text: &'a str, limit: u32) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(async move {
            let text: String = text.trim().chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect();
            if text.chars().count() < 2 {
                return Ok(Vec::new());
            }
            let limit = limit.clamp(1, 200);
            let values = [("text".to_owned(), Json::from(text)), ("limit".to_owned(), limit.into())].into();
            let mut people = self.people(&self.description.by_text, &values, &Vec::new()).await?;
            people.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(people)
        })
    }

    fn address(&self, record: &RemoteRef) -> Option<String> {
        let Address { path, query, fragment } = self.description.addresses.get(&record.kind)?;
        let mut values = self.settings.clone();
        values.insert("id".to_owned(), checked_id(&record.id).ok()?.into());
        // Ids and settings are encoded, so that they are no further parameters.
        let encoded = values.iter().map(|(name, value)| (name.clone(), percent_encoded(&as_text(value)).into()));
        let encoded: Values = encoded.collect();
        let filled = |text: &Option<Template>| match text {
            None => Some(None),
            Some(text) => text.plain(&encoded).map(Some),
        };
        let mut url = below(&self.base, &path.path(&values)?, filled(query)?)?;
        url.set_fragment(filled(fragment)?.as_deref());
        Some(url.into())
    }
}

impl Connector for Rest {
    fn abilities(&self) -> Abilities {
        let creates = |kind| self.description.create.contains_key(&kind);
        Abilities {
            logs_once: self.description.log.once,
            people: creates(RemoteKind::Contact),
            leads: creates(RemoteKind::Lead),
            tickets: self.description.tickets.is_some(),
            results: false,
            edits: !self.description.edit.is_empty(),
        }
    }

    fn describe<'a>(&'a self, kind: RemoteKind, _record_type: Option<&'a str>) -> Reply<'a, RecordForm> {
        Box::pin(async move {
            let mut fields = match self.description.describe.get(&kind) {
                None => return Err(Fault::NotOffered),
                Some(Describe::Fixed(specs)) => specs.clone(),
                Some(Describe::Asked(asked)) => self.asked(asked).await?,
            };
            if let Some(create) = self.description.create.get(&kind) {
                self.feed(create, &mut fields);
            }
            Ok(RecordForm { fields, ..RecordForm::default() })
        })
    }

    fn create<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, RemoteRef> {
        Box::pin(async move {
            let kind = kind_of(person);
            let create = self.description.create.get(&kind).ok_or(Fault::NotOffered)?;
            let mut values = Values::new();
            values::of_person(person, &mut values);
            let further = Further { at: &create.further, fields: &person.further };
            made(&create.id, &self.once(Effect::Writes, kind, &create.request, &values, &further).await?, kind)
        })
    }

    fn find_created<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, Option<RemoteRef>> {
        Box::pin(async move {
            let kind = kind_of(person);
            let find = self.description.created.get(&kind).ok_or(Fault::NotOffered)?;
            let mut values = Values::new();
            values::of_person(person, &mut values);
            self.find(find, kind, &values).await
        })
    }

    fn read_person<'a>(&'a self, who: &'a RemoteRef) -> Reply<'a, PersonState> {
        Box::pin(self.read(who))
    }

    fn update_person<'a>(
        &'a self,
        who: &'a RemoteRef,
        changes: &'a PersonFields,
        version: Option<&'a str>,
    ) -> Reply<'a, ()> {
        Box::pin(self.update(who, changes, version))
    }

    fn log<'a>(&'a self, entry: &'a LogEntry) -> Reply<'a, RemoteRef> {
        Box::pin(async move {
            let (log, kind) = (&self.description.log, RemoteKind::Activity);
            let mut values = Values::new();
            values::of_entry(entry, &mut values)?;
            if let Some(me) = self.me().await? {
                values.insert("me".to_owned(), me.clone());
            }
            made(&log.id, &self.once(Effect::Writes, kind, &log.request, &values, &Further::NONE).await?, kind)
        })
    }

    fn look_up<'a>(&'a self, marker: OutboxId, who: Option<&'a RemoteRef>) -> Reply<'a, Option<RemoteRef>> {
        Box::pin(async move {
            let find = self.description.look_up.as_ref().ok_or(Fault::NotOffered)?;
            let mut values = Values::new();
            values::of_marker(marker, &mut values);
            if let Some(who) = who {
                values::of_who(who, &mut values)?;
            }
            self.find(find, RemoteKind::Activity, &values).await
        })
    }

    fn tickets<'a>(&'a self, who: &'a RemoteRef) -> Reply<'a, Vec<RemoteTicket>> {
        Box::pin(async move {
            let tickets = self.description.tickets.as_ref().ok_or(Fault::NotOffered)?;
            let mut values = Values::new();
            values::of_who(who, &mut values)?;
            let rows =
                self.rows(&tickets.request, &tickets.rows, &values, &Vec::new(), self.description.limits.rows).await?;
            let read = |row: &Json| {
                let id = tickets.id.first(row).filter(|id| checked_id(id).is_ok())?;
                let number = tickets.number.first(row).unwrap_or_else(|| id.clone());
                let record = RemoteRef { kind: RemoteKind::Ticket, id };
                Some(RemoteTicket { record, number, subject: tickets.subject.first(row).unwrap_or_default() })
            };
            Ok(rows.iter().filter_map(read).collect())
        })
    }

    fn attach<'a>(&'a self, entry: &'a RemoteRef, ticket: &'a RemoteRef) -> Reply<'a, ()> {
        Box::pin(async move {
            let request = self.description.attach.as_ref().ok_or(Fault::NotOffered)?;
            let value = |record: &RemoteRef| checked_id(&record.id).map(Json::from);
            let values = [("entry".to_owned(), value(entry)?), ("ticket".to_owned(), value(ticket)?)].into();
            self.once(Effect::Writes, RemoteKind::Activity, request, &values, &Further::NONE).await.map(drop)
        })
    }
}
