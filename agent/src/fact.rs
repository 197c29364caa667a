//! What happened on the lines, in the words of signalling: for the command line and diagnostics, in this process only.
//!
//! The window lives by [`agent_api::event`]; facts carry what only a script wants to know. `Debug` of a fact shows no
//! number, name or address.

use std::fmt;

use agent_api::call::{EndCause, EndedBy, MatchView};
use agent_api::colleague::ColleagueView;
use agent_api::details::SignalStep;
use agent_api::headset::HeadsetState;
use agent_api::id::{AccountId, CallId};

use uuid::Uuid;

use crate::port::media::{Digits, MediaStats, RecordingProblem};
use crate::recording::RecordingFile;

/// Something that happened.
#[derive(Clone, PartialEq)]
pub struct Fact {
    /// The line concerned.
    pub account: Option<AccountId>,
    /// The call concerned.
    pub call: Option<CallId>,
    /// What.
    pub what: What,
}

/// What happened. Text of the network is untrusted and not cleaned.
#[derive(Clone, PartialEq)]
pub enum What {
    /// A REGISTER is on its way.
    Registering,
    /// The exchange knows us; again with each refresh.
    Registered {
        /// Granted life, s.
        expires_s: u32,
        /// Our Contact URI.
        contact: String,
        /// Transport, our address and the exchange's, such as `udp 127.0.0.1:5070 -> 127.0.0.1:5060`.
        flow: String,
    },
    /// Not registered.
    RegistrationFailed {
        /// SIP status, if one came.
        code: Option<u16>,
        /// Reason phrase.
        reason: String,
        /// Why.
        cause: EndCause,
        /// When the next try is made, ms from now; none when there is none.
        retry_ms: Option<u64>,
    },
    /// The binding is removed.
    Unregistered,
    /// The exchange tells what waits in the line's mailbox.
    Mailbox {
        /// Something waits.
        waiting: bool,
        /// Voice messages not heard so far, where they are counted.
        new: Option<u32>,
        /// Voice messages heard and kept.
        old: Option<u32>,
    },
    /// What the telephone of a colleague does changed.
    Colleague {
        /// Who, and what.
        colleague: Box<ColleagueView>,
    },
    /// Somebody wrote, and it is kept.
    MessageReceived {
        /// Its id.
        message: Uuid,
        /// Who, as it is written to.
        from: String,
        /// What.
        text: String,
    },
    /// The fate of a message of ours.
    MessageSettled {
        /// Which, and what.
        written: Written,
    },
    /// An INVITE leaves.
    Calling {
        /// Whom it calls.
        to: String,
    },
    /// The other side rings.
    Ringing {
        /// Provisional status.
        code: u16,
    },
    /// Sound before the answer.
    EarlyMedia,
    /// Somebody calls; said when the lookup is done, or at the latest a quarter second after it came.
    Incoming {
        /// Who, as a SIP URI.
        from: String,
        /// Whom.
        to: String,
        /// What the network says the name is.
        display_name: Option<String>,
        /// Who the number may be.
        matches: MatchView,
    },
    /// The call is up.
    Answered {
        /// What was agreed; none if nothing was.
        media: Option<AgreedMedia>,
    },
    /// What is agreed has changed.
    MediaChanged {
        /// The agreement now.
        media: AgreedMedia,
    },
    /// The first packet that could be heard.
    FirstRtp {
        /// Since the answer, ms; 0 when it came before.
        after_answer_ms: u64,
    },
    /// Held.
    Held {
        /// Who did.
        by: EndedBy,
    },
    /// Resumed.
    Resumed {
        /// Who did.
        by: EndedBy,
    },
    /// Our wish to hold or resume was refused.
    HoldRefused {
        /// SIP status, if one came.
        code: Option<u16>,
    },
    /// The other side takes our transfer and calls.
    TransferProgress {
        /// Provisional status of its call.
        code: u16,
    },
    /// The other side wants us to call somebody else.
    TransferAsked,
    /// The other side talks to whom it was sent to.
    Transferred,
    /// The transfer failed; the call is as it was.
    TransferFailed {
        /// SIP status, if one came.
        code: Option<u16>,
    },
    /// A key.
    Dtmf {
        /// Which.
        digits: Digits,
        /// Pressed here.
        sent: bool,
    },
    /// The other side does not take a key by INFO; those behind it are dropped.
    DtmfRefused {
        /// SIP status, if one came.
        code: Option<u16>,
    },
    /// A recording of the call.
    Recording {
        /// What of it.
        fact: RecordingFact,
    },
    /// Figures of the call so far.
    Stats {
        /// The figures.
        stats: MediaStats,
    },
    /// The call's port and files are closed: the last figures.
    MediaClosed {
        /// The figures; none if there never was sound.
        stats: Option<MediaStats>,
    },
    /// The call is over.
    Ended {
        /// Why.
        cause: EndCause,
        /// SIP status, if one came.
        code: Option<u16>,
        /// Reason phrase.
        reason: String,
        /// Who.
        by: EndedBy,
        /// Answer to end, ms; 0 if unanswered.
        duration_ms: u64,
    },
    /// A message of signalling came or went.
    Message {
        /// What of it is no name, number or address.
        step: SignalStep,
        /// The same for all messages of one Call-ID, of which it tells nothing.
        exchange: u64,
    },
    /// A headset came, went, or cannot be used.
    HeadsetThere {
        /// What it calls itself.
        name: String,
        /// Whether it can be used; none: it is gone.
        state: Option<HeadsetState>,
    },
    /// Something was asked for on a headset.
    HeadsetPressed {
        /// What.
        action: headset::Action,
    },
    /// Everything is ended and unregistered, as asked.
    Idle,
}

/// How a recording goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingFact {
    /// Its file is there.
    Started {
        /// The file.
        file: RecordingFile,
    },
    /// Silence is recorded.
    Paused,
    /// What is said is recorded again.
    Resumed,
    /// It is over.
    Ended {
        /// Of what can be heard, ms.
        length_ms: u64,
        /// Why it ended before its time.
        problem: Option<RecordingProblem>,
    },
}

/// What became of a message of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its id.
    pub message: Uuid,
    /// `sent`, `failed` or `unknown`.
    pub state: &'static str,
    /// SIP status, if one came.
    pub code: Option<u16>,
}

/// What both sides agreed on about sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreedMedia {
    /// Name as in `a=rtpmap`.
    pub codec: &'static str,
    /// Samples a second of the sound.
    pub rate_hz: u32,
    /// Channels of the sound.
    pub channels: u8,
    /// SRTP suite, if encrypted; none as long as DTLS has not agreed on it.
    pub srtp: Option<&'static str>,
    /// How keys are made: `sdes` or `dtls`.
    pub keying: Option<&'static str>,
    /// RTP and RTCP share a port.
    pub rtcp_mux: bool,
    /// Both sides look for the way between them.
    pub ice: bool,
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.what {
            What::Registering => "registering",
            What::Registered { .. } => "registered",
            What::RegistrationFailed { .. } => "registration failed",
            What::Unregistered => "unregistered",
            What::Mailbox { .. } => "mailbox",
            What::Colleague { .. } => "colleague",
            What::MessageReceived { .. } => "message received",
            What::MessageSettled { .. } => "message settled",
            What::Calling { .. } => "calling",
            What::Ringing { .. } => "ringing",
            What::EarlyMedia => "early media",
            What::Incoming { .. } => "incoming",
            What::Answered { .. } => "answered",
            What::MediaChanged { .. } => "media changed",
            What::FirstRtp { .. } => "first rtp",
            What::Held { .. } => "held",
            What::Resumed { .. } => "resumed",
            What::HoldRefused { .. } => "hold refused",
            What::TransferProgress { .. } => "transfer progress",
            What::TransferAsked => "transfer asked",
            What::Transferred => "transferred",
            What::TransferFailed { .. } => "transfer failed",
            What::Dtmf { .. } => "dtmf",
            What::DtmfRefused { .. } => "dtmf refused",
            What::Recording { .. } => "recording",
            What::Stats { .. } => "stats",
            What::MediaClosed { .. } => "media closed",
            What::Ended { .. } => "ended",
            What::Message { .. } => "message",
            What::HeadsetThere { .. } => "headset",
            What::HeadsetPressed { .. } => "headset pressed",
            What::Idle => "idle",
        };
        write!(f, "{name}")
    }
}
