//! The bridge: one command to the agent, one to the program around it.

use agent_api::command::{COMMANDS, Window, dispatch};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::shell::{ShellRequest, SystemView};
use runtime::system;
use serde_json::Value;
use tauri::{AppHandle, State, WebviewWindow};

use crate::desk::Desk;
use crate::{leave, main_window, notices, popup, tray};

/// Asks the agent. Which window may ask what stands in the table of `agent-api`.
#[tauri::command]
pub async fn api(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    name: String,
    request: Value,
) -> Result<Value, ApiError> {
    may_ask(window.label(), &name)?;
    if name == "snapshot" {
        // The window begins with it, and asks it again on «Reintentar».
        desk.try_again();
    }
    let agent = desk.agent().await?;
    if name == "snapshot" && window.label() == popup::LABEL {
        // The pop-up shows calls and no notices: those wait for the main window.
        let overview = agent.overview().await?;
        return serde_json::to_value(overview).map_err(|_| ApiError::new(ErrorCode::Internal));
    }
    dispatch(&agent, &name, request).await
}

/// Asks the program around the windows; only the main window has the permission.
#[tauri::command]
pub async fn shell(app: AppHandle, request: ShellRequest) -> Option<SystemView> {
    match request {
        ShellRequest::Words(words) => {
            notices::speak(&app, (*words).clone());
            tray::speak(&app, *words);
            None
        }
        ShellRequest::Quit { confirmed: true } => {
            leave::now(&app);
            None
        }
        ShellRequest::Quit { confirmed: false } => {
            leave::ask(&app);
            None
        }
        ShellRequest::System => told(system::view).await,
        ShellRequest::TakeLinks => told(system::take_links).await,
        ShellRequest::StartAtLogin { on } => told(move || system::start_at_login(on)).await,
    }
}

/// The system may take its time, on a thread that may wait for it.
async fn told(ask: impl FnOnce() -> SystemView + Send + 'static) -> Option<SystemView> {
    tauri::async_runtime::spawn_blocking(ask).await.ok()
}

fn may_ask(label: &str, name: &str) -> Result<(), ApiError> {
    let row = COMMANDS.iter().find(|row| row.name == name).ok_or_else(|| ApiError::new(ErrorCode::BadRequest))?;
    match (label, row.window) {
        (main_window::LABEL, _) | (popup::LABEL, Window::Any) => Ok(()),
        _ => Err(ApiError::about(ErrorCode::Forbidden, row.name)),
    }
}

#[cfg(test)]
mod tests {
    use agent_api::command::{COMMANDS, Window};
    use agent_api::error::ErrorCode;

    use super::may_ask;

    #[test]
    fn the_pop_up_may_ask_only_what_the_table_gives_every_window() {
        for row in COMMANDS {
            assert!(may_ask("main", row.name).is_ok(), "{}", row.name);
            let allowed = may_ask("incoming", row.name).is_ok();
            assert_eq!(allowed, row.window == Window::Any, "{}", row.name);
        }
        assert_eq!(may_ask("incoming", "save_account").unwrap_err().code, ErrorCode::Forbidden);
    }

    #[test]
    fn unknown_commands_and_windows_are_refused() {
        assert_eq!(may_ask("main", "format_disk").unwrap_err().code, ErrorCode::BadRequest);
        assert_eq!(may_ask("other", "snapshot").unwrap_err().code, ErrorCode::Forbidden);
    }
}
