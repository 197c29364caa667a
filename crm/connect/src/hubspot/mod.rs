//! HubSpot, API version 3 and associations version 4 (developers.hubspot.com/docs/reference/api).
//!
//! ```text
//! number ─► search over the calculated numbers of contacts, else over phones of companies ─► verified here by E.164
//! call ───► made with a unique property and tied to whom it was with, in one request ── it is there already, or the ties are
//!           refused ─► upsert on the property, then each tie by itself (both can be sent again)
//! ```
//! The unique property is made once by the connection itself: without it a call could only be looked for in the search index,
//! which lags. Facts about the API that were not tried on a live account stand in this folder alone.

mod edit;
mod fault;
mod form;
mod pull;
mod wire;

use std::sync::OnceLock;

use crm::connector::{
    Abilities, CallResult, Connector, Directory, Fault, Identity, LogEntry, NewPerson, PersonFields, PersonState,
    RecordForm, RemoteKind, RemotePerson, RemoteRef, RemoteTicket, Reply,
};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use url::Url;

use crate::allowance::Allowance;
use crate::api::{Api, Effect};
use crate::http::is_loopback;
use crate::oauth::{Provider, Revocation, Session};
use crate::results::{Outcome, Outcomes};
use crate::secret::Secret;
use crate::shape::{joined, keep_verified, kind_of};

/// The unique property of calls that has the marker.
pub const UNIQUE_PROPERTY: &str = "softphone_call_id";
/// Where the records are.
pub const RECORDS: &str = "https://api.hubapi.com/";
/// Where people sign in.
pub const APP: &str = "https://app.hubspot.com/";
/// What the connector asks for.
const SCOPES: &[&str] = &[
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "tickets",
];

/// Who we are there.
pub enum Access {
    /// The token of a private app.
    Token(Secret),
    /// Signed in in the browser.
    Session(Session),
}

/// A connection to an account.
pub struct HubSpot {
    api: Api,
    country: String,
    allowance: Allowance,
    /// The account's number, and where people look at its records.
    account: OnceLock<(String, Url)>,
    outcomes: Outcomes,
}

/// How HubSpot signs in: the client's secret is the vendor's wish. `app` and `records` are HubSpot's own addresses, or of this
/// machine. None if nothing can be joined to them.
pub fn provider(app: &Url, records: &Url, client_id: &str, client_secret: Secret, ports: &[u16]) -> Option<Provider> {
    Some(Provider {
        authorize: app.join("oauth/authorize").ok()?,
        token: records.join("oauth/v1/token").ok()?,
        revoke: Some(Revocation::Deleted(records.join("oauth/v1/refresh-tokens/").ok()?)),
        client_id: client_id.to_owned(),
        client_secret: Some(client_secret),
        scopes: SCOPES.iter().map(|&scope| scope.to_owned()).collect(),
        extra: Vec::new(),
        redirect_path: "/callback".to_owned(),
        redirect_ports: ports.to_vec(),
        record_domains: Vec::new(),
        token_hosts: Vec::new(),
    })
}

impl HubSpot {
    /// A connection; `records` is [`RECORDS`], `country` the ISO 3166 region of numbers without country code. None for a token
    /// that is none, for an address that is neither HubSpot's nor of this machine, and where the system gives no client.
    pub fn new(records: Url, access: Access, country: &str) -> Option<Self> {
        if !(records.as_str() == RECORDS || (records.scheme() == "http" && is_loopback(&records))) {
            return None;
        }
        let api = match access {
            Access::Session(session) => Api::new(session, "Bearer").at(records),
            Access::Token(token) => {
                let value = HeaderValue::try_from(format!("Bearer {}", token.reveal().trim())).ok()?;
                Api::with_key(records, AUTHORIZATION, value)
            }
        }?;
        let (allowance, account, outcomes) = (Allowance::default(), OnceLock::new(), Outcomes::default());
        Some(Self { api, country: country.to_owned(), allowance, account, outcomes })
    }

    /// Makes the unique property of calls, if the account has it not. To be done once for an account.
    ///
    /// # Errors
    /// [`Fault::Forbidden`] if this user may not, and whatever else keeps it from being made.
    pub async fn prepare(&self) -> Result<(), Fault> {
        let path = format!("crm/v3/properties/calls/{UNIQUE_PROPERTY}");
        match self.get(&path, &[]).await {
            Err(Fault::NotFound) => {}
            told => {
                let unique = told?["hasUniqueValue"] == true;
                let (code, message) = ("UNIQUE_PROPERTY".to_owned(), String::new());
                let fields = vec![UNIQUE_PROPERTY.to_owned()];
                return if unique { Ok(()) } else { Err(Fault::Invalid { code, fields, message }) };
            }
        }
        let body = json!({
            "name": UNIQUE_PROPERTY, "label": "Softphone call", "groupName": "call", "type": "string", "fieldType": "text",
            "hasUniqueValue": true, "formField": false,
        });
        match self
            .send(Effect::Writes, RemoteKind::Activity, Method::POST, "crm/v3/properties/calls", Some(&body))
            .await
        {
            // Another desk was faster.
            Ok(_) | Err(Fault::Duplicate { .. }) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Fault> {
        let build = |http: &Client, mut url: Url| {
            if !query.is_empty() {
                url.query_pairs_mut().extend_pairs(query);
            }
            http.get(url)
        };
        self.ask(Effect::Reads, RemoteKind::Contact, path, build).await
    }

    async fn send(
        &self,
        effect: Effect,
        kind: RemoteKind,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Fault> {
        let build = |http: &Client, url: Url| {
            let request = http.request(method.clone(), url);
            if let Some(body) = body { request.json(body) } else { request }
        };
        self.ask(effect, kind, path, build).await
    }

    /// A request; anything but success is a fault.
    async fn ask(
        &self,
        effect: Effect,
        kind: RemoteKind,
        path: &str,
        build: impl Fn(&Client, Url) -> RequestBuilder + Send + Sync,
    ) -> Result<Value, Fault> {
        if effect == Effect::Writes {
            self.allowance.keep_reserve()?;
        }
        let (answer, _) = self.api.send(effect, |http, base| build(http, joined(base, path))).await?;
        let number = |name: &str| answer.headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let daily = (number("x-hubspot-ratelimit-daily-remaining"), number("x-hubspot-ratelimit-daily"));
        if let (Some(left), Some(most)) = daily {
            self.allowance.note(most.saturating_sub(left), most);
        }
        if !answer.status.is_success() {
            return Err(fault::of(&answer, effect, kind));
        }
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        let body: Value = serde_json::from_slice(&answer.body).map_err(|_| Fault::NotUnderstood)?;
        if body.is_object() || body.is_array() { Ok(body) } else { Err(Fault::NotUnderstood) }
    }

    async fn search(&self, kind: RemoteKind, body: &Value) -> Result<Vec<RemotePerson>, Fault> {
        let path = format!("crm/v3/objects/{}/search", wire::objects(kind));
        let found = self.send(Effect::Reads, kind, Method::POST, &path, Some(body)).await?;
        let rows = found["results"].as_array().ok_or(Fault::NotUnderstood)?;
        Ok(rows.iter().filter_map(|row| wire::person(kind, row)).collect())
    }

    async fn outcomes(&self) -> Result<Vec<Outcome>, Fault> {
        let told = self.get("calling/v1/dispositions", &[]).await?;
        let rows = told.as_array().ok_or(Fault::NotUnderstood)?;
        Ok(rows.iter().filter(|row| row["deleted"] != true).filter_map(wire::outcome).collect())
    }

    /// Ties a call to another record; again, too.
    async fn tie(&self, call: &str, to: &RemoteRef) -> Result<(), Fault> {
        let (call, id) = (wire::checked_id(call)?, wire::checked_id(&to.id)?);
        let path = format!("crm/v4/objects/calls/{call}/associations/default/{}/{id}", wire::objects(to.kind));
        self.send(Effect::Writes, RemoteKind::Activity, Method::PUT, &path, None).await.map(drop)
    }

    /// Logs in one request. What the property has twice is refused: then it is the call of an earlier try, brought up to date.
    async fn put(&self, entry: &LogEntry) -> Result<RemoteRef, Fault> {
        let disposition = match &entry.disposition {
            Some(name) => self.outcomes.value(name, self.outcomes()).await?,
            None => None,
        };
        let others: Vec<&RemoteRef> = entry.who.iter().chain(&entry.ticket).collect();
        // Checked before anything is sent.
        others.iter().try_for_each(|other| wire::checked_id(&other.id).map(drop))?;
        let mut properties = wire::call(entry, disposition.as_deref());
        let marker = entry.id.0.to_string();
        properties[UNIQUE_PROPERTY] = marker.as_str().into();
        let ties: Vec<Value> = others.iter().map(|other| wire::tie(other)).collect();
        let body = json!({ "properties": properties, "associations": ties });
        match self.send(Effect::Writes, RemoteKind::Activity, Method::POST, "crm/v3/objects/calls", Some(&body)).await {
            Err(Fault::Duplicate { .. } | Fault::Invalid { .. }) => {}
            told => {
                let id = wire::id_of(&told?["id"]).ok_or(Fault::NotUnderstood)?;
                return Ok(RemoteRef { kind: RemoteKind::Activity, id });
            }
        }
        let input = json!({ "id": marker, "idProperty": UNIQUE_PROPERTY, "properties": properties });
        let (path, body) = ("crm/v3/objects/calls/batch/upsert", json!({ "inputs": [input] }));
        let told = self.send(Effect::Writes, RemoteKind::Activity, Method::POST, path, Some(&body)).await?;
        let id = wire::id_of(&told["results"][0]["id"]).ok_or(Fault::NotUnderstood)?;
        for other in others {
            self.tie(&id, other).await?;
        }
        Ok(RemoteRef { kind: RemoteKind::Activity, id })
    }

    async fn identity(&self) -> Result<Identity, Fault> {
        let told = self.get("account-info/v3/details", &[]).await?;
        let account = wire::id_of(&told["portalId"]).ok_or(Fault::NotUnderstood)?;
        let domain = told["uiDomain"].as_str().filter(|domain| domain.ends_with(".hubspot.com"));
        if let Some(web) = domain.and_then(|domain| Url::parse(&format!("https://{domain}/")).ok()) {
            // Nothing but a host of the vendor's.
            if web.host_str() == domain {
                let _ = self.account.set((account.clone(), web));
            }
        }
        Ok(Identity { user: account, organisation: told["accountType"].as_str().map(str::to_owned) })
    }

    /// By e-mail the record itself is read; without one there is only the search, which lags by seconds.
    async fn made(&self, person: &NewPerson) -> Result<Option<RemoteRef>, Fault> {
        let kind = kind_of(person);
        let Some(email) = person.email.as_deref().filter(|email| !email.is_empty()) else {
            let found = self.search(RemoteKind::Contact, &wire::created(person)).await?;
            return Ok(found.into_iter().next().map(|one| one.record));
        };
        let body = json!({ "idProperty": "email", "inputs": [{ "id": email }], "properties": ["lifecyclestage"] });
        let path = "crm/v3/objects/contacts/batch/read";
        let told = self.send(Effect::Reads, kind, Method::POST, path, Some(&body)).await?;
        let rows = told["results"].as_array().ok_or(Fault::NotUnderstood)?;
        Ok(rows.first().and_then(|row| wire::person(RemoteKind::Contact, row)).map(|one| one.record))
    }
}

impl Directory for HubSpot {
    fn check(&self) -> Reply<'_, Identity> {
        Box::pin(self.identity())
    }

    fn find_by_number<'a>(&'a self, number: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(async move {
            let asked = [RemoteKind::Contact, RemoteKind::Company].map(|kind| wire::by_number(kind, number));
            let [Some(people), Some(companies)] = &asked else { return Ok(Vec::new()) };
            let mut found = self.search(RemoteKind::Contact, people).await?;
            keep_verified(&mut found, number, &self.country);
            if found.is_empty() {
                // An account has few searches a second: companies are looked for where no person is.
                found = self.search(RemoteKind::Company, companies).await?;
                keep_verified(&mut found, number, &self.country);
            }
            Ok(found)
        })
    }

    fn find_by_text<'a>(&'a self, text: &'a str, limit: u32) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(async move {
            let text: String = text.trim().chars().filter(|c| !c.is_control()).take(120).collect();
            if text.chars().filter(|c| c.is_alphanumeric()).count() < 2 {
                return Ok(Vec::new());
            }
            let [people, companies] =
                [RemoteKind::Contact, RemoteKind::Company].map(|kind| wire::by_text(kind, &text, limit));
            let people = self.search(RemoteKind::Contact, &people);
            let (mut found, companies) = tokio::try_join!(people, self.search(RemoteKind::Company, &companies))?;
            found.extend(companies);
            found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(found)
        })
    }

    fn address(&self, record: &RemoteRef) -> Option<String> {
        let (id, (account, web)) = (wire::checked_id(&record.id).ok()?, self.account.get()?);
        let path = format!("contacts/{account}/record/{}/{id}", wire::object_type(record.kind));
        Some(web.join(&path).ok()?.into())
    }
}

impl Connector for HubSpot {
    fn abilities(&self) -> Abilities {
        Abilities { logs_once: true, people: true, leads: true, tickets: true, results: true, edits: true }
    }

    fn describe<'a>(&'a self, kind: RemoteKind, _record_type: Option<&'a str>) -> Reply<'a, RecordForm> {
        Box::pin(self.form(kind))
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
        Box::pin(self.change(who, changes, version))
    }

    fn filled_by_entries(&self) -> &'static [&'static str] {
        wire::FILLED
    }

    fn create<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, RemoteRef> {
        Box::pin(async move {
            let kind = kind_of(person);
            let body = json!({ "properties": wire::new_person(person) });
            let told = self.send(Effect::Writes, kind, Method::POST, "crm/v3/objects/contacts", Some(&body)).await?;
            let id = wire::id_of(&told["id"]).ok_or(Fault::NotUnderstood)?;
            Ok(RemoteRef { kind, id })
        })
    }

    fn find_created<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, Option<RemoteRef>> {
        Box::pin(self.made(person))
    }

    fn log<'a>(&'a self, entry: &'a LogEntry) -> Reply<'a, RemoteRef> {
        Box::pin(self.put(entry))
    }

    fn look_up<'a>(&'a self, marker: OutboxId, _: Option<&'a RemoteRef>) -> Reply<'a, Option<RemoteRef>> {
        Box::pin(async move {
            let path = format!("crm/v3/objects/calls/{}", marker.0);
            match self.get(&path, &[("idProperty", UNIQUE_PROPERTY)]).await {
                Ok(told) => Ok(wire::id_of(&told["id"]).map(|id| RemoteRef { kind: RemoteKind::Activity, id })),
                Err(Fault::NotFound) => Ok(None),
                Err(fault) => Err(fault),
            }
        })
    }

    fn tickets<'a>(&'a self, who: &'a RemoteRef) -> Reply<'a, Vec<RemoteTicket>> {
        Box::pin(async move {
            let id = wire::checked_id(&who.id)?;
            let path = format!("crm/v4/objects/{}/{id}/associations/tickets", wire::objects(who.kind));
            let told = self.get(&path, &[("limit", "100")]).await?;
            let ids =
                told["results"].as_array().into_iter().flatten().filter_map(|one| wire::id_of(&one["toObjectId"]));
            let inputs: Vec<Value> = ids.map(|id| json!({ "id": id })).collect();
            if inputs.is_empty() {
                return Ok(Vec::new());
            }
            let body = json!({ "inputs": inputs, "properties": wire::TICKET });
            let path = "crm/v3/objects/tickets/batch/read";
            let told = self.send(Effect::Reads, RemoteKind::Ticket, Method::POST, path, Some(&body)).await?;
            let mut tickets: Vec<RemoteTicket> =
                told["results"].as_array().into_iter().flatten().filter_map(wire::ticket).collect();
            // Ids grow: the newest first.
            tickets.sort_by_key(|ticket| std::cmp::Reverse(ticket.record.id.parse::<u64>().unwrap_or(0)));
            Ok(tickets)
        })
    }

    fn call_results(&self) -> Reply<'_, Vec<CallResult>> {
        Box::pin(async { Ok(self.outcomes.keep(self.outcomes().await?)) })
    }

    fn attach<'a>(&'a self, entry: &'a RemoteRef, ticket: &'a RemoteRef) -> Reply<'a, ()> {
        Box::pin(self.tie(&entry.id, ticket))
    }
}
