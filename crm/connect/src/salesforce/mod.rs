//! Salesforce: REST with SOQL and SOSL (developer.salesforce.com, «REST API Developer Guide», «SOQL and SOSL Reference»).
//!
//! ```text
//! number ─► SOSL over phone fields, in every writing ─► verified here by E.164
//! call ───► Task by external id (idempotent) where the organisation has the field; else CallObject, looked up by SOQL
//! ```
//! Facts about the API that were not tried on a live organisation stand in this folder alone.

mod fault;
mod form;
mod legacy;
mod people;
mod pull;
mod query;
mod task;
mod wire;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crm::connector::{
    Abilities, Connector, Directory, Fault, Identity, LogEntry, NewPerson, PersonFields, PersonState, RecordForm,
    RemoteKind, RemotePerson, RemoteRef, RemoteTicket, Reply,
};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::allowance::Allowance;
use crate::api::{Api, Effect};
use crate::http::Answer;
use crate::oauth::{Provider, Revocation, Session};
use crate::shape::{joined, keep_verified, kind_of};

pub use legacy::Legacy;

/// The newest version of the API that this connector was written for.
const NEWEST: u32 = 65;
/// The oldest that has all it uses.
const OLDEST: u32 = 46;
/// The name that the documentation proposes for the external id.
pub const EXTERNAL_ID: &str = "Softphone_Call_Id__c";

/// How an organisation is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
    /// The unique external-id field of tasks, if the organisation has one; see [`Salesforce::external_id`].
    pub external_id: Option<String>,
}

/// A connection to an organisation.
pub struct Salesforce {
    api: Api,
    options: Options,
    version: OnceCell<u32>,
    records: OnceLock<Url>,
    allowance: Allowance,
    /// Who is signed in by a password.
    legacy: Option<Legacy>,
    /// The organisation has people who are accounts; it is taken for one until it says otherwise.
    person_accounts: AtomicBool,
}

/// How Salesforce signs in at `host`: `https://login.salesforce.com/`, `https://test.salesforce.com/` for sandboxes, or an
/// organisation's own domain; none if nothing can be joined to it. `ports` are those registered with the organisation's app.
pub fn provider(host: &Url, client_id: &str, ports: &[u16]) -> Option<Provider> {
    Some(Provider {
        authorize: host.join("services/oauth2/authorize").ok()?,
        token: host.join("services/oauth2/token").ok()?,
        revoke: Some(Revocation::Posted(host.join("services/oauth2/revoke").ok()?)),
        client_id: client_id.to_owned(),
        client_secret: None,
        scopes: ["api", "refresh_token", "openid"].map(str::to_owned).to_vec(),
        extra: Vec::new(),
        redirect_path: "/callback".to_owned(),
        redirect_ports: ports.to_vec(),
        // On loopback only for a vendor that is there itself.
        record_domains: ["salesforce.com", "force.com", "localhost", "127.0.0.1"].map(str::to_owned).to_vec(),
        token_hosts: Vec::new(),
    })
}

impl Salesforce {
    /// A connection as this session.
    pub fn new(session: Session, options: Options) -> Self {
        let (version, records, allowance) = (OnceCell::new(), OnceLock::new(), Allowance::default());
        let (legacy, person_accounts) = (None, AtomicBool::new(true));
        Self { api: Api::new(session, "Bearer"), options, version, records, allowance, legacy, person_accounts }
    }

    /// A connection as a user whose password is known.
    pub fn with_password(legacy: Legacy, options: Options) -> Self {
        Self { legacy: Some(legacy.clone()), ..Self::new(legacy.session().clone(), options) }
    }

    /// The unique external-id field for calls that the organisation's tasks have, if any; to be put into [`Options`].
    ///
    /// # Errors
    /// Whatever keeps the description from coming.
    pub async fn external_id(&self) -> Result<Option<String>, Fault> {
        let described: form::Described = self.get("sobjects/Task/describe", &[]).await?;
        // A package of the vendor's shop puts a prefix before it.
        let ours = |field: &form::Field| field.external_id && field.unique && field.name.ends_with(EXTERNAL_ID);
        Ok(described.fields.into_iter().find(ours).map(|field| field.name))
    }

    /// `get` of a resource below the version.
    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Fault> {
        let answer = self.ask(Effect::Reads, path, |http, mut url| {
            if !query.is_empty() {
                url.query_pairs_mut().extend_pairs(query);
            }
            http.get(url)
        });
        let answer = answer.await?;
        serde_json::from_slice(&answer.body).map_err(|_| Fault::NotUnderstood)
    }

    /// A request to a resource below the version; anything but success is a fault.
    async fn ask(
        &self,
        effect: Effect,
        path: &str,
        build: impl Fn(&Client, Url) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, Fault> {
        if effect == Effect::Writes {
            self.allowance.keep_reserve()?;
        }
        let version = *self.version.get_or_try_init(|| self.newest()).await?;
        let path = format!("services/data/v{version}.0/{path}");
        let (answer, records) = self.api.send(effect, |http, base| build(http, joined(base, &path))).await?;
        let _ = self.records.set(records);
        self.note_allowance(&answer);
        if answer.status.is_success() { Ok(answer) } else { Err(fault::of(&answer, effect)) }
    }

    /// The newest version that both sides know.
    async fn newest(&self) -> Result<u32, Fault> {
        let (answer, _) = self.api.send(Effect::Reads, |http, base| http.get(joined(base, "services/data/"))).await?;
        if !answer.status.is_success() {
            return Err(fault::of(&answer, Effect::Reads));
        }
        let versions: Vec<wire::Version> = serde_json::from_slice(&answer.body).map_err(|_| Fault::NotUnderstood)?;
        let major = |version: &wire::Version| version.version.split('.').next()?.parse().ok();
        let known = versions.iter().filter_map(major).filter(|major| (OLDEST..=NEWEST).contains(major));
        known.max().ok_or(Fault::NotOffered)
    }

    /// `Sforce-Limit-Info: api-usage=18/15000`.
    fn note_allowance(&self, answer: &Answer) {
        let told = answer.headers.get("sforce-limit-info").and_then(|value| value.to_str().ok());
        let usage =
            told.and_then(|told| told.split([',', ';']).find_map(|part| part.trim().strip_prefix("api-usage=")));
        let Some((used, most)) = usage.and_then(|usage| usage.split_once('/')) else { return };
        if let (Ok(used), Ok(most)) = (used.parse(), most.parse()) {
            self.allowance.note(used, most);
        }
    }

    async fn rows(&self, query: &str) -> Result<Vec<Value>, Fault> {
        Ok(self.get::<wire::Rows>("query", &[("q", query)]).await?.records)
    }

    /// Whom a search finds; `search` writes it, with what only people who are accounts have or without.
    async fn found(&self, search: impl Fn(bool) -> Option<String> + Send + Sync) -> Result<Vec<RemotePerson>, Fault> {
        let persons = self.person_accounts.load(Ordering::Relaxed);
        let Some(wish) = search(persons) else { return Ok(Vec::new()) };
        let found: wire::Found = match (self.get("search", &[("q", &wish)]).await, persons) {
            (Err(Fault::Invalid { code, .. }), true) if code == "INVALID_FIELD" => {
                self.person_accounts.store(false, Ordering::Relaxed);
                let Some(wish) = search(false) else { return Ok(Vec::new()) };
                self.get("search", &[("q", &wish)]).await?
            }
            (told, _) => told?,
        };
        let mut people: Vec<RemotePerson> = Vec::new();
        for one in found.search_records.iter().filter_map(wire::person) {
            // Somebody who is an account is found as the contact behind it, too.
            match people.iter_mut().find(|known| known.record == one.record) {
                Some(known) => wire::merge(known, one),
                None => people.push(one),
            }
        }
        Ok(people)
    }

    async fn identity(&self) -> Result<Identity, Fault> {
        if let Some(legacy) = &self.legacy {
            // That it may use the API is a right of its own.
            let _: Value = self.get("limits", &[]).await?;
            return legacy.identity().ok_or(Fault::SignIn);
        }
        let (answer, records) =
            self.api.send(Effect::Reads, |http, base| http.get(joined(base, "services/oauth2/userinfo"))).await?;
        if !answer.status.is_success() {
            return Err(fault::of(&answer, Effect::Reads));
        }
        let info: wire::UserInfo = serde_json::from_slice(&answer.body).map_err(|_| Fault::NotUnderstood)?;
        let organisation = records.host_str().map(str::to_owned);
        let _ = self.records.set(records);
        // That it may use the API is a right of its own.
        let _: Value = self.get("limits", &[]).await?;
        Ok(Identity { user: info.preferred_username, organisation })
    }

    async fn post(&self, kind: &str, body: &Value) -> Result<String, Fault> {
        let path = format!("sobjects/{kind}");
        let answer = self.ask(Effect::Writes, &path, |http, url| http.post(url).json(body)).await?;
        wire::made(&answer.body)
    }

    async fn make(&self, person: &NewPerson) -> Result<RemoteRef, Fault> {
        let kind = kind_of(person);
        let id = self.post(wire::object(kind), &wire::new_person(person)).await?;
        Ok(RemoteRef { kind, id })
    }

    /// Logs by external id. A task that is there takes no other subtype: sent without it, it is brought up to date.
    async fn put(&self, field: &str, entry: &LogEntry) -> Result<String, Fault> {
        let path = format!("sobjects/Task/{field}/{}", entry.id.0);
        let mut body = task::body(entry);
        let put = async |body: &Value| self.ask(Effect::Writes, &path, |http, url| http.patch(url).json(body)).await;
        let answer = match put(&body).await {
            Err(Fault::Invalid { code, .. }) if code == "INVALID_FIELD_FOR_INSERT_UPDATE" => {
                task::without_subtype(&mut body);
                put(&body).await
            }
            // The field is not there, which says nothing about the person.
            Err(Fault::NotFound) if entry.who.is_none() => {
                let (code, message) = ("EXTERNAL_ID_FIELD".to_owned(), String::new());
                return Err(Fault::Invalid { code, fields: vec![field.to_owned()], message });
            }
            other => other,
        }?;
        if answer.body.is_empty() {
            // Older versions answer an update with nothing.
            return self.marked(entry.id).await?.ok_or(Fault::NotUnderstood);
        }
        wire::made(&answer.body)
    }

    async fn marked(&self, marker: OutboxId) -> Result<Option<String>, Fault> {
        let field = self.options.external_id.as_deref().unwrap_or("CallObject");
        let rows = self.rows(&query::marked(field, marker)).await?;
        Ok(rows.first().and_then(wire::id))
    }
}

impl Directory for Salesforce {
    fn check(&self) -> Reply<'_, Identity> {
        Box::pin(self.identity())
    }

    fn find_by_number<'a>(&'a self, number: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(async move {
            let mut found = self.found(|persons| query::by_number(number, persons)).await?;
            keep_verified(&mut found, number, &self.options.country);
            Ok(found)
        })
    }

    fn find_by_text<'a>(&'a self, text: &'a str, limit: u32) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(self.found(move |persons| query::by_text(text, limit, persons)))
    }

    fn address(&self, record: &RemoteRef) -> Option<String> {
        let id = wire::checked_id(&record.id).ok()?;
        let url = self.records.get()?.join(&format!("lightning/r/{}/{id}/view", wire::object(record.kind))).ok()?;
        Some(url.into())
    }
}

impl Connector for Salesforce {
    fn abilities(&self) -> Abilities {
        Abilities {
            logs_once: self.options.external_id.is_some(),
            people: true,
            leads: true,
            tickets: true,
            results: false,
            edits: true,
        }
    }

    fn describe<'a>(&'a self, kind: RemoteKind, record_type: Option<&'a str>) -> Reply<'a, RecordForm> {
        Box::pin(self.form(kind, record_type))
    }

    fn filled_by_entries(&self) -> &'static [&'static str] {
        task::FILLED
    }

    fn create<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, RemoteRef> {
        Box::pin(self.make(person))
    }

    fn find_created<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, Option<RemoteRef>> {
        Box::pin(async move {
            let kind = kind_of(person);
            let rows = self.rows(&query::created(person)).await?;
            Ok(rows.first().and_then(wire::id).map(|id| RemoteRef { kind, id }))
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
            let id = match &self.options.external_id {
                Some(field) => self.put(field, entry).await?,
                None => self.post("Task", &task::body(entry)).await?,
            };
            Ok(RemoteRef { kind: RemoteKind::Activity, id })
        })
    }

    fn look_up<'a>(&'a self, marker: OutboxId, _: Option<&'a RemoteRef>) -> Reply<'a, Option<RemoteRef>> {
        Box::pin(async move { Ok(self.marked(marker).await?.map(|id| RemoteRef { kind: RemoteKind::Activity, id })) })
    }

    fn tickets<'a>(&'a self, who: &'a RemoteRef) -> Reply<'a, Vec<RemoteTicket>> {
        Box::pin(async move {
            let Some(query) = query::tickets(who) else { return Ok(Vec::new()) };
            Ok(self.rows(&query).await?.iter().filter_map(wire::ticket).collect())
        })
    }

    fn attach<'a>(&'a self, entry: &'a RemoteRef, ticket: &'a RemoteRef) -> Reply<'a, ()> {
        Box::pin(async move {
            let path = format!("sobjects/Task/{}", wire::checked_id(&entry.id)?);
            let body = serde_json::json!({ "WhatId": ticket.id });
            self.ask(Effect::Writes, &path, |http, url| http.patch(url).json(&body)).await.map(drop)
        })
    }
}
