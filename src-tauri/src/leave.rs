//! Leaving: never silently out of a call, and politely to the exchange.

use std::sync::atomic::{AtomicU8, Ordering};

use agent_api::shell::ShellEvent;
use tauri::{AppHandle, Emitter, Manager};

use crate::desk::Desk;
use crate::live::Live;
use crate::main_window;

/// How far leaving has come.
#[derive(Default)]
pub struct Leaving(AtomicU8);

const STAYING: u8 = 0;
const CLOSING: u8 = 1;
const OVER: u8 = 2;

impl Leaving {
    /// Everything is closed: the program may end.
    pub fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire) == OVER
    }
}

/// Ends the program, unless a call is up: then the main window asks first.
pub fn ask(app: &AppHandle) {
    if !app.state::<Live>().any_call() {
        return now(app);
    }
    main_window::bring_forward(app);
    if let Err(error) = app.emit_to(main_window::LABEL, "shell-event", ShellEvent::QuitQuestion) {
        tracing::warn!(%error, "the question about leaving did not reach the window");
    }
}

/// Ends calls and registrations, then the program.
pub fn now(app: &AppHandle) {
    let leaving = &app.state::<Leaving>().0;
    if leaving.compare_exchange(STAYING, CLOSING, Ordering::AcqRel, Ordering::Acquire).is_err() {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        app.state::<Desk>().close().await;
        app.state::<Leaving>().0.store(OVER, Ordering::Release);
        app.exit(0);
    });
}

/// A signal of the system (session end, `kill`) ends the program as politely.
#[cfg(unix)]
pub fn on_signals(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        now(&app);
    });
}

/// Windows closes our windows at the end of a session, which comes as an exit request.
#[cfg(not(unix))]
pub fn on_signals(_app: &AppHandle) {}
