//! What the other side changes in a call that is up: re-INVITE with its ACK, and UPDATE (RFC 3311).

use crate::message::{HeaderName, Request, StatusCode};
use crate::sdp;
use crate::transaction::TxId;

use super::super::core::Wake;
use super::super::cx::{Cx, description};
use super::super::refusal::{not_acceptable, refuse_second_invite};
use super::super::session_timer;
use super::{Change, Up};

impl Up {
    /// UPDATE: as a re-INVITE that is over with its answer. Without a description it only refreshes.
    pub fn on_update(mut self, cx: &mut Cx<'_>, tx: TxId, update: &Request) -> Option<Self> {
        if let Some(refusal) = session_timer::too_small(update, None) {
            cx.core.respond(tx, refusal);
            return Some(self);
        }
        let mut answer = None;
        if let Some(offer) = description(&update.headers, &update.body) {
            match &self.change {
                // RFC 3311 §5.2: as with re-INVITEs, one offer at a time.
                Change::Asking { .. } => {
                    cx.core.respond(tx, update.response(StatusCode::REQUEST_PENDING, None));
                    return Some(self);
                }
                Change::Answering { .. } => {
                    refuse_second_invite(cx, tx, update);
                    return Some(self);
                }
                Change::Calm | Change::Glare { .. } => {}
            }
            match self.negotiation.answer(offer, &mut cx.core.rng) {
                Ok((body, outcome)) => {
                    cx.tell_media(&outcome);
                    answer = Some(body);
                }
                Err(error) => {
                    tracing::warn!(leg = cx.leg.0, %error, "UPDATE refused, the call stays as it was");
                    cx.core.respond(tx, not_acceptable(update, &self.dialog.id().local_tag));
                    return Some(self);
                }
            }
        }
        self.dialog.refresh_target(&update.headers);
        cx.note_allow(&update.headers);
        let ok = update.response(StatusCode::OK, None).with(HeaderName::Contact, self.dialog.contact());
        let (ok, interval) = session_timer::grant(update, ok);
        self.interval = interval;
        session_timer::watch(cx, interval);
        cx.core.respond(
            tx,
            match answer {
                Some(body) => ok.with_body(sdp::CONTENT_TYPE, body),
                None => ok,
            },
        );
        Some(self)
    }

    pub fn on_reinvite(mut self, cx: &mut Cx<'_>, tx: TxId, invite: Request) -> Option<Self> {
        if let Some(refusal) = session_timer::too_small(&invite, None) {
            cx.core.respond(tx, refusal);
            return Some(self);
        }
        match &self.change {
            // RFC 3261 §14.2: both sides asked at once.
            Change::Asking { .. } => {
                cx.core.respond(tx, invite.response(StatusCode::REQUEST_PENDING, None));
                return Some(self);
            }
            Change::Answering { .. } => {
                refuse_second_invite(cx, tx, &invite);
                return Some(self);
            }
            Change::Calm | Change::Glare { .. } => {}
        }
        let body = match description(&invite.headers, &invite.body) {
            Some(offer) => match self.negotiation.answer(offer, &mut cx.core.rng) {
                Ok((body, outcome)) => {
                    cx.tell_media(&outcome);
                    body
                }
                Err(error) => {
                    tracing::warn!(leg = cx.leg.0, %error, "re-INVITE refused, the call stays as it was");
                    cx.core.respond(tx, not_acceptable(&invite, &self.dialog.id().local_tag));
                    return Some(self);
                }
            },
            None => self.negotiation.offer(self.negotiation.holds(), &mut cx.core.rng),
        };
        self.dialog.refresh_target(&invite.headers);
        cx.note_allow(&invite.headers);
        self.accept_reinvite(cx, tx, &invite, body)
    }

    fn accept_reinvite(mut self, cx: &mut Cx<'_>, tx: TxId, invite: &Request, body: Vec<u8>) -> Option<Self> {
        let ok = invite.response(StatusCode::OK, None).with(HeaderName::Contact, self.dialog.contact());
        let (ok, interval) = session_timer::grant(invite, ok);
        self.interval = interval;
        session_timer::watch(cx, interval);
        let ok = ok.with(HeaderName::Allow, cx.account.allow()).with_body(sdp::CONTENT_TYPE, body);
        let interval = cx.core.config.timers.t1;
        cx.core.wake(Wake::Resend200(cx.leg), interval);
        cx.core.wake(Wake::AckMissing(cx.leg), cx.core.config.timers.timeout());
        cx.core.respond(tx, ok.clone());
        let cseq = invite.headers.cseq().map_or(0, |cseq| cseq.number);
        if let Change::Glare { wish, .. } = self.change {
            self.next = Some(self.next.unwrap_or(wish));
            cx.core.timers.clear(Wake::Glare(cx.leg));
        }
        self.change = Change::Answering { tx, cseq, ok, interval };
        Some(self)
    }

    pub fn on_ack(mut self, cx: &mut Cx<'_>, ack: &Request) -> Option<Self> {
        let number = ack.headers.cseq().map_or(0, |cseq| cseq.number);
        match &self.change {
            Change::Answering { cseq, .. } if *cseq == number => {}
            _ => return Some(self),
        }
        cx.core.timers.clear(Wake::Resend200(cx.leg));
        cx.core.timers.clear(Wake::AckMissing(cx.leg));
        self.change = Change::Calm;
        if self.negotiation.offer_is_open() {
            let answer = description(&ack.headers, &ack.body).map(|body| self.negotiation.accept_answer(body));
            match answer {
                Some(Ok(outcome)) => {
                    self.negotiation.settle();
                    cx.tell_media(&outcome);
                }
                _ => self.negotiation.withdraw(),
            }
        }
        self.go_on(cx)
    }
}
