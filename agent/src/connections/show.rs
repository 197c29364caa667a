//! Connections, pushes and people of CRMs as the window shows them.

use agent_api::connection::{ConnectFault, ConnectionAbilities, ConnectionState, ConnectionView, QueueView};
use agent_api::id::{CallId, ConnectionId, ContactId, PushId};
use agent_api::push::{CardPush, PushReason, PushRow, PushState};
use agent_api::remote::{RecordKind, RecordRef, RemotePerson};
use crm::connector::{self, RemoteKind, RemoteRef};
use crm::outbox::{OutboxItem, OutboxState, PushBrief};

use super::{Live, copies};
use crate::outbox::Standing;
use crate::port::clock::Now;
use crate::port::connect::fault_of;
use crate::settings::connection::of_key;
use crate::view;

/// The most characters of a text of a CRM.
const TEXT_MAX: usize = 200;

/// A connection.
pub(super) fn connection(live: &Live, standing: Standing, now: Now) -> ConnectionView {
    let settings = &live.settings;
    let way = live.way.as_ref();
    let can = way.map_or_else(ConnectionAbilities::default, |way| {
        let can = way.abilities();
        ConnectionAbilities { people: can.people, leads: can.leads, tickets: can.tickets, logs_once: can.logs_once }
    });
    let left = way.and_then(|way| (way.token_left)());
    ConnectionView {
        id: settings.id,
        kind: settings.setup.kind(),
        name: settings.label().to_owned(),
        setup: settings.setup.clone(),
        has_secret: live.has_secret,
        identity: settings.identity.clone().filter(|_| settings.signed_in),
        token_ends_at_ms: left.map(|left| now.plus(left).utc_ms),
        failure: live.failure.clone(),
        sending: standing == Standing::Sending,
        queue: QueueView { waiting: live.counts.waiting, stuck: live.counts.stuck, unknown: live.counts.unknown },
        state: state(live, standing),
        can,
        verified: live.verified,
        copies: live.sync.as_ref().map(|sync| copies::view(&sync.progress().borrow())),
    }
}

fn state(live: &Live, standing: Standing) -> ConnectionState {
    if live.signing.is_some() {
        return ConnectionState::SigningIn;
    }
    if !live.settings.signed_in {
        return ConnectionState::SignedOut;
    }
    let copying = live.sync.as_ref().and_then(|sync| sync.progress().borrow().fault.as_ref().map(fault_of));
    match (standing, &live.trouble.clone().or(copying)) {
        (Standing::SignIn, _) | (_, Some(ConnectFault::SignIn | ConnectFault::SecretStore | ConnectFault::Secret)) => {
            ConnectionState::SignInAgain
        }
        (Standing::Waiting { until_ms, code }, _) => match code.as_str() {
            "busy" | "limit" => ConnectionState::Waiting { until_ms, limit: code == "limit" },
            _ => ConnectionState::NotReached { retry_at_ms: Some(until_ms) },
        },
        (_, Some(ConnectFault::NotReached)) => ConnectionState::NotReached { retry_at_ms: None },
        (Standing::Idle | Standing::Sending | Standing::Store(_), _) => ConnectionState::Connected,
    }
}

/// A push on a card; none for one that goes nowhere or is not released.
pub(crate) fn card_push(push: PushBrief) -> Option<CardPush> {
    let connection = of_key(push.connector.as_deref()?)?;
    let state = match push.state {
        OutboxState::Held | OutboxState::Cancelled => return None,
        OutboxState::Released | OutboxState::Inflight => PushState::Waiting,
        OutboxState::Unknown => PushState::Unknown,
        OutboxState::Done => PushState::Sent,
        OutboxState::Failed => PushState::Stuck,
    };
    let record = push.remote_id.map(|id| RecordRef { connection, kind: RecordKind::Activity, id });
    let reason = push.last_error.as_deref().map(reason);
    Some(CardPush { push: PushId(push.id.0), connection, state, reason, record })
}

/// A push in the queue of its connection.
pub(crate) fn push_row(item: &OutboxItem, name: Option<String>) -> Option<PushRow> {
    let push = card_push(PushBrief::from(item))?;
    let record = &item.payload.record;
    Some(PushRow {
        call: CallId(item.call.0),
        direction: view::direction(record.direction),
        party: view::party(&record.party),
        name,
        subject: item.payload.draft.subject.clone(),
        started_at_ms: record.started_at_ms,
        attempts: item.attempt,
        next_at_ms: (push.state != PushState::Stuck).then_some(item.next_at_ms),
        push,
    })
}

/// A code of [`Fault::code`] or of the delivery, typed.
fn reason(code: &str) -> PushReason {
    let (word, rest) = code.split_once(':').unwrap_or((code, ""));
    let mut words = rest.split(',').filter(|word| !word.is_empty()).map(str::to_owned);
    match word {
        "sign_in" => PushReason::SignIn,
        "limit" => PushReason::Limit,
        "busy" => PushReason::Busy,
        "unreachable" => PushReason::NotReached,
        "lost" => PushReason::Lost,
        "invalid" => PushReason::Invalid { code: words.next().unwrap_or_default(), fields: words.collect() },
        "duplicate" => PushReason::Duplicate,
        crm::delivery::AMBIGUOUS => PushReason::Ambiguous,
        "not_found" => PushReason::NotFound,
        "forbidden" => PushReason::Forbidden { code: words.next().unwrap_or_default() },
        "not_offered" => PushReason::NotOffered,
        _ => PushReason::NotUnderstood,
    }
}

/// A record, named for the window.
pub(crate) fn record_ref(connection: ConnectionId, record: &RemoteRef) -> RecordRef {
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
pub(crate) fn remote_ref(record: &RecordRef) -> RemoteRef {
    let kind = match record.kind {
        RecordKind::Contact => RemoteKind::Contact,
        RecordKind::Lead => RemoteKind::Lead,
        RecordKind::Company => RemoteKind::Company,
        RecordKind::Ticket => RemoteKind::Ticket,
        RecordKind::Activity => RemoteKind::Activity,
    };
    RemoteRef { kind, id: record.id.clone() }
}

/// Somebody of a CRM; the text is made fit for the eye.
pub(super) fn person(
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
pub(crate) fn clean(text: &str) -> String {
    let kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let kept = kept.filter(|c| !c.is_control() && !crm::text::is_invisible(*c));
    kept.take(TEXT_MAX).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use crm::connector::Fault;

    use super::*;

    #[test]
    fn every_code_of_a_fault_has_its_reason() {
        let fields = vec!["LastName".to_owned()];
        let message = String::new();
        let code = || "X_Y".to_owned();
        for (fault, expected) in [
            (Fault::SignIn, PushReason::SignIn),
            (Fault::Limit { after: None }, PushReason::Limit),
            (Fault::Busy { after: None }, PushReason::Busy),
            (Fault::Unreachable, PushReason::NotReached),
            (Fault::Lost, PushReason::Lost),
            (
                Fault::Invalid { code: code(), fields: fields.clone(), message },
                PushReason::Invalid { code: code(), fields },
            ),
            (Fault::Duplicate { existing: Vec::new() }, PushReason::Duplicate),
            (Fault::NotFound, PushReason::NotFound),
            (Fault::Forbidden { code: code() }, PushReason::Forbidden { code: code() }),
            (Fault::NotOffered, PushReason::NotOffered),
            (Fault::NotUnderstood, PushReason::NotUnderstood),
        ] {
            assert_eq!(reason(&fault.code()), expected);
        }
        assert_eq!(reason(crm::delivery::AMBIGUOUS), PushReason::Ambiguous);
    }

    #[test]
    fn text_of_a_crm_cannot_pretend() {
        assert_eq!(clean(" Ana\u{202e}\n Mora\u{0} "), "Ana  Mora");
        assert_eq!(clean(&"ñ".repeat(500)).chars().count(), TEXT_MAX);
    }
}
