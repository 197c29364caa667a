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

/// Above this many hits it is cheaper to walk along the names and test each than to fetch all hits and sort them.
const DENSE: u32 = 1500;
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
    let mut ids = candidates(
        db,
        "SELECT DISTINCT c.id FROM channel h JOIN contact c ON c.row = h.contact
        WHERE h.match_key = ?1 AND c.profile = ?2 AND c.deleted_at_ms IS NULL",
        &[&number.match_key(), &profile],
    )?;
    let tail = digits(number.dial());
    if ids.is_empty() && number.e164().is_none() && tail.len() >= SUFFIX_MIN {
        let reversed: String = tail.chars().rev().collect();
        // ':' is the character behind '9': the range holds all that begins with `reversed`.
        ids = candidates(
            db,
            "SELECT DISTINCT c.id FROM channel h JOIN contact c ON c.row = h.contact
            WHERE h.digits_reversed >= ?1 AND h.digits_reversed < ?1 || ':'
                AND c.profile = ?2 AND c.deleted_at_ms IS NULL",
            &[&reversed, &profile],
        )?;
    }
    let mut found = ids.into_iter().map(|id| brief(db, profile, id)).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| {
        let name = |brief: &ContactBrief| crm::text::fold(&brief.name);
        b.last_call_at_ms.cmp(&a.last_call_at_ms).then_with(|| name(a).cmp(&name(b))).then_with(|| a.id.cmp(&b.id))
    });
    found.truncate(CANDIDATES_MAX as usize);
    Ok(found)
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

/// More are read than are kept, so that the best are among them; a number that a thousand people share has no best.
fn candidates(db: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<ContactId>, StoreError> {
    let mut select = db.prepare_cached(&format!("{sql} LIMIT 200")).map_err(err)?;
    let ids = select.query_map(values, |row| row.get::<_, [u8; 16]>(0)).map_err(err)?;
    ids.map(|id| id.map(|id| ContactId(Uuid::from_bytes(id)))).collect::<Result<_, _>>().map_err(err)
}

/// How a search is carried out.
struct Plan<'a> {
    db: &'a Connection,
    profile: i64,
    kind: Option<String>,
    /// All must be contained.
    terms: Vec<String>,
    /// Terms of three characters and more as the trigram index wants them; empty if there is none.
    trigrams: String,
    total: u32,
}

impl<'a> Plan<'a> {
    fn new(db: &'a Connection, profile: i64, query: &ContactQuery) -> Result<Self, StoreError> {
        let terms = search_terms(&query.text);
        let long = terms.iter().filter(|term| term.chars().count() >= 3);
        let trigrams = long.map(|term| format!("\"{}\"", term.replace('"', "\"\""))).collect::<Vec<_>>().join(" AND ");
        let mut plan = Self { db, profile, kind: query.kind.map(name).transpose()?, terms, trigrams, total: 0 };
        plan.total = plan.count()?;
        Ok(plan)
    }

    fn count(&self) -> Result<u32, StoreError> {
        let (from, condition) = self.indexed();
        self.run(&format!("SELECT count(*) FROM {from} WHERE {condition}"), &[], |rows| {
            rows.next()?.map_or(Ok(0), |row| row.get(0))
        })
    }

    fn page(&self, after: Option<&(String, ContactId)>, limit: u32) -> Result<Vec<(String, ContactId)>, StoreError> {
        let (from, condition) = if self.total > DENSE { self.walked() } else { self.indexed() };
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
    fn indexed(&self) -> (&'static str, String) {
        if self.trigrams.is_empty() {
            return self.walked();
        }
        let mut condition =
            String::from("contact_text MATCH :trigrams AND c.profile = :profile AND c.deleted_at_ms IS NULL");
        self.add_kind(&mut condition);
        for (at, term) in self.terms.iter().enumerate() {
            if term.chars().count() < 3 {
                condition.push_str(&format!(" AND instr(c.search, :term{at}) > 0"));
            }
        }
        ("contact_text JOIN contact c ON c.row = contact_text.rowid", condition)
    }

    /// Along the names, testing each.
    fn walked(&self) -> (&'static str, String) {
        let mut condition = String::from("c.profile = :profile AND c.deleted_at_ms IS NULL");
        self.add_kind(&mut condition);
        for at in 0..self.terms.len() {
            condition.push_str(&format!(" AND instr(c.search, :term{at}) > 0"));
        }
        ("contact c", condition)
    }

    fn add_kind(&self, condition: &mut String) {
        if self.kind.is_some() {
            condition.push_str(" AND c.kind = :kind");
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
        }
        for (name, value) in extra {
            bind(name, value).map_err(err)?;
        }
        read(&mut statement.raw_query()).map_err(err)
    }
}
