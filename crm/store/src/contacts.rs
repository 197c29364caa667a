//! People.

use crm::contact::{Address, Channel, Contact, ContactBrief, digits};
use crm::id::{AddressId, ChannelId, ContactId};
use crm::phone::PhoneNumber;
use crm::store::StoreError;
use crm::text;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use crate::error::store_error as err;
use crate::rows::{get as column, id as uuid, json, maybe_parsed, name, named, parsed};

/// One person in full.
pub(crate) fn get(db: &Connection, profile: i64, id: ContactId) -> Result<Contact, StoreError> {
    let mut select = db
        .prepare_cached("SELECT * FROM contact WHERE id = ?1 AND profile = ?2 AND deleted_at_ms IS NULL")
        .map_err(err)?;
    let (row, mut contact) = select
        .query_row((id.0.as_bytes(), profile), |row| Ok((column::<i64>(row, "row")?, head(row)?)))
        .map_err(err)?;
    let mut select = db.prepare_cached("SELECT * FROM channel WHERE contact = ?1 ORDER BY position").map_err(err)?;
    contact.channels = select.query_map([row], channel).map_err(err)?.collect::<Result<_, _>>().map_err(err)?;
    let mut select = db.prepare_cached("SELECT * FROM address WHERE contact = ?1 ORDER BY position").map_err(err)?;
    contact.addresses = select.query_map([row], address).map_err(err)?.collect::<Result<_, _>>().map_err(err)?;
    Ok(contact)
}

/// One person in short.
pub(crate) fn brief(db: &Connection, profile: i64, id: ContactId) -> Result<ContactBrief, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT c.*, d.name AS disposition, coalesce(d.do_not_call, 0) AS do_not_call,
                (SELECT max(started_at_ms) FROM call WHERE contact = c.id) AS last_call_at_ms
            FROM contact c LEFT JOIN disposition d ON d.profile = c.profile AND d.id = (
                SELECT disposition FROM call
                WHERE contact = c.id AND state = 'saved' AND disposition IS NOT NULL
                ORDER BY started_at_ms DESC LIMIT 1)
            WHERE c.id = ?1 AND c.profile = ?2 AND c.deleted_at_ms IS NULL",
        )
        .map_err(err)?;
    select
        .query_row((id.0.as_bytes(), profile), |row| {
            let contact = head(row)?;
            Ok(ContactBrief {
                id: contact.id,
                kind: contact.kind,
                name: contact.name(),
                initials: contact.initials(),
                company: Some(contact.company.clone()).filter(|company| !company.is_empty()),
                vip: contact.vip,
                phone: column(row, "phone")?,
                email: column(row, "email")?,
                last_call_at_ms: column(row, "last_call_at_ms")?,
                last_disposition: column(row, "disposition")?,
                do_not_call: column(row, "do_not_call")?,
                origin: contact.origin,
            })
        })
        .map_err(err)
}

/// One person in short, or none if there is no such person any more.
pub(crate) fn maybe_brief(
    db: &Connection,
    profile: i64,
    id: Option<ContactId>,
) -> Result<Option<ContactBrief>, StoreError> {
    match id.map(|id| brief(db, profile, id)) {
        None | Some(Err(StoreError::NotFound)) => Ok(None),
        Some(found) => found.map(Some),
    }
}

/// Creates or changes a person.
pub(crate) fn save(tx: &Transaction<'_>, profile: i64, contact: &Contact, now_ms: i64) -> Result<Contact, StoreError> {
    let row =
        if contact.rev == 0 { insert(tx, profile, contact, now_ms)? } else { update(tx, profile, contact, now_ms)? };
    let mut index = tx.prepare_cached("INSERT INTO contact_text (rowid, search) VALUES (?1, ?2)").map_err(err)?;
    index.execute((row, contact.search_text())).map_err(err)?;
    for (position, channel) in (0_u32..).zip(&contact.channels) {
        insert_channel(tx, row, position, channel)?;
    }
    for (position, address) in (0_u32..).zip(&contact.addresses) {
        insert_address(tx, row, position, address)?;
    }
    Ok(Contact { rev: contact.rev + 1, ..contact.clone() })
}

/// Removes a person; a tombstone without personal data stays.
pub(crate) fn delete(
    tx: &Transaction<'_>,
    profile: i64,
    id: ContactId,
    rev: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    let row = row_at_rev(tx, profile, id, rev)?;
    clear_parts(tx, row)?;
    let mut update = tx
        .prepare_cached(
            "UPDATE contact SET rev = rev + 1, first_name = '', last_name = '', company = '', document_kind = NULL,
                document_number = NULL, custom = '{}', vip = 0, phone = NULL, email = NULL, sort_key = '', search = '',
                updated_at_ms = ?2, deleted_at_ms = ?2 WHERE row = ?1",
        )
        .map_err(err)?;
    update.execute((row, now_ms)).map_err(err)?;
    Ok(())
}

/// Removes all rows of the practice line.
pub(crate) fn erase_demo(tx: &Transaction<'_>, profile: i64) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM contact_text WHERE rowid IN
            (SELECT row FROM contact WHERE profile = ?1 AND origin = 'demo' AND deleted_at_ms IS NULL)",
        "DELETE FROM contact WHERE profile = ?1 AND origin = 'demo'",
        "DELETE FROM outbox WHERE profile = ?1 AND origin = 'demo'",
        "DELETE FROM call WHERE profile = ?1 AND origin = 'demo'",
    ] {
        tx.execute(sql, [profile]).map_err(err)?;
    }
    Ok(())
}

fn insert(tx: &Transaction<'_>, profile: i64, contact: &Contact, now_ms: i64) -> Result<i64, StoreError> {
    let mut insert = tx
        .prepare_cached(
            "INSERT INTO contact (id, profile, origin, rev, kind, first_name, last_name, company, document_kind,
                document_number, vip, phone, email, custom, sort_key, search, created_at_ms, updated_at_ms)
            VALUES (:id, :profile, :origin, 1, :kind, :first_name, :last_name, :company, :document_kind,
                :document_number, :vip, :phone, :email, :custom, :sort_key, :search, :now, :now)
            ON CONFLICT (id) DO NOTHING",
        )
        .map_err(err)?;
    let (phone, email) = contact.first_phone_and_email();
    let inserted = insert
        .execute(named_params! {
            ":id": contact.id.0.as_bytes(), ":profile": profile, ":origin": name(contact.origin)?,
            ":kind": name(contact.kind)?, ":first_name": contact.first_name, ":last_name": contact.last_name,
            ":company": contact.company, ":document_kind": contact.document_kind,
            ":document_number": contact.document_number, ":vip": contact.vip, ":phone": phone, ":email": email,
            ":custom": json(&contact.custom)?, ":sort_key": text::fold(&contact.name()), ":search": contact.search_text(), ":now": now_ms,
        })
        .map_err(err)?;
    if inserted == 0 {
        return Err(StoreError::Conflict);
    }
    Ok(tx.last_insert_rowid())
}

fn update(tx: &Transaction<'_>, profile: i64, contact: &Contact, now_ms: i64) -> Result<i64, StoreError> {
    let row = row_at_rev(tx, profile, contact.id, contact.rev)?;
    clear_parts(tx, row)?;
    let mut update = tx
        .prepare_cached(
            "UPDATE contact SET rev = rev + 1, kind = :kind, first_name = :first_name, last_name = :last_name,
                company = :company, document_kind = :document_kind, document_number = :document_number, vip = :vip,
                phone = :phone, email = :email, custom = :custom, sort_key = :sort_key, search = :search, updated_at_ms = :now
            WHERE row = :row",
        )
        .map_err(err)?;
    let (phone, email) = contact.first_phone_and_email();
    update
        .execute(named_params! {
            ":row": row, ":kind": name(contact.kind)?, ":first_name": contact.first_name,
            ":last_name": contact.last_name, ":company": contact.company, ":document_kind": contact.document_kind,
            ":document_number": contact.document_number, ":vip": contact.vip, ":phone": phone, ":email": email,
            ":custom": json(&contact.custom)?, ":sort_key": text::fold(&contact.name()), ":search": contact.search_text(), ":now": now_ms,
        })
        .map_err(err)?;
    Ok(row)
}

fn row_at_rev(tx: &Transaction<'_>, profile: i64, id: ContactId, rev: i64) -> Result<i64, StoreError> {
    let mut select = tx
        .prepare_cached("SELECT row, rev FROM contact WHERE id = ?1 AND profile = ?2 AND deleted_at_ms IS NULL")
        .map_err(err)?;
    let found: Option<(i64, i64)> =
        select.query_row((id.0.as_bytes(), profile), |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(err)?;
    match found {
        None => Err(StoreError::NotFound),
        Some((_, stored)) if stored != rev => Err(StoreError::Conflict),
        Some((row, _)) => Ok(row),
    }
}

fn clear_parts(tx: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM channel WHERE contact = ?1",
        "DELETE FROM address WHERE contact = ?1",
        "DELETE FROM contact_text WHERE rowid = ?1",
    ] {
        tx.prepare_cached(sql).and_then(|mut delete| delete.execute([row])).map_err(err)?;
    }
    Ok(())
}

fn insert_channel(tx: &Transaction<'_>, row: i64, position: u32, channel: &Channel) -> Result<(), StoreError> {
    let mut insert = tx
        .prepare_cached(
            "INSERT INTO channel (id, contact, position, kind, raw, number, match_key, digits_reversed)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .map_err(err)?;
    let number = channel.number.as_ref();
    let reversed = number.map(|number| digits(number.dial()).chars().rev().collect::<String>());
    insert
        .execute((
            channel.id.0.as_bytes(),
            row,
            position,
            name(channel.kind)?,
            &channel.raw,
            number.map(json).transpose()?,
            number.map(PhoneNumber::match_key),
            reversed,
        ))
        .map_err(err)?;
    Ok(())
}

fn insert_address(tx: &Transaction<'_>, row: i64, position: u32, address: &Address) -> Result<(), StoreError> {
    let mut insert = tx
        .prepare_cached(
            "INSERT INTO address (id, contact, position, street, number, complement, district, city, region,
                postal_code, country, reference) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )
        .map_err(err)?;
    insert
        .execute((
            address.id.0.as_bytes(),
            row,
            position,
            &address.street,
            &address.number,
            &address.complement,
            &address.district,
            &address.city,
            &address.region,
            &address.postal_code,
            &address.country,
            &address.reference,
        ))
        .map_err(err)?;
    Ok(())
}

fn head(row: &Row<'_>) -> rusqlite::Result<Contact> {
    Ok(Contact {
        id: ContactId(uuid(row, "id")?),
        rev: column(row, "rev")?,
        origin: named(row, "origin")?,
        kind: named(row, "kind")?,
        first_name: column(row, "first_name")?,
        last_name: column(row, "last_name")?,
        company: column(row, "company")?,
        document_kind: column(row, "document_kind")?,
        document_number: column(row, "document_number")?,
        vip: column(row, "vip")?,
        channels: Vec::new(),
        addresses: Vec::new(),
        custom: parsed(row, "custom")?,
    })
}

fn channel(row: &Row<'_>) -> rusqlite::Result<Channel> {
    Ok(Channel {
        id: ChannelId(uuid(row, "id")?),
        kind: named(row, "kind")?,
        raw: column(row, "raw")?,
        number: maybe_parsed(row, "number")?,
    })
}

fn address(row: &Row<'_>) -> rusqlite::Result<Address> {
    Ok(Address {
        id: AddressId(uuid(row, "id")?),
        street: column(row, "street")?,
        number: column(row, "number")?,
        complement: column(row, "complement")?,
        district: column(row, "district")?,
        city: column(row, "city")?,
        region: column(row, "region")?,
        postal_code: column(row, "postal_code")?,
        country: column(row, "country")?,
        reference: column(row, "reference")?,
    })
}
