//! Short written messages with somebody, whatever carries them: SIP MESSAGE (RFC 3428), and later others.

use serde::{Deserialize, Serialize};

use crate::call::Direction;
use crate::id::{AccountId, ChatId, MessageId};
use crate::phone::PhoneNumber;

/// The longest text, bytes; a longer one is refused.
pub const TEXT_MAX: usize = 8_192;

/// What carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// SIP MESSAGE over a line.
    Sip,
    /// WhatsApp.
    Whatsapp,
    /// SMS.
    Sms,
}

impl Carrier {
    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sip => "sip",
            Self::Whatsapp => "whatsapp",
            Self::Sms => "sms",
        }
    }
}

/// With whom, and over what: one chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatWith {
    /// What carries it.
    pub carrier: Carrier,
    /// The line, or the account at the carrier.
    pub account: AccountId,
    /// What the carrier calls the other side, such as `231`, `+50685550117` or `sip:ana@pbx.example`.
    pub address: String,
    /// The address as a number, if it is one.
    pub number: Option<PhoneNumber>,
    /// The name under which they wrote last, cleaned, if any.
    pub name: Option<String>,
}

/// A chat as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// Its id.
    pub id: ChatId,
    /// With whom.
    pub with: ChatWith,
    /// Messages that came and were not read.
    pub unread: u32,
    /// The last message.
    pub last: Message,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MessageState {
    /// It came.
    Received,
    /// It was given to the carrier, whose word is awaited.
    Sending,
    /// The carrier took it.
    Sent,
    /// The carrier refused it, or it could not leave; it may be written again.
    Failed {
        /// The carrier's own code, such as a SIP status; none where it could not leave.
        code: Option<u16>,
    },
    /// It left, and nobody knows whether it arrived: it is never sent again by itself.
    Unknown,
}

impl MessageState {
    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed { .. } => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// A message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, made when it was written or came: it sorts by age.
    pub id: MessageId,
    /// Who wrote it.
    pub direction: Direction,
    /// What it says.
    pub text: String,
    /// When it was written or came, UTC.
    pub at_ms: i64,
    /// How far it is.
    pub state: MessageState,
}

/// Never the text itself: `Debug` reaches logs.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, direction, state, .. } = self;
        f.debug_struct("Message")
            .field("id", id)
            .field("direction", direction)
            .field("state", state)
            .finish_non_exhaustive()
    }
}
