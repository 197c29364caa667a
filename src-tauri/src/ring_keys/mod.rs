//! F8 and F9 answer and decline in every program, but only while a call rings: then they are taken from the system, and
//! given back at once.
//!
//! Wayland lets no program take keys, and another program may have them: then they work in the main window alone.

#[cfg_attr(target_os = "linux", path = "x11.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod system;

use std::sync::{Mutex, PoisonError};

use agent_api::call::{Answer, CallRef};
use agent_api::command::Commands;
use tauri::{AppHandle, Manager};

use crate::desk::Desk;
use crate::live::Live;
#[cfg(not(target_os = "linux"))]
pub use system::plugin;

/// What a key does to the call that rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    /// F8
    Answer,
    /// F9
    Decline,
}

/// The keys while they are ours.
#[derive(Default)]
pub struct Taken(Mutex<Option<system::Keys>>);

/// Calls changed: takes the keys, or gives them back. Waits for neither.
pub fn look_again(app: &AppHandle) {
    let rings = app.state::<Live>().ringing().is_some();
    let taken = app.state::<Taken>();
    let mut keys = taken.0.lock().unwrap_or_else(PoisonError::into_inner);
    match (rings, keys.is_some()) {
        (true, false) => *keys = Some(system::Keys::take(app)),
        (false, true) => *keys = None,
        _ => {}
    }
}

fn press(app: &AppHandle, key: Key) {
    let Some(call) = app.state::<Live>().ringing() else { return };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let Ok(agent) = app.state::<Desk>().agent().await else { return };
        let done = match key {
            Key::Answer => agent.answer(Answer { call }).await,
            Key::Decline => agent.decline(CallRef { call }).await,
        };
        if let Err(error) = done {
            tracing::info!(code = ?error.code, "a key of the ringing call");
        }
    });
}
