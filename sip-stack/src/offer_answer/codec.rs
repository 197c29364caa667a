//! The audio codecs that offers and answers can name.

/// An audio codec of the payload types that this stack offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodecKind {
    /// Opus, RFC 7587: `opus/48000/2`, dynamic payload type.
    Opus,
    /// G.722, RFC 3551: `G722/8000`, payload type 9. The RTP clock is 8000 Hz although sound is sampled at 16000 Hz.
    G722,
    /// G.711 A-law, RFC 3551: `PCMA/8000`, payload type 8.
    Pcma,
    /// G.711 µ-law, RFC 3551: `PCMU/8000`, payload type 0.
    Pcmu,
}

impl CodecKind {
    /// Every codec, best first.
    pub const ALL: [Self; 4] = [Self::Opus, Self::G722, Self::Pcma, Self::Pcmu];

    /// Encoding name of `a=rtpmap`; compared without regard to case.
    #[must_use]
    pub fn encoding_name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::G722 => "G722",
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
        }
    }

    /// Clock of the RTP timestamps, Hz.
    #[must_use]
    pub fn clock_hz(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::G722 | Self::Pcma | Self::Pcmu => 8_000,
        }
    }

    /// Channels as `a=rtpmap` names them; Opus always says 2 (RFC 7587 §7).
    #[must_use]
    pub fn rtpmap_channels(self) -> u8 {
        if self == Self::Opus { 2 } else { 1 }
    }

    /// Payload type: the static one of RFC 3551, or the dynamic one that this stack offers.
    #[must_use]
    pub fn offered_payload_type(self) -> u8 {
        match self {
            Self::Opus => 107,
            Self::G722 => 9,
            Self::Pcma => 8,
            Self::Pcmu => 0,
        }
    }

    /// The codec of an `a=rtpmap` line, if it is one of ours.
    #[must_use]
    pub fn from_rtpmap(encoding: &str, clock_hz: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.encoding_name().eq_ignore_ascii_case(encoding) && k.clock_hz() == clock_hz)
    }

    /// The codec of a static payload type that has no `a=rtpmap` line (RFC 3551 §6).
    #[must_use]
    pub fn from_static_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            0 => Some(Self::Pcmu),
            8 => Some(Self::Pcma),
            9 => Some(Self::G722),
            _ => None,
        }
    }
}
