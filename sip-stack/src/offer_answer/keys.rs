//! SRTP master keys that travel in session descriptions.

use std::fmt;

use rand::RngCore;

use crate::sdp::CryptoSuite;

/// An SRTP crypto-suite (RFC 4568 §6.2, RFC 6188).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SrtpSuite {
    /// `AES_CM_128_HMAC_SHA1_80`.
    AesCm128HmacSha1_80,
    /// `AES_CM_128_HMAC_SHA1_32`.
    AesCm128HmacSha1_32,
    /// `AES_256_CM_HMAC_SHA1_80`.
    AesCm256HmacSha1_80,
    /// `AES_256_CM_HMAC_SHA1_32`.
    AesCm256HmacSha1_32,
}

impl SrtpSuite {
    /// The suites that we offer where plain media would do as well, in that order: those that every peer knows. More of
    /// them would not fit a datagram.
    pub const OFFERED: [Self; 2] = [Self::AesCm128HmacSha1_80, Self::AesCm128HmacSha1_32];

    /// The suites that we offer where encryption is required.
    pub const OFFERED_IF_REQUIRED: [Self; 3] =
        [Self::AesCm128HmacSha1_80, Self::AesCm128HmacSha1_32, Self::AesCm256HmacSha1_80];

    /// All suites; any of them is taken from a peer.
    pub const ALL: [Self; 4] =
        [Self::AesCm128HmacSha1_80, Self::AesCm128HmacSha1_32, Self::AesCm256HmacSha1_80, Self::AesCm256HmacSha1_32];

    /// Name in `a=crypto`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Self::AesCm256HmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Self::AesCm256HmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
        }
    }

    /// The suite of an `a=crypto` line, if it is one of ours.
    pub(super) fn from_sdp(suite: &CryptoSuite) -> Option<Self> {
        Self::ALL.into_iter().find(|ours| ours.to_sdp() == *suite)
    }

    /// The suite as `a=crypto` names it.
    pub(super) fn to_sdp(self) -> CryptoSuite {
        match self {
            Self::AesCm128HmacSha1_80 => CryptoSuite::AesCm128HmacSha1_80,
            Self::AesCm128HmacSha1_32 => CryptoSuite::AesCm128HmacSha1_32,
            Self::AesCm256HmacSha1_80 => CryptoSuite::AesCm256HmacSha1_80,
            Self::AesCm256HmacSha1_32 => CryptoSuite::AesCm256HmacSha1_32,
        }
    }

    /// Octets of the master key.
    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => 16,
            Self::AesCm256HmacSha1_80 | Self::AesCm256HmacSha1_32 => 32,
        }
    }

    /// Octets of the master salt.
    #[must_use]
    pub fn salt_len(self) -> usize {
        14
    }
}

/// Master key followed by master salt. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SrtpKey(Vec<u8>);

impl SrtpKey {
    /// Takes key and salt in one piece; `None` unless the length is that of the suite.
    #[must_use]
    pub fn new(suite: SrtpSuite, key_and_salt: Vec<u8>) -> Option<Self> {
        (key_and_salt.len() == suite.key_len() + suite.salt_len()).then_some(Self(key_and_salt))
    }

    /// A fresh key; `rng` is a cryptographic generator.
    pub(super) fn generate(suite: SrtpSuite, rng: &mut impl RngCore) -> Self {
        let mut key = vec![0; suite.key_len() + suite.salt_len()];
        rng.fill_bytes(&mut key);
        Self(key)
    }

    /// Key, then salt.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SrtpKey({} octets)", self.0.len())
    }
}

/// Suite and keys of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrtpKeys {
    /// The suite, the same both ways.
    pub suite: SrtpSuite,
    /// Encrypts what we send.
    pub local: SrtpKey,
    /// Decrypts what we receive.
    pub remote: SrtpKey,
}
