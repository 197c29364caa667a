//! The task `edits` of one connection: what was changed of people here goes to their records there, and what was changed there comes
//! here.
//!
//! ```text
//!   a tie that wants a look ─► read the record ─► crm::reconcile ─► keep what is sent ─► send it ─► keep what came of it
//!      ▲                          └── passing fault: a pause            └── refused: told       clashes: the agent is asked
//!      └── a person was saved, a page was copied, the agent decided
//! ```
//! What is wanted stands in the store: whatever ends the program, the look is taken anew, and sending the same values again
//! changes nothing. What is about to be sent stands there, too: found in the CRM after a lost answer it is no change of theirs.

use std::sync::Arc;
use std::time::Duration;

use crm::connector::{Connector, Fault, PersonFields};
use crm::id::ChannelId;
use crm::outbox::retry_delay_ms;
use crm::reconcile::{Base, reconcile};
use crm::store::{Settled, StoreError, Tie};
use failpoint::failpoint;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::port::clock::{Clock, Ids, RandomIds};
use crate::store::StoreHandle;

/// The books are looked at no less often.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);
/// After a fault of the store.
const STORE_PAUSE: Duration = Duration::from_secs(30);
/// When a CRM whose allowance is used up is asked again, if it does not tell.
const LIMIT_PAUSE: Duration = Duration::from_secs(15 * 60);
/// Ties looked at before the store is asked anew.
const AT_ONCE: u32 = 50;
/// A record that changes each time between reading and writing is left for later.
const STALE_MAX: u32 = 3;

/// A connection whose people are edited.
#[derive(Clone)]
pub struct People {
    /// Its name, as rows carry it.
    pub name: String,
    /// The way there.
    pub connector: Arc<dyn Connector>,
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
}

/// The handle of the task, which ends with it.
pub struct Edits {
    nudge: Arc<Notify>,
    settled: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl Drop for Edits {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Edits {
    /// Starts the task, one for a connection at any time. Must be called within a tokio runtime.
    pub fn start(store: StoreHandle, clock: Arc<dyn Clock>, people: People) -> Self {
        let nudge = Arc::new(Notify::new());
        let (told, settled) = watch::channel(0);
        let chance = StdRng::from_os_rng();
        let task = Task { store, clock, people, nudge: Arc::clone(&nudge), told, failures: 0, chance };
        Self { nudge, settled, task: tokio::spawn(task.run()) }
    }

    /// Somebody may have been changed.
    pub fn look(&self) {
        self.nudge.notify_one();
    }

    /// Counts the ties that were settled, whichever way.
    pub fn settled(&self) -> watch::Receiver<u64> {
        self.settled.clone()
    }

    /// Ends the task and waits until it has.
    pub async fn stop(mut self) {
        self.task.abort();
        // An error says that it was cut off, which is what was asked for.
        let _ = (&mut self.task).await;
    }
}

struct Task {
    store: StoreHandle,
    clock: Arc<dyn Clock>,
    people: People,
    nudge: Arc<Notify>,
    told: watch::Sender<u64>,
    /// Faults since something went well.
    failures: u32,
    chance: StdRng,
}

/// What comes of a look.
enum Look {
    Settled,
    /// Nothing is kept of it; it is taken again.
    Again,
    /// It is taken again after a pause.
    Later(Fault),
}

impl Task {
    async fn run(mut self) {
        loop {
            let pause = match self.round().await {
                Ok(None) => AT_LEAST_EVERY,
                Ok(Some(fault)) => {
                    tracing::debug!(code = fault.code(), "edits of people wait");
                    self.failures += 1;
                    self.pause(&fault)
                }
                Err(error) => {
                    tracing::warn!(%error, "edits of people wait for the store");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = self.clock.after(pause) => {}
                () = self.nudge.notified() => {}
            }
        }
    }

    /// Looks at ties until none wants it, or none of them gets further; answers the fault that asks for a pause.
    async fn round(&mut self) -> Result<Option<Fault>, StoreError> {
        let mut stale = 0;
        loop {
            let name = self.people.name.clone();
            let ties = self.store.run(move |store| store.ties_to_settle(&name, AT_ONCE)).await?;
            let (mut settled, mut held) = (false, None);
            for tie in &ties {
                match self.look_at(tie).await? {
                    Look::Settled => {
                        (settled, stale, self.failures) = (true, 0, 0);
                        self.told.send_modify(|count| *count += 1);
                    }
                    Look::Again if stale < STALE_MAX => (settled, stale) = (true, stale + 1),
                    Look::Again => held = Some(Fault::Busy { after: None }),
                    // A lock is of one record: others go on.
                    Look::Later(fault @ (Fault::Busy { after: None } | Fault::Lost)) => held = Some(fault),
                    Look::Later(fault) => return Ok(Some(fault)),
                }
            }
            if !settled {
                return Ok(held);
            }
        }
    }

    async fn look_at(&self, tie: &Tie) -> Result<Look, StoreError> {
        let ours = tie.base.fields_of(&tie.contact);
        let (base, clashes) = (tie.base.clone(), tie.clashes.clone());
        let mut settled = Settled { contact: tie.contact.clone(), base, clashes, refusal: None, again: false };
        if !tie.stirred && tie.clashes.is_empty() && tie.base.sending.is_empty() && ours == tie.base.ours {
            // Something else of the person was changed.
            return self.keep(settled).await;
        }
        let state = match self.people.connector.read_person(&tie.record).await {
            Ok(state) => state,
            Err(fault) => return self.faulty(tie, settled, fault).await,
        };
        failpoint!("edit_read");
        let base = tie.base.clone().met(&state.fields, &self.people.country);
        let mut done = reconcile(&base, &base.fields_of(&tie.contact), &state.fields, &self.people.country);
        let now_ms = self.clock.now().utc_ms;
        let taken = done.take_over(&tie.contact, &self.people.country, || ChannelId(RandomIds.next(now_ms)));
        settled.contact = taken.unwrap_or_else(|| tie.contact.clone());
        (settled.base, settled.clashes) = (done.base, done.clashes);
        if !done.send.is_empty() {
            settled.base.sending = done.send.clone();
            // Kept before it leaves: whatever becomes of the answer, what arrived is known as ours.
            match self.begin(settled).await? {
                Some(begun) => settled = begun,
                None => return Ok(Look::Again),
            }
            failpoint!("edit_begun");
            let sent = self.people.connector.update_person(&tie.record, &done.send, state.version.as_deref()).await;
            failpoint!("edit_sent");
            match sent {
                Ok(()) => settled.base.sent(&done.send, &settled.contact),
                Err(Fault::Stale) => return Ok(Look::Again),
                Err(fault) => return self.faulty(tie, settled, fault).await,
            }
        }
        tracing::debug!(sent = done.send.len(), taken = done.take.len(), asked = settled.clashes.len(), "a person");
        self.keep(settled).await
    }

    /// What passes is tried later; whoever is gone there is tied no more; what is refused is told.
    async fn faulty(&self, tie: &Tie, settled: Settled, fault: Fault) -> Result<Look, StoreError> {
        if fault.passes() {
            return Ok(Look::Later(fault));
        }
        if fault == Fault::NotFound {
            let (name, contact) = (self.people.name.clone(), tie.contact.id);
            self.store.run(move |store| store.link_remote(&name, contact, None)).await?;
            return Ok(Look::Settled);
        }
        let base = Base { sending: PersonFields::new(), ..settled.base };
        self.keep(Settled { base, refusal: Some(fault.code()), ..settled }).await
    }

    /// Keeps what is about to be sent; answers the same with the person as now stored, none if somebody was quicker.
    async fn begin(&self, settled: Settled) -> Result<Option<Settled>, StoreError> {
        let (name, now_ms) = (self.people.name.clone(), self.clock.now().utc_ms);
        let kept = self.store.run(move |store| {
            store.settle_tie(&name, &Settled { again: true, ..settled.clone() }, now_ms)?;
            let contact = store.contact(settled.contact.id)?;
            Ok(Settled { contact, ..settled })
        });
        match kept.await {
            Ok(begun) => Ok(Some(begun)),
            Err(StoreError::Conflict | StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn keep(&self, settled: Settled) -> Result<Look, StoreError> {
        let (name, now_ms) = (self.people.name.clone(), self.clock.now().utc_ms);
        match self.store.run(move |store| store.settle_tie(&name, &settled, now_ms)).await {
            Ok(()) => Ok(Look::Settled),
            // Saved by the agent meanwhile, or removed: what is there now counts.
            Err(StoreError::Conflict | StoreError::NotFound) => Ok(Look::Again),
            Err(error) => Err(error),
        }
    }

    fn pause(&mut self, fault: &Fault) -> Duration {
        let jitter = 0.5 + self.chance.random::<f64>() / 2.0;
        match fault {
            Fault::Limit { after } => after.unwrap_or(LIMIT_PAUSE).mul_f64(1.0 + jitter / 5.0),
            Fault::Busy { after: Some(after) } => after.mul_f64(1.0 + jitter / 5.0),
            Fault::SignIn => AT_LEAST_EVERY,
            _ => Duration::from_millis(retry_delay_ms(self.failures, jitter).unsigned_abs()),
        }
    }
}
