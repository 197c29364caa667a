//! Messages of LDAP (RFC 4511 §4): the four that are sent, and what is read of the answers.
//!
//! Filters are written as the protocol has them, not as text: no value can end where it should not.

use super::ber::{BOOLEAN, ENUMERATED, INTEGER, OCTETS, Reader, SEQUENCE, SET, element, integer, nested};

const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

const BIND: u8 = 0x60;
const UNBIND: u8 = 0x42;
const SEARCH: u8 = 0x63;
const EXTENDED: u8 = 0x77;
const BOUND: u8 = 0x61;
const ENTRY: u8 = 0x64;
const DONE: u8 = 0x65;
const REFERENCE: u8 = 0x73;
const EXTENDED_ANSWER: u8 = 0x78;

/// What a search asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// All of these.
    And(Vec<Filter>),
    /// One of these. An attribute that the server does not know is not one.
    Or(Vec<Filter>),
    /// The attribute has these parts, in this order.
    Has(&'static str, Vec<String>),
    /// The attribute is there.
    Present(&'static str),
}

impl Filter {
    fn written(&self) -> Vec<u8> {
        let all = |filters: &[Self]| filters.iter().flat_map(Self::written).collect::<Vec<u8>>();
        match self {
            Self::And(filters) => element(0xa0, &all(filters)),
            Self::Or(filters) => element(0xa1, &all(filters)),
            Self::Has(name, parts) => {
                let parts: Vec<Vec<u8>> = parts.iter().map(|part| element(0x81, part.as_bytes())).collect();
                nested(0xa4, &[element(OCTETS, name.as_bytes()), nested(SEQUENCE, &parts)])
            }
            Self::Present(name) => element(0x87, name.as_bytes()),
        }
    }
}

/// How far below its base a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The base itself.
    Base,
    /// All that is below it.
    Below,
}

/// A search.
#[derive(Clone, Debug)]
pub(super) struct Search<'a> {
    pub base: &'a str,
    pub scope: Scope,
    /// The most entries; the server keeps to it, and so do we.
    pub entries: u16,
    /// The most seconds that the server looks.
    pub seconds: u8,
    pub filter: Filter,
    pub attributes: &'a [&'a str],
}

/// What is sent.
pub(super) enum Request<'a> {
    /// Version 3, simple.
    Bind {
        user: &'a str,
        password: &'a str,
    },
    StartTls,
    Search(&'a Search<'a>),
    Unbind,
}

/// The message with this number.
pub(super) fn message(number: i32, request: &Request<'_>) -> Vec<u8> {
    let operation = match request {
        Request::Bind { user, password } => {
            let parts = [integer(INTEGER, 3), element(OCTETS, user.as_bytes()), element(0x80, password.as_bytes())];
            nested(BIND, &parts)
        }
        Request::StartTls => nested(EXTENDED, &[element(0x80, START_TLS)]),
        Request::Unbind => element(UNBIND, &[]),
        Request::Search(search) => {
            let scope = if search.scope == Scope::Base { 0 } else { 2 };
            let names: Vec<Vec<u8>> = search.attributes.iter().map(|name| element(OCTETS, name.as_bytes())).collect();
            let parts = [
                element(OCTETS, search.base.as_bytes()),
                integer(ENUMERATED, scope),
                // Aliases are not followed.
                integer(ENUMERATED, 0),
                integer(INTEGER, i32::from(search.entries)),
                integer(INTEGER, i32::from(search.seconds)),
                element(BOOLEAN, &[0]),
                search.filter.written(),
                nested(SEQUENCE, &names),
            ];
            nested(SEARCH, &parts)
        }
    };
    nested(SEQUENCE, &[integer(INTEGER, number), operation])
}

/// An entry: its name, and values by attribute as far as they are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub name: String,
    pub values: Vec<(String, String)>,
}

impl Entry {
    /// All values of an attribute.
    pub fn all<'a>(&'a self, attribute: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(name, _)| is(name, attribute)).map(|(_, value)| value.as_str())
    }

    /// The first value of the first of these attributes that has one.
    pub fn first(&self, attributes: &[&str]) -> Option<&str> {
        let of = |attribute: &&str| {
            let mut values =
                self.values.iter().filter(|(name, _)| is(name, attribute)).map(|(_, value)| value.as_str());
            values.find(|value| !value.trim().is_empty())
        };
        attributes.iter().find_map(of)
    }

    fn read(content: &[u8]) -> Option<Self> {
        let mut reader = Reader(content);
        let name = reader.text()?.to_owned();
        let (mut attributes, mut values) = (Reader(reader.take(SEQUENCE)?), Vec::new());
        while let Some(attribute) = attributes.take(SEQUENCE) {
            let mut attribute = Reader(attribute);
            let name = attribute.text()?;
            let mut set = Reader(attribute.take(SET)?);
            while let Some(value) = set.take(OCTETS) {
                values.extend(std::str::from_utf8(value).ok().map(|value| (name.to_owned(), value.to_owned())));
            }
        }
        Some(Self { name, values })
    }
}

/// Options of an attribute (`;lang-es`) do not matter.
fn is(name: &str, attribute: &str) -> bool {
    name.split(';').next().is_some_and(|name| name.eq_ignore_ascii_case(attribute))
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// RFC 4511 appendix A.
    pub code: i32,
    /// The server's words.
    pub words: String,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Entry(Entry),
    /// Somebody else may know more; nobody asks there, who could be anybody.
    Reference,
    Done(Outcome),
}

/// The content of a message: its number and what it says; none for what is no answer.
pub(super) fn read(content: &[u8]) -> Option<(i32, Answer)> {
    let mut reader = Reader(content);
    let number = reader.number(INTEGER)?;
    let (tag, content) = reader.next()?;
    let answer = match tag {
        ENTRY => Answer::Entry(Entry::read(content)?),
        REFERENCE => Answer::Reference,
        BOUND | DONE | EXTENDED_ANSWER => {
            let mut parts = Reader(content);
            let code = parts.number(ENUMERATED)?;
            parts.take(OCTETS)?;
            let words = String::from_utf8_lossy(parts.take(OCTETS)?).into_owned();
            Answer::Done(Outcome { code, words })
        }
        _ => return None,
    };
    Some((number, answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_a_value() {
        let filter = Filter::Or(vec![Filter::Has("cn", vec!["*)(uid=\0".into()]), Filter::Present("mobile")]);
        let expected = b"\xa1\x1a\xa4\x10\x04\x02cn\x30\x0a\x81\x08*)(uid=\0\x87\x06mobile";
        assert_eq!(filter.written(), expected);
    }

    #[test]
    fn answers_are_read() {
        let value = |text: &str| element(OCTETS, text.as_bytes());
        let attribute = |name: &str, values: &[&str]| {
            let values: Vec<Vec<u8>> = values.iter().map(|one| value(one)).collect();
            nested(SEQUENCE, &[value(name), nested(SET, &values)])
        };
        let attributes =
            nested(SEQUENCE, &[attribute("CN;lang-es", &["Ana"]), attribute("telephoneNumber", &["1", "2"])]);
        let content = [integer(INTEGER, 7), nested(ENTRY, &[value("cn=ana"), attributes])].concat();
        let Some((7, Answer::Entry(entry))) = read(&content) else { panic!("an entry is meant") };
        assert_eq!((entry.first(&["displayName", "cn"]), entry.all("telephonenumber").count()), (Some("Ana"), 2));
        for end in 0..content.len() {
            assert!(!matches!(read(&content[..end]), Some((_, Answer::Entry(one))) if one == entry), "cut at {end}");
        }
        let done = nested(BOUND, &[integer(ENUMERATED, 49), value(""), value("data 52e")]);
        let told = read(&[integer(INTEGER, 1), done].concat());
        assert_eq!(told, Some((1, Answer::Done(Outcome { code: 49, words: "data 52e".into() }))));
    }

    proptest::proptest! {
        #[test]
        fn noise_never_panics(tag in proptest::sample::select(vec![ENTRY, DONE, BOUND, 0x30]), bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            let _ = read(&bytes);
            let _ = read(&[integer(INTEGER, 1), element(tag, &bytes)].concat());
        }
    }
}
