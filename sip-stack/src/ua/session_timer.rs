//! Session timers (RFC 4028): who refreshes the session, how often, and what happens when nobody does.

use std::time::Duration;

use crate::message::{HeaderName, Headers, Request, Response, StatusCode};

use super::core::Wake;
use super::cx::Cx;

/// RFC 4028 §4: the shortest interval, s.
pub(super) const SHORTEST_S: u32 = 90;
/// What a call of ours asks for, s (RFC 4028 §4 recommends it).
pub(super) const WANTED_S: u32 = 1800;

/// What both sides agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    /// Lifetime of the session after each refresh, s.
    pub seconds: u32,
    /// We refresh it.
    pub ours: bool,
}

fn session_expires(headers: &Headers) -> Option<(u32, Option<String>)> {
    let value = headers.parametrised(&HeaderName::SessionExpires).ok().flatten()?;
    let refresher = value.params.get("refresher").map(str::to_ascii_lowercase);
    Some((value.value.parse().ok()?, refresher))
}

fn knows_timers(request: &Request) -> bool {
    [HeaderName::Require, HeaderName::Supported].iter().any(|name| request.headers.has_token(name, "timer"))
}

/// 422 for an interval below the shortest (RFC 4028 §9).
pub(super) fn too_small(request: &Request, tag: Option<&str>) -> Option<Response> {
    let (seconds, _) = session_expires(&request.headers)?;
    let small = seconds < SHORTEST_S && knows_timers(request);
    let refusal = || request.response(StatusCode::SESSION_INTERVAL_TOO_SMALL, tag);
    small.then(|| refusal().with(HeaderName::MinSe, SHORTEST_S))
}

/// Grants the interval that a request asks for, where the other side knows the extension; it refreshes unless it wants us
/// to.
pub(super) fn grant(request: &Request, ok: Response) -> (Response, Option<Interval>) {
    let asked = session_expires(&request.headers).filter(|_| knows_timers(request));
    let Some((seconds, refresher)) = asked else { return (ok, None) };
    let ours = refresher.as_deref() == Some("uas");
    // RFC 4028 §9: with refresher=uac the 2xx must require the extension.
    let ok = if ours { ok } else { ok.with(HeaderName::Require, "timer") };
    let who = if ours { "uas" } else { "uac" };
    let ok = ok.with(HeaderName::SessionExpires, format!("{seconds};refresher={who}"));
    (ok, Some(Interval { seconds, ours }))
}

/// What a 2xx to a request of ours grants; without Session-Expires the session has no end (RFC 4028 §7.2).
pub(super) fn granted(response: &Response) -> Option<Interval> {
    let (seconds, refresher) = session_expires(&response.headers)?;
    Some(Interval { seconds: seconds.max(SHORTEST_S), ours: refresher.as_deref() != Some("uas") })
}

/// Asks to keep the interval as it is, who refreshes included.
pub(super) fn keep(request: Request, interval: Option<Interval>) -> Request {
    let Some(Interval { seconds, ours }) = interval else { return request };
    let who = if ours { "uac" } else { "uas" };
    let request = request.with(HeaderName::SessionExpires, format!("{seconds};refresher={who}"));
    if seconds > WANTED_S { request.with(HeaderName::MinSe, seconds) } else { request }
}

/// The longer interval that a 422 asks for (RFC 4028 §7.4); none if it names none.
pub(super) fn raised(sent: &Request, refusal: &Response) -> Option<u32> {
    let asked = session_expires(&sent.headers).map_or(0, |(seconds, _)| seconds);
    let least = refusal.headers.parametrised(&HeaderName::MinSe).ok().flatten()?.value.parse().ok()?;
    (least > asked).then_some(least)
}

/// Starts both clocks anew. RFC 4028 §10: the refresh is due at half the interval; without one the session ends before it
/// expires, by 32 s or a third of it.
pub(super) fn watch(cx: &mut Cx<'_>, interval: Option<Interval>) {
    cx.core.timers.clear(Wake::SessionRefresh(cx.leg));
    cx.core.timers.clear(Wake::SessionExpiry(cx.leg));
    let Some(Interval { seconds, ours }) = interval else { return };
    let seconds = Duration::from_secs(u64::from(seconds));
    let margin = Duration::from_secs(32).min(seconds / 3);
    cx.core.wake(Wake::SessionExpiry(cx.leg), seconds - margin);
    if ours {
        cx.core.wake(Wake::SessionRefresh(cx.leg), seconds / 2);
    }
}

/// A refresh was refused: it is tried again soon, as long as the session lives.
pub(super) fn retry(cx: &mut Cx<'_>, interval: Option<Interval>) {
    if let Some(Interval { seconds, .. }) = interval {
        cx.core.wake(Wake::SessionRefresh(cx.leg), Duration::from_secs(u64::from(seconds / 10)));
    }
}
