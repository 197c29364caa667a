//! The client's memory of challenges: what to answer, with which count, and when to stop.

use std::fmt;

use rand::RngCore;

use super::algorithm::{Algorithm, hex};
use super::answer::{Answer, Signed};
use super::challenge::{Challenge, Challenger};
use crate::message::{Request, Response};

/// Challenges kept at most; the oldest goes first.
const MAX_REALMS: usize = 8;
/// A fresh answer may be called stale this often in a row.
const MAX_STALE: u8 = 2;

/// User name and password of an account. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name for digest, often the extension.
    pub username: String,
    /// Password.
    pub password: String,
}

impl Credentials {
    /// User name and password.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: username.into(), password: password.into() }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}

/// Why a challenge is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// 401 or 407 without a challenge that could be read.
    #[error("the response holds no challenge")]
    NoChallenge,
    /// Only schemes, algorithms or qualities that we do not know.
    #[error("no challenge of a known kind")]
    Unsupported,
    /// Only realms that the account forbids.
    #[error("no challenge of a realm of this account")]
    Realm,
    /// The strongest algorithm offered is weaker than `digest_min` allows, or than what this realm asked for before.
    #[error("the strongest algorithm offered is {}, the account wants {} at least", offered.as_str(), minimum.as_str())]
    TooWeak {
        /// What was offered.
        offered: Algorithm,
        /// What the account wants.
        minimum: Algorithm,
    },
    /// A fresh answer was refused: wrong user name or password. Trying again gets offices banned.
    #[error("user name or password refused for the realm")]
    Refused,
}

/// Answers challenges for one account. Keep one for each account: it remembers nonces and counts their use.
#[derive(Clone, Debug)]
pub struct Authenticator {
    credentials: Credentials,
    minimum: Algorithm,
    /// Those that are answered; none answers any.
    realms: Vec<String>,
    known: Vec<Known>,
}

/// A challenge in force.
#[derive(Clone, Debug)]
struct Known {
    challenge: Challenge,
    /// How often its nonce was used.
    used: u32,
    /// How often in a row a fresh answer was called stale.
    stale: u8,
}

impl Authenticator {
    /// For these credentials; algorithms weaker than `minimum` (`digest_min`) are never answered.
    pub const fn new(credentials: Credentials, minimum: Algorithm) -> Self {
        Self { credentials, minimum, realms: Vec::new(), known: Vec::new() }
    }

    /// Answers these realms alone, letter by letter; none answers any.
    #[must_use]
    pub fn within(self, realms: Vec<String>) -> Self {
        Self { realms, ..self }
    }

    /// Takes in the challenges of a 401 or 407 to `sent`. After `Ok`, authorise and send the request again with a new branch and CSeq.
    ///
    /// # Errors
    /// [`AuthError`]: do not send it again.
    pub fn challenged(&mut self, sent: &Request, response: &Response) -> Result<(), AuthError> {
        let (challenges, unknown) = Challenge::read_all(&response.headers);
        if challenges.is_empty() {
            return Err(if unknown == 0 { AuthError::NoChallenge } else { AuthError::Unsupported });
        }
        let own = |challenge: &Challenge| self.realms.is_empty() || self.realms.contains(&challenge.realm);
        let challenges: Vec<Challenge> = challenges.into_iter().filter(own).collect();
        if challenges.is_empty() {
            return Err(AuthError::Realm);
        }
        let chosen = self.strongest_of_each_realm(challenges)?;
        for challenge in &chosen {
            self.check_not_refused(sent, challenge)?;
        }
        chosen.into_iter().for_each(|challenge| self.remember(challenge));
        Ok(())
    }

    /// Puts the answers to all challenges in force into the request, in place of those that are there. Does nothing before the
    /// first challenge.
    pub fn authorize(&mut self, request: &mut Request, rng: &mut dyn RngCore) {
        request.headers.remove(&Challenger::Server.answer_header());
        request.headers.remove(&Challenger::Proxy.answer_header());
        let uri = request.uri.to_string();
        for known in &mut self.known {
            known.used = known.used.saturating_add(1);
            let mut cnonce = [0u8; 16];
            rng.fill_bytes(&mut cnonce);
            let signed = Signed { method: &request.method, uri: &uri, body: &request.body };
            let Credentials { username, password } = &self.credentials;
            let answer = Answer::make(&known.challenge, username, password, &hex(&cnonce), known.used, &signed);
            request.headers.push(known.challenge.challenger.answer_header(), answer.to_string());
        }
    }

    /// Forgets all challenges, as for a new registrar.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// RFC 8760 §2.4 takes the first it supports; we take the strongest, so that order cannot be used against us.
    fn strongest_of_each_realm(&self, challenges: Vec<Challenge>) -> Result<Vec<Challenge>, AuthError> {
        let mut chosen: Vec<Challenge> = Vec::new();
        for challenge in challenges {
            match chosen.iter_mut().find(|c| same_realm(c, &challenge)) {
                Some(other) if other.algorithm < challenge.algorithm => *other = challenge,
                Some(_) => {}
                None => chosen.push(challenge),
            }
        }
        let offered = chosen.iter().map(|c| c.algorithm).max().unwrap_or_default();
        let minimum = chosen.iter().map(|c| self.floor(c)).max().unwrap_or(self.minimum);
        chosen.retain(|c| c.algorithm >= self.floor(c));
        if chosen.is_empty() { Err(AuthError::TooWeak { offered, minimum }) } else { Ok(chosen) }
    }

    /// Whoever answered a strong challenge of a realm is not talked into a weaker one: somebody on the way may have written it.
    fn floor(&self, challenge: &Challenge) -> Algorithm {
        let before = self.known.iter().find(|known| known.used > 0 && same_realm(&known.challenge, challenge));
        before.map_or(self.minimum, |known| known.challenge.algorithm.max(self.minimum))
    }

    fn check_not_refused(&self, sent: &Request, challenge: &Challenge) -> Result<(), AuthError> {
        let header = challenge.challenger.answer_header();
        let mut answers = sent.headers.all(&header).filter_map(|raw| Answer::parse(raw));
        let Some(answer) = answers.find(|answer| answer.realm == challenge.realm) else { return Ok(()) };
        let known = self.known.iter().find(|k| same_realm(&k.challenge, challenge));
        let stale = known.map_or(0, |k| k.stale);
        // A remembered nonce may have been forgotten by the server without it saying "stale": one fresh answer is due. Without
        // qop there is no count to tell, and the same nonce again means that the answer itself was wrong.
        let fresh = match answer.qop {
            Some((.., count)) => count == 1,
            None => answer.nonce == challenge.nonce || known.is_some_and(|k| k.used == 1),
        };
        if (fresh && !challenge.stale) || stale >= MAX_STALE { Err(AuthError::Refused) } else { Ok(()) }
    }

    fn remember(&mut self, challenge: Challenge) {
        match self.known.iter_mut().find(|k| same_realm(&k.challenge, &challenge)) {
            Some(known) => {
                let again = challenge.stale && known.used <= 1;
                known.stale = if again { known.stale + 1 } else { 0 };
                known.used = if known.challenge.nonce == challenge.nonce { known.used } else { 0 };
                known.challenge = challenge;
            }
            None => {
                if self.known.len() == MAX_REALMS {
                    self.known.remove(0);
                }
                self.known.push(Known { challenge, used: 0, stale: 0 });
            }
        }
    }
}

fn same_realm(a: &Challenge, b: &Challenge) -> bool {
    a.challenger == b.challenger && a.realm == b.realm
}

#[cfg(test)]
#[path = "authenticator_tests.rs"]
mod tests;
