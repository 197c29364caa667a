//! Digits in the body of INFO: `application/dtmf-relay` as Cisco wrote it down and everybody took it over, and the bare
//! `application/dtmf`. Neither is an Info Package of RFC 6086; §9 of it counts them as legacy usage.

use crate::message::{Headers, Method, Request, StatusCode};
use crate::transaction::TxId;

use super::Event;
use super::cx::Cx;

/// `Signal=5` and `Duration=160`, one a line.
pub(super) const RELAY: &str = "application/dtmf-relay";
/// The digit alone.
pub(super) const BARE: &str = "application/dtmf";
/// Length of our digits, ms.
pub(super) const KEY_MS: u32 = 100;
/// What a digit without a length is taken for, and the longest that is believed, ms.
const USUAL_MS: u32 = 100;
const LONGEST_MS: u32 = 10_000;

/// The body for one digit.
pub(super) fn relay(digit: char) -> String {
    format!("Signal={digit}\r\nDuration={KEY_MS}\r\n")
}

/// Whether the headers of the other side say that it takes INFO; none when they say nothing.
pub(super) fn takes_info(headers: &Headers) -> Option<bool> {
    let allowed = headers.tokens(&crate::message::HeaderName::Allow).ok()?;
    (!allowed.is_empty()).then(|| allowed.iter().any(|method| method == Method::Info.as_str()))
}

/// INFO in a call: answered, and its digit told.
pub(super) fn receive(cx: &mut Cx<'_>, tx: TxId, info: &Request) {
    // RFC 6086 §4.2.2: we have said that we take no Info Package at all.
    if info.headers.has(&"Info-Package".into()) {
        let refusal = StatusCode::new(469).unwrap_or(StatusCode::BAD_EVENT);
        return cx.core.respond(tx, info.response(refusal, None).with("Recv-Info", ""));
    }
    let heard = match heard(info) {
        Heard::Nothing => None,
        Heard::Digit(digit, duration_ms) => Some((digit, duration_ms)),
        Heard::Nonsense => return cx.core.respond(tx, info.response(StatusCode::BAD_REQUEST, None)),
    };
    cx.core.respond(tx, info.response(StatusCode::OK, None));
    if let Some((digit, duration_ms)) = heard {
        cx.event(Event::DigitReceived { leg: cx.leg, digit, duration_ms });
    }
}

enum Heard {
    /// No body, or one that need not be understood, or a hook flash.
    Nothing,
    Digit(char, u32),
    Nonsense,
}

fn heard(info: &Request) -> Heard {
    let kind = info.headers.content_type().ok().flatten();
    if info.body.is_empty() || !kind.is_some_and(|kind| kind.is(RELAY) || kind.is(BARE)) {
        return Heard::Nothing;
    }
    let Ok(text) = std::str::from_utf8(&info.body) else { return Heard::Nonsense };
    let (mut signal, mut duration_ms) = (None, USUAL_MS);
    for line in text.lines() {
        match line.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("signal") => signal = Some(value.trim()),
            Some((name, value)) if name.trim().eq_ignore_ascii_case("duration") => {
                duration_ms = value.trim().parse().unwrap_or(USUAL_MS);
            }
            // The bare kind; some senders call it the other one.
            None if signal.is_none() && !line.trim().is_empty() => signal = Some(line.trim()),
            _ => {}
        }
    }
    match signal.map(digit) {
        Some(Some(Some(digit))) => Heard::Digit(digit, duration_ms.min(LONGEST_MS)),
        Some(Some(None)) => Heard::Nothing,
        _ => Heard::Nonsense,
    }
}

/// The digit that a signal stands for, also by its number as an event (RFC 4733 §3.2); inner none for a hook flash.
fn digit(signal: &str) -> Option<Option<char>> {
    let mut letters = signal.chars();
    match (letters.next(), letters.next()) {
        (Some(c), None) => match c.to_ascii_uppercase() {
            c @ ('0'..='9' | '*' | '#' | 'A'..='D') => Some(Some(c)),
            '!' => Some(None),
            _ => None,
        },
        _ => match signal.parse::<u8>() {
            Ok(number @ 10..=15) => Some(Some(char::from(b"*#ABCD"[usize::from(number) - 10]))),
            Ok(16) => Some(None),
            _ => signal.eq_ignore_ascii_case("hf").then_some(None),
        },
    }
}
