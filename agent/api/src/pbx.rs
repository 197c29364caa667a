//! Codes of exchanges: what is dialled, or pressed within a call, to have the exchange do something.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::{AccountId, CallId};

/// What an exchange does by a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PbxCode {
    /// Takes what rings at `{extension}` («Capturar»).
    Pickup,
    /// Takes what rings in the own group.
    PickupGroup,
    /// A call that is sent here waits where anybody can fetch it («Aparcar»), in `{slot}` where one has to be chosen.
    Park,
    /// The same, pressed within the call.
    ParkKeys,
    /// Fetches what is parked in `{slot}`.
    Retrieve,
    /// Tells voice messages; `{user}` is the line's own.
    Voicemail,
    /// A call that is sent here leaves a message for `{extension}` («Pasar al buzón»).
    ToVoicemail,
    /// Calls stop coming from the exchange.
    DndOn,
    /// Calls come again; the same as [`Self::DndOn`] where one code switches.
    DndOff,
    /// Queues stop sending calls, `{queue}` where it is for one.
    QueuePause,
    /// Queues send calls again; the same as [`Self::QueuePause`] where one code switches.
    QueueUnpause,
    /// Pressed within a call: recording at the exchange begins, or ends.
    Record,
}

impl PbxCode {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Pickup,
        Self::PickupGroup,
        Self::Park,
        Self::ParkKeys,
        Self::Retrieve,
        Self::Voicemail,
        Self::ToVoicemail,
        Self::DndOn,
        Self::DndOff,
        Self::QueuePause,
        Self::QueueUnpause,
        Self::Record,
    ];

    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pickup => "pickup",
            Self::PickupGroup => "pickup_group",
            Self::Park => "park",
            Self::ParkKeys => "park_keys",
            Self::Retrieve => "retrieve",
            Self::Voicemail => "voicemail",
            Self::ToVoicemail => "to_voicemail",
            Self::DndOn => "dnd_on",
            Self::DndOff => "dnd_off",
            Self::QueuePause => "queue_pause",
            Self::QueueUnpause => "queue_unpause",
            Self::Record => "record",
        }
    }
}

/// Codes by what they do: keys of a telephone with at most one place, such as `**{extension}`. An empty one of an account says
/// that its exchange has none, whatever the profile says.
pub type PbxCodes = BTreeMap<PbxCode, String>;

/// What is known of a kind of exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PbxProfile {
    /// What an account names it by.
    pub id: String,
    /// What a person knows it by; empty for the one without codes.
    pub name: String,
    /// Its codes.
    pub codes: PbxCodes,
}

/// All profiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PbxProfiles {
    /// The one without codes first, then by name.
    pub list: Vec<PbxProfile>,
}

/// Dials a code of an account's exchange; not found where it has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DialCode {
    /// The account.
    pub account: AccountId,
    /// Which; none of those that are for a call.
    pub code: PbxCode,
    /// Digits for its place; required where it has one.
    pub number: Option<String>,
}

/// Has the exchange do something with a call that is up; not found where it has no code for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallCode {
    /// The call.
    pub call: CallId,
    /// Which: `park`, `to_voicemail` or `record`.
    pub code: PbxCode,
    /// Digits for its place; required where it has one.
    pub number: Option<String>,
}
