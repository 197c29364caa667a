//! The ordered list of headers: raw bytes are kept, typed values are read when asked for, so that one bad header never
//! costs another.

use bytes::Bytes;

use super::header_name::HeaderName;

/// One header: name and raw value (unfolded, white space trimmed at both ends).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    name: HeaderName,
    value: Bytes,
}

impl Header {
    /// A header whose value can never end the line: CR, LF and what surrounds a fold become one space.
    pub fn new(name: impl Into<HeaderName>, value: impl Into<Bytes>) -> Self {
        Self { name: name.into(), value: unfold(value.into()) }
    }

    /// A header as the parser cuts it; only folds are left to resolve.
    pub(crate) fn read(name: HeaderName, value: Bytes) -> Self {
        Self { name, value: unfold(value) }
    }

    /// Its name.
    pub fn name(&self) -> &HeaderName {
        &self.name
    }

    /// Its value as bytes; may be anything but CR and LF.
    pub fn value(&self) -> &Bytes {
        &self.value
    }

    /// Its value as text, bad UTF-8 replaced: for the eye and for logs, not for protocol decisions.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }
}

/// RFC 3261 §7.3.1: a fold is equal to one space.
fn unfold(value: Bytes) -> Bytes {
    let next_break = |bytes: &[u8]| memchr::memchr2(b'\r', b'\n', bytes);
    let trimmed = super::scan::trim(&value);
    if next_break(trimmed).is_none() {
        return if trimmed.len() == value.len() { value } else { value.slice_ref(trimmed) };
    }
    let mut out = Vec::with_capacity(trimmed.len());
    let mut bytes = trimmed;
    while let Some(at) = next_break(bytes) {
        out.extend_from_slice(super::scan::trim_end(&bytes[..at]));
        out.push(b' ');
        bytes = super::scan::trim(&bytes[at..]);
    }
    out.extend_from_slice(bytes);
    out.into()
}

/// Headers in the order they came or were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// No headers.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// Adds at the end.
    pub fn push(&mut self, name: impl Into<HeaderName>, value: impl Into<Bytes>) {
        self.0.push(Header::new(name, value));
    }

    /// Adds before all others, as a Via of our own needs.
    pub fn push_front(&mut self, name: impl Into<HeaderName>, value: impl Into<Bytes>) {
        self.0.insert(0, Header::new(name, value));
    }

    /// Puts `value` in the place of the first header of this name and takes the others of it away; adds it if there was none.
    pub fn set(&mut self, name: impl Into<HeaderName>, value: impl Into<Bytes>) {
        let header = Header::new(name, value);
        match self.0.iter().position(|h| h.name == header.name) {
            Some(at) => {
                let mut index = 0;
                self.0.retain(|h| {
                    index += 1;
                    index <= at + 1 || h.name != header.name
                });
                self.0[at] = header;
            }
            None => self.0.push(header),
        }
    }

    /// Takes all headers of this name away.
    pub fn remove(&mut self, name: &HeaderName) {
        self.0.retain(|h| h.name != *name);
    }

    /// Adds copies of all headers of this name that `from` has, in their order.
    pub fn copy(&mut self, name: &HeaderName, from: &Self) {
        self.0.extend(from.0.iter().filter(|h| h.name == *name).cloned());
    }

    /// Raw value of the first header of this name.
    pub fn get(&self, name: &HeaderName) -> Option<&Bytes> {
        self.0.iter().find(|h| h.name == *name).map(|h| &h.value)
    }

    /// Raw values of all headers of this name, lists not split.
    pub fn all<'a>(&'a self, name: &'a HeaderName) -> impl DoubleEndedIterator<Item = &'a Bytes> {
        self.0.iter().filter(move |h| h.name == *name).map(|h| &h.value)
    }

    /// How many headers of this name there are, lists not split.
    pub fn count(&self, name: &HeaderName) -> usize {
        self.all(name).count()
    }

    /// Whether there is one of this name.
    pub fn has(&self, name: &HeaderName) -> bool {
        self.get(name).is_some()
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Header> {
        self.0.iter()
    }

    /// How many in all.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push_header(&mut self, header: Header) {
        self.0.push(header);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_can_never_end_its_line() {
        let header = Header::new("Subject", "a \r\n b\rc\nEvil: x \r\n");
        assert_eq!(header.value().as_ref(), b"a b c Evil: x");
    }

    #[test]
    fn set_replaces_all_of_a_name_in_place() {
        let mut headers = Headers::new();
        for (name, value) in [("To", "1"), ("Z", "2"), ("t", "3"), ("Z", "4")] {
            headers.push(name, value);
        }
        headers.set("TO", "9");
        let got: Vec<_> = headers.iter().map(|h| (h.name().as_str().to_owned(), h.text().into_owned())).collect();
        let want = [("To", "9"), ("Z", "2"), ("Z", "4")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(got, want);
    }
}
