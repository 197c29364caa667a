//! Speech codecs behind one [`Encoder`] and one [`Decoder`].
//!
//! | codec  | sound    | RTP clock | payload type |
//! |--------|----------|-----------|--------------|
//! | Opus   | 48 kHz   | 48 kHz    | dynamic      |
//! | G.722  | 16 kHz   | **8 kHz** | 9            |
//! | PCMA   | 8 kHz    | 8 kHz     | 8            |
//! | PCMU   | 8 kHz    | 8 kHz     | 0            |

mod g711;
mod opus;
pub(crate) mod pair;
mod plc;

use audio_codec::Encoder as _;
use audio_codec::g722::{G722Decoder, G722Encoder};

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
    /// Never more than this is sent, bits a second: what the other side can take (RFC 7587 §6.1, maxaveragebitrate).
    pub most_bps: u32,
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
        // With these FEC costs next to nothing while all is well, and the first lost packets are restored already.
        Self { bitrate_bps: 40_000, most_bps: 510_000, complexity: 5, fec: true, packet_loss_pct: 10, dtx: false }
    }
}

impl OpusSettings {
    /// The same for a line that loses packets: better copies of the frame before, and the bits that they need. What is sent is still
    /// less than G.711.
    pub fn against_loss(self) -> Self {
        if !self.fec {
            return self;
        }
        Self { bitrate_bps: self.bitrate_bps.max(48_000).min(self.most_bps), packet_loss_pct: 30, ..self }
    }
}

/// Why sound was not encoded or a packet not decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// libopus refused, in its words.
    #[error("opus: {0}")]
    Opus(String),
    /// libopus got no memory.
    #[error("opus: no memory")]
    Memory,
    /// A packet without payload.
    #[error("empty packet")]
    Empty,
    /// A length that the codec does not know, or more than the room given.
    #[error("length {0}")]
    Length(usize),
}

/// The most samples that one packet decodes to: 120 ms at 48 kHz.
pub const MAX_PACKET_SAMPLES: usize = opus::MAX_SAMPLES;

/// Sound to packets.
pub struct Encoder {
    inner: EncoderKind,
    kind: CodecKind,
}

enum EncoderKind {
    Opus(opus::Encoder),
    G722(Box<G722Encoder>),
    G711(fn(i16) -> u8),
}

impl Encoder {
    /// A new stream. `settings` is for Opus.
    ///
    /// # Errors
    /// libopus refuses, or there is no memory for it.
    pub fn new(kind: CodecKind, settings: &OpusSettings) -> Result<Self, CodecError> {
        let inner = match kind {
            CodecKind::Opus => EncoderKind::Opus(opus::Encoder::new(settings)?),
            CodecKind::G722 => EncoderKind::G722(Box::new(G722Encoder::new())),
            CodecKind::Pcma => EncoderKind::G711(g711::to_alaw),
            CodecKind::Pcmu => EncoderKind::G711(g711::to_ulaw),
        };
        Ok(Self { inner, kind })
    }

    /// What it encodes.
    pub fn kind(&self) -> CodecKind {
        self.kind
    }

    /// One packet: `pcm` at [`CodecKind::sample_rate_hz`], 10 to 60 ms. Returns the bytes written to `out`.
    ///
    /// # Errors
    /// `pcm` has a length that the codec does not know, or `out` is too short.
    pub fn encode(&mut self, pcm: &[f32], out: &mut [u8]) -> Result<usize, CodecError> {
        match &mut self.inner {
            EncoderKind::Opus(encoder) => encoder.encode(pcm, out),
            EncoderKind::G722(encoder) => {
                let mut integers = [0; MAX_PACKET_SAMPLES];
                let integers = integers.get_mut(..pcm.len()).ok_or(CodecError::Length(pcm.len()))?;
                integers.iter_mut().zip(pcm).for_each(|(i, s)| *i = to_i16(*s));
                encoder.encode_into(integers, out).map_err(|_| CodecError::Length(pcm.len()))
            }
            EncoderKind::G711(law) => {
                let room = out.get_mut(..pcm.len()).ok_or(CodecError::Length(pcm.len()))?;
                room.iter_mut().zip(pcm).for_each(|(byte, s)| *byte = law(to_i16(*s)));
                Ok(pcm.len())
            }
        }
    }

    /// Opus goes on with other bits and another expected loss; other codecs have no such thing.
    ///
    /// # Errors
    /// libopus refuses.
    pub fn adapt(&mut self, settings: &OpusSettings) -> Result<(), CodecError> {
        match &mut self.inner {
            EncoderKind::Opus(encoder) => encoder.adapt(settings),
            _ => Ok(()),
        }
    }
}

/// Packets to sound, and sound for packets that never came.
pub struct Decoder {
    inner: DecoderKind,
    kind: CodecKind,
}

enum DecoderKind {
    Opus(opus::Decoder),
    G722(Box<G722Decoder>, plc::Concealer),
    G711(&'static [f32; 256], plc::Concealer),
}

impl Decoder {
    /// A new stream.
    ///
    /// # Errors
    /// libopus refuses, or there is no memory for it.
    pub fn new(kind: CodecKind) -> Result<Self, CodecError> {
        let concealer = || plc::Concealer::new(kind.sample_rate_hz());
        let inner = match kind {
            CodecKind::Opus => DecoderKind::Opus(opus::Decoder::new()?),
            CodecKind::G722 => DecoderKind::G722(Box::new(G722Decoder::new()), concealer()),
            CodecKind::Pcma => DecoderKind::G711(&g711::ALAW, concealer()),
            CodecKind::Pcmu => DecoderKind::G711(&g711::ULAW, concealer()),
        };
        Ok(Self { inner, kind })
    }

    /// What it decodes.
    pub fn kind(&self) -> CodecKind {
        self.kind
    }

    /// Samples that `payload` decodes to at [`CodecKind::sample_rate_hz`]; none if it cannot be decoded.
    pub fn samples(&self, payload: &[u8]) -> Option<usize> {
        let samples = match self.kind {
            CodecKind::Opus => return opus::samples(payload),
            CodecKind::G722 => payload.len() * 2,
            CodecKind::Pcma | CodecKind::Pcmu => payload.len(),
        };
        Some(samples).filter(|n| (1..=MAX_PACKET_SAMPLES).contains(n))
    }

    /// One packet. Returns the samples written to `out`.
    ///
    /// # Errors
    /// The payload is broken, or `out` is too short.
    pub fn decode(&mut self, payload: &[u8], out: &mut [f32]) -> Result<usize, CodecError> {
        let samples = self.samples(payload).ok_or(CodecError::Length(payload.len()))?;
        let out = out.get_mut(..samples).ok_or(CodecError::Length(samples))?;
        match &mut self.inner {
            DecoderKind::Opus(decoder) => return decoder.decode(payload, out),
            DecoderKind::G722(decoder, concealer) => {
                let mut integers = [0; MAX_PACKET_SAMPLES];
                let integers = &mut integers[..samples];
                decoder.decode_frame_into(payload, integers).map_err(|_| CodecError::Length(samples))?;
                out.iter_mut().zip(integers).for_each(|(s, i)| *s = f32::from(*i) / 32_768.0);
                concealer.heard(out);
            }
            DecoderKind::G711(table, concealer) => {
                out.iter_mut().zip(payload).for_each(|(s, byte)| *s = table[usize::from(*byte)]);
                concealer.heard(out);
            }
        }
        Ok(samples)
    }

    /// Whether `next` can restore sound that is missing right before it.
    pub fn can_restore(&self, next: &[u8]) -> bool {
        self.kind == CodecKind::Opus && opus::carries_fec(next)
    }

    /// Fills `out` with the sound missing right before `next`; its length is that of one packet.
    ///
    /// # Errors
    /// Only Opus can do this; [`Self::can_restore`] tells.
    pub fn restore(&mut self, next: &[u8], out: &mut [f32]) -> Result<(), CodecError> {
        match &mut self.inner {
            DecoderKind::Opus(decoder) => decoder.decode_fec(next, out).map(|_| ()),
            _ => Err(CodecError::Length(out.len())),
        }
    }

    /// Whether sound missing before a packet is made up better when that packet is known. Not so for G.722, whose first sound behind a
    /// gap is harsh, because its decoder predicts from what was before.
    pub fn can_bridge(&self) -> bool {
        matches!(self.kind, CodecKind::Pcma | CodecKind::Pcmu)
    }

    /// Whether the packet behind a lost one is of use for what was lost.
    pub fn looks_ahead(&self) -> bool {
        self.can_bridge() || self.kind == CodecKind::Opus
    }

    /// Decodes `next` into `after`, and fills `gap` with what may have been before it. Returns the samples written to `after`.
    ///
    /// # Errors
    /// As [`Self::decode`]; only G.711 can do this, [`Self::can_bridge`] tells.
    pub fn bridge(&mut self, gap: &mut [f32], next: &[u8], after: &mut [f32]) -> Result<usize, CodecError> {
        let samples = self.samples(next).ok_or(CodecError::Length(next.len()))?;
        let after = after.get_mut(..samples).ok_or(CodecError::Length(samples))?;
        match &mut self.inner {
            DecoderKind::Opus(_) | DecoderKind::G722(..) => return Err(CodecError::Length(gap.len())),
            DecoderKind::G711(table, concealer) => {
                after.iter_mut().zip(next).for_each(|(s, byte)| *s = table[usize::from(*byte)]);
                concealer.bridge(gap, after);
                concealer.heard(after);
            }
        }
        Ok(samples)
    }

    /// Fills `out`, at most 120 ms, with sound that was never received.
    pub fn conceal(&mut self, out: &mut [f32]) {
        match &mut self.inner {
            DecoderKind::Opus(decoder) => {
                // libopus makes up multiples of 2.5 ms; an odd rest is cut from a longer piece.
                let mut piece = [0.0; MAX_PACKET_SAMPLES];
                let grains = out.len().div_ceil(opus::GRAIN).min(MAX_PACKET_SAMPLES / opus::GRAIN);
                let made = decoder.conceal(&mut piece[..grains * opus::GRAIN]).unwrap_or(0).min(out.len());
                out[..made].copy_from_slice(&piece[..made]);
                out[made..].fill(0.0);
            }
            DecoderKind::G722(_, concealer) | DecoderKind::G711(_, concealer) => concealer.conceal(out),
        }
    }
}

/// −1…1 to 16 bit, rounded and clipped.
pub fn to_i16(sample: f32) -> i16 {
    (sample * 32_768.0).round() as i16
}

#[cfg(test)]
mod tests;
