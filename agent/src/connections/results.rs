//! The outcomes of calls, where a CRM says which there are.
//!
//! ```text
//! nudge, or a day ─► the first connection that has them and is to give them ─► store ─► desk: offered from now on
//! ```

use std::sync::Arc;
use std::time::Duration;

use crm::connector::{CallResult, Connector};
use crm::disposition::{offered, taken_over};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::Connections;
use crate::desk::Input;
use crate::view;

/// Within which a desk asks after its start: five hundred of them come back at once after an outage.
const SPREAD: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// After one who did not answer.
const RETRY: Duration = Duration::from_secs(15 * 60);
/// More than anybody chooses from.
const RESULTS_MAX: usize = 200;

/// Who says which outcomes there are.
enum Giver {
    /// This program's own list.
    Nobody,
    /// A connection that is not open yet may be one: what was taken over earlier stays.
    NotKnown,
    /// The connection of this name.
    Crm(String, Arc<dyn Connector>),
}

impl Connections {
    /// Takes outcomes over from now on, as long as there are connections.
    pub fn follow_results(self: &Arc<Self>) {
        let (weak, nudge, clock) = (Arc::downgrade(self), Arc::clone(&self.results), Arc::clone(&self.clock));
        let mut pause = SPREAD.mul_f64(StdRng::from_os_rng().random());
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = clock.after(pause) => {}
                    () = nudge.notified() => {}
                }
                let Some(connections) = weak.upgrade() else { return };
                pause = connections.take_results().await;
            }
        });
    }

    fn giver(&self) -> Giver {
        let list = self.list();
        for live in list.iter().filter(|live| live.settings.signed_in && live.settings.call_results) {
            match &live.way {
                None if live.settings.takes_calls() => return Giver::NotKnown,
                Some(way) if way.abilities().results => {
                    if let Some(connector) = &way.connector {
                        return Giver::Crm(live.settings.key(), Arc::clone(connector));
                    }
                }
                _ => {}
            }
        }
        Giver::Nobody
    }

    /// Answers when to ask again.
    async fn take_results(&self) -> Duration {
        let (name, results) = match self.giver() {
            Giver::Nobody => (String::new(), Vec::new()),
            Giver::NotKnown => return SPREAD,
            Giver::Crm(name, connector) => match connector.call_results().await {
                Ok(results) => (name, fit(results)),
                Err(fault) => {
                    tracing::debug!(code = fault.code(), "the outcomes of a CRM are not read now");
                    return RETRY;
                }
            },
        };
        let now_ms = self.clock.now().utc_ms;
        let taken = self.store.run(move |store| {
            for row in taken_over(&store.dispositions()?, &name, &results) {
                store.save_disposition(&row, now_ms)?;
            }
            store.dispositions()
        });
        match (taken.await, self.inbox.upgrade()) {
            (Ok(list), Some(inbox)) => {
                let list = offered(list).into_iter().map(view::disposition).collect();
                inbox.tell(Input::Dispositions(list));
                DAY
            }
            (Ok(_), None) => DAY,
            (Err(error), _) => {
                tracing::warn!(%error, "the outcomes of a CRM are not kept now");
                RETRY
            }
        }
    }
}

/// Fit for the eye, each once.
fn fit(results: Vec<CallResult>) -> Vec<CallResult> {
    let mut fit: Vec<CallResult> = Vec::new();
    for result in results {
        let name = view::clean(&result.name);
        if !name.is_empty() && fit.len() < RESULTS_MAX && fit.iter().all(|one| one.name != name) {
            fit.push(CallResult { name, ..result });
        }
    }
    fit
}
