//! The points, where they are turned on.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The environment variable that names the point, and behind a `:` how often it is passed before.
pub const VARIABLE: &str = "TIMBRE_FAILPOINT";

/// The points of a call, in the order in which it meets them.
pub const POINTS: &[&str] = &[
    // hang-up
    "ended", // before the record and its held row are written
    "held",  // when they are
    // Salvar
    "releasing", // before the row is released
    "released",  // when it is
    // the outbox
    "recovered",   // what was in flight is unknown
    "taken",       // the row is in flight, nothing was asked
    "person_made", // the CRM has the person, the link is not kept
    "link_kept",   // it is
    "answered",    // the CRM has the call, the row is in flight
    "looked_up",   // the CRM said whether it has the call, the row is unknown
    "settling",    // the remote id is written, not committed
    "settled",     // it is committed, nobody was told
    // renewing a token that rotates
    "renewed",      // the vendor has forgotten the old refresh token, the new one is not kept
    "renewal_kept", // it is, and was not used
    // disconnecting
    "left",            // nothing is sent any more
    "revoked",         // the vendor has ended the grant
    "token_forgotten", // its token is gone here
    "queue_kept_here", // what waited goes nowhere, the settings still say that somebody is signed in
];

/// The points of an edit of a person.
pub const EDIT_POINTS: &[&str] = &[
    "edit_read",  // the CRM said what stands there, nothing is kept
    "edit_begun", // what is to be sent is kept, nothing was sent
    "edit_sent",  // the CRM has it, nobody kept that
];

struct Wish {
    name: String,
    passes: AtomicU32,
}

static WISH: OnceLock<Option<Wish>> = OnceLock::new();

fn wish() -> Option<Wish> {
    let text = std::env::var(VARIABLE).ok()?;
    let (name, passes) = text.split_once(':').unwrap_or((&text, "0"));
    Some(Wish { name: name.to_owned(), passes: AtomicU32::new(passes.parse().ok()?) })
}

/// The process is at a point.
///
/// # Panics
/// The point stands neither in [`POINTS`] nor in [`EDIT_POINTS`].
pub fn reach(name: &'static str) {
    assert!(POINTS.contains(&name) || EDIT_POINTS.contains(&name), "{name} is no point");
    let Some(wish) = WISH.get_or_init(wish).as_ref().filter(|wish| wish.name == name) else { return };
    if wish.passes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
        end();
    }
}

#[cfg(unix)]
fn end() -> ! {
    // SAFETY: both are plain system calls without pointers.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    // The signal comes when the system delivers it; nothing happens here until then.
    loop {
        std::thread::park();
    }
}

#[cfg(not(unix))]
fn end() -> ! {
    std::process::abort()
}
