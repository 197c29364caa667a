//! A leg: its states, and what every state may use.
//!
//! ```text
//!  out: Waiting ─link─► Calling ─1xx─► Proceeding ─2xx─► Up            in: Offered ─Answer─► Accepting ─ACK─► Up
//!          every state ─► Gone, with one Event::Ended; what the network still owes is a Leftover
//! ```

use std::net::SocketAddr;

use crate::dialog::DialogId;
use crate::message::{Request, Response, StatusCode};
use crate::offer_answer::LocalMedia;
use crate::transaction::TxId;

use super::account::{Account, LinkFailure};
use super::core::{Core, Wake};
use super::cx::{Cx, Over, Told};
use super::incoming::{self, Accepting, Offered};
use super::outgoing::{self, Calling, Proceeding, Waiting};
use super::refusal::update_before_answer;
use super::session::Up;
use super::{AccountId, EndCause, EndedBy, Event, LegId, digits, reliable, transfer};

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

impl Over for State {
    fn over() -> Self {
        Self::Gone
    }
}

impl From<outgoing::Next> for State {
    fn from(next: outgoing::Next) -> Self {
        match next {
            outgoing::Next::Waiting(state) => Self::Waiting(state),
            outgoing::Next::Calling(state) => Self::Calling(state),
            outgoing::Next::Proceeding(state) => Self::Proceeding(state),
            outgoing::Next::Up(state) => Self::Up(state),
            outgoing::Next::Over => Self::Gone,
        }
    }
}

impl From<incoming::Next> for State {
    fn from(next: incoming::Next) -> Self {
        match next {
            incoming::Next::Offered(state) => Self::Offered(state),
            incoming::Next::Accepting(state) => Self::Accepting(state),
            incoming::Next::Parting(state) => Self::Parting(state),
            incoming::Next::Up(state) => Self::Up(state),
            incoming::Next::Over => Self::Gone,
        }
    }
}

impl From<Option<Up>> for State {
    fn from(next: Option<Up>) -> Self {
        next.map_or(Self::Gone, Self::Up)
    }
}

pub(super) struct Leg {
    pub account: AccountId,
    /// Address of a peer that is not the account's first hop (UDP).
    pub peer: Option<SocketAddr>,
    pub state: State,
    /// What the application knows already, so that nothing is told twice.
    pub told: Told,
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
            Self::Waiting(state) => state.start(cx).into(),
            other => other,
        }
    }

    pub fn on_link_failure(self, cx: &mut Cx<'_>, failure: LinkFailure) -> Self {
        match self {
            Self::Waiting(_) => cx.end_by(failure),
            Self::Proceeding(state) => state.on_link_failure(cx, failure).into(),
            other => other,
        }
    }

    pub fn on_response(self, cx: &mut Cx<'_>, tx: TxId, response: Response) -> Self {
        match self {
            Self::Calling(state) => state.on_response(cx, tx, response).into(),
            Self::Proceeding(state) => state.on_response(cx, tx, response).into(),
            Self::Up(state) => state.on_response(cx, tx, response).into(),
            other => other,
        }
    }

    pub fn on_timed_out(self, cx: &mut Cx<'_>, tx: TxId, flow_lost: bool) -> Self {
        let cause = if flow_lost { EndCause::Unreachable } else { EndCause::Timeout };
        match self {
            Self::Calling(state) if state.is_for(tx) => state.on_timed_out(cx, flow_lost).into(),
            Self::Proceeding(state) if state.is_for(tx) => cx.end(cause, None, "no answer came", EndedBy::Network),
            Self::Offered(state) if state.tx() == tx => cx.end(cause, None, "the flow was lost", EndedBy::Network),
            Self::Up(state) => state.on_timed_out(cx, tx).into(),
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
            Self::Offered(state) => state.ring(cx).into(),
            other => other,
        }
    }

    pub fn answer(self, cx: &mut Cx<'_>, media: LocalMedia) -> Self {
        match self {
            Self::Offered(state) => state.answer(cx, media).into(),
            other => other,
        }
    }

    pub fn reject(self, cx: &mut Cx<'_>, status: u16) -> Self {
        let status = StatusCode::new(status).filter(|s| s.code() >= 400).unwrap_or(StatusCode::TEMPORARILY_UNAVAILABLE);
        match self {
            Self::Offered(state) => state.reject(cx, status).into(),
            other => other,
        }
    }

    pub fn hang_up(self, cx: &mut Cx<'_>) -> Self {
        match self {
            Self::Waiting(_) => cx.end(EndCause::Cancelled, None, "", EndedBy::Local),
            Self::Calling(state) => state.hang_up(cx).into(),
            Self::Proceeding(state) => state.hang_up(cx).into(),
            Self::Offered(state) => state.reject(cx, StatusCode::TEMPORARILY_UNAVAILABLE).into(),
            Self::Accepting(state) => state.hang_up(cx).into(),
            Self::Up(state) => state.hang_up(cx).into(),
            Self::Parting(state) => Self::Parting(state),
            Self::Gone => Self::Gone,
        }
    }

    pub fn hold(self, cx: &mut Cx<'_>, hold: bool) -> Self {
        match self {
            Self::Up(state) => state.hold(cx, hold).into(),
            other => other,
        }
    }

    pub fn send_digits(self, cx: &mut Cx<'_>, digits: &str) -> Self {
        match self {
            Self::Up(state) => state.send_digits(cx, digits).into(),
            other => {
                cx.event(Event::DigitsRefused { leg: cx.leg, digits: digits.to_owned(), status: None });
                other
            }
        }
    }

    pub fn on_info(self, cx: &mut Cx<'_>, tx: TxId, info: &Request) -> Self {
        match self {
            Self::Offered(_) | Self::Accepting(_) | Self::Up(_) => digits::receive(cx, tx, info),
            _ => cx.core.respond(tx, info.response(StatusCode::CALL_DOES_NOT_EXIST, None)),
        }
        self
    }

    pub fn transfer(self, cx: &mut Cx<'_>, goal: Option<transfer::Goal>) -> Self {
        match (self, goal) {
            (Self::Up(state), Some(goal)) => state.transfer(cx, goal).into(),
            (other, _) => {
                transfer::transfer_failed(cx, None);
                other
            }
        }
    }

    pub fn decline_transfer(self, cx: &mut Cx<'_>) -> Self {
        match self {
            Self::Up(state) => state.decline_transfer(cx).into(),
            other => other,
        }
    }

    pub fn on_network_changed(self, cx: &mut Cx<'_>) -> Self {
        match self {
            Self::Up(state) => state.on_network_changed(cx).into(),
            Self::Proceeding(state) => state.on_network_changed(cx).into(),
            Self::Offered(state) => Self::Offered(state.on_network_changed(cx)),
            Self::Accepting(state) => Self::Accepting(state.on_network_changed(cx)),
            other => other,
        }
    }

    pub fn on_cancel(self, cx: &mut Cx<'_>, cancel: &Request) -> Self {
        match self {
            Self::Offered(state) => state.on_cancel(cx, cancel).into(),
            other => other,
        }
    }

    pub fn on_ack(self, cx: &mut Cx<'_>, ack: &Request) -> Self {
        match self {
            Self::Accepting(state) => state.on_ack(cx, ack).into(),
            Self::Parting(state) => state.part(cx).into(),
            Self::Up(state) => state.on_ack(cx, ack).into(),
            other => other,
        }
    }

    pub fn on_bye(self, cx: &mut Cx<'_>, tx: TxId, bye: &Request) -> Self {
        match self {
            Self::Offered(state) => state.on_bye(cx, tx, bye).into(),
            Self::Accepting(state) => state.on_bye(cx, tx, bye).into(),
            Self::Parting(_) => {
                cx.clear_timers();
                cx.core.respond(tx, bye.response(StatusCode::OK, None));
                Self::Gone
            }
            Self::Up(state) => state.on_bye(cx, tx, bye).into(),
            other => other,
        }
    }

    pub fn on_reinvite(self, cx: &mut Cx<'_>, tx: TxId, invite: Request) -> Self {
        match self {
            Self::Offered(state) => Self::Offered(state.on_second_invite(cx, tx, &invite)),
            Self::Accepting(state) => Self::Accepting(state.on_second_invite(cx, tx, &invite)),
            Self::Parting(state) => Self::Parting(state.on_second_invite(cx, tx, &invite)),
            Self::Up(state) => state.on_reinvite(cx, tx, invite).into(),
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
            Self::Up(state) => state.on_update(cx, tx, update).into(),
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
            (Self::Waiting(state), Wake::Anew(_)) => state.start(cx).into(),
            (Self::Calling(state), Wake::NothingCame(_)) => state.on_silence(cx).into(),
            (Self::Offered(state), Wake::RingLimit(_)) => state.on_ring_limit(cx).into(),
            (Self::Offered(state), Wake::Resend1xx(_)) => state.resend(cx).into(),
            (Self::Accepting(state), Wake::Resend200(_)) => Self::Accepting(state.resend(cx)),
            (Self::Parting(state), Wake::Resend200(_)) => Self::Parting(state.resend(cx)),
            (Self::Parting(state), Wake::AckMissing(_)) => state.part(cx).into(),
            (Self::Accepting(state), Wake::AckMissing(_)) => state.on_ack_missing(cx).into(),
            (Self::Up(state), wake) => state.on_wake(cx, wake).into(),
            (other, _) => other,
        }
    }
}
