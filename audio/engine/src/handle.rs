//! The engine as others see it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use rtp::packet::{InPacket, OutPacket};
use rtrb::{Consumer, Producer};

use audio::tones::Tone;

use crate::backend::{Backend, DeviceId, Role, RoleState};
use crate::command::Command;
use crate::event::Event;
use crate::session_config::{SessionConfig, SessionId, Wake};
use crate::stats::{Levels, SessionStats};

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The microphone file cannot be read.
    #[error("cannot read {path}: {reason}")]
    MicFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The speaker file cannot be written.
    #[error("cannot write {path}: {reason}")]
    SpeakerFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The system gives no thread.
    #[error("cannot start the voice thread: {0}")]
    Thread(std::io::Error),
}

/// Starts engines.
pub struct Engine;

impl Engine {
    /// Starts the voice thread, which sleeps until something is to be done.
    ///
    /// `events` is called from threads of the engine, one call at a time; it must not block.
    ///
    /// # Errors
    /// A file of [`Backend::Files`] cannot be used, or the system gives no thread. A missing sound device is no error.
    pub fn start(
        backend: Backend,
        events: impl FnMut(Event) + Send + 'static,
    ) -> Result<EngineHandle, EngineError> {
        let _ = (backend, events);
        Ok(EngineHandle { commands: std::sync::mpsc::channel().0, shared: Arc::default() })
    }
}

/// What every thread may read.
#[derive(Default)]
pub(crate) struct Shared {
    pub sessions: Mutex<BTreeMap<SessionId, (SessionStats, Levels)>>,
    pub roles: Mutex<Vec<RoleState>>,
}

/// The engine as others see it. Clones speak to the same engine, which ends with the last of them. Calls about an
/// unknown session do nothing.
#[derive(Clone)]
pub struct EngineHandle {
    commands: Sender<Command>,
    shared: Arc<Shared>,
}

impl EngineHandle {
    /// Opens a session: packets from `packets` are heard, what is said goes to `out`, then `wake` is called.
    pub fn open(
        &self,
        id: SessionId,
        config: SessionConfig,
        packets: Consumer<InPacket>,
        out: Producer<OutPacket>,
        wake: Wake,
    ) {
        self.tell(Command::Open { id, config, packets, out, wake });
    }

    /// Changes codec, payload types or packet length of a session (re-INVITE). Its `answered` is kept.
    pub fn reconfigure(&self, id: SessionId, config: SessionConfig) {
        self.tell(Command::Reconfigure { id, config });
    }

    /// The call is answered: the speaker file begins here.
    pub fn answered(&self, id: SessionId) {
        self.tell(Command::Answered { id });
    }

    /// Whether packets are sent, and what comes is heard (hold). A held session keeps its place in time.
    pub fn set_direction(&self, id: SessionId, send: bool, receive: bool) {
        self.tell(Command::Direction { id, send, receive });
    }

    /// Sends silence in the place of the microphone.
    pub fn mute(&self, id: SessionId, muted: bool) {
        self.tell(Command::Mute { id, muted });
    }

    /// Queues digits `0-9*#A-D` for sending by RFC 4733: 100 ms each, 100 ms apart; `,` waits a second. Others are
    /// passed over, and so is everything when the far end takes no telephone-event.
    pub fn send_dtmf(&self, id: SessionId, digits: &str) {
        self.tell(Command::Dtmf { id, digits: digits.to_owned() });
    }

    /// Ends a session; what its speaker file holds is complete when this has been done and [`Self::stats`] is none.
    pub fn close(&self, id: SessionId) {
        self.tell(Command::Close { id });
    }

    /// Plays a tone over and over on the speaker or the ringer, in the place of the one that plays there.
    pub fn play_tone(&self, tone: Tone, role: Role) {
        self.tell(Command::Tone { tone, role });
    }

    /// Ends the tone of a role.
    pub fn stop_tone(&self, role: Role) {
        self.tell(Command::StopTone { role });
    }

    /// Rings on the ringer until [`Self::stop_ring`].
    pub fn ring(&self) {
        self.play_tone(Tone::Ring, Role::Ringer);
    }

    /// Ends the ring.
    pub fn stop_ring(&self) {
        self.stop_tone(Role::Ringer);
    }

    /// Keeps the microphone open outside calls for its meter, [`Self::microphone_dbfs`].
    pub fn watch_microphone(&self, on: bool) {
        self.tell(Command::WatchMicrophone { on });
    }

    /// Wishes a device for a role; none follows the system's default.
    pub fn choose(&self, role: Role, id: Option<DeviceId>) {
        self.tell(Command::Choose { role, id });
    }

    /// 0 to 100.
    pub fn set_volume(&self, role: Role, percent: u8) {
        self.tell(Command::Volume { role, percent: percent.min(100) });
    }

    /// The roles with their devices; empty without sound devices.
    pub fn devices(&self) -> Vec<RoleState> {
        self.shared.roles.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Figures of a session; none once it is closed.
    pub fn stats(&self, id: SessionId) -> Option<SessionStats> {
        self.shared.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&id).map(|s| s.0)
    }

    /// Levels of a session; none once it is closed.
    pub fn levels(&self, id: SessionId) -> Option<Levels> {
        self.shared.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&id).map(|s| s.1)
    }

    /// Loudness of the microphone, in and outside calls, dBFS; −100 while it is closed.
    pub fn microphone_dbfs(&self) -> f32 {
        -100.0
    }

    /// Ends all sessions, closes devices and files, ends the threads. Waits for that, at most a second.
    pub fn shutdown(&self) {
        self.tell(Command::Shutdown);
    }

    fn tell(&self, command: Command) {
        // A closed channel means that the engine has ended: nothing is left to tell.
        let _ = self.commands.send(command);
    }
}
