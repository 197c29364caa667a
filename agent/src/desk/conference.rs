//! Several calls in one conversation: the sound is mixed here, the calls stay calls, each with its record.

use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::CallId;

use super::live::{Live, Stage};
use super::{Desk, Reply};
use crate::port::clock::Now;
use crate::port::media::MediaCommand;

impl Desk {
    /// Everybody in these two calls hears everybody; whoever is in a conference with one of them already, too.
    ///
    /// # Errors
    /// One of them does not talk.
    pub(super) fn begin_conference(&mut self, now: Now, call: CallId, with: CallId) -> Result<Reply, ApiError> {
        if call == with {
            return Err(ApiError::about(ErrorCode::Invalid, "with"));
        }
        for one in [call, with] {
            if self.live(one)?.stage != Stage::Talking {
                return Err(Self::wrong_state());
            }
        }
        for one in [call, with] {
            self.set_conference(one, true);
        }
        for one in self.in_conference() {
            self.resume_one(now, one)?;
        }
        // One microphone speaks to all.
        let muted = self.live(call)?.muted;
        self.mute(call, muted)
    }

    /// The conference is over: this call goes on, the others of it are held.
    pub(super) fn split_conference(&mut self, now: Now, keep: CallId) -> Result<Reply, ApiError> {
        if !self.live(keep)?.conference {
            return Err(Self::wrong_state());
        }
        for one in self.in_conference() {
            self.set_conference(one, false);
        }
        self.resume(now, keep)?;
        self.hold_others(now, keep);
        Ok(Reply::Done)
    }

    /// Who is left alone is in a call like any other.
    pub(super) fn leave_conference(&mut self, gone: CallId) {
        let left: Vec<CallId> = self.in_conference().into_iter().filter(|call| *call != gone).collect();
        if let [alone] = left[..] {
            self.set_conference(alone, false);
        }
    }

    pub(super) fn in_conference(&self) -> Vec<CallId> {
        self.calls.values().filter(|live| live.conference).map(Live::id).collect()
    }

    /// The calls that an act on this one means: all of its conference, or itself.
    pub(super) fn meant_by(&self, call: CallId) -> Vec<CallId> {
        match self.calls.get(&call) {
            Some(live) if live.conference => self.in_conference(),
            _ => vec![call],
        }
    }

    fn set_conference(&mut self, call: CallId, joined: bool) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        if live.conference != joined {
            live.conference = joined;
            self.do_media(MediaCommand::Join { call, joined });
            self.show(call);
        }
    }
}
