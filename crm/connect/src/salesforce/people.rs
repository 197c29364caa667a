//! Records of people as they stand, and changes of them («sObject Rows», «Conditional Request Headers»).

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
        let mut fields: Vec<&str> = names(who.kind).iter().map(|(_, name)| *name).collect();
        fields.push(CHANGED);
        if who.kind == RemoteKind::Lead {
            fields.push("IsConverted");
        }
        let row: Value = match self.get(&path, &[("fields", &fields.join(","))]).await {
            // A field that this user may not see: all that may be seen, then.
            Err(Fault::Invalid { code, .. }) if code == "INVALID_FIELD" => self.get(&path, &[]).await?,
            told => told?,
        };
        if row["IsConverted"] == true {
            // It stays to be read, and is nobody to write to.
            return Err(Fault::NotFound);
        }
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let seen = names(who.kind).iter().filter(|(_, name)| row.get(*name).is_some());
        let fields = seen.map(|(field, name)| (*field, text(name))).collect();
        Ok(PersonState { fields, version: row[CHANGED].as_str().map(str::to_owned) })
    }

    pub(super) async fn update(
        &self,
        who: &RemoteRef,
        changes: &PersonFields,
        version: Option<&str>,
    ) -> Result<(), Fault> {
        let path = path_of(who)?;
        let value = |text: &String| if text.is_empty() { Value::Null } else { text.as_str().into() };
        let known =
            names(who.kind).iter().filter_map(|(field, name)| Some(((*name).to_owned(), value(changes.get(field)?))));
        let body = Value::Object(known.collect::<Map<_, _>>());
        let since = version.and_then(http_date);
        let send = self.ask(Effect::Writes, &path, |http, url| {
            let request = http.patch(url).json(&body);
            match &since {
                Some(since) => request.header("If-Unmodified-Since", since),
                None => request,
            }
        });
        send.await.map(drop)
    }
}

fn path_of(who: &RemoteRef) -> Result<String, Fault> {
    if !matches!(who.kind, RemoteKind::Contact | RemoteKind::Lead) {
        return Err(Fault::NotOffered);
    }
    Ok(format!("sobjects/{}/{}", wire::object(who.kind), wire::checked_id(&who.id)?))
}

/// Fields by their names on the wire. A contact's company is another record.
pub(super) fn names(kind: RemoteKind) -> &'static [(PersonField, &'static str)] {
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
