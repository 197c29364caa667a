//! Speech codecs behind one [`Encoder`] and one [`Decoder`].
//!
//! | codec  | sound    | RTP clock | payload type |
//! |--------|----------|-----------|--------------|
//! | Opus   | 48 kHz   | 48 kHz    | dynamic      |
//! | G.722  | 16 kHz   | **8 kHz** | 9            |
//! | PCMA   | 8 kHz    | 8 kHz     | 8            |
//! | PCMU   | 8 kHz    | 8 kHz     | 0            |

/// A codec that Timbre speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodecKind {
    /// RFC 6716 and RFC 7587, one channel at 48 kHz.
    Opus,
    /// ITU-T G.722 at 64 kbit/s.
    G722,
    /// ITU-T G.711 A-law.
    Pcma,
    /// ITU-T G.711 µ-law.
    Pcmu,
}

impl CodecKind {
    /// Samples a second of the decoded sound, Hz.
    pub const fn sample_rate_hz(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::G722 => 16_000,
            Self::Pcma | Self::Pcmu => 8_000,
        }
    }

    /// Ticks a second of the RTP timestamp, Hz.
    pub const fn rtp_clock_hz(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            // RFC 3551 §4.5.2: G.722 samples at 16 kHz but its RTP clock says 8000, an old mistake kept for ever.
            Self::G722 | Self::Pcma | Self::Pcmu => 8_000,
        }
    }

    /// The codec of a static payload type (RFC 3551 §6).
    pub const fn of_static_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            0 => Some(Self::Pcmu),
            8 => Some(Self::Pcma),
            9 => Some(Self::G722),
            _ => None,
        }
    }

    /// Name as in `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::G722 => "G722",
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
        }
    }
}

/// How the Opus encoder works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusSettings {
    /// Bits a second, 6 000 to 510 000. In-band FEC does nothing useful below 32 000.
    pub bitrate_bps: u32,
    /// 0 (cheap) to 10.
    pub complexity: u8,
    /// Puts a coarse copy of the previous frame into each packet.
    pub fec: bool,
    /// Loss that the encoder prepares for, percent; FEC needs about 10 to spend bits.
    pub packet_loss_pct: u8,
    /// Sends next to nothing during silence.
    pub dtx: bool,
}

impl Default for OpusSettings {
    fn default() -> Self {
        Self { bitrate_bps: 32_000, complexity: 5, fec: true, packet_loss_pct: 10, dtx: false }
    }
}
