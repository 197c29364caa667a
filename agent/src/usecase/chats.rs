//! Chats: read, written to.

use agent_api::chat::{
    ChatPage, ChatView, FindChat, ListChats, ListMessages, MessageView, Messages, ReadChat, SendMessage,
};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{DataTag, EventBody};
use agent_api::id::AccountId;
use crm::call::Direction;
use crm::chat::{Carrier, ChatWith, Message, MessageState, TEXT_MAX};
use crm::id::{ChatId, MessageId};
use crm::store::PAGE_MAX;

use crate::agent::Agent;
use crate::desk::{Ask, Input, Reply};
use crate::port::clock::{Ids, RandomIds};
use crate::view;

impl Agent {
    pub(crate) async fn do_list_chats(&self, request: ListChats) -> Result<ChatPage, ApiError> {
        let limit = request.limit.clamp(1, PAGE_MAX);
        self.books(move |store| {
            let page = store.chats(request.after.as_deref(), limit)?;
            let views = page.rows.into_iter().map(|chat| view::chat_view(store, chat.with.clone(), Some(chat)));
            Ok(ChatPage { rows: views.collect::<Result<_, _>>()?, next: page.next, total: page.total })
        })
        .await
    }

    pub(crate) async fn do_find_chat(&self, request: FindChat) -> Result<ChatView, ApiError> {
        // A chat outlives its line.
        if let Some(chat) = self.known_chat(request.account, &request.to).await? {
            return Ok(chat);
        }
        let with = self.chat_with(request.account, request.to).await?;
        self.books(move |store| {
            let chat = store.find_chat(&with)?;
            let with = chat.as_ref().map_or(with, |chat| chat.with.clone());
            view::chat_view(store, with, chat)
        })
        .await
    }

    /// The chat with just this address.
    async fn known_chat(&self, account: Option<AccountId>, address: &str) -> Result<Option<ChatView>, ApiError> {
        let Some(account) = account else { return Ok(None) };
        let account = crm::id::AccountId(account.0);
        let with = ChatWith { carrier: Carrier::Sip, account, address: address.to_owned(), number: None, name: None };
        self.books(move |store| {
            let chat = store.find_chat(&with)?;
            chat.map(|chat| view::chat_view(store, chat.with.clone(), Some(chat))).transpose()
        })
        .await
    }

    pub(crate) async fn do_list_messages(&self, request: ListMessages) -> Result<Messages, ApiError> {
        let (chat, before) = (ChatId(request.chat.0), request.before.map(|id| MessageId(id.0)));
        let limit = request.limit.clamp(1, PAGE_MAX);
        let list = self.books(move |store| store.messages(chat, before, limit)).await?;
        Ok(Messages { list: list.into_iter().map(view::message).collect() })
    }

    pub(crate) async fn do_send_message(&self, request: SendMessage) -> Result<MessageView, ApiError> {
        let text = request.text.trim().to_owned();
        if text.is_empty() {
            return Err(ApiError::about(ErrorCode::Required, "text"));
        }
        if text.len() > TEXT_MAX {
            return Err(ApiError::about(ErrorCode::Invalid, "text"));
        }
        let with = self.chat_with(Some(request.account), request.to).await?;
        self.ask(Ask::CanSend(request.account)).await?;
        let at_ms = self.inner.clock.now().utc_ms;
        let id = MessageId(RandomIds.next(at_ms));
        let message = Message { id, direction: Direction::Outgoing, text, at_ms, state: MessageState::Sending };
        let kept = (with.clone(), message.clone());
        self.books(move |store| store.add_message(&kept.0, &kept.1)).await?;
        self.give_message(with, message).await
    }

    pub(crate) async fn do_resend_message(&self, message: agent_api::id::MessageId) -> Result<MessageView, ApiError> {
        let id = MessageId(message.0);
        let (with, message) = self.books(move |store| store.send_message_again(id)).await?;
        self.give_message(with, message).await
    }

    /// What is kept goes out.
    async fn give_message(&self, with: ChatWith, message: Message) -> Result<MessageView, ApiError> {
        let shown = view::message(message.clone());
        self.chats_changed();
        self.ask(Ask::SendMessage(Box::new((with, message)))).await?;
        Ok(shown)
    }

    pub(crate) async fn do_read_chat(&self, request: ReadChat) -> Result<(), ApiError> {
        let (chat, until) = (ChatId(request.chat.0), MessageId(request.until.0));
        self.books(move |store| store.read_chat(chat, until)).await?;
        self.chats_changed();
        self.tell(Input::Recount);
        Ok(())
    }

    fn chats_changed(&self) {
        self.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Chats))));
    }

    async fn chat_with(&self, account: Option<AccountId>, to: String) -> Result<ChatWith, ApiError> {
        match self.ask(Ask::ChatWith(account, to)).await? {
            Reply::ChatWith(with) => Ok(*with),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }
}
