//! The one HTTP client: it follows no redirect, so that a secret never leaves for another host, and its answers are bounded
//! in time and size.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use url::{Host, Url};

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// The largest answer to a sign-in that is read.
const BODY_MAX: usize = 256 * 1024;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Nobody was reached: the request had no effect.
    Unreached,
    /// The request left and its answer did not come whole: it may have had its effect.
    Lost,
}

/// An answer.
pub(crate) struct Answer {
    pub status: StatusCode,
    /// `Retry-After` in seconds, if it is a number.
    pub retry_after: Option<Duration>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// A client for a host. The system's proxy is used unless the host is this machine.
pub(crate) fn client(host: &Url) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .timeout(ANSWER_LIMIT)
        .user_agent(concat!("Timbre/", env!("CARGO_PKG_VERSION")));
    if is_loopback(host) { builder.no_proxy().build() } else { builder.build() }
}

/// Sends a request and reads its whole answer.
pub(crate) async fn ask(request: RequestBuilder) -> Result<Answer, NoAnswer> {
    ask_for(request, BODY_MAX).await
}

/// The same for an answer of at most `most` bytes.
pub(crate) async fn ask_for(request: RequestBuilder, most: usize) -> Result<Answer, NoAnswer> {
    let mut response =
        request.send().await.map_err(|error| if error.is_connect() { NoAnswer::Unreached } else { NoAnswer::Lost })?;
    let retry_after = response.headers().get(reqwest::header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| NoAnswer::Lost)? {
        if body.len() + chunk.len() > most {
            return Err(NoAnswer::Lost);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status: response.status(), retry_after, headers: std::mem::take(response.headers_mut()), body })
}

/// The address is of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
