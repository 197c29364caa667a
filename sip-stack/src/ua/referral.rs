//! Transfers that the other side asks for (RFC 3515, RFC 5589): REFER in, the call that follows it, NOTIFY out.
//!
//! ```text
//!  REFER ──► Asked ──FollowTransfer──► 202, NOTIFY 100, a new leg ──its news──► NOTIFY 180 … NOTIFY final
//!              │ DeclineTransfer, or nobody decides: 603
//! ```

use std::time::Duration;

use crate::message::{HeaderName, Method, Request, SipUri, StatusCode, Uri, percent_decode};
use crate::transaction::TxId;

use super::core::Wake;
use super::leg::{Cx, State};
use super::session::Up;
use super::{Event, LegId, identity};

/// How long the application may think: Timer F of the other side is 32 s.
const DECIDE: Duration = Duration::from_secs(25);
/// Lifetime of the subscription that a REFER makes, s.
const EXPIRES_S: u32 = 180;
/// Content type of what NOTIFY carries (RFC 3420).
const FRAGMENT: &str = "message/sipfrag;version=2.0";

/// Where the other side wants us to go.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub target: SipUri,
    /// Headers that the new INVITE carries.
    pub extra: Vec<(HeaderName, String)>,
}

/// A REFER of the other side.
#[derive(Debug)]
pub(super) enum Referral {
    /// The application decides.
    Asked { tx: TxId, refer: Box<Request>, goal: Goal },
    /// The new leg is on its way; the other side is told how it goes. `id` tells this REFER from others.
    Followed { id: u32 },
}

/// Reads Refer-To: whom to call, and with which Replaces.
fn goal(refer: &Request, domain: &SipUri) -> Result<Goal, StatusCode> {
    let targets = refer.headers.addresses(&HeaderName::ReferTo).map_err(|_| StatusCode::BAD_REQUEST)?;
    let [target] = &targets[..] else { return Err(StatusCode::BAD_REQUEST) };
    let mut extra = Vec::new();
    let mut target = match &target.uri {
        Uri::Sip(uri) => uri.clone(),
        Uri::Tel(uri) => domain.clone().with_user(&uri.number),
        Uri::Other(_) => return Err(StatusCode::UNSUPPORTED_URI_SCHEME),
    };
    if target.params.get("method").is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
        return Err(StatusCode::DECLINE);
    }
    // Of the headers that a Refer-To may put into our request, Replaces is the only one that is taken.
    let replaces = target.headers.take().as_deref().and_then(replaces_of);
    if target.user.is_none() && replaces.is_none() {
        return Err(StatusCode::BAD_REQUEST);
    }
    extra.extend(replaces.map(|replaces| (HeaderName::Replaces, replaces)));
    if let Some(by) = refer.headers.get(&HeaderName::ReferredBy) {
        extra.push((HeaderName::ReferredBy, String::from_utf8_lossy(by).into_owned()));
    }
    ["method", "maddr", "ttl"].iter().for_each(|name| target.params.remove(name));
    target.password = None;
    Ok(Goal { target, extra })
}

/// The value of Replaces among the headers of a URI, escapes resolved.
fn replaces_of(headers: &str) -> Option<String> {
    let value = headers.split('&').filter_map(|header| header.split_once('='));
    let value = value.filter(|(name, _)| name.eq_ignore_ascii_case("Replaces")).map(|(_, value)| value).next()?;
    let text = percent_decode(value).into_owned();
    (!text.chars().any(char::is_control)).then_some(text)
}

impl Up {
    /// The other side wants us to call somebody else.
    pub fn on_refer(mut self, cx: &mut Cx<'_>, tx: TxId, refer: Request) -> State {
        let refusal = match (&self.referral, cx.account.registrar()) {
            (Some(Referral::Asked { .. }), _) => Err(StatusCode::REQUEST_PENDING),
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
        State::Up(self)
    }

    /// Nobody wants to go where the other side sends us.
    pub fn decline_transfer(mut self, cx: &mut Cx<'_>) -> State {
        cx.core.timers.clear(Wake::TransferUndecided(cx.leg));
        match self.referral.take() {
            Some(Referral::Asked { tx, refer, .. }) => cx.core.respond(tx, refer.response(StatusCode::DECLINE, None)),
            other => self.referral = other,
        }
        State::Up(self)
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
            "terminated;reason=noresource".to_owned()
        } else {
            format!("active;expires={EXPIRES_S}")
        };
        let Some(way) = cx.way() else { return };
        let notify = self.dialog.request(Method::Notify).with(HeaderName::Event, format!("refer;id={id}"));
        let notify = notify.with(HeaderName::SubscriptionState, state);
        let fragment = format!("SIP/2.0 {status} {}\r\n", status.reason_phrase());
        cx.send(way, notify.with_body(FRAGMENT, fragment));
    }
}

/// What an event of a leg means for who asked for it.
pub(super) fn news(event: &Event) -> Option<(LegId, StatusCode)> {
    match event {
        Event::Ringing { leg, status } => Some((*leg, StatusCode::new(*status)?)),
        Event::Answered { leg } => Some((*leg, StatusCode::OK)),
        Event::Ended { leg, status, .. } => {
            let status = status.and_then(StatusCode::new).filter(|status| status.code() >= 300);
            Some((*leg, status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE)))
        }
        _ => None,
    }
}
