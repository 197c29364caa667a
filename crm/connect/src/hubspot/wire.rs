//! What goes over the wire, and what is taken from it.

use crm::call::Direction;
use crm::connector::{
    CallResult, Fault, LogEntry, NewPerson, RemoteKind, RemotePerson, RemoteRef, RemoteTicket, stored_forms,
};
use crm::phone::PhoneNumber;
use serde_json::{Map, Value, json};

use super::form;
use crate::results::Outcome;
use crate::shape::{add_further, cut, html, utc};

/// The most characters of a title and of a body.
const TITLE_MAX: usize = 255;
const BODY_MAX: usize = 60_000;
/// Properties of people that are read.
const PERSON: &[&str] = &["firstname", "lastname", "company", "phone", "mobilephone", "email", "lifecyclestage"];
/// The same where people are copied.
pub(super) const COPIED: &[&str] = &[
    "firstname",
    "lastname",
    "company",
    "phone",
    "mobilephone",
    "email",
    "lifecyclestage",
    "lastmodifieddate",
    "hs_merged_object_ids",
];
/// Properties of companies that are read.
const COMPANY: &[&str] = &["name", "phone"];
/// Properties of tickets that are read.
pub(super) const TICKET: &[&str] = &["subject", "closed_date", "createdate"];

/// The objects of a kind; a lead is a contact in its first stage.
pub(super) fn objects(kind: RemoteKind) -> &'static str {
    match kind {
        RemoteKind::Contact | RemoteKind::Lead => "contacts",
        RemoteKind::Company => "companies",
        RemoteKind::Ticket => "tickets",
        RemoteKind::Activity => "calls",
    }
}

/// The same as addresses in the browser have it.
pub(super) fn object_type(kind: RemoteKind) -> &'static str {
    match kind {
        RemoteKind::Contact | RemoteKind::Lead => "0-1",
        RemoteKind::Company => "0-2",
        RemoteKind::Ticket => "0-5",
        RemoteKind::Activity => "0-48",
    }
}

/// A tie of a call that is made with it. The numbers are the vendor's own, from a call to each.
pub(super) fn tie(to: &RemoteRef) -> Value {
    let number = match to.kind {
        RemoteKind::Company => 182,
        RemoteKind::Ticket => 220,
        RemoteKind::Contact | RemoteKind::Lead | RemoteKind::Activity => 194,
    };
    let how = json!([{ "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number }]);
    json!({ "to": { "id": to.id }, "types": how })
}

/// An id as the vendor makes them: digits. Nothing else is put into an address.
pub(super) fn checked_id(id: &str) -> Result<&str, Fault> {
    let good = (1..=24).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    if good { Ok(id) } else { Err(Fault::NotUnderstood) }
}

/// The id of a record; some answers have it as a number.
pub(super) fn id_of(value: &Value) -> Option<String> {
    let id = value.as_str().map_or_else(|| value.as_u64().map(|id| id.to_string()), |id| Some(id.to_owned()))?;
    checked_id(&id).is_ok().then_some(id)
}

/// Text that is not empty, without spaces around it.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Who has a number: at most five groups of conditions, of which one must hold. The calculated properties have digits without
/// country code; companies have only what was typed.
pub(super) fn by_number(kind: RemoteKind, number: &PhoneNumber) -> Option<Value> {
    let e164 = number.e164()?;
    let forms = stored_forms(number);
    let national = forms.get(1).or(forms.first())?.concat();
    let equal =
        |name: &str, value: &str| json!({ "filters": [{ "propertyName": name, "operator": "EQ", "value": value }] });
    let grouped = forms.iter().find(|form| form.len() > 1).map_or_else(|| national.clone(), |form| form.join(" "));
    let (groups, properties) = match kind {
        RemoteKind::Company => {
            let dashed = grouped.replace(' ', "-");
            (
                vec![
                    equal("phone", e164),
                    equal("phone", &national),
                    equal("phone", &grouped),
                    equal("phone", &dashed),
                ],
                COMPANY,
            )
        }
        _ => {
            let calculated = ["hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_phone_number"];
            let mut groups: Vec<Value> = calculated.iter().map(|name| equal(name, &national)).collect();
            groups.extend([equal("phone", e164), equal("mobilephone", e164)]);
            (groups, PERSON)
        }
    };
    Some(json!({ "filterGroups": groups, "properties": properties, "limit": 50 }))
}

/// Who has these words.
pub(super) fn by_text(kind: RemoteKind, text: &str, limit: u32) -> Value {
    let properties = if kind == RemoteKind::Company { COMPANY } else { PERSON };
    json!({ "query": text, "properties": properties, "limit": limit.clamp(1, 100) })
}

/// Who was made with this name and number last.
pub(super) fn created(person: &NewPerson) -> Value {
    let equal = |name: &str, value: &str| json!({ "propertyName": name, "operator": "EQ", "value": value });
    let mut filters = vec![equal("lastname", &person.last_name)];
    filters.extend(person.phones.first().map(|phone| equal("phone", phone)));
    let sorts = json!([{ "propertyName": "createdate", "direction": "DESCENDING" }]);
    json!({ "filterGroups": [{ "filters": filters }], "sorts": sorts, "properties": ["lifecyclestage"], "limit": 1 })
}

/// Somebody found.
pub(super) fn person(kind: RemoteKind, record: &Value) -> Option<RemotePerson> {
    let fields = &record["properties"];
    let id = id_of(&record["id"])?;
    if kind == RemoteKind::Company {
        return Some(RemotePerson {
            record: RemoteRef { kind, id },
            name: text(&fields["name"]).unwrap_or_default(),
            company: None,
            phones: text(&fields["phone"]).into_iter().collect(),
            email: None,
        });
    }
    let kind = if fields["lifecyclestage"] == "lead" { RemoteKind::Lead } else { RemoteKind::Contact };
    let name: Vec<String> = ["firstname", "lastname"].iter().filter_map(|name| text(&fields[*name])).collect();
    Some(RemotePerson {
        record: RemoteRef { kind, id },
        name: name.join(" "),
        company: text(&fields["company"]),
        phones: ["phone", "mobilephone"].iter().filter_map(|name| text(&fields[*name])).collect(),
        email: text(&fields["email"]),
    })
}

/// The properties of somebody to be created.
pub(super) fn new_person(person: &NewPerson) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            fields.insert(name.to_owned(), value.into());
        }
    };
    put("firstname", &person.first_name);
    put("lastname", &person.last_name);
    put("company", &person.company);
    for (name, phone) in ["phone", "mobilephone"].iter().zip(&person.phones) {
        put(name, phone);
    }
    put("email", person.email.as_deref().unwrap_or_default());
    if person.lead {
        put("lifecyclestage", "lead");
    }
    fields.extend(person.further.iter().map(|(name, value)| (name.clone(), form::held(value))));
    Value::Object(fields)
}

/// Outcomes that every account has, with which nobody was reached: no answer, wrong number, busy
/// (developers.hubspot.com, «Engagements, Calls»).
const NOBODY: [&str; 3] = [
    "73a0d17f-1163-4015-bdd5-ec830791da20",
    "17b47fee-58de-441e-a44c-c6300d46f273",
    "9d9162e7-6cf3-4944-bf63-4dff82258764",
];

/// An outcome of the account.
pub(super) fn outcome(row: &Value) -> Option<Outcome> {
    let (name, value) = (text(&row["label"])?, text(&row["id"])?);
    let needs_no_contact = NOBODY.contains(&value.as_str());
    Some(Outcome { result: CallResult { name, needs_no_contact }, value })
}

/// A call. A disposition that the account does not have stands in the body.
pub(super) fn call(entry: &LogEntry, disposition: Option<&str>) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: String| drop(fields.insert(name.to_owned(), value.into()));
    let incoming = entry.direction == Direction::Incoming;
    let mut body = html(&cut(&entry.comment, BODY_MAX));
    match (disposition, &entry.disposition) {
        (Some(id), _) => put("hs_call_disposition", id.to_owned()),
        (None, Some(name)) => body = format!("{body}<br>{}", html(&cut(name, TITLE_MAX))),
        (None, None) => {}
    }
    put("hs_timestamp", utc(entry.started_at_ms, 'T').unwrap_or_default() + "Z");
    put("hs_call_title", cut(&entry.subject, TITLE_MAX));
    put("hs_call_body", body);
    put("hs_call_direction", if incoming { "INBOUND" } else { "OUTBOUND" }.to_owned());
    put("hs_call_duration", entry.talk_ms.to_string());
    put("hs_call_status", if entry.answered { "COMPLETED" } else { "NO_ANSWER" }.to_owned());
    if let Some(number) = &entry.number {
        put(if incoming { "hs_call_from_number" } else { "hs_call_to_number" }, number.clone());
    }
    add_further(&mut fields, &entry.further, FILLED, form::held);
    Value::Object(fields)
}

/// What a call gets of an entry by itself.
pub(super) const FILLED: &[&str] = &[
    "hs_timestamp",
    "hs_call_title",
    "hs_call_body",
    "hs_call_direction",
    "hs_call_duration",
    "hs_call_status",
    "hs_call_disposition",
    "hs_call_from_number",
    "hs_call_to_number",
];

/// An open ticket.
pub(super) fn ticket(record: &Value) -> Option<RemoteTicket> {
    let fields = &record["properties"];
    let id = id_of(&record["id"])?;
    text(&fields["closed_date"]).is_none().then(|| RemoteTicket {
        number: id.clone(),
        record: RemoteRef { kind: RemoteKind::Ticket, id },
        subject: text(&fields["subject"]).unwrap_or_default(),
    })
}
