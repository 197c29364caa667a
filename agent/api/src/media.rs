//! Sound devices, levels and the echo test.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::CallId;

/// What a device is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AudioRole {
    /// «Micrófono».
    Microphone,
    /// «Altavoz».
    Speaker,
    /// «Timbre».
    Ringer,
}

/// A sound device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeviceView {
    /// Stable id of the sound system.
    pub id: String,
    /// For the eye.
    pub name: String,
    /// The system's default.
    pub default: bool,
}

/// One role: what is wished, what is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoleView {
    /// The role.
    pub role: AudioRole,
    /// Devices that can serve.
    pub devices: Vec<DeviceView>,
    /// Chosen id; none follows the system's default.
    pub chosen: Option<String>,
    /// Id in use now; none if nothing can be opened.
    pub used: Option<String>,
    /// 0 to 100.
    pub volume_pct: u8,
}

/// The sound devices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AudioView {
    /// Microphone, speaker, ringer.
    pub roles: Vec<RoleView>,
}

/// Chooses a device for a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChooseDevice {
    /// The role.
    pub role: AudioRole,
    /// The device; none follows the system.
    pub device: Option<String>,
    /// 0 to 100; none leaves it.
    pub volume_pct: Option<u8>,
}

/// Levels, at most ten a second; may be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Levels {
    /// The call; none for the device test.
    pub call: Option<CallId>,
    /// What the microphone sends.
    pub microphone_dbfs: f32,
    /// What the other side sends.
    pub remote_dbfs: f32,
}

/// Turns the microphone's level meter on or off outside a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WatchLevels {
    /// The wished state.
    pub on: bool,
}
