//! A call that is up: BYE both ways, ACK copies, and what changes the session.
//!
//! ```text
//!           ┌── hold/resume ──► Asking ──2xx──► Calm       491 ─► Glare ──wait──► Asking
//!  Calm ────┤                                              other failure ─► Calm, the call as it was
//!           └── re-INVITE ──► Answering ──ACK──► Calm      no ACK ─► BYE
//! ```

mod asked;
mod digits;
mod referral;
mod transfer;

use std::time::Duration;

use bytes::Bytes;

use crate::dialog::Dialog;
use crate::message::{HeaderName, Method, Request, Response, StatusCode};
use crate::offer_answer::Negotiation;
use crate::sdp;
use crate::transaction::TxId;

use super::account::Account;
use super::core::{SUPPORTED, Wake};
use super::cx::{Cx, description};
use super::farewell::{copy_credentials, refuse_fork};
use super::leftover::Stage;
use super::referral::Referral;
use super::session_timer::{self, Interval};
use super::transfer::Transfer;
use super::{EndCause, EndedBy, Event};

/// Challenges answered for one re-INVITE.
const MAX_CHALLENGES: u8 = 4;
/// 491 in a row before a wish is given up.
const MAX_GLARES: u8 = 5;

/// What a re-INVITE of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Hold,
    Resume,
    /// The same session from a new address.
    Move,
    /// The same session for another interval (RFC 4028).
    Refresh,
}

/// What is being changed.
enum Change {
    Calm,
    /// Our re-INVITE is out.
    Asking {
        tx: TxId,
        invite: Request,
        wish: Wish,
        challenges: u8,
        glares: u8,
    },
    /// Both sides asked at once; we ask again later.
    Glare {
        wish: Wish,
        glares: u8,
    },
    /// Our 200 to a re-INVITE waits for its ACK.
    Answering {
        tx: TxId,
        cseq: u32,
        ok: Response,
        interval: Duration,
    },
}

/// A 2xx that was acknowledged; its copies get the same ACK.
struct Acked {
    tx: TxId,
    remote_tag: String,
    ack: Bytes,
}

/// An established session.
pub(super) struct Up {
    pub dialog: Dialog,
    negotiation: Negotiation,
    change: Change,
    /// What waits until the change under way is done.
    next: Option<Wish>,
    acked: Vec<Acked>,
    /// The first INVITE, while other forks may still answer it.
    first: Option<(TxId, Request)>,
    /// Session timers, where both sides have them.
    interval: Option<Interval>,
    we_called: bool,
    /// A transfer that we asked for.
    pub transfer: Option<Transfer>,
    /// A transfer that the other side asks for.
    pub referral: Option<Referral>,
    /// Digits by INFO.
    digits: digits::Digits,
}

impl Up {
    /// After our INVITE.
    pub fn called(
        dialog: Dialog,
        negotiation: Negotiation,
        (tx, invite, ack): (TxId, Request, Bytes),
        interval: Option<Interval>,
    ) -> Self {
        let acked = vec![Acked { tx, remote_tag: dialog.id().remote_tag.clone(), ack }];
        let first = Some((tx, invite));
        Self {
            dialog,
            negotiation,
            change: Change::Calm,
            next: None,
            acked,
            first,
            interval,
            we_called: true,
            transfer: None,
            referral: None,
            digits: digits::Digits::default(),
        }
    }

    /// After the ACK of our 200.
    pub fn answered(dialog: Dialog, negotiation: Negotiation, interval: Option<Interval>) -> Self {
        Self {
            dialog,
            negotiation,
            change: Change::Calm,
            next: None,
            acked: Vec::new(),
            first: None,
            interval,
            we_called: false,
            transfer: None,
            referral: None,
            digits: digits::Digits::default(),
        }
    }

    pub fn hang_up(self, cx: &mut Cx<'_>) -> Option<Self> {
        self.part(cx);
        cx.end(EndCause::Normal, None, "", EndedBy::Local)
    }

    pub fn on_bye(mut self, cx: &mut Cx<'_>, tx: TxId, bye: &Request) -> Option<Self> {
        cx.core.respond(tx, bye.response(StatusCode::OK, None));
        self.conclude_transfer(cx);
        self.leave_first(cx);
        let text = bye.headers.reasons().into_iter().find_map(|reason| reason.text).unwrap_or_default();
        cx.end(EndCause::Normal, None, &text, EndedBy::Remote)
    }

    pub fn hold(mut self, cx: &mut Cx<'_>, hold: bool) -> Option<Self> {
        let wish = if hold { Wish::Hold } else { Wish::Resume };
        let done = self.negotiation.holds() == hold;
        match &self.change {
            Change::Calm if done => {
                cx.event(if hold { Event::Held { leg: cx.leg } } else { Event::Resumed { leg: cx.leg } });
                Some(self)
            }
            Change::Calm => self.ask(cx, wish, 0),
            _ => {
                self.next = Some(wish);
                Some(self)
            }
        }
    }

    /// The flow has a new local address: the session moves there.
    pub fn on_network_changed(mut self, cx: &mut Cx<'_>) -> Option<Self> {
        let Some(facts) = cx.account.facts() else { return Some(self) };
        self.dialog.set_contact(cx.account.contact(&facts));
        self.negotiation.set_local_ip(facts.local.ip());
        match &self.change {
            Change::Calm => self.ask(cx, Wish::Move, 0),
            _ => {
                self.next = Some(self.next.unwrap_or(Wish::Move));
                Some(self)
            }
        }
    }

    fn ask(mut self, cx: &mut Cx<'_>, wish: Wish, glares: u8) -> Option<Self> {
        let Some(way) = cx.way() else {
            self.refused(cx, wish, None);
            return Some(self);
        };
        let hold = match wish {
            Wish::Hold => true,
            Wish::Resume => false,
            Wish::Move | Wish::Refresh => self.negotiation.holds(),
        };
        let offer = self.negotiation.offer(hold, &mut cx.core.rng);
        let invite = self.reinvite(cx.account).with_body(sdp::CONTENT_TYPE, offer);
        let (tx, invite) = cx.send(way, invite);
        self.change = Change::Asking { tx, invite, wish, challenges: 0, glares };
        Some(self)
    }

    /// A response to an INVITE of ours: the first one's forks and copies, or the re-INVITE's.
    pub fn on_response(mut self, cx: &mut Cx<'_>, tx: TxId, response: Response) -> Option<Self> {
        if self.is_refer(tx) {
            return self.on_refer_response(cx, &response);
        }
        if self.is_info(tx) {
            return self.on_info_response(cx, &response);
        }
        match std::mem::replace(&mut self.change, Change::Calm) {
            Change::Asking { tx: ours, invite, wish, challenges, glares } if ours == tx => {
                self.on_reinvite_response(cx, (tx, invite), wish, (challenges, glares), &response)
            }
            other => {
                self.change = other;
                self.on_late_success(cx, tx, &response);
                Some(self)
            }
        }
    }

    fn on_reinvite_response(
        mut self,
        cx: &mut Cx<'_>,
        (tx, invite): (TxId, Request),
        wish: Wish,
        (challenges, glares): (u8, u8),
        response: &Response,
    ) -> Option<Self> {
        cx.core.timers.clear(Wake::ReinviteSilent(cx.leg));
        match response.status.code() {
            100..=199 => {
                cx.core.wake(Wake::ReinviteSilent(cx.leg), cx.core.config.timers.timeout());
                self.change = Change::Asking { tx, invite, wish, challenges, glares };
                Some(self)
            }
            200..=299 => self.on_reinvite_success(cx, tx, &invite, wish, response),
            401 | 407 if challenges < MAX_CHALLENGES && cx.account.auth.challenged(&invite, response).is_ok() => {
                self.ask_again(cx, invite, wish, challenges + 1, glares)
            }
            // RFC 3261 §12.2.1.2: the peer knows nothing of the dialog any more.
            408 | 481 => {
                self.part(cx);
                cx.end(
                    EndCause::of_lost_dialog(response.status),
                    Some(response.status),
                    &response.reason,
                    EndedBy::Remote,
                )
            }
            422 if challenges < MAX_CHALLENGES && self.raise_interval(&invite, response) => {
                self.ask_again(cx, invite, wish, challenges + 1, glares)
            }
            491 if glares < MAX_GLARES => {
                self.negotiation.withdraw();
                let wait = self.glare_wait(cx);
                cx.core.wake(Wake::Glare(cx.leg), wait);
                self.change = Change::Glare { wish, glares: glares + 1 };
                Some(self)
            }
            _ => {
                self.negotiation.withdraw();
                self.refused(cx, wish, Some(response.status));
                self.go_on(cx)
            }
        }
    }

    fn reinvite(&mut self, account: &Account) -> Request {
        let invite = self.dialog.request(Method::Invite).with(HeaderName::Allow, account.allow());
        session_timer::keep(invite.with(HeaderName::Supported, SUPPORTED), self.interval)
    }

    fn ask_again(mut self, cx: &mut Cx<'_>, old: Request, wish: Wish, challenges: u8, glares: u8) -> Option<Self> {
        let Some(way) = cx.way() else { return Some(self) };
        let invite = self.reinvite(cx.account).with_body(sdp::CONTENT_TYPE, old.body);
        let (tx, invite) = cx.send(way, invite);
        self.change = Change::Asking { tx, invite, wish, challenges, glares };
        Some(self)
    }

    /// Whether a 422 names an interval that we can ask for.
    fn raise_interval(&mut self, invite: &Request, refusal: &Response) -> bool {
        let raised = session_timer::raised(invite, refusal);
        match (&mut self.interval, raised) {
            (Some(interval), Some(seconds)) => interval.seconds = seconds,
            _ => return false,
        }
        true
    }

    fn on_reinvite_success(
        mut self,
        cx: &mut Cx<'_>,
        tx: TxId,
        invite: &Request,
        wish: Wish,
        response: &Response,
    ) -> Option<Self> {
        self.dialog.refresh_target(&response.headers);
        cx.note_allow(&response.headers);
        self.interval = session_timer::granted(response);
        session_timer::watch(cx, self.interval);
        let number = invite.headers.cseq().map_or(0, |cseq| cseq.number);
        let mut ack = self.dialog.ack(number);
        copy_credentials(&mut ack, invite);
        if let Some(way) = cx.way() {
            let ack = cx.core.send_ack(way, ack);
            self.acked.push(Acked { tx, remote_tag: self.dialog.id().remote_tag.clone(), ack });
        }
        let body = description(&response.headers, &response.body);
        match body.map(|body| self.negotiation.accept_answer(body)) {
            Some(Ok(outcome)) => {
                self.negotiation.settle();
                cx.tell_media(&outcome);
                self.granted(cx, wish);
            }
            // The peer said yes to something that we cannot use: what was agreed before stands on our side.
            _ => {
                self.negotiation.withdraw();
                self.refused(cx, wish, Some(response.status));
            }
        }
        self.go_on(cx)
    }

    /// A 2xx after the first: a copy gets its ACK again, another fork is hung up.
    fn on_late_success(&mut self, cx: &mut Cx<'_>, tx: TxId, response: &Response) {
        if !response.status.is_success() {
            return;
        }
        let tag = response.headers.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default();
        let Some(way) = cx.way() else { return };
        if let Some(acked) = self.acked.iter().find(|acked| acked.tx == tx && acked.remote_tag == tag) {
            cx.core.transmit(way.hop, acked.ack.clone());
            return;
        }
        let Some((_, invite)) = self.first.as_ref().filter(|(first, _)| *first == tx) else { return };
        let mut acked = Vec::new();
        let contact = self.dialog.contact().clone();
        refuse_fork(cx.core, cx.account, way, invite, &contact, response, &mut acked);
        self.acked.extend(acked.into_iter().map(|(remote_tag, ack)| Acked { tx, remote_tag, ack }));
    }

    /// Nothing came for our re-INVITE: the peer is gone (RFC 3261 §14.1).
    pub fn on_timed_out(self, cx: &mut Cx<'_>, tx: TxId) -> Option<Self> {
        if self.is_refer(tx) {
            return self.on_transfer_silent(cx);
        }
        if self.is_info(tx) {
            return self.on_info_silent(cx);
        }
        match self.change {
            Change::Asking { tx: ours, .. } if ours == tx => {
                self.part(cx);
                cx.end(EndCause::Timeout, None, "the other side did not answer", EndedBy::Network)
            }
            _ => Some(self),
        }
    }

    /// The transaction is gone; nothing comes for it any more.
    pub fn forget(mut self, tx: TxId) -> Self {
        self.acked.retain(|acked| acked.tx != tx);
        self.first = self.first.filter(|(first, _)| *first != tx);
        self
    }

    pub fn on_wake(mut self, cx: &mut Cx<'_>, wake: Wake) -> Option<Self> {
        match (wake, std::mem::replace(&mut self.change, Change::Calm)) {
            (Wake::Glare(_), Change::Glare { wish, glares }) => {
                let wish = self.next.take().unwrap_or(wish);
                self.ask(cx, wish, glares)
            }
            (Wake::Resend200(_), Change::Answering { tx, cseq, ok, interval }) => {
                let interval = (interval * 2).min(cx.core.config.timers.t2);
                cx.core.respond(tx, ok.clone());
                cx.core.wake(Wake::Resend200(cx.leg), interval);
                self.change = Change::Answering { tx, cseq, ok, interval };
                Some(self)
            }
            (Wake::AckMissing(_), Change::Answering { .. }) => {
                self.part(cx);
                cx.end(EndCause::Timeout, None, "the answer was not acknowledged", EndedBy::Network)
            }
            // RFC 3261 §9.1: it is taken back; what comes then decides.
            (Wake::ReinviteSilent(_), Change::Asking { tx, invite, wish, challenges, glares }) => {
                cx.core.send_cancel(tx);
                self.change = Change::Asking { tx, invite, wish, challenges, glares };
                Some(self)
            }
            (Wake::TransferSilent(_), change) => {
                self.change = change;
                self.on_transfer_silent(cx)
            }
            (Wake::TransferUndecided(_), change) => {
                self.change = change;
                self.decline_transfer(cx)
            }
            (Wake::NextDigit(_), change) => {
                self.change = change;
                self.on_digit_pause(cx)
            }
            (Wake::SessionRefresh(_), Change::Calm) => self.ask(cx, Wish::Refresh, 0),
            (Wake::SessionRefresh(_), change) => {
                self.change = change;
                self.next = Some(self.next.unwrap_or(Wish::Refresh));
                Some(self)
            }
            (Wake::SessionExpiry(_), _) => {
                self.part(cx);
                cx.end(EndCause::Timeout, None, "the session was not refreshed", EndedBy::Network)
            }
            (_, change) => {
                self.change = change;
                Some(self)
            }
        }
    }

    /// What waited can go now.
    fn go_on(mut self, cx: &mut Cx<'_>) -> Option<Self> {
        match self.next.take() {
            Some(wish @ (Wish::Move | Wish::Refresh)) => self.ask(cx, wish, 0),
            Some(wish) => self.hold(cx, wish == Wish::Hold),
            None => Some(self),
        }
    }

    fn granted(&self, cx: &mut Cx<'_>, wish: Wish) {
        match wish {
            Wish::Hold => cx.event(Event::Held { leg: cx.leg }),
            Wish::Resume => cx.event(Event::Resumed { leg: cx.leg }),
            Wish::Move | Wish::Refresh => {}
        }
    }

    fn refused(&self, cx: &mut Cx<'_>, wish: Wish, status: Option<StatusCode>) {
        match wish {
            Wish::Hold | Wish::Resume => {
                let status = status.map(StatusCode::code);
                cx.event(Event::HoldRefused { leg: cx.leg, hold: wish == Wish::Hold, status });
            }
            Wish::Refresh => session_timer::retry(cx, self.interval),
            Wish::Move => {}
        }
    }

    /// RFC 3261 §14.1: 2.1 to 4 s for the side that owns the Call-ID, 0 to 2 s for the other, in steps of 10 ms.
    fn glare_wait(&self, cx: &mut Cx<'_>) -> Duration {
        let (from, to) = if self.we_called { (210, 400) } else { (0, 200) };
        let steps = cx.core.between(Duration::from_micros(from), Duration::from_micros(to)).as_micros();
        Duration::from_millis(u64::try_from(steps).unwrap_or(0) * 10)
    }

    fn leave_first(&self, cx: &mut Cx<'_>) {
        let Some(way) = cx.way() else { return };
        if let Some((tx, invite)) = &self.first {
            let acked = self.acked.iter().filter(|acked| acked.tx == *tx);
            let acked = acked.map(|acked| (acked.remote_tag.clone(), acked.ack.clone())).collect();
            cx.leave_invite(*tx, invite.clone(), way, Stage::Settled, acked);
        }
    }

    /// BYE, and what the first INVITE may still bring.
    pub fn part(&self, cx: &mut Cx<'_>) {
        self.leave_first(cx);
        cx.bye(self.dialog.clone());
    }
}
