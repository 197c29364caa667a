//! Phone links: which schemes are ours, and whether the system hands them to us.
//!
//! Being offered is settled at installation; becoming the default is the person's choice and happens only on request.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "windows")]
mod windows;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(target_os = "windows")]
use windows as system;

/// The schemes of phone links.
pub const SCHEMES: [&str; 4] = ["tel", "callto", "sip", "sips"];

/// Who gets links of a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    /// We do.
    Ours,
    /// Another program; its name as the system gives it.
    Other(String),
    /// Nobody, or the system asks each time.
    Nobody,
}

/// What became of the wish to be the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is so now.
    Done,
    /// The system asks the person, in a window of its own.
    AskedPerson,
}

/// Why the system could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// A program of the desktop is missing.
    #[error("{0} is not installed")]
    Missing(&'static str),
    /// The system refused, with what it said.
    #[error("the system refused: {0}")]
    Refused(String),
    /// We are not installed as a program that the system knows.
    #[error("this program is not installed")]
    NotInstalled,
}

/// Who gets links of this scheme now.
pub fn handler(scheme: &str) -> Result<Handler, LinkError> {
    system::handler(scheme)
}

/// Asks to get the links of all our schemes from now on.
pub fn become_default() -> Result<Change, LinkError> {
    system::become_default()
}
