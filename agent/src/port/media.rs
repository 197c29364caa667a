//! The sound of calls, devices and rings, behind one stream of commands and one of events.
//!
//! ```text
//!   Prepare ─► Prepared{address} ─► (offer/answer) ─► Configure ─► FirstRtp, Stats … ─► Close ─► Closed{figures}
//! ```
//! No command waits: a port opens at once, a sound card may take its time behind a call that talks already.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use agent_api::account::Ice;
use agent_api::call::QualityView;
use agent_api::id::{AccountId, CallId, RecordingId};
use agent_api::media::{AudioRole, AudioView};
use agent_api::recording::{PlaybackView, RecordingFormat};
use crm::store::Peaks;
use sip_stack::ua::{Fingerprint, IceDescription, NegotiatedMedia};

use crate::recording::RecordingFile;

/// What the desk asks of the media side. Commands about a call that is closed do nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaCommand {
    /// Opens a port for a call; [`MediaEvent::Prepared`] answers.
    Prepare {
        /// The call.
        call: CallId,
        /// Address to listen on; unspecified where it is not known yet.
        local: IpAddr,
        /// Allowed ports.
        ports: Option<RangeInclusive<u16>>,
        /// Ways through NAT are looked for, which takes up to 2.5 s; none where the line does without.
        ice: Option<IceWish>,
    },
    /// Joins port and sound by what was agreed; again after each change.
    Configure {
        /// The call.
        call: CallId,
        /// What was agreed.
        media: Box<NegotiatedMedia>,
        /// The agent hears and is heard: false while this call is held here.
        audible: bool,
    },
    /// The call is answered: sound counts from here.
    Answered {
        /// The call.
        call: CallId,
    },
    /// Hears and is heard, or neither (held here).
    Audible {
        /// The call.
        call: CallId,
        /// The wished state.
        audible: bool,
    },
    /// In the conference: everybody in it hears everybody.
    Join {
        /// The call.
        call: CallId,
        /// The wished state.
        joined: bool,
    },
    /// Sends silence instead of the microphone.
    Mute {
        /// The call.
        call: CallId,
        /// The wished state.
        muted: bool,
    },
    /// Sends tones.
    Dtmf {
        /// The call.
        call: CallId,
        /// The digits.
        digits: Digits,
        /// As what.
        by: DigitsBy,
    },
    /// Records what is said and heard from now on.
    Record {
        /// The call.
        call: CallId,
        /// The recording; told back with its events.
        recording: RecordingId,
        /// How.
        wish: RecordingWish,
    },
    /// Silence is recorded, or what is said again.
    PauseRecording {
        /// The call.
        call: CallId,
        /// The wished state.
        paused: bool,
    },
    /// Ends a call's recording.
    StopRecording {
        /// The call.
        call: CallId,
    },
    /// Plays a recording on the speaker, in the place of what plays.
    Play {
        /// Which, from where, how fast.
        view: PlaybackView,
        /// Its file.
        file: RecordingFile,
        /// It is encrypted.
        sealed: bool,
    },
    /// Ends what plays.
    StopPlaying,
    /// What is played besides calls; replaces what was played before.
    Signal(Signal),
    /// Frees the call's port and sound.
    Close {
        /// The call.
        call: CallId,
    },
    /// Microphone meter outside calls.
    WatchLevels(bool),
    /// A device for a role.
    Choose {
        /// The role.
        role: AudioRole,
        /// The device; none follows the system.
        device: Option<String>,
        /// 0 to 100.
        volume_pct: u8,
    },
    /// Rings for two seconds.
    TestRinger,
    /// Whose tones are played from now on (ISO 3166).
    Country(String),
}

/// How a call is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingWish {
    /// The file; where its name is taken another is found.
    pub file: RecordingFile,
    /// As what.
    pub format: RecordingFormat,
    /// Encrypted with the key of the secret store, which is made where there is none.
    pub sealed: bool,
    /// The other side hears that it is recorded.
    pub consent_tone: bool,
}

/// Why a recording ended before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingProblem {
    /// No room on the disk.
    Full,
    /// The folder cannot be made or written.
    Denied,
    /// The key cannot be had.
    Locked,
    /// Something else, in the system's words.
    Other(String),
}

/// Whose help is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceWish {
    /// The line, under which the secret store has the password of its TURN server.
    pub account: AccountId,
    /// Servers.
    pub servers: Ice,
}

/// As what digits travel beside or within the voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitsBy {
    /// Events of RFC 4733; nothing where the other side takes none.
    Events,
    /// Sound.
    Tones,
}

/// Digits on their way to the wire; `Debug` never shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(pub String);

impl std::fmt::Debug for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digits")
    }
}

/// What is heard besides calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signal {
    /// Nothing.
    #[default]
    Silence,
    /// The ring, on the ringer.
    Ring,
    /// A second call waits, on the speaker.
    CallWaiting,
    /// One beep on the speaker: the line answered by itself.
    AutoAnswer,
    /// The other side rings, on the speaker.
    Ringback,
    /// The other side is busy, on the speaker, for a moment.
    Busy,
}

/// What the media side tells.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// The machine has a certificate for DTLS; comes first, and once.
    Certificate {
        /// Of it.
        fingerprint: Fingerprint,
    },
    /// The call's port, or none: then the call cannot be placed.
    Prepared {
        /// The call.
        call: CallId,
        /// Where RTP is received.
        local: Option<SocketAddr>,
        /// Where else it may be, for the other side to try.
        ice: Option<IceDescription>,
    },
    /// The first packet that could be heard.
    FirstRtp {
        /// The call.
        call: CallId,
    },
    /// Figures, once a second while a call is configured.
    Stats {
        /// The call.
        call: CallId,
        /// The figures.
        stats: Box<MediaStats>,
    },
    /// The other side pressed a key.
    DtmfReceived {
        /// The call.
        call: CallId,
        /// The key.
        digits: Digits,
    },
    /// A key of ours went out.
    DtmfSent {
        /// The call.
        call: CallId,
        /// The key.
        digits: Digits,
    },
    /// The call's sound is closed and its file complete.
    Closed {
        /// The call.
        call: CallId,
        /// The last figures, if it was ever configured.
        stats: Option<Box<MediaStats>>,
    },
    /// The file of a recording is there.
    RecordingStarted {
        /// The recording.
        recording: RecordingId,
        /// Its file.
        file: RecordingFile,
    },
    /// A recording is over and its file complete.
    RecordingEnded {
        /// The recording.
        recording: RecordingId,
        /// Of what can be heard, ms; 0 = there is no file.
        length_ms: u64,
        /// What it looks like.
        peaks: Box<Peaks>,
        /// Why it ended before its time.
        problem: Option<RecordingProblem>,
    },
    /// What was played has come to its end.
    Played {
        /// The recording.
        recording: RecordingId,
        /// It could not be played.
        failed: bool,
    },
    /// Devices or their use changed.
    Devices(AudioView),
    /// A device went away.
    DeviceGone {
        /// Its role.
        role: AudioRole,
    },
    /// Another device is used from now on; none can be opened without a name.
    DeviceUsed {
        /// Its role.
        role: AudioRole,
        /// For the eye.
        name: Option<String>,
    },
}

/// Figures of a call's sound since it was configured, rates over the last seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MediaStats {
    /// Packets accepted.
    pub rx_packets: u64,
    /// Packets sent.
    pub tx_packets: u64,
    /// Share of packets that never came, of all expected.
    pub lost_pct: f32,
    /// Share of packets lost or too late in the last five seconds.
    pub recent_lost_pct: f32,
    /// Packets that came too late to be heard.
    pub late: u64,
    /// Sound that was made up, ms.
    pub concealed_ms: u64,
    /// Interarrival jitter, ms.
    pub jitter_ms: f32,
    /// Round trip by RTCP, ms.
    pub rtt_ms: Option<f32>,
    /// Sound waiting to be heard, ms.
    pub buffer_ms: u32,
    /// E-model estimate, 1.0 to 4.5.
    pub mos: Option<f32>,
    /// For how long nothing came although something should, ms; none when nothing is expected.
    pub no_audio_ms: Option<u64>,
    /// What came in that time in its place.
    pub instead: Instead,
    /// How far DTLS is.
    pub handshake: Handshake,
    /// For how long nothing left although something should, ms; none when nothing is to be sent.
    pub nothing_sent_ms: Option<u64>,
}

/// How far both sides are in agreeing on keys by DTLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Handshake {
    /// They do not.
    #[default]
    None,
    /// Under way.
    Waiting,
    /// The keys are there, of this SRTP suite.
    Done(&'static str),
    /// The other side showed another certificate than was agreed.
    Stranger,
    /// The other side did not take part.
    Failed,
}

impl Handshake {
    /// For facts: the suite, or what is in its place.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Waiting => Some("waiting"),
            Self::Done(suite) => Some(suite),
            Self::Stranger => Some("stranger"),
            Self::Failed => Some("failed"),
        }
    }
}

/// What comes in the place of sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instead {
    /// Nothing at all.
    #[default]
    Nothing,
    /// Packets of a codec that was not agreed.
    OtherCodec,
    /// Packets that the agreed keys do not open.
    Undecipherable,
}

impl MediaStats {
    /// The agent's view, once there is an estimate.
    pub fn quality(&self) -> Option<QualityView> {
        self.mos.map(|mos| QualityView {
            mos,
            loss_pct: self.recent_lost_pct,
            jitter_ms: self.jitter_ms,
            rtt_ms: self.rtt_ms,
        })
    }
}
