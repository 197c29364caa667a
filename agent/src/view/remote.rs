//! Records and people of CRMs.

use agent_api::id::{ConnectionId, ContactId};
use agent_api::remote::{RecordKind, RecordRef, RemotePerson};
use crm::connector::{self, RemoteKind, RemoteRef};

/// The most characters of a text of a CRM.
const TEXT_MAX: usize = 200;

/// A record, named for the window.
pub fn record_ref(connection: ConnectionId, record: &RemoteRef) -> RecordRef {
    let kind = match record.kind {
        RemoteKind::Contact => RecordKind::Contact,
        RemoteKind::Lead => RecordKind::Lead,
        RemoteKind::Company => RecordKind::Company,
        RemoteKind::Ticket => RecordKind::Ticket,
        RemoteKind::Activity => RecordKind::Activity,
    };
    RecordRef { connection, kind, id: record.id.clone() }
}

/// The record that the window names.
pub fn remote_ref(record: &RecordRef) -> RemoteRef {
    RemoteRef { kind: remote_kind(record.kind), id: record.id.clone() }
}

/// The kind that the window names.
pub fn remote_kind(kind: RecordKind) -> RemoteKind {
    match kind {
        RecordKind::Contact => RemoteKind::Contact,
        RecordKind::Lead => RemoteKind::Lead,
        RecordKind::Company => RemoteKind::Company,
        RecordKind::Ticket => RemoteKind::Ticket,
        RecordKind::Activity => RemoteKind::Activity,
    }
}

/// Somebody of a CRM; the text is made fit for the eye.
pub fn remote_person(
    connection: ConnectionId,
    person: &connector::RemotePerson,
    contact: Option<crm::id::ContactId>,
) -> RemotePerson {
    RemotePerson {
        record: record_ref(connection, &person.record),
        name: clean(&person.name),
        company: person.company.as_deref().map(clean).filter(|text| !text.is_empty()),
        phones: person.phones.iter().map(|phone| clean(phone)).filter(|phone| !phone.is_empty()).collect(),
        email: person.email.as_deref().map(clean).filter(|text| !text.is_empty()),
        contact: contact.map(|contact| ContactId(contact.0)),
    }
}

/// Without marks that could make it look like another text, and not endless.
pub fn clean(text: &str) -> String {
    let kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let kept = kept.filter(|c| !c.is_control() && !crm::text::is_invisible(*c));
    kept.take(TEXT_MAX).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_crm_cannot_pretend() {
        assert_eq!(clean(" Ana\u{202e}\n Mora\u{0} "), "Ana  Mora");
        assert_eq!(clean(&"ñ".repeat(500)).chars().count(), TEXT_MAX);
    }
}
