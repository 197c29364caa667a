//! A running agent of a test: the real store, stack, sockets and practice line; no sound card, no keychain.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test binary uses its part, and says by where it panics what is wrong"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent_api::account::Registration;
use agent_api::call::{CallRef, CallState, CallView, Dial, DialOrigin, DialOutcome};
use agent_api::card::{CardState, CardView};
use agent_api::command::{Commands, Nothing};
use agent_api::event::{Event, EventBody, NoticeCode, Snapshot};
use agent_api::id::CallId;
use runtime::{Backend, LinesFrom, Runtime, RuntimeConfig, RuntimeError, SecretsIn, SystemPrograms};
use tokio::sync::broadcast::Receiver;

/// How long any one thing may take; a loaded machine is slow, a broken program is never done.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Settings of an agent on a data directory.
pub fn config(data_dir: PathBuf) -> RuntimeConfig {
    RuntimeConfig {
        data_dir,
        audio: Backend::Null,
        headsets: false,
        lines: LinesFrom::Settings,
        secrets: SecretsIn::Memory(Vec::new()),
        external: Arc::new(SystemPrograms),
        downloads: None,
        recordings: None,
        want_facts: false,
    }
}

pub struct House {
    pub runtime: Runtime,
    pub events: Receiver<Event>,
}

impl House {
    pub async fn on(data_dir: &Path) -> Result<Self, RuntimeError> {
        let runtime = Runtime::start(config(data_dir.to_owned())).await?;
        let events = runtime.agent.events();
        Ok(Self { runtime, events })
    }

    pub async fn snapshot(&self) -> Snapshot {
        self.runtime.agent.snapshot(Nothing {}).await.unwrap()
    }

    /// Waits for an event that holds what is looked for.
    pub async fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&EventBody) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = pick(&self.events.recv().await.unwrap().body) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    pub async fn call_in(&mut self, what: &str, fits: impl Fn(&CallView) -> bool) -> CallView {
        self.wait(what, |body| match body {
            EventBody::Call(view) if fits(view) => Some(view.clone()),
            _ => None,
        })
        .await
    }

    /// Adds the practice line and waits until it is registered.
    pub async fn practise(&mut self) {
        self.runtime.agent.start_practice(Nothing {}).await.unwrap();
        self.wait("registration", |body| match body {
            EventBody::Account(view) if matches!(view.registration, Registration::Registered { .. }) => Some(()),
            _ => None,
        })
        .await;
    }

    /// Calls the echo and hangs up when it talks; the card then waits to be saved.
    pub async fn talked(&mut self) -> CallId {
        let dial =
            Dial { target: "600".into(), origin: DialOrigin::Keypad, account: None, contact: None, confirmed: false };
        let DialOutcome::Started { call } = self.runtime.agent.dial(dial).await.unwrap() else { panic!("not dialled") };
        self.call_in("the echo's answer", |view| view.id == call && view.state == CallState::Talking).await;
        self.runtime.agent.hang_up(CallRef { call }).await.unwrap();
        self.wait("the end", |body| (*body == EventBody::CallGone(call)).then_some(())).await;
        self.card_where("unsaved", call, |card| card.row.state == CardState::Unsaved).await;
        call
    }

    /// Waits until a card is as wished.
    pub async fn card_where(&mut self, what: &str, call: CallId, fits: impl Fn(&CardView) -> bool) -> CardView {
        let found = async {
            loop {
                match self.runtime.agent.card(CallRef { call }).await {
                    Ok(card) if fits(&card) => return card,
                    _ => drop(self.events.recv().await),
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("waited in vain for a card {what}"))
    }

    /// The faults that stand.
    pub async fn faults(&self) -> Vec<NoticeCode> {
        self.snapshot().await.faults.iter().map(|notice| notice.code).collect()
    }
}
