//! Digits of a call: which way they go, and what becomes of them.

use agent_api::account::Dtmf;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::NoticeCode;
use agent_api::id::CallId;
use sip_stack::ua::Command;

use super::live::Live;
use super::{Desk, Reply};
use crate::fact::What;
use crate::port::media::{Digits, DigitsBy, MediaCommand};

/// 481: the other side does not know the call any more (RFC 3261 §12.2.1.2).
const GONE: u16 = 481;

/// How digits of a call travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Media(DigitsBy),
    Info,
}

impl Desk {
    /// Sends digits in a call that is up (or sounds already).
    pub(super) fn dtmf(&mut self, call: CallId, digits: Digits) -> Result<Reply, ApiError> {
        let live = self.live(call)?;
        if live.agreed.is_none() || !live.audible() {
            return Err(Self::wrong_state());
        }
        let known = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D' | 'a'..='d' | ',');
        if digits.0.is_empty() || !digits.0.chars().all(known) {
            return Err(ApiError::about(ErrorCode::Invalid, "digits"));
        }
        let (leg, account) = (live.leg, live.account());
        let wished = self.lines.get(account).map_or(Dtmf::Auto, |line| line.account.dtmf);
        let live = self.live(call)?;
        match way(wished, live) {
            Way::Media(by) => self.do_media(MediaCommand::Dtmf { call, digits, by }),
            Way::Info => self.do_phone(Command::SendDigits { leg, digits: digits.0 }),
        }
        Ok(Reply::Done)
    }

    /// One that came or went by INFO.
    pub(super) fn told_digit(&mut self, call: CallId, digit: char, sent: bool) {
        self.fact(call, What::Dtmf { digits: Digits(digit.to_string()), sent });
    }

    /// Nobody takes our digits by INFO. «Auto» goes on by sound where the other side answered so; where it is silent, or INFO was
    /// wished, who pressed them must know, for a menu or a password goes wrong.
    pub(super) fn digits_refused(&mut self, call: CallId, digits: Digits, status: Option<u16>) {
        self.fact(call, What::DtmfRefused { code: status });
        let answered = status.is_some_and(|status| status != GONE);
        let Some(live) = self.calls.get_mut(&call) else { return };
        live.takes_info &= !answered;
        let account = live.account();
        let auto = self.lines.get(account).is_some_and(|line| line.account.dtmf == Dtmf::Auto);
        if auto && answered {
            return self.do_media(MediaCommand::Dtmf { call, digits, by: DigitsBy::Tones });
        }
        self.say(NoticeCode::TonesRefused, None);
    }
}

/// What the account says; «auto» takes what the other side understands. There is no INFO before the answer.
fn way(wished: Dtmf, live: &Live) -> Way {
    let events = live.agreed.as_ref().is_some_and(|agreed| agreed.dtmf_payload_type.is_some());
    let up = live.answered_at.is_some();
    match wished {
        Dtmf::Auto if events => Way::Media(DigitsBy::Events),
        Dtmf::Auto if live.takes_info && up => Way::Info,
        Dtmf::Info if up => Way::Info,
        Dtmf::Rfc4733 => Way::Media(DigitsBy::Events),
        Dtmf::Auto | Dtmf::Info | Dtmf::Inband => Way::Media(DigitsBy::Tones),
    }
}
