//! Starting when the person signs in: only on request, for this person alone, and told by what really stands there.

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod file;
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

/// The argument of a start at login: no window comes up by itself.
pub const HIDDEN: &str = "--hidden";

/// Why it could not be told or changed.
#[derive(Debug, thiserror::Error)]
pub enum AutostartError {
    /// The environment names no home folder.
    #[error("no home folder")]
    NoHome,
    /// The system refused, with what it said.
    #[error("the system refused: {0}")]
    Refused(String),
}

impl From<std::io::Error> for AutostartError {
    fn from(error: std::io::Error) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Whether this program starts when the person signs in.
pub fn is_on() -> Result<bool, AutostartError> {
    system::is_on()
}

/// Lets this very program start when the person signs in, or not any more.
pub fn set(on: bool) -> Result<(), AutostartError> {
    system::set(on)
}
