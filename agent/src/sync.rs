//! The task `sync` of one connection: copies its people, page by page, so that callers are known without a network.
//!
//! ```text
//!   pause ─► page behind the cursor ─► store: page and next cursor at once ─► … ─► complete ─► pause, or a nudge
//!              └── fault: told, and a pause that fits it; the cursor stands where it stood
//! ```

use std::sync::Arc;
use std::time::Duration;

use crm::connector::{COPIES_MAX, Fault, Pull};
use crm::outbox::retry_delay_ms;
use crm::store::{Copied, CopyTerms, StoreError};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::port::clock::Clock;
use crate::store::StoreHandle;

/// Within which a desk begins after its start: five hundred of them come back at once after an outage.
const SPREAD: Duration = Duration::from_secs(60);
/// When a CRM whose allowance is used up is asked again, if it does not tell.
const LIMIT_PAUSE: Duration = Duration::from_secs(15 * 60);
/// After a fault of the store.
const STORE_PAUSE: Duration = Duration::from_secs(30);
/// The most pages of a round: a source that never ends is asked no more until the next one.
const PAGES_MAX: usize = 50_000;

/// A connection whose people are copied.
#[derive(Clone)]
pub struct Source {
    /// Its name, as rows carry it.
    pub name: String,
    /// Tells what changed.
    pub pull: Arc<dyn Pull>,
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
}

/// How the copying stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is kept.
    pub copied: Copied,
    /// A round is under way.
    pub running: bool,
    /// Why the last round ended before its end.
    pub fault: Option<Fault>,
}

/// When the first round begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Somebody waits for it.
    AtOnce,
    /// At any moment of the first minute.
    Spread,
}

/// The handle of the task, which ends with it.
pub struct Sync {
    nudge: Arc<Notify>,
    progress: watch::Receiver<Progress>,
    task: JoinHandle<()>,
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sync {
    /// Starts the task, one for a connection at any time. Must be called within a tokio runtime.
    pub fn start(store: StoreHandle, clock: Arc<dyn Clock>, source: Source, begin: Begin) -> Self {
        let nudge = Arc::new(Notify::new());
        let (told, progress) = watch::channel(Progress::default());
        let chance = StdRng::from_os_rng();
        let task = Task { store, clock, source, nudge: Arc::clone(&nudge), told, failures: 0, chance };
        Self { nudge, progress, task: tokio::spawn(task.run(begin)) }
    }

    /// «Enviar ahora»: whatever pause there is ends.
    pub fn now(&self) {
        self.nudge.notify_one();
    }

    /// How it stands, now and later.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Ends the task; nothing of it is written after this returns and the store has done what it was given before.
    pub async fn stop(mut self) {
        self.task.abort();
        // An error says that it was cut off, which is what was asked for.
        let _ = (&mut self.task).await;
    }
}

struct Task {
    store: StoreHandle,
    clock: Arc<dyn Clock>,
    source: Source,
    nudge: Arc<Notify>,
    told: watch::Sender<Progress>,
    /// Rounds that failed since the last page.
    failures: u32,
    chance: StdRng,
}

/// Why a round ended early.
enum Trouble {
    Source(Fault),
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Task {
    async fn run(mut self, begin: Begin) {
        let mut pause = match begin {
            Begin::AtOnce => Duration::ZERO,
            Begin::Spread => SPREAD.mul_f64(self.chance.random()),
        };
        // What was copied earlier is shown at once.
        let name = self.source.name.clone();
        if let Ok(copied) = self.store.run(move |store| store.copied(&name)).await {
            self.told.send_modify(|progress| progress.copied = copied);
        }
        loop {
            tokio::select! {
                () = self.clock.after(pause) => {}
                () = self.nudge.notified() => {}
            }
            pause = self.round().await;
        }
    }

    /// Copies until nothing more has changed; answers when to begin the next round.
    async fn round(&mut self) -> Duration {
        self.told.send_modify(|progress| progress.running = true);
        let trouble = self.pages().await.err();
        let (fault, pause) = match trouble {
            None => (None, self.source.pull.pace().mul_f64(0.9 + self.chance.random::<f64>() / 5.0)),
            Some(Trouble::Source(fault)) => {
                tracing::debug!(code = fault.code(), "people are not copied now");
                self.failures += 1;
                let pause = self.pause(&fault);
                (Some(fault), pause)
            }
            Some(Trouble::Store(error)) => {
                tracing::warn!(%error, "copied people are not kept now");
                (None, STORE_PAUSE)
            }
        };
        self.told.send_modify(|progress| (progress.running, progress.fault) = (false, fault));
        pause
    }

    async fn pages(&mut self) -> Result<(), Trouble> {
        for _ in 0..PAGES_MAX {
            let (name, country) = (self.source.name.clone(), self.source.country.clone());
            let copied = self.store.run(move |store| store.copied(&name)).await?;
            // Numbers that were read for another country are read anew.
            let cursor = copied.cursor.filter(|_| copied.country == country);
            let page = self.source.pull.changes(cursor.as_deref()).await.map_err(Trouble::Source)?;
            let (name, now_ms, complete) = (self.source.name.clone(), self.clock.now().utc_ms, page.complete);
            let copied = self.store.run(move |store| {
                store.take_changes(&name, &page, &CopyTerms { country, most: COPIES_MAX }, now_ms)?;
                store.copied(&name)
            });
            let copied = copied.await?;
            self.failures = 0;
            self.told.send_modify(|progress| (progress.copied, progress.fault) = (copied, None));
            if complete {
                return Ok(());
            }
        }
        Err(Trouble::Source(Fault::NotUnderstood))
    }

    fn pause(&mut self, fault: &Fault) -> Duration {
        let jitter = 0.5 + self.chance.random::<f64>() / 2.0;
        match fault {
            Fault::Limit { after } => after.unwrap_or(LIMIT_PAUSE).mul_f64(1.0 + jitter / 5.0),
            Fault::Busy { after: Some(after) } => after.mul_f64(1.0 + jitter / 5.0),
            Fault::Busy { after: None } | Fault::Unreachable | Fault::ProxySignIn | Fault::Lost => {
                Duration::from_millis(retry_delay_ms(self.failures, jitter).unsigned_abs())
            }
            // Only a person helps; it is tried all the same, now and then.
            _ => self.source.pull.pace(),
        }
    }
}

#[cfg(test)]
mod tests;
