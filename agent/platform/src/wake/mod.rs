//! The machine wakes up after a sleep: everything that was agreed with others before may be gone.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "windows")]
mod windows;

/// The operating system does not say when it wakes up.
#[derive(Debug, thiserror::Error)]
#[error("the system does not tell of its sleep: {0}")]
pub struct WakeError(pub String);

/// Calls `woke` on each waking, on a thread of the system's or of its own, until the program ends.
///
/// # Errors
/// The system does not tell.
pub fn follow(woke: impl Fn() + Send + Sync + 'static) -> Result<(), WakeError> {
    #[cfg(target_os = "linux")]
    return linux::follow(woke);
    #[cfg(target_os = "macos")]
    return macos::follow(woke);
    #[cfg(target_os = "windows")]
    return windows::follow(woke);
    #[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
    {
        drop(woke);
        Err(WakeError("not known for this system".to_owned()))
    }
}
