//! `settings.toml`: accounts and what belongs to this machine.
//!
//! The file is for people too: comments and keys of later versions survive every change made here, and whatever is
//! wrong in it becomes a [`Warning`] and a default, never a failure. Passwords never stand in it.

mod account;
pub mod call_center;
pub mod colleague;
pub mod connection;
mod connection_table;
pub mod contact_field;
mod file;
mod network;
mod read;
mod recording;
mod table;
mod write;

pub(crate) use account::is_server;
pub use account::{Account, digest_names};
pub use colleague::Colleague;
pub use connection::Connection;
pub use file::{SettingsError, SettingsFile};
pub use read::{AccountFile, AccountSecret, read_account_file, read_settings};

use agent_api::contact::ContactFields;
use agent_api::media::AudioRole;
use agent_api::network::Network;
use agent_api::recording::RecordingSettings;
use agent_api::settings::{CallCenters, Preferences, SupportChannel, Theme};

/// Everything the file says, always valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What the agent prefers.
    pub preferences: Preferences,
    /// Chosen devices.
    pub audio: AudioSettings,
    /// How calls are recorded.
    pub recording: RecordingSettings,
    /// SIP accounts in the order of the file; the first is the default line.
    pub accounts: Vec<Account>,
    /// Names of the numbers that are operated.
    pub call_centers: CallCenters,
    /// What the company keeps about its people besides the fields that everybody has.
    pub contact_fields: ContactFields,
    /// Colleagues, in order.
    pub colleagues: Vec<Colleague>,
    /// Connections to CRMs, in order of precedence.
    pub connections: Vec<Connection>,
    /// The way out to the servers of companies.
    pub network: Network,
    /// The secret store knows what a proxy is told when it asks.
    pub proxy_login: bool,
    /// Ways to reach support.
    pub support: Vec<SupportChannel>,
    /// Domains besides the accounts' own to which a `sip:` link may dial.
    pub link_domains: Vec<String>,
}

impl Settings {
    /// What holds without a file, for a machine in `country` (ISO 3166; empty if it does not say).
    pub fn for_country(country: &str) -> Self {
        Self {
            preferences: Preferences {
                locale: None,
                theme: Theme::System,
                country: country.to_owned(),
                ask_before_dialing: false,
                front_on_answer: false,
                vip_passes: true,
                text_size_pct: 100,
                user_digits: Some(7),
                password_digits: Some(6),
                keep_history_months: None,
            },
            audio: AudioSettings::default(),
            recording: RecordingSettings::default(),
            accounts: Vec::new(),
            call_centers: CallCenters::default(),
            contact_fields: ContactFields::default(),
            colleagues: Vec::new(),
            connections: Vec::new(),
            network: Network::default(),
            proxy_login: false,
            support: Vec::new(),
            link_domains: Vec::new(),
        }
    }
}

/// The device and volume wished for each role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioSettings {
    /// «Micrófono».
    pub microphone: RoleSettings,
    /// «Altavoz».
    pub speaker: RoleSettings,
    /// «Timbre».
    pub ringer: RoleSettings,
}

impl AudioSettings {
    /// The settings of one role.
    pub fn role(&self, role: AudioRole) -> &RoleSettings {
        match role {
            AudioRole::Microphone => &self.microphone,
            AudioRole::Speaker => &self.speaker,
            AudioRole::Ringer => &self.ringer,
        }
    }

    /// The settings of one role, to change.
    pub fn role_mut(&mut self, role: AudioRole) -> &mut RoleSettings {
        match role {
            AudioRole::Microphone => &mut self.microphone,
            AudioRole::Speaker => &mut self.speaker,
            AudioRole::Ringer => &mut self.ringer,
        }
    }
}

impl Default for AudioSettings {
    fn default() -> Self {
        let role = || RoleSettings { device: None, volume_pct: 100 };
        Self { microphone: role(), speaker: role(), ringer: role() }
    }
}

/// One role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSettings {
    /// Stable id of the device; none follows the system.
    pub device: Option<String>,
    /// 0 to 100.
    pub volume_pct: u8,
}

/// Something in the file that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The file as a whole is not TOML; it is left alone and defaults hold.
    NotToml {
        /// Line of the first fault, from 1.
        line: usize,
    },
    /// A value has a wrong type or is out of range; its default holds.
    Wrong {
        /// Where, such as `account.2.port`.
        key: String,
    },
    /// A key this version does not know; it is kept.
    Unknown {
        /// Where.
        key: String,
    },
    /// An account without what it needs is left out.
    Incomplete {
        /// What is missing, such as `account.1.user`.
        key: String,
    },
}

impl Warning {
    /// The place in the file, for the notice.
    pub fn place(&self) -> String {
        match self {
            Self::NotToml { line } => format!("{line}"),
            Self::Wrong { key } | Self::Unknown { key } | Self::Incomplete { key } => key.clone(),
        }
    }
}
