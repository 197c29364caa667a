use uuid::Uuid;

use super::*;
use crate::call::{Direction, Line, Party};
use crate::id::AccountId;

fn item(origin: Origin) -> OutboxItem {
    let line = Line {
        account: AccountId(Uuid::from_u128(2)),
        label: String::new(),
        called_number: None,
        call_center: None,
        color: None,
    };
    let record = CallRecord {
        id: CallId(Uuid::from_u128(1)),
        origin,
        direction: Direction::Incoming,
        party: Party { raw: "27".into(), number: None, network_name: None },
        line,
        own_number: "16".into(),
        started_at_ms: 0,
        answered_at_ms: None,
        ended_at_ms: None,
        talk_ms: 0,
        end: None,
    };
    OutboxItem::held(record, Draft::default())
}

fn released() -> OutboxItem {
    let mut item = item(Origin::Live);
    item.release(Draft { subject: "Factura".into(), ..Draft::default() }, &Release::to("salesforce"), 100).unwrap();
    item
}

#[test]
fn only_what_was_released_is_sent() {
    let mut held = item(Origin::Live);
    assert_eq!(held.id.0, held.call.0, "the call's uuid is the idempotency key");
    assert!(!held.is_due("salesforce", 1000));
    assert_eq!(held.start(), Err(WrongState));
    held.cancel().unwrap();
    assert_eq!((held.is_due("salesforce", 1000), held.start()), (false, Err(WrongState)));
    held.hold_again().unwrap();
    assert_eq!(held.state, OutboxState::Held);

    let mut item = released();
    assert_eq!(item.payload.draft.subject, "Factura");
    assert_eq!(
        (item.is_due("zoho", 100), item.is_due("salesforce", 99), item.is_due("salesforce", 100)),
        (false, false, true)
    );
    assert_eq!(item.cancel(), Err(WrongState), "what was released may be gone already");
    item.start().unwrap();
    assert_eq!((item.attempt, item.state), (1, OutboxState::Inflight));
    item.settle(&Outcome::Sent { remote_id: "00T1".into() }, 200).unwrap();
    assert_eq!((item.state, item.remote_id.as_deref()), (OutboxState::Done, Some("00T1")));
    assert_eq!(item.settle(&Outcome::NotThere, 200), Err(WrongState));
}

#[test]
fn a_lost_answer_is_looked_up_before_it_is_sent_again() {
    let mut item = released();
    item.start().unwrap();
    item.recover();
    assert_eq!((item.state, item.is_due("salesforce", i64::MAX)), (OutboxState::Unknown, false));
    item.settle(&Outcome::Retry { at_ms: 500, error: "network".into() }, 300).unwrap();
    assert_eq!(item.state, OutboxState::Unknown, "a failed look-up proves nothing");
    item.settle(&Outcome::NotThere, 600).unwrap();
    assert!(item.is_due("salesforce", 600));
}

#[test]
fn passing_faults_wait_and_refusals_stay_with_their_text() {
    let mut item = released();
    item.start().unwrap();
    item.settle(&Outcome::Retry { at_ms: 5000, error: "503".into() }, 200).unwrap();
    assert_eq!((item.is_due("salesforce", 4999), item.is_due("salesforce", 5000)), (false, true));
    item.start().unwrap();
    assert_eq!(item.attempt, 2);
    item.settle(&Outcome::Refused { error: "REQUIRED_FIELD_MISSING".into() }, 5000).unwrap();
    assert_eq!((item.state, item.payload.draft.subject.as_str()), (OutboxState::Failed, "Factura"));
    item.release(Draft::default(), &Release::to("salesforce"), 6000).unwrap();
    assert!(item.is_due("salesforce", 6000));
}

#[test]
fn demo_calls_never_get_a_connector() {
    let mut item = item(Origin::Demo);
    item.release(Draft::default(), &Release::to("salesforce"), 0).unwrap();
    assert_eq!((item.connector.as_deref(), item.is_due("salesforce", 10)), (None, false));
    assert_eq!(sync_state(Some(item.state), None), SyncState::ThisComputer);
}

#[test]
fn waiting_doubles_up_to_fifteen_minutes() {
    assert_eq!((retry_delay_ms(1, 1.0), retry_delay_ms(2, 1.0), retry_delay_ms(4, 0.5)), (2000, 4000, 8000));
    assert_eq!((retry_delay_ms(60, 1.0), retry_delay_ms(0, 0.0)), (900_000, 0));
}
