//! SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966); every other scheme is kept as it came.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::param::Params;
use super::scan;
use super::value::ValueError;

/// A URI of any scheme.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Uri {
    /// `sip:` or `sips:`.
    Sip(SipUri),
    /// `tel:`, without resolution of what it means.
    Tel(TelUri),
    /// Anything else with a scheme.
    Other(OtherUri),
}

/// `sip` or `sips`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip:`.
    Sip,
    /// `sips:`: every hop is TLS.
    Sips,
}

/// `scheme:user:password@host:port;params?headers`.
///
/// All parts stay as they were written, escapes included, so that printing gives back the bytes that digest and
/// in-dialog requests need.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SipUri {
    /// `sip` or `sips`.
    pub scheme: Scheme,
    /// User part, escaped as it came.
    pub user: Option<String>,
    /// The password nobody should send (RFC 3261 §19.1.1).
    pub password: Option<String>,
    /// Host.
    pub host: Host,
    /// Port, if it is written.
    pub port: Option<u16>,
    /// URI parameters.
    pub params: Params,
    /// What follows `?`, raw.
    pub headers: Option<String>,
}

/// `tel:number;params`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TelUri {
    /// Number as written, with its visual separators.
    pub number: String,
    /// Parameters such as `phone-context` and `ext`.
    pub params: Params,
}

/// A URI of a scheme that this stack does not know.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherUri {
    /// Scheme, as written.
    pub scheme: String,
    /// All after the colon.
    pub opaque: String,
}

/// Host of a URI or Via.
#[derive(Clone, Debug, Eq)]
pub enum Host {
    /// Domain name, as written; compared without case.
    Name(Box<str>),
    /// IPv4 address.
    V4(Ipv4Addr),
    /// IPv6 address; printed in brackets.
    V6(Ipv6Addr),
}

impl Uri {
    /// Reads a URI.
    ///
    /// # Errors
    /// [`ValueError`] naming the part that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        let (scheme, rest) = scan::split_once(bytes, b':').ok_or(ValueError::Scheme)?;
        let scheme_byte = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        if !scheme.first().is_some_and(u8::is_ascii_alphabetic) || !scheme.iter().all(scheme_byte) {
            return Err(ValueError::Scheme);
        }
        if scheme.eq_ignore_ascii_case(b"sip") {
            return SipUri::parse_rest(Scheme::Sip, rest).map(Self::Sip);
        }
        if scheme.eq_ignore_ascii_case(b"sips") {
            return SipUri::parse_rest(Scheme::Sips, rest).map(Self::Sip);
        }
        if rest.is_empty() || !rest.iter().all(is_uri_byte) {
            return Err(ValueError::Uri);
        }
        if scheme.eq_ignore_ascii_case(b"tel") {
            let end = rest.iter().position(|b| *b == b';').unwrap_or(rest.len());
            let number = scan::escaped_text(&rest[..end]);
            return Ok(Self::Tel(TelUri { number, params: Params::parse(&rest[end..])? }));
        }
        Ok(Self::Other(OtherUri { scheme: scan::escaped_text(scheme), opaque: scan::escaped_text(rest) }))
    }

    /// The SIP or SIPS URI in it.
    pub fn as_sip(&self) -> Option<&SipUri> {
        match self {
            Self::Sip(uri) => Some(uri),
            _ => None,
        }
    }

    /// Scheme, as written for unknown ones.
    pub fn scheme(&self) -> &str {
        match self {
            Self::Sip(SipUri { scheme: Scheme::Sip, .. }) => "sip",
            Self::Sip(SipUri { scheme: Scheme::Sips, .. }) => "sips",
            Self::Tel(_) => "tel",
            Self::Other(uri) => &uri.scheme,
        }
    }

    /// User of a SIP URI or number of a tel URI, escapes resolved.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Sip(uri) => uri.user_decoded(),
            Self::Tel(uri) => Some(Cow::Borrowed(&uri.number)),
            Self::Other(_) => None,
        }
    }

    /// Host of a SIP URI.
    pub fn host(&self) -> Option<&Host> {
        self.as_sip().map(|uri| &uri.host)
    }

    /// Whether both name the same resource by RFC 3261 §19.1.4 (SIP) or letter by letter (others).
    pub fn equivalent(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sip(a), Self::Sip(b)) => a.equivalent(b),
            (a, b) => a == b,
        }
    }
}

impl std::str::FromStr for Uri {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text.as_bytes())
    }
}

impl From<SipUri> for Uri {
    fn from(uri: SipUri) -> Self {
        Self::Sip(uri)
    }
}

impl SipUri {
    /// `sip:host` without user and parameters.
    pub fn new(host: Host) -> Self {
        Self { scheme: Scheme::Sip, user: None, password: None, host, port: None, params: Params::new(), headers: None }
    }

    /// With this user, which is escaped where RFC 3261 §25.1 wants it.
    pub fn with_user(mut self, user: &str) -> Self {
        self.user = Some(escape_user(user));
        self
    }

    /// With this port.
    pub fn with_port(mut self, port: Option<u16>) -> Self {
        self.port = port;
        self
    }

    /// With this parameter.
    pub fn with_param(mut self, name: &str, value: Option<&str>) -> Self {
        self.params.set(name, value);
        self
    }

    /// Reads a SIP or SIPS URI.
    ///
    /// # Errors
    /// [`ValueError::Scheme`] for another scheme, else as [`Uri::parse`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        match Uri::parse(bytes)? {
            Uri::Sip(uri) => Ok(uri),
            _ => Err(ValueError::Scheme),
        }
    }

    fn parse_rest(scheme: Scheme, bytes: &[u8]) -> Result<Self, ValueError> {
        // RFC 3261 §25.1: no part of a SIP URI but the separator may hold an unescaped "@". A second one is refused
        // rather than guessed at, since the guess decides whom we call.
        let (userinfo, rest) = match scan::split_once(bytes, b'@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, bytes),
        };
        if rest.contains(&b'@') || !bytes.iter().all(is_uri_byte) {
            return Err(ValueError::Uri);
        }
        let (user, password) = match userinfo.map(|u| scan::split_once(u, b':').unwrap_or((u, &u[u.len()..]))) {
            Some((b"", _)) => return Err(ValueError::Uri),
            Some((user, password)) => {
                let written = userinfo.is_some_and(|u| u.len() > user.len());
                (Some(scan::escaped_text(user)), written.then(|| scan::escaped_text(password)))
            }
            None => (None, None),
        };
        let (rest, headers) = match scan::split_once(rest, b'?') {
            Some((rest, headers)) => (rest, Some(scan::escaped_text(headers))),
            None => (rest, None),
        };
        let end = rest.iter().position(|b| *b == b';').unwrap_or(rest.len());
        let (host, port) = parse_hostport(&rest[..end])?;
        Ok(Self { scheme, user, password, host, port, params: Params::parse(&rest[end..])?, headers })
    }

    /// User with its escapes resolved.
    pub fn user_decoded(&self) -> Option<Cow<'_, str>> {
        self.user.as_deref().map(scan::percent_decode)
    }

    /// `sips:`.
    pub fn is_sips(&self) -> bool {
        self.scheme == Scheme::Sips
    }

    /// `;lr`: the hop is a loose router (RFC 3261 §16.12).
    pub fn is_loose_router(&self) -> bool {
        self.params.has("lr")
    }

    /// `;transport=`, lower or upper as it came.
    pub fn transport(&self) -> Option<&str> {
        self.params.get("transport")
    }

    /// RFC 3261 §19.1.4.
    pub fn equivalent(&self, other: &Self) -> bool {
        // "The URI comparison … user, ttl, method and maddr parameters must match when in either; others only when in both."
        let special =
            |name: &str| ["user", "ttl", "method", "maddr", "transport"].iter().any(|s| name.eq_ignore_ascii_case(s));
        let covers = |a: &Params, b: &Params| {
            a.iter().all(|p| match b.find(&p.name) {
                Some(q) => eq_decoded_ignoring_case(p.value.as_deref(), q.value.as_deref()),
                None => !special(&p.name),
            })
        };
        self.scheme == other.scheme
            && self.user_decoded() == other.user_decoded()
            && self.password == other.password
            && self.host == other.host
            && self.port == other.port
            && covers(&self.params, &other.params)
            && covers(&other.params, &self.params)
            && self.headers_sorted() == other.headers_sorted()
    }

    fn headers_sorted(&self) -> Vec<String> {
        let split = |h: &str| h.split('&').map(|one| scan::percent_decode(one).to_ascii_lowercase()).collect();
        let mut headers: Vec<String> = self.headers.as_deref().map(split).unwrap_or_default();
        headers.sort_unstable();
        headers
    }
}

fn eq_decoded_ignoring_case(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => scan::percent_decode(a).eq_ignore_ascii_case(&scan::percent_decode(b)),
        (None, None) => true,
        _ => false,
    }
}

/// Whatever may stand in a URI at all. Wider than the RFC (`#` and `|` come from real phones), but nothing that could end
/// the URI in a header or a request line.
fn is_uri_byte(byte: &u8) -> bool {
    !byte.is_ascii_control() && !matches!(byte, b' ' | b'<' | b'>' | b'"')
}

/// `user` with all but unreserved and user-unreserved characters escaped.
fn escape_user(user: &str) -> String {
    let mut out = String::with_capacity(user.len());
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// `host`, `host:port`; white space around the colon is the caller's business.
pub(crate) fn parse_hostport(bytes: &[u8]) -> Result<(Host, Option<u16>), ValueError> {
    let end = match bytes.first() {
        Some(b'[') => bytes.iter().position(|b| *b == b']').ok_or(ValueError::Host)? + 1,
        _ => bytes.iter().position(|b| matches!(b, b':' | b' ' | b'\t')).unwrap_or(bytes.len()),
    };
    let (host, rest) = bytes.split_at(end);
    let host = Host::parse(host)?;
    let port = match scan::trim(rest) {
        [] => None,
        [b':', digits @ ..] => {
            let port = scan::decimal(scan::trim(digits)).and_then(|n| u16::try_from(n).ok());
            Some(port.ok_or(ValueError::Port)?)
        }
        _ => return Err(ValueError::Host),
    };
    Ok((host, port))
}

impl Host {
    /// Reads a host: `[v6]`, IPv4 or a name.
    ///
    /// # Errors
    /// [`ValueError::Host`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ValueError::Host)?;
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(ValueError::Host)?;
            return inner.parse().map(Self::V6).map_err(|_| ValueError::Host);
        }
        let name_byte = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        if text.is_empty() || text.len() > 255 || !text.bytes().all(name_byte) {
            return Err(ValueError::Host);
        }
        let may_be_v4 = text.as_bytes()[0].is_ascii_digit();
        Ok(match may_be_v4.then(|| text.parse().ok()).flatten() {
            Some(v4) => Self::V4(v4),
            None => Self::Name(text.into()),
        })
    }

    /// The address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(v4) => Some((*v4).into()),
            Self::V6(v6) => Some((*v6).into()),
        }
    }
}

impl From<IpAddr> for Host {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(v4) => Self::V4(v4),
            IpAddr::V6(v6) => Self::V6(v6),
        }
    }
}

impl std::str::FromStr for Host {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text.as_bytes())
    }
}

impl PartialEq for Host {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => a.eq_ignore_ascii_case(b),
            (Self::V4(a), Self::V4(b)) => a == b,
            (Self::V6(a), Self::V6(b)) => a == b,
            _ => false,
        }
    }
}

impl std::hash::Hash for Host {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Self::Name(name) => name.to_ascii_lowercase().hash(state),
            Self::V4(v4) => v4.hash(state),
            Self::V6(v6) => v6.hash(state),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(v4) => v4.fmt(f),
            Self::V6(v6) => write!(f, "[{v6}]"),
        }
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sips() { "sips:" } else { "sip:" })?;
        if let Some(user) = &self.user {
            f.write_str(user)?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            f.write_str("@")?;
        }
        self.host.fmt(f)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)?;
        self.headers.as_ref().map_or(Ok(()), |headers| write!(f, "?{headers}"))
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sip(uri) => uri.fmt(f),
            Self::Tel(uri) => write!(f, "tel:{}{}", uri.number, uri.params),
            Self::Other(uri) => write!(f, "{}:{}", uri.scheme, uri.opaque),
        }
    }
}

#[cfg(test)]
#[path = "uri_tests.rs"]
mod tests;
