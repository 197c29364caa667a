//! Cards and history: the reading side.

use crm::card::{Card, CardRow};
use crm::disposition::CALL_BACK;
use crm::id::CallId;
use crm::outbox as policy;
use crm::phone::PhoneNumber;
use crm::store::{CardFilter, CardQuery, Counts, PAGE_MAX, Page, StoreError, card_mark, read_card_mark, search_terms};
use rusqlite::{Connection, OptionalExtension, ToSql};

use crate::calls::{card, get};
use crate::contacts::maybe_brief;
use crate::error::store_error as err;
use crate::outbox;
use crate::rows::name;
use crate::search::count_by_key;

/// One card with what belongs to it.
pub(crate) fn row(db: &Connection, profile: i64, call: CallId) -> Result<CardRow, StoreError> {
    complete(db, profile, get(db, profile, call)?)
}

/// A page of cards, newest first.
pub(crate) fn list(db: &Connection, profile: i64, query: &CardQuery) -> Result<Page<CardRow>, StoreError> {
    let limit = query.limit.clamp(1, PAGE_MAX);
    let mut conditions = Conditions::new(profile);
    conditions.add_query(query)?;
    let total = conditions.count(db)?;
    if let Some(mark) = &query.after {
        let (started_at_ms, id) = read_card_mark(mark)?;
        conditions
            .add("(k.started_at_ms, k.id) < (?, ?)", [Box::new(started_at_ms) as _, Box::new(*id.0.as_bytes()) as _]);
    }
    let mut cards = conditions.cards(db, query.skip, limit + 1)?;
    let more = cards.len() > limit as usize;
    cards.truncate(limit as usize);
    let next = cards.last().filter(|_| more).map(|card| card_mark(card.record.started_at_ms, card.record.id));
    let rows = cards.into_iter().map(|card| complete(db, profile, card)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next, total })
}

/// Earlier calls with the same contact or number, newest first.
pub(crate) fn recent(db: &Connection, profile: i64, call: CallId, limit: u32) -> Result<Vec<CardRow>, StoreError> {
    let this = get(db, profile, call)?;
    let mut select = db
        .prepare_cached(
            "SELECT * FROM call WHERE row IN (
                SELECT row FROM call WHERE contact = ?1 UNION SELECT row FROM call WHERE match_key = ?2)
            AND profile = ?3 AND origin = ?7 AND (started_at_ms, id) < (?4, ?5)
            ORDER BY started_at_ms DESC, id DESC LIMIT ?6",
        )
        .map_err(err)?;
    let key = this.record.party.number.as_ref().map(PhoneNumber::match_key);
    let contact = this.draft.contact.map(|id| *id.0.as_bytes());
    let (started_at_ms, origin) = (this.record.started_at_ms, name(this.record.origin)?);
    let values = (contact, key, profile, started_at_ms, call.0.as_bytes(), limit.min(PAGE_MAX), origin);
    let cards: Vec<Card> = select.query_map(values, card).map_err(err)?.collect::<Result<_, _>>().map_err(err)?;
    cards.into_iter().map(|card| complete(db, profile, card)).collect()
}

/// Numbers beside sections.
pub(crate) fn counts(db: &Connection, profile: i64) -> Result<Counts, StoreError> {
    let count = |sql: &str| -> Result<u32, StoreError> {
        let mut select = db.prepare_cached(sql).map_err(err)?;
        select.query_row([profile], |row| row.get(0)).map_err(err)
    };
    Ok(Counts {
        to_save: count("SELECT count(*) FROM call WHERE profile = ?1 AND state = 'unsaved'")?,
        missed: count("SELECT count(*) FROM call WHERE profile = ?1 AND missed = 1 AND seen = 0")?,
        to_send: count(
            "SELECT count(*) FROM outbox WHERE profile = ?1 AND state IN ('released', 'inflight', 'unknown')
            AND connector IS NOT NULL",
        )?,
        unread_chats: count(
            "SELECT count(*) FROM chat c WHERE c.profile = ?1 AND EXISTS (SELECT 1 FROM message m
                WHERE m.chat = c.row AND m.state = 'received' AND (c.read_until IS NULL OR m.id > c.read_until))",
        )?,
    })
}

fn complete(db: &Connection, profile: i64, card: Card) -> Result<CardRow, StoreError> {
    let contact = maybe_brief(db, profile, card.draft.contact)?;
    let key = card.record.party.number.as_ref().map(PhoneNumber::match_key);
    let possible_contacts = match (&contact, key) {
        (None, Some(key)) => count_by_key(db, profile, key, card.record.origin)?,
        _ => 0,
    };
    let pushes = outbox::of_call(db, profile, card.record.id)?;
    let sync = policy::sync_of(&pushes);
    let disposition = match card.draft.disposition {
        None => None,
        Some(id) => {
            let mut select =
                db.prepare_cached("SELECT name FROM disposition WHERE id = ?1 AND profile = ?2").map_err(err)?;
            select.query_row((id.0.as_bytes(), profile), |row| row.get(0)).optional().map_err(err)?
        }
    };
    Ok(CardRow { card, contact, possible_contacts, sync, pushes, disposition })
}

/// The conditions of a list, with their values.
struct Conditions {
    sql: String,
    values: Vec<Box<dyn ToSql>>,
    /// The text of the assigned person is looked at.
    person: bool,
}

impl Conditions {
    fn new(profile: i64) -> Self {
        Self { sql: "k.profile = ?".into(), values: vec![Box::new(profile)], person: false }
    }

    fn add(&mut self, sql: &str, values: impl IntoIterator<Item = Box<dyn ToSql>>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.values.extend(values);
    }

    fn add_query(&mut self, query: &CardQuery) -> Result<(), StoreError> {
        match query.filter {
            CardFilter::All => self.add("k.state NOT IN ('dismissed', 'expired')", []),
            CardFilter::ToSave => self.add("k.state = 'unsaved'", []),
            CardFilter::Missed => self.add("k.missed = 1", []),
            CardFilter::ToReturn => self.add(
                "k.missed = 1 AND k.match_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM call n WHERE n.match_key = k.match_key
                    AND n.profile = k.profile AND n.started_at_ms > k.started_at_ms
                    AND (n.missed = 1 OR n.answered_at_ms IS NOT NULL))",
                [],
            ),
            CardFilter::FollowUp => self.add(
                "k.state = 'saved' AND k.disposition IN (SELECT id FROM disposition
                    WHERE profile = k.profile AND builtin = 1 AND name = ?)
                AND NOT EXISTS (SELECT 1 FROM call n WHERE n.match_key = k.match_key AND n.profile = k.profile
                    AND n.started_at_ms > k.started_at_ms AND n.answered_at_ms IS NOT NULL)
                AND NOT EXISTS (SELECT 1 FROM call n WHERE n.contact = k.contact AND n.profile = k.profile
                    AND n.started_at_ms > k.started_at_ms AND n.answered_at_ms IS NOT NULL)",
                [Box::new(CALL_BACK) as _],
            ),
            CardFilter::Expired => self.add("k.state = 'expired'", []),
            CardFilter::Dismissed => self.add("k.state = 'dismissed'", []),
            CardFilter::History => {}
        }
        if let Some(direction) = query.direction {
            self.add("k.direction = ?", [Box::new(name(direction)?) as _]);
        }
        if let Some(contact) = query.contact {
            self.add("k.contact = ?", [Box::new(*contact.0.as_bytes()) as _]);
        }
        for term in search_terms(&query.text) {
            self.person = true;
            let values: [Box<dyn ToSql>; 3] = [Box::new(term.clone()), Box::new(term.clone()), Box::new(term)];
            self.add(
                "(instr(k.search_party, ?) > 0 OR instr(k.search_draft, ?) > 0
                    OR instr(coalesce(c.sort_key, ''), ?) > 0)",
                values,
            );
        }
        Ok(())
    }

    fn from(&self) -> &'static str {
        if self.person { "call k LEFT JOIN contact c ON c.id = k.contact" } else { "call k" }
    }

    fn count(&self, db: &Connection) -> Result<u32, StoreError> {
        let sql = format!("SELECT count(*) FROM {} WHERE {}", self.from(), self.sql);
        let mut select = db.prepare_cached(&sql).map_err(err)?;
        select.query_row(rusqlite::params_from_iter(&self.values), |row| row.get(0)).map_err(err)
    }

    fn cards(&self, db: &Connection, skip: u32, limit: u32) -> Result<Vec<Card>, StoreError> {
        let sql = format!(
            "SELECT k.* FROM {} WHERE {} ORDER BY k.started_at_ms DESC, k.id DESC LIMIT {limit} OFFSET {skip}",
            self.from(),
            self.sql
        );
        let mut select = db.prepare_cached(&sql).map_err(err)?;
        let cards = select.query_map(rusqlite::params_from_iter(&self.values), card).map_err(err)?;
        cards.collect::<Result<_, _>>().map_err(err)
    }
}
