//! A disk that loses what was not synced, and can be full: a SQLite file layer in memory.
//!
//! A file is what is durable plus the writes since the last sync. When the power goes, each of those writes survives
//! whole, torn at a sector, or not at all, in any combination; a file that was never synced may be gone altogether.
//! Paths begin with the name of their disk: `/disk-7/timbre.db`.
#![allow(dead_code, clippy::unwrap_used)] // each test binary uses its part

mod layer;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

pub use layer::register;

/// Name under which SQLite knows the layer.
pub const LAYER: &str = "failing-disk";
const SECTOR: usize = 512;

static DISKS: LazyLock<Mutex<BTreeMap<String, Disk>>> = LazyLock::new(Mutex::default);

/// A disk, by name.
#[derive(Clone, Debug)]
pub struct DiskName(pub String);

/// Its content and its faults.
#[derive(Default)]
pub struct Disk {
    files: BTreeMap<String, Arc<Mutex<Image>>>,
    /// Writes, truncations, syncs and removals so far.
    steps: u64,
    /// With this step the power goes: it and all later ones fail.
    power_until: Option<u64>,
    /// Bytes that fit.
    capacity: Option<usize>,
}

/// A file.
#[derive(Clone, Default)]
pub struct Image {
    /// As programs see it.
    current: Vec<u8>,
    /// As it is after a power cut, without `pending`; none if the file itself is not yet there.
    durable: Option<Vec<u8>>,
    pending: Vec<Change>,
    /// Removed, and the removal is not synced.
    removed: bool,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// Why a step fails.
pub enum Fault {
    /// The power goes with this step: it may still reach the disk in part.
    Going,
    /// The power is gone.
    Power,
    /// No room.
    Full,
}

impl DiskName {
    /// A new, empty disk.
    pub fn new(name: &str) -> Self {
        disks().insert(name.to_owned(), Disk::default());
        Self(name.to_owned())
    }

    /// Its directory.
    pub fn directory(&self) -> std::path::PathBuf {
        format!("/{}", self.0).into()
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.with(|disk| disk.steps)
    }

    /// Lets the power go with step `step`.
    pub fn cut_power_at(&self, step: u64) {
        self.with(|disk| disk.power_until = Some(step));
    }

    /// Limits what fits; none lifts the limit.
    pub fn limit(&self, capacity: Option<usize>) {
        self.with(|disk| disk.capacity = capacity);
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.with(|disk| disk.used())
    }

    /// The power is back: what was not synced is what `seed` leaves of it.
    pub fn power_back(&self, seed: u64) {
        let mut random = Random(seed | 1);
        self.with(|disk| {
            disk.power_until = None;
            disk.files.retain(|_, image| image.lock().unwrap().survive(&mut random));
        });
    }

    fn with<T>(&self, then: impl FnOnce(&mut Disk) -> T) -> T {
        then(disks().get_mut(&self.0).unwrap())
    }
}

impl Disk {
    fn used(&self) -> usize {
        self.files
            .values()
            .map(|image| image.lock().unwrap())
            .filter(|image| !image.removed)
            .map(|image| image.current.len())
            .sum()
    }

    /// Counts a step.
    fn step(&mut self) -> Result<(), Fault> {
        self.steps += 1;
        match self.power_until {
            Some(last) if self.steps == last => Err(Fault::Going),
            Some(last) if self.steps > last => Err(Fault::Power),
            _ => Ok(()),
        }
    }

    fn powered(&self) -> Result<(), Fault> {
        match self.power_until {
            Some(last) if self.steps >= last => Err(Fault::Power),
            _ => Ok(()),
        }
    }
}

impl Image {
    fn write(&mut self, at: usize, bytes: &[u8]) {
        let change = Change::Write { at, bytes: bytes.to_vec() };
        change.apply(&mut self.current);
        self.pending.push(change);
    }

    fn truncate(&mut self, length: usize) {
        let change = Change::Truncate(length);
        change.apply(&mut self.current);
        self.pending.push(change);
    }

    fn sync(&mut self) {
        self.durable = Some(self.current.clone());
        self.pending.clear();
    }

    /// What the power cut leaves; false if the file is gone.
    fn survive(&mut self, random: &mut Random) -> bool {
        if self.removed && random.below(2) == 0 {
            return false;
        }
        self.removed = false;
        if self.durable.is_none() && random.below(2) == 0 {
            return false;
        }
        let mut left = self.durable.take().unwrap_or_default();
        for change in self.pending.drain(..) {
            match random.below(4) {
                0 => {}
                1 => change.torn(random).apply(&mut left),
                _ => change.apply(&mut left),
            }
        }
        self.current = left.clone();
        self.durable = Some(left);
        true
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Truncate(length) => file.truncate(*length),
            Self::Write { at, bytes } => {
                if file.len() < at + bytes.len() {
                    file.resize(at + bytes.len(), 0);
                }
                file[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }

    /// Only the sectors up to a random one.
    fn torn(&self, random: &mut Random) -> Self {
        match self {
            Self::Truncate(length) => Self::Truncate(*length),
            Self::Write { at, bytes } => {
                let sectors = bytes.len().div_ceil(SECTOR) as u64;
                let kept = (random.below(sectors + 1) as usize * SECTOR).min(bytes.len());
                Self::Write { at: *at, bytes: bytes[..kept].to_vec() }
            }
        }
    }
}

/// A small generator (xorshift64*), so that a failure can be repeated by its seed.
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }
}

fn disks() -> MutexGuard<'static, BTreeMap<String, Disk>> {
    DISKS.lock().unwrap()
}
