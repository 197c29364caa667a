//! People who are both here and in a CRM: what both had, and what is in doubt. It stands beside their link and goes with it.

use crm::connector::{PersonFields, RemotePerson, RemoteRef};
use crm::id::ContactId;
use crm::reconcile::Base;
use crm::store::{Settled, StoreError, Tie, TieState, Ties};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use crate::SqliteStore;
use crate::contacts;
use crate::error::store_error as err;
use crate::rows::{get as column, id as uuid, json, maybe_parsed, name, named};

impl Ties for SqliteStore {
    fn ties_to_settle(&mut self, connector: &str, limit: u32) -> Result<Vec<Tie>, StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            begin_old(tx, profile, connector)?;
            let mut select = tx
                .prepare_cached(
                    "SELECT l.* FROM remote_link l JOIN contact c ON c.id = l.contact AND c.profile = l.profile
                    WHERE l.profile = ?1 AND l.connector = ?2 AND c.deleted_at_ms IS NULL AND c.origin = 'live'
                    AND (l.told_rev <> c.rev OR l.stirred = 1) ORDER BY c.updated_at_ms, c.id LIMIT ?3",
                )
                .map_err(err)?;
            let rows = select.query_map((profile, connector, limit), TieRow::read).map_err(err)?;
            let rows = rows.collect::<Result<Vec<_>, _>>().map_err(err)?;
            rows.into_iter().map(|row| row.complete(tx, profile)).collect()
        })
    }

    fn tie(&mut self, connector: &str, contact: ContactId) -> Result<Tie, StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            begin_old(tx, profile, connector)?;
            let mut select = tx
                .prepare_cached("SELECT * FROM remote_link WHERE profile = ?1 AND connector = ?2 AND contact = ?3")
                .map_err(err)?;
            let row = select.query_row((profile, connector, contact.0.as_bytes()), TieRow::read).map_err(err)?;
            row.complete(tx, profile)
        })
    }

    fn settle_tie(&mut self, connector: &str, settled: &Settled, now_ms: i64) -> Result<(), StoreError> {
        let profile = self.profile;
        self.totals.forget();
        self.write(|tx| {
            let stored = contacts::get(tx, profile, settled.contact.id)?;
            if stored.rev != settled.contact.rev {
                return Err(StoreError::Conflict);
            }
            let mut rev = stored.rev;
            if stored != settled.contact {
                rev = contacts::save(tx, profile, &settled.contact, now_ms)?.rev;
            }
            let mut update = tx
                .prepare_cached(
                    "UPDATE remote_link SET base = ?4, told_rev = ?5, stirred = 0, clashes = ?6, refusal = ?7
                    WHERE profile = ?1 AND connector = ?2 AND contact = ?3",
                )
                .map_err(err)?;
            let told_rev = if settled.again { 0 } else { rev };
            let clashes = (!settled.clashes.is_empty()).then(|| json(&settled.clashes)).transpose()?;
            let key = (profile, connector, settled.contact.id.0.as_bytes());
            let base = json(&settled.base)?;
            update.execute((key.0, key.1, key.2, base, told_rev, clashes, &settled.refusal)).map_err(err)?;
            Ok(())
        })
    }

    fn ties_of(&mut self, contact: ContactId) -> Result<Vec<TieState>, StoreError> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT l.connector, l.base, l.clashes, l.refusal, l.base IS NOT NULL AND l.told_rev <> c.rev AS waiting
                FROM remote_link l JOIN contact c ON c.id = l.contact AND c.profile = l.profile
                WHERE l.profile = ?1 AND l.contact = ?2 AND c.deleted_at_ms IS NULL ORDER BY l.connector",
            )
            .map_err(err)?;
        let states = select.query_map((self.profile, contact.0.as_bytes()), |row| {
            Ok(TieState {
                connector: column(row, "connector")?,
                base: maybe_parsed(row, "base")?.unwrap_or_default(),
                clashes: maybe_parsed::<PersonFields>(row, "clashes")?.unwrap_or_default(),
                refusal: column(row, "refusal")?,
                waiting: column(row, "waiting")?,
            })
        });
        states.map_err(err)?.collect::<Result<_, _>>().map_err(err)
    }

    fn ties_in_doubt(&mut self, connector: &str, limit: u32) -> Result<Vec<ContactId>, StoreError> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT l.contact AS contact FROM remote_link l
                JOIN contact c ON c.id = l.contact AND c.profile = l.profile
                WHERE l.profile = ?1 AND l.connector = ?2 AND c.deleted_at_ms IS NULL
                AND (l.clashes IS NOT NULL OR l.refusal IS NOT NULL) ORDER BY c.sort_key, c.id LIMIT ?3",
            )
            .map_err(err)?;
        let people = select.query_map((self.profile, connector, limit), |row| Ok(ContactId(uuid(row, "contact")?)));
        people.map_err(err)?.collect::<Result<_, _>>().map_err(err)
    }
}

/// A row of `remote_link`.
struct TieRow {
    contact: ContactId,
    record: RemoteRef,
    base: Base,
    clashes: PersonFields,
    stirred: bool,
}

impl TieRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            contact: ContactId(uuid(row, "contact")?),
            record: RemoteRef { kind: named(row, "kind")?, id: column(row, "remote_id")? },
            base: maybe_parsed(row, "base")?.unwrap_or_default(),
            clashes: maybe_parsed::<PersonFields>(row, "clashes")?.unwrap_or_default(),
            stirred: column(row, "stirred")?,
        })
    }

    fn complete(self, db: &Connection, profile: i64) -> Result<Tie, StoreError> {
        let Self { contact, record, base, clashes, stirred } = self;
        Ok(Tie { contact: contacts::get(db, profile, contact)?, record, base, clashes, stirred })
    }
}

/// A person is tied from now on: whatever is changed later is told.
pub(crate) fn begin(tx: &Transaction<'_>, profile: i64, connector: &str, contact: ContactId) -> Result<(), StoreError> {
    let found = match contacts::get(tx, profile, contact) {
        Err(StoreError::NotFound) => return Ok(()),
        found => found?,
    };
    let mut update = tx
        .prepare_cached(
            "UPDATE remote_link SET base = ?4, told_rev = ?5, stirred = 0, clashes = NULL, refusal = NULL
            WHERE profile = ?1 AND connector = ?2 AND contact = ?3",
        )
        .map_err(err)?;
    let base = json(&Base::begin(&found))?;
    update.execute((profile, connector, contact.0.as_bytes(), base, found.rev)).map_err(err)?;
    Ok(())
}

/// Ties of a version that kept no base begin now.
fn begin_old(tx: &Transaction<'_>, profile: i64, connector: &str) -> Result<(), StoreError> {
    let mut select = tx
        .prepare_cached("SELECT contact FROM remote_link WHERE profile = ?1 AND connector = ?2 AND base IS NULL")
        .map_err(err)?;
    let old = select.query_map((profile, connector), |row| Ok(ContactId(uuid(row, "contact")?))).map_err(err)?;
    for contact in old.collect::<Result<Vec<_>, _>>().map_err(err)? {
        begin(tx, profile, connector, contact)?;
    }
    Ok(())
}

/// The CRM tells how somebody's record stands now.
pub(crate) fn stir(
    tx: &Transaction<'_>,
    profile: i64,
    connector: &str,
    person: &RemotePerson,
    country: &str,
) -> Result<(), StoreError> {
    let mut select = tx
        .prepare_cached(
            "SELECT base FROM remote_link WHERE profile = ?1 AND connector = ?2 AND kind = ?3 AND remote_id = ?4
            AND base IS NOT NULL AND stirred = 0",
        )
        .map_err(err)?;
    let key = (profile, connector, name(person.record.kind)?, &person.record.id);
    let base = select.query_row(key, |row| maybe_parsed::<Base>(row, "base")).optional().map_err(err)?.flatten();
    if base.is_some_and(|base| base.is_stirred_by(person, country)) {
        let mut update = tx
            .prepare_cached(
                "UPDATE remote_link SET stirred = 1 WHERE profile = ?1 AND connector = ?2 AND kind = ?3
                AND remote_id = ?4",
            )
            .map_err(err)?;
        update.execute((profile, connector, name(person.record.kind)?, &person.record.id)).map_err(err)?;
    }
    Ok(())
}
