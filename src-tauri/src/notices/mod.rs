//! Notices of the desktop, for what happens while the main window is not in use: a call that rings where no pop-up can stand,
//! a missed call, a message, a card that leaves «Por salvar» soon, and, once, that closing the window does not end the program.
//!
//! On Linux they go to the desktop's notification daemon; on Windows and macOS they are not built yet.

#[cfg(target_os = "linux")]
mod linux;
mod rings;

use std::sync::{Mutex, MutexGuard, PoisonError};

use agent_api::call::{CallState, CallView, Direction, EndCause, MatchView};
use agent_api::chat::ChatView;
use agent_api::event::{EventBody, NoticeCode, Snapshot};
use agent_api::id::CallId;
use agent_api::shell::ShellWords;
use tauri::{AppHandle, Manager};

use crate::live::Live;
use crate::{main_window, popup};
use rings::{Rings, Shown};

/// The words of notices, the calls that ring, and what waits for words.
#[derive(Default)]
pub struct Notices(Mutex<Parts>);

#[derive(Default)]
struct Parts {
    /// None until the interface gave them.
    words: Option<ShellWords>,
    waiting: Vec<News>,
    rings: Rings,
}

impl Notices {
    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a notice is about, and so what its buttons do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// «Contestar» and «Rechazar» are offered; it stands until the call stops ringing.
    Ringing(CallId),
    /// A click opens the main window.
    Window,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    about: About,
    title: String,
    text: String,
}

/// What happened while nobody looked at the main window.
#[derive(Clone, Debug, PartialEq, Eq)]
enum News {
    /// It goes on without its window.
    GoesOn,
    /// A call of this person was missed.
    Missed(String),
    /// The card of a call with this person leaves «Por salvar» within the hour.
    Expiring(String),
    /// The same, within ten minutes.
    ExpiringSoon(String),
    /// This person wrote; what, is for whoever opens the window.
    Message(String),
}

impl News {
    fn said(self, words: &ShellWords) -> Said {
        let (title, text) = match self {
            Self::GoesOn => (&words.goes_on, words.goes_on_text.clone()),
            Self::Missed(who) => (&words.missed, who),
            Self::Expiring(who) => (&words.card_expiring, who),
            Self::ExpiringSoon(who) => (&words.card_expiring_soon, who),
            Self::Message(who) => (&words.message, who),
        };
        Said { about: About::Window, title: title.clone(), text }
    }
}

/// The interface gave the words: what waited for them is said.
pub fn speak(app: &AppHandle, words: ShellWords) {
    let (waiting, shown) = {
        let notices = app.state::<Notices>();
        let mut parts = notices.parts();
        parts.words = Some(words);
        (std::mem::take(&mut parts.waiting), parts.rings.last())
    };
    for news in waiting {
        say(app, news);
    }
    if matches!(shown, Shown::Call(..)) {
        show(app, shown);
    }
}

/// Follows one event that is not applied to [`Live`] yet.
pub fn follow(app: &AppHandle, body: &EventBody) {
    match body {
        EventBody::Call(call) if rings(call) => ring(app, call),
        EventBody::Call(call) => {
            rings_no_more(app, call.id);
            if is_missed(call) && app.state::<Live>().rang(call.id) {
                say_away(app, News::Missed(who(call)));
            }
        }
        EventBody::CallGone(call) => rings_no_more(app, *call),
        EventBody::MessageReceived(chat) => say_away(app, News::Message(writer(chat))),
        EventBody::Notice(notice) => {
            let who = notice.subject.clone().unwrap_or_default();
            match notice.code {
                NoticeCode::CardExpiring => say_away(app, News::Expiring(who)),
                NoticeCode::CardExpiringSoon => say_away(app, News::ExpiringSoon(who)),
                _ => {}
            }
        }
        _ => {}
    }
}

/// Events were lost, or the agent begins: only what this snapshot tells still rings.
pub fn restart(app: &AppHandle, snapshot: &Snapshot) {
    let ringing = |call: CallId| snapshot.calls.iter().any(|one| one.id == call && rings(one));
    let shown = app.state::<Notices>().parts().rings.only(ringing);
    show(app, shown);
    snapshot.calls.iter().filter(|call| rings(call)).for_each(|call| ring(app, call));
}

/// The main window was closed and is hidden now: says once, ever, that the program goes on.
pub fn goes_on(app: &AppHandle) {
    let Some(folder) = runtime::data_folder() else { return };
    let told = folder.join("goes-on-told");
    // Whoever creates the file tells it.
    if std::fs::OpenOptions::new().write(true).create_new(true).open(told).is_ok() {
        say(app, News::GoesOn);
    }
}

fn ring(app: &AppHandle, call: &CallView) {
    if popup::exists(app) {
        return;
    }
    let (first, shown) = {
        let notices = app.state::<Notices>();
        let mut parts = notices.parts();
        let first = !parts.rings.knows(call.id);
        (first, parts.rings.rings(call.id, who(call)))
    };
    if first && !main_window::is_in_use(app) {
        main_window::call_attention(app);
    }
    show(app, shown);
}

fn rings_no_more(app: &AppHandle, call: CallId) {
    let shown = app.state::<Notices>().parts().rings.ends(call);
    show(app, shown);
}

/// Brings the notice of the call that rings to what it shows now.
fn show(app: &AppHandle, shown: Shown) {
    match shown {
        Shown::Same => {}
        Shown::Nothing => withdraw(app),
        Shown::Call(call, text) => {
            let words = app.state::<Notices>().parts().words.clone();
            if let Some(words) = words {
                tell(app, Said { about: About::Ringing(call), title: words.incoming.clone(), text }, words);
            }
        }
    }
}

/// Says it if the main window does not show it anyway.
fn say_away(app: &AppHandle, news: News) {
    if !main_window::is_in_use(app) {
        say(app, news);
    }
}

/// Says it as soon as there are words.
fn say(app: &AppHandle, news: News) {
    let words = {
        let notices = app.state::<Notices>();
        let mut parts = notices.parts();
        if parts.words.is_none() {
            parts.waiting.push(news.clone());
        }
        parts.words.clone()
    };
    if let Some(words) = words {
        tell(app, news.said(&words), words);
    }
}

#[cfg(target_os = "linux")]
fn tell(app: &AppHandle, said: Said, words: ShellWords) {
    linux::say(app, said, [words.answer, words.decline]);
}

#[cfg(not(target_os = "linux"))]
fn tell(_app: &AppHandle, said: Said, _words: ShellWords) {
    tracing::debug!(about = ?said.about, "this system gets no notices yet");
}

#[cfg(target_os = "linux")]
fn withdraw(app: &AppHandle) {
    linux::withdraw(app);
}

#[cfg(not(target_os = "linux"))]
fn withdraw(_app: &AppHandle) {}

fn rings(call: &CallView) -> bool {
    call.direction == Direction::Incoming && call.state == CallState::RingingLocal
}

fn is_missed(call: &CallView) -> bool {
    call.answered_at_ms.is_none()
        && call.end.is_some_and(|end| matches!(end.cause, EndCause::NoAnswer | EndCause::Cancelled))
}

/// Who wrote.
fn writer(chat: &ChatView) -> String {
    match &chat.matches {
        MatchView::One { contact } => format!("{} · {}", contact.name, chat.display),
        _ => {
            chat.network_name.as_ref().map_or_else(|| chat.display.clone(), |name| format!("{name} · {}", chat.display))
        }
    }
}

/// The other side and the line, as the pop-up shows them.
fn who(call: &CallView) -> String {
    let line = call.line.call_center.as_ref().unwrap_or(&call.line.label);
    match &call.contact {
        Some(contact) => format!("{} · {} · {line}", contact.name, call.party.number),
        None => format!("{} · {line}", call.party.number),
    }
}
