//! The pop-up of an incoming call: always on top, without a frame, and never with the focus.
//!
//! It is built hidden at the start, because a web view takes longer to start than a caller should wait.
//!
//! ```text
//!  hidden ──rings──► ringing (400×260) ──answered here, main window not in use──► bar (400×144) ──► hidden
//!                        └── ended, or answered with the main window in use ──────────────────────► hidden
//! ```

use std::sync::{Mutex, PoisonError};

use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, LogicalSize, Manager, PhysicalPosition, PhysicalSize, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
};

use crate::live::Live;
use crate::main_window;

/// Its name in capabilities and in the table of commands.
pub const LABEL: &str = "incoming";

/// Distance to the edges of the work area, in logical pixels.
const INSET: f64 = 16.0;

/// What the pop-up is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shape {
    #[default]
    Hidden,
    Ringing,
    Bar,
}

impl Shape {
    fn next(self, rings: bool, in_call: bool, main_in_use: bool) -> Self {
        match self {
            _ if rings => Self::Ringing,
            Self::Ringing | Self::Bar if in_call && !main_in_use => Self::Bar,
            _ => Self::Hidden,
        }
    }

    /// Logical pixels.
    fn size(self) -> Option<(f64, f64)> {
        match self {
            Self::Hidden => None,
            Self::Ringing => Some((400.0, 260.0)),
            Self::Bar => Some((400.0, 144.0)),
        }
    }
}

#[derive(Default)]
struct Shown(Mutex<Shape>);

/// Builds it, hidden.
pub fn build(app: &AppHandle) -> tauri::Result<()> {
    app.manage(Shown::default());
    if cannot_be_placed() {
        tracing::info!("this desktop lets no program place a window: calls are announced in the main window");
        return Ok(());
    }
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("incoming.html".into()))
        .title(app.package_info().name.clone())
        .inner_size(400.0, 260.0)
        .decorations(false)
        // A frameless window that can be resized has edges which take the clicks; the window library looks for them where the
        // window stood when it last heard of its place, which for a window just shown may be elsewhere: then all of it is edge.
        .resizable(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(true)
        .focused(false)
        .focusable(false)
        .visible(false)
        .on_navigation(main_window::stays_at_home)
        .on_new_window(|_, _| NewWindowResponse::Deny);
    let window = beside_main(app, builder).build()?;
    never_takes_focus(&window);
    Ok(())
}

/// Calls or the main window changed: shows, changes or hides the pop-up.
pub fn look_again(app: &AppHandle) {
    let handle = app.clone();
    // On the main thread it is one step after the other, whoever noticed the change.
    if let Err(error) = app.run_on_main_thread(move || look(&handle)) {
        tracing::warn!(%error, "the pop-up");
    }
}

fn look(app: &AppHandle) {
    let (Some(live), Some(shown)) = (app.try_state::<Live>(), app.try_state::<Shown>()) else { return };
    let (rings, in_call) = (live.ringing().is_some(), live.in_call());
    let main_in_use = main_window::is_in_use(app);
    let (before, after) = {
        let mut shape = shown.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *shape;
        *shape = before.next(rings, in_call, main_in_use);
        (before, *shape)
    };
    if before != after
        && let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = take_shape(&window, before, after)
    {
        tracing::warn!(%error, "the pop-up");
    }
}

/// Whether it is on the screen.
pub fn is_seen(app: &AppHandle) -> bool {
    let Some(shown) = app.try_state::<Shown>() else { return false };
    *shown.0.lock().unwrap_or_else(PoisonError::into_inner) != Shape::Hidden
}

fn take_shape(window: &WebviewWindow, before: Shape, after: Shape) -> tauri::Result<()> {
    let Some((width, height)) = after.size() else { return window.hide() };
    resize(window, LogicalSize::new(width, height))?;
    let pointer = window.cursor_position()?;
    let screen = match window.monitor_from_point(pointer.x, pointer.y)? {
        Some(screen) => Some(screen),
        None => window.primary_monitor()?,
    };
    if let Some(screen) = screen {
        let (area, scale) = (screen.work_area(), screen.scale_factor());
        let size = LogicalSize::new(width, height).to_physical(scale);
        window.set_position(corner(area.position, area.size, size, INSET * scale))?;
    }
    if before == Shape::Hidden { window.show() } else { Ok(()) }
}

/// GTK gives a window that cannot be resized by hand the size that it asks for, and no other.
#[cfg(target_os = "linux")]
fn resize(window: &WebviewWindow, size: LogicalSize<f64>) -> tauri::Result<()> {
    use gtk::prelude::WidgetExt;
    window.gtk_window()?.set_size_request(size.width as i32, size.height as i32);
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn resize(window: &WebviewWindow, size: LogicalSize<f64>) -> tauri::Result<()> {
    window.set_size(size)
}

/// Bottom right of a work area, `inset` physical pixels in; never beyond its top left.
fn corner(
    origin: PhysicalPosition<i32>,
    area: PhysicalSize<u32>,
    window: PhysicalSize<u32>,
    inset: f64,
) -> PhysicalPosition<i32> {
    let along = |start: i32, room: u32, length: u32| {
        let free = f64::from(room) - f64::from(length) - inset;
        start + free.max(0.0).round() as i32
    };
    PhysicalPosition::new(along(origin.x, area.width, window.width), along(origin.y, area.height, window.height))
}

/// Both windows share one web process: it halves what the second one costs.
#[cfg(target_os = "linux")]
fn beside_main<'a>(
    app: &'a AppHandle,
    builder: WebviewWindowBuilder<'a, crate::Shell, AppHandle>,
) -> WebviewWindowBuilder<'a, crate::Shell, AppHandle> {
    let Some(main) = app.get_webview_window(main_window::LABEL) else { return builder };
    thread_local! {
        static VIEW: std::cell::RefCell<Option<webkit2gtk::WebView>> = const { std::cell::RefCell::new(None) };
    }
    // During set-up we are on the main thread, where this runs at once and leaves the view for us.
    let asked = main.with_webview(|view| VIEW.set(Some(view.inner())));
    match (asked, VIEW.take()) {
        (Ok(()), Some(view)) => builder.with_related_view(view),
        _ => builder,
    }
}

#[cfg(not(target_os = "linux"))]
fn beside_main<'a>(
    _app: &'a AppHandle,
    builder: WebviewWindowBuilder<'a, crate::Shell, AppHandle>,
) -> WebviewWindowBuilder<'a, crate::Shell, AppHandle> {
    builder
}

/// X11: a window of type notification that accepts no focus, so that no window manager gives it any.
#[cfg(target_os = "linux")]
fn never_takes_focus(window: &WebviewWindow) {
    use gtk::prelude::GtkWindowExt;
    match window.gtk_window() {
        Ok(window) => {
            // The window library itself does so only once the window was seen.
            window.set_resizable(false);
            window.set_type_hint(gtk::gdk::WindowTypeHint::Notification);
            window.set_accept_focus(false);
            window.set_focus_on_map(false);
        }
        Err(error) => tracing::warn!(%error, "the pop-up may take the focus"),
    }
}

#[cfg(not(target_os = "linux"))]
fn never_takes_focus(_window: &WebviewWindow) {}

/// Wayland gives a program neither place nor stacking.
#[cfg(target_os = "linux")]
fn cannot_be_placed() -> bool {
    use gtk::glib::prelude::ObjectExt;
    gtk::gdk::Display::default().is_some_and(|display| display.type_().name().contains("Wayland"))
}

#[cfg(not(target_os = "linux"))]
fn cannot_be_placed() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use tauri::{PhysicalPosition, PhysicalSize};

    use super::{Shape, corner};

    #[test]
    fn the_pop_up_follows_the_call() {
        use Shape::{Bar, Hidden, Ringing};
        // rings, in call, main window in use
        assert_eq!(Hidden.next(true, false, false), Ringing);
        assert_eq!(Hidden.next(true, true, true), Ringing, "a second call while one is up");
        assert_eq!(Ringing.next(false, true, false), Bar);
        assert_eq!(Ringing.next(false, true, true), Hidden);
        assert_eq!(Ringing.next(false, false, false), Hidden, "missed or declined");
        assert_eq!(Bar.next(false, true, false), Bar);
        assert_eq!(Bar.next(false, true, true), Hidden, "the main window came forward");
        assert_eq!(Bar.next(false, false, false), Hidden);
        assert_eq!(Hidden.next(false, true, false), Hidden, "an outgoing call opens no pop-up");
    }

    #[test]
    fn its_place_is_the_bottom_right_of_the_work_area() {
        let place =
            corner(PhysicalPosition::new(1920, 30), PhysicalSize::new(1280, 870), PhysicalSize::new(400, 260), 16.0);
        assert_eq!(place, PhysicalPosition::new(1920 + 1280 - 400 - 16, 30 + 870 - 260 - 16));
        let tiny = corner(PhysicalPosition::new(5, 5), PhysicalSize::new(300, 200), PhysicalSize::new(400, 260), 16.0);
        assert_eq!(tiny, PhysicalPosition::new(5, 5));
    }
}
