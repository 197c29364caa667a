//! `a=crypto`: SRTP keys in the description (RFC 4568, suites of RFC 6188 and RFC 7714).

use std::fmt;

/// SRTP protection profile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CryptoSuite {
    /// AES-128 counter mode, 80-bit tag: the one every implementation has.
    AesCm128HmacSha1_80,
    /// AES-128 counter mode, 32-bit tag.
    AesCm128HmacSha1_32,
    /// AES-256 counter mode, 80-bit tag.
    AesCm256HmacSha1_80,
    /// AES-256 counter mode, 32-bit tag.
    AesCm256HmacSha1_32,
    /// AES-128 GCM.
    AeadAes128Gcm,
    /// AES-256 GCM.
    AeadAes256Gcm,
    /// Any other name.
    Other(String),
}

impl CryptoSuite {
    const KNOWN: [(&'static str, Self, usize); 6] = [
        ("AES_CM_128_HMAC_SHA1_80", Self::AesCm128HmacSha1_80, 30),
        ("AES_CM_128_HMAC_SHA1_32", Self::AesCm128HmacSha1_32, 30),
        ("AES_256_CM_HMAC_SHA1_80", Self::AesCm256HmacSha1_80, 46),
        ("AES_256_CM_HMAC_SHA1_32", Self::AesCm256HmacSha1_32, 46),
        ("AEAD_AES_128_GCM", Self::AeadAes128Gcm, 28),
        ("AEAD_AES_256_GCM", Self::AeadAes256Gcm, 44),
    ];

    fn parse(name: &str) -> Self {
        let known = Self::KNOWN.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        known.map_or_else(|| Self::Other(name.to_owned()), |(_, suite, _)| suite.clone())
    }

    /// Name in the attribute.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => Self::KNOWN.iter().find(|(_, suite, _)| suite == known).map_or("", |(name, ..)| name),
        }
    }

    /// Bytes of master key and salt together; none for an unknown suite.
    pub fn key_salt_len(&self) -> Option<usize> {
        Self::KNOWN.iter().find(|(_, suite, _)| suite == self).map(|(.., len)| *len)
    }
}

/// One `a=crypto` line. `Debug` never shows the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Crypto {
    /// Tag, unique in its media description; an answer repeats that of the offer.
    pub tag: u32,
    /// Suite.
    pub suite: CryptoSuite,
    /// Master key followed by master salt.
    pub key_salt: Vec<u8>,
    /// Master key identifier: value and length in bytes, as written (`1:4`).
    pub mki: Option<String>,
    /// Session parameters such as `UNENCRYPTED_SRTP`; a line with one that we do not know is not usable.
    pub session_params: Vec<String>,
}

impl Crypto {
    /// A line of our own: `key_salt` is what [`CryptoSuite::key_salt_len`] tells.
    pub fn new(tag: u32, suite: CryptoSuite, key_salt: Vec<u8>) -> Self {
        Self { tag, suite, key_salt, mki: None, session_params: Vec::new() }
    }

    /// Whether we can use it: known suite, key of its length, no MKI, no session parameter that changes the meaning.
    pub fn is_usable(&self) -> bool {
        // RFC 4568 §6.3: WSH is advice, every other parameter must be understood or the line is not chosen.
        self.suite.key_salt_len() == Some(self.key_salt.len())
            && self.mki.is_none()
            && self.session_params.iter().all(|p| p.starts_with("WSH="))
    }

    /// Reads `tag suite inline:key|lifetime|mki [params]`. Only the first key is taken; none if it cannot be read.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok()?;
        let suite = CryptoSuite::parse(words.next()?);
        let key = words.next()?.split(';').next()?;
        let (method, key) = key.split_once(':')?;
        if !method.eq_ignore_ascii_case("inline") {
            return None;
        }
        let mut parts = key.split('|');
        let key_salt = base64_decode(parts.next()?)?;
        // RFC 4568 §6.1: lifetime and MKI are optional; only the MKI holds a colon.
        let mki = parts.find(|part| part.contains(':')).map(str::to_owned);
        Some(Self { tag, suite, key_salt, mki, session_params: words.map(str::to_owned).collect() })
    }

    pub(super) fn print(&self) -> String {
        let mut out = format!("{} {} inline:{}", self.tag, self.suite.as_str(), base64_encode(&self.key_salt));
        if let Some(mki) = &self.mki {
            out.push('|');
            out.push_str(mki);
        }
        for param in &self.session_params {
            out.push(' ');
            out.push_str(param);
        }
        out
    }
}

impl fmt::Debug for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tag, suite, key_salt, mki, session_params } = self;
        f.debug_struct("Crypto")
            .field("tag", tag)
            .field("suite", suite)
            .field("key_salt", &format_args!("[{} secret bytes]", key_salt.len()))
            .field("mki", mki)
            .field("session_params", session_params)
            .finish()
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4, with padding.
fn base64_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |word, (i, byte)| word | u32::from(*byte) << (16 - 8 * i));
        for digit in 0..4 {
            let six = (word >> (18 - 6 * digit)) & 63;
            out.push(if digit <= chunk.len() { ALPHABET[six as usize] as char } else { '=' });
        }
    }
    out
}

/// RFC 4648 §4; padding may be missing, as some phones leave it out.
fn base64_decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    for chunk in digits.chunks(4) {
        if chunk.len() == 1 {
            return None;
        }
        let mut word = 0u32;
        for (i, digit) in chunk.iter().enumerate() {
            let six = ALPHABET.iter().position(|a| a == digit)?;
            word |= u32::try_from(six).ok()? << (18 - 6 * i);
        }
        out.extend_from_slice(&word.to_be_bytes()[1..chunk.len()]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc4648() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64_encode(plain.as_bytes()), coded);
            assert_eq!(base64_decode(coded).unwrap(), plain.as_bytes());
            assert_eq!(base64_decode(coded.trim_end_matches('=')).unwrap(), plain.as_bytes());
        }
        assert_eq!(base64_decode("Z"), None);
        assert_eq!(base64_decode("Zm9*"), None);
    }

    #[test]
    fn the_line_of_rfc4568_and_its_debug() {
        let line =
            "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4 FEC_ORDER=FEC_SRTP";
        let crypto = Crypto::parse(line).unwrap();
        assert_eq!((crypto.tag, &crypto.suite, crypto.key_salt.len()), (1, &CryptoSuite::AesCm128HmacSha1_80, 30));
        assert_eq!(crypto.mki.as_deref(), Some("1:4"));
        assert!(!crypto.is_usable());
        assert!(!format!("{crypto:?}").contains("89, 83") && format!("{crypto:?}").contains("30 secret bytes"));
        let plain = Crypto::new(2, CryptoSuite::AeadAes128Gcm, vec![7; 28]);
        assert!(plain.is_usable());
        assert_eq!(Crypto::parse(&plain.print()).unwrap(), plain);
    }
}
