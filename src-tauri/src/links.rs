//! Links that the operating system hands over: as an argument at the start, from a second instance, or as an Apple event.
//!
//! The text goes to the agent as it came: what it means and whether it may be dialled is decided there, by one policy.
//! A link never gets lost: while the agent is not ready it waits here.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use agent_api::call::{Dial, DialOrigin, DialOutcome};
use agent_api::command::Commands;
use tauri::{AppHandle, Manager};

use crate::desk::Desk;
use crate::main_window;

/// The schemes that our packages register.
const SCHEMES: [&str; 4] = ["tel", "callto", "sip", "sips"];
/// Longer texts are no phone links.
const LONGEST: usize = 2048;
/// More than anybody clicks while the program starts.
const MOST_WAITING: usize = 8;

/// Links that wait for the agent.
#[derive(Default)]
pub struct Waiting(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    links: VecDeque<String>,
    agent_is_there: bool,
}

/// Takes the link that the program was started with, if any.
pub fn from_arguments(app: &AppHandle, arguments: impl Iterator<Item = String>) {
    if let Some(link) = first_link(arguments) {
        take(app, link);
    }
}

/// A second instance was started, and its arguments came here. It has ended by now.
pub fn from_second_instance(app: &AppHandle, arguments: &[String]) {
    // A start at login is nobody who wants to see the window.
    if !arguments.iter().any(|argument| argument == runtime::system::HIDDEN) {
        main_window::bring_forward(app);
    }
    from_arguments(app, arguments.iter().skip(1).cloned());
}

/// Links that come as Apple events.
#[cfg(target_os = "macos")]
pub fn from_system(app: &AppHandle) {
    use tauri_plugin_deep_link::DeepLinkExt;
    if let Err(error) = app.plugin(tauri_plugin_deep_link::init()) {
        tracing::error!(%error, "links do not come through");
        return;
    }
    let handle = app.clone();
    app.deep_link().on_open_url(move |event| {
        main_window::bring_forward(&handle);
        from_arguments(&handle, event.urls().iter().map(ToString::to_string));
    });
    // The link that started the program came before anybody could listen.
    if let Ok(Some(urls)) = app.deep_link().get_current() {
        from_arguments(app, urls.iter().map(ToString::to_string));
    }
}

/// Elsewhere links come as arguments only.
#[cfg(not(target_os = "macos"))]
pub fn from_system(_app: &AppHandle) {}

/// The agent runs now: dials what came before.
pub fn dial_what_waits(app: &AppHandle) {
    let waiting = app.state::<Waiting>();
    let links = {
        let mut queue = waiting.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.agent_is_there = true;
        std::mem::take(&mut queue.links)
    };
    links.into_iter().for_each(|link| dial(app, link));
}

fn first_link(arguments: impl Iterator<Item = String>) -> Option<String> {
    arguments.into_iter().find(|argument| argument.len() <= LONGEST && is_link(argument))
}

fn is_link(argument: &str) -> bool {
    argument
        .split_once(':')
        .is_some_and(|(scheme, rest)| !rest.is_empty() && SCHEMES.iter().any(|ours| ours.eq_ignore_ascii_case(scheme)))
}

fn take(app: &AppHandle, link: String) {
    let waiting = app.state::<Waiting>();
    let mut queue = waiting.0.lock().unwrap_or_else(PoisonError::into_inner);
    if queue.agent_is_there {
        drop(queue);
        dial(app, link);
    } else if queue.links.len() < MOST_WAITING {
        queue.links.push_back(link);
    } else {
        tracing::warn!("too many links at the start: one is left out");
    }
}

fn dial(app: &AppHandle, link: String) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let Ok(agent) = app.state::<Desk>().agent().await else { return };
        let wish = Dial { target: link, origin: DialOrigin::Link, account: None, contact: None, confirmed: false };
        match agent.dial(wish).await {
            Ok(DialOutcome::Started { .. }) => {}
            // The agent told it as an event too, and the main window shows it.
            Ok(DialOutcome::Ask { .. } | DialOutcome::Refused { .. }) => main_window::bring_forward(&app),
            Err(error) => {
                tracing::warn!(code = ?error.code, "a link was not dialled");
                main_window::bring_forward(&app);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, first_link};

    fn found(arguments: &[&str]) -> Option<String> {
        first_link(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn the_link_is_found_among_other_arguments_and_kept_as_it_came() {
        assert_eq!(found(&["--hidden", "tel:+506 4000-4000"]).as_deref(), Some("tel:+506 4000-4000"));
        assert_eq!(found(&["TEL:%2B50640004000"]).as_deref(), Some("TEL:%2B50640004000"));
        assert_eq!(found(&["sip:agent%20x@pbx.example"]).as_deref(), Some("sip:agent%20x@pbx.example"));
        assert_eq!(found(&["--hidden", "https://pbx.example"]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn links_are_told_from_other_arguments() {
        for link in ["tel:+50640004000", "TEL:1", "callto:27", "sip:a@b", "sips:a@b", "tel://12", "tel:%0d%0a"] {
            assert!(super::is_link(link), "{link}");
        }
        for other in ["--hidden", "tel:", "https://x", "", "telx:1", "+50640004000", "file:///tel:1"] {
            assert!(!super::is_link(other), "{other}");
        }
    }

    #[test]
    fn an_endless_argument_is_no_link() {
        assert_eq!(found(&[&format!("tel:{}", "1".repeat(LONGEST))]), None);
    }
}
