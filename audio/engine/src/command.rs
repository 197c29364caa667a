//! What the handle and the device threads tell the voice thread.

use rtp::packet::{InPacket, OutPacket};
use rtrb::{Consumer, Producer};

use audio::tones::Tone;

use crate::backend::{DeviceId, Role};
use crate::port::{MicrophonePort, SpeakerPort};
use crate::session_config::{SessionConfig, SessionId, Wake};

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
    Mute {
        id: SessionId,
        muted: bool,
    },
    Dtmf {
        id: SessionId,
        digits: String,
    },
    Close {
        id: SessionId,
    },
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
