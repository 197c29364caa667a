//! Transfers that we ask for (RFC 3515, RFC 5589): REFER, and what the other side tells of it by NOTIFY.
//!
//! ```text
//!  REFER ──202──► Accepted ──NOTIFY 1xx──► (progress) ──NOTIFY 2xx──► transferred: BYE here, and on the joined call
//!    │ refused          │ NOTIFY 3xx to 6xx, or silence                  the same if the other side hangs up first
//!    └──────────────────┴──► failed: the call is as it was
//! ```

use std::fmt::Write as _;
use std::time::Duration;

use crate::dialog::Dialog;
use crate::message::{HeaderName, Host, Method, NameAddr, Params, Request, Response, SipUri, StatusCode, Uri};
use crate::transaction::TxId;

use super::core::Wake;
use super::leg::{Cx, State};
use super::session::Up;
use super::{EndCause, EndedBy, Event, LegId};

/// Challenges answered for one REFER.
const MAX_CHALLENGES: u8 = 4;
/// How long news of a transfer are awaited; as long as a call may ring.
const PATIENCE: Duration = Duration::from_secs(180);

/// What a REFER of ours names.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// An address.
    Address(SipUri),
    /// The other side of a call of ours, and that call.
    Join { address: NameAddr, call: LegId },
}

/// A REFER that is not done.
#[derive(Debug)]
pub(super) struct Transfer {
    tx: TxId,
    request: Request,
    goal: Goal,
    accepted: bool,
    challenges: u8,
}

/// `Refer-To` for a dialog of ours, with the Replaces that names the dialog as the other side sees it (RFC 5589 §7.3, RFC 3891
/// §3). The address is that of record where it belongs to our `domain`, whose exchange finds everybody; else the Contact, which
/// a proxy need not let through.
pub(super) fn join(dialog: &Dialog, call: LegId, domain: &Host) -> Option<Goal> {
    let known = dialog.remote().as_sip().filter(|uri| uri.user.is_some() && uri.host == *domain);
    let mut uri = match known {
        Some(uri) => SipUri { params: Params::new(), password: None, ..uri.clone() },
        None => dialog.remote_target().as_sip()?.clone(),
    };
    let id = dialog.id();
    let replaces = format!("{};to-tag={};from-tag={}", id.call_id, id.remote_tag, id.local_tag);
    let mut escaped = String::from("Replaces=");
    for byte in replaces.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => _ = write!(escaped, "%{byte:02X}"),
        }
    }
    uri.headers = Some(escaped);
    Some(Goal::Join { address: NameAddr::new(Uri::Sip(uri)), call })
}

impl Up {
    /// Sends the other side elsewhere.
    pub fn transfer(mut self, cx: &mut Cx<'_>, goal: Goal) -> State {
        if self.transfer.is_some() || !self.refer(cx, goal, 0) {
            transfer_failed(cx, None);
        }
        State::Up(self)
    }

    fn refer(&mut self, cx: &mut Cx<'_>, goal: Goal, challenges: u8) -> bool {
        let (Some(way), Ok(own)) = (cx.way(), cx.account.address_of_record()) else { return false };
        let to = match &goal {
            Goal::Address(uri) => NameAddr::new(uri.clone()),
            Goal::Join { address, .. } => address.clone(),
        };
        let request = self.dialog.request(Method::Refer).with(HeaderName::ReferTo, format!("<{}>", to.uri));
        let request = request.with(HeaderName::ReferredBy, format!("<{}>", own.uri));
        let (tx, request) = cx.send(way, request);
        self.transfer = Some(Transfer { tx, request, goal, accepted: false, challenges });
        true
    }

    /// Whether the transaction is that of our REFER.
    pub fn is_refer(&self, tx: TxId) -> bool {
        self.transfer.as_ref().is_some_and(|transfer| transfer.tx == tx)
    }

    pub fn on_refer_response(mut self, cx: &mut Cx<'_>, response: &Response) -> State {
        let Some(mut transfer) = self.transfer.take() else { return State::Up(self) };
        match response.status.code() {
            100..=199 => {}
            200..=299 => {
                transfer.accepted = true;
                cx.core.wake(Wake::TransferSilent(cx.leg), PATIENCE);
            }
            401 | 407 if transfer.challenges < MAX_CHALLENGES => {
                if cx.account.auth.challenged(&transfer.request, response).is_err()
                    || !self.refer(cx, transfer.goal, transfer.challenges + 1)
                {
                    transfer_failed(cx, Some(response.status));
                }
                return State::Up(self);
            }
            // RFC 3261 §12.2.1.2: the peer knows nothing of the dialog any more.
            408 | 481 => {
                transfer_failed(cx, Some(response.status));
                self.part(cx);
                let cause = EndCause::of_lost_dialog(response.status);
                return cx.end(cause, Some(response.status), &response.reason, EndedBy::Remote);
            }
            _ => {
                transfer_failed(cx, Some(response.status));
                return State::Up(self);
            }
        }
        self.transfer = Some(transfer);
        State::Up(self)
    }

    /// No answer to our REFER, or no more news of it.
    pub fn on_transfer_silent(mut self, cx: &mut Cx<'_>) -> State {
        if self.transfer.take().is_some() {
            cx.core.timers.clear(Wake::TransferSilent(cx.leg));
            transfer_failed(cx, None);
        }
        State::Up(self)
    }

    /// News of the subscription that our REFER made; it may overtake the 202.
    pub fn on_notify(mut self, cx: &mut Cx<'_>, tx: TxId, notify: &Request) -> State {
        let event = notify.headers.parametrised(&HeaderName::Event).ok().flatten();
        if !event.is_some_and(|event| event.is("refer")) {
            let refusal = notify.response(StatusCode::BAD_EVENT, None).with(HeaderName::AllowEvents, "refer");
            cx.core.respond(tx, refusal);
            return State::Up(self);
        }
        let Some(mut transfer) = self.transfer.take() else {
            cx.core.respond(tx, notify.response(StatusCode::CALL_DOES_NOT_EXIST, None));
            return State::Up(self);
        };
        cx.core.respond(tx, notify.response(StatusCode::OK, None));
        transfer.accepted = true;
        match fragment_status(&notify.body) {
            Some(status) if status.is_success() => self.transferred(cx, transfer.goal),
            Some(status) if status.is_final() => {
                cx.core.timers.clear(Wake::TransferSilent(cx.leg));
                transfer_failed(cx, Some(status));
                State::Up(self)
            }
            // News without a final status, even the last ones, leave it open: the other side may still hang up.
            status => {
                if let Some(status) = status {
                    cx.event(Event::TransferProgress { leg: cx.leg, status: status.code() });
                }
                cx.core.wake(Wake::TransferSilent(cx.leg), PATIENCE);
                self.transfer = Some(transfer);
                State::Up(self)
            }
        }
    }

    fn transferred(self, cx: &mut Cx<'_>, goal: Goal) -> State {
        cx.event(Event::Transferred { leg: cx.leg });
        if let Goal::Join { call, .. } = goal {
            cx.core.partings.push(call);
        }
        self.part(cx);
        cx.end(EndCause::Normal, None, "", EndedBy::Local)
    }

    /// The other side hangs up: many exchanges say so that a transfer which they had accepted is done.
    pub fn conclude_transfer(&mut self, cx: &mut Cx<'_>) {
        let Some(transfer) = self.transfer.take().filter(|transfer| transfer.accepted) else { return };
        cx.event(Event::Transferred { leg: cx.leg });
        if let Goal::Join { call, .. } = transfer.goal {
            cx.core.partings.push(call);
        }
    }
}

/// Tells that the call is as it was.
pub(super) fn transfer_failed(cx: &mut Cx<'_>, status: Option<StatusCode>) {
    let status = status.map(StatusCode::code);
    cx.event(Event::TransferFailed { leg: cx.leg, status });
}

/// The status line of a `message/sipfrag` body (RFC 3420, RFC 3515 §2.4.5).
fn fragment_status(body: &[u8]) -> Option<StatusCode> {
    let line = body.split(|byte| matches!(byte, b'\r' | b'\n')).find(|line| !line.is_empty())?;
    let rest = line.strip_prefix(b"SIP/2.0 ")?;
    let code = std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok()?;
    let ends = rest.get(3).is_none_or(|byte| *byte == b' ');
    StatusCode::new(code).filter(|_| ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_a_fragment() {
        let code = |body: &str| fragment_status(body.as_bytes()).map(StatusCode::code);
        assert_eq!(code("SIP/2.0 100 Trying"), Some(100));
        assert_eq!(code("\r\nSIP/2.0 603 Decline\r\nFrom: x\r\n"), Some(603));
        assert_eq!(code("SIP/2.0 200"), Some(200));
        for bad in ["", "SIP/2.0", "SIP/2.0 20", "SIP/2.0 2000 OK", "SIP/2.0 999 X", "INVITE sip:a SIP/2.0"] {
            assert_eq!(code(bad), None, "{bad:?}");
        }
    }
}
