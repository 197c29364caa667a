//! Calls in (RFC 3261 §13.3): offered, and accepted until the ACK comes.

use std::time::Duration;

use bytes::Bytes;

use crate::dialog::{Dialog, DialogId};
use crate::message::{HeaderName, Request, Response, StatusCode};
use crate::offer_answer::{LocalMedia, Negotiation};
use crate::sdp;
use crate::transaction::TxId;

use super::core::Wake;
use super::cx::{Cx, Over, description};
use super::refusal::{not_acceptable, refuse_second_invite, update_before_answer};
use super::reliable::{self, Unconfirmed};
use super::session::Up;
use super::session_timer::{self, Interval};
use super::{EndCause, EndedBy, Event, LegId};

/// The INVITE is there; nothing final was said.
pub(super) struct Offered {
    pub tx: TxId,
    pub invite: Request,
    pub dialog: Dialog,
    /// The leg whose place the call takes.
    pub replaces: Option<LegId>,
    /// A 180 that waits for its PRACK.
    pub unconfirmed: Option<Unconfirmed>,
}

/// Our 200 went, its ACK is awaited. Exists before the 200 leaves.
pub(super) struct Accepting {
    pub dialog: Dialog,
    tx: TxId,
    ok: Response,
    interval: Duration,
    negotiation: Negotiation,
    session: Option<Interval>,
    replaces: Option<LegId>,
    /// The network changed since the answer: what it says of the media is of the old address.
    moved: bool,
}

/// Where a call in goes from a state.
#[expect(clippy::large_enum_variant, reason = "it becomes the leg's state at once")]
pub(super) enum Next {
    Offered(Offered),
    Accepting(Accepting),
    /// Hung up before the ACK came.
    Parting(Accepting),
    Up(Up),
    Over,
}

impl Over for Next {
    fn over() -> Self {
        Self::Over
    }
}

impl Offered {
    pub fn dialog_id(&self) -> &DialogId {
        self.dialog.id()
    }

    pub fn tx(&self) -> TxId {
        self.tx
    }

    pub fn ring(mut self, cx: &mut Cx<'_>) -> Next {
        let ringing = self.response(StatusCode::RINGING);
        if !reliable::is_required(&self.invite) {
            cx.core.respond(self.tx, ringing);
        } else if self.unconfirmed.is_none() {
            self.unconfirmed = Some(Unconfirmed::send(cx, self.tx, ringing));
        }
        Next::Offered(self)
    }

    /// RFC 3262 §3: a provisional response that never arrives means that an answer would not either.
    pub fn resend(mut self, cx: &mut Cx<'_>) -> Next {
        let Some(unconfirmed) = self.unconfirmed.take() else { return Next::Offered(self) };
        self.unconfirmed = unconfirmed.resend(cx, self.tx);
        if self.unconfirmed.is_some() {
            return Next::Offered(self);
        }
        cx.core.respond(self.tx, self.response(StatusCode::SERVER_TIMEOUT));
        cx.end(
            EndCause::Timeout,
            Some(StatusCode::SERVER_TIMEOUT),
            "the ringing was not acknowledged",
            EndedBy::Network,
        )
    }

    pub fn on_prack(mut self, cx: &mut Cx<'_>, tx: TxId, prack: &Request) -> Self {
        if self.unconfirmed.as_ref().is_some_and(|unconfirmed| unconfirmed.is_confirmed_by(prack)) {
            self.unconfirmed = None;
            cx.core.timers.clear(Wake::Resend1xx(cx.leg));
            cx.core.respond(tx, prack.response(StatusCode::OK, None));
        } else {
            reliable::refuse(cx, tx, prack);
        }
        self
    }

    pub fn answer(self, cx: &mut Cx<'_>, media: LocalMedia) -> Next {
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
        let (ok, session) = session_timer::grant(&self.invite, self.response(StatusCode::OK));
        let ok = ok.with(HeaderName::Allow, cx.account.allow()).with_body(sdp::CONTENT_TYPE, body);
        let interval = cx.core.config.timers.t1;
        cx.core.timers.clear(Wake::RingLimit(cx.leg));
        cx.core.timers.clear(Wake::Resend1xx(cx.leg));
        cx.core.wake(Wake::Resend200(cx.leg), interval);
        cx.core.wake(Wake::AckMissing(cx.leg), cx.core.config.timers.timeout());
        cx.core.respond(self.tx, ok.clone());
        let (dialog, tx, replaces) = (self.dialog, self.tx, self.replaces);
        Next::Accepting(Accepting { dialog, tx, ok, interval, negotiation, session, replaces, moved: false })
    }

    /// The answer will come from the new address, and tell it.
    pub fn on_network_changed(mut self, cx: &mut Cx<'_>) -> Self {
        if let Some(facts) = cx.account.facts() {
            self.dialog.set_contact(cx.account.contact(&facts));
        }
        self
    }

    pub fn reject(self, cx: &mut Cx<'_>, status: StatusCode) -> Next {
        cx.core.respond(self.tx, self.response(status));
        let cause = match EndCause::of_status(status) {
            EndCause::Busy => EndCause::Busy,
            EndCause::NoAnswer => EndCause::NoAnswer,
            EndCause::MediaIncompatible => EndCause::MediaIncompatible,
            _ => EndCause::Declined,
        };
        cx.end(cause, Some(status), status.reason_phrase(), EndedBy::Local)
    }

    pub fn on_ring_limit(self, cx: &mut Cx<'_>) -> Next {
        self.reject(cx, StatusCode::TEMPORARILY_UNAVAILABLE)
    }

    pub fn on_cancel(self, cx: &mut Cx<'_>, cancel: &Request) -> Next {
        cx.core.respond(self.tx, self.response(StatusCode::REQUEST_TERMINATED));
        let text = cancel.headers.reasons().into_iter().find_map(|reason| reason.text).unwrap_or_default();
        cx.end(EndCause::of_cancel(&cancel.headers), Some(StatusCode::REQUEST_TERMINATED), &text, EndedBy::Remote)
    }

    /// RFC 3261 §15: a caller may end its early dialog by BYE.
    pub fn on_bye(self, cx: &mut Cx<'_>, tx: TxId, bye: &Request) -> Next {
        cx.core.respond(tx, bye.response(StatusCode::OK, None));
        self.on_cancel(cx, bye)
    }

    /// RFC 3311 §5.2: no second offer before the first has its answer; without one there is nothing to change.
    pub fn on_update(self, cx: &mut Cx<'_>, tx: TxId, update: &Request) -> Self {
        update_before_answer(cx, tx, update, &self.dialog);
        self
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
    /// Copies of the answer come from the new address, where its ACK is awaited.
    pub fn on_network_changed(mut self, cx: &mut Cx<'_>) -> Self {
        if let Some(facts) = cx.account.facts() {
            let contact = cx.account.contact(&facts);
            self.ok.headers.set(HeaderName::Contact, contact.to_string());
            self.dialog.set_contact(contact);
            self.moved = true;
        }
        self
    }

    /// RFC 3261 §13.3.1.4: again after T1, doubling up to T2, whatever the transport.
    pub fn resend(mut self, cx: &mut Cx<'_>) -> Self {
        self.interval = (self.interval * 2).min(cx.core.config.timers.t2);
        cx.core.respond(self.tx, self.ok.clone());
        cx.core.wake(Wake::Resend200(cx.leg), self.interval);
        self
    }

    pub fn on_ack(mut self, cx: &mut Cx<'_>, ack: &Request) -> Next {
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
        session_timer::watch(cx, self.session);
        let up = Up::answered(self.dialog, self.negotiation, self.session);
        let up = if self.moved { up.on_network_changed(cx) } else { Some(up) };
        up.map_or(Next::Over, Next::Up)
    }

    pub fn on_ack_missing(self, cx: &mut Cx<'_>) -> Next {
        // RFC 3261 §13.3.1.4: the dialog is confirmed, so it ends with a BYE.
        cx.bye(self.dialog);
        cx.end(EndCause::Timeout, None, "the answer was not acknowledged", EndedBy::Network)
    }

    /// RFC 3261 §15: the callee sends no BYE before the ACK, so the leg lingers in `Parting` until it comes.
    pub fn hang_up(self, cx: &mut Cx<'_>) -> Next {
        cx.tell_end(EndCause::Normal, None, "", EndedBy::Local);
        Next::Parting(self)
    }

    /// The ACK of a call that was hung up meanwhile, or the end of waiting for it.
    pub fn part(self, cx: &mut Cx<'_>) -> Next {
        cx.clear_timers();
        cx.bye(self.dialog);
        Next::Over
    }

    pub fn on_bye(self, cx: &mut Cx<'_>, tx: TxId, bye: &Request) -> Next {
        cx.core.respond(tx, bye.response(StatusCode::OK, None));
        cx.end(EndCause::Normal, None, "", EndedBy::Remote)
    }

    pub fn on_second_invite(self, cx: &mut Cx<'_>, tx: TxId, invite: &Request) -> Self {
        refuse_second_invite(cx, tx, invite);
        self
    }
}
