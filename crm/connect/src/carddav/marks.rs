//! Which cards were read in which version, in few bytes: twelve for each card. With them a server that has forgotten its tokens is
//! read again by what differs, and not as a whole.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The most cards that are marked: more are read anew. The cursor is written with each page.
const MARKS_MAX: usize = 20_000;
const HREF_SIZE: usize = 8;
const ETAG_SIZE: usize = 4;

/// Digests of addresses, and of the etags that their cards were read with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks(BTreeMap<[u8; HREF_SIZE], [u8; ETAG_SIZE]>);

impl Marks {
    pub fn put(&mut self, href: &str, etag: &str) {
        let href = digest(href);
        if self.0.len() < MARKS_MAX || self.0.contains_key(&href) {
            self.0.insert(href, digest(etag));
        }
    }

    pub fn remove(&mut self, href: &str) {
        self.0.remove(&digest(href));
    }

    /// The card was read in this version.
    pub fn has(&self, href: &str, etag: &str) -> bool {
        self.0.get(&digest(href)) == Some(&digest(etag))
    }

    /// All of both.
    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn digest<const SIZE: usize>(text: &str) -> [u8; SIZE] {
    let whole = Sha256::digest(text.as_bytes());
    std::array::from_fn(|at| whole[at])
}

impl Serialize for Marks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|(href, etag)| href.iter().chain(etag)).copied().collect();
        STANDARD_NO_PAD.encode(bytes).serialize(serializer)
    }
}

/// What is none is no mark: such a card is read again.
impl<'de> Deserialize<'de> for Marks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = STANDARD_NO_PAD.decode(String::deserialize(deserializer)?).unwrap_or_default();
        let mark =
            |bytes: &[u8]| Some((bytes.get(..HREF_SIZE)?.try_into().ok()?, bytes.get(HREF_SIZE..)?.try_into().ok()?));
        Ok(Self(bytes.chunks_exact(HREF_SIZE + ETAG_SIZE).filter_map(mark).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_kept_in_few_bytes_and_come_back() {
        let mut marks = Marks::default();
        for n in 0..1000 {
            marks.put(&format!("/ana/people/{n}.vcf"), &format!("\"{n}\""));
        }
        marks.put("/ana/people/7.vcf", "\"new\"");
        marks.remove("/ana/people/8.vcf");
        let text = serde_json::to_string(&marks).unwrap();
        assert!(text.len() <= 2 + 16 * 999, "{}", text.len());
        let back: Marks = serde_json::from_str(&text).unwrap();
        assert_eq!(back, marks);
        assert!(back.has("/ana/people/7.vcf", "\"new\"") && !back.has("/ana/people/7.vcf", "\"7\""));
        assert!(!back.has("/ana/people/8.vcf", "\"8\"") && back.has("/ana/people/9.vcf", "\"9\""));
        for noise in ["\"\"", "\"?\"", "\"QUJD\""] {
            assert_eq!(serde_json::from_str::<Marks>(noise).unwrap(), Marks::default(), "{noise}");
        }
    }

    #[test]
    fn what_is_marked_is_bounded() {
        let mut marks = Marks::default();
        for n in 0..=MARKS_MAX {
            marks.put(&n.to_string(), "x");
        }
        assert!(marks.has("0", "x") && !marks.has(&MARKS_MAX.to_string(), "x"));
        marks.put("0", "y");
        assert!(marks.has("0", "y"), "what is there is kept up to date");
    }
}
