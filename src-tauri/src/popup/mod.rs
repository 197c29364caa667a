//! The pop-up of an incoming call: always on top, without a frame, and never with the focus.
//!
//! It is built hidden at the start, because a web view takes longer to start than a caller should wait.
//!
//! ```text
//!  hidden ──rings──► ringing (400×260) ──answered here, main window not in use──► bar (400×144) ──► hidden
//!                        └── ended, or answered with the main window in use ──────────────────────► hidden
//! ```

mod place;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, LogicalSize, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::live::Live;
use crate::main_window;
use place::{Corner, Places, Screen};

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

struct Shown(Mutex<State>);

struct State {
    shape: Shape,
    /// Where it was put last; none while it is hidden.
    put: Option<Corner>,
    places: Places,
}

impl Shown {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Builds it, hidden; `folder` keeps where it was dragged to.
pub fn build(app: &AppHandle, folder: &Path) -> tauri::Result<()> {
    let places = Places::open(folder.join("pop-up.json"));
    app.manage(Shown(Mutex::new(State { shape: Shape::Hidden, put: None, places })));
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
    stays_on_a_screen(&window);
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
    let mut state = shown.state();
    let (before, after) = (state.shape, state.shape.next(rings, in_call, main_in_use));
    state.shape = after;
    if before != after
        && let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = take_shape(&window, before, &mut state)
    {
        tracing::warn!(%error, "the pop-up");
    }
}

/// Whether there is one: not on desktops where no program may place a window.
pub fn exists(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some()
}

/// Whether it is on the screen.
pub fn is_seen(app: &AppHandle) -> bool {
    app.try_state::<Shown>().is_some_and(|shown| shown.state().shape != Shape::Hidden)
}

fn take_shape(window: &WebviewWindow, before: Shape, state: &mut State) -> tauri::Result<()> {
    look_for_a_drag(window, state)?;
    let Some((width, height)) = state.shape.size() else {
        state.put = None;
        return window.hide();
    };
    resize(window, LogicalSize::new(width, height))?;
    put(window, state)?;
    if before == Shape::Hidden { window.show() } else { Ok(()) }
}

/// The person may have dragged it since it was put there.
fn look_for_a_drag(window: &WebviewWindow, state: &mut State) -> tauri::Result<()> {
    let Some(put) = state.put else { return Ok(()) };
    let Some(stands) = stands(window)? else { return Ok(()) };
    if stands.was_dragged_from(put) {
        state.places.choose(&screens(window)?, stands);
    }
    Ok(())
}

/// Puts it where it belongs with the screens that are there.
fn put(window: &WebviewWindow, state: &mut State) -> tauri::Result<()> {
    let Some((width, height)) = state.shape.size() else { return Ok(()) };
    let pointer = window.cursor_position()?;
    let monitor = match window.monitor_from_point(pointer.x, pointer.y)? {
        Some(monitor) => Some(monitor),
        None => window.primary_monitor()?,
    };
    let Some(monitor) = monitor else { return Ok(()) };
    let (screens, scale) = (screens(window)?, monitor.scale_factor());
    let size = LogicalSize::new(width, height).to_physical(scale);
    let usual = || Corner::usual(&Screen::from(&monitor), (INSET * scale).round() as i32);
    let place = state.places.chosen(&screens).unwrap_or_else(usual).top_left(size, &screens);
    state.put = Some(Corner::of(place, size));
    window.set_position(place)
}

fn screens(window: &WebviewWindow) -> tauri::Result<Vec<Screen>> {
    Ok(window.available_monitors()?.iter().map(Screen::from).collect())
}

/// Where it stands now, as the display server knows it: what GTK last heard of may be old.
#[cfg(target_os = "linux")]
fn stands(window: &WebviewWindow) -> tauri::Result<Option<Corner>> {
    use gtk::prelude::WidgetExt;
    let window = window.gtk_window()?;
    let Some(shown) = window.window() else { return Ok(None) };
    let (_, x, y) = shown.origin();
    let scale = window.scale_factor();
    let (width, height) = (shown.width() * scale, shown.height() * scale);
    let size = tauri::PhysicalSize::new(width.unsigned_abs(), height.unsigned_abs());
    Ok(Some(Corner::of(tauri::PhysicalPosition::new(x * scale, y * scale), size)))
}

#[cfg(not(target_os = "linux"))]
fn stands(window: &WebviewWindow) -> tauri::Result<Option<Corner>> {
    Ok(Some(Corner::of(window.outer_position()?, window.outer_size()?)))
}

/// A screen comes or goes: it moves to where it belongs with those that are there now.
#[cfg(target_os = "linux")]
fn stays_on_a_screen(window: &WebviewWindow) {
    let Some(screen) = gtk::gdk::Screen::default() else { return };
    let window = window.clone();
    screen.connect_monitors_changed(move |_| {
        let Some(shown) = window.try_state::<Shown>() else { return };
        let mut state = shown.state();
        if state.put.is_some()
            && let Err(error) = put(&window, &mut state)
        {
            tracing::warn!(%error, "the pop-up");
        }
    });
}

/// Elsewhere the system itself moves windows of a screen that goes.
#[cfg(not(target_os = "linux"))]
fn stays_on_a_screen(_window: &WebviewWindow) {}

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

/// Wayland gives a program neither place nor stacking; where a window manager places windows as it likes, the person may say
/// so by `TIMBRE_POP_UP=off`.
#[cfg(target_os = "linux")]
fn cannot_be_placed() -> bool {
    use gtk::glib::prelude::ObjectExt;
    if std::env::var_os("TIMBRE_POP_UP").is_some_and(|wish| wish == "off") {
        return true;
    }
    gtk::gdk::Display::default().is_some_and(|display| display.type_().name().contains("Wayland"))
}

#[cfg(not(target_os = "linux"))]
fn cannot_be_placed() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::Shape;

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
}
