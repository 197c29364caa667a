//! What the threads of the engine tell each other.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::Thread;

use rtp::packet::{InPacket, OutPacket};
use rtrb::{Consumer, Producer};

use audio::tones::Tone;

use crate::backend::{DeviceId, Role};
use crate::catalog::Catalog;
use crate::playback::Playing;
use crate::port::{MicrophonePort, SpeakerPort};
use crate::recorder::Tap;
use crate::session_config::{SessionConfig, SessionId, Wake};

/// What the voice thread is told.
pub(crate) enum Command {
    Open {
        id: SessionId,
        config: SessionConfig,
        packets: Consumer<InPacket>,
        out: Producer<OutPacket>,
        wake: Wake,
    },
    Reconfigure {
        id: SessionId,
        config: SessionConfig,
    },
    Answered {
        id: SessionId,
    },
    Direction {
        id: SessionId,
        send: bool,
        receive: bool,
    },
    /// What the others of the conference say goes to this one, too.
    Join {
        id: SessionId,
        joined: bool,
    },
    Mute {
        id: SessionId,
        muted: bool,
    },
    /// The share of our packets that the other side lost of late, 0…1.
    Lost {
        id: SessionId,
        share: f32,
    },
    Dtmf {
        id: SessionId,
        digits: String,
    },
    Sound {
        id: SessionId,
        digits: String,
    },
    /// What is said and heard goes there from now on, in the place of where it went before.
    Record {
        id: SessionId,
        tap: Box<Tap>,
    },
    PauseRecording {
        id: SessionId,
        paused: bool,
    },
    StopRecording {
        id: SessionId,
    },
    Close {
        id: SessionId,
    },
    /// A recording to hear; none ends the one that plays.
    Play(Option<Box<Playing>>),
    Tone {
        tone: Tone,
        role: Role,
    },
    StopTone {
        role: Role,
    },
    WatchMicrophone {
        on: bool,
    },
    Choose {
        role: Role,
        id: Option<DeviceId>,
    },
    Volume {
        role: Role,
        percent: u8,
    },
    /// A microphone was opened (or went).
    Microphone(Option<Box<MicrophonePort>>),
    /// A speaker or ringer was opened (or went).
    Speaker(Role, Option<Box<SpeakerPort>>),
    Shutdown,
}

/// What a keeper is told.
#[derive(Debug)]
pub(crate) enum KeeperOrder {
    Need(bool),
    Choose(Option<DeviceId>),
    Volume(u8),
    Devices(Arc<Catalog>),
    End,
}

/// What the thread that looks at the devices is told.
pub(crate) enum WatcherOrder {
    /// Look now.
    Look,
    End,
}

/// The way to the voice thread.
#[derive(Clone)]
pub(crate) struct VoiceLine {
    commands: Sender<Command>,
    thread: Thread,
}

impl VoiceLine {
    pub fn new(commands: Sender<Command>, thread: Thread) -> Self {
        Self { commands, thread }
    }

    /// Tells it, and wakes it. After its end nothing is left to tell.
    pub fn tell(&self, command: Command) {
        if self.commands.send(command).is_ok() {
            self.thread.unpark();
        }
    }
}
