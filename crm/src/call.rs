//! The facts of a call: who, when, how long, how it ended.

use serde::{Deserialize, Serialize};

use crate::contact;
use crate::id::{AccountId, CallId, Origin};
use crate::phone::PhoneNumber;
use crate::text;

/// Who began the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// «Entrante».
    Incoming,
    /// «Saliente».
    Outgoing,
}

/// Why a call ended: one list for window, command line and store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// Hung up after an answer.
    Normal,
    /// The other side was busy.
    Busy,
    /// Declined by either side.
    Declined,
    /// Nobody answered in time.
    NoAnswer,
    /// The caller gave up.
    Cancelled,
    /// No such number.
    NotFound,
    /// The exchange refused the credentials.
    Auth,
    /// The exchange forbids it.
    Forbidden,
    /// The domain has no address.
    Dns,
    /// The exchange cannot be reached.
    Unreachable,
    /// The exchange did not answer in time.
    Timeout,
    /// The exchange's certificate was refused, or TLS failed.
    Tls,
    /// The exchange refuses our certificate, or wants one.
    OwnCertificate,
    /// A web server answers where a WebSocket is looked for, and has no SIP there.
    WebSocket,
    /// No common codec, or no common encryption.
    MediaIncompatible,
    /// Another device of the agent answered.
    Elsewhere,
    /// Anything else, such as a program that was killed during the call.
    Internal,
}

/// Who ended the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The agent.
    Local,
    /// The other side.
    Remote,
    /// Neither: lost on the way.
    Network,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct End {
    /// Why.
    pub cause: EndCause,
    /// Status of the signalling, if one came (400 to 699).
    pub status: Option<u16>,
    /// Who.
    pub by: EndedBy,
}

/// The other side, as known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// As it came: what was dialled, or the caller's user part. Empty for an anonymous caller.
    pub raw: String,
    /// What `raw` is, if it is a number.
    pub number: Option<PhoneNumber>,
    /// What the network says the name is, already cleaned by [`crate::text::clean_label`].
    pub network_name: Option<String>,
}

/// The line a call went over. Labels are kept as they were at the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The account.
    pub account: AccountId,
    /// The account's label.
    pub label: String,
    /// The number that the caller dialled, for the eye.
    pub called_number: Option<String>,
    /// Name of the call centre that the number belongs to.
    pub call_center: Option<String>,
    /// Its colour, `#rrggbb`.
    pub color: Option<String>,
}

/// The facts of a call. They exist from its first moment, so that a killed program still knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Its id.
    pub id: CallId,
    /// Live or demo.
    pub origin: Origin,
    /// Who began it.
    pub direction: Direction,
    /// The other side.
    pub party: Party,
    /// The line.
    pub line: Line,
    /// Our side of «De, a»: number or extension of the line.
    pub own_number: String,
    /// When it began.
    pub started_at_ms: i64,
    /// When it was answered; none if it never was.
    pub answered_at_ms: Option<i64>,
    /// When it ended; none while it is live.
    pub ended_at_ms: Option<i64>,
    /// Answer to end by a clock that nobody sets; 0 if unanswered.
    pub talk_ms: u64,
    /// How it ended; none while it is live.
    pub end: Option<End>,
}

impl CallRecord {
    /// It came in and nobody here answered; a call that another device took, or that the agent declined, is not missed.
    pub fn missed(&self) -> bool {
        self.direction == Direction::Incoming
            && self.answered_at_ms.is_none()
            && self.end.is_some_and(|end| {
                end.cause != EndCause::Elsewhere && !(end.cause == EndCause::Declined && end.by == EndedBy::Local)
            })
    }

    /// What a search of cards looks at besides the draft, folded: number as it came, as digits, and network name.
    pub fn search_text(&self) -> String {
        let dial = self.party.number.as_ref().map_or("", |number| number.dial());
        let name = self.party.network_name.as_deref().unwrap_or("");
        text::fold(&format!("{}\n{}\n{name}", self.party.raw, contact::digits(dial)))
    }

    /// Who was on the other side is erased; when, how long and over which line stays.
    pub fn forget_party(&mut self) {
        self.party = Party { raw: String::new(), number: None, network_name: None };
    }

    /// Answer to end in whole seconds, as the rows show it.
    pub fn duration_s(&self) -> u32 {
        u32::try_from(self.talk_ms / 1000).unwrap_or(u32::MAX)
    }
}
