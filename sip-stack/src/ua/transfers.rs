//! Transfers as far as they touch two legs.

use crate::message::{HeaderName, StatusCode};

use super::agent::UserAgent;
use super::leg::State;
use super::{AccountId, EndCause, EndedBy, Event, LegId, LocalMedia, RingingCall, TransferTo, target, transfer};

impl UserAgent {
    /// Sends the other side of a leg elsewhere.
    pub(super) fn transfer(&mut self, leg: LegId, to: &TransferTo) {
        let goal = match to {
            TransferTo::Target(dialled) => {
                let account = self.legs.get(&leg).and_then(|found| self.accounts.get(&found.account));
                let domain = account.and_then(|account| account.registrar().ok());
                domain.and_then(|domain| target::resolve(dialled, &domain).ok()).map(transfer::Goal::Address)
            }
            TransferTo::Leg(with) if *with != leg => match self.legs.get(with).map(|with| &with.state) {
                Some(State::Up(up)) => {
                    let account = self.legs.get(&leg).and_then(|found| self.accounts.get(&found.account));
                    let domain = account.and_then(|account| account.domain().ok());
                    domain.and_then(|domain| transfer::join(&up.dialog, *with, &domain))
                }
                _ => None,
            },
            TransferTo::Leg(_) => None,
        };
        self.step(leg, |state, cx| state.transfer(cx, goal));
    }

    /// Takes over a call that rings somewhere else.
    pub(super) fn pick_up(
        &mut self,
        leg: LegId,
        account: AccountId,
        target: &str,
        call: &RingingCall,
        media: LocalMedia,
    ) {
        // They come from a document of the network: nothing of them may become a header or parameter of its own.
        let names = [&call.call_id, &call.caller_tag, &call.called_tag];
        if names.iter().any(|name| !is_word(name)) {
            let (cause, reason) = (EndCause::Internal, "the call that rings has no name that can be sent".to_owned());
            return self.core.event(Event::Ended { leg, cause, status: None, reason, by: EndedBy::Local });
        }
        // RFC 3891 §6.1: a call that is up meanwhile is nobody's to take.
        let replaces = format!("{};to-tag={};from-tag={};early-only", call.call_id, call.caller_tag, call.called_tag);
        let extra = vec![(HeaderName::Replaces, replaces), (HeaderName::Require, "replaces".to_owned())];
        self.invite(leg, account, target, extra, media);
    }

    /// Calls whom the other side of a leg wants us to call.
    pub(super) fn follow_transfer(&mut self, leg: LegId, new: LegId, media: LocalMedia) {
        if self.legs.contains_key(&new) {
            return;
        }
        let mut goal = None;
        self.step(leg, |mut state, cx| {
            if let State::Up(up) = &mut state {
                goal = up.follow_transfer(cx);
            }
            state
        });
        let (Some(goal), Some(account)) = (goal, self.legs.get(&leg).map(|leg| leg.account)) else {
            let reason = "nobody asks for the transfer any more".to_owned();
            let cause = EndCause::Cancelled;
            return self.core.event(Event::Ended { leg: new, cause, status: None, reason, by: EndedBy::Local });
        };
        self.core.referred.insert(new, leg);
        let tls = self.accounts.get(&account).is_some_and(|account| account.config.transport.is_secure());
        if self.legs.len() >= self.core.config.max_legs || (goal.target.is_sips() && !tls) {
            let reason = "the target of the transfer cannot be called".to_owned();
            let cause = EndCause::Internal;
            return self.core.event(Event::Ended { leg: new, cause, status: None, reason, by: EndedBy::Local });
        }
        self.start(new, account, goal.target, goal.extra, media);
    }

    /// A leg that follows a transfer has news for who asked.
    pub(super) fn tell_referrer(&mut self, new: LegId, status: StatusCode) {
        let Some(asked_on) = self.core.referred.get(&new).copied() else { return };
        if status.is_final() {
            self.core.referred.remove(&new);
        }
        self.step(asked_on, |mut state, cx| {
            if let State::Up(up) = &mut state {
                up.tell_referrer(cx, status);
            }
            state
        });
    }
}

/// A `word` with `@`, as a Call-ID is (RFC 3261 §25.1), without what could end a value or begin a parameter.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'"'))
}
