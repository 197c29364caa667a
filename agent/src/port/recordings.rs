//! Files of recordings that are there already. Calls may block: files are long, and a keychain may ask the person.

use std::path::{Path, PathBuf};

use crm::store::Peaks;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Of what can be played, ms.
    pub length_ms: u64,
    /// What it looks like.
    pub peaks: Peaks,
}

/// A file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// It is not there.
    #[error("the file is not there")]
    Gone,
    /// No room for the copy.
    #[error("the disk is full")]
    Full,
    /// The system's words, or what is wrong with the file.
    #[error("{0}")]
    Other(String),
}

/// Looks into files of recordings.
pub trait RecordingFiles: Send + Sync {
    /// Reads all of a file that nobody finished, and mends what it says of its length.
    ///
    /// # Errors
    /// It is not there, damaged, or of another key.
    fn look(&self, file: &Path) -> Result<Looked, FilesError>;

    /// Writes a copy that is not encrypted to a name that is not taken, and returns that.
    ///
    /// # Errors
    /// It cannot be read, or the copy not be written.
    fn copy(&self, file: &Path, to: &Path) -> Result<PathBuf, FilesError>;
}

/// There are none; for programs that record nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecordings;

impl RecordingFiles for NoRecordings {
    fn look(&self, _file: &Path) -> Result<Looked, FilesError> {
        Err(FilesError::Gone)
    }

    fn copy(&self, _file: &Path, _to: &Path) -> Result<PathBuf, FilesError> {
        Err(FilesError::Gone)
    }
}
