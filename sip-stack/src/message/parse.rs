//! Bytes to [`Message`]: never panics, bounded in size and count, one bad header never costs another.
//!
//! Only the frame is checked here: start line, header lines, length of the body. What the headers say is read when it is
//! asked for, and [`super::validate`] tells what a user agent must refuse.

use bytes::Bytes;

use super::header_name::HeaderName;
use super::headers::{Header, Headers};
use super::method::Method;
use super::scan;
use super::status::StatusCode;
use super::uri::Uri;
use super::value::{HeaderError, ValueError};
use super::{Message, Request, Response, build};

/// No message is larger, body included, in bytes.
pub const MAX_MESSAGE: usize = 65_535;
/// No start line and headers together are larger, in bytes.
pub const MAX_HEAD: usize = 32_768;
/// No message has more header lines.
pub const MAX_HEADERS: usize = 256;

/// A message that could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{kind}")]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// The answer to send, if the bytes were a request that may be answered and has a Via and CSeq: status, Via, From, To
    /// (tagged), Call-ID and CSeq as far as they came.
    pub reply: Option<Box<Response>>,
}

/// What is wrong with the bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseErrorKind {
    /// Nothing but line ends: a keep-alive.
    #[error("no message, only line ends")]
    Empty,
    /// Larger than the limits of this module.
    #[error("message too large")]
    TooLarge,
    /// More header lines than [`MAX_HEADERS`].
    #[error("too many headers")]
    TooManyHeaders,
    /// The empty line after the headers is missing.
    #[error("headers do not end")]
    Truncated,
    /// Neither request line nor status line.
    #[error("malformed start line")]
    StartLine,
    /// The Request-URI is malformed.
    #[error("malformed request-URI: {0}")]
    RequestUri(ValueError),
    /// A SIP version other than 2.0.
    #[error("SIP version not supported")]
    Version,
    /// Status code outside 100 to 699.
    #[error("status code out of range")]
    StatusCode,
    /// A header line without name or colon.
    #[error("malformed header line")]
    HeaderLine,
    /// Content-Length is no number, stands twice with different values, is missing on a stream, or says more than came.
    #[error("content length: {0}")]
    ContentLength(LengthError),
}

/// What is wrong with Content-Length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// Not a number.
    #[error("not a number")]
    Malformed,
    /// Two different ones.
    #[error("two different values")]
    Conflict,
    /// More than the datagram holds.
    #[error("longer than the datagram")]
    Beyond,
    /// None, on a stream (RFC 3261 §18.3).
    #[error("missing on a stream")]
    Missing,
}

impl ParseErrorKind {
    /// The status that answers a request with this fault.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Version => StatusCode::VERSION_NOT_SUPPORTED,
            Self::TooLarge | Self::TooManyHeaders => StatusCode::MESSAGE_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads one datagram. Without Content-Length the body is the rest of it; bytes beyond Content-Length are dropped (RFC 3261 §18.3).
///
/// # Errors
/// [`ParseError`], with the answer to send where there is one.
pub fn datagram(bytes: &[u8]) -> Result<Message, ParseError> {
    let bytes = skip_line_ends(bytes);
    if bytes.is_empty() {
        return Err(ParseError { kind: ParseErrorKind::Empty, reply: None });
    }
    if bytes.len() > MAX_MESSAGE {
        return Err(ParseError { kind: ParseErrorKind::TooLarge, reply: None });
    }
    let buffer = Bytes::copy_from_slice(bytes);
    let head = Head::read(&buffer);
    let body = buffer.slice(head.len..);
    let length = head.content_length();
    head.finish(length.and_then(|length| match length {
        Some(length) if length > body.len() => Err(LengthError::Beyond),
        Some(length) => Ok(body.slice(..length)),
        None => Ok(body),
    }))
}

/// Whether the bytes are only line ends, as keep-alives are (RFC 5626 §3.5.1).
pub fn is_keep_alive(bytes: &[u8]) -> bool {
    skip_line_ends(bytes).is_empty()
}

/// RFC 3261 §7.5: line ends before the start line are ignored.
pub(super) fn skip_line_ends(mut bytes: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// Start line and headers, read as far as they can be read; the first fault is kept.
pub(super) struct Head {
    start: Option<StartLine>,
    /// The method as far as the request line shows one, for the answer.
    may_answer: bool,
    headers: Headers,
    fault: Option<ParseErrorKind>,
    /// Bytes up to and including the empty line.
    pub(super) len: usize,
}

enum StartLine {
    Request(Method, Uri),
    Response(StatusCode, String),
}

impl Head {
    /// Reads all lines up to the empty one.
    pub(super) fn read(buffer: &Bytes) -> Self {
        let mut lines = Lines { bytes: buffer, at: 0 };
        let start_line = lines.next_line().unwrap_or(&[]);
        let (start, may_answer, mut fault) = match StartLine::parse(start_line) {
            Ok(start) => {
                let may_answer = matches!(&start, StartLine::Request(method, _) if *method != Method::Ack);
                (Some(start), may_answer, None)
            }
            Err(kind) => (None, looks_like_request(start_line), Some(kind)),
        };
        let mut headers = Headers::with_capacity(16);
        let mut ended = false;
        while let Some(line) = lines.next_header() {
            if line.is_empty() {
                ended = true;
                break;
            }
            if headers.len() == MAX_HEADERS || lines.at > MAX_HEAD {
                fault = Some(ParseErrorKind::TooManyHeaders).filter(|_| headers.len() == MAX_HEADERS);
                fault = fault.or(Some(ParseErrorKind::TooLarge));
                return Self { start: None, may_answer, headers, fault, len: buffer.len() };
            }
            match read_header(buffer, line) {
                Some(header) => headers.push_header(header),
                None => fault = fault.or(Some(ParseErrorKind::HeaderLine)),
            }
        }
        if !ended {
            fault = fault.or(Some(ParseErrorKind::Truncated));
        }
        Self { start, may_answer, headers, fault, len: lines.at }
    }

    /// Content-Length, if there is one.
    pub(super) fn content_length(&self) -> Result<Option<usize>, LengthError> {
        self.headers.content_length().map_err(|error| match error {
            HeaderError::Repeated(_) => LengthError::Conflict,
            _ => LengthError::Malformed,
        })
    }

    /// The message, or the first fault with its answer.
    pub(super) fn finish(self, body: Result<Bytes, LengthError>) -> Result<Message, ParseError> {
        let kind = match (self.fault, self.start, body) {
            (None, Some(StartLine::Request(method, uri)), Ok(body)) => {
                return Ok(Message::Request(Request { method, uri, headers: self.headers, body }));
            }
            (None, Some(StartLine::Response(status, reason)), Ok(body)) => {
                return Ok(Message::Response(Response { status, reason, headers: self.headers, body }));
            }
            (Some(fault), _, _) => fault,
            (None, None, _) => ParseErrorKind::StartLine,
            (None, Some(_), Err(length)) => ParseErrorKind::ContentLength(length),
        };
        let reply = if self.may_answer { reply(&self.headers, kind.status()) } else { None };
        Err(ParseError { kind, reply: reply.map(Box::new) })
    }

    /// The fault of a stream whose end of message cannot be known.
    pub(super) fn fail(self, kind: ParseErrorKind) -> ParseError {
        let reply = if self.may_answer { reply(&self.headers, kind.status()) } else { None };
        ParseError { kind, reply: reply.map(Box::new) }
    }

    /// The first fault of start line and headers.
    pub(super) fn fault(&self) -> Option<&ParseErrorKind> {
        self.fault.as_ref()
    }
}

/// The answer that can be made of what came.
fn reply(headers: &Headers, status: StatusCode) -> Option<Response> {
    if !headers.has(&HeaderName::Via) || !headers.has(&HeaderName::CSeq) {
        return None;
    }
    let mut response = Response::new(status);
    for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq] {
        response.headers.copy(&name, headers);
    }
    let tag = stateless_tag(&response.headers);
    build::add_to_tag(&mut response.headers, &tag);
    Some(response)
}

/// A To tag that is the same for every copy of a request (RFC 3261 §8.2.7): FNV-1a over what is sent back.
pub(crate) fn stateless_tag(headers: &Headers) -> String {
    let bytes = headers.iter().flat_map(|h| h.value().iter());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}

struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    /// The next line without its end; none if no line end follows. A bare LF ends a line too, as some gateways send it.
    fn next_line(&mut self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let end = memchr::memchr(b'\n', rest)?;
        self.at += end + 1;
        let line = &rest[..end];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// The next header line with its folds (RFC 3261 §7.3.1); empty at the end of the headers.
    fn next_header(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        let mut line = self.next_line()?;
        while !line.is_empty() && matches!(self.bytes.get(self.at), Some(b' ' | b'\t')) {
            let Some(fold) = self.next_line() else { break };
            let end = fold.as_ptr() as usize - self.bytes.as_ptr() as usize + fold.len();
            line = &self.bytes[start..end];
        }
        Some(line)
    }
}

fn read_header(buffer: &Bytes, line: &[u8]) -> Option<Header> {
    let (name, value) = scan::split_once(line, b':')?;
    let name = scan::trim_end(name);
    if !scan::is_token(name) {
        return None;
    }
    // A token is ASCII, so this cannot fail.
    let name = HeaderName::from_token(std::str::from_utf8(name).ok()?);
    Some(Header::read(name, buffer.slice_ref(scan::trim(value))))
}

fn looks_like_request(line: &[u8]) -> bool {
    !line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) && !line.starts_with(b"ACK ")
}

impl StartLine {
    fn parse(line: &[u8]) -> Result<Self, ParseErrorKind> {
        let (first, rest) = scan::split_once(line, b' ').ok_or(ParseErrorKind::StartLine)?;
        if first.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
            check_version(first)?;
            return Self::status_line(rest);
        }
        // RFC 3261 §7.1: exactly one space between the three parts, none elsewhere.
        let end = rest.iter().rposition(|b| *b == b' ').ok_or(ParseErrorKind::StartLine)?;
        let (uri, version) = (&rest[..end], &rest[end + 1..]);
        let method = Method::parse(first).map_err(|_| ParseErrorKind::StartLine)?;
        check_version(version)?;
        if uri.is_empty() || uri.contains(&b' ') {
            return Err(ParseErrorKind::StartLine);
        }
        match Uri::parse(uri).map_err(ParseErrorKind::RequestUri)? {
            // RFC 3261 §19.1.1, table 1: a Request-URI has no headers; to obey them would let a link add a Route.
            Uri::Sip(uri) if uri.headers.is_some() => Err(ParseErrorKind::RequestUri(ValueError::Uri)),
            uri => Ok(Self::Request(method, uri)),
        }
    }

    fn status_line(rest: &[u8]) -> Result<Self, ParseErrorKind> {
        // The space before an empty reason phrase is forgiven when it is missing.
        let (code, reason) = scan::split_once(rest, b' ').unwrap_or((rest, b""));
        let code = scan::decimal(code).ok_or(ParseErrorKind::StartLine)?;
        let status = u16::try_from(code).ok().and_then(StatusCode::new).ok_or(ParseErrorKind::StatusCode)?;
        Ok(Self::Response(status, String::from_utf8_lossy(reason).into_owned()))
    }
}

fn check_version(version: &[u8]) -> Result<(), ParseErrorKind> {
    if version.eq_ignore_ascii_case(b"SIP/2.0") {
        return Ok(());
    }
    let digits = |b: &[u8]| scan::decimal(b).is_some();
    let other = version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
        && scan::split_once(&version[4..], b'.').is_some_and(|(major, minor)| digits(major) && digits(minor));
    Err(if other { ParseErrorKind::Version } else { ParseErrorKind::StartLine })
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
