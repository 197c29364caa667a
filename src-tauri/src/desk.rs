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
use runtime::{Runtime, RuntimeConfig};
use tauri::{AppHandle, Manager};
use tokio::sync::{Notify, oneshot, watch};

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

/// Starts the agent on this data folder; what is `beside` it begins when it runs and is given up when it ends.
pub fn open<F>(app: &AppHandle, folder: PathBuf, beside: impl FnOnce(AppHandle, Agent) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (standing, _) = watch::channel(Standing::Starting);
    let again = Arc::new(Notify::new());
    let (wish, mut wished) = oneshot::channel();
    let (finished, done) = oneshot::channel();
    let end = std::sync::Mutex::new(Some(End { wish, done }));
    app.manage(Desk { standing: standing.clone(), again: again.clone(), end });
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            match Runtime::start(RuntimeConfig::desktop(folder.clone())).await {
                Ok(running) => {
                    let agent = running.agent.clone();
                    standing.send_replace(Standing::Running(agent.clone()));
                    let beside = tauri::async_runtime::spawn(beside(app, agent));
                    let _ = wished.await;
                    beside.abort();
                    standing.send_replace(Standing::Over);
                    running.shut_down().await;
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
