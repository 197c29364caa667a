//! Digits by INFO in a call that is up: one after the other, each awaited (`application/dtmf-relay`).

use std::collections::VecDeque;
use std::time::Duration;

use crate::message::{HeaderName, Method, Request, Response, StatusCode};
use crate::transaction::TxId;

use super::super::core::Wake;
use super::super::cx::Cx;
use super::super::digits::{KEY_MS, RELAY, relay};
use super::super::{EndCause, EndedBy, Event};
use super::Up;

/// Challenges answered for one INFO.
const MAX_CHALLENGES: u8 = 4;
/// Digits that wait for their turn; nobody types more ahead.
const MAX_WAITING: usize = 256;
/// From the answer to one digit to the next one: the other side sounds it first, and pauses.
const NEXT: Duration = Duration::from_millis(KEY_MS as u64 + 70);
/// What a `,` waits.
const COMMA: Duration = Duration::from_secs(1);

/// Digits on their way.
#[derive(Default)]
pub(in crate::ua) struct Digits {
    waiting: VecDeque<char>,
    asked: Option<Asked>,
    /// The pause after a digit or of a `,` is not over.
    pausing: bool,
}

struct Asked {
    tx: TxId,
    request: Request,
    digit: char,
    challenges: u8,
}

impl Up {
    /// Queues digits; what is none and no `,` is passed over.
    pub fn send_digits(mut self, cx: &mut Cx<'_>, digits: &str) -> Option<Self> {
        let known = digits.chars().map(|c| c.to_ascii_uppercase());
        let known = known.filter(|c| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D' | ','));
        let room = MAX_WAITING.saturating_sub(self.digits.waiting.len());
        self.digits.waiting.extend(known.take(room));
        self.next_digit(cx);
        Some(self)
    }

    /// The pause is over.
    pub fn on_digit_pause(mut self, cx: &mut Cx<'_>) -> Option<Self> {
        self.digits.pausing = false;
        self.next_digit(cx);
        Some(self)
    }

    fn next_digit(&mut self, cx: &mut Cx<'_>) {
        if self.digits.asked.is_some() || self.digits.pausing {
            return;
        }
        match self.digits.waiting.pop_front() {
            Some(',') => self.pause(cx, COMMA),
            Some(digit) if !self.inform(cx, digit, 0) => self.digits_refused(cx, digit, None),
            _ => {}
        }
    }

    fn pause(&mut self, cx: &mut Cx<'_>, length: Duration) {
        self.digits.pausing = true;
        cx.core.wake(Wake::NextDigit(cx.leg), length);
    }

    fn inform(&mut self, cx: &mut Cx<'_>, digit: char, challenges: u8) -> bool {
        let Some(way) = cx.way() else { return false };
        let request = self.dialog.request(Method::Info).with(HeaderName::Allow, cx.account.allow());
        let (tx, request) = cx.send(way, request.with_body(RELAY, relay(digit)));
        self.digits.asked = Some(Asked { tx, request, digit, challenges });
        true
    }

    /// Whether the transaction is that of our INFO.
    pub fn is_info(&self, tx: TxId) -> bool {
        self.digits.asked.as_ref().is_some_and(|asked| asked.tx == tx)
    }

    pub fn on_info_response(mut self, cx: &mut Cx<'_>, response: &Response) -> Option<Self> {
        if response.status.is_provisional() {
            return Some(self);
        }
        let Some(asked) = self.digits.asked.take() else { return Some(self) };
        match response.status.code() {
            200..=299 => {
                cx.event(Event::DigitSent { leg: cx.leg, digit: asked.digit });
                self.pause(cx, NEXT);
            }
            401 | 407
                if asked.challenges < MAX_CHALLENGES
                    && cx.account.auth.challenged(&asked.request, response).is_ok()
                    && self.inform(cx, asked.digit, asked.challenges + 1) => {}
            // RFC 3261 §12.2.1.2: the peer knows nothing of the dialog any more.
            481 => {
                self.digits_refused(cx, asked.digit, Some(response.status));
                self.part(cx);
                let cause = EndCause::of_lost_dialog(response.status);
                return cx.end(cause, Some(response.status), &response.reason, EndedBy::Remote);
            }
            _ => self.digits_refused(cx, asked.digit, Some(response.status)),
        }
        Some(self)
    }

    /// Nothing came for our INFO.
    pub fn on_info_silent(mut self, cx: &mut Cx<'_>) -> Option<Self> {
        if let Some(asked) = self.digits.asked.take() {
            self.digits_refused(cx, asked.digit, None);
        }
        Some(self)
    }

    /// A digit that is missing makes the following ones wrong: they go, too.
    fn digits_refused(&mut self, cx: &mut Cx<'_>, digit: char, status: Option<StatusCode>) {
        let digits = std::iter::once(digit).chain(self.digits.waiting.drain(..)).collect();
        cx.event(Event::DigitsRefused { leg: cx.leg, digits, status: status.map(StatusCode::code) });
    }
}
