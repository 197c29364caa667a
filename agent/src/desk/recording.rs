//! Calls that are recorded here, and recordings that are heard.
//!
//! ```text
//!   answered (line that records) ─┐
//!   record_call ──────────────────┴─► Record ─► RecordingStarted: row ─► pause, resume … ─► RecordingEnded: length, notice
//! ```
//! Whatever the media side says of a file, the call goes on.

use agent_api::error::ApiError;
use agent_api::event::{EventBody, NoticeCode};
use agent_api::id::{CallId, RecordingId};
use agent_api::recording::{PlaybackView, RecordingState};
use crm::store::{Peaks, Recording};

use super::live::Stage;
use super::{Desk, Reply};
use crate::fact::{RecordingFact, What};
use crate::journal::Write;
use crate::port::clock::Now;
use crate::port::media::{MediaCommand, RecordingProblem, RecordingWish};
use crate::recording::{self, Facts, RecordingFile};
use crate::view;

/// A recording of a live call.
pub(super) struct Running {
    pub id: RecordingId,
    /// Its file is there.
    started: bool,
    paused: bool,
}

impl Running {
    pub fn state(&self) -> RecordingState {
        match (self.started, self.paused) {
            (_, true) => RecordingState::Paused,
            (true, false) => RecordingState::On,
            (false, false) => RecordingState::Starting,
        }
    }
}

impl Desk {
    /// Records what is said from now on, or ends that; a conference as a whole. What is so already stays.
    pub(super) fn record_call(&mut self, now: Now, call: CallId, on: bool) -> Result<Reply, ApiError> {
        if self.live(call)?.stage != Stage::Talking {
            return Err(Self::wrong_state());
        }
        for one in self.meant_by(call) {
            if on {
                self.start_recording(now, one);
            } else if let Some(live) = self.calls.get_mut(&one)
                && live.recording.take().is_some()
            {
                self.do_media(MediaCommand::StopRecording { call: one });
                self.show(one);
            }
        }
        Ok(Reply::Done)
    }

    /// Silence is recorded until it goes on; a conference as a whole.
    pub(super) fn pause_recording(&mut self, call: CallId, paused: bool) -> Result<Reply, ApiError> {
        if self.live(call)?.recording.is_none() {
            return Err(Self::wrong_state());
        }
        for one in self.meant_by(call) {
            let Some(running) = self.calls.get_mut(&one).and_then(|live| live.recording.as_mut()) else { continue };
            if std::mem::replace(&mut running.paused, paused) != paused {
                self.do_media(MediaCommand::PauseRecording { call: one, paused });
                let fact = if paused { RecordingFact::Paused } else { RecordingFact::Resumed };
                self.fact(one, What::Recording { fact });
                self.show(one);
            }
        }
        Ok(Reply::Done)
    }

    /// A line that records does so from the answer on.
    pub(super) fn record_answered(&mut self, now: Now, call: CallId) {
        let account = self.calls.get(&call).map(|live| live.account());
        if account.and_then(|id| self.lines.get(id)).is_some_and(|line| line.account.record) {
            self.start_recording(now, call);
        }
    }

    fn start_recording(&mut self, now: Now, call: CallId) {
        let id = RecordingId(self.ids.next(now.utc_ms));
        let Some(live) = self.calls.get_mut(&call).filter(|live| live.recording.is_none()) else { return };
        let settings = &self.settings.recording;
        let party = view::party(&live.record.party);
        let facts = Facts {
            at_ms: now.utc_ms,
            offset_min: (self.utc_offset_min)(now.utc_ms),
            line: self.lines.label(live.account()).unwrap_or_default(),
            number: party.e164.as_deref().unwrap_or(&party.number),
            incoming: live.record.direction == crm::call::Direction::Incoming,
        };
        let name = recording::name(&settings.names, facts) + recording::end(settings.format, settings.encrypt);
        let folder = settings.folder.as_ref().map_or(self.recordings_in.clone(), Into::into);
        let wish = RecordingWish {
            file: RecordingFile(folder.join(name)),
            format: settings.format,
            sealed: settings.encrypt,
            consent_tone: settings.consent_tone,
        };
        live.recording = Some(Running { id, started: false, paused: false });
        self.recordings.insert(id, (call, settings.encrypt));
        self.do_media(MediaCommand::Record { call, recording: id, wish });
        self.show(call);
    }

    /// The file is there: from now on the books know of it, whatever happens.
    pub(super) fn recording_started(&mut self, now: Now, id: RecordingId, file: &RecordingFile) {
        let Some((call, sealed)) = self.recordings.get(&id).copied() else { return };
        let recording = Recording {
            id: crm::id::RecordingId(id.0),
            call: view::crm_call(call),
            started_at_ms: now.utc_ms,
            file: file.0.to_string_lossy().into_owned(),
            sealed,
            length_ms: None,
            peaks: Peaks::default(),
        };
        self.journal.push(Write::Recording { recording: Box::new(recording) }, None);
        self.fact(call, What::Recording { fact: RecordingFact::Started { file: file.clone() } });
        if let Some(running) = self.calls.get_mut(&call).and_then(|live| live.recording.as_mut())
            && running.id == id
        {
            running.started = true;
            self.show(call);
        }
    }

    pub(super) fn recording_ended(
        &mut self,
        id: RecordingId,
        length_ms: u64,
        peaks: Peaks,
        problem: Option<RecordingProblem>,
    ) {
        let Some((call, _)) = self.recordings.remove(&id) else { return };
        let (of, recording) = (view::crm_call(call), crm::id::RecordingId(id.0));
        self.journal.push(Write::RecordingEnd { call: of, recording, length_ms, peaks: Box::new(peaks) }, None);
        self.fact(call, What::Recording { fact: RecordingFact::Ended { length_ms, problem: problem.clone() } });
        if let Some(live) = self.calls.get_mut(&call)
            && live.recording.take_if(|running| running.id == id).is_some()
        {
            self.show(call);
        }
        match problem {
            None => {}
            Some(RecordingProblem::Full) => self.say(NoticeCode::RecordingFull, None),
            Some(RecordingProblem::Denied) => self.say(NoticeCode::RecordingDenied, None),
            Some(RecordingProblem::Locked) => self.say(NoticeCode::RecordingLocked, None),
            Some(RecordingProblem::Other(reason)) => self.say(NoticeCode::RecordingFailed, Some(reason)),
        }
    }

    /// Plays a recording; never into a call.
    pub(super) fn play(&mut self, view: PlaybackView, file: RecordingFile, sealed: bool) -> Result<Reply, ApiError> {
        if !self.calls.is_empty() || self.recordings.contains_key(&view.recording) {
            return Err(Self::wrong_state());
        }
        self.playing = Some(view.recording);
        self.do_media(MediaCommand::Play { view, file, sealed });
        self.emit(EventBody::Playback(Some(view)));
        Ok(Reply::Done)
    }

    pub(super) fn stop_playing(&mut self) -> Reply {
        if self.playing.take().is_some() {
            self.do_media(MediaCommand::StopPlaying);
            self.emit(EventBody::Playback(None));
        }
        Reply::Done
    }

    /// What played has come to its end, or could not be played.
    pub(super) fn played(&mut self, recording: RecordingId, failed: bool) {
        if self.playing.take_if(|playing| *playing == recording).is_none() {
            return;
        }
        self.emit(EventBody::Playback(None));
        if failed {
            self.say(NoticeCode::PlaybackFailed, None);
        }
    }

    /// A call comes or goes out: nobody listens to an old one any more.
    pub(super) fn settle_playing(&mut self) {
        if self.calls.values().any(|call| call.is_seen()) {
            self.stop_playing();
        }
    }
}
