//! A leg: its states, and what every state may use.
//!
//! ```text
//!  out: Waiting ─link─► Calling ─1xx─► Proceeding ─2xx─► Up            in: Offered ─Answer─► Accepting ─ACK─► Up
//!          every state ─► Gone, with one Event::Ended; what the network still owes is a Leftover
//! ```

use std::net::SocketAddr;

use bytes::Bytes;

use crate::dialog::{Dialog, DialogId};
use crate::message::{HeaderName, Request, Response, StatusCode};
use crate::offer_answer::{LocalMedia, Negotiation, Outcome};
use crate::sdp;
use crate::transaction::TxId;

use super::account::{Account, LinkFailure};
use super::core::{Core, Owner, Wake, Way};
use super::incoming::{Accepting, Offered, update_before_answer};
use super::leftover::{Leftover, Stage, send_bye};
use super::outgoing::{Calling, Proceeding, Waiting};
use super::reliable;
use super::session::Up;
use super::transfer;
use super::{AccountId, EndCause, EndedBy, Event, LegId, NegotiatedMedia};

/// Where a leg stands; each state owns only what it may use.
#[expect(clippy::large_enum_variant, reason = "one per leg; a box would only move it")]
pub(super) enum State {
    Waiting(Waiting),
    Calling(Calling),
    Proceeding(Proceeding),
    Offered(Offered),
    Accepting(Accepting),
    /// Hung up before the ACK came; the application knows of the end.
    Parting(Accepting),
    Up(Up),
    Gone,
}

pub(super) struct Leg {
    pub account: AccountId,
    /// Address of a peer that is not the account's first hop (UDP).
    pub peer: Option<SocketAddr>,
    pub state: State,
    /// What the application knows already, so that nothing is told twice.
    pub told: Told,
}

/// What was told of a leg.
#[derive(Debug, Default)]
pub(super) struct Told {
    media: Option<NegotiatedMedia>,
    held_by_remote: bool,
}

/// What a state function may touch.
pub(super) struct Cx<'a> {
    pub leg: LegId,
    pub core: &'a mut Core,
    pub account: &'a mut Account,
    pub peer: Option<SocketAddr>,
    pub told: &'a mut Told,
}

impl Cx<'_> {
    pub fn way(&self) -> Option<Way> {
        self.account.way(self.peer)
    }

    pub fn event(&mut self, event: Event) {
        self.core.event(event);
    }

    /// Sends a request of this leg, with credentials where a challenge is known.
    pub fn send(&mut self, way: Way, mut request: Request) -> (TxId, Request) {
        self.account.auth.authorize(&mut request, &mut self.core.rng);
        let tx = self.core.send(way, request.clone(), Owner::Leg(self.leg));
        (tx, request)
    }

    /// Tells the end; the leg is over.
    pub fn end(&mut self, cause: EndCause, status: Option<StatusCode>, reason: &str, by: EndedBy) -> State {
        self.clear_timers();
        self.tell_end(cause, status, reason, by);
        State::Gone
    }

    /// Tells the end of a leg that still has something to do.
    pub fn tell_end(&mut self, cause: EndCause, status: Option<StatusCode>, reason: &str, by: EndedBy) {
        let reason = reason.to_owned();
        self.event(Event::Ended { leg: self.leg, cause, status: status.map(StatusCode::code), reason, by });
    }

    pub fn clear_timers(&mut self) {
        for wake in [
            Wake::Resend200(self.leg),
            Wake::AckMissing(self.leg),
            Wake::RingLimit(self.leg),
            Wake::Resend1xx(self.leg),
            Wake::Glare(self.leg),
            Wake::SessionExpiry(self.leg),
            Wake::SessionRefresh(self.leg),
            Wake::TransferSilent(self.leg),
            Wake::TransferUndecided(self.leg),
        ] {
            self.core.timers.clear(wake);
        }
    }

    pub fn end_by(&mut self, failure: LinkFailure) -> State {
        self.end(failure.cause, None, &failure.reason, EndedBy::Network)
    }

    /// Tells what is agreed, if that is new.
    pub fn tell_media(&mut self, outcome: &Outcome) {
        if self.told.media.as_ref() != Some(&outcome.media) {
            self.told.media = Some(outcome.media.clone());
            let media = Box::new(outcome.media.clone());
            self.event(Event::Media { leg: self.leg, media });
        }
        if self.told.held_by_remote != outcome.held_by_remote {
            self.told.held_by_remote = outcome.held_by_remote;
            self.event(Event::HeldByRemote { leg: self.leg, held: outcome.held_by_remote });
        }
    }

    /// Our side of the media, with the flow's address where the application left it open.
    pub fn negotiation(&mut self, mut media: LocalMedia) -> Option<Negotiation> {
        let facts = self.account.facts()?;
        if media.rtp.ip().is_unspecified() {
            media.rtp.set_ip(facts.local.ip());
        }
        let over_tls = facts.transport == crate::transport::Transport::Tls;
        Some(Negotiation::new(media, over_tls, &mut self.core.rng))
    }

    /// Leaves an INVITE that may still be answered behind; what comes late is acknowledged and hung up.
    pub fn leave_invite(&mut self, tx: TxId, invite: Request, way: Way, stage: Stage, acked: Vec<(String, Bytes)>) {
        let Ok(Some(contact)) = invite.headers.contact() else { return };
        if stage == Stage::Cancelling {
            self.core.send_cancel(tx);
        }
        let leftover = Leftover::Invite { account: self.account.id, invite, contact, way, stage, acked };
        if self.core.owners.contains_key(&tx) {
            self.core.owners.insert(tx, Owner::Leftover(Box::new(leftover)));
        }
    }

    /// Hangs a confirmed dialog up.
    pub fn bye(&mut self, dialog: Dialog) {
        match self.way() {
            Some(way) => send_bye(self.core, self.account, dialog, way, false),
            None => self.account.owe_bye(self.core, dialog, self.peer),
        }
    }
}

impl Leg {
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    /// Whether requests of this dialog are for this leg.
    pub fn has_dialog(&self, id: &DialogId) -> bool {
        match &self.state {
            State::Offered(state) => state.dialog_id() == id,
            State::Accepting(state) | State::Parting(state) => state.dialog.id() == id,
            State::Up(state) => state.dialog.id() == id,
            _ => false,
        }
    }

    /// The server transaction of its INVITE, while that has no final response.
    pub fn offered_by(&self) -> Option<TxId> {
        match &self.state {
            State::Offered(state) => Some(state.tx()),
            _ => None,
        }
    }

    /// Runs one state function; takes the state by value and keeps what comes out.
    pub fn step(
        &mut self,
        id: LegId,
        core: &mut Core,
        account: &mut Account,
        run: impl FnOnce(State, &mut Cx<'_>) -> State,
    ) {
        let state = std::mem::replace(&mut self.state, State::Gone);
        let mut cx = Cx { leg: id, core, account, peer: self.peer, told: &mut self.told };
        self.state = run(state, &mut cx);
    }
}

impl State {
    pub fn on_link_up(self, cx: &mut Cx<'_>) -> Self {
        match self {
            Self::Waiting(state) => state.start(cx),
            other => other,
        }
    }

    pub fn on_link_failure(self, cx: &mut Cx<'_>, failure: LinkFailure) -> Self {
        match self {
            Self::Waiting(_) => cx.end_by(failure),
            other => other,
        }
    }

    pub fn on_response(self, cx: &mut Cx<'_>, tx: TxId, response: Response) -> Self {
        match self {
            Self::Calling(state) => state.on_response(cx, tx, response),
            Self::Proceeding(state) => state.on_response(cx, tx, response),
            Self::Up(state) => state.on_response(cx, tx, response),
            other => other,
        }
    }

    pub fn on_timed_out(self, cx: &mut Cx<'_>, tx: TxId, flow_lost: bool) -> Self {
        let cause = if flow_lost { EndCause::Unreachable } else { EndCause::Timeout };
        match self {
            Self::Calling(state) if state.is_for(tx) => cx.end(cause, None, "no answer came", EndedBy::Network),
            Self::Proceeding(state) if state.is_for(tx) => cx.end(cause, None, "no answer came", EndedBy::Network),
            Self::Offered(state) if state.tx() == tx => cx.end(cause, None, "the flow was lost", EndedBy::Network),
            Self::Up(state) => state.on_timed_out(cx, tx),
            other => other,
        }
    }

    pub fn on_done(self, tx: TxId) -> Self {
        match self {
            Self::Up(state) => Self::Up(state.forget(tx)),
            other => other,
        }
    }

    pub fn ring(self, cx: &mut Cx<'_>) -> Self {
        match self {
            Self::Offered(state) => state.ring(cx),
            other => other,
        }
    }

    pub fn answer(self, cx: &mut Cx<'_>, media: LocalMedia) -> Self {
        match self {
            Self::Offered(state) => state.answer(cx, media),
            other => other,
        }
    }

    pub fn reject(self, cx: &mut Cx<'_>, status: u16) -> Self {
        let status = StatusCode::new(status).filter(|s| s.code() >= 400).unwrap_or(StatusCode::TEMPORARILY_UNAVAILABLE);
        match self {
            Self::Offered(state) => state.reject(cx, status),
            other => other,
        }
    }

    pub fn hang_up(self, cx: &mut Cx<'_>) -> Self {
        match self {
            Self::Waiting(_) => cx.end(EndCause::Cancelled, None, "", EndedBy::Local),
            Self::Calling(state) => state.hang_up(cx),
            Self::Proceeding(state) => state.hang_up(cx),
            Self::Offered(state) => state.reject(cx, StatusCode::TEMPORARILY_UNAVAILABLE),
            Self::Accepting(state) => state.hang_up(cx),
            Self::Up(state) => state.hang_up(cx),
            Self::Parting(state) => Self::Parting(state),
            Self::Gone => Self::Gone,
        }
    }

    pub fn hold(self, cx: &mut Cx<'_>, hold: bool) -> Self {
        match self {
            Self::Up(state) => state.hold(cx, hold),
            other => other,
        }
    }

    pub fn transfer(self, cx: &mut Cx<'_>, goal: Option<transfer::Goal>) -> Self {
        match (self, goal) {
            (Self::Up(state), Some(goal)) => state.transfer(cx, goal),
            (other, _) => {
                transfer::transfer_failed(cx, None);
                other
            }
        }
    }

    pub fn decline_transfer(self, cx: &mut Cx<'_>) -> Self {
        match self {
            Self::Up(state) => state.decline_transfer(cx),
            other => other,
        }
    }

    pub fn on_network_changed(self, cx: &mut Cx<'_>) -> Self {
        match self {
            Self::Up(state) => state.on_network_changed(cx),
            other => other,
        }
    }

    pub fn on_cancel(self, cx: &mut Cx<'_>, cancel: &Request) -> Self {
        match self {
            Self::Offered(state) => state.on_cancel(cx, cancel),
            other => other,
        }
    }

    pub fn on_ack(self, cx: &mut Cx<'_>, ack: &Request) -> Self {
        match self {
            Self::Accepting(state) => state.on_ack(cx, ack),
            Self::Parting(state) => state.part(cx),
            Self::Up(state) => state.on_ack(cx, ack),
            other => other,
        }
    }

    pub fn on_bye(self, cx: &mut Cx<'_>, tx: TxId, bye: &Request) -> Self {
        match self {
            Self::Offered(state) => state.on_bye(cx, tx, bye),
            Self::Accepting(state) => state.on_bye(cx, tx, bye),
            Self::Parting(_) => {
                cx.clear_timers();
                cx.core.respond(tx, bye.response(StatusCode::OK, None));
                Self::Gone
            }
            Self::Up(state) => state.on_bye(cx, tx, bye),
            other => other,
        }
    }

    pub fn on_reinvite(self, cx: &mut Cx<'_>, tx: TxId, invite: Request) -> Self {
        match self {
            Self::Offered(state) => Self::Offered(state.on_second_invite(cx, tx, &invite)),
            Self::Accepting(state) => Self::Accepting(state.on_second_invite(cx, tx, &invite)),
            Self::Parting(state) => Self::Parting(state.on_second_invite(cx, tx, &invite)),
            Self::Up(state) => state.on_reinvite(cx, tx, invite),
            other => other,
        }
    }

    pub fn on_prack(self, cx: &mut Cx<'_>, tx: TxId, prack: &Request) -> Self {
        match self {
            Self::Offered(state) => Self::Offered(state.on_prack(cx, tx, prack)),
            other => {
                reliable::refuse(cx, tx, prack);
                other
            }
        }
    }

    pub fn on_update(self, cx: &mut Cx<'_>, tx: TxId, update: &Request) -> Self {
        match self {
            Self::Offered(state) => Self::Offered(state.on_update(cx, tx, update)),
            Self::Up(state) => state.on_update(cx, tx, update),
            Self::Accepting(state) => {
                update_before_answer(cx, tx, update, &state.dialog);
                Self::Accepting(state)
            }
            other => {
                cx.core.respond(tx, update.response(StatusCode::CALL_DOES_NOT_EXIST, None));
                other
            }
        }
    }

    pub fn on_wake(self, cx: &mut Cx<'_>, wake: Wake) -> Self {
        match (self, wake) {
            (Self::Offered(state), Wake::RingLimit(_)) => state.on_ring_limit(cx),
            (Self::Offered(state), Wake::Resend1xx(_)) => state.resend(cx),
            (Self::Accepting(state), Wake::Resend200(_)) => Self::Accepting(state.resend(cx)),
            (Self::Parting(state), Wake::Resend200(_)) => Self::Parting(state.resend(cx)),
            (Self::Parting(state), Wake::AckMissing(_)) => state.part(cx),
            (Self::Accepting(state), Wake::AckMissing(_)) => state.on_ack_missing(cx),
            (Self::Up(state), wake) => state.on_wake(cx, wake),
            (other, _) => other,
        }
    }
}

/// RFC 3261 §22.1: the ACK of a 2xx carries the credentials of its INVITE.
pub(super) fn copy_credentials(ack: &mut Request, invite: &Request) {
    ack.headers.copy(&HeaderName::Authorization, &invite.headers);
    ack.headers.copy(&HeaderName::ProxyAuthorization, &invite.headers);
}

/// The session description of a message, if it carries one.
pub(super) fn description<'a>(headers: &crate::message::Headers, body: &'a Bytes) -> Option<&'a Bytes> {
    let kind = headers.content_type().ok().flatten();
    let is_sdp = kind.is_none_or(|kind| kind.is(sdp::CONTENT_TYPE));
    (is_sdp && !body.is_empty()).then_some(body)
}
