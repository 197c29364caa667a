//! Hash algorithms of digest, weakest to strongest.

/// Hash of a challenge, without `-sess`. The order is that of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Algorithm {
    /// MD5: what most PBXs still ask for.
    #[default]
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512/256.
    Sha512_256,
}

impl Algorithm {
    /// Reads a token such as `SHA-256-sess`; the flag tells `-sess`.
    pub fn parse(token: &str) -> Option<(Self, bool)> {
        let (name, session) = match token.len().checked_sub(5).and_then(|at| token.split_at_checked(at)) {
            Some((name, suffix)) if suffix.eq_ignore_ascii_case("-sess") => (name, true),
            _ => (token, false),
        };
        let all = [Self::Md5, Self::Sha256, Self::Sha512_256];
        Some((all.into_iter().find(|a| a.as_str().eq_ignore_ascii_case(name))?, session))
    }

    /// Token without `-sess`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512_256 => "SHA-512-256",
        }
    }

    /// Lower-case hex of the hash over the parts joined by colons.
    pub(super) fn hash(self, parts: &[&[u8]]) -> String {
        fn over<D: md5::Digest>(parts: &[&[u8]]) -> String {
            let mut digest = D::new();
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    digest.update(b":");
                }
                digest.update(part);
            }
            hex(&digest.finalize())
        }
        match self {
            Self::Md5 => over::<md5::Md5>(parts),
            Self::Sha256 => over::<sha2::Sha256>(parts),
            Self::Sha512_256 => over::<sha2::Sha512_256>(parts),
        }
    }
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)] as char, DIGITS[usize::from(b & 15)] as char]).collect()
}
