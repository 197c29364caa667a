//! Transfers as far as they touch two legs.

use crate::message::StatusCode;

use super::agent::UserAgent;
use super::leg::State;
use super::{EndCause, EndedBy, Event, LegId, LocalMedia, TransferTo, target, transfer};

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
