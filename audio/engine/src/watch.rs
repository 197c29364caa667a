//! The list of devices, compared with the last one: cpal tells of no changes.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::backend::Role;
use crate::catalog::Catalog;
use crate::event::{Event, Events};
use crate::handle::Shared;
use crate::keeper::KeeperOrder;

/// Between two looks while a device is open, at least; and at most this share of the time is spent on looking.
const BUSY: (Duration, u32) = (Duration::from_millis(500), 50);
/// The same while none is open: a list that is old is looked at again when a device is needed.
const IDLE: (Duration, u32) = (Duration::from_secs(5), 1_000);

/// Looks at the devices until `end` is closed.
pub(crate) struct DeviceWatcher {
    pub end: Receiver<()>,
    pub keepers: BTreeMap<Role, Sender<KeeperOrder>>,
    pub shared: Arc<Shared>,
    pub events: Events,
}

impl DeviceWatcher {
    /// Runs until `end` is closed; a message on it asks for a look at once.
    pub fn run(self) {
        let mut host = cpal::default_host();
        let mut known = None;
        loop {
            let began = Instant::now();
            let mut seen = Catalog::read(&host);
            if seen == Catalog::default() || known.as_ref().is_some_and(|k| *k != seen) {
                // Some hosts keep a list of their own, or a connection that has ended: ask anew before believing it.
                host = cpal::default_host();
                seen = Catalog::read(&host);
            }
            if known.as_ref() != Some(&seen) {
                self.spread(&seen);
                known = Some(seen);
            }
            let (least, share) = if self.shared.open_streams.load(Ordering::Relaxed) > 0 { BUSY } else { IDLE };
            // Some systems take long to list their devices; none may cost more than 2 % for it, 0.1 % when idle.
            let pause = least.max(began.elapsed() * share);
            if self.end.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    fn spread(&self, seen: &Catalog) {
        let mut roles = self.shared.roles.lock().unwrap_or_else(PoisonError::into_inner);
        for state in roles.iter_mut() {
            state.devices = seen.of(state.role).to_vec();
        }
        drop(roles);
        let seen = Arc::new(seen.clone());
        for keeper in self.keepers.values() {
            let _ = keeper.send(KeeperOrder::Devices(seen.clone()));
        }
        self.events.tell(Event::DevicesChanged);
    }
}
