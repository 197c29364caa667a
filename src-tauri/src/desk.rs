//! The agent behind the windows: it starts beside them, and they wait for it, not it for them.
//!
//! ```text
//!  starting ─┬─► running(agent) ─► over
//!     ▲      └─► failed(why)          commands wait while it starts; links wait in their queue
//!     └── asked again ──┘             the main window says why, and asks again when the person wants
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use agent::Agent;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{Event, EventBody};
use runtime::{Runtime, RuntimeConfig};
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, oneshot, watch};

use crate::live::Live;
use crate::{links, main_window, memory, notices, popup, ring_keys, tray};

/// Where the agent stands.
#[derive(Clone)]
enum Standing {
    Starting,
    Running(Agent),
    Failed(ApiError),
    Over,
}

/// The way to the agent, and to its end.
pub struct Desk {
    standing: watch::Sender<Standing>,
    again: Arc<Notify>,
    end: std::sync::Mutex<Option<End>>,
}

struct End {
    wish: oneshot::Sender<()>,
    done: oneshot::Receiver<()>,
}

impl Desk {
    /// The agent, as soon as it runs.
    pub async fn agent(&self) -> Result<Agent, ApiError> {
        let mut standing = self.standing.subscribe();
        let settled = standing.wait_for(|s| !matches!(s, Standing::Starting)).await;
        match settled.as_deref() {
            Ok(Standing::Running(agent)) => Ok(agent.clone()),
            Ok(Standing::Failed(error)) => Err(error.clone()),
            // The program is ending.
            Ok(Standing::Starting | Standing::Over) | Err(_) => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    /// Tries once more, if it could not start: what was in the way may be gone.
    pub fn try_again(&self) {
        let failed = self.standing.send_if_modified(|standing| {
            let failed = matches!(standing, Standing::Failed(_));
            if failed {
                *standing = Standing::Starting;
            }
            failed
        });
        if failed {
            self.again.notify_one();
        }
    }

    /// Ends calls and registrations politely; returns when all is closed.
    pub async fn close(&self) {
        let end = self.end.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let Some(end) = end else { return };
        let _ = end.wish.send(());
        let _ = end.done.await;
    }
}

/// Starts the agent on this data folder.
pub fn open(app: &AppHandle, folder: PathBuf) {
    let (standing, _) = watch::channel(Standing::Starting);
    let again = Arc::new(Notify::new());
    let (wish, mut wished) = oneshot::channel();
    let (finished, done) = oneshot::channel();
    let end = std::sync::Mutex::new(Some(End { wish, done }));
    app.manage(Desk { standing: standing.clone(), again: again.clone(), end });
    app.manage(Live::default());
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            match Runtime::start(RuntimeConfig::desktop(folder.clone())).await {
                Ok(running) => {
                    tauri::async_runtime::spawn(memory::give_back_after_start());
                    run(&app, running, &standing, wished).await;
                    break;
                }
                Err(error) => {
                    tracing::error!(%error, "the agent did not start");
                    standing.send_replace(Standing::Failed(error.api_error()));
                }
            }
            tokio::select! {
                _ = &mut wished => break,
                () = again.notified() => {}
            }
        }
        standing.send_replace(Standing::Over);
        let _ = finished.send(());
    });
}

/// The agent runs until its end is wished.
async fn run(app: &AppHandle, running: Runtime, standing: &watch::Sender<Standing>, wished: oneshot::Receiver<()>) {
    let agent = running.agent.clone();
    standing.send_replace(Standing::Running(agent.clone()));
    links::dial_what_waits(app);
    let following = tauri::async_runtime::spawn(follow(app.clone(), agent.clone()));
    let levels = tauri::async_runtime::spawn(follow_levels(app.clone(), agent));
    let _ = wished.await;
    following.abort();
    levels.abort();
    standing.send_replace(Standing::Over);
    running.shut_down().await;
}

/// Hands every event to the windows and keeps what the shell itself must know.
async fn follow(app: AppHandle, agent: Agent) {
    loop {
        let mut events = agent.events();
        let Ok(snapshot) = agent.overview().await else { return };
        let seen = snapshot.seq;
        app.state::<Live>().restart(&snapshot);
        notices::restart(&app, &snapshot);
        look_again(&app);
        loop {
            match events.recv().await {
                Ok(event) => {
                    hand_over(&app, &event);
                    if event.seq > seen {
                        react(&app, &event.body);
                    }
                }
                // The windows see the gap in `seq` themselves and take a snapshot too.
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return,
            }
        }
    }
}

fn hand_over(app: &AppHandle, event: &Event) {
    if let Err(error) = app.emit("agent-event", event) {
        tracing::warn!(%error, seq = event.seq, "an event did not reach the windows");
    }
}

fn react(app: &AppHandle, body: &EventBody) {
    let live = app.state::<Live>();
    let answered = live.brings_forward(body);
    notices::follow(app, body);
    live.apply(body);
    if answered {
        main_window::bring_forward(app);
    }
    match body {
        EventBody::Call(_) | EventBody::CallGone(_) | EventBody::Presence(_) => look_again(app),
        EventBody::LinkQuestion(Some(_)) | EventBody::LinkRefused(_) | EventBody::ShowCall(_) => {
            main_window::bring_forward(app);
        }
        _ => {}
    }
}

fn look_again(app: &AppHandle) {
    popup::look_again(app);
    ring_keys::look_again(app);
    tray::look_again(app);
}

async fn follow_levels(app: AppHandle, agent: Agent) {
    let mut levels = agent.levels();
    loop {
        match levels.recv().await {
            Ok(level) => {
                if main_window::is_seen(&app) {
                    let _ = app.emit_to(main_window::LABEL, "levels", level);
                }
                if popup::is_seen(&app) {
                    let _ = app.emit_to(popup::LABEL, "levels", level);
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
