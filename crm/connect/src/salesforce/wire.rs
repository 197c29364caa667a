//! What goes over the wire, and what is taken from it.

use crm::connector::{Fault, NewPerson, RemoteKind, RemotePerson, RemoteRef, RemoteTicket};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::shape::json_value;

/// A member of `/services/data`.
#[derive(Deserialize)]
pub(super) struct Version {
    pub version: String,
}

/// Of `/services/oauth2/userinfo`.
#[derive(Deserialize)]
pub(super) struct UserInfo {
    pub preferred_username: String,
}

/// Of `/query`.
#[derive(Deserialize)]
pub(super) struct Rows {
    pub records: Vec<Value>,
}

/// Of `/search`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    pub search_records: Vec<Value>,
}

/// The object of a kind.
pub(super) fn object(kind: RemoteKind) -> &'static str {
    match kind {
        RemoteKind::Contact => "Contact",
        RemoteKind::Lead => "Lead",
        RemoteKind::Company => "Account",
        RemoteKind::Ticket => "Case",
        RemoteKind::Activity => "Task",
    }
}

/// An id as the vendor makes them: 15 or 18 letters and digits. Nothing else is put into an address or a query.
pub(super) fn checked_id(id: &str) -> Result<&str, Fault> {
    let good = matches!(id.len(), 15 | 18) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if good { Ok(id) } else { Err(Fault::NotUnderstood) }
}

/// The id of a record.
pub(super) fn id(record: &Value) -> Option<String> {
    checked_id(record["Id"].as_str()?).ok().map(str::to_owned)
}

/// The id of a record that was just made.
pub(super) fn made(body: &[u8]) -> Result<String, Fault> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Fault::NotUnderstood)?;
    checked_id(body["id"].as_str().unwrap_or_default()).map(str::to_owned)
}

/// Somebody found. Whoever is an account is the contact behind it: activities are of that one.
pub(super) fn person(record: &Value) -> Option<RemotePerson> {
    let is_person = record["IsPersonAccount"] == true;
    let (kind, id) = match record["attributes"]["type"].as_str()? {
        "Contact" => (RemoteKind::Contact, id(record)?),
        "Lead" => (RemoteKind::Lead, id(record)?),
        "Account" if is_person => {
            (RemoteKind::Contact, checked_id(record["PersonContactId"].as_str()?).ok()?.to_owned())
        }
        "Account" => (RemoteKind::Company, id(record)?),
        _ => return None,
    };
    let text = |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let phones =
        ["Phone", "MobilePhone", "HomePhone", "OtherPhone", "PersonMobilePhone", "PersonHomePhone", "PersonOtherPhone"];
    Some(RemotePerson {
        record: RemoteRef { kind, id },
        name: text(&record["Name"]).unwrap_or_default(),
        company: text(&record["Account"]["Name"]).or_else(|| text(&record["Company"])),
        phones: phones.iter().filter_map(|name| text(&record[*name])).collect(),
        email: text(&record["Email"]).or_else(|| text(&record["PersonEmail"])),
    })
}

/// The same person, found twice: as a contact and as an account, whose name is the person's own.
pub(super) fn merge(known: &mut RemotePerson, other: RemotePerson) {
    known.phones.extend(other.phones);
    let mut seen = std::collections::BTreeSet::new();
    known.phones.retain(|phone| seen.insert(phone.clone()));
    known.email = known.email.take().or(other.email);
    known.company.take_if(|company| *company == known.name);
}

/// A case.
pub(super) fn ticket(record: &Value) -> Option<RemoteTicket> {
    Some(RemoteTicket {
        record: RemoteRef { kind: RemoteKind::Ticket, id: id(record)? },
        number: record["CaseNumber"].as_str()?.to_owned(),
        subject: record["Subject"].as_str().unwrap_or_default().to_owned(),
    })
}

/// The fields of somebody to be created. A lead needs a company, which a person may not have.
pub(super) fn new_person(person: &NewPerson) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            body.insert(name.to_owned(), value.into());
        }
    };
    put("FirstName", &person.first_name);
    put("LastName", &person.last_name);
    if person.lead {
        put("Company", &person.company);
    }
    for (name, phone) in ["Phone", "MobilePhone"].iter().zip(&person.phones) {
        put(name, phone);
    }
    put("Email", person.email.as_deref().unwrap_or_default());
    put("RecordTypeId", person.record_type.as_deref().unwrap_or_default());
    body.extend(person.further.iter().map(|(name, value)| (name.clone(), json_value(value))));
    Value::Object(body)
}
