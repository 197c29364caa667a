//! The REFER of the other side in a call that is up: asked, followed, told of.

use std::time::Duration;

use crate::message::{HeaderName, Method, Request, StatusCode};
use crate::transaction::TxId;

use super::super::core::Wake;
use super::super::cx::Cx;
use super::super::referral::{Goal, Referral, goal};
use super::super::subscription::SubscriptionState;
use super::super::{Event, Termination, identity};
use super::Up;

/// How long the application may think: Timer F of the other side is 32 s.
const DECIDE: Duration = Duration::from_secs(25);
/// Lifetime of the subscription that a REFER makes, s.
const EXPIRES_S: u32 = 180;
/// Content type of what NOTIFY carries (RFC 3420).
const FRAGMENT: &str = "message/sipfrag;version=2.0";

impl Up {
    /// The other side wants us to call somebody else.
    pub fn on_refer(mut self, cx: &mut Cx<'_>, tx: TxId, refer: Request) -> Option<Self> {
        let refusal = match (&self.referral, cx.account.registrar()) {
            // What is told of the first one names it alone.
            (Some(_), _) => Err(StatusCode::REQUEST_PENDING),
            _ if !cx.account.config.takes_transfers => Err(StatusCode::DECLINE),
            (_, Ok(domain)) => goal(&refer, &domain),
            (_, Err(_)) => Err(StatusCode::SERVER_INTERNAL_ERROR),
        };
        match refusal {
            Err(status) => cx.core.respond(tx, refer.response(status, None)),
            Ok(goal) => {
                let to = identity::party_of(&goal.target);
                let joins = goal.extra.iter().any(|(name, _)| *name == HeaderName::Replaces);
                cx.core.wake(Wake::TransferUndecided(cx.leg), DECIDE);
                cx.event(Event::TransferAsked { leg: cx.leg, to, joins });
                self.referral = Some(Referral::Asked { tx, refer: Box::new(refer), goal });
            }
        }
        Some(self)
    }

    /// Nobody wants to go where the other side sends us.
    pub fn decline_transfer(mut self, cx: &mut Cx<'_>) -> Option<Self> {
        cx.core.timers.clear(Wake::TransferUndecided(cx.leg));
        match self.referral.take() {
            Some(Referral::Asked { tx, refer, .. }) => cx.core.respond(tx, refer.response(StatusCode::DECLINE, None)),
            other => self.referral = other,
        }
        Some(self)
    }

    /// We go; the goal for the new leg.
    pub fn follow_transfer(&mut self, cx: &mut Cx<'_>) -> Option<Goal> {
        cx.core.timers.clear(Wake::TransferUndecided(cx.leg));
        match self.referral.take() {
            Some(Referral::Asked { tx, refer, goal }) => {
                let accepted = refer.response(StatusCode::ACCEPTED, None);
                cx.core.respond(tx, accepted.with(HeaderName::Contact, self.dialog.contact()));
                let id = refer.headers.cseq().map_or(0, |cseq| cseq.number);
                self.referral = Some(Referral::Followed { id });
                self.tell_referrer(cx, StatusCode::TRYING);
                Some(goal)
            }
            other => {
                self.referral = other;
                None
            }
        }
    }

    /// How the new leg goes.
    pub fn tell_referrer(&mut self, cx: &mut Cx<'_>, status: StatusCode) {
        let Some(Referral::Followed { id }) = self.referral else { return };
        let state = if status.is_final() {
            self.referral = None;
            SubscriptionState::Terminated { reason: Termination::NoResource, retry_after_s: None }
        } else {
            SubscriptionState::Active { expires_s: Some(EXPIRES_S) }
        };
        let Some(way) = cx.way() else { return };
        let notify = self.dialog.request(Method::Notify).with(HeaderName::Event, format!("refer;id={id}"));
        let notify = notify.with(HeaderName::SubscriptionState, state);
        let fragment = format!("SIP/2.0 {status} {}\r\n", status.reason_phrase());
        cx.send(way, notify.with_body(FRAGMENT, fragment));
    }
}
