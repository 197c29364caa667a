//! Copies of the people of connected CRMs.

use crm::connector::{Changes, Moved, RemotePerson, RemoteRef};
use crm::contact::digits;
use crm::phone::PhoneNumber;
use crm::store::{Copied, Copies, CopyTerms, StoreError, copy_numbers, copy_text, search_terms};
use crm::text::fold;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, named_params};

use crate::error::store_error as err;
use crate::rows::{get as column, json, name, named, parsed};
use crate::search::{SUFFIX_MIN, is_digits, is_short, reversed};
use crate::{SqliteStore, ties};

/// The most people of a number.
const CANDIDATES_MAX: u32 = 20;

impl Copies for SqliteStore {
    fn copied(&mut self, connector: &str) -> Result<Copied, StoreError> {
        let mut select =
            self.db.prepare_cached("SELECT * FROM copy_source WHERE profile = ?1 AND connector = ?2").map_err(err)?;
        let found = select.query_row((self.profile, connector), |row| {
            Ok(Copied {
                cursor: column(row, "cursor")?,
                country: column(row, "country")?,
                people: column(row, "people")?,
                full: column(row, "is_full")?,
                complete_at_ms: column(row, "complete_at_ms")?,
            })
        });
        Ok(found.optional().map_err(err)?.unwrap_or_default())
    }

    fn take_changes(
        &mut self,
        connector: &str,
        changes: &Changes,
        terms: &CopyTerms,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let mut source = Source::entered(tx, profile, connector, terms)?;
            if changes.anew {
                source.begin_pass(&terms.country);
            }
            for person in &changes.people {
                source.put(tx, person, true)?;
                ties::stir(tx, profile, connector, person, &terms.country)?;
            }
            for record in &changes.same {
                source.told(tx, record)?;
            }
            for Moved { from, to } in &changes.moved {
                source.remove(tx, from)?;
                point(tx, profile, connector, from, to)?;
            }
            let mut gone = changes.gone.clone();
            if changes.complete && std::mem::take(&mut source.passing) {
                gone.extend(source.untold(tx)?);
            }
            for record in &gone {
                source.remove(tx, record)?;
            }
            for record in &gone {
                source.point_to_namesakes(tx, profile, connector, record)?;
            }
            source.keep(tx, &changes.cursor, changes.complete.then_some(now_ms))
        })
    }

    fn put_copies(&mut self, connector: &str, people: &[RemotePerson], newer: bool) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let Some(mut source) = Source::find(tx, profile, connector)? else { return Ok(()) };
            for person in people {
                source.put(tx, person, newer)?;
            }
            source.keep_count(tx)
        })
    }

    fn keep_copies_of(&mut self, connectors: &[String]) -> Result<bool, StoreError> {
        let profile = self.profile;
        let mut select = self.db.prepare_cached("SELECT connector FROM copy_source WHERE profile = ?1").map_err(err)?;
        let all = select.query_map([profile], |row| row.get(0)).map_err(err)?;
        let mut others: Vec<String> = all.collect::<Result<_, _>>().map_err(err)?;
        drop(select);
        others.retain(|connector| !connectors.contains(connector));
        if others.is_empty() {
            return Ok(false);
        }
        self.write(|tx| {
            for connector in &others {
                forget(tx, profile, connector)?;
            }
            crate::scrub::owe(tx)?;
            Ok(true)
        })
    }

    fn copies_by_number(&mut self, connector: &str, number: &PhoneNumber) -> Result<Vec<RemotePerson>, StoreError> {
        let tail = digits(number.dial());
        let (condition, value) = match number.e164() {
            Some(_) => ("n.match_key = :value", number.match_key().to_owned()),
            None if tail.len() >= SUFFIX_MIN => (SUFFIX, reversed(&tail)),
            None => return Ok(Vec::new()),
        };
        let condition = format!("c.row IN (SELECT copy FROM copy_number n WHERE {condition})");
        self.people(connector, "copy c", &condition, &[(":value", &value)], CANDIDATES_MAX)
    }

    fn copies_by_text(&mut self, connector: &str, text: &str, limit: u32) -> Result<Vec<RemotePerson>, StoreError> {
        let terms = search_terms(text);
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let long = terms.iter().filter(|term| !is_short(term));
        let trigrams = long.map(|term| format!("\"{}\"", term.replace('"', "\"\""))).collect::<Vec<_>>().join(" AND ");
        let mut conditions = Vec::new();
        let mut values: Vec<(String, String)> = Vec::new();
        let mut from = "copy c";
        if !trigrams.is_empty() {
            from = "copy_text CROSS JOIN copy c ON c.row = copy_text.rowid";
            conditions.push("copy_text MATCH :trigrams".to_owned());
            values.push((":trigrams".to_owned(), trigrams));
        }
        for (at, term) in terms.iter().enumerate().filter(|(_, term)| is_short(term)) {
            let suffix = SUFFIX.replace(":value", &format!(":reversed{at}"));
            let or_number = match is_digits(term) {
                true => format!(" OR c.row IN (SELECT copy FROM copy_number n WHERE {suffix})"),
                false => String::new(),
            };
            conditions.push(format!("(instr(c.sort_key, :term{at}) > 0{or_number})"));
            values.push((format!(":term{at}"), term.clone()));
            values.push((format!(":reversed{at}"), reversed(term)));
        }
        let values: Vec<(&str, &dyn ToSql)> = values.iter().map(|(name, value)| (name.as_str(), value as _)).collect();
        self.people(connector, from, &conditions.join(" AND "), &values, limit)
    }
}

/// Numbers that end with digits are those whose reverse begins with their reverse; `:` is the character behind `9`.
const SUFFIX: &str = "n.digits_reversed >= :value AND n.digits_reversed < :value || ':'";

impl SqliteStore {
    /// People of a connection, by name.
    fn people(
        &self,
        connector: &str,
        from: &str,
        condition: &str,
        values: &[(&str, &dyn ToSql)],
        limit: u32,
    ) -> Result<Vec<RemotePerson>, StoreError> {
        let Some(source) = Source::find(&self.db, self.profile, connector)? else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT c.* FROM {from} WHERE c.source = :source AND {condition} ORDER BY c.sort_key, c.remote_id LIMIT :limit"
        );
        let mut statement = self.db.prepare_cached(&sql).map_err(err)?;
        let fixed: [(&str, &dyn ToSql); 2] = [(":source", &source.row), (":limit", &limit)];
        for (name, value) in values.iter().chain(&fixed) {
            if let Some(at) = statement.parameter_index(name).map_err(err)? {
                statement.raw_bind_parameter(at, value).map_err(err)?;
            }
        }
        let mut rows = statement.raw_query();
        let mut people = Vec::new();
        while let Some(row) = rows.next().map_err(err)? {
            people.push(person(row).map_err(err)?);
        }
        Ok(people)
    }
}

fn person(row: &Row<'_>) -> rusqlite::Result<RemotePerson> {
    Ok(RemotePerson {
        record: RemoteRef { kind: named(row, "kind")?, id: column(row, "remote_id")? },
        name: column(row, "name")?,
        company: column(row, "company")?,
        phones: parsed(row, "phones")?,
        email: column(row, "email")?,
    })
}

/// Removes the copies of a connection; whether there were any.
pub(crate) fn forget(tx: &Transaction<'_>, profile: i64, connector: &str) -> Result<bool, StoreError> {
    let Some(source) = Source::find(tx, profile, connector)? else { return Ok(false) };
    for sql in [
        "DELETE FROM copy_text WHERE rowid IN (SELECT row FROM copy WHERE source = ?1)",
        "DELETE FROM copy WHERE source = ?1",
        "DELETE FROM copy_source WHERE row = ?1",
    ] {
        tx.execute(sql, [source.row]).map_err(err)?;
    }
    Ok(true)
}

/// Removes copies of the records that a contact is tied to.
pub(crate) fn forget_of(tx: &Transaction<'_>, profile: i64, contact: crm::id::ContactId) -> Result<(), StoreError> {
    let mut select = tx
        .prepare_cached("SELECT connector, kind, remote_id FROM remote_link WHERE profile = ?1 AND contact = ?2")
        .map_err(err)?;
    let links = select.query_map((profile, contact.0.as_bytes()), |row| {
        Ok((
            column::<String>(row, "connector")?,
            RemoteRef { kind: named(row, "kind")?, id: column(row, "remote_id")? },
        ))
    });
    for (connector, record) in links.map_err(err)?.collect::<Result<Vec<_>, _>>().map_err(err)? {
        if let Some(mut source) = Source::find(tx, profile, &connector)? {
            source.remove(tx, &record)?;
            source.keep_count(tx)?;
        }
    }
    Ok(())
}

/// People here who are tied to one record are tied to another.
fn point(
    tx: &Transaction<'_>,
    profile: i64,
    connector: &str,
    from: &RemoteRef,
    to: &RemoteRef,
) -> Result<(), StoreError> {
    let mut update = tx
        .prepare_cached(
            "UPDATE remote_link SET kind = ?5, remote_id = ?6
            WHERE profile = ?1 AND connector = ?2 AND kind = ?3 AND remote_id = ?4",
        )
        .map_err(err)?;
    update.execute((profile, connector, name(from.kind)?, &from.id, name(to.kind)?, &to.id)).map_err(err)?;
    Ok(())
}

/// A connection whose people are copied, within a transaction.
struct Source {
    row: i64,
    country: String,
    most: u32,
    pass: i64,
    passing: bool,
    people: u32,
    is_full: bool,
}

impl Source {
    fn find(db: &Connection, profile: i64, connector: &str) -> Result<Option<Self>, StoreError> {
        let mut select =
            db.prepare_cached("SELECT * FROM copy_source WHERE profile = ?1 AND connector = ?2").map_err(err)?;
        let found = select.query_row((profile, connector), |row| {
            Ok(Self {
                row: column(row, "row")?,
                country: column(row, "country")?,
                most: column(row, "most")?,
                pass: column(row, "pass")?,
                passing: column(row, "passing")?,
                people: column(row, "people")?,
                is_full: column(row, "is_full")?,
            })
        });
        found.optional().map_err(err)
    }

    /// The row, made if there is none.
    fn entered(tx: &Transaction<'_>, profile: i64, connector: &str, terms: &CopyTerms) -> Result<Self, StoreError> {
        if let Some(found) = Self::find(tx, profile, connector)? {
            return Ok(Self { most: terms.most, ..found });
        }
        let sql = "INSERT INTO copy_source (profile, connector, country, most, cursor, pass, passing, people, is_full)
            VALUES (?1, ?2, ?3, ?4, '', 0, 0, 0, 0)";
        tx.execute(sql, (profile, connector, &terms.country, terms.most)).map_err(err)?;
        let (row, country, most) = (tx.last_insert_rowid(), terms.country.clone(), terms.most);
        Ok(Self { row, country, most, pass: 0, passing: false, people: 0, is_full: false })
    }

    fn begin_pass(&mut self, country: &str) {
        self.pass += 1;
        (self.passing, self.is_full) = (true, false);
        country.clone_into(&mut self.country);
    }

    fn row_of(&self, tx: &Transaction<'_>, record: &RemoteRef) -> Result<Option<i64>, StoreError> {
        let mut select = tx
            .prepare_cached("SELECT row FROM copy WHERE source = ?1 AND kind = ?2 AND remote_id = ?3")
            .map_err(err)?;
        select.query_row((self.row, name(record.kind)?, &record.id), |row| row.get(0)).optional().map_err(err)
    }

    fn put(&mut self, tx: &Transaction<'_>, person: &RemotePerson, newer: bool) -> Result<(), StoreError> {
        let known = self.row_of(tx, &person.record)?;
        if let Some(row) = known.filter(|_| !newer) {
            let mut told = tx.prepare_cached("UPDATE copy SET pass = ?2 WHERE row = ?1").map_err(err)?;
            told.execute((row, self.pass)).map_err(err)?;
            return Ok(());
        }
        if known.is_none() && self.people >= self.most {
            self.is_full = true;
            return Ok(());
        }
        if let Some(row) = known {
            clear(tx, row)?;
        } else {
            self.people += 1;
        }
        let mut put = tx
            .prepare_cached(
                "INSERT INTO copy (row, source, kind, remote_id, pass, name, company, phones, email, sort_key)
                VALUES (:row, :source, :kind, :id, :pass, :name, :company, :phones, :email, :sort_key)",
            )
            .map_err(err)?;
        put.execute(named_params! {
            ":row": known, ":source": self.row, ":kind": name(person.record.kind)?, ":id": person.record.id,
            ":pass": self.pass, ":name": person.name, ":company": person.company, ":phones": json(&person.phones)?,
            ":email": person.email, ":sort_key": fold(&person.name),
        })
        .map_err(err)?;
        self.index(tx, known.unwrap_or_else(|| tx.last_insert_rowid()), person)
    }

    /// Somebody is as before.
    fn told(&self, tx: &Transaction<'_>, record: &RemoteRef) -> Result<(), StoreError> {
        let mut told = tx
            .prepare_cached("UPDATE copy SET pass = ?4 WHERE source = ?1 AND kind = ?2 AND remote_id = ?3")
            .map_err(err)?;
        told.execute((self.row, name(record.kind)?, &record.id, self.pass)).map_err(err)?;
        Ok(())
    }

    fn index(&self, tx: &Transaction<'_>, row: i64, person: &RemotePerson) -> Result<(), StoreError> {
        let numbers = copy_numbers(person, &self.country);
        let mut put = tx
            .prepare_cached("INSERT INTO copy_number (copy, match_key, digits_reversed) VALUES (?1, ?2, ?3)")
            .map_err(err)?;
        for number in &numbers {
            put.execute((row, number.match_key(), reversed(&digits(number.dial())))).map_err(err)?;
        }
        let mut put = tx.prepare_cached("INSERT INTO copy_text (rowid, search) VALUES (?1, ?2)").map_err(err)?;
        put.execute((row, copy_text(person, &numbers))).map_err(err)?;
        Ok(())
    }

    fn remove(&mut self, tx: &Transaction<'_>, record: &RemoteRef) -> Result<(), StoreError> {
        if let Some(row) = self.row_of(tx, record)? {
            clear(tx, row)?;
            self.people = self.people.saturating_sub(1);
        }
        Ok(())
    }

    /// Records that the pass which is over did not tell of.
    fn untold(&self, tx: &Transaction<'_>) -> Result<Vec<RemoteRef>, StoreError> {
        let mut select =
            tx.prepare_cached("SELECT kind, remote_id FROM copy WHERE source = ?1 AND pass < ?2").map_err(err)?;
        let records = select.query_map((self.row, self.pass), |row| {
            Ok(RemoteRef { kind: named(row, "kind")?, id: column(row, "remote_id")? })
        });
        records.map_err(err)?.collect::<Result<_, _>>().map_err(err)
    }

    /// Whoever here was tied to a record that is gone is tied to the only other one with a number of theirs.
    fn point_to_namesakes(
        &self,
        tx: &Transaction<'_>,
        profile: i64,
        connector: &str,
        gone: &RemoteRef,
    ) -> Result<(), StoreError> {
        let mut update = tx
            .prepare_cached(
                "WITH found (contact, kind, remote_id) AS (
                    SELECT l.contact, min(c.kind), min(c.remote_id) FROM remote_link l
                    JOIN contact p ON p.id = l.contact AND p.profile = l.profile AND p.deleted_at_ms IS NULL
                    JOIN channel h ON h.contact = p.row JOIN copy_number n ON n.match_key = h.match_key
                    JOIN copy c ON c.row = n.copy AND c.source = ?5
                    WHERE l.profile = ?1 AND l.connector = ?2 AND l.kind = ?3 AND l.remote_id = ?4
                    GROUP BY l.contact HAVING count(DISTINCT c.row) = 1)
                UPDATE remote_link SET kind = found.kind, remote_id = found.remote_id FROM found
                WHERE profile = ?1 AND connector = ?2 AND remote_link.contact = found.contact",
            )
            .map_err(err)?;
        update.execute((profile, connector, name(gone.kind)?, &gone.id, self.row)).map_err(err)?;
        Ok(())
    }

    fn keep(&self, tx: &Transaction<'_>, cursor: &str, complete_at_ms: Option<i64>) -> Result<(), StoreError> {
        let mut update = tx
            .prepare_cached(
                "UPDATE copy_source SET country = :country, most = :most, cursor = :cursor, pass = :pass,
                    passing = :passing, complete_at_ms = coalesce(:complete, complete_at_ms) WHERE row = :row",
            )
            .map_err(err)?;
        update
            .execute(named_params! {
                ":row": self.row, ":country": self.country, ":most": self.most, ":cursor": cursor, ":pass": self.pass,
                ":passing": self.passing, ":complete": complete_at_ms,
            })
            .map_err(err)?;
        self.keep_count(tx)
    }

    fn keep_count(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        let mut update =
            tx.prepare_cached("UPDATE copy_source SET people = ?2, is_full = ?3 WHERE row = ?1").map_err(err)?;
        update.execute((self.row, self.people, self.is_full)).map_err(err)?;
        Ok(())
    }
}

/// Removes a row with its numbers and its text.
fn clear(tx: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM copy_number WHERE copy = ?1",
        "DELETE FROM copy_text WHERE rowid = ?1",
        "DELETE FROM copy WHERE row = ?1",
    ] {
        tx.prepare_cached(sql).and_then(|mut delete| delete.execute([row])).map_err(err)?;
    }
    Ok(())
}
