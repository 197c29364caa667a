//! F8 and F9 answer and decline in every program, but only while a call rings: then they are taken from the system, and
//! given back at once.
//!
//! Wayland lets no program take keys, and another program may have them: then they work in the main window alone.

use std::sync::atomic::{AtomicBool, Ordering};

use agent_api::call::{Answer, CallRef};
use agent_api::command::Commands;
use tauri::{AppHandle, Manager};
use tauri_plugin_global_shortcut::{Builder, Code, GlobalShortcutExt, Shortcut, ShortcutState};

use crate::Shell;
use crate::desk::Desk;
use crate::live::Live;

const ANSWER: Code = Code::F8;
const DECLINE: Code = Code::F9;

/// Whether the keys are ours now.
#[derive(Default)]
pub struct Taken(AtomicBool);

/// What the window library needs for it.
pub fn plugin() -> tauri::plugin::TauriPlugin<Shell> {
    let press = |app: &AppHandle, key: &Shortcut, state: ShortcutState| {
        if state == ShortcutState::Pressed {
            press(app, key.key);
        }
    };
    Builder::new().with_handler(move |app, key, event| press(app, key, event.state())).build()
}

/// Calls changed: takes the keys, or gives them back.
pub fn look_again(app: &AppHandle) {
    let rings = app.state::<Live>().ringing().is_some();
    if app.state::<Taken>().0.swap(rings, Ordering::AcqRel) == rings {
        return;
    }
    for key in [ANSWER, DECLINE] {
        let (keys, key) = (app.global_shortcut(), Shortcut::new(None, key));
        let done = if rings { keys.register(key) } else { keys.unregister(key) };
        if let Err(error) = done {
            tracing::info!(%error, rings, "a key is not to be had");
        }
    }
}

fn press(app: &AppHandle, key: Code) {
    let Some(call) = app.state::<Live>().ringing() else { return };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let Ok(agent) = app.state::<Desk>().agent().await else { return };
        let done =
            if key == ANSWER { agent.answer(Answer { call }).await } else { agent.decline(CallRef { call }).await };
        if let Err(error) = done {
            tracing::info!(code = ?error.code, "a key of the ringing call");
        }
    });
}
