//! What a window asks of the program around it, and what that program asks of a window. Nothing here reaches the agent.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asked by `invoke('shell', { request })`; only the main window may. Answered with a [`SystemView`] where one is asked for or
/// changed, else with nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ShellRequest {
    /// Words for the tray, in the language of the interface; sent at the start and when the language changes.
    Words(Box<ShellWords>),
    /// Ends the program. While a call is up it is done only when `confirmed`; otherwise [`ShellEvent::QuitQuestion`] follows.
    Quit {
        /// The agent was asked and said yes.
        confirmed: bool,
    },
    /// How the program stands with the system.
    System,
    /// «Abrir enlaces de teléfono con Timbre»: the person wants it. Some systems ask once more, in a window of their own.
    TakeLinks,
    /// «Abrir Timbre al iniciar sesión».
    StartAtLogin {
        /// The wish.
        on: bool,
    },
}

/// How the program stands with the system; what cannot be told is `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SystemView {
    /// Whether phone links open with this program.
    pub has_links: Option<bool>,
    /// Whether it starts when the person signs in.
    pub starts_at_login: Option<bool>,
    /// The system refused the last wish, or the program is not installed as one that the system knows.
    pub refused: bool,
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
    /// Title of the notice that it goes on without its window.
    pub goes_on: String,
    /// And what brings it back.
    pub goes_on_text: String,
    /// Title of an incoming call.
    pub incoming: String,
    /// Title of a missed call.
    pub missed: String,
    /// Title: an unsaved card leaves «Por salvar» within the hour.
    pub card_expiring: String,
    /// Title: within ten minutes.
    pub card_expiring_soon: String,
    /// Title: somebody wrote.
    pub message: String,
    /// «Contestar».
    pub answer: String,
    /// «Rechazar».
    pub decline: String,
}

/// Sent to the main window as `shell-event`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ShellEvent {
    /// Somebody wants to end the program while a call is up: ask the agent.
    QuitQuestion,
}
