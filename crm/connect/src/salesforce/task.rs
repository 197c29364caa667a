//! A call as a Task.

use crm::call::Direction;
use crm::connector::{LogEntry, RemoteKind, RemoteRef};
use serde_json::{Map, Value, json};

use crate::shape::{add_further, cut, json_value, local_day};

/// The most characters of subject and disposition.
const SUBJECT_MAX: usize = 255;
/// The most characters of the description.
const DESCRIPTION_MAX: usize = 32_000;

/// What a task gets of an entry by itself.
pub(super) const FILLED: &[&str] = &[
    "Subject",
    "Description",
    "Status",
    "TaskSubtype",
    "CallType",
    "CallDurationInSeconds",
    "CallObject",
    "ActivityDate",
    "CallDisposition",
    "WhoId",
    "WhatId",
];

/// The fields of the task. `CallObject` carries the marker also where there is an external id.
pub(super) fn body(entry: &LogEntry) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    put("Subject", cut(&entry.subject, SUBJECT_MAX).into());
    put("Description", cut(&entry.comment, DESCRIPTION_MAX).into());
    put("Status", "Completed".into());
    put("TaskSubtype", "Call".into());
    put("CallType", if entry.direction == Direction::Incoming { "Inbound" } else { "Outbound" }.into());
    put("CallDurationInSeconds", (entry.talk_ms / 1000).min(i32::MAX as u64).into());
    put("CallObject", entry.id.0.to_string().into());
    put("ActivityDate", json!(local_day(entry.started_at_ms, entry.utc_offset_min)));
    if let Some(disposition) = &entry.disposition {
        put("CallDisposition", cut(disposition, SUBJECT_MAX).into());
    }
    let (who, what) = relations(entry.who.as_ref(), entry.ticket.as_ref());
    if let Some(who) = who {
        put("WhoId", who.into());
    }
    if let Some(what) = what {
        put("WhatId", what.into());
    }
    add_further(&mut body, &entry.further, FILLED, json_value);
    Value::Object(body)
}

/// A task that exists takes no other subtype.
pub(super) fn without_subtype(body: &mut Value) {
    if let Some(fields) = body.as_object_mut() {
        fields.remove("TaskSubtype");
    }
}

/// `WhoId` is a person, `WhatId` a thing; a lead has nothing beside it.
fn relations<'a>(who: Option<&'a RemoteRef>, ticket: Option<&'a RemoteRef>) -> (Option<&'a str>, Option<&'a str>) {
    let ticket = ticket.map(|ticket| ticket.id.as_str());
    match who {
        Some(who) if who.kind == RemoteKind::Lead => (Some(&who.id), None),
        Some(who) if who.kind == RemoteKind::Company => (None, ticket.or(Some(&who.id))),
        Some(who) => (Some(&who.id), ticket),
        None => (None, ticket),
    }
}

#[cfg(test)]
mod tests {
    use crm::id::OutboxId;
    use uuid::Uuid;

    use super::*;

    fn remote(kind: RemoteKind, id: &str) -> RemoteRef {
        RemoteRef { kind, id: id.into() }
    }

    #[test]
    fn a_lead_stands_alone_and_a_company_is_a_thing() {
        let (contact, lead) = (remote(RemoteKind::Contact, "003"), remote(RemoteKind::Lead, "00Q"));
        let (company, ticket) = (remote(RemoteKind::Company, "001"), remote(RemoteKind::Ticket, "500"));
        assert_eq!(relations(Some(&contact), Some(&ticket)), (Some("003"), Some("500")));
        assert_eq!(relations(Some(&lead), Some(&ticket)), (Some("00Q"), None));
        assert_eq!(relations(Some(&company), None), (None, Some("001")));
        assert_eq!(relations(Some(&company), Some(&ticket)), (None, Some("500")));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let entry = LogEntry {
            id: OutboxId(Uuid::from_u128(1)),
            subject: "ñ".repeat(300),
            comment: String::new(),
            disposition: None,
            direction: Direction::Outgoing,
            answered: true,
            started_at_ms: 0,
            utc_offset_min: 0,
            talk_ms: 61_999,
            number: None,
            name: None,
            who: None,
            ticket: None,
            further: Vec::new(),
        };
        let body = body(&entry);
        assert_eq!(body["Subject"].as_str().map(|text| text.chars().count()), Some(255));
        assert_eq!((body["CallDurationInSeconds"].as_u64(), body["CallType"].as_str()), (Some(61), Some("Outbound")));
        assert!(body.get("WhoId").is_none() && body.get("CallDisposition").is_none());
        // Ten to midnight in Calcutta, while it is still afternoon in Greenwich; and a quarter hour later.
        for (started_at_ms, day) in [(1_799_950_800_000, "2027-01-14"), (1_799_951_700_000, "2027-01-15")] {
            let entry = LogEntry { started_at_ms, utc_offset_min: 330, ..entry.clone() };
            assert_eq!(super::body(&entry)["ActivityDate"], day);
        }
    }
}
