//! Chats and messages.

use agent_api::call::MatchView;
use agent_api::chat::{self as api, ChatView, MessageView};
use agent_api::id::{AccountId, ChatId, MessageId};
use crm::chat::{Carrier, Chat, ChatWith, Message, MessageState};
use crm::id::Origin;
use crm::matching::Match;
use crm::phone::PhoneNumber;
use crm::store::{Store, StoreError};

/// A message.
pub fn message(message: Message) -> MessageView {
    MessageView {
        id: MessageId(message.id.0),
        text: message.text,
        at_ms: message.at_ms,
        state: match message.state {
            MessageState::Received => api::MessageState::Received,
            MessageState::Sending => api::MessageState::Sending,
            MessageState::Sent => api::MessageState::Sent,
            MessageState::Failed { code } => api::MessageState::Failed { code },
            MessageState::Unknown => api::MessageState::Unknown,
        },
    }
}

/// A chat, with whoever has its number; without `chat`, nothing was written in it.
///
/// # Errors
/// The store's.
pub fn chat_view(store: &mut dyn Store, with: ChatWith, chat: Option<Chat>) -> Result<ChatView, StoreError> {
    let matches = match &with.number {
        Some(number) => super::matches(Match::of(store.match_number(number, Origin::Live)?)),
        None => MatchView::None,
    };
    let display = with.number.as_ref().map_or_else(|| crate::party::for_the_eye(&with.address), PhoneNumber::display);
    Ok(ChatView {
        id: chat.as_ref().map(|chat| ChatId(chat.id.0)),
        carrier: match with.carrier {
            Carrier::Sip => api::Carrier::Sip,
            Carrier::Whatsapp => api::Carrier::Whatsapp,
            Carrier::Sms => api::Carrier::Sms,
        },
        account: AccountId(with.account.0),
        address: with.address,
        display,
        network_name: with.name,
        matches,
        unread: chat.as_ref().map_or(0, |chat| chat.unread),
        last: chat.map(|chat| message(chat.last)),
    })
}
