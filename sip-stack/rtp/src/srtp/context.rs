//! One context for each direction of a session.

use std::fmt;

use arrayvec::ArrayVec;

use super::transform::{Transform, transform};
use super::{MasterKey, SrtpError};

/// Sources of one peer that we keep state for: a change of source now and then, never a flood.
const MAX_SOURCES: usize = 4;
const RTP_SSRC: usize = 8;
const RTCP_SSRC: usize = 4;

/// Protects what we send under one key.
///
/// The first sequence number of a source should be below 2^15, so that losing the first packets cannot make the peer guess
/// the wrong rollover counter (RFC 3711 §3.3.1).
pub struct Protector {
    transform: Box<dyn Transform>,
}

impl Protector {
    /// A context for a key that no other context sends with.
    ///
    /// # Errors
    /// When the cryptography lacks the suite.
    pub fn new(key: &MasterKey) -> Result<Protector, SrtpError> {
        Ok(Protector { transform: transform(key)? })
    }

    /// RTP to SRTP.
    ///
    /// # Errors
    /// When the bytes are no RTP or the key is used up.
    pub fn rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.transform.protect_rtp(packet)
    }

    /// RTCP to SRTCP.
    ///
    /// # Errors
    /// When the bytes are no RTCP.
    pub fn rtcp(&mut self, compound: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.transform.protect_rtcp(compound)
    }
}

/// Opens what the peer sends under one key. Each source has its own rollover counter and replay window, kept only once a
/// packet of it was authentic.
pub struct Opener {
    key: MasterKey,
    sources: ArrayVec<(u32, Box<dyn Transform>), MAX_SOURCES>,
}

impl Opener {
    /// A context for the peer's key.
    ///
    /// # Errors
    /// When the cryptography lacks the suite.
    pub fn new(key: &MasterKey) -> Result<Opener, SrtpError> {
        transform(key)?;
        Ok(Opener { key: key.clone(), sources: ArrayVec::new() })
    }

    /// SRTP to RTP.
    ///
    /// # Errors
    /// [`SrtpError::NotAuthentic`] for forged, altered, replayed or short packets.
    pub fn rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let ssrc = word(packet, RTP_SSRC).ok_or(SrtpError::NotAuthentic)?;
        self.with_source(ssrc, |source| source.open_rtp(packet))
    }

    /// SRTCP to RTCP.
    ///
    /// # Errors
    /// As [`Opener::rtp`], and [`SrtpError::NotEncrypted`].
    pub fn rtcp(&mut self, compound: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let ssrc = word(compound, RTCP_SSRC).ok_or(SrtpError::NotAuthentic)?;
        let from_end = 4 + self.key.suite().after_index_word();
        let index =
            compound.len().checked_sub(from_end).and_then(|at| word(compound, at)).ok_or(SrtpError::NotAuthentic)?;
        // RFC 3711 §3.4: the E flag. Without it the implementation would not check the tag either.
        if index >> 31 == 0 {
            return Err(SrtpError::NotEncrypted);
        }
        self.with_source(ssrc, |source| source.open_rtcp(compound))
    }

    fn with_source(
        &mut self,
        ssrc: u32,
        open: impl FnOnce(&mut dyn Transform) -> Result<Vec<u8>, SrtpError>,
    ) -> Result<Vec<u8>, SrtpError> {
        if let Some((_, source)) = self.sources.iter_mut().find(|(known, _)| *known == ssrc) {
            return open(source.as_mut());
        }
        let mut fresh = transform(&self.key)?;
        let opened = open(fresh.as_mut())?;
        if self.sources.is_full() {
            self.sources.remove(0);
        }
        self.sources.push((ssrc, fresh));
        Ok(opened)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

impl fmt::Debug for Protector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Protector(redacted)")
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("key", &self.key).field("sources", &self.sources.len()).finish()
    }
}
