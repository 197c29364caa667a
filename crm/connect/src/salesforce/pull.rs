//! What changed among contacts and leads, in order of the moment of their last change and their ids. Nothing is told twice but
//! what changed in the last minutes of a round: a change that was under way then has an earlier moment than those told after it.
//!
//! ```text
//! Contact ─► Lead, each: rows behind the last one, 500 at a time, with those in the bin ─► complete
//! ```

use crm::connector::{Changes, Fault, Moved, Pull, RemoteKind, RemoteRef, Reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{Salesforce, wire};
use crate::changed::{Mark, OVERLAP};

/// Kinds of people with their fields.
const KINDS: [(RemoteKind, &str); 2] = [
    (RemoteKind::Contact, "Phone, MobilePhone, HomePhone, OtherPhone, Email, Account.Name"),
    (RemoteKind::Lead, "Phone, MobilePhone, Email, Company, IsConverted, ConvertedContactId"),
];
/// The most rows of a page.
const ROWS: usize = 500;
/// What is deleted is told for 15 days: after a longer pause all is told anew.
const PAUSE_MAX: Duration = Duration::days(10);

/// Where the next page begins; the cursor is its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// The kind that is read.
    at: usize,
    /// Of each kind the last row.
    last: [Option<Mark>; KINDS.len()],
    /// When the last round ended, in seconds since 1970; none while the first one is under way.
    ended: Option<i64>,
}

impl Pull for Salesforce {
    /// An organisation has some thousand requests a day for each user, and callers are asked for besides.
    fn pace(&self) -> std::time::Duration {
        std::time::Duration::from_secs(60 * 60)
    }

    fn changes<'a>(&'a self, cursor: Option<&'a str>) -> Reply<'a, Changes> {
        Box::pin(self.page(cursor, OffsetDateTime::now_utc()))
    }
}

impl Salesforce {
    async fn page(&self, cursor: Option<&str>, now: OffsetDateTime) -> Result<Changes, Fault> {
        self.allowance.keep_reserve()?;
        let place = cursor.and_then(|cursor| serde_json::from_str::<Place>(cursor).ok());
        let is_known = |place: &Place| {
            let paused = place.at == 0
                && place.ended.is_some_and(|ended| now.unix_timestamp() - ended > PAUSE_MAX.whole_seconds());
            place.at < KINDS.len()
                && !paused
                && place.last.iter().flatten().all(|last| last.is_one(|id| wire::checked_id(id).is_ok()))
        };
        let place = place.filter(is_known);
        let mut page = Changes { anew: place.is_none(), ..Changes::default() };
        let mut place = place.unwrap_or_default();
        let (kind, fields) = KINDS[place.at];
        let asked = query(kind, fields, place.last[place.at].as_ref());
        let rows = match self.get::<wire::Rows>("queryAll", &[("q", &asked)]).await {
            Ok(rows) => rows.records,
            // This user does not see the object.
            Err(Fault::Invalid { code, .. }) if code == "INVALID_TYPE" => Vec::new(),
            Err(fault) => return Err(fault),
        };
        for row in &rows {
            take(kind, row, &mut page);
        }
        if let Some(row) = rows.last() {
            place.last[place.at] = Some(mark(row).ok_or(Fault::NotUnderstood)?);
        }
        if rows.len() < ROWS {
            place.at += 1;
        }
        if place.at == KINDS.len() {
            page.complete = true;
            place.at = 0;
            place.ended = Some(now.unix_timestamp());
            for last in place.last.iter_mut().flatten() {
                last.go_back(now - OVERLAP);
            }
        }
        page.cursor = serde_json::to_string(&place).map_err(|_| Fault::NotUnderstood)?;
        Ok(page)
    }
}

fn query(kind: RemoteKind, fields: &str, last: Option<&Mark>) -> String {
    let object = wire::object(kind);
    let condition = match last {
        None => String::new(),
        Some(Mark { changed, id: None }) => format!(" WHERE SystemModstamp >= {changed}"),
        Some(Mark { changed, id: Some(id) }) => {
            format!(" WHERE SystemModstamp > {changed} OR (SystemModstamp = {changed} AND Id > '{id}')")
        }
    };
    format!(
        "SELECT Id, Name, {fields}, IsDeleted, MasterRecordId, SystemModstamp FROM {object}{condition} ORDER BY SystemModstamp, Id LIMIT {ROWS}"
    )
}

/// A row's place.
fn mark(row: &Value) -> Option<Mark> {
    // «2026-11-22T21:04:05.000+0000»
    Mark::of(&row["SystemModstamp"].as_str()?.replace("+0000", "Z"), wire::id(row)?)
}

fn take(kind: RemoteKind, row: &Value, page: &mut Changes) {
    let Some(id) = wire::id(row) else { return };
    let (record, of) = (RemoteRef { kind, id }, |kind, field: &str| {
        let id = wire::checked_id(row[field].as_str()?).ok()?.to_owned();
        Some(RemoteRef { kind, id })
    });
    let (deleted, converted) = (row["IsDeleted"] == true, row["IsConverted"] == true);
    let to = if converted { of(RemoteKind::Contact, "ConvertedContactId") } else { of(kind, "MasterRecordId") };
    match (deleted || converted, to) {
        (true, Some(to)) if to != record => page.moved.push(Moved { from: record, to }),
        (true, _) => page.gone.push(record),
        (false, _) => match wire::person(row) {
            Some(mut person) if !person.phones.is_empty() => {
                // Whoever is an account has a company of the own name.
                person.company.take_if(|company| *company == person.name);
                page.people.push(person);
            }
            // Nobody is known by it.
            _ => page.gone.push(record),
        },
    }
}
