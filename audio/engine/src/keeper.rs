//! One thread per role keeps its device open while it is needed.
//!
//! ```text
//!            needed, a device is there            callbacks stop, error, device or default changes
//!   closed ────────────────────────────► open ─────────────────────────────────────────────┐
//!     ▲  ▲                                │ ▲                                               │
//!     │  └── not needed (speaker: 2 s) ───┘ └────────── opened again, or another ◄──────────┤
//!     └───────── nothing can be opened: told once, tried again every second ◄───────────────┘
//! ```
//!
//! A device that fails and can be opened again at once, or whose sound server was away for a moment, has not gone:
//! nothing is told.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::backend::{DeviceId, DeviceInfo, Role};
use crate::catalog::Catalog;
use crate::command::{Command, KeeperOrder, VoiceLine, WatcherOrder};
use crate::event::{Event, Events};
use crate::shared::Shared;
use crate::stream::{OpenStream, Port};
use crate::system;

/// Between two looks at an open stream's flags.
const LOOK: Duration = Duration::from_millis(100);
/// A stream whose callbacks stop for this long is dead.
const DEAD: Duration = Duration::from_secs(3);
/// A device that fails sooner than this after it was opened is ill.
const HEALTHY: Duration = Duration::from_secs(5);
/// How often an ill device is opened again without a word.
const RELAPSES: u32 = 2;
/// How long a device that went may be away without a word while the list still has it: its server may be starting anew.
const COMEBACK: Duration = Duration::from_secs(2);
/// Between two attempts to open within that time.
const SOON: Duration = Duration::from_millis(200);
/// Between two attempts to open.
const RETRY: Duration = Duration::from_secs(1);
/// An output stays open this long after its last use: opening can take a second.
const LINGER: Duration = Duration::from_secs(2);

/// A device that is open.
struct InUse {
    device: DeviceInfo,
    stream: OpenStream,
    beats: u32,
    beat_at: Instant,
    opened_at: Instant,
}

/// A device that failed, until it is known what comes after it.
struct Lost {
    device: DeviceInfo,
    since: Instant,
}

/// Failures of one device, each soon after it was opened.
#[derive(Default)]
struct Relapses {
    device: Option<DeviceId>,
    count: u32,
}

impl Relapses {
    /// Notes a failure, of a device that is `ill` if it was opened just before; whether it failed so once too often.
    fn too_many(&mut self, device: &DeviceId, ill: bool) -> bool {
        let again = ill && self.device.as_ref() == Some(device);
        self.count = if again { self.count + 1 } else { u32::from(ill) };
        self.device = Some(device.clone());
        self.count > RELAPSES
    }
}

/// Keeps the device of one role.
pub(crate) struct Keeper {
    role: Role,
    voice: VoiceLine,
    shared: Arc<Shared>,
    events: Events,
    /// Asks for a look at the devices.
    watcher: Sender<WatcherOrder>,
    catalog: Option<Arc<Catalog>>,
    chosen: Option<DeviceId>,
    needed: bool,
    unneeded_since: Option<Instant>,
    in_use: Option<InUse>,
    lost: Option<Lost>,
    relapses: Relapses,
    /// The last thing told was that nothing can be used.
    told_none: bool,
    retry_at: Option<Instant>,
}

impl Keeper {
    pub fn new(
        role: Role,
        chosen: Option<DeviceId>,
        lines: (VoiceLine, Sender<WatcherOrder>),
        shared: Arc<Shared>,
        events: Events,
    ) -> Self {
        Self {
            role,
            voice: lines.0,
            watcher: lines.1,
            shared,
            events,
            catalog: None,
            chosen,
            needed: false,
            unneeded_since: None,
            in_use: None,
            lost: None,
            relapses: Relapses::default(),
            told_none: false,
            retry_at: None,
        }
    }

    /// Runs until it is told to end.
    pub fn run(mut self, orders: &Receiver<KeeperOrder>) {
        loop {
            let order = match self.pause() {
                Some(pause) => orders.recv_timeout(pause),
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match order {
                Ok(KeeperOrder::End) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.look(Instant::now());
        }
        self.close();
    }

    /// How long nothing can happen by itself.
    fn pause(&self) -> Option<Duration> {
        let busy = self.in_use.is_some() || self.needed && self.retry_at.is_some();
        busy.then_some(LOOK)
    }

    fn obey(&mut self, order: KeeperOrder) {
        match order {
            KeeperOrder::Need(needed) => {
                if needed && self.in_use.is_none() {
                    // The list may be old.
                    self.ask_for_a_look();
                }
                self.needed = needed;
                self.unneeded_since = (!needed).then(Instant::now);
                self.retry_at = None;
            }
            KeeperOrder::Choose(chosen) => {
                self.chosen.clone_from(&chosen);
                self.retry_at = None;
                self.note(|state| state.chosen = chosen);
            }
            KeeperOrder::Volume(percent) => self.note(|state| state.volume_pct = percent),
            KeeperOrder::Devices(catalog) => {
                self.catalog = Some(catalog);
                self.retry_at = None;
            }
            KeeperOrder::End => {}
        }
    }

    /// Brings what is open in line with what is needed.
    fn look(&mut self, now: Instant) {
        if !self.needed {
            let lingers = self.role != Role::Microphone && self.unneeded_since.is_some_and(|t| now < t + LINGER);
            if !lingers {
                self.close();
                self.lost = None;
            }
            return;
        }
        let Some(catalog) = self.catalog.clone() else { return };
        if self.in_use.is_some() {
            self.check(&catalog, now);
        }
        if self.in_use.is_none() && self.retry_at.is_none_or(|at| now >= at) {
            self.open(&catalog, now);
        }
    }

    /// Closes a device that went, failed, fell silent or is no longer the one to use.
    fn check(&mut self, catalog: &Catalog, now: Instant) {
        let wished = catalog.pick(self.role, self.chosen.as_ref()).map(|d| d.id.clone());
        let Some(in_use) = &mut self.in_use else { return };
        let beats = in_use.stream.pulse.beats.load(Ordering::Relaxed);
        if beats != in_use.beats {
            (in_use.beats, in_use.beat_at) = (beats, now);
        }
        let present = catalog.of(self.role).iter().any(|d| d.id == in_use.device.id);
        let failed = in_use.stream.pulse.broken.load(Ordering::Relaxed) || now > in_use.beat_at + DEAD;
        if !present || failed {
            let (device, ill) = (in_use.device.clone(), now < in_use.opened_at + HEALTHY);
            self.close();
            self.lose(device, ill, now);
        } else if wished.as_ref() != Some(&in_use.device.id) {
            self.close();
        }
    }

    /// Notes that a device failed. Whether it went shows when it, or another, is opened.
    fn lose(&mut self, device: DeviceInfo, ill: bool, now: Instant) {
        self.ask_for_a_look();
        if self.relapses.too_many(&device.id, ill) {
            self.lost = None;
            self.retry_at = Some(now + RETRY);
            self.tell_gone(device);
        } else if self.lost.is_none() {
            self.lost = Some(Lost { device, since: now });
        }
    }

    fn tell_gone(&self, DeviceInfo { id, name, .. }: DeviceInfo) {
        self.events.tell(Event::DeviceGone { role: self.role, id, name });
    }

    fn open(&mut self, catalog: &Catalog, now: Instant) {
        match self.try_open(catalog) {
            Ok((device, stream, port)) => {
                self.plug(Some(port));
                self.shared.open_streams.fetch_add(1, Ordering::Relaxed);
                // From now on it looks more often.
                self.ask_for_a_look();
                let opened_at = Instant::now();
                self.in_use = Some(InUse { device: device.clone(), stream, beats: 0, beat_at: opened_at, opened_at });
                self.told_none = false;
                self.retry_at = None;
                self.note(|state| state.used = Some(device.id.clone()));
                match self.lost.take() {
                    Some(lost) if lost.device.id == device.id => {
                        tracing::debug!(role = ?self.role, "a sound device was opened again");
                        return;
                    }
                    Some(lost) => self.tell_gone(lost.device),
                    None => {}
                }
                self.events.tell(Event::DeviceUsed { role: self.role, device: Some(device) });
            }
            Err(reason) => self.be_without(catalog, &reason, now),
        }
    }

    /// Nothing can be opened now.
    fn be_without(&mut self, catalog: &Catalog, reason: &str, now: Instant) {
        let listed = |lost: &Lost| catalog.of(self.role).iter().any(|d| d.id == lost.device.id);
        if self.lost.as_ref().is_some_and(|lost| listed(lost) && now < lost.since + COMEBACK) {
            self.retry_at = Some(now + SOON);
            return;
        }
        tracing::warn!(role = ?self.role, reason, "no sound device can be opened");
        self.retry_at = Some(now + RETRY);
        if let Some(lost) = self.lost.take() {
            self.tell_gone(lost.device);
        }
        if !std::mem::replace(&mut self.told_none, true) {
            self.events.tell(Event::DeviceUsed { role: self.role, device: None });
        }
    }

    /// The wished device, or else any that can be opened.
    fn try_open(&self, catalog: &Catalog) -> Result<(DeviceInfo, OpenStream, Port), String> {
        let first = catalog.pick(self.role, self.chosen.as_ref()).ok_or("no device")?;
        let rest = catalog.of(self.role).iter().filter(|d| d.id != first.id);
        let mut refusal = String::new();
        for wished in std::iter::once(first).chain(rest) {
            match system::open(&wished.id, self.role) {
                Ok((stream, port)) => return Ok((wished.clone(), stream, port)),
                Err(reason) => refusal = reason,
            }
        }
        Err(refusal)
    }

    fn close(&mut self) {
        if self.in_use.take().is_some() {
            self.shared.open_streams.fetch_sub(1, Ordering::Relaxed);
            self.plug(None);
            self.note(|state| state.used = None);
        }
    }

    fn ask_for_a_look(&self) {
        // It ends only after this thread.
        let _ = self.watcher.send(WatcherOrder::Look);
    }

    fn plug(&self, port: Option<Port>) {
        self.voice.tell(match port {
            Some(Port::Microphone(port)) => Command::Microphone(Some(port)),
            Some(Port::Speaker(port)) => Command::Speaker(self.role, Some(port)),
            None if self.role == Role::Microphone => Command::Microphone(None),
            None => Command::Speaker(self.role, None),
        });
    }

    fn note(&self, change: impl FnOnce(&mut crate::backend::RoleState)) {
        let mut roles = self.shared.roles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = roles.iter_mut().find(|s| s.role == self.role) {
            change(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_relapses_by_itself_not_with_those_before_it() {
        let [a, b] = ["a", "b"].map(|id| DeviceId(id.to_owned()));
        let mut relapses = Relapses::default();
        // Each in turn: they were unplugged one after the other.
        for device in [&a, &b, &a, &b, &a] {
            assert!(!relapses.too_many(device, true));
        }
        let again = [true, true, false, true, true, true].map(|ill| relapses.too_many(&a, ill));
        assert_eq!(again, [false, true, false, false, false, true]);
    }
}
