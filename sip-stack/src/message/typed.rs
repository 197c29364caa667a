//! Typed views of [`Headers`]: each getter reads its own header and nothing else.

use std::fmt;

use super::header_name::HeaderName;
use super::headers::Headers;
use super::method::Method;
use super::name_addr::NameAddr;
use super::param::Params;
use super::scan;
use super::value::{HeaderError, ValueError};
use super::via::Via;

/// A list of more elements than this is refused.
pub const MAX_LIST: usize = 128;

/// CSeq (RFC 3261 §20.16).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CSeq {
    /// Number, below 2^31 (§8.1.1.5).
    pub number: u32,
    /// Method.
    pub method: Method,
}

impl CSeq {
    /// Reads `number method`.
    ///
    /// # Errors
    /// [`ValueError::Number`] from 2^31 on, [`ValueError::Token`] for the method.
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        let bytes = scan::trim(bytes);
        let end = bytes.iter().position(|b| scan::is_lws(*b)).ok_or(ValueError::Token)?;
        let number = scan::decimal(&bytes[..end]).filter(|n| *n < 1 << 31).ok_or(ValueError::Number)?;
        let number = u32::try_from(number).map_err(|_| ValueError::Number)?;
        Ok(Self { number, method: Method::parse(scan::trim(&bytes[end..]))? })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// What Contact says: in a REGISTER it may be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contacts {
    /// `Contact: *`.
    Star,
    /// Addresses, in order; may be none.
    Addresses(Vec<NameAddr>),
}

/// A value with parameters: Content-Type, Event, Subscription-State, Reason, Session-Expires …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parametrised {
    /// What stands before the first semicolon; compare without case.
    pub value: String,
    /// Parameters.
    pub params: Params,
}

impl Parametrised {
    /// Reads `value;params`.
    ///
    /// # Errors
    /// [`ValueError`] of the part that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        let end = bytes.iter().position(|b| *b == b';').unwrap_or(bytes.len());
        let value = std::str::from_utf8(scan::trim(&bytes[..end])).map_err(|_| ValueError::Encoding)?;
        if value.is_empty() {
            return Err(ValueError::Empty);
        }
        Ok(Self { value: value.to_owned(), params: Params::parse(&bytes[end..])? })
    }

    /// Whether the value is `other`, case aside.
    pub fn is(&self, other: &str) -> bool {
        self.value.eq_ignore_ascii_case(other)
    }
}

/// Reason (RFC 3326): why a request was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// `SIP`, `Q.850` …
    pub protocol: String,
    /// Cause, in the protocol's own numbers.
    pub cause: Option<u16>,
    /// Text for the eye; untrusted.
    pub text: Option<String>,
}

type One<T> = Result<T, HeaderError>;
type Perhaps<T> = Result<Option<T>, HeaderError>;

impl Headers {
    /// The topmost Via.
    ///
    /// # Errors
    /// Missing or malformed; a bad Via below the first is no concern of it.
    pub fn top_via(&self) -> One<Via> {
        let raw = self.required(&HeaderName::Via)?;
        scan::list(raw).next().map_or(Err(ValueError::Empty), Via::parse).map_err(malformed(&HeaderName::Via))
    }

    /// All Vias, topmost first.
    ///
    /// # Errors
    /// Any of them malformed, or more than [`MAX_LIST`].
    pub fn vias(&self) -> One<Vec<Via>> {
        self.elements(&HeaderName::Via, Via::parse)
    }

    /// From.
    ///
    /// # Errors
    /// Missing, repeated or malformed.
    pub fn from(&self) -> One<NameAddr> {
        self.single(&HeaderName::From, NameAddr::parse)
    }

    /// To.
    ///
    /// # Errors
    /// Missing, repeated or malformed.
    pub fn to(&self) -> One<NameAddr> {
        self.single(&HeaderName::To, NameAddr::parse)
    }

    /// Call-ID.
    ///
    /// # Errors
    /// Missing, repeated, empty or not UTF-8.
    pub fn call_id(&self) -> One<&str> {
        let name = &HeaderName::CallId;
        let raw = self.once(name)?.ok_or_else(|| HeaderError::Missing(name.clone()))?;
        match std::str::from_utf8(raw) {
            Ok("") => Err(HeaderError::Malformed(name.clone(), ValueError::Empty)),
            Ok(text) => Ok(text),
            Err(_) => Err(HeaderError::Malformed(name.clone(), ValueError::Encoding)),
        }
    }

    /// CSeq.
    ///
    /// # Errors
    /// Missing, repeated or malformed.
    pub fn cseq(&self) -> One<CSeq> {
        self.single(&HeaderName::CSeq, CSeq::parse)
    }

    /// Max-Forwards, 0 to 255.
    ///
    /// # Errors
    /// Repeated, or not such a number.
    pub fn max_forwards(&self) -> Perhaps<u8> {
        let parse = |b: &[u8]| scan::decimal(b).and_then(|n| u8::try_from(n).ok()).ok_or(ValueError::Number);
        self.optional(&HeaderName::MaxForwards, parse)
    }

    /// Content-Length in bytes. Equal repetitions are one.
    ///
    /// # Errors
    /// Not a number, or two different ones.
    pub fn content_length(&self) -> Perhaps<usize> {
        let name = &HeaderName::ContentLength;
        let mut length = None;
        for raw in self.all(name) {
            let one = scan::decimal(raw).and_then(|n| usize::try_from(n).ok());
            let one = one.ok_or_else(|| HeaderError::Malformed(name.clone(), ValueError::Number))?;
            if length.is_some_and(|length| length != one) {
                return Err(HeaderError::Repeated(name.clone()));
            }
            length = Some(one);
        }
        Ok(length)
    }

    /// Content-Type.
    ///
    /// # Errors
    /// Repeated or malformed.
    pub fn content_type(&self) -> Perhaps<Parametrised> {
        self.optional(&HeaderName::ContentType, |bytes| {
            let value = Parametrised::parse(bytes)?;
            let clean: String = value.value.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            Ok(Parametrised { value: clean, ..value })
        })
    }

    /// Expires in seconds; larger than 2^32-1 saturates.
    ///
    /// # Errors
    /// Repeated, or not a number.
    pub fn expires(&self) -> Perhaps<u32> {
        self.seconds(&HeaderName::Expires)
    }

    /// Min-Expires in seconds.
    ///
    /// # Errors
    /// Repeated, or not a number.
    pub fn min_expires(&self) -> Perhaps<u32> {
        self.seconds(&HeaderName::MinExpires)
    }

    /// Retry-After in seconds, its comment and parameters left aside.
    ///
    /// # Errors
    /// Repeated, or not a number.
    pub fn retry_after(&self) -> Perhaps<u32> {
        self.optional(&HeaderName::RetryAfter, |bytes| {
            let end = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
            seconds(&bytes[..end])
        })
    }

    /// Contact.
    ///
    /// # Errors
    /// Malformed, `*` beside addresses, or too many.
    pub fn contacts(&self) -> One<Contacts> {
        let name = &HeaderName::Contact;
        let star = |raw: &bytes::Bytes| scan::trim(raw) == b"*";
        if self.all(name).any(star) {
            return match self.count(name) {
                1 => Ok(Contacts::Star),
                _ => Err(HeaderError::Repeated(name.clone())),
            };
        }
        self.addresses(name).map(Contacts::Addresses)
    }

    /// The first address of Contact; none for `*` or no Contact at all.
    ///
    /// # Errors
    /// As [`Headers::contacts`].
    pub fn contact(&self) -> Perhaps<NameAddr> {
        Ok(match self.contacts()? {
            Contacts::Star => None,
            Contacts::Addresses(addresses) => addresses.into_iter().next(),
        })
    }

    /// All addresses of a list header such as Route, Record-Route, Path, Service-Route, P-Asserted-Identity or Diversion.
    ///
    /// # Errors
    /// Any of them malformed, or more than [`MAX_LIST`].
    pub fn addresses(&self, name: &HeaderName) -> One<Vec<NameAddr>> {
        self.elements(name, NameAddr::parse)
    }

    /// All tokens of a list header such as Supported, Require or Allow; empty elements are left out.
    ///
    /// # Errors
    /// An element is no token, or there are more than [`MAX_LIST`].
    pub fn tokens(&self, name: &HeaderName) -> One<Vec<String>> {
        let mut tokens = Vec::new();
        for element in self.all(name).flat_map(|raw| scan::list(raw)).filter(|e| !e.is_empty()) {
            let token = scan::is_token(element).then(|| scan::escaped_text(element)).ok_or(ValueError::Token);
            tokens.push(token.map_err(malformed(name))?);
            if tokens.len() > MAX_LIST {
                return Err(HeaderError::Malformed(name.clone(), ValueError::TooMany));
            }
        }
        Ok(tokens)
    }

    /// Whether the option tag stands in a list header such as Supported or Require. A malformed header supports nothing.
    pub fn has_token(&self, name: &HeaderName, token: &str) -> bool {
        self.all(name).flat_map(|raw| scan::list(raw)).any(|e| e.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// A header of the form `value;params`, such as Event, Session-Expires or Subscription-State.
    ///
    /// # Errors
    /// Repeated or malformed.
    pub fn parametrised(&self, name: &HeaderName) -> Perhaps<Parametrised> {
        self.optional(name, Parametrised::parse)
    }

    /// All reasons that can be read; the header is advice, so a malformed one is left out.
    pub fn reasons(&self) -> Vec<Reason> {
        let values = self.all(&HeaderName::Reason).flat_map(|raw| scan::list(raw)).take(MAX_LIST);
        let read = |element: &[u8]| {
            let Parametrised { value, params } = Parametrised::parse(element).ok()?;
            let cause = params.get("cause").and_then(|c| c.parse().ok());
            let text = params.get_unquoted("text").map(std::borrow::Cow::into_owned);
            Some(Reason { protocol: value, cause, text })
        };
        values.filter_map(read).collect()
    }

    fn seconds(&self, name: &HeaderName) -> Perhaps<u32> {
        self.optional(name, seconds)
    }

    fn required<'a>(&'a self, name: &'a HeaderName) -> One<&'a bytes::Bytes> {
        self.get(name).ok_or_else(|| HeaderError::Missing(name.clone()))
    }

    fn once<'a>(&'a self, name: &'a HeaderName) -> Perhaps<&'a bytes::Bytes> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(HeaderError::Repeated(name.clone())),
            (first, None) => Ok(first),
        }
    }

    fn optional<T>(&self, name: &HeaderName, parse: impl Fn(&[u8]) -> Result<T, ValueError>) -> Perhaps<T> {
        self.once(name)?.map(|raw| parse(raw)).transpose().map_err(malformed(name))
    }

    fn single<T>(&self, name: &HeaderName, parse: impl Fn(&[u8]) -> Result<T, ValueError>) -> One<T> {
        self.optional(name, parse)?.ok_or_else(|| HeaderError::Missing(name.clone()))
    }

    fn elements<T>(&self, name: &HeaderName, parse: impl Fn(&[u8]) -> Result<T, ValueError>) -> One<Vec<T>> {
        let mut all = Vec::new();
        for element in self.all(name).flat_map(|raw| scan::list(raw)) {
            if all.len() == MAX_LIST {
                return Err(HeaderError::Malformed(name.clone(), ValueError::TooMany));
            }
            all.push(parse(element).map_err(malformed(name))?);
        }
        Ok(all)
    }
}

fn malformed(name: &HeaderName) -> impl Fn(ValueError) -> HeaderError + '_ {
    |error| HeaderError::Malformed(name.clone(), error)
}

fn seconds(bytes: &[u8]) -> Result<u32, ValueError> {
    let number = scan::decimal(bytes).ok_or(ValueError::Number)?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
#[path = "typed_tests.rs"]
mod tests;
