use uuid::Uuid;

use super::*;
use crate::call::{Line, Party};
use crate::disposition;
use crate::id::ContactId;
use crate::id::{AccountId, CallId, Origin};

fn record(direction: Direction, answered: bool) -> CallRecord {
    CallRecord {
        id: CallId(Uuid::from_u128(1)),
        origin: Origin::Live,
        direction,
        party: Party { raw: "27".into(), number: None, network_name: None },
        line: Line {
            account: AccountId(Uuid::from_u128(2)),
            label: "Soporte".into(),
            called_number: None,
            call_center: None,
            color: None,
        },
        own_number: "16".into(),
        started_at_ms: 1000,
        answered_at_ms: answered.then_some(2000),
        ended_at_ms: Some(9000),
        talk_ms: if answered { 7000 } else { 0 },
        end: Some(End { cause: EndCause::Normal, status: Some(200), by: EndedBy::Remote }),
    }
}

fn ended(direction: Direction, answered: bool, internal: bool) -> Card {
    let record = record(direction, answered);
    let mut card = Card::begin(CallRecord { ended_at_ms: None, end: None, ..record.clone() }, Draft::default());
    card.end(record, internal).unwrap();
    card
}

fn with_contact() -> Draft {
    Draft { contact: Some(ContactId(Uuid::from_u128(3))), subject: "Factura".into(), ..Draft::default() }
}

#[test]
fn hang_up_asks_for_a_wrap_up_only_where_there_is_one() {
    use CardState::{NotNeeded, Unsaved};
    use Direction::{Incoming, Outgoing};
    for (direction, answered, internal, state) in [
        (Incoming, true, false, Unsaved),
        (Outgoing, true, false, Unsaved),
        (Outgoing, false, false, Unsaved),
        (Incoming, false, false, NotNeeded),
        (Incoming, true, true, NotNeeded),
        (Outgoing, false, true, NotNeeded),
    ] {
        assert_eq!(ended(direction, answered, internal).state, state, "{direction:?} {answered} {internal}");
    }
    let mut card = Card::begin(record(Incoming, false), Draft { comment: "ya llamo".into(), ..Draft::default() });
    card.end(record(Incoming, false), false).unwrap();
    assert_eq!(card.state, Unsaved, "what is written is not hidden");
    assert_eq!(card.end(record(Incoming, false), false), Err(WrongState));
}

#[test]
fn saving_needs_a_contact_unless_the_disposition_frees_it() {
    let mut card = ended(Direction::Incoming, true, false);
    let list = disposition::builtin();
    let wrong_number = list.iter().find(|row| row.name == "wrong_number");
    assert_eq!(card.save(Draft::default(), None, 10), Err(SaveBlocked::NeedsContact));
    assert_eq!(card.save_blocked(&Draft::default(), wrong_number), None);
    card.save(with_contact(), None, 10).unwrap();
    assert_eq!((card.state, card.saved_at_ms, card.has_draft()), (CardState::Saved, Some(10), false));
    assert_eq!(card.save(with_contact(), None, 11), Err(SaveBlocked::AlreadySaved));
    assert_eq!(card.write(Draft::default(), 11), Err(WrongState));
    assert_eq!(card.dismiss(), Err(WrongState));
    let live = Card::begin(record(Direction::Incoming, true), Draft::default());
    assert_eq!(live.save_blocked(&with_contact(), None), Some(SaveBlocked::CallLive));
}

#[test]
fn dismissing_can_be_undone_and_keeps_the_text() {
    let mut card = ended(Direction::Incoming, true, false);
    card.write(with_contact(), 10).unwrap();
    card.dismiss().unwrap();
    card.dismiss().unwrap();
    assert_eq!((card.state, card.expires_at_ms()), (CardState::Dismissed, None));
    card.undo_dismiss(20).unwrap();
    assert_eq!((card.state, &card.draft), (CardState::Unsaved, &with_contact()));
    assert_eq!(card.undo_dismiss(20), Err(WrongState));
    card.dismiss().unwrap();
    card.undo_dismiss(1000 + UNSAVED_FOR_MS).unwrap();
    assert_eq!(card.state, CardState::Expired);
}

#[test]
fn after_24_hours_the_card_leaves_and_can_still_be_saved() {
    let mut card = ended(Direction::Incoming, true, false);
    card.write(with_contact(), 10).unwrap();
    assert_eq!(card.expires_at_ms(), Some(1000 + UNSAVED_FOR_MS));
    assert!(!card.expire(999 + UNSAVED_FOR_MS));
    assert!(card.expire(1000 + UNSAVED_FOR_MS));
    assert!(!card.expire(1000 + UNSAVED_FOR_MS), "only once");
    assert_eq!((card.state, card.has_draft()), (CardState::Expired, true));
    card.save(with_contact(), None, 2 * UNSAVED_FOR_MS).unwrap();
    assert_eq!(card.state, CardState::Saved);
}

#[test]
fn a_call_cut_by_a_crash_becomes_unsaved_with_what_is_known() {
    let live = CallRecord { ended_at_ms: None, end: None, talk_ms: 0, ..record(Direction::Incoming, true) };
    let mut card = Card::begin(live, with_contact());
    card.recover(50_000).unwrap();
    assert_eq!((card.state, card.record.ended_at_ms, card.record.talk_ms), (CardState::Unsaved, Some(50_000), 0));
    assert_eq!(card.record.end.map(|end| end.cause), Some(EndCause::Internal));
    assert_eq!(card.draft, with_contact());
}
