//! BER (X.690) as far as LDAP uses it (RFC 4511 §5.1): definite lengths, tags of one byte.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The most bytes of a length, after the one that counts them.
const LENGTH_MAX: usize = 4;

/// One element: tag, length, content.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let start = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
            // At most eight.
            out.push(0x80 | u8::try_from(length.len() - start).unwrap_or(0));
            out.extend(&length[start..]);
        }
    }
    out.extend(content);
    out
}

/// Elements behind each other inside another.
pub(crate) fn nested(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// A whole number, in as few bytes as hold it.
pub(crate) fn integer(tag: u8, value: i32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let mut start = 0;
    while start < 3 && bytes[start] == if bytes[start + 1] & 0x80 == 0 { 0 } else { 0xff } {
        start += 1;
    }
    element(tag, &bytes[start..])
}

/// How many further bytes the length has whose first byte this is; none for what LDAP does not use.
pub(crate) fn further_length(first: u8) -> Option<usize> {
    let further = usize::from(first & 0x7f);
    match first {
        0..0x80 => Some(0),
        _ => (1..=LENGTH_MAX).contains(&further).then_some(further),
    }
}

/// The length that these bytes say: the first, and its further ones.
pub(crate) fn length(first: u8, further: &[u8]) -> Option<usize> {
    if further.is_empty() {
        return Some(usize::from(first));
    }
    further.iter().try_fold(0_usize, |length, byte| length.checked_mul(256)?.checked_add(usize::from(*byte)))
}

/// Reads elements one behind the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next element; none at the end and for what is none.
    pub fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, first) = (*self.0.first()?, *self.0.get(1)?);
        let head = 2 + further_length(first)?;
        let end = head.checked_add(length(first, self.0.get(2..head)?)?)?;
        let content = self.0.get(head..end)?;
        self.0 = &self.0[end..];
        Some((tag, content))
    }

    /// The content of the next element, if it has this tag.
    pub fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, content) = ahead.next()?;
        (found == tag).then(|| {
            *self = ahead;
            content
        })
    }

    /// A text; none where it is no UTF-8.
    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.take(OCTETS)?).ok()
    }

    /// A whole number of at most four bytes.
    pub fn number(&mut self, tag: u8) -> Option<i32> {
        let bytes = self.take(tag).filter(|bytes| (1..=4).contains(&bytes.len()))?;
        let sign = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
        Some(bytes.iter().fold(sign, |number, byte| (number << 8) | i32::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_as_they_are_written() {
        for size in [0, 1, 127, 128, 255, 256, 70_000] {
            let whole = element(OCTETS, &vec![7; size]);
            let mut reader = Reader(&whole);
            assert_eq!(reader.next().map(|(tag, content)| (tag, content.len())), Some((OCTETS, size)));
            assert_eq!(reader.next(), None);
            assert_eq!(Reader(&whole[..whole.len() - 1]).next(), None, "{size} cut");
        }
        assert_eq!(element(OCTETS, &[1; 200])[..3], [OCTETS, 0x81, 200]);
        for (value, bytes) in [
            (0, &[0][..]),
            (127, &[127]),
            (128, &[0, 128]),
            (-1, &[255]),
            (-129, &[255, 127]),
            (i32::MAX, &[127, 255, 255, 255]),
            (i32::MIN, &[128, 0, 0, 0]),
        ] {
            let whole = integer(INTEGER, value);
            assert_eq!(&whole[2..], bytes, "{value}");
            assert_eq!(Reader(&whole).number(INTEGER), Some(value));
        }
        // Lengths without end, of too many bytes, and beyond the bytes that came.
        for wrong in [&[OCTETS, 0x80, 0, 0][..], &[OCTETS, 0x85, 0, 0, 0, 0, 1, 9], &[OCTETS, 0x84, 255, 255, 255, 255]]
        {
            assert_eq!(Reader(wrong).next(), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn noise_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            let mut reader = Reader(&bytes);
            while let Some((_, content)) = reader.next() {
                let _ = (Reader(content).text(), Reader(content).number(INTEGER));
            }
        }
    }
}
