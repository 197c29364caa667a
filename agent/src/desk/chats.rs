//! Short messages over the lines: each is kept before it is answered, or before it leaves.
//!
//! ```text
//!   came  ─► KeepMessage ─► (store) ─► MessageKept ─► 200, or 503
//!   wish  ─► (store) ─► Ask::SendMessage ─► user agent ─► its fate ─► SettleMessage ─► (store) ─► MessageSettled
//! ```

use std::collections::BTreeMap;

use agent_api::chat::ChatView;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{DataTag, EventBody};
use agent_api::id::AccountId;
use crm::call::Direction;
use crm::chat::{Carrier, ChatWith, Message, MessageState};
use crm::id::MessageId;
use crm::store::StoreError;
use sip_stack::ua::{self, Command, MessageFailure, Party, ReceivedId};
use uuid::Uuid;

use super::line::Line;
use super::{Desk, Effect};
use crate::fact::{Fact, What, Written};
use crate::link::LinkContext;
use crate::party;
use crate::port::clock::Now;

/// Messages that are with the user agent.
#[derive(Debug, Default)]
pub(super) struct Chats {
    sending: BTreeMap<ua::MessageId, (AccountId, MessageId)>,
    last: u64,
    /// The id of the last message that came.
    came: Uuid,
}

/// A message that came, and who waits for the answer.
#[derive(Debug)]
pub struct Came {
    /// Its name at the user agent.
    pub received: ReceivedId,
    /// With whom.
    pub with: ChatWith,
    /// What.
    pub message: Message,
}

impl Chats {
    /// An id behind that of the message before: an exchange hands over what it kept at once, and ids of one millisecond have no order.
    fn in_order(&mut self, id: Uuid) -> MessageId {
        self.came = if id > self.came { id } else { Uuid::from_u128(self.came.as_u128() + 1) };
        MessageId(self.came)
    }
}

impl Line {
    fn chat_with(&self, user: &str, address: String, country: &str) -> ChatWith {
        let number = party::number(user, country);
        let address = number.as_ref().map_or(address, |number| number.dial().to_owned());
        ChatWith { carrier: Carrier::Sip, account: crm::id::AccountId(self.account.id.0), address, number, name: None }
    }

    /// With whom we write when somebody is named who is to be written to.
    fn chat_to(&self, dial: &str, country: &str) -> ChatWith {
        let bare = dial.strip_prefix("sip:").unwrap_or(dial);
        let home = bare.split_once('@').filter(|(_, host)| host.eq_ignore_ascii_case(&self.account.domain));
        let user = home.map_or(dial, |(user, _)| user);
        self.chat_with(user, user.to_owned(), country)
    }

    /// With whom we write when this party wrote.
    fn chat_from(&self, from: &Party, country: &str) -> ChatWith {
        let home = from.host.eq_ignore_ascii_case(&self.account.domain);
        let address = if home { from.user.clone() } else { format!("sip:{}@{}", from.user, from.host) };
        let name = from.display_name.as_deref().and_then(party::clean_name);
        ChatWith { name, ..self.chat_with(&from.user, address, country) }
    }
}

impl Desk {
    /// The chat of a line with somebody.
    ///
    /// # Errors
    /// The line is not there, or nobody can be written to under that name.
    pub(super) fn chat_with(&self, account: Option<AccountId>, to: &str) -> Result<ChatWith, ApiError> {
        let line = match account {
            Some(account) => self.lines.get(account).ok_or(ApiError::about(ErrorCode::NotFound, "account"))?,
            None => self.lines.default_line().ok_or(ApiError::new(ErrorCode::NoLine))?,
        };
        let country = &self.settings.preferences.country;
        let context = LinkContext { country, own_domains: &[], allowed_domains: &[] };
        let origin = agent_api::call::DialOrigin::Keypad;
        let target = party::read_target(to, origin, &context).map_err(|_| ApiError::about(ErrorCode::Invalid, "to"))?;
        Ok(line.chat_to(&target.dial, country))
    }

    /// Whether a line can send now.
    ///
    /// # Errors
    /// It cannot, or is not there.
    pub(super) fn can_send(&self, account: AccountId) -> Result<(), ApiError> {
        let line = self.lines.get(account).ok_or(ApiError::about(ErrorCode::NotFound, "account"))?;
        if line.account.practice || !line.is_usable() {
            return Err(ApiError::new(ErrorCode::NoLine));
        }
        Ok(())
    }

    /// A kept message goes to the exchange.
    pub(super) fn send_message(&mut self, with: &ChatWith, message: &Message) {
        let account = AccountId(with.account.0);
        let Some(key) = self.lines.get(account).map(|line| line.key) else {
            return self.settle_message(account, message.id, MessageState::Failed { code: None });
        };
        self.chats.last += 1;
        let id = ua::MessageId(self.chats.last);
        self.chats.sending.insert(id, (account, message.id));
        let (to, text) = (with.address.clone(), message.text.clone());
        self.do_phone(Command::SendMessage { message: id, account: key, to, text });
    }

    /// The exchange took it.
    pub(super) fn message_sent(&mut self, id: ua::MessageId) {
        if let Some((account, message)) = self.chats.sending.remove(&id) {
            self.settle_message(account, message, MessageState::Sent);
        }
    }

    /// It did not arrive, or nobody knows. A proxy that got no answer from the other side knows no more than we do.
    pub(super) fn message_failed(&mut self, id: ua::MessageId, cause: MessageFailure) {
        let state = match cause {
            MessageFailure::Unknown | MessageFailure::Refused(408) => MessageState::Unknown,
            MessageFailure::Refused(code) => MessageState::Failed { code: Some(code) },
            MessageFailure::Size => MessageState::Failed { code: Some(413) },
            MessageFailure::NotSent => MessageState::Failed { code: None },
        };
        if let Some((account, message)) = self.chats.sending.remove(&id) {
            self.settle_message(account, message, state);
        }
    }

    fn settle_message(&mut self, account: AccountId, message: MessageId, state: MessageState) {
        let written = Written { message: message.0, state: state.name(), code: code(state) };
        let what = What::MessageSettled { written };
        self.effects.push(Effect::Fact(Fact { account: Some(account), call: None, what }));
        self.effects.push(Effect::SettleMessage { message, state });
    }

    /// Somebody writes.
    pub(super) fn message_came(
        &mut self,
        now: Now,
        received: ReceivedId,
        key: ua::AccountId,
        from: &Party,
        text: String,
    ) {
        let id = self.ids.next(now.utc_ms);
        let country = &self.settings.preferences.country;
        let Some(line) = self.lines.by_key(key).filter(|_| self.closing.is_none()) else {
            return self.do_phone(Command::AnswerMessage { message: received, kept: false });
        };
        let with = line.chat_from(from, country);
        let id = self.chats.in_order(id);
        let (direction, state) = (Direction::Incoming, MessageState::Received);
        let message = Message { id, direction, text, at_ms: now.utc_ms, state };
        self.effects.push(Effect::KeepMessage(Box::new(Came { received, with, message })));
    }

    /// The store is done with a message that came.
    pub(super) fn message_kept(&mut self, came: &Came, result: Result<ChatView, StoreError>) {
        let kept = result.is_ok();
        self.do_phone(Command::AnswerMessage { message: came.received, kept });
        let Ok(chat) = result else { return };
        let (from, text) = (came.with.address.clone(), came.message.text.clone());
        let what = What::MessageReceived { message: came.message.id.0, from, text };
        self.effects.push(Effect::Fact(Fact { account: Some(chat.account), call: None, what }));
        self.emit(EventBody::Changed(DataTag::Chats));
        self.emit(EventBody::MessageReceived(chat));
        self.recount();
    }

    /// The store is done with the fate of a message of ours.
    pub(super) fn message_settled(&mut self, result: Result<(), StoreError>) {
        if result.is_ok() {
            self.emit(EventBody::Changed(DataTag::Chats));
        }
    }
}

fn code(state: MessageState) -> Option<u16> {
    match state {
        MessageState::Failed { code } => code,
        _ => None,
    }
}
