//! The REFER of ours in a call that is up, and what becomes of it.

use std::time::Duration;

use crate::message::{HeaderName, Method, NameAddr, Request, Response, StatusCode};
use crate::transaction::TxId;

use super::super::core::Wake;
use super::super::cx::Cx;
use super::super::transfer::{Goal, Transfer, fragment_status, transfer_failed};
use super::super::{EndCause, EndedBy, Event};
use super::Up;

/// Challenges answered for one REFER.
const MAX_CHALLENGES: u8 = 4;
/// How long news of a transfer are awaited; as long as a call may ring.
const PATIENCE: Duration = Duration::from_secs(180);

impl Up {
    /// Sends the other side elsewhere.
    pub fn transfer(mut self, cx: &mut Cx<'_>, goal: Goal) -> Option<Self> {
        if self.transfer.is_some() || !self.refer(cx, goal, 0) {
            transfer_failed(cx, None);
        }
        Some(self)
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

    pub fn on_refer_response(mut self, cx: &mut Cx<'_>, response: &Response) -> Option<Self> {
        let Some(mut transfer) = self.transfer.take() else { return Some(self) };
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
                return Some(self);
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
                return Some(self);
            }
        }
        self.transfer = Some(transfer);
        Some(self)
    }

    /// No answer to our REFER, or no more news of it.
    pub fn on_transfer_silent(mut self, cx: &mut Cx<'_>) -> Option<Self> {
        if self.transfer.take().is_some() {
            cx.core.timers.clear(Wake::TransferSilent(cx.leg));
            transfer_failed(cx, None);
        }
        Some(self)
    }

    /// News of the subscription that our REFER made; it may overtake the 202.
    pub fn on_notify(mut self, cx: &mut Cx<'_>, tx: TxId, notify: &Request) -> Option<Self> {
        let event = notify.headers.parametrised(&HeaderName::Event).ok().flatten();
        if !event.is_some_and(|event| event.is("refer")) {
            let refusal = notify.response(StatusCode::BAD_EVENT, None).with(HeaderName::AllowEvents, "refer");
            cx.core.respond(tx, refusal);
            return Some(self);
        }
        let Some(mut transfer) = self.transfer.take() else {
            cx.core.respond(tx, notify.response(StatusCode::CALL_DOES_NOT_EXIST, None));
            return Some(self);
        };
        cx.core.respond(tx, notify.response(StatusCode::OK, None));
        transfer.accepted = true;
        match fragment_status(&notify.body) {
            Some(status) if status.is_success() => self.transferred(cx, transfer.goal),
            Some(status) if status.is_final() => {
                cx.core.timers.clear(Wake::TransferSilent(cx.leg));
                transfer_failed(cx, Some(status));
                Some(self)
            }
            // News without a final status, even the last ones, leave it open: the other side may still hang up.
            status => {
                if let Some(status) = status {
                    cx.event(Event::TransferProgress { leg: cx.leg, status: status.code() });
                }
                cx.core.wake(Wake::TransferSilent(cx.leg), PATIENCE);
                self.transfer = Some(transfer);
                Some(self)
            }
        }
    }

    fn transferred(self, cx: &mut Cx<'_>, goal: Goal) -> Option<Self> {
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
