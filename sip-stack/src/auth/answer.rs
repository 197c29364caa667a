//! Authorization and Proxy-Authorization: making and checking them.

use std::fmt;

use subtle::ConstantTimeEq as _;

use super::algorithm::Algorithm;
use super::challenge::{Challenge, schemes};
use super::qop::Qop;
use crate::message::{self, Method};

/// A digest answer. `Debug` shows neither the response nor the user name.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// User name, or its hash if `userhash`.
    pub username: String,
    /// Realm.
    pub realm: String,
    /// Nonce that is answered.
    pub nonce: String,
    /// Request-URI as the client sent it.
    pub uri: String,
    /// The proof, lower-case hex.
    pub response: String,
    /// Hash.
    pub algorithm: Algorithm,
    /// `-sess`.
    pub session: bool,
    /// Quality, with client nonce and nonce count; none is the form of RFC 2069.
    pub qop: Option<(Qop, String, u32)>,
    /// As the challenge had it.
    pub opaque: Option<String>,
    /// User name is hashed.
    pub userhash: bool,
}

/// What is signed besides the secrets.
pub(super) struct Signed<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a str,
    pub(super) body: &'a [u8],
}

impl Answer {
    /// Answers a challenge.
    pub(super) fn make(
        challenge: &Challenge,
        username: &str,
        password: &str,
        cnonce: &str,
        nc: u32,
        signed: &Signed<'_>,
    ) -> Self {
        // RFC 7616 §3.4: auth is enough where it is offered, auth-int where nothing else is.
        let qop = [Qop::Auth, Qop::AuthInt].into_iter().find(|qop| challenge.qop.contains(qop));
        let algorithm = challenge.algorithm;
        let shown = if challenge.userhash {
            algorithm.hash(&[username.as_bytes(), challenge.realm.as_bytes()])
        } else {
            username.to_owned()
        };
        let mut answer = Self {
            username: shown,
            realm: challenge.realm.clone(),
            nonce: challenge.nonce.clone(),
            uri: signed.uri.to_owned(),
            response: String::new(),
            algorithm,
            session: challenge.session,
            qop: qop.map(|qop| (qop, cnonce.to_owned(), nc)),
            opaque: challenge.opaque.clone(),
            userhash: challenge.userhash,
        };
        answer.response = answer.compute(username, password, cnonce, signed);
        answer
    }

    /// Reads the value of an Authorization header; none if it is no digest or incomplete.
    pub fn parse(raw: &[u8]) -> Option<Self> {
        let (scheme, params) = schemes(raw).into_iter().next()?;
        let get = |name: &str| params.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let (algorithm, session) = get("algorithm").map_or(Some((Algorithm::Md5, false)), |a| Algorithm::parse(&a))?;
        let qop = match get("qop") {
            None => None,
            Some(qop) => Some((Qop::parse(&qop)?, get("cnonce")?, u32::from_str_radix(&get("nc")?, 16).ok()?)),
        };
        Some(Self {
            username: get("username")?,
            realm: get("realm")?,
            nonce: get("nonce")?,
            uri: get("uri")?,
            response: get("response")?.to_ascii_lowercase(),
            algorithm,
            session,
            qop,
            opaque: get("opaque"),
            userhash: get("userhash").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        })
    }

    /// Whether the answer proves this password for this request. Whether nonce, count and URI are what the server expects
    /// is for the server to check.
    pub fn proves(&self, username: &str, password: &str, method: &Method, body: &[u8]) -> bool {
        let cnonce = self.qop.as_ref().map_or("", |(_, cnonce, _)| cnonce);
        let expected = self.compute(username, password, cnonce, &Signed { method, uri: &self.uri, body });
        expected.as_bytes().ct_eq(self.response.as_bytes()).into()
    }

    /// RFC 7616 §3.4.1 to §3.4.3.
    fn compute(&self, username: &str, password: &str, cnonce: &str, signed: &Signed<'_>) -> String {
        let hash = |parts: &[&[u8]]| self.algorithm.hash(parts);
        let mut a1 = hash(&[username.as_bytes(), self.realm.as_bytes(), password.as_bytes()]);
        if self.session {
            a1 = hash(&[a1.as_bytes(), self.nonce.as_bytes(), cnonce.as_bytes()]);
        }
        let method = signed.method.as_str().as_bytes();
        let a2 = match self.qop {
            Some((Qop::AuthInt, ..)) => hash(&[method, signed.uri.as_bytes(), hash(&[signed.body]).as_bytes()]),
            _ => hash(&[method, signed.uri.as_bytes()]),
        };
        match &self.qop {
            Some((qop, cnonce, nc)) => hash(&[
                a1.as_bytes(),
                self.nonce.as_bytes(),
                format!("{nc:08x}").as_bytes(),
                cnonce.as_bytes(),
                qop.as_str().as_bytes(),
                a2.as_bytes(),
            ]),
            None => hash(&[a1.as_bytes(), self.nonce.as_bytes(), a2.as_bytes()]),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest username=")?;
        message::quote(&self.username, f)?;
        for (name, value) in [("realm", &self.realm), ("nonce", &self.nonce), ("uri", &self.uri)] {
            write!(f, ", {name}=")?;
            message::quote(value, f)?;
        }
        write!(f, ", response=\"{}\"", self.response)?;
        write!(f, ", algorithm={}{}", self.algorithm.as_str(), if self.session { "-sess" } else { "" })?;
        if let Some((qop, cnonce, nc)) = &self.qop {
            f.write_str(", cnonce=")?;
            message::quote(cnonce, f)?;
            write!(f, ", qop={}, nc={nc:08x}", qop.as_str())?;
        }
        if let Some(opaque) = &self.opaque {
            f.write_str(", opaque=")?;
            message::quote(opaque, f)?;
        }
        if self.userhash { f.write_str(", userhash=true") } else { Ok(()) }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("realm", &self.realm)
            .field("algorithm", &self.algorithm)
            .field("qop", &self.qop.as_ref().map(|(qop, _, nc)| (qop, nc)))
            .finish_non_exhaustive()
    }
}
