//! Pushes of a call to CRMs, as its card shows them.

use agent_api::id::PushId;
use agent_api::push::{CardPush, PushAbout, PushReason, PushState};
use agent_api::remote::{RecordKind, RecordRef};
use crm::delivery;
use crm::outbox::{OutboxState, PushBrief};

use crate::settings::connection::of_key;

/// A push on a card; none for one that goes nowhere or is not released.
pub fn card_push(push: PushBrief) -> Option<CardPush> {
    let connection = of_key(push.connector.as_deref()?)?;
    let state = match push.state {
        OutboxState::Held | OutboxState::Cancelled => return None,
        OutboxState::Released | OutboxState::Inflight => PushState::Waiting,
        OutboxState::Unknown => PushState::Unknown,
        OutboxState::Done => PushState::Sent,
        OutboxState::Failed => PushState::Stuck,
    };
    let record = push.remote_id.map(|id| RecordRef { connection, kind: RecordKind::Activity, id });
    let (about, code) = match push.last_error.as_deref() {
        Some(code) => match code.strip_prefix(delivery::OF_PERSON) {
            Some(code) => (PushAbout::Person, Some(code)),
            None if code == delivery::AMBIGUOUS => (PushAbout::Person, Some(code)),
            None => (PushAbout::Entry, Some(code)),
        },
        None => (PushAbout::Entry, None),
    };
    let reason = code.map(reason);
    Some(CardPush { push: PushId(push.id.0), connection, state, reason, about, record })
}

/// A code of [`Fault::code`] or of the delivery, typed.
pub(super) fn reason(code: &str) -> PushReason {
    let (word, rest) = code.split_once(':').unwrap_or((code, ""));
    let mut words = rest.split(',').filter(|word| !word.is_empty()).map(str::to_owned);
    match word {
        "sign_in" => PushReason::SignIn,
        "limit" => PushReason::Limit,
        "busy" => PushReason::Busy,
        "unreachable" => PushReason::NotReached,
        "proxy_sign_in" => PushReason::ProxySignIn,
        "lost" => PushReason::Lost,
        "invalid" => PushReason::Invalid { code: words.next().unwrap_or_default(), fields: words.collect() },
        "duplicate" => PushReason::Duplicate,
        delivery::AMBIGUOUS => PushReason::Ambiguous,
        "not_found" => PushReason::NotFound,
        "forbidden" => PushReason::Forbidden { code: words.next().unwrap_or_default() },
        "not_offered" => PushReason::NotOffered,
        _ => PushReason::NotUnderstood,
    }
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
            (Fault::ProxySignIn, PushReason::ProxySignIn),
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
        assert_eq!(reason(delivery::AMBIGUOUS), PushReason::Ambiguous);
    }

    #[test]
    fn it_is_told_which_of_person_and_entry_was_refused() {
        let connector = Some(uuid::Uuid::from_u128(7).to_string());
        let told = |code: &str| {
            let id = crm::id::OutboxId(uuid::Uuid::from_u128(1));
            let last_error = Some(code.to_owned());
            let push =
                PushBrief { id, connector: connector.clone(), state: OutboxState::Failed, last_error, remote_id: None };
            card_push(push).map(|push| (push.about, push.reason))
        };
        let invalid = Some(PushReason::Invalid { code: "X".into(), fields: vec!["Rank__c".into()] });
        assert_eq!(told("person/invalid:X,Rank__c"), Some((PushAbout::Person, invalid.clone())));
        assert_eq!(told("invalid:X,Rank__c"), Some((PushAbout::Entry, invalid)));
        assert_eq!(told(delivery::AMBIGUOUS), Some((PushAbout::Person, Some(PushReason::Ambiguous))));
    }
}
