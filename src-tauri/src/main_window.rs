//! The main window.

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, UserAttentionType, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;

use crate::Shell;

/// Its name in capabilities and in the table of commands.
pub const LABEL: &str = "main";

const SIZE: (f64, f64) = (1180.0, 760.0);
const SMALLEST: (f64, f64) = (360.0, 560.0);

/// Size and place of the main window are kept from run to run; `others` have places of their own.
pub fn remembered_size(others: &[&str]) -> tauri::plugin::TauriPlugin<Shell> {
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .with_denylist(others)
        .build()
}

/// Builds it, and shows it unless it is to begin hidden.
pub fn build(app: &AppHandle, hidden: bool) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title(app.package_info().name.clone())
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SMALLEST.0, SMALLEST.1)
        .visible(!hidden)
        .on_navigation(stays_at_home)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    Ok(())
}

/// Whether a page is one of our own; everything else is refused, in every window.
pub fn stays_at_home(url: &tauri::Url) -> bool {
    matches!((url.scheme(), url.host_str()), ("tauri", Some("localhost")) | ("http" | "https", Some("tauri.localhost")))
}

/// Shows it and asks for the focus; used only when the person did something that asks for it.
pub fn bring_forward(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown.and_then(|()| window.request_user_attention(Some(UserAttentionType::Informational))) {
        tracing::warn!(%error, "the main window does not come forward");
    }
}

/// Takes it from the screen: hidden, or minimised.
pub fn put_away(app: &AppHandle, hide: bool) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = if hide { window.hide() } else { window.minimize() } {
        tracing::warn!(%error, "the main window does not go away");
    }
}

/// A call rings and no pop-up can say so: the desktop points at the window, which takes no focus by itself.
pub fn call_attention(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = window.request_user_attention(Some(UserAttentionType::Critical)) {
        tracing::warn!(%error, "the desktop does not point at the main window");
    }
}

/// Whether anything of it can be on the screen.
pub fn is_seen(app: &AppHandle) -> bool {
    window(app).is_some_and(|w| w.is_visible().unwrap_or(true) && !w.is_minimized().unwrap_or(false))
}

/// Whether it is on the screen and in use.
pub fn is_in_use(app: &AppHandle) -> bool {
    is_seen(app) && window(app).is_some_and(|w| w.is_focused().unwrap_or(false))
}

fn window(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

#[cfg(test)]
mod tests {
    use super::stays_at_home;

    #[test]
    fn only_our_own_pages_are_loaded() {
        for url in ["tauri://localhost/index.html", "http://tauri.localhost/", "https://tauri.localhost/incoming.html"]
        {
            assert!(stays_at_home(&url.parse().unwrap()), "{url}");
        }
        for url in [
            "https://example.org/",
            "http://localhost:1420/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
            "http://tauri.localhost.example.org/",
            "javascript:1",
            "tauri://example.org/",
            "tel:1",
        ] {
            assert!(!stays_at_home(&url.parse().unwrap()), "{url}");
        }
    }
}
