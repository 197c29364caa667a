//! The values that texts of a description may use.

use crm::call::Direction;
use crm::connector::{Fault, LogEntry, NewPerson, PersonField, PersonFields, RemoteKind, RemoteRef, stored_forms};
use crm::phone::PhoneNumber;
use serde_json::Value as Json;

use super::template::{Scope, Values};
use crate::shape::{html, local_day, local_iso, utc};

/// The most writings of a number that are asked for.
const WRITTEN_MAX: usize = 24;
/// The most characters of an id of a record.
const ID_MAX: usize = 128;

/// Names that searches by number have.
pub(super) const NUMBER: &[&str] = &["e164", "digits", "national", "shown", "local", "dashed", "spread"];
/// Names of lists that searches by number have; a text may be repeated for each member.
pub(super) const LISTS: &[&str] = &["written", "tails"];
/// Names that searches by text have.
pub(super) const TEXT: &[&str] = &["text", "limit"];
/// Names that making somebody has.
pub(super) const PERSON: &[&str] = &["first_name", "last_name", "full_name", "company", "phone", "phone2", "email"];
/// Fields of somebody's record, as they are called here.
pub(super) const FIELDS: [(&str, PersonField); 6] = [
    ("first_name", PersonField::FirstName),
    ("last_name", PersonField::LastName),
    ("company", PersonField::Company),
    ("phone", PersonField::Phone),
    ("phone2", PersonField::Mobile),
    ("email", PersonField::Email),
];
/// Names that changing somebody has, besides [`WHO`].
pub(super) const CHANGE: &[&str] = &["first_name", "last_name", "company", "phone", "phone2", "email", "version"];
/// Names that logging a call has.
pub(super) const ENTRY: &[&str] = &[
    "marker",
    "marker.line",
    "subject",
    "subject.html",
    "comment",
    "comment.html",
    "disposition",
    "disposition.html",
    "direction",
    "answered",
    "number",
    "name",
    "started.utc",
    "started.iso",
    "started.local",
    "started.day",
    "started.ms",
    "ended.utc",
    "ended.iso",
    "ended.ms",
    "duration.s",
    "duration.ms",
    "duration.min",
    "duration.h",
    "duration.m",
    "duration.hms",
    "who",
    "who.kind",
    "who.contact",
    "who.lead",
    "who.company",
    "ticket",
];
/// Names that looking for a call has.
pub(super) const MARKER: &[&str] = &["marker", "marker.line"];
/// Names that asking for somebody's tickets has.
pub(super) const WHO: &[&str] = &["who", "who.kind", "who.contact", "who.lead", "who.company"];
/// Names that pages of answers have.
pub(super) const PAGE: &[&str] = &["page.offset", "page.number", "page.size", "page.cursor"];

/// Those of a scope.
pub(super) fn scope(names: &[&str], settings: &Scope) -> Scope {
    settings.and(names.iter().copied())
}

/// Puts values that are there and not empty.
fn put(values: &mut Values, name: &str, value: impl Into<Json>) {
    let value = value.into();
    if !value.is_null() && value.as_str() != Some("") {
        values.insert(name.to_owned(), value);
    }
}

/// An id that can be put anywhere: letters, digits, `-` and `_`. Whatever else an answer calls an id is none.
pub(super) fn checked_id(id: &str) -> Result<&str, Fault> {
    let good = (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if good { Ok(id) } else { Err(Fault::NotUnderstood) }
}

/// A number, and the lists of its writings; none for what is no full number.
pub(super) fn of_number(number: &PhoneNumber, values: &mut Values) -> Option<Vec<(&'static str, Vec<String>)>> {
    let e164 = number.e164()?;
    let forms = stored_forms(number);
    let digits = e164.trim_start_matches('+');
    let national = forms.get(1).filter(|form| form.len() == 1).map_or(digits, |form| form[0].as_str());
    put(values, "e164", e164);
    put(values, "digits", digits);
    put(values, "national", national);
    put(values, "shown", number.display());
    let grouped = forms.iter().find(|form| form.len() > 1);
    for (name, between) in [("local", " "), ("dashed", "-")] {
        put(values, name, grouped.map_or_else(|| national.to_owned(), |form| form.join(between)));
    }
    put(values, "spread", national.chars().map(|c| c.to_string()).collect::<Vec<_>>().join("%"));
    let (head, tail) = national.split_at(national.len().saturating_sub(2));
    let before = &head[head.len().saturating_sub(2)..];
    let tails = ["", " ", "-", "."].map(|between| format!("{before}{between}{tail}")).to_vec();
    Some(vec![("written", written(e164, &forms)), ("tails", tails)])
}

/// The number as people write it.
fn written(e164: &str, forms: &[Vec<String>]) -> Vec<String> {
    let mut out = vec![e164.to_owned()];
    for form in forms {
        if let [area, rest @ ..] = form.as_slice()
            && rest.len() > 1
        {
            out.push(format!("({area}) {}", rest.join("-")));
        }
        out.extend([" ", "-"].map(|between| form.join(between)));
    }
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|one| seen.insert(one.clone()));
    out.truncate(WRITTEN_MAX);
    out
}

/// Somebody to be made or looked for.
pub(super) fn of_person(person: &NewPerson, values: &mut Values) {
    put(values, "first_name", person.first_name.as_str());
    put(values, "last_name", person.last_name.as_str());
    put(values, "full_name", format!("{} {}", person.first_name, person.last_name).trim());
    put(values, "company", person.company.as_str());
    put(values, "email", person.email.clone());
    for (name, phone) in ["phone", "phone2"].iter().zip(&person.phones) {
        put(values, name, phone.as_str());
    }
}

/// What changes of somebody: an emptied field is there, a field that stays as it is is missing.
pub(super) fn of_change(changes: &PersonFields, values: &mut Values) {
    let changed = FIELDS.iter().filter_map(|(name, field)| Some((*name, changes.get(field)?)));
    values.extend(changed.map(|(name, value)| (name.to_owned(), value.as_str().into())));
}

/// The marker by which an entry is found again.
pub(super) fn of_marker(marker: crm::id::OutboxId, values: &mut Values) {
    put(values, "marker", marker.0.to_string());
    put(values, "marker.line", format!("[call:{}]", marker.0));
}

/// Who it was with.
pub(super) fn of_who(who: &RemoteRef, values: &mut Values) -> Result<(), Fault> {
    let id = checked_id(&who.id)?;
    let kind = match who.kind {
        RemoteKind::Contact => "contact",
        RemoteKind::Lead => "lead",
        RemoteKind::Company => "company",
        RemoteKind::Ticket | RemoteKind::Activity => return Err(Fault::NotFound),
    };
    put(values, "who", id);
    put(values, "who.kind", kind);
    put(values, &format!("who.{kind}"), id);
    Ok(())
}

/// The entry of a call.
pub(super) fn of_entry(entry: &LogEntry, values: &mut Values) -> Result<(), Fault> {
    of_marker(entry.id, values);
    let disposition = entry.disposition.as_deref().unwrap_or_default();
    for (name, text) in [("subject", entry.subject.as_str()), ("comment", &entry.comment), ("disposition", disposition)]
    {
        put(values, name, text);
        put(values, &format!("{name}.html"), html(text));
    }
    put(values, "direction", if entry.direction == Direction::Incoming { "incoming" } else { "outgoing" });
    put(values, "answered", if entry.answered { "yes" } else { "no" });
    put(values, "number", entry.number.clone());
    put(values, "name", entry.name.clone());
    let (start, talk_s) = (entry.started_at_ms, entry.talk_ms / 1000);
    let end = start.saturating_add(i64::try_from(entry.talk_ms).unwrap_or(0));
    for (name, at) in [("started", start), ("ended", end)] {
        put(values, &format!("{name}.utc"), utc(at, ' '));
        put(values, &format!("{name}.iso"), utc(at, 'T').map(|text| text + "Z"));
        put(values, &format!("{name}.ms"), at);
    }
    put(values, "started.local", local_iso(start, entry.utc_offset_min));
    put(values, "started.day", local_day(start, entry.utc_offset_min));
    put(values, "duration.s", talk_s);
    put(values, "duration.ms", entry.talk_ms);
    put(values, "duration.min", talk_s.div_ceil(60));
    put(values, "duration.h", talk_s / 3600);
    put(values, "duration.m", talk_s % 3600 / 60);
    put(values, "duration.hms", format!("{:02}:{:02}:{:02}", talk_s / 3600, talk_s / 60 % 60, talk_s % 60));
    if let Some(who) = &entry.who {
        of_who(who, values)?;
    }
    if let Some(ticket) = &entry.ticket {
        put(values, "ticket", checked_id(&ticket.id)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_writings() {
        let mut values = Values::new();
        let lists = of_number(&PhoneNumber::from_e164("+34911222333").unwrap(), &mut values).unwrap();
        let text = |name: &str| values[name].as_str().unwrap().to_owned();
        assert_eq!((text("digits"), text("national")), ("34911222333".into(), "911222333".into()));
        assert_eq!(text("spread"), "9%1%1%2%2%2%3%3%3");
        assert_eq!((text("local"), text("dashed")), ("911 22 23 33".into(), "911-22-23-33".into()));
        assert_eq!(lists[1].1, ["2333", "23 33", "23-33", "23.33"]);
        for writing in ["+34911222333", "911222333", "911 22 23 33", "911-222-333", "0034911222333"] {
            assert!(lists[0].1.iter().any(|one| one == writing), "{writing} in {:?}", lists[0].1);
        }
        assert!(lists[0].1.len() <= WRITTEN_MAX);
        assert!(of_number(&PhoneNumber::parse("231", "CR").unwrap(), &mut values).is_none());
    }

    #[test]
    fn an_id_is_of_letters_and_digits() {
        for (id, good) in
            [("003A", true), ("6f9e-1_a", true), ("", false), ("../x", false), ("1)", false), ("é", false)]
        {
            assert_eq!(checked_id(id).is_ok(), good, "{id}");
        }
        assert!(checked_id(&"x".repeat(ID_MAX + 1)).is_err());
    }
}
