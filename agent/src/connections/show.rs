//! Connections and their queues as the window shows them.

use agent_api::connection::{ConnectFault, ConnectionAbilities, ConnectionState, ConnectionView, QueueView};
use agent_api::id::CallId;
use agent_api::push::{PushRow, PushState};
use crm::outbox::{OutboxItem, PushBrief};

use super::{Live, copies};
use crate::outbox::Standing;
use crate::port::clock::Now;
use crate::port::connect::fault_of;
use crate::view;

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
        queue: QueueView {
            waiting: live.counts.waiting,
            stuck: live.counts.stuck,
            unknown: live.counts.unknown,
            last_sent_ms: live.counts.last_sent_ms,
        },
        doubts: live.doubts,
        state: state(live, standing),
        can,
        verified: live.verified,
        call_results: way.filter(|way| way.abilities().results).map(|_| settings.call_results),
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
        (_, Some(ConnectFault::NotReached | ConnectFault::ProxySignIn)) => {
            ConnectionState::NotReached { retry_at_ms: None }
        }
        (Standing::Idle | Standing::Sending | Standing::Store(_), _) => ConnectionState::Connected,
    }
}

/// A push in the queue of its connection.
pub(crate) fn push_row(item: &OutboxItem, name: Option<String>) -> Option<PushRow> {
    let push = view::card_push(PushBrief::from(item))?;
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
