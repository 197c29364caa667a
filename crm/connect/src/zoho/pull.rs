//! What changed among contacts and leads, in order of the moment of their last change and their ids, and what was deleted or
//! converted since the last round. Nothing is told twice but what changed in the last minutes of a round.
//!
//! ```text
//! Contacts ─► Leads, each by COQL: rows behind the last one, 1,000 at a time (2 credits)
//!    └─► deleted contacts ─► deleted leads ─► converted leads, each a list by pages of 200 ─► complete
//! ```
//! The first round needs no lists: whom it does not tell is gone.

use crm::connector::{Changes, Fault, Moved, Pull, RemoteKind, RemoteRef, Reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{Zoho, query, wire};
use crate::changed::{Mark, OVERLAP};
use crate::shape::utc;

/// Kinds of people.
const KINDS: [RemoteKind; 2] = [RemoteKind::Contact, RemoteKind::Lead];
/// A list of records that are not there any more: what they were, its path, and what is asked of it.
type List = (RemoteKind, &'static str, &'static [(&'static str, &'static str)]);
/// The lists that are read behind people.
const LISTS: [List; 3] = [
    (RemoteKind::Contact, "Contacts/deleted", &[("type", "all")]),
    (RemoteKind::Lead, "Leads/deleted", &[("type", "all")]),
    (RemoteKind::Lead, "Leads", &[("converted", "true"), ("fields", "Full_Name,Converted_Contact")]),
];
/// The rows of a page of a list: as many as the vendor gives.
const LISTED: &str = "200";
/// After a longer pause all is told anew: what was deleted is listed for some months only.
const PAUSE_MAX: Duration = Duration::days(30);

/// Where the next page begins; the cursor is its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// What is read: a kind, or behind all of them a list.
    at: usize,
    /// Of each kind the last row.
    last: [Option<Mark>; KINDS.len()],
    /// The page of the list that was read last.
    page: u32,
    /// When this round began, in seconds since 1970; none between two of them.
    begun: Option<i64>,
    /// When the last whole round began; none while the first one is under way.
    before: Option<i64>,
}

impl Pull for Zoho {
    /// A day has some thousand credits, and callers are asked for besides.
    fn pace(&self) -> std::time::Duration {
        std::time::Duration::from_secs(60 * 60)
    }

    fn changes<'a>(&'a self, cursor: Option<&'a str>) -> Reply<'a, Changes> {
        Box::pin(self.page(cursor, OffsetDateTime::now_utc()))
    }
}

impl Place {
    fn read(cursor: &str, now: OffsetDateTime) -> Option<Self> {
        let place: Self = serde_json::from_str(cursor).ok()?;
        let paused =
            place.before.or(place.begun).is_some_and(|at| now.unix_timestamp() - at > PAUSE_MAX.whole_seconds());
        let is_id = |id: &str| wire::checked_id(id).is_ok();
        let known = place.at < KINDS.len() + LISTS.len() && place.last.iter().flatten().all(|last| last.is_one(is_id));
        (known && !paused).then_some(place)
    }

    /// What is read next, and whether that is all.
    fn go_on(&mut self, now: OffsetDateTime) -> bool {
        (self.at, self.page) = (self.at + 1, 0);
        let first = self.before.is_none() && self.at == KINDS.len();
        if !first && self.at < KINDS.len() + LISTS.len() {
            return false;
        }
        (self.at, self.before) = (0, self.begun.take());
        for last in self.last.iter_mut().flatten() {
            last.go_back(now - OVERLAP);
        }
        true
    }
}

impl Zoho {
    async fn page(&self, cursor: Option<&str>, now: OffsetDateTime) -> Result<Changes, Fault> {
        let place = cursor.and_then(|cursor| Place::read(cursor, now));
        let anew = place.is_none();
        let mut place = place.unwrap_or_default();
        place.begun.get_or_insert(now.unix_timestamp());
        if place.at < KINDS.len() {
            return self.people(place, now, Changes { anew, ..Changes::default() }).await;
        }
        match self.listed(place, now).await {
            // Longer than the vendor tells: whom a new first round does not tell is gone.
            Err(Fault::Invalid { .. }) => {
                let place = Place { begun: Some(now.unix_timestamp()), ..Place::default() };
                self.people(place, now, Changes { anew: true, ..Changes::default() }).await
            }
            told => told,
        }
    }

    async fn people(&self, mut place: Place, now: OffsetDateTime, mut page: Changes) -> Result<Changes, Fault> {
        let kind = KINDS[place.at];
        let rows = visible(place.at, self.rows(&query::changed(kind, place.last[place.at].as_ref())).await)?;
        for row in &rows {
            let Some(person) = wire::person(kind, row) else { continue };
            // Nobody is known by nothing.
            if person.phones.is_empty() { page.gone.push(person.record) } else { page.people.push(person) }
        }
        if let Some(row) = rows.last() {
            place.last[place.at] = Some(mark(row).ok_or(Fault::NotUnderstood)?);
        }
        page.complete = rows.len() < query::CHANGED_MAX && place.go_on(now);
        page.cursor = serde_json::to_string(&place).map_err(|_| Fault::NotUnderstood)?;
        Ok(page)
    }

    async fn listed(&self, mut place: Place, now: OffsetDateTime) -> Result<Changes, Fault> {
        let (kind, path, wishes) = LISTS[place.at - KINDS.len()];
        let since = place.before.unwrap_or_default() - OVERLAP.whole_seconds();
        let since = utc(since.saturating_mul(1000), 'T').ok_or(Fault::NotUnderstood)? + "+00:00";
        let number = (place.page + 1).to_string();
        let told = self.get_since(path, &[wishes, &[("page", &number), ("per_page", LISTED)]].concat(), &since).await;
        let told = visible(place.at, told)?;
        let mut page = Changes::default();
        for row in told["data"].as_array().into_iter().flatten() {
            let Some(id) = wire::id_of(row) else { continue };
            let from = RemoteRef { kind, id };
            match wire::converted_to(row) {
                Some(to) => page.moved.push(Moved { from, to }),
                None => page.gone.push(from),
            }
        }
        place.page += 1;
        page.complete = told["info"]["more_records"] != true && place.go_on(now);
        page.cursor = serde_json::to_string(&place).map_err(|_| Fault::NotUnderstood)?;
        Ok(page)
    }
}

/// Nothing where the organisation has no such records, or this user sees no leads.
fn visible<T: Default>(at: usize, told: Result<T, Fault>) -> Result<T, Fault> {
    match told {
        Err(Fault::NotOffered) => Ok(T::default()),
        Err(Fault::Forbidden { .. }) if at > 0 => Ok(T::default()),
        told => told,
    }
}

/// A row's place.
fn mark(row: &Value) -> Option<Mark> {
    Mark::of(row["Modified_Time"].as_str()?, wire::id_of(row)?)
}
