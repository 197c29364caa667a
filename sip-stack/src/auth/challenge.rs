//! WWW-Authenticate and Proxy-Authenticate.

use std::fmt;

use super::algorithm::Algorithm;
use super::qop::Qop;
use crate::message::{self, HeaderName, Headers};

/// No more challenges than this are read from one response.
const MAX_CHALLENGES: usize = 16;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Challenger {
    /// 401: the server itself.
    Server,
    /// 407: a proxy on the way.
    Proxy,
}

impl Challenger {
    /// Header that asks.
    pub const fn challenge_header(self) -> HeaderName {
        match self {
            Self::Server => HeaderName::WwwAuthenticate,
            Self::Proxy => HeaderName::ProxyAuthenticate,
        }
    }

    /// Header that answers.
    pub const fn answer_header(self) -> HeaderName {
        match self {
            Self::Server => HeaderName::Authorization,
            Self::Proxy => HeaderName::ProxyAuthorization,
        }
    }
}

/// One digest challenge that this stack understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Who asks.
    pub challenger: Challenger,
    /// Realm: which password is meant.
    pub realm: String,
    /// Nonce.
    pub nonce: String,
    /// To be sent back as it came.
    pub opaque: Option<String>,
    /// The last answer was right, but for an old nonce.
    pub stale: bool,
    /// Hash.
    pub algorithm: Algorithm,
    /// `-sess`.
    pub session: bool,
    /// Offered qualities that we know, in order; empty means the form of RFC 2069.
    pub qop: Vec<Qop>,
    /// The user name is to be hashed (RFC 7616 §3.4.4).
    pub userhash: bool,
}

/// `scheme name=value, name=value`, values unquoted.
pub(super) type Scheme = (String, Vec<(String, String)>);

impl Challenge {
    /// A challenge for a server to send: qop `auth`.
    pub fn new(challenger: Challenger, realm: &str, nonce: &str, algorithm: Algorithm) -> Self {
        Self {
            challenger,
            realm: realm.to_owned(),
            nonce: nonce.to_owned(),
            opaque: None,
            stale: false,
            algorithm,
            session: false,
            qop: vec![Qop::Auth],
            userhash: false,
        }
    }

    /// All digest challenges of a response that we understand, and how many we do not.
    pub fn read_all(headers: &Headers) -> (Vec<Self>, usize) {
        let mut known = Vec::new();
        let mut unknown = 0;
        for challenger in [Challenger::Server, Challenger::Proxy] {
            for (scheme, params) in headers.all(&challenger.challenge_header()).flat_map(|raw| schemes(raw)) {
                match Self::from_params(challenger, &scheme, &params) {
                    Some(challenge) if known.len() < MAX_CHALLENGES => known.push(challenge),
                    _ => unknown += 1,
                }
            }
        }
        (known, unknown)
    }

    fn from_params(challenger: Challenger, scheme: &str, params: &[(String, String)]) -> Option<Self> {
        let get = |name: &str| params.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
        let flag = |name: &str| get(name).is_some_and(|v| v.eq_ignore_ascii_case("true"));
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let (algorithm, session) = get("algorithm").map_or(Some((Algorithm::Md5, false)), |a| Algorithm::parse(&a))?;
        let offered = get("qop").filter(|qop| !qop.trim().is_empty());
        let qop: Vec<_> =
            offered.iter().flat_map(|qop| qop.split(',')).filter_map(|one| Qop::parse(one.trim())).collect();
        // RFC 7616 §3.4.2: A1 of -sess holds the client nonce, which only an answer with qop can carry.
        if qop.is_empty() && (offered.is_some() || session) {
            return None;
        }
        Some(Self {
            challenger,
            realm: get("realm")?,
            nonce: get("nonce")?,
            opaque: get("opaque"),
            stale: flag("stale"),
            algorithm,
            session,
            qop,
            userhash: flag("userhash"),
        })
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest realm=")?;
        message::quote(&self.realm, f)?;
        f.write_str(", nonce=")?;
        message::quote(&self.nonce, f)?;
        if let Some(opaque) = &self.opaque {
            f.write_str(", opaque=")?;
            message::quote(opaque, f)?;
        }
        if self.stale {
            f.write_str(", stale=true")?;
        }
        write!(f, ", algorithm={}{}", self.algorithm.as_str(), if self.session { "-sess" } else { "" })?;
        if !self.qop.is_empty() {
            let qop: Vec<_> = self.qop.iter().map(|q| q.as_str()).collect();
            write!(f, ", qop=\"{}\"", qop.join(","))?;
        }
        if self.userhash { f.write_str(", userhash=true") } else { Ok(()) }
    }
}

/// Splits a header into its schemes. RFC 3261 has one to a header; several joined by commas are read too, where a word before a
/// parameter's name begins the next.
pub(super) fn schemes(raw: &[u8]) -> Vec<Scheme> {
    let mut all: Vec<Scheme> = Vec::new();
    for element in message::list(raw).filter(|e| !e.is_empty()) {
        let word = element.iter().position(|b| !message::is_token(&[*b])).unwrap_or(element.len());
        let (first, rest) = element.split_at(word);
        let rest = message::trim(rest);
        let param = if rest.first() == Some(&b'=') {
            element
        } else {
            all.push((String::from_utf8_lossy(first).into_owned(), Vec::new()));
            rest
        };
        if let (Some((_, params)), Some((name, value))) = (all.last_mut(), message::split_once(param, b'=')) {
            let name = String::from_utf8_lossy(message::trim(name)).into_owned();
            params.push((name, message::unquote(message::trim(value)).into_owned()));
        }
    }
    all
}
