//! What every store must do, whatever it is made of. [`conformance_tests!`](crate::conformance_tests) makes one test of
//! each case.

#![allow(clippy::unwrap_used)] // a suite of tests: a panic is its answer

mod chats;
mod copying;
mod details;
mod erasing;
mod expiry;
mod further;
mod people;
mod recordings;
mod sending;
mod ties;

pub use chats::*;
pub use copying::*;
pub use details::*;
pub use erasing::*;
pub use expiry::*;
pub use further::*;
pub use people::*;
pub use recordings::*;
pub use sending::*;
pub use ties::*;

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::call::{CallRecord, Direction, End, EndCause, EndedBy, Line, Party};
use crate::card::{CardState, Draft, DraftTicket, SaveBlocked, UNSAVED_FOR_MS};
use crate::contact::{Address, Channel, ChannelKind, Contact, ContactKind};
use crate::disposition::CALL_BACK;
use crate::id::{AccountId, AddressId, CallId, ChannelId, ContactId, Origin};
use crate::outbox::{OutboxState, Outcome, Release, SyncState};
use crate::phone::PhoneNumber;
use crate::store::{CardFilter, CardQuery, ContactQuery, Counts, Store, StoreError};

/// A moment to start from.
pub const T0: i64 = 1_800_000_000_000;

/// One test for each case of the suite, each with a fresh store from `$make`, which returns a box or anything else that derefs to it.
#[macro_export]
macro_rules! conformance_tests {
    ($make:expr) => {
        $crate::conformance_tests!(@ $make;
            contacts_are_kept_whole conflicts_are_told erased_people_leave_only_the_facts_of_their_calls calls_of_others_keep_their_number what_is_under_way_is_not_erased old_calls_are_forgotten_but_not_what_waits forms_are_kept_until_they_are_dropped search_finds_every_part
            search_pages_by_name numbers_match_one_several_none demo_and_live_never_meet imports_are_all_or_nothing
            a_call_is_known_from_its_first_moment hang_up_holds_the_push saving_releases_the_push
            dismissing_cancels_and_undo_holds_again unsaved_cards_expire_with_their_text cards_are_warned_of_once_for_each_time lists_filter_and_page
            what_is_to_be_done_is_listed history_finds_text recent_calls_of_contact_or_number counts_follow_the_cards a_crash_leaves_unsaved_cards
            details_of_calls_are_bounded_and_go_with_their_call recordings_are_kept_until_their_files_are_gone
            chats_hold_what_both_sides_wrote messages_are_settled_once_and_unknown_after_a_crash chats_keep_the_last_name
            chats_go_with_their_person_and_with_time chats_are_paged_by_their_last_message
            the_outbox_sends_once the_last_disposition_stays_with_the_person demo_rows_go_together
            what_is_unknown_is_looked_up_first links_to_a_crm_are_kept
            each_connection_has_its_own_push
            what_a_crm_refused_goes_again_corrected_as_the_same_push
            what_a_crm_requires_of_somebody_is_kept_until_the_person_is_there what_it_asked_for_goes_with_the_correction
            forms_of_records_are_known_without_a_network
            copied_people_are_found_and_follow_their_source what_is_told_anew_replaces_what_was_and_has_a_bound
            changes_of_tied_people_want_a_look_until_they_are_told what_is_taken_over_from_a_crm_is_stored_with_its_tie
            doubts_about_tied_people_are_kept_until_they_are_settled a_record_that_looks_changed_stirs_its_tie
            who_was_just_made_is_found_at_once ties_follow_records_that_move copies_go_with_their_connection_and_their_person
        );
    };
    (@ $make:expr; $($case:ident)*) => {
        $(#[test]
        fn $case() {
            let mut store = $make();
            $crate::store::conformance::$case(&mut *store);
        })*
    };
}

/// A contact with one phone, tidied as in Costa Rica.
pub fn person(n: u128, first_name: &str, last_name: &str, phone: &str) -> Contact {
    let mut contact = Contact {
        id: ContactId(Uuid::from_u128(0x1000 + n)),
        rev: 0,
        origin: Origin::Live,
        kind: ContactKind::Contact,
        first_name: first_name.into(),
        last_name: last_name.into(),
        company: String::new(),
        document_kind: None,
        document_number: None,
        vip: false,
        channels: vec![channel(n * 10, ChannelKind::Phone, phone)],
        addresses: Vec::new(),
        custom: BTreeMap::new(),
    };
    contact.tidy("CR");
    contact
}

/// A channel as typed.
pub fn channel(n: u128, kind: ChannelKind, raw: &str) -> Channel {
    Channel { id: ChannelId(Uuid::from_u128(0x2000_0000 + n)), kind, raw: raw.into(), number: None }
}

/// A call that just began, `n` seconds after [`T0`].
pub fn call(n: u128, direction: Direction, number: &str) -> CallRecord {
    CallRecord {
        id: CallId(Uuid::from_u128(0x3000 + n)),
        origin: Origin::Live,
        direction,
        party: Party { raw: number.into(), number: PhoneNumber::parse(number, "CR").ok(), network_name: None },
        line: Line {
            account: AccountId(Uuid::from_u128(7)),
            label: "Soporte".into(),
            called_number: Some("+506 4000 4000".into()),
            call_center: Some("Soporte técnico".into()),
            color: Some("#208040".into()),
        },
        own_number: "16".into(),
        started_at_ms: T0 + 1000 * n as i64,
        answered_at_ms: None,
        ended_at_ms: None,
        talk_ms: 0,
        end: None,
    }
}

/// The same call, answered after 2 s and ended after 75 s of talk.
pub fn talked(record: &CallRecord) -> CallRecord {
    CallRecord {
        answered_at_ms: Some(record.started_at_ms + 2000),
        ended_at_ms: Some(record.started_at_ms + 77_900),
        talk_ms: 75_900,
        end: Some(End { cause: EndCause::Normal, status: Some(200), by: EndedBy::Remote }),
        ..record.clone()
    }
}

/// The same call, given up by the caller.
pub fn unanswered(record: &CallRecord) -> CallRecord {
    CallRecord {
        ended_at_ms: Some(record.started_at_ms + 20_000),
        end: Some(End { cause: EndCause::Cancelled, status: Some(487), by: EndedBy::Remote }),
        ..record.clone()
    }
}

fn finished(store: &mut dyn Store, n: u128, direction: Direction, number: &str) -> CallRecord {
    let record = call(n, direction, number);
    store.begin_call(&record, &Draft::default()).unwrap();
    let record = talked(&record);
    store.end_call(&record, false).unwrap();
    record
}

fn draft(contact: &Contact, subject: &str) -> Draft {
    let ticket = DraftTicket {
        connector: "crm".into(),
        id: "500A".into(),
        number: "00001026".into(),
        subject: "Sin servicio".into(),
    };
    Draft {
        contact: Some(contact.id),
        subject: subject.into(),
        comment: "Pide la factura".into(),
        disposition: None,
        ticket: Some(ticket),
    }
}

fn disposition(store: &mut dyn Store, name: &str) -> Option<crate::id::DispositionId> {
    store.dispositions().unwrap().iter().find(|row| row.name == name).map(|row| row.id)
}

fn found(store: &mut dyn Store, text: &str) -> Vec<String> {
    let query = ContactQuery { text: text.into(), limit: 50, ..ContactQuery::default() };
    let page = store.search_contacts(&query).unwrap();
    assert_eq!(page.total as usize, page.rows.len(), "{text}");
    page.rows.into_iter().map(|row| row.name).collect()
}

/// Row and draft of a live call exist; its facts follow.
pub fn a_call_is_known_from_its_first_moment(store: &mut dyn Store) {
    let record = call(1, Direction::Incoming, "8555 0117");
    store.begin_call(&record, &Draft { subject: "Hola".into(), ..Draft::default() }).unwrap();
    assert_eq!(store.begin_call(&record, &Draft::default()), Err(StoreError::Conflict));
    let row = store.card(record.id).unwrap();
    assert_eq!(
        (row.card.record, row.card.state, row.card.draft.subject.as_str()),
        (record.clone(), CardState::Live, "Hola")
    );
    let answered = CallRecord { answered_at_ms: Some(record.started_at_ms + 1), ..record.clone() };
    store.update_call(&answered).unwrap();
    assert_eq!(store.card(record.id).unwrap().card.record, answered);
    assert_eq!(
        store.save_card(record.id, &Draft::default(), &Release::default(), T0),
        Err(StoreError::Blocked(SaveBlocked::CallLive))
    );
    store.end_call(&talked(&record), false).unwrap();
    assert_eq!(store.update_call(&answered), Err(StoreError::WrongState));
    assert_eq!(store.end_call(&talked(&record), false), Err(StoreError::WrongState));
    let unknown = call(2, Direction::Incoming, "1");
    assert_eq!(store.end_call(&unknown, false).unwrap_err(), StoreError::NotFound);
}

/// The record and its held push appear together; calls without wrap-up have none.
pub fn hang_up_holds_the_push(store: &mut dyn Store) {
    let record = finished(store, 1, Direction::Outgoing, "8555 0117");
    let row = store.card(record.id).unwrap();
    assert_eq!(
        (row.card.state, row.card.record.clone(), row.sync),
        (CardState::Unsaved, record.clone(), SyncState::None)
    );
    assert_eq!(row.card.expires_at_ms(), Some(record.started_at_ms + UNSAVED_FOR_MS));
    let items = store.outbox(&[], 10).unwrap();
    assert_eq!((items.len(), items[0].state, items[0].id.0), (1, OutboxState::Held, record.id.0));
    assert_eq!(items[0].payload.record, record);
    let missed = call(2, Direction::Incoming, "27");
    store.begin_call(&missed, &Draft::default()).unwrap();
    assert_eq!(store.end_call(&unanswered(&missed), false).unwrap().state, CardState::NotNeeded);
    assert_eq!(store.outbox(&[], 10).unwrap().len(), 1);
    assert!(store.take_due("crm", i64::MAX, 10).unwrap().is_empty(), "held pushes are never sent");
}

/// Salvar: contact needed, text final, push released.
pub fn saving_releases_the_push(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let record = finished(store, 1, Direction::Incoming, "8555 0117");
    assert_eq!(
        store.save_card(record.id, &Draft::default(), &Release::default(), T0),
        Err(StoreError::Blocked(SaveBlocked::NeedsContact))
    );
    let stranger = Draft { contact: Some(ContactId(Uuid::from_u128(404))), ..Draft::default() };
    assert_eq!(store.save_card(record.id, &stranger, &Release::default(), T0), Err(StoreError::NotFound));
    let text = draft(&contact, "Factura");
    let card = store.save_card(record.id, &text, &Release::to("crm"), T0 + 5).unwrap();
    assert_eq!((card.state, card.saved_at_ms), (CardState::Saved, Some(T0 + 5)));
    let row = store.card(record.id).unwrap();
    assert_eq!(
        (row.sync, row.contact.map(|brief| brief.id), row.card.draft.clone()),
        (SyncState::Waiting, Some(contact.id), text.clone())
    );
    assert_eq!(
        store.save_card(record.id, &text, &Release::default(), T0),
        Err(StoreError::Blocked(SaveBlocked::AlreadySaved))
    );
    assert_eq!(store.save_draft(record.id, &text, T0), Err(StoreError::WrongState));
    assert_eq!(store.outbox(&[OutboxState::Released], 10).unwrap()[0].payload.draft, text);

    let alone = finished(store, 2, Direction::Incoming, "8555 0199");
    let wrong = Draft { disposition: disposition(store, "wrong_number"), ..Draft::default() };
    store.save_card(alone.id, &wrong, &Release::default(), T0).unwrap();
    let row = store.card(alone.id).unwrap();
    assert_eq!((row.sync, row.disposition.as_deref()), (SyncState::ThisComputer, Some("wrong_number")));

    let missed = call(3, Direction::Incoming, "27");
    store.begin_call(&missed, &Draft::default()).unwrap();
    store.end_call(&unanswered(&missed), false).unwrap();
    store.save_card(missed.id, &draft(&contact, "Devolver"), &Release::default(), T0).unwrap();
    assert_eq!(store.card(missed.id).unwrap().sync, SyncState::ThisComputer, "a missed call may be saved, too");
}

/// Ignorar cancels, Deshacer holds again, text stays throughout.
pub fn dismissing_cancels_and_undo_holds_again(store: &mut dyn Store) {
    let record = finished(store, 1, Direction::Incoming, "8555 0117");
    let text = Draft { comment: "Llamar luego".into(), ..Draft::default() };
    store.save_draft(record.id, &text, T0).unwrap();
    assert_eq!(store.dismiss_card(record.id, T0).unwrap().state, CardState::Dismissed);
    assert_eq!(store.outbox(&[OutboxState::Cancelled], 10).unwrap().len(), 1);
    assert_eq!(store.undo_dismiss(record.id, T0).unwrap().state, CardState::Unsaved);
    assert_eq!(store.outbox(&[OutboxState::Held], 10).unwrap().len(), 1);
    assert_eq!(store.card(record.id).unwrap().card.draft, text);
    assert_eq!(store.undo_dismiss(record.id, T0), Err(StoreError::WrongState));
    let live = call(2, Direction::Incoming, "27");
    store.begin_call(&live, &Draft::default()).unwrap();
    assert_eq!(store.dismiss_card(live.id, T0), Err(StoreError::WrongState));
}

/// Filters, newest first, pages that neither repeat nor skip.
pub fn lists_filter_and_page(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let records: Vec<CallRecord> = (1..=12)
        .map(|n| finished(store, n, if n % 2 == 0 { Direction::Incoming } else { Direction::Outgoing }, "8555 0117"))
        .collect();
    store.save_card(records[0].id, &draft(&contact, "Factura"), &Release::default(), T0).unwrap();
    store.dismiss_card(records[1].id, T0).unwrap();
    let missed = call(20, Direction::Incoming, "27");
    store.begin_call(&missed, &Draft::default()).unwrap();
    store.end_call(&unanswered(&missed), false).unwrap();
    let mut list = |query: CardQuery| -> Vec<CallId> {
        let mut query = CardQuery { limit: 5, ..query };
        let mut ids = Vec::new();
        loop {
            let page = store.list_cards(&query).unwrap();
            ids.extend(page.rows.iter().map(|row| row.card.record.id));
            match page.next {
                Some(next) => query.after = Some(next),
                None => {
                    assert_eq!(page.total as usize, ids.len());
                    return ids;
                }
            }
        }
    };
    let filter = |filter| CardQuery { filter, ..CardQuery::default() };
    let all = list(filter(CardFilter::History));
    assert_eq!(all.len(), 13);
    assert!(all.is_sorted_by(|a, b| a > b), "newest first");
    assert_eq!(list(filter(CardFilter::All)).len(), 12, "dismissed ones are in the history only");
    assert_eq!(list(filter(CardFilter::ToSave)).len(), 10);
    assert_eq!(list(filter(CardFilter::Missed)), [missed.id]);
    assert_eq!(list(CardQuery { direction: Some(Direction::Outgoing), ..CardQuery::default() }).len(), 6);
    assert_eq!(list(CardQuery { contact: Some(contact.id), ..CardQuery::default() }), [records[0].id]);
    let jump = CardQuery { skip: 11, limit: 5, ..CardQuery::default() };
    let jumped = store.list_cards(&jump).unwrap();
    assert_eq!(jumped.rows.iter().map(|row| row.card.record.id).collect::<Vec<_>>(), all[11..]);
    assert_eq!((jumped.next, jumped.total), (None, 13));
    let bad = CardQuery { after: Some("1:2:3".into()), limit: 1, ..CardQuery::default() };
    assert_eq!(store.list_cards(&bad), Err(StoreError::BadCursor));
}

/// Missed calls to return, promised calls, expired and dismissed cards: each goes from its list when it is done.
pub fn what_is_to_be_done_is_listed(store: &mut dyn Store) {
    let ids = |store: &mut dyn Store, filter| -> Vec<CallId> {
        let query = CardQuery { filter, limit: 10, ..CardQuery::default() };
        store.list_cards(&query).unwrap().rows.iter().map(|row| row.card.record.id).collect()
    };
    let missed = |store: &mut dyn Store, n, number| {
        let record = call(n, Direction::Incoming, number);
        store.begin_call(&record, &Draft::default()).unwrap();
        store.end_call(&unanswered(&record), false).unwrap();
        record.id
    };
    missed(store, 1, "8555 0117");
    let again = missed(store, 2, "8555 0117");
    let other = missed(store, 3, "2222 0000");
    missed(store, 4, "anonymous");
    assert_eq!(ids(store, CardFilter::ToReturn), [other, again], "once for each number");
    let tried = call(5, Direction::Outgoing, "8555 0117");
    store.begin_call(&tried, &Draft::default()).unwrap();
    store.end_call(&unanswered(&tried), false).unwrap();
    assert_eq!(ids(store, CardFilter::ToReturn), [other, again], "nobody answered");
    let returned = finished(store, 6, Direction::Outgoing, "8555 0117");
    assert_eq!(ids(store, CardFilter::ToReturn), [other]);

    let ana = store.save_contact(&person(1, "Ana", "Solís", "8555 0117"), T0).unwrap();
    let later = Draft { disposition: disposition(store, CALL_BACK), ..draft(&ana, "Cotización") };
    store.save_card(returned.id, &later, &Release::default(), T0).unwrap();
    assert_eq!(ids(store, CardFilter::FollowUp), [returned.id]);
    let elsewhere = finished(store, 7, Direction::Incoming, "4000 1111");
    assert_eq!(ids(store, CardFilter::FollowUp), [returned.id], "somebody else");
    store.save_draft(elsewhere.id, &draft(&ana, ""), T0).unwrap();
    assert_eq!(ids(store, CardFilter::FollowUp), [], "the person was spoken with by another number");

    store.dismiss_card(elsewhere.id, T0).unwrap();
    assert_eq!(ids(store, CardFilter::Dismissed), [elsewhere.id]);
    store.undo_dismiss(elsewhere.id, T0).unwrap();
    assert_eq!(ids(store, CardFilter::Dismissed), []);
    assert_eq!(ids(store, CardFilter::Expired), []);
    store.expire_cards(elsewhere.started_at_ms + UNSAVED_FOR_MS).unwrap();
    assert!(ids(store, CardFilter::Expired).contains(&elsewhere.id));
}

/// By the person's name, the number in any writing, subject and comment.
pub fn history_finds_text(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "José", "Núñez", "8555 0117"), T0).unwrap();
    let first = finished(store, 1, Direction::Incoming, "8555 0117");
    finished(store, 2, Direction::Incoming, "2222 0000");
    store.save_draft(first.id, &draft(&contact, "Reclamación"), T0).unwrap();
    for text in ["nunez", "jose", "8555-0117", "+506 8555 0117", "reclamacion", "FACTURA", "pide factura"] {
        let query = CardQuery { text: text.into(), limit: 10, ..CardQuery::default() };
        let page = store.list_cards(&query).unwrap();
        assert_eq!(page.rows.iter().map(|row| row.card.record.id).collect::<Vec<_>>(), [first.id], "{text}");
        assert_eq!(page.total, 1);
    }
}

/// What was said before with this person or number.
pub fn recent_calls_of_contact_or_number(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let first = finished(store, 1, Direction::Incoming, "8555 0117");
    let second = finished(store, 2, Direction::Incoming, "2222 0000");
    store.save_draft(second.id, &draft(&contact, "Otro número"), T0).unwrap();
    finished(store, 3, Direction::Incoming, "2255 0000");
    let now = call(4, Direction::Incoming, "8555 0117");
    store.begin_call(&now, &Draft { contact: Some(contact.id), ..Draft::default() }).unwrap();
    let ids = |rows: Vec<crate::card::CardRow>| rows.iter().map(|row| row.card.record.id).collect::<Vec<_>>();
    assert_eq!(ids(store.recent_cards(now.id, 10).unwrap()), [second.id, first.id]);
    assert_eq!(ids(store.recent_cards(now.id, 1).unwrap()), [second.id]);
    store.save_draft(now.id, &Draft::default(), T0).unwrap();
    assert_eq!(ids(store.recent_cards(now.id, 10).unwrap()), [first.id]);
    assert_eq!(store.card(now.id).unwrap().possible_contacts, 1);
}

/// Numbers beside sections.
pub fn counts_follow_the_cards(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let records: Vec<CallRecord> = (1..=3).map(|n| finished(store, n, Direction::Incoming, "8555 0117")).collect();
    let missed = call(9, Direction::Incoming, "27");
    store.begin_call(&missed, &Draft::default()).unwrap();
    store.end_call(&unanswered(&missed), false).unwrap();
    assert_eq!(store.counts().unwrap(), Counts { to_save: 3, missed: 1, ..Counts::default() });
    store.save_card(records[0].id, &draft(&contact, "a"), &Release::to("crm"), T0).unwrap();
    store.save_card(records[1].id, &draft(&contact, "b"), &Release::default(), T0).unwrap();
    store.mark_missed_seen(T0).unwrap();
    assert_eq!(store.counts().unwrap(), Counts { to_save: 1, to_send: 1, ..Counts::default() });
    assert!(store.card(missed.id).unwrap().card.seen);
    assert!(!store.has_called("CR").unwrap());
    finished(store, 10, Direction::Outgoing, "8555 0117");
    assert!(store.has_called("CR").unwrap() && !store.has_called("ES").unwrap());
}

/// What was live becomes unsaved, what was in flight unknown.
pub fn a_crash_leaves_unsaved_cards(store: &mut dyn Store) {
    let record = call(1, Direction::Outgoing, "8555 0117");
    store.begin_call(&record, &Draft::default()).unwrap();
    store.save_draft(record.id, &Draft { comment: "a medias".into(), ..Draft::default() }, T0).unwrap();
    assert_eq!(store.recover_calls(T0 + 60_000).unwrap(), [record.id]);
    let card = store.card(record.id).unwrap().card;
    assert_eq!(
        (card.state, card.draft.comment.as_str(), card.record.ended_at_ms),
        (CardState::Unsaved, "a medias", Some(T0 + 60_000))
    );
    assert_eq!(store.outbox(&[OutboxState::Held], 10).unwrap().len(), 1);
    assert!(store.recover_calls(T0 + 70_000).unwrap().is_empty());

    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    store.save_card(record.id, &draft(&contact, "x"), &Release::to("crm"), T0).unwrap();
    assert_eq!(store.take_due("crm", T0, 10).unwrap().len(), 1);
    store.recover_calls(T0).unwrap();
    assert_eq!(store.outbox(&[OutboxState::Unknown], 10).unwrap().len(), 1);
    assert!(store.take_due("crm", i64::MAX, 10).unwrap().is_empty(), "an unknown push is looked up, not sent");
}

/// A push is taken once, comes back after a fault, and ends sent or refused.
pub fn the_outbox_sends_once(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let records: Vec<CallRecord> = (1..=2).map(|n| finished(store, n, Direction::Incoming, "8555 0117")).collect();
    for record in &records {
        store.save_card(record.id, &draft(&contact, "x"), &Release::to("crm"), T0).unwrap();
    }
    assert!(
        store.take_due("other", T0, 10).unwrap().is_empty() && store.take_due("crm", T0 - 1, 10).unwrap().is_empty()
    );
    let due = store.take_due("crm", T0, 10).unwrap();
    assert_eq!(
        due.iter().map(|item| (item.call, item.attempt)).collect::<Vec<_>>(),
        [(records[0].id, 1), (records[1].id, 1)],
        "oldest first"
    );
    assert!(store.take_due("crm", i64::MAX, 10).unwrap().is_empty());
    store.settle(due[0].id, &Outcome::Sent { remote_id: "00T".into() }, T0).unwrap();
    assert_eq!(store.card(records[0].id).unwrap().sync, SyncState::Sent);
    store.settle(due[1].id, &Outcome::Retry { at_ms: T0 + 2000, error: "503".into() }, T0).unwrap();
    assert!(store.take_due("crm", T0 + 1999, 10).unwrap().is_empty());
    assert_eq!(store.take_due("crm", T0 + 2000, 10).unwrap()[0].attempt, 2);
    store.settle(due[1].id, &Outcome::Refused { error: "400".into() }, T0).unwrap();
    assert_eq!(store.card(records[1].id).unwrap().sync, SyncState::Stuck);
    assert_eq!(store.settle(due[1].id, &Outcome::NotThere, T0), Err(StoreError::WrongState));
}

/// The outcome of the last saved call is shown with the person, and may forbid calling.
pub fn the_last_disposition_stays_with_the_person(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let (first, second) =
        (finished(store, 1, Direction::Incoming, "8555 0117"), finished(store, 2, Direction::Incoming, "8555 0117"));
    let with = |store: &mut dyn Store, call, name| {
        let text = Draft { disposition: disposition(store, name), ..draft(&contact, "x") };
        store.save_card(call, &text, &Release::default(), T0).unwrap();
        store.contact_brief(contact.id).unwrap()
    };
    let brief = with(store, second.id, "do_not_call_again");
    assert_eq!(
        (brief.last_disposition.as_deref(), brief.do_not_call, brief.last_call_at_ms),
        (Some("do_not_call_again"), true, Some(second.started_at_ms))
    );
    let brief = with(store, first.id, "interested");
    assert!(brief.do_not_call, "an older call that is saved later does not lift it");
    let third = finished(store, 3, Direction::Incoming, "8555 0117");
    let brief = with(store, third.id, "interested");
    assert_eq!((brief.last_disposition.as_deref(), brief.do_not_call), (Some("interested"), false));
    let mut row = store.dispositions().unwrap().remove(0);
    row.active = false;
    row.position = 99;
    store.save_disposition(&row, T0).unwrap();
    assert_eq!(store.dispositions().unwrap().last(), Some(&row));
}

/// The practice line leaves nothing behind and takes nothing with it.
pub fn demo_rows_go_together(store: &mut dyn Store) {
    let live = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let demo = store.save_contact(&Contact { origin: Origin::Demo, ..person(2, "Demo", "Persona", "27") }, T0).unwrap();
    let kept = finished(store, 1, Direction::Incoming, "8555 0117");
    let record = CallRecord { origin: Origin::Demo, ..call(2, Direction::Incoming, "27") };
    store.begin_call(&record, &Draft::default()).unwrap();
    store.end_call(&talked(&record), false).unwrap();
    store.save_card(record.id, &draft(&demo, "x"), &Release::to("crm"), T0).unwrap();
    assert!(store.take_due("crm", i64::MAX, 10).unwrap().is_empty(), "demo calls are never sent");
    store.erase_demo(T0).unwrap();
    assert_eq!((found(store, ""), found(store, "demo").len()), (vec![live.name()], 0));
    assert_eq!(store.card(record.id), Err(StoreError::NotFound));
    assert_eq!(store.outbox(&[], 10).unwrap().iter().map(|item| item.call).collect::<Vec<_>>(), [kept.id]);
}
