//! Requests with the token of a session.

use std::time::Duration;

use crm::connector::Fault;
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

/// A connection that is signed in.
pub(crate) struct Api {
    http: Client,
    session: Session,
    /// The word before the token.
    scheme: &'static str,
}

impl Api {
    /// Requests as this session.
    pub fn new(session: Session, scheme: &'static str) -> Self {
        Self { http: session.client(), session, scheme }
    }

    /// Sends what `build` makes for the address of the records. A token that is refused is renewed, and the request sent once
    /// more: a refused one had no effect. Every other answer is the caller's to judge.
    pub async fn send(
        &self,
        effect: Effect,
        build: impl Fn(&Client, &Url) -> RequestBuilder + Send + Sync,
    ) -> Result<(Answer, Url), Fault> {
        let token = self.session.access().await.map_err(|error| session_fault(&error))?;
        let (answer, records) = self.once(effect, &build, &token).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok((answer, records));
        }
        let token = self.session.instead_of(&token).await.map_err(|error| session_fault(&error))?;
        let (answer, records) = self.once(effect, &build, &token).await?;
        if answer.status == StatusCode::UNAUTHORIZED { Err(Fault::SignIn) } else { Ok((answer, records)) }
    }

    async fn once(
        &self,
        effect: Effect,
        build: &(impl Fn(&Client, &Url) -> RequestBuilder + Send + Sync),
        token: &AccessToken,
    ) -> Result<(Answer, Url), Fault> {
        let records = token.records().ok_or(Fault::NotUnderstood)?;
        let word = format!("{} {}", self.scheme, token.secret().reveal());
        let mut word = reqwest::header::HeaderValue::try_from(word).map_err(|_| Fault::NotUnderstood)?;
        word.set_sensitive(true);
        let request = build(&self.http, records).header(reqwest::header::AUTHORIZATION, word);
        match http::ask_for(request, BODY_MAX).await {
            Ok(answer) => Ok((answer, records.clone())),
            Err(NoAnswer::Unreached) => Err(Fault::Unreachable),
            Err(NoAnswer::Lost) if effect == Effect::Reads => Err(Fault::Unreachable),
            Err(NoAnswer::Lost) => Err(Fault::Lost),
        }
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
        SessionError::Token(TokenError::Busy { after }) => Fault::Busy { after: *after },
        SessionError::Token(TokenError::SignInAgain | TokenError::Refused(_)) => Fault::SignIn,
        SessionError::Token(TokenError::NotUnderstood | TokenError::ForeignAddress) => Fault::NotUnderstood,
    }
}
