//! Requests with the token of a session, or with a key.

use std::time::Duration;

use crm::connector::Fault;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode};
use url::Url;

use crate::http::{self, Answer, NoAnswer};
use crate::oauth::{AccessToken, Session, SessionError, TokenError};

/// The largest answer that is read: descriptions of large organisations are megabytes.
const BODY_MAX: usize = 8 * 1024 * 1024;

/// What a request may have done when its answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: it reads.
    Reads,
    /// All of it: it writes.
    Writes,
}

/// As whom requests are made.
enum Access {
    /// With the token of a session, behind this word.
    Session { session: Session, word: &'static str },
    /// With a key that does not change.
    Key { name: HeaderName, value: HeaderValue },
}

/// A connection that is signed in.
pub(crate) struct Api {
    http: Client,
    access: Access,
    /// Where the records are, unless the vendor says it with the token.
    base: Option<Url>,
    /// The largest answer that is read.
    most: usize,
    /// This answer with 401 is about something else than the token.
    other: fn(&Answer) -> bool,
}

impl Api {
    /// Requests as this session; `word` stands before the token.
    pub fn new(session: Session, word: &'static str) -> Self {
        let http = session.client();
        Self { http, access: Access::Session { session, word }, base: None, most: BODY_MAX, other: |_| false }
    }

    /// Requests to `base` with a key in a header; none where the system gives no client.
    pub fn with_key(base: Url, name: HeaderName, mut value: HeaderValue) -> Option<Self> {
        value.set_sensitive(true);
        let http = http::client().ok()?;
        Some(Self { http, access: Access::Key { name, value }, base: Some(base), most: BODY_MAX, other: |_| false })
    }

    /// Records are here, whatever an answer says.
    pub fn at(mut self, base: Url) -> Option<Self> {
        self.http = http::client().ok()?;
        self.base = Some(base);
        Some(self)
    }

    /// Leaves an answer with 401 to the caller where `other` says that the token is not what it is about.
    pub fn asks_again_unless(mut self, other: fn(&Answer) -> bool) -> Self {
        self.other = other;
        self
    }

    /// Reads no answer of more bytes.
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.most = bytes.min(BODY_MAX);
        self
    }

    /// Sends what `build` makes for the address of the records. A token that is refused is renewed, and the request sent once
    /// more: a refused one had no effect. Every other answer is the caller's to judge.
    pub async fn send(
        &self,
        effect: Effect,
        build: impl Fn(&Client, &Url) -> RequestBuilder + Send + Sync,
    ) -> Result<(Answer, Url), Fault> {
        let (session, word) = match &self.access {
            Access::Session { session, word } => (session, *word),
            Access::Key { name, value } => {
                let base = self.base.as_ref().ok_or(Fault::NotUnderstood)?;
                let request = build(&self.http, base).header(name.clone(), value.clone());
                return self.signed_in((self.once(effect, request).await?, base.clone()));
            }
        };
        let token = session.access().await.map_err(|error| session_fault(&error))?;
        let first = self.as_token(effect, &build, &token, word).await?;
        if !self.who_are_you(&first.0) {
            return Ok(first);
        }
        let token = session.instead_of(&token).await.map_err(|error| session_fault(&error))?;
        self.signed_in(self.as_token(effect, &build, &token, word).await?)
    }

    async fn as_token(
        &self,
        effect: Effect,
        build: &(impl Fn(&Client, &Url) -> RequestBuilder + Send + Sync),
        token: &AccessToken,
        word: &str,
    ) -> Result<(Answer, Url), Fault> {
        let records = self.base.as_ref().or(token.records()).ok_or(Fault::NotUnderstood)?;
        let word = HeaderValue::try_from(format!("{word} {}", token.secret().reveal()));
        let mut word = word.map_err(|_| Fault::NotUnderstood)?;
        word.set_sensitive(true);
        let request = build(&self.http, records).header(AUTHORIZATION, word);
        Ok((self.once(effect, request).await?, records.clone()))
    }

    /// An answer that is not «who are you?».
    fn signed_in(&self, answer: (Answer, Url)) -> Result<(Answer, Url), Fault> {
        if self.who_are_you(&answer.0) { Err(Fault::SignIn) } else { Ok(answer) }
    }

    fn who_are_you(&self, answer: &Answer) -> bool {
        answer.status == StatusCode::UNAUTHORIZED && !(self.other)(answer)
    }

    async fn once(&self, effect: Effect, request: RequestBuilder) -> Result<Answer, Fault> {
        http::ask_for(request, self.most).await.map_err(|none| match (none, effect) {
            (NoAnswer::Lost | NoAnswer::TooLarge, Effect::Writes) => Fault::Lost,
            (NoAnswer::ProxySignIn, _) => Fault::ProxySignIn,
            (NoAnswer::Unreached, _) | (NoAnswer::Lost | NoAnswer::TooLarge, Effect::Reads) => Fault::Unreachable,
        })
    }
}

/// What a status says that means the same everywhere; none for those that each CRM explains in its own words.
pub(crate) fn common_fault(answer: &Answer, effect: Effect) -> Option<Fault> {
    match answer.status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Some(Fault::Busy {
            // Overload that tells no time is given a little of it, so that a whole backlog does not run into it.
            after: Some(answer.retry_after.unwrap_or(Duration::from_secs(5))),
        }),
        StatusCode::REQUEST_TIMEOUT => Some(Fault::Busy { after: None }),
        status if status.is_server_error() && effect == Effect::Reads => Some(Fault::Busy { after: None }),
        // It failed in the middle: what it had done by then is not known.
        status if status.is_server_error() => Some(Fault::Lost),
        _ => None,
    }
}

fn session_fault(error: &SessionError) -> Fault {
    match error {
        SessionError::SignIn => Fault::SignIn,
        SessionError::Vault(_) => Fault::Busy { after: None },
        SessionError::Token(TokenError::Unreached) => Fault::Unreachable,
        SessionError::Token(TokenError::ProxySignIn) => Fault::ProxySignIn,
        SessionError::Token(TokenError::Busy { after }) => Fault::Busy { after: *after },
        SessionError::Token(TokenError::SignInAgain | TokenError::Refused(_)) => Fault::SignIn,
        SessionError::Token(TokenError::Forbidden(code)) => Fault::Forbidden { code: code.clone() },
        SessionError::Token(TokenError::NotUnderstood | TokenError::ForeignAddress) => Fault::NotUnderstood,
    }
}
