//! What the agent may do with a call that is there: answer, decline, end, hold, resume, mute, send tones.

use agent_api::call::TransferView;
use agent_api::error::ApiError;
use agent_api::id::CallId;
use crm::call::{EndCause, EndedBy};
use sip_stack::ua::Command;

use super::ended::Over;
use super::live::{Hold, Stage};
use super::one_way::OneWay;
use super::{Desk, Reply};
use crate::port::clock::Now;
use crate::port::media::MediaCommand;

impl Desk {
    /// Answers; a call that is up is held first. Answering twice does nothing more.
    pub(super) fn answer(&mut self, now: Now, call: CallId) -> Result<Reply, ApiError> {
        match self.live(call)?.stage {
            Stage::RingingLocal => {}
            Stage::Answering | Stage::Connecting | Stage::Talking => return Ok(Reply::Done),
            _ => return Err(Self::wrong_state()),
        }
        self.hold_others(now, call);
        let live = self.live(call)?;
        live.stage = Stage::Answering;
        self.prepare(call);
        self.show(call);
        Ok(Reply::Done)
    }

    /// Declines what rings here.
    pub(super) fn decline(&mut self, call: CallId, status: u16) -> Result<Reply, ApiError> {
        let live = self.live(call)?;
        if live.stage != Stage::RingingLocal {
            return Err(Self::wrong_state());
        }
        live.stage = Stage::Ending;
        let leg = live.leg;
        self.do_phone(Command::Reject { leg, status });
        Ok(Reply::Done)
    }

    /// Ends a call by what its state asks for. A call that is gone is ended already.
    pub(super) fn hang_up(&mut self, now: Now, call: CallId) -> Result<Reply, ApiError> {
        let Some(live) = self.calls.get_mut(&call) else { return Ok(Reply::Done) };
        let leg = live.leg;
        match live.stage {
            Stage::Preparing => {
                let over = Over { cause: EndCause::Cancelled, status: None, by: EndedBy::Local, reason: String::new() };
                self.end(now, call, over);
            }
            Stage::RingingLocal => return self.decline(call, 603),
            Stage::Ending => {}
            _ => {
                live.stage = Stage::Ending;
                self.do_media(MediaCommand::Audible { call, audible: false });
                self.do_phone(Command::HangUp { leg });
            }
        }
        Ok(Reply::Done)
    }

    /// Holds, a conference as a whole; sound stops at once, the other side is told meanwhile.
    pub(super) fn hold(&mut self, now: Now, call: CallId) -> Result<Reply, ApiError> {
        if self.live(call)?.stage != Stage::Talking {
            return Err(Self::wrong_state());
        }
        for one in self.meant_by(call) {
            self.hold_one(now, one);
        }
        Ok(Reply::Done)
    }

    fn hold_one(&mut self, now: Now, call: CallId) {
        let Some(live) = self.calls.get_mut(&call).filter(|live| live.hold == Hold::Off) else { return };
        live.hold = Hold::On { since_ms: now.utc_ms, accepted: false };
        let leg = live.leg;
        self.do_media(MediaCommand::Audible { call, audible: false });
        self.do_phone(Command::Hold { leg });
        self.show(call);
    }

    /// Resumes, a conference as a whole; another call that is up is held first (swap).
    pub(super) fn resume(&mut self, now: Now, call: CallId) -> Result<Reply, ApiError> {
        if self.live(call)?.stage != Stage::Talking {
            return Err(Self::wrong_state());
        }
        for one in self.meant_by(call) {
            self.resume_one(now, one)?;
        }
        Ok(Reply::Done)
    }

    pub(super) fn resume_one(&mut self, now: Now, call: CallId) -> Result<(), ApiError> {
        if self.live(call)?.hold == Hold::Off {
            return Ok(());
        }
        self.hold_others(now, call);
        let live = self.live(call)?;
        live.hold = Hold::Off;
        // What could not be done was read by now.
        live.transfer.take_if(|told| matches!(told, TransferView::Failed { .. }));
        live.one_way = OneWay::default();
        let leg = live.leg;
        self.do_media(MediaCommand::Audible { call, audible: true });
        self.do_phone(Command::Resume { leg });
        self.show(call);
        Ok(())
    }

    /// Mutes or unmutes, for everybody in a conference; the wish is kept for a call that is not up yet.
    pub(super) fn mute(&mut self, call: CallId, muted: bool) -> Result<Reply, ApiError> {
        self.live(call)?;
        for one in self.meant_by(call) {
            self.live(one)?.muted = muted;
            self.do_media(MediaCommand::Mute { call: one, muted });
            self.show(one);
        }
        Ok(Reply::Done)
    }

    /// Holds every answered call but `except` and who is in a conference with it.
    pub(super) fn hold_others(&mut self, now: Now, except: CallId) {
        let together = self.meant_by(except);
        let others: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(id, call)| !together.contains(id) && call.is_front())
            .map(|(id, _)| *id)
            .collect();
        let sender = self.calls.get(&except).and_then(|call| call.follows);
        for id in others {
            if sender == Some(id) {
                self.expect_sender_to_go(now, id);
                continue;
            }
            self.hold_one(now, id);
        }
    }
}
