//! What the engine tells.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use audio::recording::Peaks;

use crate::backend::{DeviceId, DeviceInfo, Role};
use crate::recorder::{RecordingId, RecordingProblem};
use crate::session_config::SessionId;

/// What the engine tells, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The device of this role went away or failed. [`Event::DeviceUsed`] follows with what replaces it.
    DeviceGone {
        /// The role.
        role: Role,
        /// The device.
        id: DeviceId,
        /// For the eye.
        name: String,
    },
    /// From now on this device serves the role; none = nothing can be opened: silence.
    DeviceUsed {
        /// The role.
        role: Role,
        /// The device.
        device: Option<DeviceInfo>,
    },
    /// Devices or defaults are known for the first time, or changed; ask [`crate::EngineHandle::devices`].
    DevicesChanged,
    /// The first packet that could be decoded.
    FirstRtp {
        /// The session.
        session: SessionId,
    },
    /// The far end pressed a key (RFC 4733); said once a press, when it ends.
    DtmfReceived {
        /// The session.
        session: SessionId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
        /// As the far end says, ms.
        duration_ms: u32,
    },
    /// A digit was sent whole.
    DtmfSent {
        /// The session.
        session: SessionId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The microphone file has been played to its end; silence follows.
    MicFileFinished {
        /// The session.
        session: SessionId,
    },
    /// The speaker file could not be written (disk full …); the session goes on.
    SpeakerFileFailed {
        /// The session.
        session: SessionId,
        /// Why, in the system's words.
        reason: String,
    },
    /// The file of a recording is there, and what is said and heard goes into it.
    RecordingStarted {
        /// The session.
        session: SessionId,
        /// The recording.
        recording: RecordingId,
        /// Its file, whose name may differ from the wish. Not for a log: it may hold a number.
        path: PathBuf,
    },
    /// A recording is over and its file complete; the session may go on.
    RecordingEnded {
        /// The session.
        session: SessionId,
        /// The recording.
        recording: RecordingId,
        /// Of what can be played, ms; 0 = there is no file.
        length_ms: u64,
        /// What it looks like.
        peaks: Peaks,
        /// Why it ended before its time.
        problem: Option<RecordingProblem>,
    },
    /// What was played to the agent has come to its end, or cannot be played.
    PlaybackEnded {
        /// As the caller named it.
        playback: u64,
        /// Why it cannot be played, in words.
        problem: Option<String>,
    },
}

/// Where events go; shared by the threads of the engine, which take turns.
#[derive(Clone)]
pub(crate) struct Events(Arc<Mutex<dyn FnMut(Event) + Send>>);

impl Events {
    pub fn new(listener: impl FnMut(Event) + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(listener)))
    }

    pub fn tell(&self, event: Event) {
        let mut listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listener(event);
    }
}
