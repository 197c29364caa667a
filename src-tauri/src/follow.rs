//! What the window does while the agent runs: hands its events to the interface, and lets pop-up, keys, tray and notices follow.

use agent::Agent;
use agent_api::event::{Event, EventBody};
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::broadcast::error::RecvError;

use crate::live::Live;
use crate::{links, main_window, memory, notices, popup, ring_keys, tray};

/// Goes on until it is given up.
pub async fn agent(app: AppHandle, agent: Agent) {
    links::dial_what_waits(&app);
    let events = events(app.clone(), agent.clone());
    tokio::join!(events, levels(app, agent), memory::give_back_after_start());
}

/// Hands every event to the windows and keeps what the shell itself must know.
async fn events(app: AppHandle, agent: Agent) {
    loop {
        let mut news = agent.events();
        let Ok(snapshot) = agent.overview().await else { return };
        let seen = snapshot.seq;
        app.state::<Live>().restart(&snapshot);
        notices::restart(&app, &snapshot);
        look_again(&app);
        loop {
            match news.recv().await {
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

async fn levels(app: AppHandle, agent: Agent) {
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
