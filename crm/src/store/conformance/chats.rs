//! Chats and what is written in them.

use uuid::Uuid;

use super::{T0, person};
use crate::call::Direction;
use crate::chat::{Carrier, ChatWith, Message, MessageState, TEXT_MAX};
use crate::id::{AccountId, ChatId, MessageId};
use crate::phone::PhoneNumber;
use crate::store::{Store, StoreError};

/// A chat of a line with an address.
pub fn chat_with(address: &str) -> ChatWith {
    let number = PhoneNumber::parse(address, "CR").ok();
    ChatWith {
        carrier: Carrier::Sip,
        account: AccountId(Uuid::from_u128(0xA)),
        address: address.to_owned(),
        number,
        name: None,
    }
}

fn id(n: u128) -> MessageId {
    MessageId(Uuid::from_u128(0x9_0000 + n))
}

fn came(n: u128, text: &str) -> Message {
    let at_ms = T0 + i64::try_from(n).unwrap();
    Message { id: id(n), direction: Direction::Incoming, text: text.to_owned(), at_ms, state: MessageState::Received }
}

/// A message that is on its way.
pub fn written_message(n: u128, text: &str) -> Message {
    Message { direction: Direction::Outgoing, state: MessageState::Sending, ..came(n, text) }
}

fn states(store: &mut dyn Store, chat: ChatId) -> Vec<MessageState> {
    store.messages(chat, None, 50).unwrap().into_iter().map(|message| message.state).collect()
}

/// A chat is made by its first message, holds both sides by age, and tells what is unread.
pub fn chats_hold_what_both_sides_wrote(store: &mut dyn Store) {
    let ana = store.add_message(&chat_with("231"), &came(1, "¿Tiene un minuto? 🙂")).unwrap();
    assert_eq!(store.add_message(&chat_with("231"), &written_message(2, "Sí, mañana")).unwrap(), ana);
    let other = ChatWith { carrier: Carrier::Sms, ..chat_with("231") };
    let apart = store.add_message(&other, &came(3, "otra vía")).unwrap();
    assert_ne!(apart, ana, "each carrier is a chat of its own");
    store.add_message(&chat_with("231"), &came(4, "Gracias")).unwrap();

    let page = store.chats(None, 10).unwrap();
    assert_eq!((page.total, page.next), (2, None));
    let shown: Vec<_> = page.rows.iter().map(|chat| (chat.id, chat.unread, chat.last.text.as_str())).collect();
    assert_eq!(shown, [(ana, 2, "Gracias"), (apart, 1, "otra vía")]);
    assert_eq!(page.rows[0].with, chat_with("231"));
    assert_eq!(store.chat(ana).unwrap(), page.rows[0]);
    assert_eq!(store.find_chat(&other).unwrap().map(|chat| chat.id), Some(apart));
    assert_eq!(store.find_chat(&chat_with("232")).unwrap(), None);
    let texts: Vec<_> = store.messages(ana, None, 2).unwrap().into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["Gracias", "Sí, mañana"]);
    assert_eq!(store.messages(ana, Some(id(2)), 2).unwrap(), [came(1, "¿Tiene un minuto? 🙂")]);

    assert_eq!(store.counts().unwrap().unread_chats, 2);
    store.read_chat(ana, id(1)).unwrap();
    assert_eq!(store.chats(None, 1).unwrap().rows[0].unread, 1, "what came later is not read");
    store.read_chat(ana, id(4)).unwrap();
    store.read_chat(ana, id(1)).unwrap();
    assert_eq!(store.counts().unwrap().unread_chats, 1, "what is read stays so");
    assert_eq!(store.messages(ChatId(Uuid::nil()), None, 1), Err(StoreError::NotFound));
    assert_eq!(store.read_chat(ChatId(Uuid::nil()), id(1)), Err(StoreError::NotFound));
    let long = came(9, &"x".repeat(TEXT_MAX + 1));
    assert_eq!(store.add_message(&chat_with("231"), &long), Err(StoreError::WrongState));
    assert_eq!(store.add_message(&chat_with("231"), &came(4, "otra")), Err(StoreError::WrongState), "no id twice");
}

/// The name under which somebody wrote last is kept, also over messages without one.
pub fn chats_keep_the_last_name(store: &mut dyn Store) {
    let named = |name: &str| ChatWith { name: Some(name.to_owned()), ..chat_with("231") };
    let chat = store.add_message(&named("Ana"), &came(1, "uno")).unwrap();
    store.add_message(&named("Ana Mora"), &came(2, "dos")).unwrap();
    store.add_message(&chat_with("231"), &written_message(3, "tres")).unwrap();
    assert_eq!(store.chat(chat).unwrap().with.name.as_deref(), Some("Ana Mora"));
}

/// A message is settled once; after a crash nobody knows of what was being sent.
pub fn messages_are_settled_once_and_unknown_after_a_crash(store: &mut dyn Store) {
    let chat = store.add_message(&chat_with("231"), &written_message(1, "uno")).unwrap();
    store.settle_message(id(1), MessageState::Sent).unwrap();
    assert_eq!(store.settle_message(id(1), MessageState::Unknown), Err(StoreError::WrongState));
    store.add_message(&chat_with("231"), &written_message(2, "dos")).unwrap();
    store.settle_message(id(2), MessageState::Failed { code: Some(404) }).unwrap();
    store.add_message(&chat_with("231"), &written_message(3, "tres")).unwrap();
    store.add_message(&chat_with("231"), &came(4, "cuatro")).unwrap();
    assert_eq!(store.recover_messages().unwrap(), 1);
    let now = states(store, chat);
    use MessageState::{Failed, Received, Sending, Sent, Unknown};
    assert_eq!(now, [Received, Unknown, Failed { code: Some(404) }, Sent]);
    store.settle_message(id(3), Sent).unwrap();
    assert_eq!(store.recover_messages().unwrap(), 0);
    assert_eq!(store.settle_message(id(9), Sent), Err(StoreError::NotFound));
    assert_eq!(store.settle_message(id(4), Sent), Err(StoreError::WrongState), "it came from there");

    let again = store.send_message_again(id(2)).unwrap();
    assert_eq!(again, (chat_with("231"), Message { state: Sending, ..written_message(2, "dos") }));
    assert_eq!(states(store, chat), [Received, Sent, Sending, Sent]);
    for not in [1, 2, 4] {
        assert_eq!(store.send_message_again(id(not)), Err(StoreError::WrongState), "it did not fail");
    }
    assert_eq!(store.send_message_again(id(9)), Err(StoreError::NotFound));
}

/// Chats go with the person whose number alone it is; old messages go with old calls.
pub fn chats_go_with_their_person_and_with_time(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    store.add_message(&chat_with("8555 0117"), &came(1, "de Ana")).unwrap();
    let colleague = store.add_message(&chat_with("231"), &came(2, "de un colega")).unwrap();
    store.add_message(&chat_with("231"), &came(5, "otra vez")).unwrap();
    store.erase_contact(ana.id, ana.rev, T0).unwrap();
    let left: Vec<_> = store.chats(None, 10).unwrap().rows.into_iter().map(|chat| chat.id).collect();
    assert_eq!(left, [colleague]);
    store.forget_before(T0 + 3).unwrap();
    assert_eq!(states(store, colleague).len(), 1);
    store.forget_before(T0 + 6).unwrap();
    assert_eq!(store.chats(None, 10).unwrap().total, 0, "a chat without messages is none");
}

/// A list of many chats is read page by page.
pub fn chats_are_paged_by_their_last_message(store: &mut dyn Store) {
    for n in 1..=5 {
        store.add_message(&chat_with(&format!("{}", 200 + n)), &came(n, "hola")).unwrap();
    }
    let first = store.chats(None, 3).unwrap();
    let second = store.chats(first.next.as_deref(), 3).unwrap();
    let address = |rows: &[crate::chat::Chat]| rows.iter().map(|chat| chat.with.address.clone()).collect::<Vec<_>>();
    assert_eq!((address(&first.rows), first.total), (["205", "204", "203"].map(str::to_owned).to_vec(), 5));
    assert_eq!((address(&second.rows), second.next), (["202", "201"].map(str::to_owned).to_vec(), None));
    assert_eq!(store.chats(Some("nothing"), 3), Err(StoreError::BadCursor));
}
