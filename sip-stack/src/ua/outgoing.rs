//! Calls out (RFC 3261 §13.2): waiting for the link, calling, proceeding.

use crate::dialog::Dialog;
use crate::message::{CSeq, HeaderName, Method, NameAddr, Request, Response, SipUri, StatusCode, Uri};
use crate::offer_answer::{LocalMedia, Negotiation};
use crate::sdp;
use crate::transaction::TxId;

use super::account::LinkFailure;
use super::core::{SUPPORTED, Wake};
use super::cx::{Cx, Over, description};
use super::farewell::{copy_credentials, refuse_fork};
use super::leftover::Stage;
use super::redirect::Redirects;
use super::reliable::EarlyDialogs;
use super::session::Up;
use super::session_timer;
use super::way::Way;
use super::{EndCause, EndedBy, Event};

/// Challenges answered for one INVITE: two proxies and the callee, each stale once.
const MAX_CHALLENGES: u8 = 6;
/// How long a first hop that has another address may say nothing: four copies of the INVITE went by UDP. A proxy owes its 100
/// after 200 ms (RFC 3261 §16.2).
const PATIENCE_T1: u32 = 8;

/// The account has no link yet.
#[derive(Clone)]
pub(super) struct Waiting {
    pub target: SipUri,
    pub media: LocalMedia,
    pub call_id: String,
    /// Headers that the INVITE carries besides its own.
    pub extra: Vec<(HeaderName, String)>,
}

/// An INVITE that has no final response.
struct Attempt {
    tx: TxId,
    invite: Request,
    contact: NameAddr,
    way: Way,
    negotiation: Negotiation,
    challenges: u8,
    redirects: Redirects,
    /// The call from its beginning, for another first hop.
    anew: Waiting,
}

/// The INVITE went; nothing came.
pub(super) struct Calling {
    attempt: Attempt,
}

/// A provisional response came.
pub(super) struct Proceeding {
    attempt: Attempt,
    /// The last status that was told as ringing.
    rang: Option<StatusCode>,
    early_media: bool,
    early: EarlyDialogs,
}

/// Where a call out goes from a state.
#[expect(clippy::large_enum_variant, reason = "it becomes the leg's state at once")]
pub(super) enum Next {
    Waiting(Waiting),
    Calling(Calling),
    Proceeding(Proceeding),
    Up(Up),
    Over,
}

impl Over for Next {
    fn over() -> Self {
        Self::Over
    }
}

impl Waiting {
    /// The link is up: the INVITE goes.
    pub fn start(self, cx: &mut Cx<'_>) -> Next {
        let anew = self.clone();
        let (Some(way), Some(facts)) = (cx.way(), cx.account.facts()) else { return Next::Waiting(self) };
        let from = match cx.account.address_of_record() {
            Ok(aor) => aor.with_tag(&cx.core.token()),
            Err(failure) => return cx.end_by(failure),
        };
        let Some(mut negotiation) = cx.negotiation(self.media) else { return Next::Over };
        let contact = cx.account.contact(&facts);
        let redirects = Redirects::new(self.target.clone());
        let mut invite = Request::new(Method::Invite, Uri::Sip(self.target.clone())).with(HeaderName::MaxForwards, 70);
        for route in cx.account.routes() {
            invite.headers.push(HeaderName::Route, route.to_string());
        }
        for (name, value) in self.extra {
            invite.headers.push(name, value);
        }
        let invite = invite
            .with(HeaderName::From, from)
            .with(HeaderName::To, NameAddr::new(self.target))
            .with(HeaderName::CallId, self.call_id)
            .with(HeaderName::CSeq, CSeq { number: 1, method: Method::Invite })
            .with(HeaderName::Contact, &contact)
            .with(HeaderName::Allow, cx.account.allow())
            .with(HeaderName::Supported, SUPPORTED)
            .with(HeaderName::SessionExpires, session_timer::WANTED_S)
            .with_body(sdp::CONTENT_TYPE, negotiation.offer(false, &mut cx.core.rng));
        let (tx, invite) = cx.send(way, invite);
        if cx.account.has_next_target() {
            cx.core.wake(Wake::NothingCame(cx.leg), cx.core.config.timers.t1 * PATIENCE_T1);
        }
        let attempt = Attempt { tx, invite, contact, way, negotiation, challenges: 0, redirects, anew };
        Next::Calling(Calling { attempt })
    }
}

impl Calling {
    pub fn is_for(&self, tx: TxId) -> bool {
        self.attempt.tx == tx
    }

    pub fn on_response(self, cx: &mut Cx<'_>, tx: TxId, response: Response) -> Next {
        if tx != self.attempt.tx {
            return Next::Calling(self);
        }
        cx.core.timers.clear(Wake::NothingCame(cx.leg));
        let proceeding =
            Proceeding { attempt: self.attempt, rang: None, early_media: false, early: EarlyDialogs::default() };
        proceeding.on_response(cx, tx, response)
    }

    /// RFC 3263 §4.3: a first hop that says nothing is left for the next of its addresses.
    pub fn on_silence(self, cx: &mut Cx<'_>) -> Next {
        if !cx.account.has_next_target() {
            return Next::Calling(self);
        }
        cx.core.owners.remove(&self.attempt.tx);
        cx.core.tx.abandon(self.attempt.tx);
        if cx.account.fail_over(cx.core) {
            return Next::Waiting(self.attempt.anew);
        }
        cx.end(EndCause::Unreachable, None, "no answer came", EndedBy::Network)
    }

    /// Timer B, or the flow is gone. Where the account is on its way to another first hop, the call follows.
    pub fn on_timed_out(self, cx: &mut Cx<'_>, flow_lost: bool) -> Next {
        cx.core.timers.clear(Wake::NothingCame(cx.leg));
        if flow_lost && cx.account.is_failing_over() {
            return Next::Waiting(self.attempt.anew);
        }
        let cause = if flow_lost { EndCause::Unreachable } else { EndCause::Timeout };
        cx.end(cause, None, "no answer came", EndedBy::Network)
    }

    /// RFC 3261 §9.1: CANCEL waits for the first provisional response.
    pub fn hang_up(self, cx: &mut Cx<'_>) -> Next {
        let Attempt { tx, invite, way, .. } = self.attempt;
        cx.leave_invite(tx, invite, way, Stage::CancelHeld, Vec::new());
        cx.end(EndCause::Cancelled, None, "", EndedBy::Local)
    }
}

impl Proceeding {
    pub fn is_for(&self, tx: TxId) -> bool {
        self.attempt.tx == tx
    }

    pub fn on_response(self, cx: &mut Cx<'_>, tx: TxId, response: Response) -> Next {
        if tx != self.attempt.tx {
            return Next::Proceeding(self);
        }
        match response.status.code() {
            100..=199 => self.on_provisional(cx, &response),
            200..=299 => self.on_success(cx, response),
            401 | 407 => self.on_challenge(cx, &response),
            422 => self.on_interval_too_small(cx, &response),
            488 => self.on_not_acceptable(cx, &response),
            300..=399 => self.on_redirect(cx, &response),
            // RFC 3261 §21.6: nowhere else would help.
            600.. => fail(cx, &response),
            _ => self.on_failure(cx, &response),
        }
    }

    pub fn hang_up(self, cx: &mut Cx<'_>) -> Next {
        let Attempt { tx, invite, way, .. } = self.attempt;
        cx.leave_invite(tx, invite, way, Stage::Cancelling, Vec::new());
        cx.end(EndCause::Cancelled, None, "", EndedBy::Local)
    }

    /// Where we called from is nowhere any more, and the answer would go there (RFC 3261 §18.2.2): the call is withdrawn from
    /// the new address, in the name of the old one, and made anew. In between is time for the withdrawal to get there first.
    pub fn on_network_changed(self, cx: &mut Cx<'_>) -> Next {
        let Some(way) = cx.way() else { return Next::Proceeding(self) };
        let Attempt { tx, invite, anew, .. } = self.attempt;
        cx.leave_invite(tx, invite, way, Stage::Cancelling, Vec::new());
        cx.core.wake(Wake::Anew(cx.leg), cx.core.config.timers.t1);
        Next::Waiting(anew)
    }

    pub fn on_link_failure(self, cx: &mut Cx<'_>, failure: LinkFailure) -> Next {
        cx.core.owners.remove(&self.attempt.tx);
        cx.core.tx.abandon(self.attempt.tx);
        cx.end_by(failure)
    }

    fn on_provisional(mut self, cx: &mut Cx<'_>, response: &Response) -> Next {
        if !self.early.take(cx, &self.attempt.invite, &self.attempt.contact, response) {
            return Next::Proceeding(self);
        }
        let status = response.status;
        if let Some(body) = description(&response.headers, &response.body) {
            // An early answer that cannot be used costs only the early media; the final one decides.
            if let Ok(outcome) = self.attempt.negotiation.accept_answer(body) {
                cx.tell_media(&outcome);
                if !self.early_media {
                    self.early_media = true;
                    cx.event(Event::EarlyMedia { leg: cx.leg });
                }
            }
        }
        let rings = match status {
            StatusCode::TRYING => false,
            StatusCode::SESSION_PROGRESS => self.rang.is_none() && !self.early_media,
            _ => self.rang != Some(status),
        };
        if rings {
            self.rang = Some(status);
            cx.event(Event::Ringing { leg: cx.leg, status: status.code() });
        }
        Next::Proceeding(self)
    }

    fn on_success(self, cx: &mut Cx<'_>, response: Response) -> Next {
        let used = self.early.used;
        let Attempt { tx, invite, contact, way, mut negotiation, .. } = self.attempt;
        let Ok(mut dialog) = Dialog::from_response(&invite, &response, &contact) else {
            cx.leave_invite(tx, invite, way, Stage::Settled, Vec::new());
            return cx.end(EndCause::Internal, Some(response.status), "malformed answer", EndedBy::Remote);
        };
        let agreed = match description(&response.headers, &response.body) {
            Some(body) => negotiation.accept_answer(body).map(Some),
            // RFC 3261 §13.2.1 wants the answer in the 2xx too; peers that gave it early only are understood.
            None if negotiation.media().is_some() => Ok(None),
            None => Err(crate::offer_answer::Unacceptable::Malformed),
        };
        let outcome = match agreed {
            Ok(outcome) => outcome,
            Err(error) => {
                let mut acked = Vec::new();
                refuse_fork(cx.core, cx.account, way, &invite, &contact, &response, &mut acked);
                cx.leave_invite(tx, invite, way, Stage::Settled, acked);
                return cx.end(EndCause::MediaIncompatible, Some(response.status), &error.to_string(), EndedBy::Local);
            }
        };
        negotiation.settle();
        let mut ack = dialog.ack(dialog.local_cseq());
        copy_credentials(&mut ack, &invite);
        let ack = cx.core.send_ack(way, ack);
        dialog.skip(used);
        if let Some(outcome) = outcome {
            cx.tell_media(&outcome);
        }
        cx.note_allow(&response.headers);
        cx.event(Event::Answered { leg: cx.leg });
        let interval = session_timer::granted(&response);
        session_timer::watch(cx, interval);
        Next::Up(Up::called(dialog, negotiation, (tx, invite, ack), interval))
    }

    fn on_challenge(self, cx: &mut Cx<'_>, response: &Response) -> Next {
        let Attempt { invite, contact, negotiation, challenges, redirects, anew, .. } = self.attempt;
        if challenges >= MAX_CHALLENGES || cx.account.auth.challenged(&invite, response).is_err() {
            return fail(cx, response);
        }
        let Some(way) = cx.way() else {
            return cx.end(EndCause::Unreachable, None, "the flow was lost", EndedBy::Network);
        };
        let (tx, invite) = cx.send(way, next_attempt(invite));
        let attempt = Attempt { tx, invite, contact, way, negotiation, challenges: challenges + 1, redirects, anew };
        Next::Calling(Calling { attempt })
    }

    /// RFC 4028 §7.4: once more with the interval that the 422 names.
    fn on_interval_too_small(self, cx: &mut Cx<'_>, response: &Response) -> Next {
        let raised = session_timer::raised(&self.attempt.invite, response);
        let (Some(way), Some(seconds)) = (cx.way(), raised.filter(|_| self.attempt.challenges < MAX_CHALLENGES)) else {
            return self.on_failure(cx, response);
        };
        let Attempt { mut invite, contact, negotiation, challenges, redirects, anew, .. } = self.attempt;
        invite.headers.set(HeaderName::SessionExpires, seconds.to_string());
        invite.headers.set(HeaderName::MinSe, seconds.to_string());
        let (tx, invite) = cx.send(way, next_attempt(invite));
        let attempt = Attempt { tx, invite, contact, way, negotiation, challenges: challenges + 1, redirects, anew };
        Next::Calling(Calling { attempt })
    }

    /// A peer that takes SRTP only refuses keys on `RTP/AVP`: where encryption is optional, it is offered once as
    /// `RTP/SAVP`.
    fn on_not_acceptable(mut self, cx: &mut Cx<'_>, response: &Response) -> Next {
        let Some(way) = cx.way().filter(|_| self.attempt.negotiation.insist_on_encryption()) else {
            return self.on_failure(cx, response);
        };
        let Attempt { mut invite, contact, mut negotiation, challenges, redirects, anew, .. } = self.attempt;
        invite.set_body(sdp::CONTENT_TYPE, negotiation.offer(false, &mut cx.core.rng));
        let (tx, invite) = cx.send(way, next_attempt(invite));
        let attempt = Attempt { tx, invite, contact, way, negotiation, challenges, redirects, anew };
        Next::Calling(Calling { attempt })
    }

    /// The call goes on elsewhere, if the 3xx names a place that may be called.
    fn on_redirect(mut self, cx: &mut Cx<'_>, response: &Response) -> Next {
        if let Ok(domain) = cx.account.registrar() {
            let sips = cx.account.config.transport.is_secure();
            self.attempt.redirects.take(response, &domain, sips);
        }
        self.on_failure(cx, response)
    }

    /// The next target of a redirected call, or the end.
    fn on_failure(self, cx: &mut Cx<'_>, response: &Response) -> Next {
        let Attempt { mut invite, contact, negotiation, mut redirects, anew, .. } = self.attempt;
        let (Some(way), Some(target)) = (cx.way(), redirects.next()) else { return fail(cx, response) };
        invite.uri = Uri::Sip(target);
        let (tx, invite) = cx.send(way, next_attempt(invite));
        let attempt = Attempt { tx, invite, contact, way, negotiation, challenges: 0, redirects, anew };
        Next::Calling(Calling { attempt })
    }
}

/// RFC 3261 §22.2: the same request with the next CSeq; Via is written anew.
pub(super) fn next_attempt(mut request: Request) -> Request {
    let number = request.headers.cseq().map_or(1, |cseq| cseq.number + 1);
    request.headers.set(HeaderName::CSeq, CSeq { number, method: request.method.clone() }.to_string());
    request
}

fn fail(cx: &mut Cx<'_>, response: &Response) -> Next {
    let cause = EndCause::of_status(response.status);
    cx.end(cause, Some(response.status), &response.reason, EndedBy::Remote)
}
