//! SRTP and SRTCP (RFC 3711): suites, key material, and one context for each direction.
//!
//! `rtc-srtp` does the cryptography behind [`transform::Transform`]; what it leaves open is closed here: state is kept only
//! for sources that have authenticated, their number is bounded, and SRTCP that claims not to be encrypted is refused.

mod context;
pub mod transform;

pub use context::{Opener, Protector};

use std::fmt;

use arrayvec::ArrayVec;
use rand::CryptoRng;
use zeroize::Zeroize;

/// A protection suite that SDP security descriptions name (RFC 4568 §6.2, RFC 6188, RFC 7714).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Suite {
    /// AES-128 counter mode, 80-bit tag.
    AesCm128HmacSha1_80,
    /// AES-128 counter mode, 32-bit tag on RTP (RTCP keeps 80 bits).
    AesCm128HmacSha1_32,
    /// AES-256 counter mode, 80-bit tag.
    AesCm256HmacSha1_80,
    /// AES-256 counter mode, 32-bit tag on RTP.
    AesCm256HmacSha1_32,
    /// AES-128 GCM, 128-bit tag.
    AeadAes128Gcm,
    /// AES-256 GCM, 128-bit tag.
    AeadAes256Gcm,
}

impl Suite {
    /// All suites, strongest first.
    pub const ALL: [Suite; 6] = [
        Suite::AeadAes256Gcm,
        Suite::AeadAes128Gcm,
        Suite::AesCm256HmacSha1_80,
        Suite::AesCm128HmacSha1_80,
        Suite::AesCm256HmacSha1_32,
        Suite::AesCm128HmacSha1_32,
    ];

    /// The suite with this name in `a=crypto`, compared without case; `None` for names we do not speak.
    pub fn from_sdp_name(name: &str) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.sdp_name().eq_ignore_ascii_case(name))
    }

    /// The name in `a=crypto`.
    pub const fn sdp_name(self) -> &'static str {
        match self {
            Suite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Suite::AesCm256HmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Suite::AesCm256HmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// Bytes of master key.
    pub const fn key_len(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 | Suite::AeadAes128Gcm => 16,
            Suite::AesCm256HmacSha1_80 | Suite::AesCm256HmacSha1_32 | Suite::AeadAes256Gcm => 32,
        }
    }

    /// Bytes of the tag at the end of SRTP packets.
    pub const fn tag_len(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm256HmacSha1_80 => 10,
            Suite::AesCm128HmacSha1_32 | Suite::AesCm256HmacSha1_32 => 4,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 16,
        }
    }

    /// Bytes after the SRTCP index word (RFC 3711 §3.4: the tag; RFC 7714 §17: nothing).
    pub(crate) const fn after_index_word(self) -> usize {
        match self {
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 0,
            _ => 10,
        }
    }

    /// Bytes of master salt.
    pub const fn salt_len(self) -> usize {
        match self {
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 12,
            _ => 14,
        }
    }
}

/// Why SRTP refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// The key material has the wrong size for the suite.
    #[error("the suite takes {expected} bytes of key and salt, not {found}")]
    KeyLength {
        /// Bytes that the suite takes.
        expected: usize,
        /// Bytes that came.
        found: usize,
    },
    /// Authentication failed, or the packet is a replay: the two are not told apart on purpose.
    #[error("not authentic")]
    NotAuthentic,
    /// SRTCP without the encryption flag, which we never negotiate (RFC 4568 §6.3.2 `UNENCRYPTED_SRTCP`).
    #[error("SRTCP that is not encrypted")]
    NotEncrypted,
    /// The bytes are no packet, or the key is used up (RFC 3711 §9.2).
    #[error("the packet cannot be protected")]
    NotProtectable,
}

const MAX_MATERIAL: usize = 32 + 14;

/// One direction's master key and salt. Never printed, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    suite: Suite,
    material: ArrayVec<u8, MAX_MATERIAL>,
}

impl MasterKey {
    /// Takes `key ‖ salt`, as `inline:` of `a=crypto` carries it once decoded from base64.
    ///
    /// # Errors
    /// [`SrtpError::KeyLength`] when the size is not the suite's.
    pub fn new(suite: Suite, material: &[u8]) -> Result<MasterKey, SrtpError> {
        let expected = suite.key_len() + suite.salt_len();
        let wrong = SrtpError::KeyLength { expected, found: material.len() };
        if material.len() != expected {
            return Err(wrong);
        }
        Ok(MasterKey { suite, material: ArrayVec::try_from(material).map_err(|_| wrong)? })
    }

    /// Makes a key from a generator, which must be cryptographic.
    pub fn generate(suite: Suite, rng: &mut impl CryptoRng) -> MasterKey {
        let mut material = [0; MAX_MATERIAL];
        rng.fill_bytes(&mut material);
        let taken = material.iter().copied().take(suite.key_len() + suite.salt_len()).collect();
        material.zeroize();
        MasterKey { suite, material: taken }
    }

    /// `key ‖ salt`, for the signalling to write into its offer; nothing else may see it.
    pub fn expose(&self) -> &[u8] {
        &self.material
    }

    pub(crate) fn key(&self) -> &[u8] {
        self.material.split_at(self.suite.key_len()).0
    }

    pub(crate) fn salt(&self) -> &[u8] {
        self.material.split_at(self.suite.key_len()).1
    }

    /// The suite that the key is for.
    pub const fn suite(&self) -> Suite {
        self.suite
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.material.as_mut_slice().zeroize();
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({}, redacted)", self.suite.sdp_name())
    }
}

#[cfg(test)]
#[path = "srtp/tests.rs"]
mod tests;
