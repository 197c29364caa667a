//! The list of devices: looked at when the sound system tells of a change, or again and again where it does not.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::backend::Role;
use crate::catalog::Catalog;
use crate::command::{KeeperOrder, WatcherOrder};
use crate::event::{Event, Events};
use crate::shared::Shared;
use crate::system::System;

/// Between two looks while a device is open, at least; and at most this share of the time is spent on looking.
const BUSY: (Duration, u32) = (Duration::from_millis(500), 50);
/// The same while none is open: a list that is old is looked at again when a device is needed.
const IDLE: (Duration, u32) = (Duration::from_secs(5), 1_000);
/// Changes come in bursts: what follows within this time is part of the same one.
const BURST: Duration = Duration::from_millis(30);
/// A sound server that went may be back after this time with all its devices; until then they are not given up.
const COMEBACK: Duration = Duration::from_secs(2);
/// Between two looks for a server that went.
const RETRY: Duration = Duration::from_millis(100);
/// A server's answers may lag behind what it tells: after it told something it is asked again for this long …
const SETTLES: Duration = Duration::from_secs(2);
/// … or for this long while none of the devices is the default, which is true for no longer than a moment.
const DECIDES: Duration = Duration::from_secs(60);

/// When to ask again although nothing more was told, `since` after something was: 0.1, 0.4, 1.6 and 6.4 s after it, and
/// more often while there is no default.
fn look_again(since: Duration, seen: &Catalog) -> Option<Duration> {
    let undecided = Role::ALL.iter().any(|role| {
        let devices = seen.of(*role);
        !devices.is_empty() && devices.iter().all(|d| !d.default)
    });
    let (limit, pause) = if undecided { (DECIDES, since) } else { (SETTLES, 3 * since) };
    (since < limit).then(|| pause.max(RETRY))
}

/// Why a wait ended.
enum Waited {
    /// It is told to end.
    End,
    /// Something may have changed.
    Told,
    /// The time is over.
    Enough,
}

/// Looks at the devices until it is told to end.
pub(crate) struct DeviceWatcher {
    pub orders: Receiver<WatcherOrder>,
    /// For the sound system to ask for a look.
    pub asks: Sender<WatcherOrder>,
    pub keepers: BTreeMap<Role, Sender<KeeperOrder>>,
    pub shared: Arc<Shared>,
    pub events: Events,
}

impl DeviceWatcher {
    /// Runs until it is told to end.
    pub fn run(self) {
        let mut system = System::find(self.changed());
        let mut known = None;
        let mut gone_since = None;
        let mut told_at = Instant::now();
        loop {
            let began = Instant::now();
            let seen = self.look(&mut system, known.as_ref(), &mut gone_since);
            if seen.is_some() && seen != known {
                known = seen;
                self.spread(known.as_ref());
            }
            let pause = if gone_since.is_some() {
                Some(RETRY)
            } else if system.tells() {
                // Otherwise it tells when there is a reason to look.
                known.as_ref().and_then(|known| look_again(told_at.elapsed(), known))
            } else {
                Some(self.pause(began.elapsed()))
            };
            match self.wait(pause) {
                Waited::End => return,
                Waited::Told => told_at = Instant::now(),
                Waited::Enough => system.renew(),
            }
        }
    }

    /// How the sound system asks for a look.
    fn changed(&self) -> impl Fn() + Send + 'static {
        let asks = self.asks.clone();
        move || drop(asks.send(WatcherOrder::Look))
    }

    /// The devices now; none while it is not known what has become of a server that went.
    fn look(&self, system: &mut System, known: Option<&Catalog>, gone_since: &mut Option<Instant>) -> Option<Catalog> {
        if !system.tells()
            && let Some(server) = System::server(self.changed())
        {
            *system = server;
        }
        match system.catalog() {
            Some(seen) => {
                *gone_since = None;
                if system.tells() || seen != Catalog::default() && known.is_none_or(|known| *known == seen) {
                    return Some(seen);
                }
                // Some hosts keep a list of their own, or a connection that has ended: ask anew before believing it.
                *system = System::find(self.changed());
                system.catalog()
            }
            None => {
                let now = Instant::now();
                let next = System::find(self.changed());
                if !next.tells() && now < *gone_since.get_or_insert(now) + COMEBACK {
                    return None;
                }
                *gone_since = None;
                *system = next;
                system.catalog()
            }
        }
    }

    /// How long nothing needs to be looked at where nothing is told.
    fn pause(&self, looked: Duration) -> Duration {
        let (least, share) = if self.shared.open_streams.load(Ordering::Relaxed) > 0 { BUSY } else { IDLE };
        // Some systems take long to list their devices; none may cost more than 2 % for it, 0.1 % when idle.
        least.max(looked * share)
    }

    /// Waits for a reason to look.
    fn wait(&self, pause: Option<Duration>) -> Waited {
        let first = match pause {
            Some(pause) => self.orders.recv_timeout(pause),
            None => self.orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let mut order = match first {
            Err(RecvTimeoutError::Timeout) => return Waited::Enough,
            Err(RecvTimeoutError::Disconnected) => return Waited::End,
            Ok(order) => order,
        };
        let until = Instant::now() + BURST;
        loop {
            if matches!(order, WatcherOrder::End) {
                return Waited::End;
            }
            match self.orders.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(next) => order = next,
                Err(_) => return Waited::Told,
            }
        }
    }

    fn spread(&self, seen: Option<&Catalog>) {
        let Some(seen) = seen else { return };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{DeviceId, DeviceInfo};

    #[test]
    fn a_server_is_asked_again_until_it_has_settled() {
        let device = |default| DeviceInfo { id: DeviceId("a".to_owned()), name: "a".to_owned(), default };
        let looks = |seen: &Catalog| {
            let mut since = Duration::ZERO;
            std::iter::from_fn(|| look_again(since, seen).inspect(|pause| since += *pause)).count()
        };
        assert_eq!(looks(&Catalog::default()), 4);
        assert_eq!(looks(&Catalog::sorted(vec![device(true)], vec![device(true)])), 4);
        assert_eq!(looks(&Catalog::sorted(vec![device(true)], vec![device(false)])), 11);
        assert_eq!(look_again(DECIDES, &Catalog::sorted(vec![], vec![device(false)])), None);
    }
}
