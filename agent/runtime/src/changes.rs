//! The machine's addresses become others, or it wakes up: lines register anew, and calls move.
//!
//! ```text
//! platform: addresses ─► settled, and others than before ─┐
//!           wake ─────────────────────────────────────────┴─► Agent::network_changed
//! ```

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use agent::Agent;
use platform::network::{Announcements, addresses};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Announcements come in bursts: an address is taken off, then another is put on, then a third for IPv6.
const SETTLE: Duration = Duration::from_millis(300);

/// The task; it ends with this.
pub(crate) struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Following {
    /// Begins. Must be called within a tokio runtime with IO and time.
    pub fn start(agent: Agent) -> Self {
        let known = addresses().inspect_err(not_told).unwrap_or_default();
        Self(tokio::spawn(follow(agent, known)))
    }

    /// Ends, and lets go of the agent.
    pub async fn stop(mut self) {
        self.0.abort();
        // An error says that it was cut off, which is what was asked for.
        let _ = (&mut self.0).await;
    }
}

async fn follow(agent: Agent, mut known: BTreeSet<IpAddr>) {
    let Ok(mut woke) = tokio::task::spawn_blocking(woke).await else { return };
    let mut announcements = Announcements::watch().inspect_err(not_told).ok();
    loop {
        let moved = tokio::select! {
            told = settled(&mut announcements) => match told {
                Ok(now) => {
                    let before = std::mem::replace(&mut known, now);
                    // Without any address there is nowhere to register from.
                    !known.is_empty() && before != known
                }
                Err(error) => {
                    not_told(&error);
                    announcements = None;
                    false
                }
            },
            changed = woke.changed() => changed.is_ok(),
        };
        if moved {
            tracing::info!("the network changed, or the machine woke up");
            agent.network_changed();
        }
    }
}

/// The addresses after the next burst of announcements; never, if nobody announces.
async fn settled(announcements: &mut Option<Announcements>) -> io::Result<BTreeSet<IpAddr>> {
    let Some(announcements) = announcements else { return std::future::pending().await };
    announcements.announced().await?;
    while let Ok(announced) = tokio::time::timeout(SETTLE, announcements.announced()).await {
        announced?;
    }
    addresses()
}

fn not_told(error: &io::Error) {
    tracing::warn!(%error, "the system does not tell of its addresses");
}

/// Each waking of the machine; the system is asked once for the whole program.
fn woke() -> watch::Receiver<()> {
    static WOKE: LazyLock<watch::Sender<()>> = LazyLock::new(|| {
        if let Err(error) = platform::wake::follow(|| WOKE.send_replace(())) {
            tracing::info!(%error, "the end of a sleep is not told");
        }
        watch::Sender::default()
    });
    WOKE.subscribe()
}
