//! What a command can fail with. A code exists only if the interface does something with it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The failure of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{code:?}")]
pub struct ApiError {
    /// What the interface decides by.
    pub code: ErrorCode,
    /// The field or part concerned, such as `last_name`; never personal data, never a sentence.
    pub detail: Option<String>,
}

impl ApiError {
    /// An error without further detail.
    pub fn new(code: ErrorCode) -> Self {
        Self { code, detail: None }
    }

    /// An error about a named field or part.
    pub fn about(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()) }
    }
}

/// Reasons on which the interface acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is not one this version knows.
    BadRequest,
    /// This window may not ask that.
    Forbidden,
    /// The call, card or contact is no longer there.
    NotFound,
    /// A field is required; `detail` names it.
    Required,
    /// A field has a wrong form; `detail` names it.
    Invalid,
    /// Somebody or something changed it meanwhile; read it again.
    Conflict,
    /// Not possible in the call's present state.
    WrongState,
    /// No account can place this call now.
    NoLine,
    /// The disk is full; what is on screen is kept, writing is tried again.
    DiskFull,
    /// Another program holds the database.
    DatabaseLocked,
    /// The database was written by a newer version of this program.
    DatabaseNewer,
    /// The records are encrypted and their key is not found.
    DatabaseSealed,
    /// The database cannot be read or written for another cause.
    DatabaseFailed,
    /// The keychain refused or is absent.
    SecretStore,
    /// The sound device cannot be opened.
    AudioDevice,
    /// The file cannot be put there: the folder is not there or may not be written to; `detail` names it.
    FolderRefused,
    /// A fault of this program; it is in the log.
    Internal,
}
