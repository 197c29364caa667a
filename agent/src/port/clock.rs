//! Time and identifiers as arguments.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use uuid::{NoContext, Timestamp, Uuid};

/// One moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Never goes back; measures durations.
    pub mono: Instant,
    /// Milliseconds since 1970, UTC; may jump.
    pub utc_ms: i64,
}

impl Now {
    /// The moment `by` later on both clocks.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self { mono: self.mono + by, utc_ms: self.utc_ms + by.as_millis() as i64 }
    }
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Now;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono: Instant::now(), utc_ms: utc.as_millis() as i64 }
    }
}

/// Makes identifiers.
pub trait Ids: Send {
    /// A new UUIDv7 of this moment.
    fn next(&mut self, utc_ms: i64) -> Uuid;
}

/// Identifiers from the system's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&mut self, utc_ms: i64) -> Uuid {
        let (seconds, millis) = (utc_ms.max(0) / 1000, utc_ms.max(0) % 1000);
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds as u64, (millis * 1_000_000) as u32))
    }
}
