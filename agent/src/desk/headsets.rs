//! Buttons and lamps of headsets: presses become what the window would ask for, and lamps follow the calls.
//!
//! Calls are shown to every headset after each input of the desk, whoever changed them: headset, window, command line or the other side.

use std::collections::BTreeMap;
use std::time::Instant;

use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::EventBody;
use agent_api::headset::{HeadsetId, HeadsetLamp, Headsets as View, TestLamp};
use agent_api::id::CallId;
use headset::{Action, Calls};

use super::live::{Hold, Live, Stage};
use super::{Desk, Effect, Reply};
use crate::fact::{Fact, What};
use crate::headset::{OneHeadset, lamp_of};
use crate::port::clock::Now;
use crate::port::headset::{HeadsetCommand, HeadsetEvent};

/// The headsets that are plugged in.
#[derive(Default)]
pub(super) struct Headsets {
    list: BTreeMap<HeadsetId, OneHeadset>,
    followed: bool,
    /// What the window knows.
    told: View,
}

impl Headsets {
    pub fn timeout(&self) -> Option<Instant> {
        self.list.values().filter_map(OneHeadset::timeout).min()
    }

    pub fn told(&self) -> &View {
        &self.told
    }

    fn view(&self) -> View {
        View { list: self.list.values().map(OneHeadset::view).collect(), followed: self.followed }
    }
}

impl Desk {
    pub(super) fn headset(&mut self, now: Now, event: HeadsetEvent) {
        match event {
            HeadsetEvent::Followed => self.headsets.followed = true,
            HeadsetEvent::Plugged { headset, access } => {
                let id = headset.id;
                tracing::info!(vendor = headset.vendor, product = headset.product, ?access, "a headset is there");
                let one = OneHeadset::new(headset, access, now);
                self.tell_fact(What::HeadsetThere { name: one.view().name, state: Some(one.view().state) });
                self.headsets.list.insert(id, one);
            }
            HeadsetEvent::Unplugged(id) => {
                if let Some(gone) = self.headsets.list.remove(&id) {
                    self.tell_fact(What::HeadsetThere { name: gone.view().name, state: None });
                }
            }
            HeadsetEvent::Report { headset, report } => {
                let Some(one) = self.headsets.list.get_mut(&headset) else { return };
                for action in one.hear(&report, now) {
                    tracing::debug!(?action, "on a headset");
                    self.tell_fact(What::HeadsetPressed { action });
                    if let Err(error) = self.act(now, action) {
                        tracing::debug!(?action, code = ?error.code, "not possible now");
                    }
                }
            }
        }
    }

    fn tell_fact(&mut self, what: What) {
        self.effects.push(Effect::Fact(Fact { account: None, call: None, what }));
    }

    /// What the window asks for with the same words.
    fn act(&mut self, now: Now, action: Action) -> Result<(), ApiError> {
        let none = || ApiError::new(ErrorCode::WrongState);
        match action {
            Action::Answer => self.answer(now, self.rings().ok_or_else(none)?),
            Action::Reject => self.decline(self.rings().ok_or_else(none)?, 603),
            Action::End => {
                let call = self.in_front().ok_or_else(none)?;
                for one in self.meant_by(call) {
                    self.hang_up(now, one)?;
                }
                Ok(Reply::Done)
            }
            Action::Hold => self.hold(now, self.in_front().ok_or_else(none)?),
            Action::Resume | Action::Swap => self.resume(now, self.held_last().ok_or_else(none)?),
            Action::Mute(on) => self.mute(self.in_front().or_else(|| self.held_last()).ok_or_else(none)?, on),
            Action::Redial => {
                self.effects.push(Effect::Redial);
                Ok(Reply::Done)
            }
            // The page shows both; they mean nothing to calls.
            Action::Programmable(_) | Action::Busy(_) => Ok(Reply::Done),
        }
        .map(drop)
    }

    /// Lights a lamp for a while.
    pub(super) fn test_lamp(&mut self, now: Now, wish: TestLamp) -> Result<Reply, ApiError> {
        let headset =
            self.headsets.list.get_mut(&wish.headset).ok_or(ApiError::about(ErrorCode::NotFound, "headset"))?;
        if headset.try_lamp(lamp(wish.lamp), now) { Ok(Reply::Done) } else { Err(Self::wrong_state()) }
    }

    pub(super) fn headset_facts(&self, id: HeadsetId) -> Result<Reply, ApiError> {
        let headset = self.headsets.list.get(&id).ok_or(ApiError::about(ErrorCode::NotFound, "headset"))?;
        Ok(Reply::Headset(Box::new(headset.facts())))
    }

    /// Lamps follow, reports leave, and the window is told.
    pub(super) fn settle_headsets(&mut self, now: Now) {
        let calls = self.calls_for_headsets();
        for (id, headset) in &mut self.headsets.list {
            for report in headset.follow(calls, now) {
                self.effects.push(Effect::Headset(HeadsetCommand::Write { headset: *id, report }));
            }
        }
        let view = self.headsets.view();
        if view != self.headsets.told {
            self.headsets.told = view.clone();
            self.emit(EventBody::Headsets(view));
        }
    }

    fn calls_for_headsets(&self) -> Calls {
        let front = self.in_front();
        let held = self.held_last();
        let muted = front.or(held).and_then(|call| self.calls.get(&call)).is_some_and(|call| call.muted);
        Calls { ringing: self.rings().is_some(), talking: front.is_some(), held: held.is_some(), muted }
    }

    /// The call that rings longest.
    fn rings(&self) -> Option<CallId> {
        self.calls.values().find(|call| call.rings_here() && call.is_seen()).map(Live::id)
    }

    /// The call that is up or being dialled, or what was answered last.
    fn in_front(&self) -> Option<CallId> {
        let front = |call: &&Live| match call.stage {
            Stage::Preparing | Stage::Dialing | Stage::RingingRemote | Stage::Answering => true,
            Stage::Connecting | Stage::Talking => call.audible(),
            Stage::Screened | Stage::RingingLocal | Stage::Ending => false,
        };
        self.calls.values().rev().find(front).map(Live::id)
    }

    fn held_last(&self) -> Option<CallId> {
        let held = self.calls.values().filter(|call| call.stage == Stage::Talking);
        let since = |call: &Live| match call.hold {
            Hold::On { since_ms, .. } => Some(since_ms),
            Hold::Off => None,
        };
        held.filter_map(|call| Some((since(call)?, call.id()))).max().map(|(_, id)| id)
    }
}

fn lamp(lamp: HeadsetLamp) -> headset::Lamp {
    use headset::Lamp;
    let all = [
        Lamp::OffHook,
        Lamp::Ring,
        Lamp::Mute,
        Lamp::Hold,
        Lamp::Microphone,
        Lamp::Speaker,
        Lamp::OnLine,
        Lamp::Ringer,
    ];
    all.into_iter().find(|ours| lamp_of(*ours) == lamp).unwrap_or(Lamp::OffHook)
}
