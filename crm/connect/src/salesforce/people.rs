//! Records of people as they stand, and changes of them («sObject Rows», «Conditional Request Headers»). Whoever is an account
//! («person account») is read as the contact behind it and changed as the account, which alone may be written to.

use std::sync::atomic::Ordering;

use crm::connector::{Fault, PersonField, PersonFields, PersonState, RemoteKind, RemoteRef};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::{Salesforce, wire};
use crate::api::Effect;

/// When a record was last changed.
const CHANGED: &str = "SystemModstamp";
/// `2026-11-23T06:00:00` of what stands there.
const MOMENT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
/// An HTTP date (RFC 9110 §5.6.7).
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

impl Salesforce {
    pub(super) async fn read(&self, who: &RemoteRef) -> Result<PersonState, Fault> {
        let path = path_of(who)?;
        let row = self.row(&path, &self.fields_of(who.kind)).await?;
        if row["IsConverted"] == true {
            // It stays to be read, and is nobody to write to.
            return Err(Fault::NotFound);
        }
        if row["IsPersonAccount"] == true {
            let account = wire::checked_id(row["AccountId"].as_str().unwrap_or_default())?;
            let names: Vec<&str> = ACCOUNT.iter().map(|(_, name)| *name).chain([CHANGED]).collect();
            let row = self.row(&format!("sobjects/Account/{account}"), &names).await?;
            return Ok(state(&row, ACCOUNT, |moment| format!("{account} {moment}")));
        }
        Ok(state(&row, names(who.kind), str::to_owned))
    }

    fn fields_of(&self, kind: RemoteKind) -> Vec<&'static str> {
        let mut fields: Vec<&str> = names(kind).iter().map(|(_, name)| *name).collect();
        fields.push(CHANGED);
        match kind {
            RemoteKind::Lead => fields.push("IsConverted"),
            _ if self.person_accounts.load(Ordering::Relaxed) => fields.extend(["AccountId", "IsPersonAccount"]),
            _ => {}
        }
        fields
    }

    async fn row(&self, path: &str, fields: &[&str]) -> Result<Value, Fault> {
        let row: Value = match self.get(path, &[("fields", &fields.join(","))]).await {
            // A field that this user may not see, or this organisation does not have: all that there is, then.
            Err(Fault::Invalid { code, .. }) if code == "INVALID_FIELD" => self.get(path, &[]).await?,
            told => told?,
        };
        if fields.contains(&"IsPersonAccount") && row.get("IsPersonAccount").is_none() {
            self.person_accounts.store(false, Ordering::Relaxed);
        }
        Ok(row)
    }

    pub(super) async fn update(
        &self,
        who: &RemoteRef,
        changes: &PersonFields,
        version: Option<&str>,
    ) -> Result<(), Fault> {
        let known = path_of(who)?;
        // Without one it would be written over whatever somebody wrote there since.
        let version = version.ok_or(Fault::NotUnderstood)?;
        let (path, names, moment) = match version.split_once(' ') {
            Some((account, moment)) => (format!("sobjects/Account/{}", wire::checked_id(account)?), ACCOUNT, moment),
            None => (known, names(who.kind), version),
        };
        let since = http_date(moment).ok_or(Fault::NotUnderstood)?;
        let value = |text: &String| if text.is_empty() { Value::Null } else { text.as_str().into() };
        let told = names.iter().filter_map(|(field, name)| Some(((*name).to_owned(), value(changes.get(field)?))));
        let body = told.collect::<Map<_, _>>();
        if body.is_empty() {
            return Ok(());
        }
        let send = self
            .ask(Effect::Writes, &path, |http, url| http.patch(url).json(&body).header("If-Unmodified-Since", &since));
        send.await.map(drop)
    }
}

/// What a record has of these fields; `version` writes the moment at which it was last changed.
fn state(row: &Value, names: Names, version: impl Fn(&str) -> String) -> PersonState {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let seen = names.iter().filter(|(_, name)| row.get(*name).is_some());
    let fields = seen.map(|(field, name)| (*field, text(name))).collect();
    PersonState { fields, version: row[CHANGED].as_str().map(version) }
}

fn path_of(who: &RemoteRef) -> Result<String, Fault> {
    if !matches!(who.kind, RemoteKind::Contact | RemoteKind::Lead) {
        return Err(Fault::NotOffered);
    }
    Ok(format!("sobjects/{}/{}", wire::object(who.kind), wire::checked_id(&who.id)?))
}

/// Fields by their names on the wire.
type Names = &'static [(PersonField, &'static str)];

/// Those of a person who is an account.
const ACCOUNT: Names = &[
    (PersonField::FirstName, "FirstName"),
    (PersonField::LastName, "LastName"),
    (PersonField::Phone, "Phone"),
    (PersonField::Mobile, "PersonMobilePhone"),
    (PersonField::Email, "PersonEmail"),
];

/// A contact's company is another record.
pub(super) fn names(kind: RemoteKind) -> Names {
    use PersonField::{Company, Email, FirstName, LastName, Mobile, Phone};
    match kind {
        RemoteKind::Lead => &[
            (FirstName, "FirstName"),
            (LastName, "LastName"),
            (Company, "Company"),
            (Phone, "Phone"),
            (Mobile, "MobilePhone"),
            (Email, "Email"),
        ],
        _ => &[
            (FirstName, "FirstName"),
            (LastName, "LastName"),
            (Phone, "Phone"),
            (Mobile, "MobilePhone"),
            (Email, "Email"),
        ],
    }
}

/// `2026-11-23T06:00:00.000+0000` as a header has it. Parts of a second count as a whole one: the record is not newer than itself.
fn http_date(moment: &str) -> Option<String> {
    let whole = PrimitiveDateTime::parse(moment.get(..19)?, MOMENT).ok()?.assume_utc();
    let parts =
        moment.get(19..)?.trim_start_matches('.').bytes().take_while(u8::is_ascii_digit).any(|digit| digit != b'0');
    let up: OffsetDateTime = if parts { whole + time::Duration::SECOND } else { whole };
    up.format(HTTP_DATE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_not_newer_than_itself() {
        for (moment, date) in [
            ("2026-11-23T06:00:00.000+0000", Some("Mon, 23 Nov 2026 06:00:00 GMT")),
            ("2026-11-30T23:59:59.120+0000", Some("Tue, 01 Dec 2026 00:00:00 GMT")),
            ("yesterday", None),
        ] {
            assert_eq!(http_date(moment).as_deref(), date);
        }
    }
}
