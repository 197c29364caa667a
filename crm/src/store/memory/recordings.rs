//! Recordings, in memory.

use super::MemoryStore;
use crate::id::{CallId, RecordingId};
use crate::store::{Peaks, Recording, Recordings, StoreError};

impl MemoryStore {
    fn recordings_where(&self, wanted: impl Fn(&Recording) -> bool) -> Vec<Recording> {
        let mut list: Vec<Recording> = self.recordings.values().filter(|one| wanted(one)).cloned().collect();
        list.sort_by_key(|one| (one.started_at_ms, one.id));
        list
    }
}

impl Recordings for MemoryStore {
    fn begin_recording(&mut self, recording: &Recording) -> Result<(), StoreError> {
        self.card_mut(recording.call)?;
        self.recordings.insert(recording.id, recording.clone());
        Ok(())
    }

    fn end_recording(&mut self, id: RecordingId, length_ms: u64, peaks: &Peaks) -> Result<(), StoreError> {
        let recording = self.recordings.get_mut(&id).ok_or(StoreError::NotFound)?;
        (recording.length_ms, recording.peaks) = (Some(length_ms), peaks.clone());
        Ok(())
    }

    fn recording(&mut self, id: RecordingId) -> Result<Recording, StoreError> {
        self.recordings.get(&id).cloned().ok_or(StoreError::NotFound)
    }

    fn recordings_of(&mut self, call: CallId) -> Result<Vec<Recording>, StoreError> {
        Ok(self.recordings_where(|one| one.call == call && !self.condemned.contains(&one.id)))
    }

    fn recorded(&mut self, calls: &[CallId]) -> Result<Vec<CallId>, StoreError> {
        let of = |call: &&CallId| {
            self.recordings.values().any(|one| one.call == **call && !self.condemned.contains(&one.id))
        };
        Ok(calls.iter().filter(of).copied().collect())
    }

    fn open_recordings(&mut self) -> Result<Vec<Recording>, StoreError> {
        Ok(self.recordings_where(|one| one.length_ms.is_none()))
    }

    fn condemned_recordings(&mut self, before_ms: i64) -> Result<Vec<Recording>, StoreError> {
        Ok(self.recordings_where(|one| {
            let old = one.started_at_ms < before_ms && one.length_ms.is_some();
            old || self.condemned.contains(&one.id) || !self.cards.contains_key(&one.call)
        }))
    }

    fn drop_recording(&mut self, id: RecordingId) -> Result<(), StoreError> {
        self.condemned.remove(&id);
        self.recordings.remove(&id).map(|_| ()).ok_or(StoreError::NotFound)
    }
}
