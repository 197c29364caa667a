//! What a media session is told.

use std::net::SocketAddr;

use rtp::srtp::MasterKey;

use crate::dtls::DtlsConfig;
use crate::ice::IceConfig;

/// The negotiated facts of one session. Configuring again (re-INVITE, hold) keeps sequence numbers, SSRC and, where keys
/// did not change, the SRTP state.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// Where the peer said that it receives RTP. Real packets may move this (symmetric RTP).
    pub remote: SocketAddr,
    /// Where the peer said that it receives RTCP; the same as `remote` when RTP and RTCP share a port (RFC 5761).
    pub remote_rtcp: SocketAddr,
    /// Keys of both directions, or `None` for plain RTP, or for DTLS.
    pub srtp: Option<SrtpConfig>,
    /// Keys come by DTLS on the media ports; until then nothing is sent or taken. An unchanged agreement keeps them.
    pub dtls: Option<DtlsConfig>,
    /// The way of media is found by ICE, for which [`crate::RtpNet::gather`] was called; none where the peer does without.
    pub ice: Option<IceConfig>,
    /// Packets of the outgoing ring are sent; when false they are thrown away.
    pub send: bool,
    /// Packets that arrive are given to the incoming ring; when false they are only counted.
    pub receive: bool,
    /// Payload types that the peer may send; empty means any. Others are counted and dropped.
    pub payload_types: Vec<u8>,
    /// RTP clock of the codec in Hz (8000 for G.711 and G.722, 48000 for Opus): the unit of jitter.
    pub clock_hz: u32,
}

/// SRTP keys of both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SrtpConfig {
    /// Protects what we send.
    pub local: MasterKey,
    /// Opens what we receive.
    pub remote: MasterKey,
}
