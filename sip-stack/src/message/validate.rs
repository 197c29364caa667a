//! What a user agent checks before it acts on a message (RFC 3261 §8.1.3.3, §8.2): the level above mere reading.

use super::header_name::HeaderName;
use super::method::Method;
use super::parse::stateless_tag;
use super::status::StatusCode;
use super::value::HeaderError;
use super::{Request, Response, Uri};

/// Why a request is refused, and with what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// 400: a header that every request needs is missing, repeated or malformed.
    #[error("{0}")]
    Header(#[from] HeaderError),
    /// 400: CSeq names another method (RFC 3261 §8.1.1.5).
    #[error("CSeq does not match the method")]
    CSeqMethod,
    /// 405.
    #[error("method not allowed")]
    Method,
    /// 406: nothing of what is acceptable to the caller can be made here.
    #[error("no acceptable body type")]
    NotAcceptable,
    /// 415.
    #[error("body type not supported")]
    MediaType,
    /// 416.
    #[error("request-URI scheme not supported")]
    Scheme,
    /// 420, with the options that are not supported.
    #[error("extension required that is not supported")]
    Extension(Vec<String>),
}

/// What the user agent can do, as far as requests are judged by it.
#[derive(Clone, Debug)]
pub struct Capabilities<'a> {
    /// Methods it takes.
    pub methods: &'a [Method],
    /// Option tags it understands.
    pub extensions: &'a [&'a str],
    /// Body types it reads, such as `application/sdp`; compared without case.
    pub body_types: &'a [&'a str],
}

impl Rejection {
    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Header(_) | Self::CSeqMethod => StatusCode::BAD_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Scheme => StatusCode::UNSUPPORTED_URI_SCHEME,
            Self::Extension(_) => StatusCode::BAD_EXTENSION,
        }
    }

    /// The whole answer, with Allow, Accept or Unsupported where RFC 3261 §8.2 asks for it. An ACK gets none.
    pub fn response(&self, request: &Request, can: &Capabilities<'_>) -> Option<Response> {
        if request.method == Method::Ack {
            return None;
        }
        let tag = stateless_tag(&request.headers);
        let mut response = request.response(self.status(), Some(&tag));
        match self {
            Self::Header(error) => response.reason = format!("Bad Request ({})", error.name()),
            Self::Method => response.headers.push(HeaderName::Allow, join(can.methods.iter().map(Method::as_str))),
            Self::NotAcceptable | Self::MediaType => {
                response.headers.push(HeaderName::Accept, join(can.body_types.iter().copied()));
            }
            Self::Extension(tags) => {
                response.headers.push(HeaderName::Unsupported, join(tags.iter().map(String::as_str)));
            }
            Self::CSeqMethod | Self::Scheme => {}
        }
        Some(response)
    }
}

fn join<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// Headers that every request needs, each once and well-formed; CSeq matches. Max-Forwards may be missing, since RFC 2543
/// had none (RFC 4475 §3.4.1).
///
/// # Errors
/// [`Rejection::Header`] or [`Rejection::CSeqMethod`]: 400.
pub fn form(request: &Request) -> Result<(), Rejection> {
    let headers = &request.headers;
    headers.vias().and_then(|vias| vias.first().map(|_| ()).ok_or(HeaderError::Missing(HeaderName::Via)))?;
    headers.from()?;
    headers.to()?;
    headers.call_id()?;
    headers.max_forwards()?;
    headers.content_type()?;
    headers.contacts()?;
    headers.expires()?;
    headers.addresses(&HeaderName::RecordRoute)?;
    if headers.cseq()?.method != request.method {
        return Err(Rejection::CSeqMethod);
    }
    Ok(())
}

/// All checks of RFC 3261 §8.2.1 to §8.2.3, in its order, after [`form`]. Authentication and the dialog come later.
///
/// # Errors
/// The first [`Rejection`].
pub fn request(request: &Request, can: &Capabilities<'_>) -> Result<(), Rejection> {
    form(request)?;
    let always = matches!(request.method, Method::Ack | Method::Cancel);
    if !always && !can.methods.contains(&request.method) {
        return Err(Rejection::Method);
    }
    if !matches!(request.uri, Uri::Sip(_) | Uri::Tel(_)) {
        return Err(Rejection::Scheme);
    }
    // RFC 3261 §8.2.2.3: Require is not looked at in CANCEL and in the ACK of a failure.
    if !always {
        let required = request.headers.tokens(&HeaderName::Require)?;
        let known = |tag: &String| can.extensions.iter().any(|e| e.eq_ignore_ascii_case(tag));
        let unknown: Vec<_> = required.into_iter().filter(|tag| !known(tag)).collect();
        if !unknown.is_empty() {
            return Err(Rejection::Extension(unknown));
        }
    }
    body(request, can)
}

fn body(request: &Request, can: &Capabilities<'_>) -> Result<(), Rejection> {
    let readable = |media_type: &str| can.body_types.iter().any(|t| t.eq_ignore_ascii_case(media_type));
    if !request.body.is_empty() {
        let kind = request.headers.content_type()?;
        let optional = request.headers.parametrised(&HeaderName::ContentDisposition)?;
        let optional = optional.and_then(|d| d.params.get("handling").map(|h| h.eq_ignore_ascii_case("optional")));
        // RFC 3261 §20.11: handling is "required" unless it says otherwise.
        let known = kind.as_ref().is_none_or(|kind| readable(&kind.value));
        let encoded =
            request.headers.get(&HeaderName::ContentEncoding).is_some_and(|e| !e.eq_ignore_ascii_case(b"identity"));
        if (!known || encoded) && optional != Some(true) {
            return Err(Rejection::MediaType);
        }
    }
    // RFC 3261 §21.4.7: the answer to an INVITE is a session description, so the caller must take one.
    if request.method == Method::Invite && request.headers.has(&HeaderName::Accept) && !accepts_any(request, can) {
        return Err(Rejection::NotAcceptable);
    }
    Ok(())
}

fn accepts_any(request: &Request, can: &Capabilities<'_>) -> bool {
    let ranges = request.headers.all(&HeaderName::Accept).flat_map(|raw| super::list(raw));
    let matches = |range: &[u8]| {
        let end = range.iter().position(|b| *b == b';').unwrap_or(range.len());
        let range: Vec<u8> = range[..end].iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let of_type = |media_type: &&str| {
            let main = media_type.split('/').next().unwrap_or_default();
            range.eq_ignore_ascii_case(media_type.as_bytes())
                || range.eq_ignore_ascii_case(format!("{main}/*").as_bytes())
        };
        range == b"*/*" || can.body_types.iter().any(of_type)
    };
    let mut ranges = ranges.peekable();
    ranges.peek().is_none() || ranges.any(matches)
}

/// Whether a response may be acted on: its own headers can be read, and exactly one Via is left (RFC 3261 §8.1.3.3).
///
/// # Errors
/// The header that is wrong; such a response is dropped.
pub fn response(response: &Response) -> Result<(), HeaderError> {
    let headers = &response.headers;
    match headers.vias()?.len() {
        0 => return Err(HeaderError::Missing(HeaderName::Via)),
        1 => {}
        _ => return Err(HeaderError::Repeated(HeaderName::Via)),
    }
    headers.from()?;
    headers.to()?;
    headers.call_id()?;
    headers.cseq()?;
    Ok(())
}
