//! Messages: kept before they are answered or leave, and each has one fate.

use agent_api::call::MatchView;
use agent_api::chat::{Carrier, ChatView};
use agent_api::error::ErrorCode;
use agent_api::event::DataTag;
use crm::chat::{ChatWith, Message, MessageState};
use crm::store::StoreError;
use sip_stack::ua::{MessageFailure, MessageId, ReceivedId};

use super::*;
use crate::desk::Came;

fn came(bench: &mut Bench, id: u64, user: &str, host: &str, text: &str) {
    let (user, host) = (user.to_owned(), host.to_owned());
    let from =
        Party { uri: format!("sip:{user}@{host}"), user, host, display_name: Some("Ana\u{202e} Mora".to_owned()) };
    let (message, account, text) = (ReceivedId(id), ua::AccountId(1), text.to_owned());
    bench.phone(Event::MessageReceived { message, account, from, to_user: "8330101".to_owned(), text });
}

/// What is to be kept.
fn to_keep(bench: &mut Bench) -> Vec<Came> {
    let (keep, rest) = std::mem::take(&mut bench.done).into_iter().partition(|e| matches!(e, Effect::KeepMessage(_)));
    bench.done = rest;
    let keep: Vec<Effect> = keep;
    keep.into_iter()
        .filter_map(|effect| if let Effect::KeepMessage(came) = effect { Some(*came) } else { None })
        .collect()
}

fn chat(address: &str) -> ChatView {
    ChatView {
        id: None,
        carrier: Carrier::Sip,
        account: LINE,
        address: address.to_owned(),
        display: address.to_owned(),
        network_name: None,
        matches: MatchView::None,
        unread: 1,
        last: None,
    }
}

fn with(bench: &mut Bench, to: &str) -> Result<ChatWith, ErrorCode> {
    match bench.ask(Ask::ChatWith(Some(LINE), to.to_owned())) {
        Ok(Reply::ChatWith(with)) => Ok(*with),
        Err(error) => Err(error.code),
        other => panic!("{other:?}"),
    }
}

fn written(bench: &mut Bench, id: u128, to: &str) -> crm::id::MessageId {
    let with = with(bench, to).unwrap();
    let id = crm::id::MessageId(Uuid::from_u128(id));
    let (direction, state) = (crm::call::Direction::Outgoing, MessageState::Sending);
    let message = Message { id, direction, text: "Hola".to_owned(), at_ms: 0, state };
    bench.ask(Ask::SendMessage(Box::new((with, message)))).unwrap();
    id
}

fn settled(bench: &mut Bench) -> Vec<(crm::id::MessageId, MessageState)> {
    let all = std::mem::take(&mut bench.done);
    let settled = all.iter().filter_map(|effect| match effect {
        Effect::SettleMessage { message, state } => Some((*message, *state)),
        _ => None,
    });
    settled.collect()
}

#[test]
fn a_message_is_answered_when_it_is_kept_and_shown_then() {
    let mut bench = Bench::new();
    came(&mut bench, 7, "85550117", "pbx.example", "¿Tiene un minuto?");
    assert!(bench.events().is_empty() && bench.commands().is_empty(), "it is not kept yet");
    let one = to_keep(&mut bench).remove(0);
    assert_eq!((one.with.address.as_str(), one.with.name.as_deref()), ("+50685550117", Some("Ana Mora")));
    assert_eq!((one.message.text.as_str(), one.message.state), ("¿Tiene un minuto?", MessageState::Received));
    bench.put(Input::MessageKept(Box::new(one), Ok(Box::new(chat("+50685550117")))));
    assert_eq!(bench.names(), ["AnswerMessage(7, true)"]);
    let told = bench.events();
    assert!(matches!(told[..], [EventBody::Changed(DataTag::Chats), EventBody::MessageReceived(_)]), "{told:?}");
    assert!(bench.done.iter().any(|effect| matches!(effect, Effect::Recount)));
}

#[test]
fn a_message_that_cannot_be_kept_is_refused_and_not_shown() {
    let mut bench = Bench::new();
    came(&mut bench, 7, "231", "pbx.example", "Hola");
    let one = to_keep(&mut bench).remove(0);
    bench.put(Input::MessageKept(Box::new(one), Err(StoreError::Full)));
    assert_eq!(bench.names(), ["AnswerMessage(7, false)"]);
    assert!(bench.events().is_empty());
}

#[test]
fn messages_of_one_millisecond_stay_in_their_order() {
    /// Ids that go down, as random ones may within a millisecond.
    struct Down(u128);
    impl Ids for Down {
        fn next(&mut self, _utc_ms: i64) -> Uuid {
            self.0 -= 1;
            Uuid::from_u128(self.0)
        }
    }
    let mut bench = Bench::new();
    bench.desk.ids = Box::new(Down(0x900));
    (1..=3).for_each(|n| came(&mut bench, n, "231", "pbx.example", &n.to_string()));
    let mut kept = to_keep(&mut bench);
    kept.sort_by_key(|came| came.message.id);
    assert_eq!(kept.iter().map(|came| came.message.text.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
}

#[test]
fn whoever_writes_is_written_to_in_the_same_chat() {
    let mut bench = Bench::new();
    for (user, host, typed) in [
        ("85550117", "192.0.2.9", "8555 0117"),
        ("231", "192.0.2.9", "231"),
        ("ana", "pbx.example", "ana"),
        ("ana", "pbx.example", "sip:ana@PBX.example"),
        ("eva", "other.example", "sip:eva@other.example"),
    ] {
        came(&mut bench, 1, user, host, "Hola");
        let address = to_keep(&mut bench).remove(0).with.address;
        assert_eq!(with(&mut bench, typed).unwrap().address, address, "{typed}");
    }
    assert_eq!(with(&mut bench, "a b"), Err(ErrorCode::Invalid));
}

#[test]
fn each_message_of_ours_has_one_fate() {
    let mut bench = Bench::new();
    let ids: Vec<_> = (1..=6).map(|n| written(&mut bench, n, "231")).collect();
    assert_eq!(bench.names()[0], "SendMessage(1, account 1)");
    bench.done.clear();
    bench.phone(Event::MessageSent { message: MessageId(1), status: 202 });
    let failures = [
        MessageFailure::Refused(404),
        MessageFailure::Refused(408),
        MessageFailure::Unknown,
        MessageFailure::Size,
        MessageFailure::NotSent,
    ];
    for (n, cause) in failures.into_iter().enumerate() {
        bench.phone(Event::MessageFailed { message: MessageId(n as u64 + 2), cause });
    }
    // Told twice is told once.
    bench.phone(Event::MessageFailed { message: MessageId(1), cause: MessageFailure::Unknown });
    let failed = |code| MessageState::Failed { code };
    let fates = [
        MessageState::Sent,
        failed(Some(404)),
        MessageState::Unknown,
        MessageState::Unknown,
        failed(Some(413)),
        failed(None),
    ];
    assert_eq!(settled(&mut bench), ids.into_iter().zip(fates).collect::<Vec<_>>());
}

#[test]
fn a_line_that_is_not_registered_writes_nothing() {
    let mut bench = Bench::new();
    assert_eq!(bench.ask(Ask::CanSend(LINE)), Ok(Reply::Done));
    bench.phone(Event::Unregistered { account: ua::AccountId(1) });
    assert_eq!(bench.ask(Ask::CanSend(LINE)), Err(ApiError::new(ErrorCode::NoLine)));
    let id = written(&mut bench, 1, "231");
    bench.put(Input::LineGone(LINE));
    bench.phone(Event::MessageFailed { message: MessageId(1), cause: MessageFailure::Unknown });
    assert_eq!(settled(&mut bench), [(id, MessageState::Unknown)], "its line went in between");
}
