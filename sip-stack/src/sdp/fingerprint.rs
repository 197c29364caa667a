//! `a=fingerprint` (RFC 8122 §5) and `a=setup` (RFC 4145 §4): who proves itself how in DTLS, and who begins.

use std::fmt;

/// A hash that is good enough to prove a certificate. MD5 is forbidden, and SHA-1 is not taken either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FingerprintHash {
    /// `sha-256`.
    Sha256,
    /// `sha-384`.
    Sha384,
    /// `sha-512`.
    Sha512,
}

impl FingerprintHash {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// As in the description.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// Octets of the hash.
    pub const fn octets(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// Hash of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    hash: FingerprintHash,
    digest: Vec<u8>,
}

impl Fingerprint {
    /// `None` unless the digest is as long as the hash makes it.
    pub fn new(hash: FingerprintHash, digest: Vec<u8>) -> Option<Self> {
        (digest.len() == hash.octets()).then_some(Self { hash, digest })
    }

    /// How it was made.
    pub fn hash(&self) -> FingerprintHash {
        self.hash
    }

    /// 32, 48 or 64 octets.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// `None` for hashes that prove nothing, and for what is no fingerprint.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let (name, digits) = value.trim().split_once(' ')?;
        let hash = FingerprintHash::ALL.into_iter().find(|hash| hash.name().eq_ignore_ascii_case(name))?;
        let octets = digits.trim().split(':').map(|pair| match pair.as_bytes() {
            [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => u8::from_str_radix(pair, 16).ok(),
            _ => None,
        });
        Self::new(hash, octets.collect::<Option<Vec<u8>>>()?)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hash.name())?;
        for (at, octet) in self.digest.iter().enumerate() {
            write!(f, "{}{octet:02X}", if at == 0 { ' ' } else { ':' })?;
        }
        Ok(())
    }
}

/// Who begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setup {
    /// The writer begins.
    Active,
    /// The other side begins.
    Passive,
    /// Whichever the other side likes; only in offers.
    ActPass,
    /// Nobody for now.
    HoldConn,
}

impl Setup {
    /// As in the description.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
            Self::HoldConn => "holdconn",
        }
    }

    pub(super) fn parse(value: &str) -> Option<Self> {
        let all = [Self::Active, Self::Passive, Self::ActPass, Self::HoldConn];
        all.into_iter().find(|setup| setup.as_str().eq_ignore_ascii_case(value.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_in_any_case_and_printed_in_one() {
        let text = format!("SHA-256 {}", ["ab"; 32].join(":"));
        let read = Fingerprint::parse(&text).unwrap();
        assert_eq!((read.hash(), read.digest()), (FingerprintHash::Sha256, &[0xAB; 32][..]));
        let printed = read.to_string();
        assert!(printed.starts_with("sha-256 AB:AB:"), "{printed}");
        assert_eq!(Fingerprint::parse(&printed), Some(read));
    }

    #[test]
    fn what_proves_nothing_is_no_fingerprint() {
        let of = |hash: &str, pair: &str, count: usize| {
            Fingerprint::parse(&format!("{hash} {}", vec![pair; count].join(":")))
        };
        assert!(of("sha-512", "0f", 64).is_some());
        for (hash, pair, count) in
            [("sha-1", "0f", 20), ("md5", "0f", 16), ("sha-256", "0f", 31), ("sha-256", "+f", 32), ("sha-256", "0", 32)]
        {
            assert_eq!(of(hash, pair, count), None, "{hash} {pair} {count}");
        }
        assert_eq!(Fingerprint::parse("sha-256"), None);
    }
}
