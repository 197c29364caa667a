//! The agent's presence, derived from calls, lines and wishes.

use std::time::{Duration, Instant};

use agent_api::error::ApiError;
use agent_api::event::EventBody;
use agent_api::id::CallId;
use agent_api::settings::{AgentState, PresenceView};
use sip_stack::ua::{self, Activity, Command};

use super::live::{Live, Stage};
use super::{Desk, Reply};
use crate::port::clock::Now;

/// After-call work shows for at most this long; the card stays in «Por salvar» all the same.
const WRAP_UP_MAX: Duration = Duration::from_secs(10 * 60);

/// What presence follows from besides calls and lines.
pub(super) struct Presence {
    state: AgentState,
    since_ms: i64,
    do_not_disturb: bool,
    wrap_up: Option<(CallId, Instant)>,
}

impl Presence {
    pub fn new(utc_ms: i64) -> Self {
        Self { state: AgentState::Offline, since_ms: utc_ms, do_not_disturb: false, wrap_up: None }
    }

    pub fn do_not_disturb(&self) -> bool {
        self.do_not_disturb
    }

    pub fn view(&self) -> PresenceView {
        PresenceView { state: self.state, since_ms: self.since_ms }
    }

    pub fn timeout(&self) -> Option<Instant> {
        self.wrap_up.map(|(_, until)| until)
    }

    /// An answered call ended and its card waits to be written.
    pub fn begin_wrap_up(&mut self, now: Now, call: CallId) {
        self.wrap_up = Some((call, now.mono + WRAP_UP_MAX));
    }

    /// The card of `call` needs no more work.
    pub fn end_wrap_up(&mut self, call: CallId) {
        if self.wrap_up.is_some_and(|(of, _)| of == call) {
            self.wrap_up = None;
        }
    }
}

impl Desk {
    pub(super) fn set_do_not_disturb(&mut self, _now: Now, on: bool) -> Result<Reply, ApiError> {
        self.presence.do_not_disturb = on;
        Ok(Reply::Done)
    }

    /// Works presence out anew and tells it if it changed.
    pub(super) fn settle_presence(&mut self, now: Now) {
        if self.presence.wrap_up.is_some_and(|(_, until)| until <= now.mono) {
            self.presence.wrap_up = None;
        }
        let state = self.present_state();
        if state != self.presence.state {
            self.presence.state = state;
            self.presence.since_ms = now.utc_ms;
            self.emit(EventBody::Presence(self.presence.view()));
            for line in self.lines.that_publish() {
                self.tell_presence(line);
            }
        }
    }

    /// Tells the exchange of a line whether the agent can be reached.
    pub(super) fn tell_presence(&mut self, account: ua::AccountId) {
        let activity = match self.presence.state {
            AgentState::OnCall | AgentState::Ringing => Some(Activity::OnThePhone),
            AgentState::WrapUp | AgentState::DoNotDisturb => Some(Activity::Busy),
            AgentState::Available | AgentState::Offline => None,
        };
        let presence = ua::Presence { open: Some(true), activity, note: None };
        self.do_phone(Command::Publish { account, presence });
    }

    fn present_state(&mut self) -> AgentState {
        let seen = |call: &&Live| call.is_seen();
        let on_call = self.calls.values().filter(seen).any(|call| !matches!(call.stage, Stage::RingingLocal));
        if on_call {
            // The next call is the agent's answer to whether wrap-up is over.
            self.presence.wrap_up = None;
            return AgentState::OnCall;
        }
        if self.calls.values().any(Live::is_seen) {
            return AgentState::Ringing;
        }
        if self.presence.do_not_disturb {
            return AgentState::DoNotDisturb;
        }
        if self.presence.wrap_up.is_some() {
            return AgentState::WrapUp;
        }
        if self.lines.any_registered() { AgentState::Available } else { AgentState::Offline }
    }
}
