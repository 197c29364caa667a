//! Zoho CRM, API version 8 (zoho.com/crm/developer/docs/api/v8).
//!
//! ```text
//! number ─► COQL over phone fields by their end, of contacts, leads and accounts in one composite request ─► verified here by E.164
//! call ───► Calls by upsert on a unique field (idempotent) where the organisation has it; else `Call_Agenda` has the marker,
//!           looked up by COQL, which reads records and no index
//! ```
//! Facts about the API that were not tried on a live account stand in this folder alone.

mod composite;
mod edit;
mod fault;
mod form;
mod place;
mod pull;
mod query;
mod wire;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crm::connector::{
    Abilities, CallResult, Connector, Directory, Fault, Identity, LogEntry, NewPerson, PersonFields, PersonState,
    RecordForm, RemoteKind, RemotePerson, RemoteRef, RemoteTicket, Reply,
};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;
use reqwest::header::IF_MODIFIED_SINCE;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::api::{Api, Effect};
use crate::oauth::Session;
use crate::results::{Outcome, Outcomes};
use crate::shape::{joined, keep_verified, kind_of};

pub use place::{CENTRES, Centre, provider};

/// The name that the documentation proposes for the unique field of calls.
pub const UNIQUE_FIELD: &str = "Softphone_Call_Id";
/// Where the marker stands without it.
const MARKER_FIELD: &str = "Call_Agenda";
/// Kinds of people.
const PEOPLE: [RemoteKind; 3] = [RemoteKind::Contact, RemoteKind::Lead, RemoteKind::Company];

/// How an organisation is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
    /// The unique field of calls, if the organisation has one; see [`Zoho::unique_field`].
    pub unique_field: Option<String>,
}

/// A connection to an organisation.
pub struct Zoho {
    api: Api,
    options: Options,
    records: OnceLock<Url>,
    outcomes: Outcomes,
    /// Several questions may go in one request; it is taken for so until the organisation says otherwise.
    composes: AtomicBool,
    /// The id of the user's profile, once it was told.
    profile: OnceLock<String>,
}

impl Zoho {
    /// A connection as this session.
    pub fn new(session: Session, options: Options) -> Self {
        Self {
            // What a sign-in does not cover is told with 401, too: no new token mends that, and the sign-in itself is good.
            api: Api::new(session, "Zoho-oauthtoken").asks_again_unless(|answer| fault::code(answer) == fault::SCOPE),
            options,
            records: OnceLock::new(),
            outcomes: Outcomes::default(),
            composes: AtomicBool::new(true),
            profile: OnceLock::new(),
        }
    }

    /// The unique field for calls that the organisation has, if any; to be put into [`Options`].
    ///
    /// # Errors
    /// Whatever keeps the description from coming.
    pub async fn unique_field(&self) -> Result<Option<String>, Fault> {
        let body = self.get("settings/fields", &[("module", "Calls")]).await?;
        let ours = |field: &&Value| {
            let unique = field["unique"].as_object().is_some_and(|how| !how.is_empty());
            unique && field["api_name"].as_str().is_some_and(|name| name.starts_with(UNIQUE_FIELD))
        };
        let found = body["fields"].as_array().into_iter().flatten().find(ours);
        Ok(found.and_then(|field| field["api_name"].as_str()).map(str::to_owned))
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

    /// The same of what changed since a moment: «nothing» is null.
    async fn get_since(&self, path: &str, query: &[(&str, &str)], since: &str) -> Result<Value, Fault> {
        let build = |http: &Client, mut url: Url| {
            url.query_pairs_mut().extend_pairs(query);
            http.get(url).header(IF_MODIFIED_SINCE, since)
        };
        self.ask(Effect::Reads, RemoteKind::Contact, path, build).await
    }

    /// A request to a resource of the API; anything but success is a fault. «Nothing there» is an answer without body: null.
    async fn ask(
        &self,
        effect: Effect,
        kind: RemoteKind,
        path: &str,
        build: impl Fn(&Client, Url) -> RequestBuilder + Send + Sync,
    ) -> Result<Value, Fault> {
        let path = format!("crm/v8/{path}");
        let (answer, records) = self.api.send(effect, |http, base| build(http, joined(base, &path))).await?;
        let _ = self.records.set(records);
        if !answer.status.is_success() && answer.status != StatusCode::NOT_MODIFIED {
            return Err(fault::of(&answer, effect, kind));
        }
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        let body: Value = serde_json::from_slice(&answer.body).map_err(|_| Fault::NotUnderstood)?;
        if !body.is_object() {
            return Err(Fault::NotUnderstood);
        }
        // A success may have a refusal inside.
        if body["data"].get(0).is_some_and(|one| one["status"] == "error") {
            return Err(fault::of(&answer, effect, kind));
        }
        Ok(body)
    }

    async fn rows(&self, query: &str) -> Result<Vec<Value>, Fault> {
        let body = json!({ "select_query": query });
        let build = |http: &Client, url: Url| http.post(url).json(&body);
        let body = self.ask(Effect::Reads, RemoteKind::Contact, "coql", build).await?;
        match &body["data"] {
            Value::Array(rows) => Ok(rows.clone()),
            _ if body.is_null() => Ok(Vec::new()),
            _ => Err(Fault::NotUnderstood),
        }
    }

    /// Writes one record; its id.
    async fn write(&self, kind: RemoteKind, path: &str, body: &Value) -> Result<RemoteRef, Fault> {
        let told = self.ask(Effect::Writes, kind, path, |http, url| http.post(url).json(body)).await?;
        let id = wire::id_of(&told["data"][0]["details"]).ok_or(Fault::NotUnderstood)?;
        Ok(RemoteRef { kind, id })
    }

    /// Everybody with this number, asked for in one request where that may be.
    async fn having(&self, number: &PhoneNumber) -> Result<Vec<RemotePerson>, Fault> {
        let queries = PEOPLE.map(|kind| query::by_number(kind, number));
        let [Some(contacts), Some(leads), Some(companies)] = queries else { return Ok(Vec::new()) };
        let queries = [contacts, leads, companies];
        let first = self.first_rows(&queries).await?;
        // In a large organisation many numbers end alike, and the one that is meant may be behind the first rows.
        let whole = |n: usize| {
            let (known, query) =
                (first.as_ref().map(|rows| rows[n].clone()), query::at_most(&queries[n], query::ALIKE_MAX));
            async move {
                match known {
                    Some(rows) if rows.len() < composite::ROWS_MAX => Ok(rows),
                    _ => self.rows(&query).await,
                }
            }
        };
        let (contacts, leads, companies) = tokio::try_join!(whole(0), whole(1), whole(2))?;
        Ok(people(&[contacts, leads, companies]))
    }

    /// The first rows of each query, in one request; none where that may not be.
    async fn first_rows(&self, queries: &[String]) -> Result<Option<Vec<Vec<Value>>>, Fault> {
        if !self.composes.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let queries: Vec<String> = queries.iter().map(|query| query::at_most(query, composite::ROWS_MAX)).collect();
        match self.composed(&queries).await {
            // A refusal in so many words is of the way, not of the question.
            Err(Fault::NotOffered | Fault::Forbidden { .. } | Fault::Invalid { .. }) => {
                self.composes.store(false, Ordering::Relaxed);
                Ok(None)
            }
            told => told.map(Some),
        }
    }

    /// The rows of each query, in one request.
    async fn composed(&self, queries: &[String]) -> Result<Vec<Vec<Value>>, Fault> {
        let body = composite::request(queries);
        let build = |http: &Client, url: Url| http.post(url).json(&body);
        let told = self.ask(Effect::Reads, RemoteKind::Contact, "__composite_requests", build).await?;
        composite::rows(&told, queries.len())
    }

    async fn named(&self, kind: RemoteKind, text: &str, limit: u32) -> Result<Vec<RemotePerson>, Fault> {
        let path = format!("{}/search", wire::module(kind));
        let limit = limit.clamp(1, 200).to_string();
        let body = self.get(&path, &[("word", text), ("per_page", &limit)]).await?;
        Ok(body["data"].as_array().into_iter().flatten().filter_map(|row| wire::person(kind, row)).collect())
    }

    async fn outcomes(&self) -> Result<Vec<Outcome>, Fault> {
        Ok(wire::outcomes(&self.get("settings/fields", &[("module", "Calls")]).await?))
    }

    fn marker_field(&self) -> &str {
        self.options.unique_field.as_deref().unwrap_or(MARKER_FIELD)
    }

    /// Whose sign-in it is.
    async fn user(&self) -> Result<Value, Fault> {
        let user = self.get("users", &[("type", "CurrentUser")]).await?["users"][0].take();
        if let Some(profile) = wire::id_of(&user["profile"]) {
            let _ = self.profile.set(profile);
        }
        Ok(user)
    }

    async fn identity(&self) -> Result<Identity, Fault> {
        let (user, org) = tokio::try_join!(self.user(), self.get("org", &[]))?;
        let name = user["email"].as_str().or(user["full_name"].as_str()).ok_or(Fault::NotUnderstood)?;
        Ok(Identity { user: name.to_owned(), organisation: org["org"][0]["company_name"].as_str().map(str::to_owned) })
    }
}

/// Rows of each of [`PEOPLE`], as people.
fn people(rows: &[Vec<Value>]) -> Vec<RemotePerson> {
    let of = |(kind, rows): (RemoteKind, &Vec<Value>)| -> Vec<RemotePerson> {
        rows.iter().filter_map(|row| wire::person(kind, row)).collect()
    };
    PEOPLE.into_iter().zip(rows).flat_map(of).collect()
}

impl Directory for Zoho {
    fn check(&self) -> Reply<'_, Identity> {
        Box::pin(self.identity())
    }

    fn find_by_number<'a>(&'a self, number: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(async move {
            let mut found = self.having(number).await?;
            keep_verified(&mut found, number, &self.options.country);
            Ok(found)
        })
    }

    fn find_by_text<'a>(&'a self, text: &'a str, limit: u32) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(async move {
            let text: String = text.trim().chars().filter(|c| !c.is_control()).take(120).collect();
            if text.chars().filter(|c| c.is_alphanumeric()).count() < 2 {
                return Ok(Vec::new());
            }
            let [contacts, leads, companies] = PEOPLE.map(|kind| self.named(kind, &text, limit));
            let (mut found, leads, companies) = tokio::try_join!(contacts, leads, companies)?;
            found.extend(leads);
            found.extend(companies);
            found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(found)
        })
    }

    fn address(&self, record: &RemoteRef) -> Option<String> {
        let (tab, id) = wire::place(record).ok()?;
        Some(place::web(self.records.get()?)?.join(&format!("crm/tab/{tab}/{id}")).ok()?.into())
    }
}

impl Connector for Zoho {
    fn abilities(&self) -> Abilities {
        Abilities {
            logs_once: self.options.unique_field.is_some(),
            people: true,
            leads: true,
            tickets: true,
            results: true,
            edits: true,
        }
    }

    fn describe<'a>(&'a self, kind: RemoteKind, record_type: Option<&'a str>) -> Reply<'a, RecordForm> {
        Box::pin(self.form(kind, record_type))
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
            self.write(kind, wire::module(kind), &json!({ "data": [wire::new_person(person)?] })).await
        })
    }

    fn find_created<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, Option<RemoteRef>> {
        Box::pin(async move {
            let rows = self.rows(&query::created(person)).await?;
            Ok(rows.first().and_then(wire::id_of).map(|id| RemoteRef { kind: kind_of(person), id }))
        })
    }

    fn log<'a>(&'a self, entry: &'a LogEntry) -> Reply<'a, RemoteRef> {
        Box::pin(async move {
            let result = match &entry.disposition {
                Some(name) => self.outcomes.value(name, self.outcomes()).await?,
                None => None,
            };
            let call = wire::call(entry, self.marker_field(), result.as_deref())?;
            match &self.options.unique_field {
                Some(field) => {
                    let body = json!({ "data": [call], "duplicate_check_fields": [field] });
                    self.write(RemoteKind::Activity, "Calls/upsert", &body).await
                }
                None => self.write(RemoteKind::Activity, "Calls", &json!({ "data": [call] })).await,
            }
        })
    }

    fn look_up<'a>(&'a self, marker: OutboxId, _: Option<&'a RemoteRef>) -> Reply<'a, Option<RemoteRef>> {
        Box::pin(async move {
            let rows = self.rows(&query::marked(self.marker_field(), marker)).await?;
            Ok(rows.first().and_then(wire::id_of).map(|id| RemoteRef { kind: RemoteKind::Activity, id }))
        })
    }

    fn tickets<'a>(&'a self, who: &'a RemoteRef) -> Reply<'a, Vec<RemoteTicket>> {
        Box::pin(async move {
            let (Some(cases), Some(deals)) = (query::tickets(who), query::deals(who)) else { return Ok(Vec::new()) };
            let (cases, deals) = tokio::join!(self.rows(&cases), self.rows(&deals));
            let mut tickets: Vec<RemoteTicket> = cases?.iter().filter_map(wire::ticket).collect();
            match deals {
                Ok(deals) => tickets.extend(deals.iter().filter_map(wire::deal)),
                // An organisation or a user may do without them.
                Err(Fault::Forbidden { .. } | Fault::Invalid { .. } | Fault::NotFound | Fault::NotOffered) => {}
                Err(fault) => return Err(fault),
            }
            Ok(tickets)
        })
    }

    fn call_results(&self) -> Reply<'_, Vec<CallResult>> {
        Box::pin(async { Ok(self.outcomes.keep(self.outcomes().await?)) })
    }

    fn attach<'a>(&'a self, entry: &'a RemoteRef, ticket: &'a RemoteRef) -> Reply<'a, ()> {
        Box::pin(async move {
            let (entry, (module, ticket)) = (wire::checked_id(&entry.id)?, wire::place(ticket)?);
            let body = json!({ "data": [{ "What_Id": { "id": ticket }, "$se_module": module }] });
            let path = format!("Calls/{entry}");
            self.ask(Effect::Writes, RemoteKind::Activity, &path, |http, url| http.put(url).json(&body)).await.map(drop)
        })
    }
}
