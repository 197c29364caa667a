//! The practice line through the real agent, stack, sockets and store: no account, no server, no sound card.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod house;

use std::time::Duration;

use agent_api::account::Registration;
use agent_api::call::{Answer, CallRef, CallState, CallView, Dial, DialOrigin, DialOutcome, Direction};
use agent_api::card::{CardFilter, ListCards};
use agent_api::command::{Commands, Nothing};
use agent_api::contact::SearchContacts;
use agent_api::event::EventBody;
use house::House;

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

    house.runtime.agent.end_practice(Nothing {}).await.unwrap();
    let all = SearchContacts { text: String::new(), kind: None, after: None, skip: 0, limit: 10 };
    assert_eq!(house.runtime.agent.search_contacts(all).await.unwrap().total, 0, "the demo contact is gone");
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
