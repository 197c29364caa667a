//! The voice thread before others, where the system allows it.

/// Raises the priority of the calling thread. Without the right to it nothing changes, and nothing depends on it.
///
/// Linux: nice −11 for this thread alone, as desktop sound servers have it; never a real-time class, because a loop
/// gone wrong would take the machine with it. Other systems: left as it is.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "one system call")]
pub(crate) fn raise() {
    // SAFETY: takes three numbers. On Linux 0 means the calling thread.
    let refused = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, -11) } != 0;
    if refused {
        tracing::debug!("the voice thread keeps the usual priority");
    }
}

/// As for Linux, where the system has a way that this program knows.
#[cfg(not(target_os = "linux"))]
pub(crate) fn raise() {}
