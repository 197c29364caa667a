//! Offer/answer (RFC 3264) for one audio stream: what we can do, what was agreed.

mod describe;
mod keys;
mod negotiation;
mod select;
mod unacceptable;

use std::net::SocketAddr;

pub use keys::{SrtpKey, SrtpKeys, SrtpSuite};
pub use negotiation::{Negotiation, Outcome};
pub use unacceptable::Unacceptable;

pub use crate::sdp::{Candidate, CandidateKind, CodecKind, Fingerprint, FingerprintHash, IceDescription};

/// Whether media is encrypted, by keys in the session description (SDES, RFC 4568) or by DTLS (RFC 5763).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SrtpPolicy {
    /// Never offered; an offer of `RTP/SAVP` is refused with 488.
    #[default]
    Off,
    /// Offered as `RTP/AVP` with `a=crypto` or `a=fingerprint` lines, so that a peer without SRTP can still answer; both are accepted.
    Optional,
    /// Offered as `RTP/SAVP` or `UDP/TLS/RTP/SAVP`; anything else fails with `EndCause::MediaIncompatible`.
    Required,
}

/// What our side brings to a call: where it listens and what it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalMedia {
    /// Address of the RTP socket, reachable for the peer. An unspecified IP (`0.0.0.0`, `::`) is replaced by the local
    /// address of the account's flow. RTCP listens on the same address, one port higher.
    pub rtp: SocketAddr,
    /// Codecs in order of preference, at least one; telephone-event is added by itself, once per clock rate.
    pub codecs: Vec<CodecKind>,
    /// Media encryption.
    pub srtp: SrtpPolicy,
    /// What DTLS of ours shows; none where there is no DTLS.
    pub dtls: Option<LocalDtls>,
    /// What ICE of ours says; none where the line does without.
    pub ice: Option<IceDescription>,
    /// RTCP is offered on the port of RTP (RFC 5761), with ICE always; a peer that offers this gets it anyhow.
    pub rtcp_mux: bool,
    /// Packet time that we ask for, ms (`a=ptime`), 10 to 60.
    pub ptime_ms: u16,
}

/// DTLS-SRTP of our side (RFC 5763).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalDtls {
    /// Of our certificate.
    pub fingerprint: Fingerprint,
    /// Offers of ours ask for DTLS and not for keys in the description. Offers of the peer are answered as they are.
    pub offer: bool,
}

/// DTLS-SRTP as it was agreed. The same again means the same association (RFC 8842 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DtlsMedia {
    /// We begin the handshake.
    pub active: bool,
    /// Certificates that the peer may show.
    pub remote: Vec<Fingerprint>,
}

/// ICE as it was agreed (RFC 8445). The same again means that nothing starts anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceMedia {
    /// We decide which pair of addresses is used.
    pub controlling: bool,
    /// What the peer says of itself.
    pub remote: IceDescription,
}

/// Parameters of Opus that one side asked for in `a=fmtp` (RFC 7587 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusParameters {
    /// `maxplaybackrate`, Hz: more is not worth sending.
    pub max_playback_rate_hz: u32,
    /// `maxaveragebitrate`, bit/s.
    pub max_average_bitrate: Option<u32>,
    /// `stereo`: the side prefers to receive stereo.
    pub stereo: bool,
    /// `cbr`: the side wants a constant bit rate.
    pub cbr: bool,
    /// `useinbandfec`: the side can make use of in-band FEC.
    pub in_band_fec: bool,
    /// `usedtx`: the side prefers discontinuous transmission.
    pub dtx: bool,
}

impl Default for OpusParameters {
    /// The defaults of RFC 7587 §6.1 for an absent `a=fmtp` line.
    fn default() -> Self {
        Self {
            max_playback_rate_hz: 48_000,
            max_average_bitrate: None,
            stereo: false,
            cbr: false,
            in_band_fec: false,
            dtx: false,
        }
    }
}

/// What both sides agreed on; replaces everything that was agreed before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NegotiatedMedia {
    /// Our RTP address as it stands in our description.
    pub local_rtp: SocketAddr,
    /// Where RTP is sent.
    pub remote_rtp: SocketAddr,
    /// Where RTCP is sent: the port of RTP if it is shared (RFC 5761), else `a=rtcp` (RFC 3605), else one port higher.
    pub remote_rtcp: SocketAddr,
    /// The codec both ways.
    pub codec: CodecKind,
    /// Payload type that we send with.
    pub payload_type: u8,
    /// Payload type that the peer sends with (RFC 3264 §6.1 lets both differ).
    pub receive_payload_type: u8,
    /// RTP clock of the codec, Hz.
    pub clock_hz: u32,
    /// What the peer asked of an Opus sender; defaults for other codecs.
    pub opus_to_peer: OpusParameters,
    /// Payload type of telephone-event that we send with, at `clock_hz`; none when the peer takes no such events.
    pub dtmf_payload_type: Option<u8>,
    /// Payload type of telephone-event that the peer sends with.
    pub receive_dtmf_payload_type: Option<u8>,
    /// Packet time that the peer asked us to send with, ms.
    pub ptime_ms: u16,
    /// We may send sound.
    pub send: bool,
    /// We expect sound.
    pub receive: bool,
    /// Keys when media is SRTP by them.
    pub srtp: Option<SrtpKeys>,
    /// How keys are made when media is SRTP by DTLS.
    pub dtls: Option<DtlsMedia>,
    /// How both sides find the way between them, where they do.
    pub ice: Option<IceMedia>,
    /// The description travelled over TLS both ways, so the keys were hidden from the network up to the exchange.
    pub keys_over_tls: bool,
}

impl NegotiatedMedia {
    /// Nothing goes in the clear.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.srtp.is_some() || self.dtls.is_some()
    }

    /// RTP and RTCP share a port (RFC 5761).
    #[must_use]
    pub fn is_muxed(&self) -> bool {
        self.remote_rtp == self.remote_rtcp
    }
}

/// What an offer of the peer says, before it is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferFacts {
    /// Codecs of ours that the offer names, in the peer's order.
    pub codecs: Vec<CodecKind>,
    /// The offer has SRTP keys, or a certificate for them.
    pub srtp: bool,
}

impl OfferFacts {
    /// Reads an offer; `None` if it is no description with an audio line.
    #[must_use]
    pub fn of(description: &[u8]) -> Option<Self> {
        let sdp = crate::sdp::SessionDescription::parse(description).ok()?;
        let (_, audio) = sdp.audio()?;
        let codecs = audio.formats.iter().filter_map(crate::sdp::PayloadFormat::codec).collect();
        let srtp = audio.crypto.iter().any(crate::sdp::Crypto::is_usable) || !sdp.fingerprints_of(audio).is_empty();
        Some(Self { codecs, srtp })
    }
}

#[cfg(test)]
mod dtls_tests;
#[cfg(test)]
mod ice_tests;
#[cfg(test)]
mod tests;
