//! Session timers (RFC 4028), as far as they go without being asked for: who requires them gets them, and refreshes
//! itself.

use std::time::Duration;

use crate::message::{HeaderName, Request, Response};

use super::core::Wake;
use super::leg::Cx;

/// RFC 4028 §4: the shortest interval.
const SHORTEST_S: u32 = 90;

/// Grants the interval that an INVITE asks for where the caller requires or supports the extension: the caller
/// refreshes. Returns the interval, s.
pub(super) fn grant(invite: &Request, ok: Response) -> (Response, Option<u32>) {
    let required = invite.headers.has_token(&HeaderName::Require, "timer");
    let supported = required || invite.headers.has_token(&HeaderName::Supported, "timer");
    let asked = invite.headers.parametrised(&HeaderName::SessionExpires).ok().flatten();
    let seconds = asked.filter(|_| supported).and_then(|asked| asked.value.parse::<u32>().ok());
    let Some(seconds) = seconds.map(|seconds| seconds.max(SHORTEST_S)) else { return (ok, None) };
    // RFC 4028 §9: with refresher=uac the 2xx must require the extension.
    let ok = ok.with(HeaderName::Require, "timer");
    (ok.with(HeaderName::SessionExpires, format!("{seconds};refresher=uac")), Some(seconds))
}

/// RFC 4028 §10: without refresh the session ends before it expires, by 32 s or a third of it.
pub(super) fn watch(cx: &mut Cx<'_>, seconds: Option<u32>) {
    match seconds {
        Some(seconds) => {
            let seconds = Duration::from_secs(u64::from(seconds));
            let margin = Duration::from_secs(32).min(seconds / 3);
            cx.core.wake(Wake::SessionExpiry(cx.leg), seconds - margin);
        }
        None => cx.core.timers.clear(Wake::SessionExpiry(cx.leg)),
    }
}
