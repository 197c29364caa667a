//! What the shell itself must know of calls and presence: enough for pop-up, tray and leaving.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use agent_api::call::{CallState, CallView, Direction};
use agent_api::event::{EventBody, Snapshot};
use agent_api::id::CallId;
use agent_api::settings::AgentState;

/// A mirror of the live calls and the presence.
#[derive(Default)]
pub struct Live(Mutex<Mirror>);

#[derive(Default)]
struct Mirror {
    calls: BTreeMap<CallId, (Direction, CallState)>,
    presence: Option<AgentState>,
    front_on_answer: bool,
}

impl Live {
    /// Takes everything from a snapshot.
    pub fn restart(&self, snapshot: &Snapshot) {
        let mut mirror = self.mirror();
        mirror.calls = snapshot.calls.iter().map(line).collect();
        mirror.presence = Some(snapshot.presence.state);
        mirror.front_on_answer = snapshot.preferences.front_on_answer;
    }

    /// Follows one event.
    pub fn apply(&self, body: &EventBody) {
        let mut mirror = self.mirror();
        match body {
            EventBody::Call(call) => {
                let (id, what) = line(call);
                mirror.calls.insert(id, what);
            }
            EventBody::CallGone(call) => {
                mirror.calls.remove(call);
            }
            EventBody::Presence(presence) => mirror.presence = Some(presence.state),
            EventBody::Preferences(preferences) => mirror.front_on_answer = preferences.front_on_answer,
            _ => {}
        }
    }

    /// The call that rings here, the first of several.
    pub fn ringing(&self) -> Option<CallId> {
        let mirror = self.mirror();
        let mut rings =
            mirror.calls.iter().filter(|(_, what)| matches!(what, (Direction::Incoming, CallState::RingingLocal)));
        rings.next().map(|(call, _)| *call)
    }

    /// Whether this call rang here, as far as events are applied.
    pub fn rang(&self, call: CallId) -> bool {
        self.mirror().calls.get(&call) == Some(&(Direction::Incoming, CallState::RingingLocal))
    }

    /// Whether an event that is not applied yet says that a call was answered for which the main window is to come forward.
    pub fn brings_forward(&self, body: &EventBody) -> bool {
        let EventBody::Call(call) = body else { return false };
        let mirror = self.mirror();
        mirror.front_on_answer
            && matches!(call.state, CallState::Connecting | CallState::Talking)
            && mirror.calls.get(&call.id).is_some_and(|(_, state)| *state == CallState::RingingLocal)
    }

    /// Whether somebody talks, or it rings there.
    pub fn in_call(&self) -> bool {
        self.mirror().calls.values().any(|(_, state)| !matches!(state, CallState::Ended | CallState::RingingLocal))
    }

    /// Whether there is any call that has not ended.
    pub fn any_call(&self) -> bool {
        self.mirror().calls.values().any(|(_, state)| *state != CallState::Ended)
    }

    /// The agent's presence, once known.
    pub fn presence(&self) -> Option<AgentState> {
        self.mirror().presence
    }

    fn mirror(&self) -> MutexGuard<'_, Mirror> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(call: &CallView) -> (CallId, (Direction, CallState)) {
    (call.id, (call.direction, call.state))
}
