//! Finding people: by any part of their text, and by number.

use crm::contact::{ContactBrief, digits};
use crm::id::ContactId;
use crm::phone::PhoneNumber;
use crm::store::{ContactQuery, PAGE_MAX, Page, StoreError, contact_mark, read_contact_mark, search_terms};
use rusqlite::{Connection, ToSql};
use uuid::Uuid;

use crate::contacts::brief;
use crate::error::store_error as err;
use crate::rows::name;

/// If more than one in this many people is a hit, it is cheaper to walk along the names and test each than to fetch all
/// hits and sort them.
const DENSE: u32 = 3;
/// The most candidates for a number.
const CANDIDATES_MAX: u32 = 20;
/// From this many digits on, a number that is no full number is looked for at the end of full ones.
const SUFFIX_MIN: usize = 7;

/// A page of people, by name.
pub(crate) fn contacts(db: &Connection, profile: i64, query: &ContactQuery) -> Result<Page<ContactBrief>, StoreError> {
    let after = query.after.as_deref().map(read_contact_mark).transpose()?;
    let limit = query.limit.clamp(1, PAGE_MAX);
    let plan = Plan::new(db, profile, query)?;
    let total = plan.total;
    let ids = plan.page(after.as_ref(), limit + 1)?;
    let more = ids.len() > limit as usize;
    let ids = &ids[..ids.len().min(limit as usize)];
    let next = ids.last().filter(|_| more).map(|(sort_key, id)| contact_mark(sort_key, *id));
    let rows = ids.iter().map(|(_, id)| brief(db, profile, *id)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next, total })
}

/// Everybody who has this number, best first.
pub(crate) fn by_number(db: &Connection, profile: i64, number: &PhoneNumber) -> Result<Vec<ContactBrief>, StoreError> {
    let mut ids = candidates(db, "h.match_key = ?1", number.match_key(), profile)?;
    let tail = digits(number.dial());
    if ids.is_empty() && number.e164().is_none() && tail.len() >= SUFFIX_MIN {
        ids = candidates(db, SUFFIX, &reversed(&tail), profile)?;
    }
    ids.into_iter().map(|id| brief(db, profile, id)).collect()
}

/// Numbers that end with digits are those whose reverse begins with their reverse; `:` is the character behind `9`.
const SUFFIX: &str = "h.digits_reversed >= ?1 AND h.digits_reversed < ?1 || ':'";

fn reversed(digits: &str) -> String {
    digits.chars().rev().collect()
}

/// How many people have the number.
pub(crate) fn count_by_key(db: &Connection, profile: i64, match_key: &str) -> Result<u32, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT count(DISTINCT c.row) FROM channel h JOIN contact c ON c.row = h.contact
            WHERE h.match_key = ?1 AND c.profile = ?2 AND c.deleted_at_ms IS NULL",
        )
        .map_err(err)?;
    select.query_row((match_key, profile), |row| row.get(0)).map_err(err)
}

/// Whoever was called last comes first, then by name.
fn candidates(db: &Connection, condition: &str, value: &str, profile: i64) -> Result<Vec<ContactId>, StoreError> {
    let mut select = db
        .prepare_cached(&format!(
            "SELECT c.id FROM contact c WHERE c.row IN (SELECT contact FROM channel h WHERE {condition})
                AND c.profile = ?2 AND c.deleted_at_ms IS NULL
            ORDER BY (SELECT max(started_at_ms) FROM call WHERE contact = c.id) DESC, c.sort_key, c.id
            LIMIT {CANDIDATES_MAX}"
        ))
        .map_err(err)?;
    let ids = select.query_map((value, profile), |row| row.get::<_, [u8; 16]>(0)).map_err(err)?;
    ids.map(|id| id.map(|id| ContactId(Uuid::from_bytes(id)))).collect::<Result<_, _>>().map_err(err)
}

/// How a search is carried out.
struct Plan<'a> {
    db: &'a Connection,
    profile: i64,
    kind: Option<String>,
    /// All must be there.
    terms: Vec<String>,
    /// Terms of three characters and more as the trigram index wants them; empty if there is none.
    trigrams: String,
    total: u32,
    /// So many hits that walking along the names is the shorter way.
    dense: bool,
}

impl<'a> Plan<'a> {
    fn new(db: &'a Connection, profile: i64, query: &ContactQuery) -> Result<Self, StoreError> {
        let terms = search_terms(&query.text);
        let long = terms.iter().filter(|term| !is_short(term));
        let trigrams = long.map(|term| format!("\"{}\"", term.replace('"', "\"\""))).collect::<Vec<_>>().join(" AND ");
        let kind = query.kind.map(name).transpose()?;
        let mut plan = Self { db, profile, kind, terms, trigrams, total: 0, dense: false };
        plan.total = plan.count()?;
        plan.dense =
            !plan.trigrams.is_empty() && plan.total > 1000 && plan.total.saturating_mul(DENSE) > plan.people()?;
        Ok(plan)
    }

    /// How many people there are.
    fn people(&self) -> Result<u32, StoreError> {
        self.number("SELECT count(*) FROM contact c WHERE c.profile = :profile AND c.deleted_at_ms IS NULL")
    }

    fn count(&self) -> Result<u32, StoreError> {
        let plain = self.kind.is_none() && !self.terms.iter().any(|term| is_short(term));
        if plain && !self.trigrams.is_empty() && self.number("SELECT count(*) FROM profile")? == 1 {
            // The index holds nobody else, so that the rows need not be looked at.
            return self.number("SELECT count(*) FROM contact_text WHERE contact_text MATCH :trigrams");
        }
        let (from, condition) = self.hits();
        self.number(&format!("SELECT count(*) FROM {from} WHERE {condition}"))
    }

    fn number(&self, sql: &str) -> Result<u32, StoreError> {
        self.run(sql, &[], |rows| rows.next()?.map_or(Ok(0), |row| row.get(0)))
    }

    fn page(&self, after: Option<&(String, ContactId)>, limit: u32) -> Result<Vec<(String, ContactId)>, StoreError> {
        let (from, condition) = if self.dense { self.walked() } else { self.hits() };
        let mut extra: Vec<(&str, &dyn ToSql)> = vec![(":limit", &limit)];
        let mut sql = format!("SELECT c.sort_key, c.id FROM {from} WHERE {condition}");
        let bytes = after.map(|(_, id)| *id.0.as_bytes());
        if let (Some((sort_key, _)), Some(bytes)) = (after, &bytes) {
            sql.push_str(" AND (c.sort_key, c.id) > (:sort_key, :id)");
            extra.push((":sort_key", sort_key));
            extra.push((":id", bytes));
        }
        sql.push_str(" ORDER BY c.sort_key, c.id LIMIT :limit");
        self.run(&sql, &extra, |rows| {
            let mut page = Vec::new();
            while let Some(row) = rows.next()? {
                page.push((row.get(0)?, ContactId(Uuid::from_bytes(row.get(1)?))));
            }
            Ok(page)
        })
    }

    /// Through the trigram index where there is a term long enough; shorter terms are tested on its hits.
    fn hits(&self) -> (&'static str, String) {
        if self.trigrams.is_empty() {
            return self.walked();
        }
        let mut condition = self.people_condition();
        condition.push_str(" AND contact_text MATCH :trigrams");
        self.add_short(&mut condition);
        ("contact_text CROSS JOIN contact c INDEXED BY contact_narrow ON c.row = contact_text.rowid", condition)
    }

    /// Along the names, testing each.
    fn walked(&self) -> (&'static str, String) {
        let mut condition = self.people_condition();
        for (at, _) in self.terms.iter().enumerate().filter(|(_, term)| !is_short(term)) {
            condition.push_str(&format!(" AND instr(c.search, :term{at}) > 0"));
        }
        self.add_short(&mut condition);
        ("contact c", condition)
    }

    fn people_condition(&self) -> String {
        let kind = if self.kind.is_some() { " AND c.kind = :kind" } else { "" };
        format!("c.profile = :profile AND c.deleted_at_ms IS NULL{kind}")
    }

    /// A short term is looked for in the name, digits also at the end of numbers.
    fn add_short(&self, condition: &mut String) {
        for (at, term) in self.terms.iter().enumerate().filter(|(_, term)| is_short(term)) {
            let suffix = SUFFIX.replace("?1", &format!(":reversed{at}"));
            let or_number = match term.bytes().all(|byte| byte.is_ascii_digit()) {
                true => format!(" OR c.row IN (SELECT contact FROM channel h WHERE {suffix})"),
                false => String::new(),
            };
            condition.push_str(&format!(" AND (instr(c.sort_key, :term{at}) > 0{or_number})"));
        }
    }

    fn run<T>(
        &self,
        sql: &str,
        extra: &[(&str, &dyn ToSql)],
        read: impl FnOnce(&mut rusqlite::Rows<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut statement = self.db.prepare_cached(sql).map_err(err)?;
        let mut bind = |name: &str, value: &dyn ToSql| match statement.parameter_index(name) {
            Ok(Some(at)) => statement.raw_bind_parameter(at, value),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        bind(":profile", &self.profile).map_err(err)?;
        bind(":kind", &self.kind).map_err(err)?;
        bind(":trigrams", &self.trigrams).map_err(err)?;
        for (at, term) in self.terms.iter().enumerate() {
            bind(&format!(":term{at}"), term).map_err(err)?;
            bind(&format!(":reversed{at}"), &reversed(term)).map_err(err)?;
        }
        for (name, value) in extra {
            bind(name, value).map_err(err)?;
        }
        read(&mut statement.raw_query()).map_err(err)
    }
}

fn is_short(term: &str) -> bool {
    term.chars().count() < 3
}
