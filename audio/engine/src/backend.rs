//! Where sound comes from and goes to.

use std::path::PathBuf;

/// What a device is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// What the agent says.
    Microphone,
    /// What the agent hears.
    Speaker,
    /// Where incoming calls ring.
    Ringer,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Microphone, Self::Speaker, Self::Ringer];
}

/// Stable id of a device, as the sound system keeps it over restarts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub String);

/// A device that can serve a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Stable id.
    pub id: DeviceId,
    /// For the eye.
    pub name: String,
    /// The system's default for this direction.
    pub default: bool,
}

/// One role: what could be used, what is wished, what is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleState {
    /// The role.
    pub role: Role,
    /// Devices that can serve, by name.
    pub devices: Vec<DeviceInfo>,
    /// The wish; none follows the system's default.
    pub chosen: Option<DeviceId>,
    /// In use now. None while nothing needs the device, or nothing can be opened.
    pub used: Option<DeviceId>,
    /// 0 to 100.
    pub volume_pct: u8,
}

/// Wished devices; none follows the system's default. A wish for an absent device stays and is met when it returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceWishes {
    /// Capture.
    pub microphone: Option<DeviceId>,
    /// Playback of calls.
    pub speaker: Option<DeviceId>,
    /// Playback of the ring.
    pub ringer: Option<DeviceId>,
    /// 0 to 100, in the order microphone, speaker, ringer.
    pub volume_pct: [u8; 3],
}

impl Default for DeviceWishes {
    fn default() -> Self {
        Self { microphone: None, speaker: None, ringer: None, volume_pct: [100; 3] }
    }
}

/// Where sound comes from and goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Sound devices of this machine.
    Devices(DeviceWishes),
    /// Files for the command line; no sound device is touched unless a side asks for one.
    Files {
        /// What is sent.
        mic: FileSource,
        /// What would be heard.
        speaker: FileSink,
    },
    /// Silence is sent, what comes is decoded, counted and dropped.
    Null,
}

/// What is sent in the place of a microphone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSource {
    /// A WAV file of any rate, integer or float, any number of channels (they are averaged). Each session plays it once
    /// from its first packet on, then silence.
    Wav(PathBuf),
    /// Silence.
    Silence,
    /// A sound device; none is the system's default.
    Device(Option<DeviceId>),
}

/// What takes what would be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSink {
    /// A WAV file, 48 kHz mono 16 bit, from the answer on, gaps kept; the header is valid at every moment. The second
    /// session writes `name-2.wav`, and so on.
    Wav(PathBuf),
    /// Nothing.
    Null,
    /// A sound device; none is the system's default.
    Device(Option<DeviceId>),
}
