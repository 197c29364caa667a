//! Chats: short written messages with somebody over one line.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::MatchView;
use crate::id::{AccountId, ChatId, MessageId};

/// What carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// SIP MESSAGE over a line (RFC 3428).
    Sip,
    /// WhatsApp.
    Whatsapp,
    /// SMS.
    Sms,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MessageState {
    /// It came.
    Received,
    /// It is on its way.
    Sending,
    /// The exchange took it.
    Sent,
    /// It did not arrive, and is not tried again by itself.
    Failed {
        /// SIP status; none where it did not leave.
        code: Option<u16>,
    },
    /// It left, and nobody knows whether it arrived; it is not tried again by itself.
    Unknown,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessageView {
    /// Its id; it sorts by age.
    pub id: MessageId,
    /// What it says: text of the network where it came, up to 8,192 bytes.
    pub text: String,
    /// When it was written or came.
    pub at_ms: i64,
    /// How far it is.
    pub state: MessageState,
}

/// A chat as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ChatView {
    /// Its id; none as long as nothing was written in it.
    pub id: Option<ChatId>,
    /// What carries it.
    pub carrier: Carrier,
    /// The line.
    pub account: AccountId,
    /// Where messages go, such as `231`, `+50685550117` or `sip:ana@pbx.example`.
    pub address: String,
    /// The address for the eye.
    pub display: String,
    /// Name under which they wrote last, cleaned.
    pub network_name: Option<String>,
    /// Who that is.
    pub matches: MatchView,
    /// Messages that came and were not read.
    pub unread: u32,
    /// The last message, if there is any.
    pub last: Option<MessageView>,
}

/// Asks for chats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListChats {
    /// `next` of the page before.
    pub after: Option<String>,
    /// At most so many, 1 to 200.
    pub limit: u32,
}

/// Chats, the one with the last message first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ChatPage {
    /// The chats.
    pub rows: Vec<ChatView>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: u32,
}

/// Asks for the chat with somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FindChat {
    /// The line; none takes the default line.
    pub account: Option<AccountId>,
    /// Number, extension or SIP address.
    pub to: String,
}

/// Asks for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListMessages {
    /// The chat.
    pub chat: ChatId,
    /// Older than this one; none begins with the newest.
    pub before: Option<MessageId>,
    /// At most so many, 1 to 200.
    pub limit: u32,
}

/// Messages of a chat, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Messages {
    /// The messages.
    pub list: Vec<MessageView>,
}

/// «Enviar».
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SendMessage {
    /// The line.
    pub account: AccountId,
    /// Number, extension or SIP address.
    pub to: String,
    /// What; 1 to 8,192 bytes of UTF-8.
    pub text: String,
}

/// Names a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessageRef {
    /// The message.
    pub message: MessageId,
}

/// All that came until a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReadChat {
    /// The chat.
    pub chat: ChatId,
    /// The last message that was on screen.
    pub until: MessageId,
}
