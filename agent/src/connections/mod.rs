//! The connections to CRMs: what each is made of while the program runs, and how it stands.
//!
//! ```text
//! settings ─► open ─► Way ─┬─► Outbox (task `outbox`, one for each)   sends what Salvar released
//!    │                     ├─► Sync (task `sync`, one for each)       copies its people
//!    │                     ├─► Edits (task `edits`, one for each)     changes of people, both ways
//!    ▲                     └─► lookup                                who is it?
//!    └── sign-in ◄── browser
//! ```
//! Each change is told to the desk as the whole list, which the desk numbers and shows.

mod copies;
mod edits;
mod lookup;
mod results;
mod show;
mod tickets;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_api::connection::{ConnectFault, ConnectionView, Connections as List};
use agent_api::connection_setup::ConnectionSetup;
use agent_api::event::{DataTag, EventBody};
use agent_api::id::ConnectionId;
use crm::store::{PAGE_MAX, PushCounts};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::desk::Input;
use crate::edits::Edits;
use crate::inbox::WeakInbox;
use crate::outbox::{Connection as Sending, Outbox, Standing};
use crate::port::clock::Clock;
use crate::port::connect::{Connect, Way};
use crate::settings::Connection;
use crate::settings::connection::{key, moved};
use crate::store::StoreHandle;
use crate::sync::{Begin, Source, Sync};

pub(crate) use lookup::{Asked, Lookups, look_up};
pub(crate) use show::push_row;

/// Everything about connections that is not in the settings or the store.
pub(crate) struct Connections {
    pub connect: Arc<dyn Connect>,
    pub lookups: Lookups,
    utc_offset_min: fn(i64) -> i32,
    pub store: StoreHandle,
    pub clock: Arc<dyn Clock>,
    inbox: WeakInbox,
    list: Mutex<Vec<Live>>,
    /// Lists are told in the order in which they were made.
    telling: Mutex<()>,
    /// Who says which outcomes calls have may have changed.
    results: Arc<Notify>,
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.results.notify_one();
    }
}

/// A connection while the program runs.
pub(crate) struct Live {
    pub settings: Connection,
    pub has_secret: bool,
    /// Its kind was tried on a live account.
    pub verified: bool,
    pub failure: Option<ConnectFault>,
    /// The last word of the CRM besides the outbox's: none if it was a good one.
    pub trouble: Option<ConnectFault>,
    way: Option<Way>,
    outbox: Option<Outbox>,
    sync: Option<Sync>,
    edits: Option<Edits>,
    /// People about whom somebody must decide.
    doubts: u32,
    signing: Option<AbortHandle>,
    counts: PushCounts,
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(signing) = &self.signing {
            signing.abort();
        }
    }
}

impl Live {
    fn new(settings: Connection, has_secret: bool, verified: bool) -> Self {
        let counts = PushCounts::default();
        let (failure, trouble, way, outbox, sync) = (None, None, None, None, None);
        let (edits, doubts, signing) = (None, 0, None);
        Self { settings, has_secret, verified, failure, trouble, way, outbox, sync, edits, doubts, signing, counts }
    }
}

impl Connections {
    pub fn new(
        connect: Arc<dyn Connect>,
        store: StoreHandle,
        clock: Arc<dyn Clock>,
        inbox: WeakInbox,
        utc_offset_min: fn(i64) -> i32,
    ) -> Arc<Self> {
        let (lookups, list, telling) = (Lookups::new(Arc::clone(&clock)), Mutex::default(), Mutex::default());
        let results = Arc::default();
        let made = Arc::new(Self { connect, lookups, utc_offset_min, store, clock, inbox, list, telling, results });
        made.follow_results();
        made
    }

    fn list(&self) -> MutexGuard<'_, Vec<Live>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes one connection and tells; none if it is not there.
    pub fn with<T>(&self, id: ConnectionId, change: impl FnOnce(&mut Live) -> T) -> Option<T> {
        let changed = self.list().iter_mut().find(|live| live.settings.id == id).map(change);
        if changed.is_some() {
            self.tell();
        }
        changed
    }

    /// Takes a connection over from the settings, or new settings of one.
    pub fn put(&self, settings: Connection, has_secret: bool) {
        let verified = match &settings.setup {
            // No vendor is between us and those who speak these protocols.
            ConnectionSetup::Webhook { .. } | ConnectionSetup::Ldap { .. } | ConnectionSetup::Carddav { .. } => true,
            ConnectionSetup::Rest { file, .. } => self.connect.read_description(file).is_ok_and(|told| told.verified),
            // Nothing was ever tried on a vendor's own servers.
            _ => false,
        };
        let mut list = self.list();
        match list.iter_mut().find(|live| live.settings.id == settings.id) {
            Some(live) => (live.settings, live.has_secret, live.verified) = (settings, has_secret, verified),
            None => list.push(Live::new(settings, has_secret, verified)),
        }
        drop(list);
        self.results.notify_one();
        self.tell();
    }

    /// Uses a way from now on, and sends over it; an older one is given up.
    /// `country` is the region of numbers without a country code.
    pub async fn take_way(self: &Arc<Self>, id: ConnectionId, way: Way, country: &str) {
        self.stop_tasks(id).await;
        let utc_offset_min = self.utc_offset_min;
        let sending = way.connector.clone().map(|connector| Sending { name: key(id), connector, utc_offset_min });
        let outbox = sending.map(|to| Outbox::start(self.store.clone(), Arc::clone(&self.clock), to));
        if let Some(outbox) = &outbox {
            self.follow(id, outbox);
        }
        self.recount(id).await;
        let (sync, edits) = (self.begin_sync(id, &way), self.begin_edits(id, &way, country));
        let signed_in_now = self.with(id, |live| {
            (live.sync, live.edits) = (sync, edits);
            live.way = Some(way);
            live.outbox = outbox;
            (live.failure, live.trouble) = (None, None);
            live.signing.take().is_some()
        });
        if signed_in_now == Some(true) {
            self.results.notify_one();
        }
    }

    /// Nothing goes there any more. Answers when nothing is under way.
    pub async fn leave(&self, id: ConnectionId) {
        self.with(id, |live| {
            live.way = None;
            live.trouble = None;
            live.signing.take().inspect(AbortHandle::abort);
        });
        self.stop_tasks(id).await;
        self.lookups.forget(id);
        self.results.notify_one();
    }

    async fn stop_tasks(&self, id: ConnectionId) {
        let tasks = self.with(id, |live| (live.outbox.take(), live.sync.take(), live.edits.take()));
        let (outbox, sync, edits) = tasks.unwrap_or_default();
        if let Some(outbox) = outbox {
            outbox.stop().await;
        }
        if let Some(sync) = sync {
            sync.stop().await;
        }
        if let Some(edits) = edits {
            edits.stop().await;
        }
    }

    /// Copies people from now on, if that can be done there: at once for somebody who has just signed in.
    fn begin_sync(self: &Arc<Self>, id: ConnectionId, way: &Way) -> Option<Sync> {
        let copying = way.copying.clone()?;
        let signing = self.list().iter().any(|live| live.settings.id == id && live.signing.is_some());
        let begin = if signing { Begin::AtOnce } else { Begin::Spread };
        let source = Source { name: key(id), pull: copying.pull, country: copying.country };
        let sync = Sync::start(self.store.clone(), Arc::clone(&self.clock), source, begin);
        self.follow_sync(id, &sync);
        Some(sync)
    }

    /// It goes from the list.
    pub fn remove(&self, id: ConnectionId) {
        self.list().retain(|live| live.settings.id != id);
        self.tell();
    }

    /// It stands in another place from now on.
    pub fn order(&self, id: ConnectionId, place: usize) {
        moved(&mut self.list(), |live| live.settings.id == id, place);
        self.tell();
    }

    /// Somebody signs in; an earlier try is given up.
    pub fn signing(&self, id: ConnectionId, task: AbortHandle) {
        self.with(id, |live| {
            live.failure = None;
            if let Some(earlier) = live.signing.replace(task) {
                earlier.abort();
            }
        });
    }

    /// Nobody signs in any more.
    pub fn not_signing(&self, id: ConnectionId, failure: Option<ConnectFault>) {
        self.with(id, |live| {
            live.signing.take().inspect(AbortHandle::abort);
            live.failure = failure;
        });
    }

    /// What a connection is set up as.
    pub fn settings(&self, id: ConnectionId) -> Option<Connection> {
        self.list().iter().find(|live| live.settings.id == id).map(|live| live.settings.clone())
    }

    /// The way to a connection, while somebody is signed in.
    pub fn way(&self, id: ConnectionId) -> Option<Way> {
        self.list().iter().find(|live| live.settings.id == id)?.way.clone()
    }

    /// Those who can be asked for people, in order.
    pub fn ways_to_people(&self) -> Vec<(ConnectionId, Way)> {
        let list = self.list();
        let with_way = list.iter().filter_map(|live| Some((live.settings.id, live.way.clone()?)));
        with_way.filter(|(_, way)| way.abilities().people).collect()
    }

    /// Where calls go that are saved now, also while nobody is reached there.
    pub fn goals(&self) -> Vec<String> {
        let list = self.list();
        let takes_calls = |live: &&Live| live.settings.signed_in && live.settings.takes_calls();
        list.iter().filter(takes_calls).map(|live| live.settings.key()).collect()
    }

    /// Something was released to all of these.
    pub async fn nudge(&self) {
        let ids: Vec<ConnectionId> = {
            let list = self.list();
            list.iter().filter_map(|live| live.outbox.as_ref()).for_each(Outbox::look);
            list.iter().map(|live| live.settings.id).collect()
        };
        for id in ids {
            self.recount(id).await;
        }
    }

    /// «Enviar ahora».
    pub fn send_now(&self, id: ConnectionId) -> bool {
        let list = self.list();
        let Some(live) = list.iter().find(|live| live.settings.id == id) else { return false };
        live.edits.iter().for_each(Edits::look);
        let tasks = (live.outbox.as_ref().map(Outbox::send_now), live.sync.as_ref().map(Sync::now));
        tasks != (None, None)
    }

    /// Every connection goes on now, whatever pause there is.
    pub fn send_all(&self) {
        let ids = self.list().iter().map(|live| live.settings.id).collect::<Vec<_>>();
        for id in ids {
            self.send_now(id);
        }
    }

    /// Counts what goes to a connection, and tells if it is not what was told.
    pub async fn recount(&self, id: ConnectionId) {
        let counted = self.store.run(move |store| {
            let doubts = store.ties_in_doubt(&key(id), PAGE_MAX)?.len() as u32;
            Ok((store.push_counts(&key(id))?, doubts))
        });
        match counted.await {
            Ok(counted) => drop(self.with(id, |live| (live.counts, live.doubts) = counted)),
            Err(error) => tracing::warn!(%error, "the queue of a connection is not counted"),
        }
    }

    /// All of them as the window shows them.
    pub fn views(&self) -> Vec<ConnectionView> {
        let now = self.clock.now();
        self.list().iter().map(|live| show::connection(live, live.standing(), now)).collect()
    }

    /// What the CRM said last besides the outbox.
    pub fn trouble(&self, id: ConnectionId, trouble: Option<ConnectFault>) {
        let same = self.list().iter().any(|live| live.settings.id == id && live.trouble == trouble);
        if !same {
            self.with(id, |live| live.trouble = trouble);
        }
    }

    fn tell(&self) {
        let _turn = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inbox) = self.inbox.upgrade() {
            inbox.tell(Input::Connections(List { list: self.views() }));
        }
    }

    /// Tells what comes of an outbox, as long as it works.
    fn follow(self: &Arc<Self>, id: ConnectionId, outbox: &Outbox) {
        let (weak, mut standing, mut settled) = (Arc::downgrade(self), outbox.standing(), outbox.settled());
        tokio::spawn(async move {
            loop {
                let settles = tokio::select! {
                    changed = standing.changed() => changed.map(|()| false),
                    changed = settled.changed() => changed.map(|()| true),
                };
                let (Ok(settles), Some(connections)) = (settles, weak.upgrade()) else { return };
                connections.recount(id).await;
                if let Some(inbox) = connections.inbox.upgrade().filter(|_| settles) {
                    inbox.tell(Input::Recount);
                    for tag in [DataTag::Cards, DataTag::Pushes] {
                        inbox.tell(Input::Tell(Box::new(EventBody::Changed(tag))));
                    }
                }
            }
        });
    }
}

impl Live {
    fn standing(&self) -> Standing {
        self.outbox.as_ref().map_or(Standing::Idle, |outbox| outbox.standing().borrow().clone())
    }
}
