//! What a window asks of the program around it, and what that program asks of a window. Nothing here reaches the agent.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asked by `invoke('shell', { request })`; only the main window may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ShellRequest {
    /// Words for the tray, in the language of the interface; sent at the start and when the language changes.
    Words(ShellWords),
    /// Ends the program. While a call is up it is done only when `confirmed`; otherwise [`ShellEvent::QuitQuestion`] follows.
    Quit {
        /// The agent was asked and said yes.
        confirmed: bool,
    },
}

/// Words outside the windows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShellWords {
    /// Opens the main window.
    pub open: String,
    /// Ends the program.
    pub quit: String,
    /// «Disponible».
    pub available: String,
    /// Ringing.
    pub ringing: String,
    /// «En llamada».
    pub on_call: String,
    /// «No molestar».
    pub away: String,
    /// No line is registered.
    pub offline: String,
}

/// Sent to the main window as `shell-event`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ShellEvent {
    /// Somebody wants to end the program while a call is up: ask the agent.
    QuitQuestion,
}
