//! The window: an open desktop softphone. Everything that a telephone does is in the headless agent; here are the
//! windows, the tray, links from the operating system, and the bridge between the interface and the agent.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod api;
mod close;
mod desk;
mod follow;
mod journal;
mod leave;
mod links;
mod live;
mod main_window;
mod memory;
mod notices;
mod popup;
mod ring_keys;
mod tray;
mod web_engine;

use std::process::ExitCode;

use tauri::{Manager, RunEvent, WindowEvent};

/// The window library's runtime; named in this one place.
type Shell = tauri::Wry;

fn main() -> ExitCode {
    memory::prepare();
    web_engine::prepare();
    let Some(folder) = runtime::data_folder() else {
        eprintln_without_a_window();
        return ExitCode::from(2);
    };
    journal::begin(&folder);
    let builder = tauri::Builder::<Shell>::new()
        // First of all: a second instance hands its link over and ends here, before anything else begins.
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _folder| {
            links::from_second_instance(app, &arguments)
        }))
        .plugin(main_window::remembered_size(&[popup::LABEL]))
        .invoke_handler(tauri::generate_handler![api::api, api::shell])
        .manage(live::Live::default())
        .manage(links::Waiting::default())
        .manage(leave::Leaving::default())
        .manage(tray::Tray::default())
        .manage(ring_keys::Taken::default())
        .manage(notices::Notices::default())
        .setup(move |app| {
            links::from_arguments(app.handle(), std::env::args().skip(1));
            links::from_system(app.handle());
            desk::open(app.handle(), folder.clone(), follow::agent);
            // After a start at login it is where closing would put it.
            let hidden = std::env::args().any(|argument| argument == runtime::system::HIDDEN) && tray::has_a_place();
            main_window::build(app.handle(), hidden)?;
            popup::build(app.handle(), &folder)?;
            leave::on_signals(app.handle());
            Ok(())
        });
    #[cfg(not(target_os = "linux"))]
    let builder = builder.plugin(ring_keys::plugin());
    match builder.build(tauri::generate_context!()) {
        Ok(app) => {
            app.run(on_run_event);
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window library did not start");
            ExitCode::FAILURE
        }
    }
}

fn on_run_event(app: &tauri::AppHandle, event: RunEvent) {
    match event {
        RunEvent::ExitRequested { api, .. } if !app.state::<leave::Leaving>().is_over() => {
            api.prevent_exit();
            leave::now(app);
        }
        RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. } => {
            api.prevent_close();
            if label == main_window::LABEL {
                close::main_window(app);
            }
        }
        RunEvent::WindowEvent { label, event: WindowEvent::Focused(_), .. } if label == main_window::LABEL => {
            popup::look_again(app);
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => main_window::bring_forward(app),
        _ => {}
    }
}

/// The one thing that can be said before there is a log: nowhere to put data.
#[allow(clippy::print_stderr, reason = "there is neither window nor log yet")]
fn eprintln_without_a_window() {
    eprintln!("timbre: the environment names no home folder");
}
