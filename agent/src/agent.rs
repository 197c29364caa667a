//! The handle that everybody holds, and the task `desk` behind it.
//!
//! ```text
//!   Agent ──Message──► task `desk`: Desk ──► ua commands, media commands, store jobs, events
//!                          ▲── ua events, media events, finished jobs, timer
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use agent_api::card::DispositionView;
use agent_api::error::ApiError;
use agent_api::event::{Counts, Event, NoticeCode};
use agent_api::media::Levels;
use agent_api::report::ReportView;
use crm::chat::MessageState;
use crm::disposition::offered;
use crm::id::MessageId;
use crm::store::StoreError;
use failpoint::failpoint;
use sip_stack::ua::{self, Secret};
use tokio::sync::{Mutex, broadcast, mpsc, oneshot, watch};

use crate::connections::{Asked, Connections, look_up};
use crate::desk::{Ask, Desk, Effect, Input, Reply, Standing, Start};
use crate::fact::Fact;
use crate::inbox::{Inbox, Message, WeakInbox};
use crate::journal::{self, Ticket, Write};
use crate::port::clock::{Clock, Ids};
use crate::port::connect::Connect;
use crate::port::external::External;
use crate::port::headset::{HeadsetCommand, HeadsetEvent, HeadsetPort};
use crate::port::media::{MediaCommand, MediaEvent};
use crate::port::practice::Practice;
use crate::port::recordings::RecordingFiles;
use crate::port::secret::SecretStore;
use crate::port::surroundings::Surroundings;
use crate::retention;
use crate::settings::{Account, Settings, SettingsFile};
use crate::store::StoreHandle;
use crate::training_caller;
use crate::view;

/// Events that a slow listener may lag behind before it must take a snapshot.
const EVENT_BACKLOG: usize = 1024;

/// A message's fate that the store did not take is given to it again after this time.
const SETTLE_AGAIN: Duration = Duration::from_secs(2);

/// Why the agent did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be read.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
    /// The system gives no thread.
    #[error("no thread for the store: {0}")]
    Thread(#[from] std::io::Error),
}

/// Which lines an agent has.
pub enum LinesFrom {
    /// Those of its settings, passwords in the secret store.
    Settings,
    /// Those given, for this run alone; nothing of them is kept.
    Given(Vec<(Account, Option<Secret>)>),
}

/// What an agent is made of.
pub struct Parts {
    /// Keeps records.
    pub store: StoreHandle,
    /// To the user agent.
    pub phone: mpsc::UnboundedSender<ua::Command>,
    /// From the user agent.
    pub phone_events: mpsc::UnboundedReceiver<ua::Event>,
    /// To the media side.
    pub media: mpsc::UnboundedSender<MediaCommand>,
    /// From the media side.
    pub media_events: mpsc::UnboundedReceiver<MediaEvent>,
    /// Headsets with buttons.
    pub headsets: HeadsetPort,
    /// High-rate figures, made by the media side.
    pub levels: broadcast::Sender<Levels>,
    /// Passwords.
    pub secrets: Arc<dyn SecretStore>,
    /// The practice line.
    pub practice: Arc<dyn Practice>,
    /// Files of recordings.
    pub recordings: Arc<dyn RecordingFiles>,
    /// Where recordings are put where the settings name no folder.
    pub recordings_in: PathBuf,
    /// The system's own programs.
    pub external: Arc<dyn External>,
    /// Ways to CRMs.
    pub connect: Arc<dyn Connect>,
    /// What a report of a problem takes from outside.
    pub around: Surroundings,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Minutes that this machine's calendar is ahead of UTC at a moment (UTC ms).
    pub utc_offset_min: fn(i64) -> i32,
    /// Makes identifiers for the desk.
    pub ids: Box<dyn Ids>,
    /// `settings.toml`.
    pub settings: SettingsFile,
    /// ISO 3166 region of this machine, for settings that name none.
    pub country: String,
    /// Which lines.
    pub lines: LinesFrom,
    /// Takes facts, if somebody wants them.
    pub facts: Option<mpsc::UnboundedSender<Fact>>,
}

/// The headless application. Clones are the same agent; it ends with the last of them.
#[derive(Clone)]
pub struct Agent {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    inbox: Inbox,
    events: broadcast::Sender<Event>,
    levels: broadcast::Sender<Levels>,
    pub(crate) media: mpsc::UnboundedSender<MediaCommand>,
    pub(crate) store: StoreHandle,
    pub(crate) secrets: Arc<dyn SecretStore>,
    pub(crate) practice: Arc<dyn Practice>,
    pub(crate) recordings: Arc<dyn RecordingFiles>,
    pub(crate) recordings_in: PathBuf,
    pub(crate) external: Arc<dyn External>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) around: Surroundings,
    /// The report that was made last.
    pub(crate) report: Mutex<Option<ReportView>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) utc_offset_min: fn(i64) -> i32,
    pub(crate) settings: Mutex<Kept>,
    /// Whether there is a window that hears what is said once: it has taken a snapshot.
    seen: watch::Sender<bool>,
}

/// Settings as last read or written, with their file.
pub(crate) struct Kept {
    pub file: SettingsFile,
    pub now: Settings,
}

impl Inner {
    pub(crate) fn inbox(&self) -> &Inbox {
        &self.inbox
    }
}

impl Agent {
    /// Opens the books, takes the lines and begins to work. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn start(parts: Parts) -> Result<Self, StartError> {
        let now = parts.clock.now();
        let (settings, warnings) = parts.settings.read(&parts.country);
        let no_accounts = settings.accounts.is_empty() && matches!(parts.lines, LinesFrom::Settings);
        let (counts, dispositions, practised) = open_books(&parts.store, now.utc_ms).await?;
        let open_recordings = parts.store.run(|store| store.open_recordings()).await?;
        let start = Start {
            settings: settings.clone(),
            dispositions,
            counts,
            first_run: no_accounts && !practised,
            ids: parts.ids,
            recordings_in: parts.recordings_in.clone(),
            utc_offset_min: parts.utc_offset_min,
        };
        let desk = Desk::new(now, start);
        let (inbox, messages) = Inbox::new();
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        let connections = Connections::new(
            parts.connect,
            parts.store.clone(),
            Arc::clone(&parts.clock),
            inbox.downgrade(),
            parts.utc_offset_min,
        );
        let (redials, wished) = mpsc::unbounded_channel();
        let task = Task {
            desk,
            phone: parts.phone,
            media: parts.media.clone(),
            headsets: parts.headsets.commands,
            redials,
            store: parts.store.clone(),
            clock: Arc::clone(&parts.clock),
            events: events.clone(),
            facts: parts.facts,
            inbox: inbox.downgrade(),
            connections: Arc::downgrade(&connections),
            waiting: BTreeMap::new(),
            next_ticket: 0,
        };
        tokio::spawn(task.run(messages, parts.phone_events, parts.media_events, parts.headsets.events));
        let agent = Self {
            inner: Arc::new(Inner {
                inbox,
                events,
                levels: parts.levels,
                media: parts.media,
                store: parts.store,
                secrets: parts.secrets,
                practice: parts.practice,
                recordings: parts.recordings,
                recordings_in: parts.recordings_in,
                external: parts.external,
                connections,
                around: parts.around,
                report: Mutex::new(None),
                clock: parts.clock,
                utc_offset_min: parts.utc_offset_min,
                settings: Mutex::new(Kept { file: parts.settings, now: settings }),
                seen: watch::Sender::new(false),
            }),
        };
        if let Some(first) = warnings.first() {
            tracing::warn!(count = warnings.len(), first = %first.place(), "settings that do not count");
            agent.tell(Input::Fault(NoticeCode::SettingsIgnored, Standing::Yes(Some(first.place()))));
        }
        agent.take_lines(parts.lines).await;
        agent.take_network().await;
        agent.take_connections().await;
        agent.mend_recordings(open_recordings);
        agent.keep_watch();
        agent.redial_when_wished(wished);
        Ok(agent)
    }

    /// Somebody took a snapshot, and hears the events after it.
    pub(crate) fn is_seen(&self) {
        self.inner.seen.send_if_modified(|seen| !std::mem::replace(seen, true));
    }

    /// Lets cards go whose time is over, as long as somebody holds the agent.
    fn keep_watch(&self) {
        let weak = Arc::downgrade(&self.inner);
        let seen = self.inner.seen.subscribe();
        retention::keep(seen, move || {
            let inner = weak.upgrade()?;
            let (store, clock) = (inner.store.clone(), Arc::clone(&inner.clock));
            let settings = inner.settings.try_lock().ok();
            let keep_months = settings.as_ref().and_then(|kept| kept.now.preferences.keep_history_months);
            let keep_days = settings.as_ref().and_then(|kept| kept.now.recording.keep_days);
            Some(retention::Desk { store, clock, inbox: inner.inbox.clone(), keep_months, keep_days })
        });
    }

    /// Calls the last number whenever a headset wishes it, as long as somebody holds the agent.
    fn redial_when_wished(&self, mut wished: mpsc::UnboundedReceiver<()>) {
        let weak = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            while wished.recv().await.is_some() {
                let Some(inner) = weak.upgrade() else { return };
                if let Err(error) = (Self { inner }).do_redial().await {
                    tracing::info!(code = ?error.code, "the last number is not called");
                }
            }
        });
    }

    /// Events from now on. A listener that lags more than the backlog, or sees a gap in `seq`, takes a snapshot.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.inner.events.subscribe()
    }

    /// Levels from now on, at most ten a second; may be dropped.
    pub fn levels(&self) -> broadcast::Receiver<Levels> {
        self.inner.levels.subscribe()
    }

    /// The machine's addresses changed, or it woke up.
    pub fn network_changed(&self) {
        self.tell(Input::NetworkChanged);
    }

    /// Ends calls and registrations, then answers. Give it a limit of time from outside.
    pub async fn shut_down(&self) {
        // An error means that the desk has ended already.
        let _ = self.ask(Ask::Shutdown).await;
    }

    pub(crate) fn tell(&self, input: Input) {
        self.inner.inbox.tell(input);
    }

    /// Asks the desk.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<Reply, ApiError> {
        self.inner.inbox.ask(ask).await
    }

    async fn take_lines(&self, lines: LinesFrom) {
        match lines {
            LinesFrom::Given(given) => {
                for (account, password) in given {
                    self.tell(Input::Line { account: Box::new(account), password });
                }
            }
            LinesFrom::Settings => {
                let accounts = self.inner.settings.lock().await.now.accounts.clone();
                // The practice line of an earlier run is not there any more: it is started when asked for.
                for account in accounts.into_iter().filter(|account| !account.practice) {
                    let password = self.password_of(account.id).await;
                    self.tell(Input::Line { account: Box::new(account), password });
                }
                if self.inner.secrets.is_weak() {
                    self.tell(Input::Fault(NoticeCode::WeakSecretStore, Standing::Yes(None)));
                }
            }
        }
    }
}

/// Ends what an earlier run left open, and reads what the desk begins with; last, whether somebody has practised.
async fn open_books(store: &StoreHandle, now_ms: i64) -> Result<(Counts, Vec<DispositionView>, bool), StoreError> {
    let (counts, dispositions, practised) = store
        .run(move |store| {
            store.recover_calls(now_ms)?;
            store.recover_messages()?;
            store.expire_cards(now_ms)?;
            Ok((store.counts()?, store.dispositions()?, training_caller::has_begun(store)?))
        })
        .await?;
    let active = offered(dispositions).into_iter().map(view::disposition).collect();
    Ok((view::counts(counts), active, practised))
}

/// The task `desk`.
struct Task {
    desk: Desk,
    phone: mpsc::UnboundedSender<ua::Command>,
    media: mpsc::UnboundedSender<MediaCommand>,
    headsets: mpsc::UnboundedSender<HeadsetCommand>,
    redials: mpsc::UnboundedSender<()>,
    store: StoreHandle,
    clock: Arc<dyn Clock>,
    events: broadcast::Sender<Event>,
    facts: Option<mpsc::UnboundedSender<Fact>>,
    inbox: WeakInbox,
    connections: Weak<Connections>,
    waiting: BTreeMap<Ticket, oneshot::Sender<Result<Reply, ApiError>>>,
    next_ticket: u64,
}

impl Task {
    /// Works until nobody holds the agent any more.
    async fn run(
        mut self,
        mut messages: mpsc::UnboundedReceiver<Message>,
        mut phone: mpsc::UnboundedReceiver<ua::Event>,
        mut media: mpsc::UnboundedReceiver<MediaEvent>,
        mut headsets: mpsc::UnboundedReceiver<HeadsetEvent>,
    ) {
        loop {
            let timeout = self.desk.timeout().map(tokio::time::Instant::from_std);
            let tick = async move {
                match timeout {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let input = tokio::select! {
                message = messages.recv() => match message {
                    Some(Message::Input(input)) => input,
                    Some(Message::Ask(ask, reply)) => Input::Ask(ask, self.ticket(reply)),
                    None => return,
                },
                Some(event) = phone.recv() => Input::Phone(event),
                Some(event) = media.recv() => Input::Media(event),
                Some(event) = headsets.recv() => Input::Headset(event),
                () = tick => Input::Tick,
            };
            let now = self.clock.now();
            for effect in self.desk.handle(now, input) {
                self.perform(effect);
            }
        }
    }

    fn ticket(&mut self, reply: oneshot::Sender<Result<Reply, ApiError>>) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.waiting.insert(ticket, reply);
        ticket
    }

    /// Nobody listening any more is no fault: the channels of a program that ends.
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Phone(command) => {
                tracing::debug!(?command, "to the user agent");
                let _ = self.phone.send(command);
            }
            Effect::Media(command) => {
                let _ = self.media.send(command);
            }
            Effect::Headset(command) => {
                let _ = self.headsets.send(command);
            }
            Effect::Redial => {
                let _ = self.redials.send(());
            }
            Effect::Emit(event) => {
                let _ = self.events.send(*event);
            }
            Effect::Fact(fact) => {
                tracing::debug!(call = ?fact.call.map(|call| call.0), ?fact, "fact");
                if let Some(facts) = &self.facts {
                    let _ = facts.send(fact);
                }
            }
            Effect::Reply(ticket, reply) => {
                if let Some(waiting) = self.waiting.remove(&ticket) {
                    let _ = waiting.send(reply);
                }
            }
            Effect::Lookup { call, number, origin } => self.later(async move |store| {
                let found = store.run(move |store| store.match_number(&number, origin)).await;
                let candidates = found.unwrap_or_default();
                Input::Found { call, candidates }
            }),
            Effect::LookupRemote { call, number } => {
                let (connections, inbox) = (Weak::clone(&self.connections), self.inbox.clone());
                tokio::spawn(look_up(connections, Asked::Number(number), None, move |matches| {
                    if let Some(inbox) = inbox.upgrade() {
                        inbox.tell(Input::Remote { call, matches: Box::new(matches.clone()) });
                    }
                }));
            }
            Effect::KeepMessage(came) => self.later(async move |store| {
                let (with, message) = (came.with.clone(), came.message.clone());
                let kept = store.run(move |store| {
                    let id = store.add_message(&with, &message)?;
                    let chat = store.chat(id)?;
                    view::chat_view(store, chat.with.clone(), Some(chat)).map(Box::new)
                });
                let kept = kept.await;
                Input::MessageKept(came, kept)
            }),
            Effect::SettleMessage { message, state } => {
                self.later(async move |store| Input::MessageSettled(settle_message(&store, message, state).await));
            }
            Effect::Write(write) => self.later(async move |store| Input::Written(put(&store, write).await)),
            Effect::Recount => self.later(async move |store| {
                let counted = store.run(|store| store.counts()).await;
                Input::Counts(counted.ok().map(view::counts))
            }),
        }
    }

    /// Does work beside the desk; what comes of it is the desk's next input.
    fn later<F>(&self, work: impl FnOnce(StoreHandle) -> F + Send + 'static)
    where
        F: Future<Output = Input> + Send,
    {
        let (store, inbox) = (self.store.clone(), self.inbox.clone());
        tokio::spawn(async move {
            let input = work(store).await;
            if let Some(inbox) = inbox.upgrade() {
                inbox.tell(input);
            }
        });
    }
}

/// Keeps what became of a message, however long it takes: else it would stay on its way for ever.
async fn settle_message(store: &StoreHandle, message: MessageId, state: MessageState) -> Result<(), StoreError> {
    loop {
        match store.run(move |store| store.settle_message(message, state)).await {
            Err(error) if journal::fault(&error).is_some() => tokio::time::sleep(SETTLE_AGAIN).await,
            kept => return kept,
        }
    }
}

async fn put(store: &StoreHandle, write: Write) -> Result<(), StoreError> {
    let now = utc_ms();
    store
        .run(move |store| match write {
            Write::Begin { record, draft } => store.begin_call(&record, &draft),
            Write::Update { record } => store.update_call(&record),
            Write::End { record, internal } => {
                failpoint!("ended");
                store.end_call(&record, internal)?;
                failpoint!("held");
                Ok(())
            }
            Write::Details { call, text } => store.keep_details(call, &text),
            Write::Recording { recording } => store.begin_recording(&recording),
            Write::RecordingEnd { recording, length_ms: 0, .. } => store.drop_recording(recording),
            Write::RecordingEnd { recording, length_ms, peaks, .. } => {
                store.end_recording(recording, length_ms, &peaks)
            }
            Write::Draft { call, draft } => store.save_draft(call, &draft, now),
        })
        .await
}

/// When something is stored, UTC.
fn utc_ms() -> i64 {
    use crate::port::clock::SystemClock;
    SystemClock.now().utc_ms
}
