//! Colleagues: people of the same exchange, and whether their telephones are free, ring or are busy (RFC 4235).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::{AccountId, ColleagueId};

/// What the telephone of a colleague does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ColleagueState {
    /// The exchange does not tell (any more, or yet), or the line is not registered.
    Unknown,
    /// No call.
    Free,
    /// Somebody calls and nobody has answered yet.
    Ringing,
    /// In a call, or calling.
    Busy,
}

/// Whether a colleague can be reached, as the exchange knows it from other programs (RFC 3863, RFC 4480).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Reachable {
    /// Can be reached.
    Available,
    /// Is on the telephone, in a meeting or busy otherwise.
    Busy,
    /// Is somewhere else.
    Away,
    /// Cannot be reached.
    Closed,
}

/// What a colleague, or a program of theirs, says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ColleaguePresence {
    /// Whether they can be reached.
    pub reachable: Reachable,
    /// A word of theirs, cleaned.
    pub note: Option<String>,
}

/// A call of a colleague, where the exchange tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ColleagueCall {
    /// The colleague calls, or is called; none where the exchange does not say.
    pub calls: Option<bool>,
    /// Number or user of the other side, for the eye; none where the exchange hides it.
    pub number: Option<String>,
    /// Name of the other side, as the network tells it, cleaned.
    pub name: Option<String>,
}

/// A colleague.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ColleagueView {
    /// Its id.
    pub id: ColleagueId,
    /// The name that the agent gave.
    pub name: String,
    /// The line over which the exchange is asked, and the colleague is called.
    pub account: AccountId,
    /// Extension or SIP address.
    pub target: String,
    /// What the telephone does.
    pub state: ColleagueState,
    /// What they say; none where the exchange does not tell.
    pub presence: Option<ColleaguePresence>,
    /// The call that rings, or else the one that is up.
    pub call: Option<ColleagueCall>,
    /// The call that rings can be taken over.
    pub can_pick_up: bool,
}

/// All colleagues, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Colleagues {
    /// The colleagues.
    pub list: Vec<ColleagueView>,
}

/// A colleague as the settings keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaveColleague {
    /// The colleague to change; none adds one.
    pub id: Option<ColleagueId>,
    /// «Nombre»; required, 1 to 80 characters.
    pub name: String,
    /// The line over which the exchange is asked.
    pub account: AccountId,
    /// «Extensión»: extension, number or SIP address; required.
    pub target: String,
}

/// Replaces all colleagues, in this order; at most 100.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaveColleagues {
    /// The colleagues.
    pub list: Vec<SaveColleague>,
}

/// Names a colleague.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ColleagueRef {
    /// The colleague.
    pub colleague: ColleagueId,
}
