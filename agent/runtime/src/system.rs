//! How the program stands with the operating system: who gets phone links, and whether it starts at login.
//!
//! All of it asks the system and may take a moment: for threads that may wait.

use agent_api::shell::SystemView;
use platform::link::Handler;
pub use platform::program::keep_from_others;
use platform::{autostart, link};

/// The argument of a start at login: no window comes up by itself.
pub const HIDDEN: &str = autostart::HIDDEN;

/// As it stands now.
pub fn view() -> SystemView {
    SystemView {
        // «tel:» is the one that matters; the others follow it.
        has_links: link::handler("tel").map(|who| who == Handler::Ours).ok(),
        starts_at_login: autostart::is_on().ok(),
        refused: false,
    }
}

/// The person wants phone links to open with this program; answers what came of it.
pub fn take_links() -> SystemView {
    let refused = link::become_default().inspect_err(|error| tracing::warn!(%error, "phone links")).is_err();
    SystemView { refused, ..view() }
}

/// The person wants it to start at login, or not; answers what came of it.
pub fn start_at_login(on: bool) -> SystemView {
    let refused = autostart::set(on).inspect_err(|error| tracing::warn!(%error, "start at login")).is_err();
    SystemView { refused, ..view() }
}
