//! Chats through the whole agent with a store in memory.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod house;

use agent_api::account::AccountRef;
use agent_api::call::MatchView;
use agent_api::chat::{ChatView, FindChat, ListChats, ListMessages, MessageRef, MessageState, ReadChat, SendMessage};
use agent_api::command::{Commands, Nothing};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::AccountId;
use crm::store::memory::MemoryStore;
use crm::store::{Chats, conformance};
use house::{House, person};
use sip_stack::ua::{self, Command, Event, MessageFailure, Party, ReceivedId};

fn came(house: &House, id: u64, text: &str) {
    let from = Party { user: "85550117".into(), host: "pbx.example".into(), ..Party::default() };
    let (message, account, text) = (ReceivedId(id), ua::AccountId(1), text.to_owned());
    house.tell(Event::MessageReceived { message, account, from, to_user: String::new(), text });
}

async fn line(house: &House) -> AccountId {
    house.agent.snapshot(Nothing {}).await.unwrap().accounts[0].id
}

async fn send(house: &House, to: &str, text: &str) -> Result<agent_api::chat::MessageView, ApiError> {
    // The registration is told on another channel than the wish: the line may need a moment.
    let mut events = house.agent.events();
    let account = line(house).await;
    loop {
        let wish = SendMessage { account, to: to.to_owned(), text: text.to_owned() };
        match house.agent.send_message(wish).await {
            Err(error) if error.code == ErrorCode::NoLine => drop(events.recv().await),
            outcome => return outcome,
        }
    }
}

/// The chat with the last message, when that is so far.
async fn shown(house: &House, state: MessageState) -> ChatView {
    let mut events = house.agent.events();
    loop {
        let rows = house.agent.list_chats(ListChats { after: None, limit: 10 }).await.unwrap().rows;
        let fits = |chat: &ChatView| chat.last.as_ref().is_some_and(|last| last.state == state);
        if let Some(chat) = rows.into_iter().next().filter(fits) {
            return chat;
        }
        drop(tokio::time::timeout(std::time::Duration::from_secs(10), events.recv()).await.unwrap());
    }
}

#[tokio::test]
async fn somebody_writes_is_known_read_and_answered() {
    let mut house = House::with_line().await;
    house.agent.save_contact(person("Ana", "8555 0117", None)).await.unwrap();
    came(&house, 3, "¿Tiene un minuto?");
    let Command::AnswerMessage { message: ReceivedId(3), kept: true } = house.command("AnswerMessage").await else {
        panic!()
    };
    let chat = shown(&house, MessageState::Received).await;
    let MatchView::One { contact } = &chat.matches else { panic!("{chat:?}") };
    assert_eq!((contact.name.as_str(), chat.unread), ("Ana Mora", 1));
    house.counts_are(|counts| counts.unread_chats == 1).await;

    let (id, last) = (chat.id.unwrap(), chat.last.unwrap());
    house.agent.read_chat(ReadChat { chat: id, until: last.id }).await.unwrap();
    house.counts_are(|counts| counts.unread_chats == 0).await;
    let written = send(&house, "8555-0117", "  Sí, dígame ").await.unwrap();
    assert_eq!((written.text.as_str(), written.state), ("Sí, dígame", MessageState::Sending));
    let Command::SendMessage { message, to, text, .. } = house.command("SendMessage").await else { panic!() };
    assert_eq!((to.as_str(), text.as_str()), ("+50685550117", "Sí, dígame"));
    house.tell(Event::MessageSent { message, status: 200 });
    assert_eq!(shown(&house, MessageState::Sent).await.id, Some(id), "the answer is in the same chat");
    let read = house.agent.list_messages(ListMessages { chat: id, before: None, limit: 10 }).await.unwrap().list;
    assert_eq!(read.iter().map(|one| one.state).collect::<Vec<_>>(), [MessageState::Sent, MessageState::Received]);
    let found = house.agent.find_chat(FindChat { account: None, to: "85550117".to_owned() }).await.unwrap();
    assert_eq!(found.id, Some(id));
    let account = line(&house).await;
    house.agent.remove_account(AccountRef { account }).await.unwrap();
    let still = house.agent.find_chat(FindChat { account: Some(account), to: found.address }).await.unwrap();
    assert_eq!(still.id, Some(id), "a chat outlives its line");
}

#[tokio::test]
async fn what_failed_goes_once_more_by_a_press() {
    let mut house = House::with_line().await;
    let written = send(&house, "231", "Hola").await.unwrap();
    let Command::SendMessage { message, .. } = house.command("SendMessage").await else { panic!() };
    house.tell(Event::MessageFailed { message, cause: MessageFailure::Refused(404) });
    shown(&house, MessageState::Failed { code: Some(404) }).await;
    let again = MessageRef { message: written.id };
    house.agent.resend_message(again).await.unwrap();
    let Command::SendMessage { message, .. } = house.command("SendMessage").await else { panic!() };
    let twice = house.agent.resend_message(again).await.unwrap_err();
    assert_eq!(twice.code, ErrorCode::WrongState, "a second press sends nothing");
    house.tell(Event::MessageSent { message, status: 200 });
    shown(&house, MessageState::Sent).await;
    let all = house.agent.list_chats(ListChats { after: None, limit: 10 }).await.unwrap();
    assert_eq!((all.total, all.rows[0].display.as_str()), (1, "ext. 231"));
}

#[tokio::test]
async fn what_cannot_be_written_is_said_at_once() {
    let house = House::with_line().await;
    let of = |error: ApiError| (error.code, error.detail);
    let about = |name: &str| Some(name.to_owned());
    assert_eq!(of(send(&house, "231", " \n").await.unwrap_err()), (ErrorCode::Required, about("text")));
    assert_eq!(of(send(&house, "231", &"x".repeat(8193)).await.unwrap_err()), (ErrorCode::Invalid, about("text")));
    assert_eq!(of(send(&house, " ", "Hola").await.unwrap_err()), (ErrorCode::Invalid, about("to")));
}

#[tokio::test]
async fn after_a_crash_nobody_knows_what_arrived() {
    let mut books = MemoryStore::new();
    let with = conformance::chat_with("231");
    books.add_message(&with, &conformance::written_message(1, "Hola")).unwrap();
    let (house, _) = House::over(books, "").await;
    let all = house.agent.list_chats(ListChats { after: None, limit: 10 }).await.unwrap();
    assert_eq!(all.rows[0].last.as_ref().map(|last| last.state), Some(MessageState::Unknown));
}
