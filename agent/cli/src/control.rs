//! `--control`: commands from stdin, one JSON object a line.

use agent_api::headset::HeadsetLamp;
use agent_api::pbx::PbxCode;
use serde::Deserialize;
use tokio::sync::mpsc;
use uuid::Uuid;

/// A command. Later work adds verbs.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Control {
    /// Answers.
    Answer {
        /// The call; none means the only one.
        call: Option<Uuid>,
    },
    /// Refuses.
    Reject {
        /// The call.
        call: Option<Uuid>,
        /// SIP status, 603 if absent.
        code: Option<u16>,
    },
    /// Holds.
    Hold {
        /// The call.
        call: Option<Uuid>,
    },
    /// Resumes.
    Resume {
        /// The call.
        call: Option<Uuid>,
    },
    /// Mutes.
    Mute {
        /// The call.
        call: Option<Uuid>,
    },
    /// Unmutes.
    Unmute {
        /// The call.
        call: Option<Uuid>,
    },
    /// Sends tones.
    Dtmf {
        /// The call.
        call: Option<Uuid>,
        /// `0-9 * # A-D ,`
        digits: String,
    },
    /// Sends the other side to `to`, or joins it with the other side of `with`.
    Transfer {
        /// The call.
        call: Option<Uuid>,
        /// A number, extension or SIP address.
        to: Option<String>,
        /// Another call that is up.
        with: Option<Uuid>,
    },
    /// Makes it one conversation with `with`.
    Conference {
        /// The call.
        call: Option<Uuid>,
        /// Another call that is up.
        with: Uuid,
    },
    /// Calls, from the first account.
    Dial {
        /// A number, extension or SIP address.
        to: String,
    },
    /// Writes to somebody, from the first account.
    Message {
        /// A number, extension or SIP address.
        to: String,
        /// What.
        text: String,
    },
    /// Takes over the call that rings at a colleague of `--watch`.
    PickUp {
        /// The colleague, as it was given.
        target: String,
    },
    /// Dials a code of the exchange, from the first account.
    DialCode {
        /// Which: `pickup`, `pickup_group`, `retrieve`, `voicemail`, `dnd_on`, `dnd_off`, `queue_pause`, `queue_unpause`.
        code: PbxCode,
        /// Digits for its place.
        number: Option<String>,
    },
    /// Has the exchange do something with the call.
    CallCode {
        /// The call.
        call: Option<Uuid>,
        /// Which: `park`, `to_voicemail`, `record`.
        code: PbxCode,
        /// Digits for its place.
        number: Option<String>,
    },
    /// Lights a lamp of the headset for two seconds, without a call: `ring`, `off_hook`, `mute`, `hold`, …
    HeadsetLamp {
        /// Which.
        lamp: HeadsetLamp,
    },
    /// Records the call.
    Record {
        /// The call.
        call: Option<Uuid>,
    },
    /// Ends its recording.
    StopRecording {
        /// The call.
        call: Option<Uuid>,
    },
    /// Silence is recorded.
    PauseRecording {
        /// The call.
        call: Option<Uuid>,
    },
    /// What is said is recorded again.
    ResumeRecording {
        /// The call.
        call: Option<Uuid>,
    },
    /// Ends.
    Hangup {
        /// The call.
        call: Option<Uuid>,
    },
}

impl Control {
    /// The call it names.
    pub fn call(&self) -> Option<Uuid> {
        match self {
            Self::Answer { call }
            | Self::Reject { call, .. }
            | Self::Hold { call }
            | Self::Resume { call }
            | Self::Mute { call }
            | Self::Unmute { call }
            | Self::Dtmf { call, .. }
            | Self::Transfer { call, .. }
            | Self::Conference { call, .. }
            | Self::Record { call }
            | Self::StopRecording { call }
            | Self::PauseRecording { call }
            | Self::ResumeRecording { call }
            | Self::CallCode { call, .. }
            | Self::Hangup { call } => *call,
            Self::HeadsetLamp { .. }
            | Self::PickUp { .. }
            | Self::Dial { .. }
            | Self::DialCode { .. }
            | Self::Message { .. } => None,
        }
    }
}

/// Reads stdin until it ends; a line that is no command is given as an error. A thread of its own reads, because a read
/// of stdin cannot be given up and must not keep the program from ending.
pub fn read() -> mpsc::UnboundedReceiver<Result<Control, String>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if line.trim().is_empty() {
                continue;
            }
            // The words of the parser name a place, never what stood there.
            let command = serde_json::from_str(&line).map_err(|e| format!("control line, column {}", e.column()));
            if sender.send(command).is_err() {
                break;
            }
        }
    });
    receiver
}
