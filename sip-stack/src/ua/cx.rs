//! What every state of a leg may use.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::dialog::Dialog;
use crate::message::{Headers, Request, StatusCode};
use crate::offer_answer::{LocalMedia, Negotiation, Outcome};
use crate::sdp;
use crate::transaction::TxId;

use super::account::{Account, LinkFailure};
use super::core::{Core, Owner, Wake};
use super::farewell::send_bye;
use super::leftover::{Leftover, Stage};
use super::way::Way;
use super::{EndCause, EndedBy, Event, LegId, NegotiatedMedia, digits};

/// What a function of a state returns; it can say that the leg is over.
pub(super) trait Over {
    /// The leg is over, and its end was told.
    fn over() -> Self;
}

impl<T> Over for Option<T> {
    fn over() -> Self {
        None
    }
}

/// What was told of a leg.
#[derive(Debug, Default)]
pub(super) struct Told {
    media: Option<NegotiatedMedia>,
    held_by_remote: bool,
    takes_info: bool,
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
    pub fn end<S: Over>(&mut self, cause: EndCause, status: Option<StatusCode>, reason: &str, by: EndedBy) -> S {
        self.clear_timers();
        self.tell_end(cause, status, reason, by);
        S::over()
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
            Wake::ReinviteSilent(self.leg),
            Wake::NextDigit(self.leg),
            Wake::NothingCame(self.leg),
            Wake::Anew(self.leg),
        ] {
            self.core.timers.clear(wake);
        }
    }

    pub fn end_by<S: Over>(&mut self, failure: LinkFailure) -> S {
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

    /// Tells whether the other side takes INFO, if it says so and that is new.
    pub fn note_allow(&mut self, headers: &Headers) {
        if let Some(takes) = digits::takes_info(headers).filter(|takes| *takes != self.told.takes_info) {
            self.told.takes_info = takes;
            self.event(Event::TakesInfo { leg: self.leg, takes });
        }
    }

    /// Our side of the media, with the flow's address where the application left it open.
    pub fn negotiation(&mut self, mut media: LocalMedia) -> Option<Negotiation> {
        let facts = self.account.facts()?;
        if media.rtp.ip().is_unspecified() {
            media.rtp.set_ip(facts.local.ip());
        }
        let over_tls = facts.transport.is_secure();
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

/// The session description of a message, if it carries one.
pub(super) fn description<'a>(headers: &Headers, body: &'a Bytes) -> Option<&'a Bytes> {
    let kind = headers.content_type().ok().flatten();
    let is_sdp = kind.is_none_or(|kind| kind.is(sdp::CONTENT_TYPE));
    (is_sdp && !body.is_empty()).then_some(body)
}
