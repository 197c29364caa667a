//! The border to the SRTP implementation.

use rtc_rtp::Header;
use rtc_srtp::context::Context;
use rtc_srtp::crypto;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;

use super::{MasterKey, SrtpError, Suite};

/// Packets that may come out of order before they count as replays (RFC 3711 §3.3.2: at least 64).
const REPLAY_WINDOW: usize = 128;
const FIXED_HEADER: usize = 12;

/// The cryptography of one key in one direction.
pub trait Transform: Send {
    /// RTP to SRTP.
    ///
    /// # Errors
    /// [`SrtpError::NotProtectable`].
    fn protect_rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError>;
    /// RTCP to SRTCP.
    ///
    /// # Errors
    /// [`SrtpError::NotProtectable`].
    fn protect_rtcp(&mut self, compound: &[u8]) -> Result<Vec<u8>, SrtpError>;
    /// SRTP to RTP.
    ///
    /// # Errors
    /// [`SrtpError::NotAuthentic`].
    fn open_rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError>;
    /// SRTCP to RTCP.
    ///
    /// # Errors
    /// [`SrtpError::NotAuthentic`].
    fn open_rtcp(&mut self, compound: &[u8]) -> Result<Vec<u8>, SrtpError>;
}

/// Makes the transform of a key.
///
/// # Errors
/// [`SrtpError::NotProtectable`] when the cryptography lacks the suite; ours has all of [`Suite::ALL`].
pub fn transform(key: &MasterKey) -> Result<Box<dyn Transform>, SrtpError> {
    let provider = crypto::default_provider().map_err(|_| SrtpError::NotProtectable)?;
    let context = Context::new(
        key.key(),
        key.salt(),
        profile(key.suite()),
        Some(srtp_replay_protection(REPLAY_WINDOW)),
        Some(srtcp_replay_protection(REPLAY_WINDOW)),
        provider.crypto(),
    );
    Ok(Box::new(RtcSrtp(context.map_err(|_| SrtpError::NotProtectable)?)))
}

struct RtcSrtp(Context);

impl Transform for RtcSrtp {
    fn protect_rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let header = outline(packet).ok_or(SrtpError::NotProtectable)?;
        self.0.encrypt_rtp_with_header(packet, &header).map(Vec::from).map_err(|_| SrtpError::NotProtectable)
    }

    fn protect_rtcp(&mut self, compound: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.0.encrypt_rtcp(compound).map(Vec::from).map_err(|_| SrtpError::NotProtectable)
    }

    fn open_rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let header = outline(packet).ok_or(SrtpError::NotAuthentic)?;
        self.0.decrypt_rtp_with_header(packet, &header).map(Vec::from).map_err(|_| SrtpError::NotAuthentic)
    }

    fn open_rtcp(&mut self, compound: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.0.decrypt_rtcp(compound).map(Vec::from).map_err(|_| SrtpError::NotAuthentic)
    }
}

/// What the cryptography needs of a header: source, number and length. Its own reading of header extensions gives another
/// length than the packet has when the extension is padded or cut, and then encrypts from the wrong byte or beyond the end;
/// as so many CSRC words the length is always that of the packet.
fn outline(packet: &[u8]) -> Option<Header> {
    let [first, _, high, low, ..] = *packet else { return None };
    let fixed = FIXED_HEADER + 4 * usize::from(first & 0x0F);
    let extended = first & 0x10 != 0;
    let length = if extended {
        // RFC 3550 §5.3.1: 16 bits of profile, 16 bits of length in words.
        let words = packet.get(fixed + 2..fixed + 4)?;
        fixed + 4 + 4 * usize::from(u16::from_be_bytes(words.try_into().ok()?))
    } else {
        fixed
    };
    if first >> 6 != 2 || packet.len() < length {
        return None;
    }
    let ssrc = u32::from_be_bytes(packet.get(8..12)?.try_into().ok()?);
    let csrc = vec![0; (length - FIXED_HEADER) / 4];
    Some(Header { ssrc, sequence_number: u16::from_be_bytes([high, low]), csrc, ..Header::default() })
}

const fn profile(suite: Suite) -> ProtectionProfile {
    match suite {
        Suite::AesCm128HmacSha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
        Suite::AesCm128HmacSha1_32 => ProtectionProfile::Aes128CmHmacSha1_32,
        Suite::AesCm256HmacSha1_80 => ProtectionProfile::Aes256CmHmacSha1_80,
        Suite::AesCm256HmacSha1_32 => ProtectionProfile::Aes256CmHmacSha1_32,
        Suite::AeadAes128Gcm => ProtectionProfile::AeadAes128Gcm,
        Suite::AeadAes256Gcm => ProtectionProfile::AeadAes256Gcm,
    }
}
