//! A window of the same library with nothing in it: what every program of its kind costs before it does anything. The bench of
//! the whole app measures it beside ours.

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    let nothing = "about:blank".parse().map_err(tauri::Error::InvalidUrl)?;
    tauri::Builder::<tauri::Wry>::new()
        .setup(move |app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::External(nothing))
                .title("Empty")
                .inner_size(1180.0, 760.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
