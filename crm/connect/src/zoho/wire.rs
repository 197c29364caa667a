//! What goes over the wire, and what is taken from it.

use crm::call::Direction;
use crm::connector::{
    CallResult, Fault, FieldKind, FieldValue, LogEntry, NewPerson, RemoteKind, RemotePerson, RemoteRef, RemoteTicket,
};
use serde_json::{Map, Value, json};

use super::form;
use crate::results::Outcome;
use crate::shape::{add_further, cut, json_value, local_iso};

/// The most characters of a subject and of a single line.
const LINE_MAX: usize = 255;
/// The most characters of a description.
const TEXT_MAX: usize = 32_000;

/// The module of a kind.
pub(super) fn module(kind: RemoteKind) -> &'static str {
    match kind {
        RemoteKind::Contact => "Contacts",
        RemoteKind::Lead => "Leads",
        RemoteKind::Company => "Accounts",
        RemoteKind::Ticket => "Cases",
        RemoteKind::Activity => "Calls",
    }
}

/// An id as the vendor makes them: digits. Nothing else is put into an address or a query.
pub(super) fn checked_id(id: &str) -> Result<&str, Fault> {
    let good = (1..=24).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    if good { Ok(id) } else { Err(Fault::NotUnderstood) }
}

/// Before the id of a deal, which is a ticket as cases are; ids alone do not tell the module.
const DEAL: &str = "Deals/";

/// Where a record is, module and id.
pub(super) fn place(record: &RemoteRef) -> Result<(&'static str, &str), Fault> {
    match record.id.strip_prefix(DEAL).filter(|_| record.kind == RemoteKind::Ticket) {
        Some(id) => Ok(("Deals", checked_id(id)?)),
        None => Ok((module(record.kind), checked_id(&record.id)?)),
    }
}

/// The id of a record.
pub(super) fn id_of(record: &Value) -> Option<String> {
    checked_id(record["id"].as_str()?).ok().map(str::to_owned)
}

/// Text that is not empty, without spaces around it.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Somebody found.
pub(super) fn person(kind: RemoteKind, record: &Value) -> Option<RemotePerson> {
    let phones = ["Phone", "Mobile", "Home_Phone", "Other_Phone"];
    let name = if kind == RemoteKind::Company { &record["Account_Name"] } else { &record["Full_Name"] };
    Some(RemotePerson {
        record: RemoteRef { kind, id: id_of(record)? },
        name: text(name).unwrap_or_default(),
        company: text(&record["Company"])
            .or_else(|| text(&record["Account_Name.Account_Name"]))
            .or_else(|| text(&record["Account_Name"]["name"])),
        phones: phones.iter().filter_map(|field| text(&record[*field])).collect(),
        email: text(&record["Email"]),
    })
}

/// The contact that a lead became.
pub(super) fn converted_to(record: &Value) -> Option<RemoteRef> {
    let contact = [&record["Converted_Contact"], &record["$converted_detail"]["contact"]];
    let id =
        contact.into_iter().find_map(|one| id_of(one).or_else(|| Some(checked_id(one.as_str()?).ok()?.to_owned())))?;
    Some(RemoteRef { kind: RemoteKind::Contact, id })
}

/// A case.
pub(super) fn ticket(record: &Value) -> Option<RemoteTicket> {
    Some(RemoteTicket {
        record: RemoteRef { kind: RemoteKind::Ticket, id: id_of(record)? },
        number: text(&record["Case_Number"])?,
        subject: text(&record["Subject"]).unwrap_or_default(),
    })
}

/// A deal. It has no number: people call it by its name.
pub(super) fn deal(record: &Value) -> Option<RemoteTicket> {
    Some(RemoteTicket {
        record: RemoteRef { kind: RemoteKind::Ticket, id: format!("{DEAL}{}", id_of(record)?) },
        number: text(&record["Deal_Name"])?,
        subject: text(&record["Stage"]).unwrap_or_default(),
    })
}

/// The fields of somebody to be created. A lead's company is a text; a contact's is another record, and stays out.
pub(super) fn new_person(person: &NewPerson) -> Result<Value, Fault> {
    let mut body = Map::new();
    if let Some(layout) = &person.record_type {
        body.insert("Layout".to_owned(), json!({ "id": checked_id(layout)? }));
    }
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            body.insert(name.to_owned(), value.into());
        }
    };
    put("First_Name", &person.first_name);
    put("Last_Name", &person.last_name);
    if person.lead {
        put("Company", &person.company);
    }
    for (name, phone) in ["Phone", "Mobile"].iter().zip(&person.phones) {
        put(name, phone);
    }
    put("Email", person.email.as_deref().unwrap_or_default());
    body.extend(person.further.iter().map(|(name, value)| (name.clone(), held(value))));
    Ok(Value::Object(body))
}

/// What a field holds, as Zoho has it: several values are a list.
fn held(value: &FieldValue) -> Value {
    match value {
        FieldValue::Several(values) => json!(values),
        value => json_value(value),
    }
}

/// A call; its marker stands in `field`. An outcome that the organisation does not have stands in the description.
pub(super) fn call(entry: &LogEntry, field: &str, result: Option<&str>) -> Result<Value, Fault> {
    let seconds = entry.talk_ms / 1000;
    let incoming = entry.direction == Direction::Incoming;
    let kind = match (incoming, entry.answered) {
        (true, true) => "Inbound",
        (true, false) => "Missed",
        (false, _) => "Outbound",
    };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    put("Subject", cut(&entry.subject, LINE_MAX).into());
    let outcome = entry.disposition.as_deref().filter(|_| result.is_none());
    let lines: Vec<&str> =
        outcome.into_iter().chain([entry.comment.as_str()]).filter(|line| !line.is_empty()).collect();
    put("Description", cut(&lines.join("\n"), TEXT_MAX).into());
    put("Call_Type", kind.into());
    put("Call_Start_Time", json!(local_iso(entry.started_at_ms, entry.utc_offset_min)));
    if kind != "Missed" {
        put("Call_Duration", format!("{:02}:{:02}", seconds / 60, seconds % 60).into());
    }
    if !incoming {
        put("Outgoing_Call_Status", "Completed".into());
    }
    if let Some(result) = result {
        put("Call_Result", result.into());
    }
    put(field, entry.id.0.to_string().into());
    let reference = |record: &RemoteRef| Ok::<_, Fault>(json!({ "id": checked_id(&record.id)? }));
    // A person is who; a thing is what, and a lead is a thing here.
    match (&entry.who, &entry.ticket) {
        (Some(who), _) if who.kind == RemoteKind::Lead => {
            put("What_Id", reference(who)?);
            put("$se_module", module(who.kind).into());
        }
        (who, ticket) => {
            if let Some(who) = who.as_ref().filter(|who| who.kind == RemoteKind::Contact) {
                put("Who_Id", reference(who)?);
            }
            let company = who.as_ref().filter(|who| who.kind == RemoteKind::Company);
            if let Some(what) = ticket.as_ref().or(company) {
                let (module, id) = place(what)?;
                put("What_Id", json!({ "id": id }));
                put("$se_module", module.into());
            }
        }
    }
    add_further(&mut body, &entry.further, FILLED, held);
    Ok(Value::Object(body))
}

/// What a call gets of an entry by itself.
pub(super) const FILLED: &[&str] = &[
    "Subject",
    "Description",
    "Call_Type",
    "Call_Start_Time",
    "Call_Duration",
    "Outgoing_Call_Status",
    "Call_Result",
    "Who_Id",
    "What_Id",
    super::UNIQUE_FIELD,
    super::MARKER_FIELD,
];

/// Values of the vendor's own list with which nobody was reached; an organisation that renames them keeps these.
const NOBODY: [&str; 2] = ["No response/Busy", "Invalid number"];

/// The outcomes that calls have, of the description of their fields. «-None-» is none.
pub(super) fn outcomes(body: &Value) -> Vec<Outcome> {
    let fields = body["fields"].as_array().into_iter().flatten();
    let field = fields.filter(|field| field["api_name"] == "Call_Result").map(form::kind).next();
    let Some(FieldKind::Choice(values)) = field else { return Vec::new() };
    let outcome = |(value, name): (String, String)| {
        let needs_no_contact = NOBODY.contains(&value.as_str());
        Outcome { result: CallResult { name, needs_no_contact }, value }
    };
    values.into_iter().map(outcome).collect()
}
