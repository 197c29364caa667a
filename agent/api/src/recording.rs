//! Recordings of calls: while they run, what is kept of them, and how they are heard.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::{CallId, RecordingId};

/// Whether a live call is being recorded here. What the exchange records is another matter ([`crate::pbx::PbxCode::Record`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// The file is being opened.
    Starting,
    /// What is said and heard is recorded.
    On,
    /// Silence is recorded; what is said and heard is kept nowhere.
    Paused,
}

/// Records a call, or ends that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordCall {
    /// The call.
    pub call: CallId,
    /// The wished state.
    pub on: bool,
}

/// Pauses a recording, or lets it go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PauseRecording {
    /// The call.
    pub call: CallId,
    /// The wished state.
    pub paused: bool,
}

/// A recording of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordingView {
    /// Its id.
    pub id: RecordingId,
    /// The call.
    pub call: CallId,
    /// When it began, UTC.
    pub started_at_ms: i64,
    /// Of what can be heard; none while it runs.
    pub length_ms: Option<u32>,
    /// The file is encrypted.
    pub encrypted: bool,
    /// Length of a column, ms; 0 while it runs.
    pub column_ms: u32,
    /// The agent's loudest moment of each column: 0 is silence, 255 full scale.
    pub agent: Vec<u8>,
    /// The other side's; as many.
    pub other: Vec<u8>,
}

/// Recordings of a call, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Recordings {
    /// The recordings.
    pub list: Vec<RecordingView>,
}

/// Names a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordingRef {
    /// The recording.
    pub recording: RecordingId,
}

/// Plays a recording on the speaker, in the place of what plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlayRecording {
    /// The recording.
    pub recording: RecordingId,
    /// Where it begins.
    pub from_ms: u32,
    /// 50 to 300; 100 is as it was.
    pub speed_pct: u16,
}

/// What plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlaybackView {
    /// The recording.
    pub recording: RecordingId,
    /// Where it began.
    pub from_ms: u32,
    /// 100 is as it was.
    pub speed_pct: u16,
}

/// As what recordings are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordingFormat {
    /// Opus in Ogg: small.
    #[default]
    Opus,
    /// WAV, 16 bit at 16 kHz: for programs that read nothing else.
    Wav,
}

/// How calls are recorded. Which lines record by themselves is said with the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordingSettings {
    /// As what.
    pub format: RecordingFormat,
    /// The other side hears a tone every 15 seconds.
    pub consent_tone: bool,
    /// The files are encrypted with a key in the keychain.
    pub encrypt: bool,
    /// Recordings older than so many days are deleted, 1 to 3650; none keeps them.
    pub keep_days: Option<u16>,
    /// Names of files: text with `{date}`, `{time}`, `{line}`, `{number}`, `{direction}`.
    pub names: String,
    /// Where they are; none is the folder of the program's data.
    pub folder: Option<String>,
}

impl Default for RecordingSettings {
    fn default() -> Self {
        Self {
            format: RecordingFormat::Opus,
            consent_tone: false,
            encrypt: false,
            keep_days: None,
            names: "{date} {time} {line} {number} {direction}".to_owned(),
            folder: None,
        }
    }
}

/// How calls are recorded, with what the program chooses itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordingSettingsView {
    /// What was chosen.
    pub settings: RecordingSettings,
    /// The folder where none was chosen.
    pub default_folder: String,
    /// What a file of a call would be called that began now.
    pub example: String,
}
