//! Provisional responses that must arrive (RFC 3262): PRACK for those of the other side, and ours where it requires them.

use std::time::Duration;

use crate::dialog::Dialog;
use crate::message::{HeaderName, Method, NameAddr, Request, Response, StatusCode};
use crate::transaction::TxId;

use super::core::Wake;
use super::cx::Cx;

/// Forks whose provisional responses are acknowledged.
const MAX_FORKS: usize = 8;

/// The early dialogs of one INVITE of ours, each with the last RSeq that was acknowledged.
#[derive(Debug, Default)]
pub(super) struct EarlyDialogs {
    dialogs: Vec<(Dialog, u32)>,
    /// Numbers that PRACKs have taken, at most, in any of them.
    pub used: u32,
}

fn is_reliable(response: &Response) -> Option<u32> {
    let required = response.status.code() > 100 && response.headers.has_token(&HeaderName::Require, "100rel");
    let number = response.headers.get(&HeaderName::RSeq).filter(|_| required)?;
    std::str::from_utf8(number).ok()?.trim().parse().ok()
}

impl EarlyDialogs {
    /// Acknowledges a provisional response that asks for it. Whether it is to be looked at: copies and those that came before
    /// their time are not (RFC 3262 §4).
    pub fn take(&mut self, cx: &mut Cx<'_>, invite: &Request, contact: &NameAddr, response: &Response) -> bool {
        let Some(number) = is_reliable(response) else { return true };
        let Ok(fresh) = Dialog::from_response(invite, response, contact) else { return false };
        let at = match self.dialogs.iter().position(|(dialog, _)| dialog.id() == fresh.id()) {
            Some(at) if number == self.dialogs[at].1.wrapping_add(1) => at,
            None if self.dialogs.len() < MAX_FORKS => {
                self.dialogs.push((fresh, number));
                self.dialogs.len() - 1
            }
            _ => return false,
        };
        let (dialog, last) = &mut self.dialogs[at];
        *last = number;
        let Some(way) = cx.way() else { return true };
        let cseq = invite.headers.cseq().map_or(1, |cseq| cseq.number);
        let prack = dialog.request(Method::Prack).with(HeaderName::RAck, format!("{number} {cseq} INVITE"));
        self.used += 1;
        cx.send(way, prack);
        true
    }
}

/// A provisional response of ours that waits for its PRACK.
#[derive(Debug)]
pub(super) struct Unconfirmed {
    number: u32,
    response: Response,
    interval: Duration,
    waited: Duration,
}

impl Unconfirmed {
    /// Sends a provisional response reliably.
    pub fn send(cx: &mut Cx<'_>, tx: TxId, response: Response) -> Self {
        // RFC 3262 §3: the first number is drawn from 1 to 2^31 - 1; small ones keep the message small.
        let number =
            1 + u32::try_from(cx.core.between(Duration::ZERO, Duration::from_millis(8)).as_micros()).unwrap_or(0);
        let response = response.with(HeaderName::Require, "100rel").with(HeaderName::RSeq, number);
        let interval = cx.core.config.timers.t1;
        cx.core.wake(Wake::Resend1xx(cx.leg), interval);
        cx.core.respond(tx, response.clone());
        Self { number, response, interval, waited: Duration::ZERO }
    }

    /// Sends it again after T1, doubling. None when 64·T1 are over (RFC 3262 §3).
    pub fn resend(mut self, cx: &mut Cx<'_>, tx: TxId) -> Option<Self> {
        self.waited += self.interval;
        if self.waited >= cx.core.config.timers.timeout() - cx.core.config.timers.t1 {
            return None;
        }
        self.interval *= 2;
        cx.core.respond(tx, self.response.clone());
        cx.core.wake(Wake::Resend1xx(cx.leg), self.interval);
        Some(self)
    }

    /// Whether the PRACK is for it.
    pub fn is_confirmed_by(&self, prack: &Request) -> bool {
        let Some(raw) = prack.headers.get(&HeaderName::RAck) else { return false };
        let text = String::from_utf8_lossy(raw);
        let mut words = text.split_whitespace();
        let number = words.next().and_then(|word| word.parse().ok());
        let cseq: Option<u32> = words.next().and_then(|word| word.parse().ok());
        let ours = self.response.headers.cseq().ok().map(|cseq| cseq.number);
        number == Some(self.number) && cseq == ours && words.next() == Some("INVITE")
    }
}

/// Whether an INVITE takes provisional responses only so that they arrive.
pub(super) fn is_required(invite: &Request) -> bool {
    invite.headers.has_token(&HeaderName::Require, "100rel")
}

/// Answers a PRACK that is too late or for nothing.
pub(super) fn refuse(cx: &mut Cx<'_>, tx: TxId, prack: &Request) {
    cx.core.respond(tx, prack.response(StatusCode::CALL_DOES_NOT_EXIST, None));
}
