//! Pushes of a call to CRMs, as its card shows them.

use agent_api::id::PushId;
use agent_api::push::{CardPush, PushReason, PushState};
use agent_api::remote::{RecordKind, RecordRef};
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
    let reason = push.last_error.as_deref().map(reason);
    Some(CardPush { push: PushId(push.id.0), connection, state, reason, record })
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
        "proxy_sign_in" => PushReason::ProxySignIn,
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
        assert_eq!(reason(crm::delivery::AMBIGUOUS), PushReason::Ambiguous);
    }
}
