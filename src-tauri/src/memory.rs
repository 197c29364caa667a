//! Memory that only the start needs goes back to the system, where its allocator (glibc's) keeps it otherwise: 3 MB.

/// So many pools of memory are shared by all threads. By default there are eight for each processor, and what one thread
/// has freed is of no use to another.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const POOLS: i32 = 2;

/// How long after the agent runs the start is over: windows, devices and lines are there.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const START: std::time::Duration = std::time::Duration::from_secs(3);

/// Sets up the allocator. To be called first in `main`, before there is another thread.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn prepare() {
    // SAFETY: the C library's own function with one of its own numbers (mallopt(3)); no other thread allocates yet.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, POOLS) };
}

/// Gives back what the start took.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub async fn give_back_after_start() {
    tokio::time::sleep(START).await;
    let trim = || {
        // SAFETY: the C library's own function; it takes the locks of the allocator itself (malloc_trim(3)).
        unsafe { libc::malloc_trim(0) };
    };
    // It takes some milliseconds in which nothing else may wait for this thread.
    let _ = tokio::task::spawn_blocking(trim).await;
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn prepare() {}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub async fn give_back_after_start() {}
