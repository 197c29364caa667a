//! Asking for tokens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::{Provider, Revocation};
use crate::http::{self, Answer, NoAnswer};
use crate::secret::Secret;

/// A token is renewed so long before it ends, so that a request does not carry one that ends on the way.
const EARLY: Duration = Duration::from_secs(60);
/// The most characters of a vendor's code that are kept.
const CODE_MAX: usize = 48;

/// Why there are no tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The vendor is not reached, or its answer did not come.
    #[error("not reached")]
    Unreached,
    /// The proxy on the way wants to know who we are.
    #[error("the proxy asks who we are")]
    ProxySignIn,
    /// The vendor asks to come again later.
    #[error("busy")]
    Busy {
        /// In how long, if it said so.
        after: Option<Duration>,
    },
    /// The grant is no longer good: the person must sign in again.
    #[error("sign in again")]
    SignInAgain,
    /// The vendor refuses this client or request; its code, such as `invalid_client`.
    #[error("refused: {0}")]
    Refused(String),
    /// This user may not, or not in this way; why.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// The vendor's answer is not what its documentation says.
    #[error("not understood")]
    NotUnderstood,
    /// An answer names an address, for records or for tokens, that is not one of the vendor's own; nothing was sent there.
    #[error("a foreign address")]
    ForeignAddress,
}

impl TokenError {
    /// What it means that there is no answer: tokens are asked for again whatever became of the request.
    pub(crate) fn of_none(none: NoAnswer) -> Self {
        match none {
            NoAnswer::ProxySignIn => Self::ProxySignIn,
            NoAnswer::Unreached | NoAnswer::Lost | NoAnswer::TooLarge => Self::Unreached,
        }
    }
}

/// A token for requests.
#[derive(Clone, Debug)]
pub struct AccessToken {
    secret: Secret,
    number: u64,
    ends: Option<Instant>,
    records: Option<Url>,
}

impl AccessToken {
    pub(crate) fn new(secret: Secret, ends: Option<Instant>, records: Option<Url>) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Self { secret, number: COUNT.fetch_add(1, Ordering::Relaxed), ends, records }
    }

    /// The token itself.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Where records are, if the vendor said so (`instance_url` or `api_domain`).
    pub fn records(&self) -> Option<&Url> {
        self.records.as_ref()
    }

    /// When it ends, if the vendor said so.
    pub fn ends(&self) -> Option<Instant> {
        self.ends
    }

    /// It is the same token, not only an equal text.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.number == other.number
    }

    pub(crate) fn is_good(&self, now: Instant) -> bool {
        self.ends.is_none_or(|ends| now + EARLY < ends)
    }
}

/// What a vendor gives for a code or for an older refresh token.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For requests.
    pub access: AccessToken,
    /// For the next ones; none means that the one that was used stays good.
    pub refresh: Option<Secret>,
}

/// A code becomes tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).
pub(crate) async fn exchange(
    http: &Client,
    provider: &Provider,
    code: &Secret,
    redirect: &str,
    verifier: &Secret,
) -> Result<Tokens, TokenError> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("redirect_uri", redirect),
        ("code_verifier", verifier.reveal()),
    ];
    ask(http, provider, &form).await
}

/// A refresh token becomes tokens (RFC 6749 §6).
pub(crate) async fn renew(http: &Client, provider: &Provider, refresh: &Secret) -> Result<Tokens, TokenError> {
    ask(http, provider, &[("grant_type", "refresh_token"), ("refresh_token", refresh.reveal())]).await
}

/// A program of its own, without a person, asks for tokens (RFC 6749 §4.4).
pub(crate) async fn as_client(http: &Client, provider: &Provider) -> Result<Tokens, TokenError> {
    let scope = provider.scopes.join(" ");
    let mut form = vec![("grant_type", "client_credentials")];
    if !scope.is_empty() {
        form.push(("scope", &scope));
    }
    ask(http, provider, &form).await
}

/// A grant ends with its refresh token (RFC 7009 §2); true if the vendor confirms it.
pub(crate) async fn revoke(http: &Client, provider: &Provider, way: &Revocation, token: &Secret) -> bool {
    let request = match way {
        Revocation::Posted(address) => {
            let form =
                [("token", token.reveal()), ("token_type_hint", "refresh_token"), ("client_id", &provider.client_id)];
            http.post(address.clone()).form(&form)
        }
        Revocation::Deleted(address) => {
            let mut address = address.clone();
            match address.path_segments_mut() {
                Ok(mut path) => path.pop_if_empty().push(token.reveal()),
                Err(()) => return false,
            };
            http.delete(address)
        }
    };
    match http::ask(request).await {
        // Zoho answers 200 with an error inside.
        Ok(answer) => answer.status.is_success() && !answer.body.windows(5).any(|part| part == b"error"),
        Err(_) => false,
    }
}

async fn ask(http: &Client, provider: &Provider, form: &[(&str, &str)]) -> Result<Tokens, TokenError> {
    let mut form = form.to_vec();
    form.push(("client_id", &provider.client_id));
    if let Some(secret) = &provider.client_secret {
        form.push(("client_secret", secret.reveal()));
    }
    let request = http.post(provider.token.clone()).header(reqwest::header::ACCEPT, "application/json").form(&form);
    let asked = Instant::now();
    match http::ask(request).await {
        Err(none) => Err(TokenError::of_none(none)),
        Ok(answer) => read(provider, &answer, asked),
    }
}

#[derive(Deserialize)]
struct Given {
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    #[serde(alias = "api_domain")]
    instance_url: Option<String>,
    error: Option<String>,
    /// HubSpot's own word for it.
    status: Option<String>,
}

fn read(provider: &Provider, answer: &Answer, asked: Instant) -> Result<Tokens, TokenError> {
    if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
        return Err(TokenError::Busy { after: answer.retry_after });
    }
    let given: Given = serde_json::from_slice(&answer.body).map_err(|_| TokenError::NotUnderstood)?;
    let error = given.error.or(given.status.filter(|_| !answer.status.is_success()));
    let ended = ["invalid_grant", "invalid_code", "BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"];
    // Zoho answers 200 with an error inside.
    match (error, given.access_token) {
        (Some(error), _) if ended.contains(&error.as_str()) => Err(TokenError::SignInAgain),
        (Some(error), _) => Err(TokenError::Refused(code_of(&error))),
        (None, Some(access)) if answer.status.is_success() && !access.is_empty() => {
            let records = match given.instance_url {
                None => None,
                Some(url) => Some(Url::parse(&url).map_err(|_| TokenError::NotUnderstood)?),
            };
            if records.as_ref().is_some_and(|url| !provider.may_keep_records(url)) {
                return Err(TokenError::ForeignAddress);
            }
            let ends = given.expires_in.and_then(|seconds| asked.checked_add(Duration::from_secs(seconds)));
            let access = AccessToken::new(Secret::new(access), ends, records);
            Ok(Tokens { access, refresh: given.refresh_token.filter(|token| !token.is_empty()).map(Secret::new) })
        }
        _ => Err(TokenError::NotUnderstood),
    }
}

/// A vendor's code made fit for logs and windows: letters, digits and underscores only.
pub(crate) fn code_of(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(CODE_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_a_vendor_carries_nothing_else() {
        assert_eq!(code_of("invalid_client"), "invalid_client");
        assert_eq!(code_of("<b>ana@example.com\n"), "banaexamplecom");
        assert_eq!(code_of(&"x".repeat(500)).len(), CODE_MAX);
    }
}
