//! Desktop Notifications Specification 1.3 over the session bus, as GLib keeps it; all of it on the main thread.

use std::cell::RefCell;
use std::collections::HashMap;

use agent_api::call::{Answer, CallRef};
use agent_api::command::Commands;
use gtk::gio::prelude::*;
use gtk::{gio, glib};
use tauri::{AppHandle, Manager};

use super::{About, Said};
use crate::desk::Desk;
use crate::main_window;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// The desktop file of our packages, by which the daemon finds name and icon.
const DESKTOP_ENTRY: &str = "Timbre";
/// Milliseconds; a daemon answers at once or is not there.
const PATIENCE: i32 = 5_000;

thread_local! {
    static DAEMON: RefCell<Daemon> = RefCell::new(Daemon::default());
}

#[derive(Default)]
struct Daemon {
    bus: Option<gio::DBusConnection>,
    /// What the notices that stand are about, by the daemon's ids.
    stand: HashMap<u32, About>,
    /// The notice of the call that rings.
    ringing: Ringing,
}

/// A notice is asked for and gets its id later; what changes meanwhile is done then.
#[derive(Default)]
enum Ringing {
    #[default]
    None,
    Asked(Next),
    Stands(u32),
}

enum Next {
    Nothing,
    Say(Said, [String; 2]),
    Withdraw,
}

/// Shows a notice; that of a ringing call takes the place of the one before.
pub fn say(app: &AppHandle, said: Said, buttons: [String; 2]) {
    on_main_thread(app, move |app| {
        if matches!(said.about, About::Window) {
            return notify(app, said, buttons, 0);
        }
        let replaces = DAEMON.with_borrow_mut(|daemon| match &mut daemon.ringing {
            Ringing::Asked(next) => {
                *next = Next::Say(said.clone(), buttons.clone());
                None
            }
            Ringing::Stands(id) => Some(*id),
            Ringing::None => Some(0),
        });
        if let Some(id) = replaces {
            DAEMON.with_borrow_mut(|daemon| daemon.ringing = Ringing::Asked(Next::Nothing));
            notify(app, said, buttons, id);
        }
    });
}

/// The call rings no more: its notice goes.
pub fn withdraw(app: &AppHandle) {
    on_main_thread(app, |_| {
        let gone = DAEMON.with_borrow_mut(|daemon| match &mut daemon.ringing {
            Ringing::Asked(next) => {
                *next = Next::Withdraw;
                None
            }
            Ringing::Stands(id) => {
                let id = *id;
                daemon.ringing = Ringing::None;
                Some(id)
            }
            Ringing::None => None,
        });
        gone.into_iter().for_each(close);
    });
}

fn on_main_thread(app: &AppHandle, act: impl FnOnce(&AppHandle) + Send + 'static) {
    let handle = app.clone();
    if let Err(error) = app.run_on_main_thread(move || act(&handle)) {
        tracing::warn!(%error, "a notice of the desktop");
    }
}

fn notify(app: &AppHandle, said: Said, buttons: [String; 2], replaces: u32) {
    let Some(bus) = bus(app) else { return asked(app, said.about, None) };
    let [answer, decline] = buttons;
    let rings = matches!(said.about, About::Ringing(_));
    let actions = match said.about {
        About::Ringing(_) => vec!["answer".to_owned(), answer, "decline".to_owned(), decline],
        About::Window => Vec::new(),
    };
    let actions: Vec<String> = actions.into_iter().chain(["default".to_owned(), said.title.clone()]).collect();
    let mut hints = HashMap::from([("desktop-entry", DESKTOP_ENTRY.to_variant())]);
    if rings {
        hints.insert("category", "call.incoming".to_variant());
        hints.insert("urgency", 2_u8.to_variant());
    }
    // A call stands until it stops ringing; for the rest the desktop knows how long.
    let lasts: i32 = if rings { 0 } else { -1 };
    // Names come from the network, and daemons read markup.
    let text = glib::markup_escape_text(&said.text).to_string();
    let icon = "timbre";
    let name = app.package_info().name.as_str();
    let wish = (name, replaces, icon, said.title.as_str(), text.as_str(), actions, hints, lasts).to_variant();
    let app = app.clone();
    bus.call(
        Some(NAME),
        PATH,
        NAME,
        "Notify",
        Some(&wish),
        None,
        gio::DBusCallFlags::NONE,
        PATIENCE,
        gio::Cancellable::NONE,
        move |answer| {
            let id = answer.inspect_err(|error| tracing::info!(%error, "no daemon shows notices"));
            asked(&app, said.about, id.ok().and_then(|id| id.child_value(0).get::<u32>()));
        },
    );
}

/// The daemon answered; what changed meanwhile is done now.
fn asked(app: &AppHandle, about: About, id: Option<u32>) {
    let next = DAEMON.with_borrow_mut(|daemon| {
        if let Some(id) = id {
            daemon.stand.insert(id, about);
        }
        if about == About::Window {
            return Next::Nothing;
        }
        let stands = id.map_or(Ringing::None, Ringing::Stands);
        match std::mem::replace(&mut daemon.ringing, stands) {
            Ringing::Asked(next) => next,
            Ringing::None | Ringing::Stands(_) => Next::Nothing,
        }
    });
    match next {
        Next::Nothing => {}
        Next::Say(said, buttons) => say(app, said, buttons),
        Next::Withdraw => withdraw(app),
    }
}

fn close(id: u32) {
    let bus = DAEMON.with_borrow_mut(|daemon| {
        daemon.stand.remove(&id);
        daemon.bus.clone()
    });
    let Some(bus) = bus else { return };
    let (none, patience) = (gio::Cancellable::NONE, PATIENCE);
    let wish = (id,).to_variant();
    bus.call(
        Some(NAME),
        PATH,
        NAME,
        "CloseNotification",
        Some(&wish),
        None,
        gio::DBusCallFlags::NONE,
        patience,
        none,
        |_| {},
    );
}

/// The session bus, if there is one; from the first time on we hear what is done with our notices.
fn bus(app: &AppHandle) -> Option<gio::DBusConnection> {
    if let Some(bus) = DAEMON.with_borrow(|daemon| daemon.bus.clone()) {
        return Some(bus);
    }
    let bus = gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE).ok()?;
    for signal in ["ActionInvoked", "NotificationClosed"] {
        let app = app.clone();
        bus.signal_subscribe(
            Some(NAME),
            Some(NAME),
            Some(signal),
            Some(PATH),
            None,
            gio::DBusSignalFlags::NONE,
            move |_, _, _, _, signal, facts| heard(&app, signal, facts),
        );
    }
    DAEMON.with_borrow_mut(|daemon| daemon.bus = Some(bus.clone()));
    Some(bus)
}

/// Somebody pressed a button of a notice, or it went.
fn heard(app: &AppHandle, signal: &str, facts: &glib::Variant) {
    let Some(id) = facts.child_value(0).get::<u32>() else { return };
    if signal == "NotificationClosed" {
        DAEMON.with_borrow_mut(|daemon| daemon.stand.remove(&id));
        return;
    }
    let Some(about) = DAEMON.with_borrow(|daemon| daemon.stand.get(&id).copied()) else { return };
    let action = facts.child_value(1).get::<String>().unwrap_or_default();
    match (about, action.as_str()) {
        (About::Ringing(call), "answer") => {
            act(
                app,
                move |agent| async move { agent.answer(Answer { call }).await.map(drop).map_err(|error| error.code) },
            );
        }
        (About::Ringing(call), "decline") => {
            act(app, move |agent| async move {
                agent.decline(CallRef { call }).await.map(drop).map_err(|error| error.code)
            });
        }
        _ => main_window::bring_forward(app),
    }
}

fn act<F>(app: &AppHandle, what: impl FnOnce(agent::Agent) -> F + Send + 'static)
where
    F: Future<Output = Result<(), agent_api::error::ErrorCode>> + Send,
{
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let Ok(agent) = app.state::<Desk>().agent().await else { return };
        if let Err(code) = what(agent).await {
            tracing::info!(?code, "a button of a notice");
        }
    });
}
