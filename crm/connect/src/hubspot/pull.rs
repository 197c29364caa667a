//! What changed among contacts, some of whom are leads. The search tells it in order of the moment of the last change, but no more
//! than 10,000 records of a question, and lags: so each page is a question of its own, behind the last moment told.
//!
//! ```text
//! everybody, 100 at a time, by their ids (the first round, and again after some weeks)
//!    └─► changed since, 200 at a time, by moment; more than a page of one moment: those by their ids
//!          └─► archived, 100 at a time, by their ids ─► complete
//! ```
//! Whoever was merged with somebody stands as an id in that one's record. Who was deleted for good is in no list, and gone when
//! everybody is told anew.

use crm::connector::{Changes, Fault, Moved, Pull, RemoteKind, RemoteRef, Reply};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::{HubSpot, wire};
use crate::api::Effect;
use crate::changed::OVERLAP;

const CONTACTS: &str = "crm/v3/objects/contacts";
const SEARCH: &str = "crm/v3/objects/contacts/search";
/// The rows of a page of a list and of the search: as many as the vendor gives.
const LISTED: &str = "100";
const FOUND: usize = 200;
/// After so long everybody is told anew. What was archived is listed for 90 days.
const WHOLE: Duration = Duration::days(30);
/// The longest that a list's own cursor is.
const AFTER_MAX: usize = 200;

/// What is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    #[default]
    Everybody,
    Changed,
    Archived,
}

/// Where the next page begins; the cursor is its JSON. Moments are in milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    step: Step,
    /// Behind which row a list goes on, in the vendor's words; within one moment, behind which id.
    after: Option<String>,
    /// All up to this moment was told.
    since: i64,
    /// The moment has more than a page of its own, which is read by ids.
    within: bool,
    /// When everybody was told last.
    whole: i64,
}

impl Pull for HubSpot {
    /// A day has some hundred thousand requests for all desks together.
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
        let fits = place.after.as_deref().is_none_or(|after| (1..=AFTER_MAX).contains(&after.len()));
        let fresh = ms(now).saturating_sub(place.whole) <= ms_of(WHOLE);
        (fits && fresh && place.since >= 0).then_some(place)
    }

    fn first(now: OffsetDateTime) -> Self {
        Self { since: ms(now - OVERLAP).max(0), whole: ms(now), ..Self::default() }
    }
}

impl HubSpot {
    async fn page(&self, cursor: Option<&str>, now: OffsetDateTime) -> Result<Changes, Fault> {
        self.allowance.keep_reserve()?;
        let place = cursor.and_then(|cursor| Place::read(cursor, now));
        let mut page = Changes { anew: place.is_none(), ..Changes::default() };
        let mut place = place.unwrap_or_else(|| Place::first(now));
        match place.step {
            Step::Everybody => {
                let rows = self.listed(&mut place, false).await?;
                rows.iter().for_each(|row| take(row, &mut page));
                if place.after.is_none() {
                    place.step = Step::Changed;
                }
            }
            Step::Changed => self.changed(&mut place, &mut page).await?,
            Step::Archived => {
                let rows = self.listed(&mut place, true).await?;
                page.gone.extend(rows.iter().filter_map(|row| wire::id_of(&row["id"])).flat_map(records));
                if place.after.is_none() {
                    page.complete = true;
                    (place.step, place.since) = (Step::Changed, place.since.min(ms(now - OVERLAP)));
                }
            }
        }
        page.cursor = serde_json::to_string(&place).map_err(|_| Fault::NotUnderstood)?;
        Ok(page)
    }

    /// The next rows of a list.
    async fn listed(&self, place: &mut Place, archived: bool) -> Result<Vec<Value>, Fault> {
        let properties = wire::COPIED.join(",");
        let mut query = vec![("limit", LISTED), ("properties", &properties)];
        if archived {
            query.push(("archived", "true"));
        }
        let after = place.after.take();
        query.extend(after.as_deref().map(|after| ("after", after)));
        let told = self.get(CONTACTS, &query).await?;
        let next = &told["paging"]["next"]["after"];
        place.after = next.as_str().map(str::to_owned).or_else(|| next.as_u64().map(|next| next.to_string()));
        if place.after.is_some() && place.after == after {
            return Err(Fault::NotUnderstood);
        }
        told["results"].as_array().cloned().ok_or(Fault::NotUnderstood)
    }

    /// The next rows in order of their last change.
    async fn changed(&self, place: &mut Place, page: &mut Changes) -> Result<(), Fault> {
        let asked = question(place);
        let told = self.send(Effect::Reads, RemoteKind::Contact, Method::POST, SEARCH, Some(&asked));
        let rows = told.await?["results"].as_array().cloned().ok_or(Fault::NotUnderstood)?;
        rows.iter().for_each(|row| take(row, page));
        let last = rows.last().filter(|_| rows.len() >= FOUND);
        match last {
            Some(row) if place.within => place.after = Some(wire::id_of(&row["id"]).ok_or(Fault::NotUnderstood)?),
            Some(row) => {
                let last = moment(row).ok_or(Fault::NotUnderstood)?;
                // Rows of the last moment may be on the next page, too: it begins with that moment once more.
                place.within = rows.first().and_then(moment) == Some(last);
                place.since = last.max(place.since);
            }
            None if place.within => {
                (place.within, place.after, place.since) = (false, None, place.since + 1);
            }
            None => {
                place.since = rows.last().and_then(moment).map_or(place.since, |last| last.max(place.since));
                place.step = Step::Archived;
            }
        }
        Ok(())
    }
}

/// What is asked of the search.
fn question(place: &Place) -> Value {
    let filter = |name: &str, operator: &str, value: String| json!({ "propertyName": name, "operator": operator, "value": value });
    let since = place.since.to_string();
    let (filters, by) = if place.within {
        let mut filters = vec![filter("lastmodifieddate", "EQ", since)];
        filters.extend(place.after.clone().map(|id| filter("hs_object_id", "GT", id)));
        (filters, "hs_object_id")
    } else {
        (vec![filter("lastmodifieddate", "GTE", since)], "lastmodifieddate")
    };
    let sorts = json!([{ "propertyName": by, "direction": "ASCENDING" }]);
    json!({ "filterGroups": [{ "filters": filters }], "sorts": sorts, "properties": wire::COPIED, "limit": FOUND })
}

/// Somebody as a row tells. One who was a lead is the same record as a contact, and the other way round.
fn take(row: &Value, page: &mut Changes) {
    let Some(person) = wire::person(RemoteKind::Contact, row) else { return };
    let merged = row["properties"]["hs_merged_object_ids"].as_str().unwrap_or_default();
    let ids = merged.split(';').map(str::trim).filter(|id| wire::checked_id(id).is_ok() && *id != person.record.id);
    let earlier = ids.map(str::to_owned).chain([person.record.id.clone()]).flat_map(records);
    let to = &person.record;
    page.moved.extend(earlier.filter(|from| from != to).map(|from| Moved { from, to: to.clone() }));
    // Nobody is known by nothing.
    if person.phones.is_empty() { page.gone.push(person.record) } else { page.people.push(person) }
}

/// What a record may be here.
fn records(id: String) -> [RemoteRef; 2] {
    [RemoteKind::Contact, RemoteKind::Lead].map(|kind| RemoteRef { kind, id: id.clone() })
}

/// When a row was changed last: `2027-01-15T02:00:00.123Z`, in some answers milliseconds since 1970.
fn moment(row: &Value) -> Option<i64> {
    let text = row["properties"]["lastmodifieddate"].as_str()?;
    text.parse().ok().or_else(|| Some(ms(OffsetDateTime::parse(text, &Rfc3339).ok()?)))
}

fn ms(at: OffsetDateTime) -> i64 {
    at.unix_timestamp().saturating_mul(1000).saturating_add(i64::from(at.millisecond()))
}

fn ms_of(duration: Duration) -> i64 {
    duration.whole_seconds().saturating_mul(1000)
}
