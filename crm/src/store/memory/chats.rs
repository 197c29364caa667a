//! Chats, in memory.

use super::MemoryStore;
use crate::chat::{Chat, ChatWith, Message, MessageState, TEXT_MAX};
use crate::id::{ChatId, MessageId};
use crate::phone::PhoneNumber;
use crate::store::{Chats, Page, StoreError, chat_mark, read_chat_mark};

/// A chat and what was written in it, by age.
#[derive(Clone, Debug)]
pub(super) struct Thread {
    with: ChatWith,
    messages: Vec<Message>,
    read_until: Option<MessageId>,
}

impl Thread {
    fn view(&self, id: ChatId) -> Option<Chat> {
        let came = |message: &&Message| message.state == MessageState::Received;
        let unread = self.messages.iter().filter(came).filter(|message| Some(message.id) > self.read_until).count();
        let last = self.messages.last()?.clone();
        Some(Chat { id, with: self.with.clone(), unread: u32::try_from(unread).unwrap_or(u32::MAX), last })
    }
}

impl MemoryStore {
    /// Chats with these numbers go.
    pub(super) fn forget_chats_of(&mut self, keys: &[String]) {
        let key = |thread: &Thread| thread.with.number.as_ref().map(PhoneNumber::match_key).map(str::to_owned);
        self.chats.retain(|_, thread| !key(thread).is_some_and(|key| keys.contains(&key)));
    }

    /// Messages from before go, and chats without any.
    pub(super) fn forget_messages(&mut self, before_ms: i64) {
        for thread in self.chats.values_mut() {
            thread.messages.retain(|message| message.at_ms >= before_ms);
        }
        self.chats.retain(|_, thread| !thread.messages.is_empty());
    }

    /// In how many chats something is unread.
    pub(super) fn unread_chats(&self) -> u32 {
        let unread = self.chats.iter().filter_map(|(id, thread)| thread.view(*id)).filter(|chat| chat.unread > 0);
        u32::try_from(unread.count()).unwrap_or(u32::MAX)
    }

    fn message_mut(&mut self, id: MessageId) -> Option<&mut Message> {
        self.chats.values_mut().flat_map(|thread| &mut thread.messages).find(|message| message.id == id)
    }

    fn thread_with(&self, with: &ChatWith) -> Option<ChatId> {
        let same = |thread: &Thread| {
            let ChatWith { carrier, account, address, .. } = &thread.with;
            (*carrier, *account, address) == (with.carrier, with.account, &with.address)
        };
        self.chats.iter().find(|(_, thread)| same(thread)).map(|(id, _)| *id)
    }

    fn chat_of(&self, id: MessageId) -> Option<ChatId> {
        let holds = |thread: &Thread| thread.messages.iter().any(|message| message.id == id);
        self.chats.iter().find(|(_, thread)| holds(thread)).map(|(id, _)| *id)
    }
}

impl Chats for MemoryStore {
    fn add_message(&mut self, with: &ChatWith, message: &Message) -> Result<ChatId, StoreError> {
        if message.text.len() > TEXT_MAX || self.message_mut(message.id).is_some() {
            return Err(StoreError::WrongState);
        }
        let id = self.thread_with(with).unwrap_or(ChatId(message.id.0));
        let made = || Thread { with: with.clone(), messages: Vec::new(), read_until: None };
        let thread = self.chats.entry(id).or_insert_with(made);
        thread.with.number.clone_from(&with.number);
        if with.name.is_some() {
            thread.with.name.clone_from(&with.name);
        }
        thread.messages.push(message.clone());
        thread.messages.sort_by_key(|message| message.id);
        Ok(id)
    }

    fn settle_message(&mut self, id: MessageId, state: MessageState) -> Result<(), StoreError> {
        let message = self.message_mut(id).ok_or(StoreError::NotFound)?;
        if !matches!(message.state, MessageState::Sending | MessageState::Unknown) {
            return Err(StoreError::WrongState);
        }
        message.state = state;
        Ok(())
    }

    fn send_message_again(&mut self, id: MessageId) -> Result<(ChatWith, Message), StoreError> {
        let with = self.chat_of(id).and_then(|chat| self.chats.get(&chat)).map(|thread| thread.with.clone());
        let message = self.message_mut(id).ok_or(StoreError::NotFound)?;
        if !matches!(message.state, MessageState::Failed { .. } | MessageState::Unknown) {
            return Err(StoreError::WrongState);
        }
        message.state = MessageState::Sending;
        Ok((with.ok_or(StoreError::NotFound)?, message.clone()))
    }

    fn recover_messages(&mut self) -> Result<u32, StoreError> {
        let all = self.chats.values_mut().flat_map(|thread| &mut thread.messages);
        let mut open = 0;
        for message in all.filter(|message| message.state == MessageState::Sending) {
            message.state = MessageState::Unknown;
            open += 1;
        }
        Ok(open)
    }

    fn chat(&mut self, id: ChatId) -> Result<Chat, StoreError> {
        self.chats.get(&id).and_then(|thread| thread.view(id)).ok_or(StoreError::NotFound)
    }

    fn find_chat(&mut self, with: &ChatWith) -> Result<Option<Chat>, StoreError> {
        self.thread_with(with).map(|id| self.chat(id)).transpose()
    }

    fn chats(&mut self, after: Option<&str>, limit: u32) -> Result<Page<Chat>, StoreError> {
        let mut all: Vec<Chat> = self.chats.iter().filter_map(|(id, thread)| thread.view(*id)).collect();
        all.sort_by_key(|chat| std::cmp::Reverse(chat.last.id));
        let total = u32::try_from(all.len()).unwrap_or(u32::MAX);
        if let Some(after) = after.map(read_chat_mark).transpose()? {
            all.retain(|chat| chat.last.id < after);
        }
        let more = all.len() > limit as usize;
        all.truncate(limit as usize);
        let next = all.last().filter(|_| more).map(|chat| chat_mark(chat.last.id));
        Ok(Page { rows: all, next, total })
    }

    fn messages(&mut self, chat: ChatId, before: Option<MessageId>, limit: u32) -> Result<Vec<Message>, StoreError> {
        let thread = self.chats.get(&chat).ok_or(StoreError::NotFound)?;
        let newest = thread.messages.iter().rev().filter(|message| before.is_none_or(|before| message.id < before));
        Ok(newest.take(limit as usize).cloned().collect())
    }

    fn read_chat(&mut self, chat: ChatId, until: MessageId) -> Result<(), StoreError> {
        let thread = self.chats.get_mut(&chat).ok_or(StoreError::NotFound)?;
        thread.read_until = thread.read_until.max(Some(until));
        Ok(())
    }
}
