//! «Detalles técnicos» of a call: its signals and the figures of its sound, without names, numbers and addresses.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::{Direction, EndCause, EndedBy};
use crate::id::CallId;

/// How a call went on the wire, and how it sounded. Also the form in which it is kept: fields are added, never renamed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CallDetails {
    /// The call.
    pub call: CallId,
    /// It is not over: there may be more in a moment.
    pub live: bool,
    /// Who began it.
    pub direction: Option<Direction>,
    /// Messages, oldest first.
    pub steps: Vec<SignalStep>,
    /// Messages that came before these and are not kept.
    pub left_out: u32,
    /// What was agreed about sound, last.
    pub agreed: Option<AgreedSound>,
    /// Figures of all its sound so far.
    pub sound: Option<SoundTotals>,
    /// Between two points of the figures over time, s.
    pub every_s: u32,
    /// Figures over time, oldest first.
    pub points: Vec<SoundPoint>,
    /// How it ended.
    pub end: Option<DetailsEnd>,
}

/// A message of signalling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignalStep {
    /// When it came or went, UTC.
    pub at_ms: i64,
    /// Sent by us.
    pub sent: bool,
    /// `INVITE`, `180 INVITE`, `200 BYE` …
    pub what: String,
    /// Sequence number of CSeq.
    pub cseq: u32,
    /// Length of the message, bytes.
    pub bytes: u32,
    /// What its description says, such as `sdp sendrecv PCMA,telephone-event`.
    pub media: Option<String>,
}

/// What both sides agreed on about sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgreedSound {
    /// Name as in `a=rtpmap`.
    pub codec: String,
    /// SRTP suite; none if not encrypted.
    pub srtp: Option<String>,
    /// How keys are made: `sdes` or `dtls`.
    pub keying: Option<String>,
    /// RTP and RTCP share a port.
    pub rtcp_mux: bool,
}

/// Figures of a call's sound from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SoundTotals {
    /// Packets accepted.
    pub rx_packets: u64,
    /// Packets sent.
    pub tx_packets: u64,
    /// Share of packets that never came, of all expected.
    pub lost_pct: f32,
    /// Packets that came too late to be heard.
    pub late: u64,
    /// Sound that was made up, ms.
    pub concealed_ms: u64,
}

/// Figures of some seconds of a call. Of seconds that were joined, the worst.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SoundPoint {
    /// When they end, UTC.
    pub at_ms: i64,
    /// Share of packets lost or too late.
    pub loss_pct: f32,
    /// Interarrival jitter (RFC 3550).
    pub jitter_ms: f32,
    /// Round trip by RTCP.
    pub rtt_ms: Option<f32>,
    /// E-model MOS, 1.0 to 4.5.
    pub mos: Option<f32>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DetailsEnd {
    /// Why.
    pub cause: EndCause,
    /// SIP status, if one came.
    pub code: Option<u16>,
    /// Who.
    pub by: EndedBy,
    /// Answer to end, ms; 0 if unanswered.
    pub talk_ms: u64,
}
