//! The caller's side wishes that we answer by ourselves: queues, intercoms, click-to-dial of the exchange.
//!
//! There are as many ways to say it as makers of exchanges. It is only a wish: the application has the policy.

use std::time::Duration;

use crate::message::{HeaderName, Request};

/// A wish for later than this is none.
const MAX_S: u32 = 60;

/// After how long the call wishes to be answered by itself.
pub(super) fn wished(invite: &Request) -> Option<Duration> {
    let texts = |name: HeaderName| {
        let values: Vec<_> =
            invite.headers.all(&name).map(|value| String::from_utf8_lossy(value).to_ascii_lowercase()).collect();
        values
    };
    let info = texts(HeaderName::CallInfo).into_iter().find_map(|value| seconds(&value, "answer-after"));
    let alert = texts(HeaderName::AlertInfo).into_iter().find_map(|value| {
        let asks = ["auto-answer", "autoanswer", "auto answer", "ring-answer", "ring answer", "intercom"];
        asks.iter().any(|words| value.contains(words)).then(|| seconds(&value, "delay").unwrap_or(0))
    });
    let mode = ["Answer-Mode", "Priv-Answer-Mode"].into_iter().find_map(|name| {
        // RFC 5373 §4.3: `Auto`, perhaps with parameters.
        let auto = |value: String| value.split(';').next().is_some_and(|mode| mode.trim() == "auto");
        texts(name.into()).into_iter().any(auto).then_some(0)
    });
    let after_s = info.or(alert).or(mode)?;
    (after_s <= MAX_S).then(|| Duration::from_secs(after_s.into()))
}

/// The value of a parameter, wherever it stands: some write it into the angle brackets.
fn seconds(value: &str, name: &str) -> Option<u32> {
    let (_, behind) = value.split_once(name)?;
    let behind = behind.trim_start().strip_prefix('=')?.trim_start().trim_start_matches('"');
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    behind[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Method;

    fn asked(name: &str, value: &str) -> Option<u64> {
        let invite = Request::new(Method::Invite, "sip:alice@h".parse().unwrap()).with(name, value);
        wished(&invite).map(|after| after.as_secs())
    }

    #[test]
    fn the_ways_of_the_exchanges_are_understood() {
        for (name, value, after) in [
            ("Call-Info", "<sip:pbx.example>;answer-after=0", Some(0)),
            ("Call-Info", "<sip:pbx.example>; Answer-After = 2", Some(2)),
            ("Call-Info", "\\;answer-after=5", Some(5)),
            ("Alert-Info", "<http://www.notused.com>;info=alert-autoanswer;delay=3", Some(3)),
            ("Alert-Info", "info=alert-autoanswer", Some(0)),
            ("Alert-Info", "Auto Answer", Some(0)),
            ("Alert-Info", "<sip:x>;info=intercom", Some(0)),
            ("Alert-Info", "Ring Answer", Some(0)),
            ("Answer-Mode", "Auto;require", Some(0)),
            ("Priv-Answer-Mode", "Auto", Some(0)),
            ("Answer-Mode", "Manual", None),
            ("Alert-Info", "<http://127.0.0.1/Bellcore-dr3>", None),
            ("Call-Info", "<http://example.com/photo.jpg>;purpose=icon", None),
            ("Call-Info", "<sip:x>;answer-after=", None),
            ("Call-Info", "<sip:x>;answer-after=99999999999", None),
            ("Call-Info", "<sip:x>;answer-after=600", None),
        ] {
            assert_eq!(asked(name, value), after, "{name}: {value}");
        }
        assert_eq!(asked("Subject", "auto answer"), None);
    }
}
