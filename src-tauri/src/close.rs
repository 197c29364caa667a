//! Closing the main window ends nothing: it is hidden where a tray can bring it back, and minimised where there is none.

use tauri::{AppHandle, Manager};

use crate::tray::Tray;
use crate::{main_window, notices, popup};

/// The person closed the main window.
pub fn main_window(app: &AppHandle) {
    let hides = app.state::<Tray>().stands();
    main_window::put_away(app, hides);
    popup::look_again(app);
    if hides {
        notices::goes_on(app);
    }
}
