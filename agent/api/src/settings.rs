//! Preferences, presence and first run.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::remote::RecordRef;

/// Colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The agent's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// No line is registered.
    Offline,
    /// «Disponible».
    Available,
    /// It rings.
    Ringing,
    /// «En llamada».
    OnCall,
    /// «Tras llamada».
    WrapUp,
    /// «No molestar».
    DoNotDisturb,
}

/// Presence with its timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PresenceView {
    /// The state.
    pub state: AgentState,
    /// Since when, UTC.
    pub since_ms: i64,
}

/// Sets «No molestar».
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetDoNotDisturb {
    /// The wished state.
    pub on: bool,
}

/// What the agent prefers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Preferences {
    /// `es`, `en` or `pt`; none follows the system.
    pub locale: Option<String>,
    /// Colours.
    pub theme: Theme,
    /// ISO 3166 region for numbers without a country code, and of emergency and premium rules; empty as long as neither
    /// the system nor a person has said it.
    pub country: String,
    /// «Preguntar antes de marcar».
    pub ask_before_dialing: bool,
    /// «Traer Timbre al contestar».
    pub front_on_answer: bool,
    /// Calls of contacts with a star ring although «No molestar» is on.
    pub vip_passes: bool,
    /// 90 to 150.
    pub text_size_pct: u16,
    /// Digits of a user as the provider gives them out, 1 to 32; none expects no form. A hint while typing, not a wall.
    pub user_digits: Option<u8>,
    /// The same of a password.
    pub password_digits: Option<u8>,
    /// Calls older than so many months are forgotten, 1 to 120; none keeps them. What is to be saved or sent stays.
    pub keep_history_months: Option<u16>,
}

/// A call centre: the numbers that are operated under one name. The first whose numbers fit has the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallCenter {
    /// «Nombre»; required.
    pub name: String,
    /// «Color», `#rrggbb`; none has no colour of its own.
    pub color: Option<String>,
    /// «Números»: called numbers and extensions in any form, and users of lines; at least one.
    pub numbers: Vec<String>,
}

/// All call centres, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallCenters {
    /// The call centres.
    pub list: Vec<CallCenter>,
}

/// A way to reach support, from the settings of the deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SupportChannel {
    /// Kind: `email`, `whatsapp`, `chat`, `phone`, `web`.
    pub kind: String,
    /// Name for the eye, given by the deployment.
    pub label: String,
    /// `mailto:`, `https:` or a number.
    pub target: String,
}

/// Opens an address in the system's own program: a page, mail, map. Only what the agent core offers is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum OpenExternal {
    /// A support channel, by its place in the list.
    Support {
        /// Place in the list.
        index: u32,
    },
    /// The chat with a number in WhatsApp.
    Chat {
        /// The number in any form; it must be a full one.
        number: String,
    },
    /// A record in the pages of its CRM.
    Record {
        /// The record.
        record: RecordRef,
    },
    /// A postal address in a map.
    Map {
        /// Text of the address.
        address: String,
    },
}

/// Where a file was put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileSaved {
    /// The file.
    pub path: String,
}
