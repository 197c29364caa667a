//! The practice line through the real agent, stack, sockets and store: no account, no server, no sound card.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod house;

use std::time::Duration;

use agent_api::account::Registration;
use agent_api::call::{Answer, CallRef, CallState, CallView, Dial, DialOrigin, DialOutcome, Direction};
use agent_api::card::{CardFilter, ListCards};
use agent_api::command::{Commands, Nothing};
use agent_api::contact::{ChannelKind, ChannelView, ContactKind, SaveContact, SearchContacts};
use agent_api::event::EventBody;
use agent_api::id::CallId;
use house::House;

fn everybody() -> SearchContacts {
    SearchContacts { text: String::new(), kind: None, for_call: None, after: None, skip: 0, limit: 10 }
}

/// The form of somebody new.
fn newcomer(for_call: Option<CallId>) -> SaveContact {
    let (raw, display) = ("8555 0117".to_owned(), String::new());
    SaveContact {
        id: None,
        rev: None,
        kind: ContactKind::Contact,
        first_name: "Ana".to_owned(),
        last_name: "Mora".to_owned(),
        company: String::new(),
        document_kind: None,
        document_number: None,
        vip: false,
        channels: vec![ChannelView { id: None, kind: ChannelKind::Phone, raw, display, e164: None, extension: None }],
        addresses: Vec::new(),
        custom: None,
        further: Vec::new(),
        for_call,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0205_who_has_practised_is_not_new_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile");
    let mut house = House::on(&profile).await.unwrap();
    house.practise().await;
    house.runtime.shut_down().await;
    let house = House::on(&profile).await.unwrap();
    assert!(!house.snapshot().await.first_run, "the practised calls are there");
    house.runtime.agent.end_practice(Nothing {}).await.unwrap();
    house.runtime.shut_down().await;
    let house = House::on(&profile).await.unwrap();
    assert!(house.snapshot().await.first_run, "nothing is left of it");
    house.runtime.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s0200_a_newcomer_calls_the_echo_is_called_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::on(&folder.path().join("profile")).await.unwrap();
    assert!(house.snapshot().await.first_run);
    let line = house.runtime.agent.start_practice(Nothing {}).await.unwrap();
    assert!(line.practice);
    let echo = line.echo.expect("the window is told whom to call");
    house
        .wait("registration", |body| match body {
            EventBody::Account(view) if matches!(view.registration, Registration::Registered { .. }) => Some(()),
            _ => None,
        })
        .await;

    let dial = Dial { target: echo, origin: DialOrigin::Keypad, account: None, contact: None, confirmed: false };
    let DialOutcome::Started { call } = house.runtime.agent.dial(dial).await.unwrap() else { panic!("not dialled") };
    let view = house.call_in("the echo's answer", |view| view.id == call && view.state == CallState::Talking).await;
    assert!(view.demo && view.codec.is_some(), "{view:?}");
    house.call_in("sound from the echo", |view| view.id == call && view.quality.is_some()).await;
    house.runtime.agent.hang_up(CallRef { call }).await.unwrap();
    house.wait("the end", |body| (*body == EventBody::CallGone(call)).then_some(())).await;

    house.runtime.agent.practice_call_me(Nothing {}).await.unwrap();
    let known = |view: &CallView| view.direction == Direction::Incoming && view.contact.is_some();
    let ringing = house.call_in("the training caller with its name", known).await;
    assert_eq!(ringing.contact.as_ref().map(|contact| contact.demo), Some(true));
    house.runtime.agent.answer(Answer { call: ringing.id }).await.unwrap();
    house.call_in("the training caller's voice", |view| view.id == ringing.id && view.quality.is_some()).await;
    house.runtime.agent.hang_up(CallRef { call: ringing.id }).await.unwrap();
    house.wait("the end", |body| (*body == EventBody::CallGone(ringing.id)).then_some(())).await;

    house.runtime.agent.save_contact(newcomer(None)).await.unwrap();
    let made = house.runtime.agent.save_contact(newcomer(Some(ringing.id))).await.unwrap();
    assert!(made.brief.demo, "whoever is met in practice is demo data");
    let offered = SearchContacts { for_call: Some(ringing.id), ..everybody() };
    let offered = house.runtime.agent.search_contacts(offered).await.unwrap();
    assert_eq!(offered.rows.iter().map(|row| row.demo).collect::<Vec<_>>(), [true, true], "{offered:?}");

    house.runtime.agent.end_practice(Nothing {}).await.unwrap();
    let left = house.runtime.agent.search_contacts(everybody()).await.unwrap().rows;
    assert_eq!(left.iter().map(|row| row.demo).collect::<Vec<_>>(), [false], "the demo contacts are gone");
    let every = ListCards {
        filter: CardFilter::History,
        direction: None,
        contact: None,
        text: String::new(),
        after: None,
        skip: 0,
        limit: 10,
    };
    assert_eq!(house.runtime.agent.list_cards(every).await.unwrap().total, 0, "so are its calls");
    let began = std::time::Instant::now();
    house.runtime.shut_down().await;
    assert!(began.elapsed() < Duration::from_millis(2500), "{:?}", began.elapsed());
}
