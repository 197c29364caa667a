//! What a store keeps of recordings: which call, which file, what it looks like. The sound is in the file, never here.

use super::StoreError;
use crate::id::{CallId, RecordingId};

/// A recording of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// The call.
    pub call: CallId,
    /// When it began, UTC ms.
    pub started_at_ms: i64,
    /// The file, whole path.
    pub file: String,
    /// The file is encrypted.
    pub sealed: bool,
    /// Of what can be played, ms; none while it runs, and when the program ended in it.
    pub length_ms: Option<u64>,
    /// What it looks like.
    pub peaks: Peaks,
}

/// The loudest moment of each column of time: 0 is silence, 255 full scale.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    /// Length of a column, ms.
    pub column_ms: u32,
    /// The agent.
    pub left: Vec<u8>,
    /// The other side; as many.
    pub right: Vec<u8>,
}

/// The part of [`Store`](super::Store) about recordings. A row outlives its call, until the file is gone. Each method is one
/// transaction.
pub trait Recordings {
    /// A recording runs.
    fn begin_recording(&mut self, recording: &Recording) -> Result<(), StoreError>;
    /// It is over.
    fn end_recording(&mut self, id: RecordingId, length_ms: u64, peaks: &Peaks) -> Result<(), StoreError>;
    /// One recording.
    fn recording(&mut self, id: RecordingId) -> Result<Recording, StoreError>;
    /// Those of a call, in order.
    fn recordings_of(&mut self, call: CallId) -> Result<Vec<Recording>, StoreError>;
    /// Which of these calls have any.
    fn recorded(&mut self, calls: &[CallId]) -> Result<Vec<CallId>, StoreError>;
    /// Those that nobody ended.
    fn open_recordings(&mut self) -> Result<Vec<Recording>, StoreError>;
    /// Those that shall go: begun before this moment, or of a call that is forgotten or whose person was erased.
    fn condemned_recordings(&mut self, before_ms: i64) -> Result<Vec<Recording>, StoreError>;
    /// The file is gone.
    fn drop_recording(&mut self, id: RecordingId) -> Result<(), StoreError>;
}
