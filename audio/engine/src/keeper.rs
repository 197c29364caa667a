//! One thread per role keeps its device open while it is needed.
//!
//! ```text
//!            needed, a device is there            callbacks stop, error, device or default changes
//!   closed ────────────────────────────► open ─────────────────────────────────────────────┐
//!     ▲  ▲                                │ ▲                                               │
//!     │  └── not needed (speaker: 2 s) ───┘ └────────── opened again, or another ◄──────────┤
//!     └───────── nothing can be opened: told once, tried again every second ◄───────────────┘
//! ```

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use cpal::traits::HostTrait;

use crate::backend::{DeviceId, DeviceInfo, Role};
use crate::catalog::{Catalog, id_of};
use crate::command::Command;
use crate::event::{Event, Events};
use crate::handle::{Shared, VoiceLine};
use crate::stream::{self, OpenStream, Port};

/// Between two looks at an open stream's flags.
const LOOK: Duration = Duration::from_millis(100);
/// A stream whose callbacks stop for this long is dead.
const DEAD: Duration = Duration::from_secs(3);
/// Between two attempts to open.
const RETRY: Duration = Duration::from_secs(1);
/// An output stays open this long after its last use: opening can take a second.
const LINGER: Duration = Duration::from_secs(2);

/// What a keeper is told.
#[derive(Debug)]
pub(crate) enum KeeperOrder {
    Need(bool),
    Choose(Option<DeviceId>),
    Volume(u8),
    Devices(Arc<Catalog>),
    End,
}

/// A device that is open.
struct InUse {
    device: DeviceInfo,
    stream: OpenStream,
    beats: u32,
    beat_at: Instant,
}

/// Keeps the device of one role.
pub(crate) struct Keeper {
    role: Role,
    voice: VoiceLine,
    shared: Arc<Shared>,
    events: Events,
    /// Asks for a look at the devices.
    watcher: Sender<()>,
    catalog: Option<Arc<Catalog>>,
    chosen: Option<DeviceId>,
    needed: bool,
    unneeded_since: Option<Instant>,
    in_use: Option<InUse>,
    /// The last thing told was that nothing can be used.
    told_none: bool,
    retry_at: Option<Instant>,
}

impl Keeper {
    pub fn new(
        role: Role,
        chosen: Option<DeviceId>,
        lines: (VoiceLine, Sender<()>),
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
                    let _ = self.watcher.send(());
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
            }
            return;
        }
        let Some(catalog) = self.catalog.clone() else { return };
        if self.in_use.is_some() {
            self.check(&catalog, now);
        }
        if self.in_use.is_none() && self.retry_at.is_none_or(|at| now >= at) {
            self.open(&catalog);
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
            let DeviceInfo { id, name, .. } = in_use.device.clone();
            self.close();
            self.events.tell(Event::DeviceGone { role: self.role, id, name });
        } else if wished.as_ref() != Some(&in_use.device.id) {
            self.close();
        }
    }

    fn open(&mut self, catalog: &Catalog) {
        match self.try_open(catalog) {
            Ok((device, stream, port)) => {
                self.plug(Some(port));
                self.shared.open_streams.fetch_add(1, Ordering::Relaxed);
                // From now on it looks more often.
                let _ = self.watcher.send(());
                self.in_use = Some(InUse { device: device.clone(), stream, beats: 0, beat_at: Instant::now() });
                self.told_none = false;
                self.retry_at = None;
                self.note(|state| state.used = Some(device.id.clone()));
                self.events.tell(Event::DeviceUsed { role: self.role, device: Some(device) });
            }
            Err(reason) => {
                tracing::warn!(role = ?self.role, reason, "no sound device can be opened");
                self.retry_at = Some(Instant::now() + RETRY);
                if !std::mem::replace(&mut self.told_none, true) {
                    self.events.tell(Event::DeviceUsed { role: self.role, device: None });
                }
            }
        }
    }

    /// The wished device, or else any that can be opened.
    fn try_open(&self, catalog: &Catalog) -> Result<(DeviceInfo, OpenStream, Port), String> {
        let first = catalog.pick(self.role, self.chosen.as_ref()).ok_or("no device")?;
        let rest = catalog.of(self.role).iter().filter(|d| d.id != first.id);
        // Some hosts list devices once in their life: a new one sees what is there now.
        let host = cpal::default_host();
        let present: Vec<_> = host.devices().map_err(|e| e.to_string())?.collect();
        let mut refusal = "no device".to_owned();
        for wished in std::iter::once(first).chain(rest) {
            let serves = |d: &&cpal::Device| id_of(d).is_some_and(|id| id == wished.id);
            let Some(device) = present.iter().find(serves) else { continue };
            match stream::open(device, self.role) {
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
