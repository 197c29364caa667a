//! The other side sends us elsewhere (RFC 5589 §4): a number goes through the rules of a row that is pressed, so that nobody
//! makes an agent's line call what costs.

use std::time::{Duration, Instant};

use agent_api::call::{AskReason, Dial, DialOrigin, SentTo};
use agent_api::error::ApiError;
use agent_api::id::CallId;
use sip_stack::ua::{Command, LegId, LocalMedia, Party};

use super::live::Live;
use super::{Desk, Reply};
use crate::fact::What;
use crate::link::{Circumstances, Decision, Target, decide};
use crate::party;
use crate::port::clock::Now;
use crate::port::media::MediaCommand;

/// How long the agent may think: the user agent declines after 25 s.
const DECIDE: Duration = Duration::from_secs(20);

/// How long who sent us has to hang up.
const SENDER_GOES: Duration = Duration::from_secs(2);

/// Where the other side of a call sends us.
pub struct Sent {
    target: Target,
    /// Why the agent is asked.
    reason: Option<AskReason>,
    /// Until when.
    pub until: Instant,
}

impl Sent {
    /// The question, for the window.
    pub fn view(&self) -> Option<SentTo> {
        Some(SentTo { number: self.target.display.clone(), reason: self.reason? })
    }
}

impl Desk {
    /// The other side wants us to call somebody else: that is done, asked about, or declined.
    pub(super) fn sent_elsewhere(&mut self, now: Now, call: CallId, to: &Party) {
        let target = self.target_of(to);
        let reason = self.asks_before_following(to, &target);
        let Some(live) = self.calls.get_mut(&call) else { return };
        live.sent_to = Some(Sent { target, reason, until: now.mono + DECIDE });
        self.fact(call, What::TransferAsked);
        if reason.is_none() {
            // Without a line or a place for one more call it stays where it is, and the other side hears so.
            let _ = self.go_where_sent(now, call, true);
        } else {
            self.show(call);
        }
    }

    /// Goes where the other side of a call sends us, or stays.
    ///
    /// # Errors
    /// It sends us nowhere, or nobody can be called now: it is told that we stay.
    pub(super) fn go_where_sent(&mut self, now: Now, call: CallId, go: bool) -> Result<Reply, ApiError> {
        let live = self.calls.get_mut(&call).ok_or_else(Self::wrong_state)?;
        let Sent { target, .. } = live.sent_to.take().ok_or_else(Self::wrong_state)?;
        let (leg, account) = (live.leg, live.account());
        let dial = Dial {
            target: target.dial.clone(),
            origin: DialOrigin::Keypad,
            account: Some(account),
            contact: None,
            confirmed: true,
        };
        let placed = if go { self.place(now, &dial, target, None).map(Some) } else { Ok(None) };
        self.show(call);
        if let Ok(Some(new)) = placed {
            if let Some(live) = self.calls.get_mut(&new) {
                live.follows = Some(call);
            }
        } else {
            self.do_phone(Command::DeclineTransfer { leg });
        }
        placed.map(|_| Reply::Done)
    }

    /// The INVITE of a call that goes where the other side of `of` sent us.
    pub(super) fn follow(&mut self, of: CallId, new: LegId, media: LocalMedia) {
        // A leg that is gone asks for nothing any more, and the user agent says so.
        let leg = self.calls.get(&of).map_or(new, |live| live.leg);
        self.do_phone(Command::FollowTransfer { leg, new, media });
    }

    /// Who sent us elsewhere hears that we are there, and hangs up: a re-INVITE would only be in the way. Until then it hears
    /// nothing, and whoever stays is held.
    pub(super) fn expect_sender_to_go(&mut self, now: Now, sender: CallId) {
        self.do_media(MediaCommand::Audible { call: sender, audible: false });
        if let Some(live) = self.calls.get_mut(&sender) {
            live.hold_at = Some(now.mono + SENDER_GOES);
        }
    }

    /// The sender has not gone: it is held, or heard again if nobody else is there any more.
    pub(super) fn sender_stays(&mut self, now: Now, sender: CallId) {
        let front = self.calls.values().find(|live| live.follows == Some(sender) && live.is_front()).map(Live::id);
        let Some(front) = front else { return self.hear_sender(sender) };
        if let Some(live) = self.calls.get_mut(&front) {
            live.follows = None;
        }
        self.hold_others(now, front);
    }

    fn hear_sender(&mut self, sender: CallId) {
        if self.calls.get(&sender).is_some_and(Live::is_front) {
            self.do_media(MediaCommand::Audible { call: sender, audible: true });
        }
    }

    fn target_of(&self, to: &Party) -> Target {
        let country = &self.settings.preferences.country;
        let number = party::number(&to.user, country);
        let display = match &number {
            Some(number) => number.display(),
            None if self.is_home(&to.host) => party::for_the_eye(&to.user),
            None => party::for_the_eye(&format!("{}@{}", to.user, to.host)),
        };
        Target { dial: to.uri.clone(), number, display }
    }

    fn asks_before_following(&self, to: &Party, target: &Target) -> Option<AskReason> {
        // A stranger must not make the line call abroad, either.
        let abroad = target.country().is_some_and(|country| country != self.settings.preferences.country);
        if abroad || !self.is_home(&to.host) {
            return Some(AskReason::Outside);
        }
        let circumstances = Circumstances {
            origin: DialOrigin::Row,
            country: &self.settings.preferences.country,
            known_country: true,
            call_up: false,
            many_links: false,
            ask_always: self.settings.preferences.ask_before_dialing,
            confirmed: false,
        };
        match decide(target, &circumstances) {
            Decision::Dial => None,
            Decision::Ask(reason) => Some(reason),
            Decision::Refuse(_) => Some(AskReason::Outside),
        }
    }

    /// A host of one of our exchanges.
    fn is_home(&self, host: &str) -> bool {
        self.lines.domains().any(|domain| domain.eq_ignore_ascii_case(host))
    }
}
