//! Keychain, link handlers, start at login, folders, calendar and programs of the system, headset buttons, its addresses and its sleep: one small module per operating system.
//!
//! Nothing here knows the window library, so that the parts for Windows and macOS are type-checked on any machine
//! (`cargo xtask ci-cross`).

pub mod autostart;
pub mod calendar;
pub mod folder;
pub mod hid;
pub mod link;
pub mod network;
pub mod program;
pub mod secret;
pub mod system;
pub mod wake;

/// The one name of the program for the operating system: bundle, D-Bus, keychain and data folder. Letters and dots only.
pub const APPLICATION_ID: &str = "app.timbre.desktop";

/// What a person reads.
pub const APPLICATION_NAME: &str = "Timbre";

#[cfg(test)]
mod tests {
    #[test]
    fn the_application_id_has_letters_and_dots_only() {
        assert!(super::APPLICATION_ID.chars().all(|c| c.is_ascii_lowercase() || c == '.'));
    }
}
