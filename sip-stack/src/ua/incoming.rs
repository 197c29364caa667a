//! Calls in (RFC 3261 §13.3): offered, and accepted until the ACK comes.

use std::time::Duration;

use bytes::Bytes;

use crate::dialog::{Dialog, DialogId};
use crate::message::{HeaderName, Request, Response, StatusCode};
use crate::offer_answer::{LocalMedia, Negotiation};
use crate::sdp;
use crate::transaction::TxId;

use super::core::{Wake, allow};
use super::leg::{Cx, State, description};
use super::session::Up;
use super::session_timer;
use super::{EndCause, EndedBy, Event, LegId};

/// The INVITE is there; nothing final was said.
pub(super) struct Offered {
    pub tx: TxId,
    pub invite: Request,
    pub dialog: Dialog,
    /// The leg whose place the call takes.
    pub replaces: Option<LegId>,
}

/// Our 200 went, its ACK is awaited. Exists before the 200 leaves.
pub(super) struct Accepting {
    pub dialog: Dialog,
    tx: TxId,
    ok: Response,
    interval: Duration,
    negotiation: Negotiation,
    session_expires_s: Option<u32>,
    replaces: Option<LegId>,
}

impl Offered {
    pub fn dialog_id(&self) -> &DialogId {
        self.dialog.id()
    }

    pub fn tx(&self) -> TxId {
        self.tx
    }

    pub fn ring(self, cx: &mut Cx<'_>) -> State {
        let ringing = self.response(StatusCode::RINGING);
        cx.core.respond(self.tx, ringing);
        State::Offered(self)
    }

    pub fn answer(self, cx: &mut Cx<'_>, media: LocalMedia) -> State {
        let Some(mut negotiation) = cx.negotiation(media) else {
            return cx.end(EndCause::Unreachable, None, "the flow was lost", EndedBy::Network);
        };
        let body = match description(&self.invite.headers, &self.invite.body) {
            Some(offer) => match negotiation.answer(offer, &mut cx.core.rng) {
                Ok((body, outcome)) => {
                    cx.tell_media(&outcome);
                    body
                }
                Err(error) => {
                    cx.core.respond(self.tx, not_acceptable(&self.invite, self.tag()));
                    let reason = error.to_string();
                    let status = Some(StatusCode::NOT_ACCEPTABLE_HERE);
                    return cx.end(EndCause::MediaIncompatible, status, &reason, EndedBy::Local);
                }
            },
            // A late offer: ours goes in the 200, the answer comes in the ACK.
            None => negotiation.offer(false, &mut cx.core.rng),
        };
        let (ok, session_expires_s) = session_timer::grant(&self.invite, self.response(StatusCode::OK));
        let ok = ok.with(HeaderName::Allow, allow()).with_body(sdp::CONTENT_TYPE, body);
        let interval = cx.core.config.timers.t1;
        cx.core.timers.clear(Wake::RingLimit(cx.leg));
        cx.core.wake(Wake::Resend200(cx.leg), interval);
        cx.core.wake(Wake::AckMissing(cx.leg), cx.core.config.timers.timeout());
        cx.core.respond(self.tx, ok.clone());
        let (dialog, tx, replaces) = (self.dialog, self.tx, self.replaces);
        State::Accepting(Accepting { dialog, tx, ok, interval, negotiation, session_expires_s, replaces })
    }

    pub fn reject(self, cx: &mut Cx<'_>, status: StatusCode) -> State {
        cx.core.respond(self.tx, self.response(status));
        let cause = match EndCause::of_status(status) {
            EndCause::Busy => EndCause::Busy,
            EndCause::NoAnswer => EndCause::NoAnswer,
            EndCause::MediaIncompatible => EndCause::MediaIncompatible,
            _ => EndCause::Declined,
        };
        cx.end(cause, Some(status), status.reason_phrase(), EndedBy::Local)
    }

    pub fn on_ring_limit(self, cx: &mut Cx<'_>) -> State {
        self.reject(cx, StatusCode::TEMPORARILY_UNAVAILABLE)
    }

    pub fn on_cancel(self, cx: &mut Cx<'_>, cancel: &Request) -> State {
        cx.core.respond(self.tx, self.response(StatusCode::REQUEST_TERMINATED));
        let text = cancel.headers.reasons().into_iter().find_map(|reason| reason.text).unwrap_or_default();
        cx.end(EndCause::of_cancel(&cancel.headers), Some(StatusCode::REQUEST_TERMINATED), &text, EndedBy::Remote)
    }

    /// RFC 3261 §15: a caller may end its early dialog by BYE.
    pub fn on_bye(self, cx: &mut Cx<'_>, tx: TxId, bye: &Request) -> State {
        cx.core.respond(tx, bye.response(StatusCode::OK, None));
        self.on_cancel(cx, bye)
    }

    /// RFC 3261 §14.2: a second INVITE before the first has its answer.
    pub fn on_second_invite(self, cx: &mut Cx<'_>, tx: TxId, invite: &Request) -> Self {
        refuse_second_invite(cx, tx, invite);
        self
    }

    fn response(&self, status: StatusCode) -> Response {
        let response = self.invite.response(status, Some(self.tag()));
        if status.code() < 300 { response.with(HeaderName::Contact, self.dialog.contact()) } else { response }
    }

    fn tag(&self) -> &str {
        &self.dialog.id().local_tag
    }
}

impl Accepting {
    /// RFC 3261 §13.3.1.4: again after T1, doubling up to T2, whatever the transport.
    pub fn resend(mut self, cx: &mut Cx<'_>) -> Self {
        self.interval = (self.interval * 2).min(cx.core.config.timers.t2);
        cx.core.respond(self.tx, self.ok.clone());
        cx.core.wake(Wake::Resend200(cx.leg), self.interval);
        self
    }

    pub fn on_ack(mut self, cx: &mut Cx<'_>, ack: &Request) -> State {
        cx.core.timers.clear(Wake::Resend200(cx.leg));
        cx.core.timers.clear(Wake::AckMissing(cx.leg));
        if self.negotiation.offer_is_open() {
            let none = Bytes::new();
            let body = description(&ack.headers, &ack.body).unwrap_or(&none);
            match self.negotiation.accept_answer(body) {
                Ok(outcome) => {
                    self.negotiation.settle();
                    cx.tell_media(&outcome);
                }
                Err(error) => {
                    cx.bye(self.dialog);
                    return cx.end(EndCause::MediaIncompatible, None, &error.to_string(), EndedBy::Local);
                }
            }
        }
        cx.event(Event::Answered { leg: cx.leg });
        cx.core.partings.extend(self.replaces);
        session_timer::watch(cx, self.session_expires_s);
        State::Up(Up::answered(self.dialog, self.negotiation, self.session_expires_s))
    }

    pub fn on_ack_missing(self, cx: &mut Cx<'_>) -> State {
        // RFC 3261 §13.3.1.4: the dialog is confirmed, so it ends with a BYE.
        cx.bye(self.dialog);
        cx.end(EndCause::Timeout, None, "the answer was not acknowledged", EndedBy::Network)
    }

    /// RFC 3261 §15: the callee sends no BYE before the ACK, so the leg lingers in `Parting` until it comes.
    pub fn hang_up(self, cx: &mut Cx<'_>) -> State {
        cx.tell_end(EndCause::Normal, None, "", EndedBy::Local);
        State::Parting(self)
    }

    /// The ACK of a call that was hung up meanwhile, or the end of waiting for it.
    pub fn part(self, cx: &mut Cx<'_>) -> State {
        cx.clear_timers();
        cx.bye(self.dialog);
        State::Gone
    }

    pub fn on_bye(self, cx: &mut Cx<'_>, tx: TxId, bye: &Request) -> State {
        cx.core.respond(tx, bye.response(StatusCode::OK, None));
        cx.end(EndCause::Normal, None, "", EndedBy::Remote)
    }

    pub fn on_second_invite(self, cx: &mut Cx<'_>, tx: TxId, invite: &Request) -> Self {
        refuse_second_invite(cx, tx, invite);
        self
    }
}

/// RFC 3261 §14.2: 500 with a Retry-After of 0 to 10 seconds.
pub(super) fn refuse_second_invite(cx: &mut Cx<'_>, tx: TxId, invite: &Request) {
    let wait = cx.core.between(Duration::ZERO, Duration::from_secs(10)).as_secs();
    let response = invite.response(StatusCode::SERVER_INTERNAL_ERROR, None).with(HeaderName::RetryAfter, wait);
    cx.core.respond(tx, response);
}

/// 488 with the warning of RFC 3261 §20.43.
pub(super) fn not_acceptable(invite: &Request, tag: &str) -> Response {
    let response = invite.response(StatusCode::NOT_ACCEPTABLE_HERE, Some(tag));
    response.with(HeaderName::Warning, "304 timbre \"Media type not available\"")
}
