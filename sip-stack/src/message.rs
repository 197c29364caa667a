//! SIP messages: bytes in, bytes out (RFC 3261 §7, §20, §25).
//!
//! ```text
//! bytes ──parse::datagram──► Message ──validate::request──► what a user agent may act on
//!       ──StreamFramer─────►    │
//! bytes ◄───────print──────── ──┘
//! ```
//!
//! A message keeps the raw bytes of every header; typed values are read when asked for. Unknown methods, schemes,
//! transports, headers and parameters are kept. Nothing here panics on network input, and everything is bounded by the
//! limits in [`parse`].

pub mod build;
pub mod framer;
pub mod header_name;
pub mod headers;
pub mod method;
pub mod name_addr;
pub mod param;
pub mod parse;
pub mod print;
#[cfg(any(test, feature = "rsip"))]
mod rsip;
mod scan;
pub mod status;
pub mod typed;
pub mod uri;
pub mod validate;
pub mod value;
pub mod via;

use bytes::Bytes;

pub use framer::StreamFramer;
pub use header_name::HeaderName;
pub use headers::{Header, Headers};
pub use method::Method;
pub use name_addr::NameAddr;
pub use param::{Param, Params};
pub use parse::{ParseError, ParseErrorKind};
pub(crate) use scan::percent_decode;
pub use status::StatusCode;
pub use typed::{CSeq, Contacts, Parametrised, Reason};
pub use uri::{Host, Scheme, SipUri, Uri};
pub use value::{HeaderError, ValueError};
pub use via::{Via, ViaTransport};

pub(crate) use scan::{is_token, list, quote, split_once, trim, unquote};

/// A request or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// `METHOD uri SIP/2.0`.
    Request(Request),
    /// `SIP/2.0 code reason`.
    Response(Response),
}

/// A request. Content-Length is not among what the caller sets: printing writes the true one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Request-URI.
    pub uri: Uri,
    /// Headers, in order.
    pub headers: Headers,
    /// Body, as long as Content-Length said.
    pub body: Bytes,
}

/// A response. Content-Length as in [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: StatusCode,
    /// Reason phrase as it came, bad UTF-8 replaced; untrusted text.
    pub reason: String,
    /// Headers, in order.
    pub headers: Headers,
    /// Body, as long as Content-Length said.
    pub body: Bytes,
}

impl Message {
    /// The headers of either.
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }

    /// The body of either.
    pub fn body(&self) -> &Bytes {
        match self {
            Self::Request(request) => &request.body,
            Self::Response(response) => &response.body,
        }
    }

    /// As bytes for the wire.
    pub fn print(&self) -> Bytes {
        match self {
            Self::Request(request) => request.print(),
            Self::Response(response) => response.print(),
        }
    }
}

impl From<Request> for Message {
    fn from(request: Request) -> Self {
        Self::Request(request)
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}
