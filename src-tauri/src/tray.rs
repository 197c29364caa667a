//! The tray icon: the state at a glance, and the way back to a hidden window.

use std::sync::{Mutex, MutexGuard, PoisonError};

use agent_api::settings::AgentState;
use agent_api::shell::ShellWords;
use tauri::image::Image;
use tauri::menu::{MenuBuilder, MenuItemBuilder};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, include_image};

use crate::live::Live;
use crate::{leave, main_window};

/// The icon, if the desktop has a place for it, and the words of its menu.
#[derive(Default)]
pub struct Tray(Mutex<Parts>);

#[derive(Default)]
struct Parts {
    icon: Option<TrayIcon>,
    words: ShellWords,
    shown: Option<Look>,
}

impl Tray {
    /// Whether there is an icon that can bring a hidden window back.
    pub fn stands(&self) -> bool {
        self.parts().icon.is_some()
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Offline,
    Available,
    Ringing,
    OnCall,
    Away,
}

impl Look {
    fn of(presence: Option<AgentState>) -> Self {
        match presence {
            None | Some(AgentState::Offline) => Self::Offline,
            Some(AgentState::Available | AgentState::WrapUp) => Self::Available,
            Some(AgentState::Ringing) => Self::Ringing,
            Some(AgentState::OnCall) => Self::OnCall,
            Some(AgentState::DoNotDisturb) => Self::Away,
        }
    }

    fn picture(self) -> Image<'static> {
        match self {
            Self::Offline => include_image!("../icons/tray-offline.png"),
            Self::Available => include_image!("../icons/tray-available.png"),
            Self::Ringing => include_image!("../icons/tray-ringing.png"),
            Self::OnCall => include_image!("../icons/tray-call.png"),
            Self::Away => include_image!("../icons/tray-away.png"),
        }
    }

    fn word(self, words: &ShellWords) -> &str {
        match self {
            Self::Offline => &words.offline,
            Self::Available => &words.available,
            Self::Ringing => &words.ringing,
            Self::OnCall => &words.on_call,
            Self::Away => &words.away,
        }
    }
}

/// The interface is there and gave the words: now the icon can stand.
pub fn speak(app: &AppHandle, words: ShellWords) {
    let app = app.clone();
    // Tray and menu belong to the main thread.
    let done = app.clone().run_on_main_thread(move || {
        app.state::<Tray>().parts().words = words;
        if let Err(error) = stand(&app) {
            tracing::warn!(%error, "no tray icon");
        }
        look_again(&app);
    });
    if let Err(error) = done {
        tracing::warn!(%error, "no tray icon");
    }
}

fn stand(app: &AppHandle) -> tauri::Result<()> {
    let tray = app.state::<Tray>();
    let (words, old) = {
        let mut parts = tray.parts();
        parts.shown = None;
        (parts.words.clone(), parts.icon.clone())
    };
    let open = MenuItemBuilder::with_id("open", &words.open).build(app)?;
    let quit = MenuItemBuilder::with_id("quit", &words.quit).build(app)?;
    let menu = MenuBuilder::new(app).item(&open).separator().item(&quit).build()?;
    if let Some(icon) = old {
        return icon.set_menu(Some(menu));
    }
    if !has_a_place() {
        return Ok(());
    }
    let icon = TrayIconBuilder::with_id("timbre")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .icon(Look::Offline.picture())
        .on_menu_event(|app, event| match event.id().as_ref() {
            "open" => main_window::bring_forward(app),
            "quit" => leave::ask(app),
            _ => {}
        })
        .on_tray_icon_event(|icon, event| {
            let clicked = TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                id: event.id().clone(),
                position: Default::default(),
                rect: Default::default(),
            };
            if std::mem::discriminant(&event) == std::mem::discriminant(&clicked) {
                main_window::bring_forward(icon.app_handle());
            }
        })
        .build(app)?;
    tray.parts().icon = Some(icon);
    Ok(())
}

/// Shows the presence as it is now.
pub fn look_again(app: &AppHandle) {
    let look = Look::of(app.state::<Live>().presence());
    let tray = app.state::<Tray>();
    let (icon, tooltip) = {
        let mut parts = tray.parts();
        if parts.shown == Some(look) {
            return;
        }
        let Some(icon) = parts.icon.clone() else { return };
        parts.shown = Some(look);
        (icon, format!("{}: {}", app.package_info().name, look.word(&parts.words)))
    };
    if let Err(error) = icon.set_icon(Some(look.picture())).and_then(|()| icon.set_tooltip(Some(tooltip))) {
        tracing::warn!(%error, "the tray icon did not change");
    }
}

/// On Linux an icon needs the desktop's watcher on the session bus, and the library, which ends the program if it is absent.
#[cfg(target_os = "linux")]
pub fn has_a_place() -> bool {
    use gtk::gio;
    use gtk::prelude::*;
    let Ok(bus) = gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE) else { return false };
    let asked = bus.call_sync(
        Some("org.freedesktop.DBus"),
        "/org/freedesktop/DBus",
        "org.freedesktop.DBus",
        "NameHasOwner",
        Some(&("org.kde.StatusNotifierWatcher",).to_variant()),
        None,
        gio::DBusCallFlags::NONE,
        500,
        gio::Cancellable::NONE,
    );
    let watched = asked.ok().and_then(|answer| answer.child_value(0).get::<bool>()).unwrap_or(false);
    // SAFETY: the library is the one that the tray would load itself; its initialisers have no other effect.
    let loads = |name: &str| unsafe { libloading::Library::new(name) }.is_ok();
    watched && (loads("libayatana-appindicator3.so.1") || loads("libappindicator3.so.1"))
}

#[cfg(not(target_os = "linux"))]
pub fn has_a_place() -> bool {
    true
}
