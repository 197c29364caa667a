//! What a store keeps of chats.

use super::{Page, StoreError};
use crate::chat::{Chat, ChatWith, Message, MessageState};
use crate::id::{ChatId, MessageId};

/// The part of [`Store`](super::Store) about chats. Erasing a person erases the chats with numbers that nobody else has; old messages
/// are forgotten with old calls, and a chat with its last message. Each method is one transaction.
pub trait Chats {
    /// Keeps a message that came, or is about to be given to its carrier; the chat is made if there is none. Nothing is sent before
    /// this returned. A text that is too long is [`StoreError::WrongState`], as is an id that is there already.
    fn add_message(&mut self, with: &ChatWith, message: &Message) -> Result<ChatId, StoreError>;
    /// What became of a message that was being sent, or of which nobody knew; else [`StoreError::WrongState`].
    fn settle_message(&mut self, id: MessageId, state: MessageState) -> Result<(), StoreError>;
    /// A message that failed, or of which nobody knows, is about to be given to its carrier again; else [`StoreError::WrongState`].
    fn send_message_again(&mut self, id: MessageId) -> Result<(ChatWith, Message), StoreError>;
    /// After a start: whether messages arrived that were being sent is not known. Answers how many.
    fn recover_messages(&mut self) -> Result<u32, StoreError>;
    /// One chat.
    fn chat(&mut self, id: ChatId) -> Result<Chat, StoreError>;
    /// The chat with an address over a carrier's account, if there is one.
    fn find_chat(&mut self, with: &ChatWith) -> Result<Option<Chat>, StoreError>;
    /// Chats, the one with the last message first.
    fn chats(&mut self, after: Option<&str>, limit: u32) -> Result<Page<Chat>, StoreError>;
    /// Messages of a chat, the newest first; those before `before`, if it is given.
    fn messages(&mut self, chat: ChatId, before: Option<MessageId>, limit: u32) -> Result<Vec<Message>, StoreError>;
    /// All that came until this message is read.
    fn read_chat(&mut self, chat: ChatId, until: MessageId) -> Result<(), StoreError>;
}
