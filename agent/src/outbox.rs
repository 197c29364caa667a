//! The task `outbox` of one connection: sends what was released, one push after another, oldest first.
//!
//! ```text
//!   look ─► unknown ones first ─► released ones ─► nothing due: until the next is, or a nudge
//!             └── each: read person and link ─► crm::delivery ─► settle the row ─► pause, if the CRM asks for one
//! ```
//! A row is in flight before its request leaves, so that whatever ends the program leaves a row that is looked up first.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crm::connector::{Connector, RemoteKind, RemotePerson, RemoteRef};
use crm::contact::Contact;
use crm::delivery::{self, Links, Pause, Push, Try};
use crm::id::ContactId;
use crm::outbox::{OutboxItem, OutboxState};
use crm::store::{Store, StoreError};
use failpoint::failpoint;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::port::clock::Clock;
use crate::store::StoreHandle;

/// The books are looked at no less often: the clock may have been set.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);
/// After a fault of the store.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// A connection and what its pushes need besides the store.
#[derive(Clone)]
pub struct Connection {
    /// Its name, as rows carry it.
    pub name: String,
    /// The way there.
    pub connector: Arc<dyn Connector>,
    /// Minutes that the agent's clock is ahead of UTC at a moment.
    pub utc_offset_min: fn(i64) -> i32,
}

/// Where a connection's outbox stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is due.
    Idle,
    /// A push is on its way.
    Sending,
    /// The CRM is not reached, is busy or has no allowance left.
    Waiting {
        /// When it goes on, UTC.
        until_ms: i64,
        /// Code of the fault that it waits for: `unreachable`, `lost`, `busy` or `limit`.
        code: String,
    },
    /// The person must sign in again.
    SignIn,
    /// The store refuses; it is tried again.
    Store(StoreError),
}

enum Nudge {
    Look,
    Now,
    SignedIn,
}

/// The handle of the task, which ends with it. A push that is under way then may have arrived: it is looked up by the next one.
pub struct Outbox {
    nudges: mpsc::UnboundedSender<Nudge>,
    standing: watch::Receiver<Standing>,
    settled: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Outbox {
    /// Starts the task, one for a connection at any time. Must be called within a tokio runtime.
    pub fn start(store: StoreHandle, clock: Arc<dyn Clock>, connection: Connection) -> Self {
        let (nudges, inbox) = mpsc::unbounded_channel();
        let (told, standing) = watch::channel(Standing::Idle);
        let (counted, settled) = watch::channel(0);
        let chance = StdRng::from_os_rng();
        let quiet = (Pause::None, String::new());
        let task = Task { store, clock, connection, inbox, told, counted, quiet, hasten: false, chance };
        Self { nudges, standing, settled, task: tokio::spawn(task.run()) }
    }

    /// Something was released.
    pub fn look(&self) {
        // A task that ended has nothing to send.
        let _ = self.nudges.send(Nudge::Look);
    }

    /// «Enviar ahora»: whatever pause there is ends.
    pub fn send_now(&self) {
        let _ = self.nudges.send(Nudge::Now);
    }

    /// The person has signed in.
    pub fn signed_in(&self) {
        let _ = self.nudges.send(Nudge::SignedIn);
    }

    /// Ends the task and waits until it has.
    pub async fn stop(mut self) {
        self.task.abort();
        // An error says that it was cut off, which is what was asked for.
        let _ = (&mut self.task).await;
    }

    /// Counts the pushes that were settled, whichever way.
    pub fn settled(&self) -> watch::Receiver<u64> {
        self.settled.clone()
    }

    /// Where it stands, now and later.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }
}

struct Task {
    store: StoreHandle,
    clock: Arc<dyn Clock>,
    connection: Connection,
    inbox: mpsc::UnboundedReceiver<Nudge>,
    told: watch::Sender<Standing>,
    counted: watch::Sender<u64>,
    /// What the connection does, and the code of the fault that asked for it.
    quiet: (Pause, String),
    /// A person wants what waits to go at once.
    hasten: bool,
    chance: StdRng,
}

impl Task {
    async fn run(mut self) {
        let name = self.connection.name.clone();
        while let Err(error) = self.recover(name.clone()).await {
            tracing::warn!(%error, "the outbox waits for the store");
            self.tell(Standing::Store(error));
            self.clock.after(STORE_PAUSE).await;
        }
        failpoint!("recovered");
        loop {
            let (standing, pause) = match self.round().await {
                Ok(rest) => rest,
                Err(error) => {
                    tracing::warn!(%error, "the outbox waits for the store");
                    (Standing::Store(error), STORE_PAUSE)
                }
            };
            // Begun before anybody is told of it.
            let rest = self.clock.after(pause);
            self.tell(standing);
            tokio::select! {
                nudge = self.inbox.recv() => match nudge {
                    None => return,
                    Some(nudge) => self.take(&nudge),
                },
                () = rest => {}
            }
        }
    }

    /// What an earlier task of this connection had under way may have arrived.
    async fn recover(&self, name: String) -> Result<(), StoreError> {
        self.store.run(move |store| store.recover_pushes(&name)).await
    }

    fn take(&mut self, nudge: &Nudge) {
        self.hasten |= matches!(nudge, Nudge::Now | Nudge::SignedIn);
        match (nudge, self.quiet.0) {
            (Nudge::Now, Pause::Until(_)) | (Nudge::SignedIn, _) => self.quiet.0 = Pause::None,
            (Nudge::Look | Nudge::Now, _) => {}
        }
    }

    fn tell(&self, standing: Standing) {
        self.told.send_if_modified(|told| {
            let changed = *told != standing;
            *told = standing;
            changed
        });
    }

    /// Sends until nothing is due or a pause is asked for; answers when to look again.
    async fn round(&mut self) -> Result<(Standing, Duration), StoreError> {
        loop {
            let now_ms = self.clock.now().utc_ms;
            match self.quiet.0 {
                Pause::SignIn => return Ok((Standing::SignIn, AT_LEAST_EVERY)),
                Pause::Until(until_ms) if until_ms > now_ms => {
                    let code = self.quiet.1.clone();
                    return Ok((Standing::Waiting { until_ms, code }, left(until_ms, now_ms)));
                }
                Pause::Until(_) | Pause::None => self.quiet.0 = Pause::None,
            }
            if self.inbox.is_closed() {
                return Ok((Standing::Idle, Duration::ZERO));
            }
            if std::mem::take(&mut self.hasten) {
                let name = self.connection.name.clone();
                self.store.run(move |store| store.hasten_pushes(&name, now_ms)).await?;
            }
            let connection = self.connection.clone();
            let taken = self.store.run(move |store| take(store, &connection, now_ms)).await?;
            let push = match taken {
                Taken::Push(push) => push,
                Taken::Next(next_ms) => {
                    let pause = next_ms.map_or(AT_LEAST_EVERY, |next_ms| left(next_ms, now_ms));
                    return Ok((Standing::Idle, pause));
                }
            };
            failpoint!("taken");
            self.tell(Standing::Sending);
            let links = StoredLinks { store: self.store.clone(), connection: self.connection.name.clone() };
            let at = Try { now_ms, jitter: self.chance.random() };
            let delivery = delivery::deliver(&*self.connection.connector, &links, &push, at).await?;
            if push.item.state == OutboxState::Unknown {
                failpoint!("looked_up");
            }
            failpoint!("answered");
            tracing::debug!(push = ?push.item.id.0, state = ?push.item.state, outcome = outcome(&delivery.outcome), "a push");
            self.quiet = (delivery.pause, code_of(&delivery.outcome));
            let (id, now_ms) = (push.item.id, self.clock.now().utc_ms);
            self.store.run(move |store| store.settle(id, &delivery.outcome, now_ms)).await?;
            failpoint!("settled");
            self.counted.send_modify(|count| *count += 1);
        }
    }
}

/// Code of the fault, if it was one.
fn code_of(outcome: &crm::outbox::Outcome) -> String {
    use crm::outbox::Outcome;
    match outcome {
        Outcome::Retry { error, .. } | Outcome::Lost { error, .. } | Outcome::Refused { error } => error.clone(),
        Outcome::Sent { .. } | Outcome::NotThere => String::new(),
    }
}

/// What an outcome is, without ids of anybody.
fn outcome(outcome: &crm::outbox::Outcome) -> String {
    use crm::outbox::Outcome;
    match outcome {
        Outcome::Sent { .. } => "sent".to_owned(),
        Outcome::NotThere => "not there".to_owned(),
        Outcome::Retry { error, .. } => format!("again: {error}"),
        Outcome::Lost { error, .. } => format!("unknown: {error}"),
        Outcome::Refused { error } => format!("refused: {error}"),
    }
}

fn left(until_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(until_ms.saturating_sub(now_ms).max(1).unsigned_abs()).min(AT_LEAST_EVERY)
}

enum Taken {
    Push(Box<Push>),
    /// Nothing is due; when the next one is.
    Next(Option<i64>),
}

/// The next push with all that is known about it: what is unknown comes before what was not tried yet.
fn take(store: &mut dyn Store, connection: &Connection, now_ms: i64) -> Result<Taken, StoreError> {
    let mut due = store.take_unknown(&connection.name, now_ms, 1)?;
    if due.is_empty() {
        due = store.take_due(&connection.name, now_ms, 1)?;
    }
    match due.pop() {
        Some(item) => complete(store, connection, item).map(|push| Taken::Push(Box::new(push))),
        None => store.next_due_ms(&connection.name).map(Taken::Next),
    }
}

fn complete(store: &mut dyn Store, connection: &Connection, item: OutboxItem) -> Result<Push, StoreError> {
    debug_assert!(matches!(item.state, OutboxState::Inflight | OutboxState::Unknown));
    let draft = &item.payload.draft;
    let person = match draft.contact.map(|id| store.contact(id)) {
        // Removed here since: the entry is sent without anybody.
        None | Some(Err(StoreError::NotFound)) => None,
        Some(found) => Some(found?),
    };
    let link = match &person {
        Some(person) => store.remote_link(&connection.name, person.id)?,
        None => None,
    };
    let further = match (&person, &link) {
        (Some(person), None) => store.further(&connection.name, person.id)?,
        _ => None,
    };
    let disposition = match &item.payload.outcome {
        Some(words) => Some(words.clone()),
        None => store.dispositions()?.into_iter().find(|one| Some(one.id) == draft.disposition).map(|one| one.name),
    };
    let utc_offset_min = (connection.utc_offset_min)(item.payload.record.started_at_ms);
    let ticket = draft.ticket.as_ref().filter(|ticket| ticket.connector == connection.name);
    let ticket = ticket.map(|ticket| RemoteRef { kind: RemoteKind::Ticket, id: ticket.id.clone() });
    Ok(Push { item, person, link, further, disposition, ticket, utc_offset_min })
}

/// A person of ours as the CRM has it from now on.
fn remote_person(contact: &Contact, record: RemoteRef) -> RemotePerson {
    let made = delivery::new_person(contact);
    let company = Some(made.company).filter(|company| !company.is_empty());
    RemotePerson { record, name: contact.name(), company, phones: made.phones, email: made.email }
}

/// Links in the store's thread.
struct StoredLinks {
    store: StoreHandle,
    connection: String,
}

impl Links for StoredLinks {
    fn keep<'a>(
        &'a self,
        contact: ContactId,
        remote: Option<&'a RemoteRef>,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>> {
        let (connection, remote) = (self.connection.clone(), remote.cloned());
        Box::pin(async move {
            failpoint!("person_made");
            let kept = self.store.run(move |store| {
                store.link_remote(&connection, contact, remote.as_ref())?;
                let Some(record) = remote else { return Ok(()) };
                // Somebody just made is not in the CRM's search yet, nor in the copy.
                let person = remote_person(&store.contact(contact)?, record);
                store.put_copies(&connection, &[person], false)
            });
            kept.await?;
            failpoint!("link_kept");
            Ok(())
        })
    }
}
