//! Finding people: by any part of their text, and by number.

use std::collections::VecDeque;

use crm::contact::{ContactBrief, ContactKind, digits};
use crm::id::{ContactId, Origin};
use crm::phone::PhoneNumber;
use crm::store::{ContactQuery, PAGE_MAX, Page, StoreError, contact_mark, read_contact_mark, search_terms};
use rusqlite::{Connection, Row, ToSql};
use uuid::Uuid;

use crate::contacts::brief;
use crate::error::store_error as err;
use crate::rows::name;

/// So many hits along the names are counted while the page is read; for more, the counting query is quicker.
const COUNTED_BESIDE: u32 = 10_000;
/// Of so many searches the number of hits is remembered.
const REMEMBERED: usize = 16;
/// From so many hits of the text index on it is quicker to walk along the names and test each than to fetch all and sort.
const MANY: u32 = 1_000;
/// The most candidates for a number.
const CANDIDATES_MAX: u32 = 20;
/// From this many digits on, a number that is no full number is looked for at the end of full ones.
pub(crate) const SUFFIX_MIN: usize = 7;

/// How many people the latest searches found, so that leafing through their pages does not count again. Every change of
/// people empties it.
#[derive(Debug, Default)]
pub(crate) struct Totals(VecDeque<(Asked, u32)>);

/// What a search asks for, whatever page of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    kind: Option<ContactKind>,
    origin: Option<Origin>,
    terms: Vec<String>,
}

impl Totals {
    /// People have changed.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    fn remember(&mut self, asked: Asked, total: u32) {
        self.0.truncate(REMEMBERED - 1);
        self.0.push_front((asked, total));
    }

    fn find(&self, asked: &Asked) -> Option<u32> {
        self.0.iter().find(|(other, _)| other == asked).map(|(_, total)| *total)
    }
}

/// A page of people, by name.
pub(crate) fn contacts(
    db: &Connection,
    profile: i64,
    query: &ContactQuery,
    totals: &mut Totals,
) -> Result<Page<ContactBrief>, StoreError> {
    let after = query.after.as_deref().map(read_contact_mark).transpose()?;
    let limit = query.limit.clamp(1, PAGE_MAX);
    let plan = Plan::new(db, profile, query)?;
    let asked = Asked { kind: query.kind, origin: query.origin, terms: plan.terms.clone() };
    let known = totals.find(&asked);
    let (ids, total) = plan.run(&Begin { after: after.as_ref(), skip: query.skip }, limit + 1, known)?;
    if known.is_none() {
        totals.remember(asked, total);
    }
    let more = ids.len() > limit as usize;
    let ids = &ids[..ids.len().min(limit as usize)];
    let next = ids.last().filter(|_| more).map(|(sort_key, id)| contact_mark(sort_key, *id));
    let rows = ids.iter().map(|(_, id)| brief(db, profile, *id)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next, total })
}

/// Everybody of this origin who has this number, best first.
pub(crate) fn by_number(
    db: &Connection,
    profile: i64,
    number: &PhoneNumber,
    origin: Origin,
) -> Result<Vec<ContactBrief>, StoreError> {
    let mut ids = candidates(db, "h.match_key = ?1", number.match_key(), profile, origin)?;
    let tail = digits(number.dial());
    if ids.is_empty() && number.e164().is_none() && tail.len() >= SUFFIX_MIN {
        ids = candidates(db, SUFFIX, &reversed(&tail), profile, origin)?;
    }
    ids.into_iter().map(|id| brief(db, profile, id)).collect()
}

/// Numbers that end with digits are those whose reverse begins with their reverse; `:` is the character behind `9`.
const SUFFIX: &str = "h.digits_reversed >= ?1 AND h.digits_reversed < ?1 || ':'";

pub(crate) fn reversed(digits: &str) -> String {
    digits.chars().rev().collect()
}

/// How many people of this origin have the number.
pub(crate) fn count_by_key(db: &Connection, profile: i64, match_key: &str, origin: Origin) -> Result<u32, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT count(DISTINCT c.row) FROM channel h JOIN contact c ON c.row = h.contact
            WHERE h.match_key = ?1 AND c.profile = ?2 AND c.origin = ?3 AND c.deleted_at_ms IS NULL",
        )
        .map_err(err)?;
    select.query_row((match_key, profile, name(origin)?), |row| row.get(0)).map_err(err)
}

/// Whoever was called last comes first, then by name.
fn candidates(
    db: &Connection,
    condition: &str,
    value: &str,
    profile: i64,
    origin: Origin,
) -> Result<Vec<ContactId>, StoreError> {
    let mut select = db
        .prepare_cached(&format!(
            "SELECT c.id FROM contact c WHERE c.row IN (SELECT contact FROM channel h WHERE {condition})
                AND c.profile = ?2 AND c.origin = ?3 AND c.deleted_at_ms IS NULL
            ORDER BY (SELECT max(started_at_ms) FROM call WHERE contact = c.id) DESC, c.sort_key, c.id
            LIMIT {CANDIDATES_MAX}"
        ))
        .map_err(err)?;
    let ids = select.query_map((value, profile, name(origin)?), |row| row.get::<_, [u8; 16]>(0)).map_err(err)?;
    ids.map(|id| id.map(|id| ContactId(Uuid::from_bytes(id)))).collect::<Result<_, _>>().map_err(err)
}

/// Rows of people, one bit each: 100,000 people are 12 kB.
#[derive(Default)]
struct Rows {
    bits: Vec<u64>,
    count: u32,
}

impl Rows {
    fn insert(&mut self, row: i64) {
        let Ok(row) = usize::try_from(row) else { return };
        if self.bits.len() <= row / 64 {
            self.bits.resize(row / 64 + 1, 0);
        }
        self.bits[row / 64] |= 1 << (row % 64);
        self.count += 1;
    }

    fn contains(&self, row: i64) -> bool {
        usize::try_from(row).is_ok_and(|row| self.bits.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1))
    }
}

/// Behind the mark of the page before.
const AFTER: &str = " AND (c.sort_key, c.id) > (:sort_key, :id)";

/// Where a page begins: behind this name and id.
type Mark = (String, ContactId);

/// Where a page begins.
struct Begin<'a> {
    after: Option<&'a Mark>,
    skip: u32,
}

impl Begin<'_> {
    fn is_start(&self) -> bool {
        self.after.is_none() && self.skip == 0
    }
}

/// How a search is carried out.
struct Plan<'a> {
    db: &'a Connection,
    profile: i64,
    kind: Option<String>,
    origin: Option<Origin>,
    /// All must be there.
    terms: Vec<String>,
    /// Terms of three characters and more as the trigram index wants them; empty if there is none.
    trigrams: String,
}

impl<'a> Plan<'a> {
    fn new(db: &'a Connection, profile: i64, query: &ContactQuery) -> Result<Self, StoreError> {
        let terms = search_terms(&query.text);
        let long = terms.iter().filter(|term| !is_short(term));
        let trigrams = long.map(|term| format!("\"{}\"", term.replace('"', "\"\""))).collect::<Vec<_>>().join(" AND ");
        Ok(Self { db, profile, kind: query.kind.map(name).transpose()?, origin: query.origin, terms, trigrams })
    }

    /// A page, and how many there are in all; `known` is that number where it was counted before.
    fn run(&self, begin: &Begin<'_>, limit: u32, known: Option<u32>) -> Result<(Vec<Mark>, u32), StoreError> {
        if self.trigrams.is_empty() {
            let condition = self.walked();
            if known.is_none() && begin.is_start() {
                return self.first_page(&condition, limit);
            }
            let total = known.map_or_else(|| self.count("contact c", &condition), Ok)?;
            return Ok((self.page("contact c", &condition, begin, limit)?, total));
        }
        let found = self.found()?;
        let all_people = self.kind.is_none() && self.origin.is_none();
        let plain = all_people && !self.terms.iter().any(|term| is_short(term)) && self.is_only_profile()?;
        let known = known.or(plain.then_some(found.count));
        let (from, condition) = self.hits();
        if found.count > MANY {
            return match known {
                Some(total) => Ok((self.walk(&found, begin, limit, true)?.0, total)),
                None if begin.after.is_none() => self.walk(&found, begin, limit, false),
                None => Ok((self.walk(&found, begin, limit, true)?.0, self.count(from, &condition)?)),
            };
        }
        let total = known.map_or_else(|| self.count(from, &condition), Ok)?;
        Ok((self.page(from, &condition, begin, limit)?, total))
    }

    /// All rows that the text index finds, of whatever profile and kind.
    fn found(&self) -> Result<Rows, StoreError> {
        self.ask("SELECT rowid FROM contact_text WHERE contact_text MATCH :trigrams", &[], |rows| {
            let mut found = Rows::default();
            while let Some(row) = rows.next()? {
                found.insert(row.get(0)?);
            }
            Ok(found)
        })
    }

    /// Along the names, testing each against the rows found: a page, and how many there are if it did not `stop` there.
    fn walk(&self, found: &Rows, begin: &Begin<'_>, limit: u32, stop: bool) -> Result<(Vec<Mark>, u32), StoreError> {
        let mut condition = self.walked();
        let mut extra: Vec<(&str, &dyn ToSql)> = Vec::new();
        let bytes = begin.after.map(|(_, id)| *id.0.as_bytes());
        if let (Some((sort_key, _)), Some(bytes)) = (begin.after, &bytes) {
            condition.push_str(AFTER);
            extra.push((":sort_key", sort_key));
            extra.push((":id", bytes));
        }
        let sql = format!("SELECT c.sort_key, c.id, c.row FROM contact c WHERE {condition} ORDER BY c.sort_key, c.id");
        self.ask(&sql, &extra, |rows| {
            let (mut page, mut total) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                if !found.contains(row.get(2)?) {
                    continue;
                }
                total += 1;
                if total <= begin.skip {
                    continue;
                }
                if total - begin.skip <= limit {
                    page.push(mark(row)?);
                } else if stop {
                    break;
                }
            }
            Ok((page, total))
        })
    }

    /// The first page where all names must be looked at: one look gives the page and, unless there are very many, the
    /// number.
    fn first_page(&self, condition: &str, limit: u32) -> Result<(Vec<Mark>, u32), StoreError> {
        let beside = if self.terms.is_empty() { 0 } else { COUNTED_BESIDE };
        let sql = format!(
            "SELECT c.sort_key, c.id FROM contact c WHERE {condition} ORDER BY c.sort_key, c.id LIMIT {}",
            limit + beside
        );
        let (page, seen) = self.ask(&sql, &[], |rows| {
            let (mut page, mut seen) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                if seen < limit {
                    page.push(mark(row)?);
                }
                seen += 1;
            }
            Ok((page, seen))
        })?;
        let total = if seen < limit + beside { seen } else { self.count("contact c", condition)? };
        Ok((page, total))
    }

    /// The text index holds nobody of another profile.
    fn is_only_profile(&self) -> Result<bool, StoreError> {
        Ok(self.number("SELECT count(*) FROM profile")? == 1)
    }

    fn count(&self, from: &str, condition: &str) -> Result<u32, StoreError> {
        self.number(&format!("SELECT count(*) FROM {from} WHERE {condition}"))
    }

    fn number(&self, sql: &str) -> Result<u32, StoreError> {
        self.ask(sql, &[], |rows| rows.next()?.map_or(Ok(0), |row| row.get(0)))
    }

    fn page(&self, from: &str, condition: &str, begin: &Begin<'_>, limit: u32) -> Result<Vec<Mark>, StoreError> {
        let mut extra: Vec<(&str, &dyn ToSql)> = vec![(":limit", &limit), (":skip", &begin.skip)];
        let mut sql = format!("SELECT c.sort_key, c.id FROM {from} WHERE {condition}");
        let bytes = begin.after.map(|(_, id)| *id.0.as_bytes());
        if let (Some((sort_key, _)), Some(bytes)) = (begin.after, &bytes) {
            sql.push_str(AFTER);
            extra.push((":sort_key", sort_key));
            extra.push((":id", bytes));
        }
        sql.push_str(" ORDER BY c.sort_key, c.id LIMIT :limit OFFSET :skip");
        self.ask(&sql, &extra, |rows| {
            let mut page = Vec::new();
            while let Some(row) = rows.next()? {
                page.push(mark(row)?);
            }
            Ok(page)
        })
    }

    /// Through the text index; terms too short for it are tested on its hits.
    fn hits(&self) -> (&'static str, String) {
        let mut condition = self.people_condition();
        condition.push_str(" AND contact_text MATCH :trigrams");
        self.add_short(&mut condition);
        ("contact_text CROSS JOIN contact c INDEXED BY contact_narrow ON c.row = contact_text.rowid", condition)
    }

    /// Along the names, testing each for the short terms.
    fn walked(&self) -> String {
        let mut condition = self.people_condition();
        self.add_short(&mut condition);
        condition
    }

    fn people_condition(&self) -> String {
        let kind = if self.kind.is_some() { " AND c.kind = :kind" } else { "" };
        // Rows of the practice line are few and have an index of their own: what the narrow index lacks is not read.
        let demo = "(SELECT row FROM contact WHERE profile = :profile AND origin = 'demo' AND deleted_at_ms IS NULL)";
        let origin = match self.origin {
            None => String::new(),
            Some(Origin::Live) => format!(" AND c.row NOT IN {demo}"),
            Some(Origin::Demo) => format!(" AND c.row IN {demo}"),
        };
        format!("c.profile = :profile AND c.deleted_at_ms IS NULL{kind}{origin}")
    }

    /// A short term is looked for in the name, digits also at the end of numbers.
    fn add_short(&self, condition: &mut String) {
        for (at, term) in self.terms.iter().enumerate().filter(|(_, term)| is_short(term)) {
            let suffix = SUFFIX.replace("?1", &format!(":reversed{at}"));
            let or_number = match is_digits(term) {
                true => format!(" OR c.row IN (SELECT contact FROM channel h WHERE {suffix})"),
                false => String::new(),
            };
            condition.push_str(&format!(" AND (instr(c.sort_key, :term{at}) > 0{or_number})"));
        }
    }

    fn ask<T>(
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

fn mark(row: &Row<'_>) -> rusqlite::Result<Mark> {
    Ok((row.get(0)?, ContactId(Uuid::from_bytes(row.get(1)?))))
}

pub(crate) fn is_digits(term: &str) -> bool {
    term.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn is_short(term: &str) -> bool {
    term.chars().count() < 3
}
