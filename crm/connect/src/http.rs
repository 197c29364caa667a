//! Requests and answers: no redirect is followed, so that a secret never leaves for another host, and answers are bounded in
//! time and size. Where requests go out is settled by [`outward`].

use std::net::Ipv4Addr;
use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, StatusCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use url::{Host, Url};

use crate::outward::{self, OutwardError};

/// The longest that a server may ask to wait: whoever asks for more is asked again after a day.
const RETRY_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// The largest answer to a sign-in that is read.
const BODY_MAX: usize = 256 * 1024;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Nobody was reached: the request had no effect.
    Unreached,
    /// The proxy on the way wants to know who we are: the request had no effect.
    ProxySignIn,
    /// The request left and its answer did not come whole: it may have had its effect.
    Lost,
    /// The request left and its answer is larger than what is read: it may have had its effect.
    TooLarge,
}

/// An answer.
pub(crate) struct Answer {
    pub status: StatusCode,
    /// In how long `Retry-After` asks to come again.
    pub retry_after: Option<Duration>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What requests are built with. On which way they go out is seen when they are sent.
pub(crate) fn client() -> Result<Client, OutwardError> {
    Ok(outward::current()?.builder())
}

/// Sends a request and reads its whole answer.
pub(crate) async fn ask(request: RequestBuilder) -> Result<Answer, NoAnswer> {
    ask_for(request, BODY_MAX).await
}

/// The same for an answer of at most `most` bytes.
pub(crate) async fn ask_for(request: RequestBuilder, most: usize) -> Result<Answer, NoAnswer> {
    let way = outward::current().map_err(|OutwardError| NoAnswer::Unreached)?;
    let mut response = way.send(request).await?;
    let retry_after = retry_after(response.headers(), OffsetDateTime::now_utc());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| NoAnswer::Lost)? {
        if body.len() + chunk.len() > most {
            return Err(NoAnswer::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status: response.status(), retry_after, headers: std::mem::take(response.headers_mut()), body })
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3). A date is measured by the server's own clock where it tells it,
/// else by `now`.
fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let date = |text: &str| OffsetDateTime::parse(text, &Rfc2822).ok();
    let told = text(RETRY_AFTER)?;
    if !told.is_empty() && told.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit is longer than the longest anyway.
        return Some(told.parse().map_or(RETRY_MAX, Duration::from_secs).min(RETRY_MAX));
    }
    let wait = date(told)? - text(DATE).and_then(date).unwrap_or(now);
    Some(Duration::try_from(wait).unwrap_or_default().min(RETRY_MAX))
}

/// The address is of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // In schemes of others than the web an address is a name to the parser.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        let now = datetime!(2026-11-22 14:00:00 UTC);
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (told, date, wait) in [
            ("7", None, seconds(7)),
            (" 120 ", None, seconds(120)),
            ("Sun, 22 Nov 2026 14:01:30 GMT", None, seconds(90)),
            // The server's clock is an hour ahead of ours, and it speaks of its own.
            ("Sun, 22 Nov 2026 15:01:30 GMT", Some("Sun, 22 Nov 2026 15:00:00 GMT"), seconds(90)),
            ("Sun, 22 Nov 2026 13:00:00 GMT", None, seconds(0)),
            ("Wed, 22 Nov 2028 14:00:00 GMT", None, Some(RETRY_MAX)),
            ("99999999999999999999999999", None, Some(RETRY_MAX)),
            ("soon", None, None),
            ("-5", None, None),
            ("", None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(told));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            assert_eq!(retry_after(&headers, now), wait, "{told}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
