//! Forms that are not finished.

use crm::form::{FormOf, KeptForm};
use crm::store::StoreError;
use rusqlite::{Connection, Transaction};

use crate::error::store_error as err;

/// All of them; a name of a later version is passed over.
pub(crate) fn all(db: &Connection, profile: i64) -> Result<Vec<KeptForm>, StoreError> {
    let mut select =
        db.prepare_cached("SELECT name, text, saved_at_ms FROM form WHERE profile = ?1 ORDER BY name").map_err(err)?;
    let rows = select.query_map([profile], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(err)?;
    let rows: Vec<(String, String, i64)> = rows.collect::<Result<_, _>>().map_err(err)?;
    let form = |(name, text, saved_at_ms): (String, String, i64)| {
        Some(KeptForm { form: FormOf::of_name(&name)?, text, saved_at_ms })
    };
    Ok(rows.into_iter().filter_map(form).collect())
}

/// Keeps what is typed.
pub(crate) fn put(tx: &Transaction<'_>, profile: i64, form: &KeptForm) -> Result<(), StoreError> {
    let mut put = tx
        .prepare_cached(
            "INSERT INTO form (profile, name, text, saved_at_ms) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (profile, name) DO UPDATE SET text = ?3, saved_at_ms = ?4",
        )
        .map_err(err)?;
    put.execute((profile, form.form.name(), &form.text, form.saved_at_ms)).map_err(err)?;
    Ok(())
}

/// Forgets it.
pub(crate) fn remove(tx: &Transaction<'_>, profile: i64, form: FormOf) -> Result<(), StoreError> {
    let mut delete = tx.prepare_cached("DELETE FROM form WHERE profile = ?1 AND name = ?2").map_err(err)?;
    delete.execute((profile, form.name())).map_err(err)?;
    Ok(())
}
