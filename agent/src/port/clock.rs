//! Time and identifiers as arguments.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use uuid::{NoContext, Timestamp, Uuid};

use super::practice::Pending;

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

/// Tells the time, and when some of it has passed.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Now;

    /// Ends when so much time has passed.
    fn after(&self, wait: Duration) -> Pending<'static, ()>;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono: Instant::now(), utc_ms: utc.as_millis() as i64 }
    }

    fn after(&self, wait: Duration) -> Pending<'static, ()> {
        Box::pin(tokio::time::sleep(wait))
    }
}

/// A clock that stands until it is moved: hours of pauses pass in moments.
#[derive(Debug)]
pub struct SteppedClock {
    start: Now,
    passed: watch::Sender<Duration>,
}

impl SteppedClock {
    /// It stands at this moment, UTC.
    pub fn new(utc_ms: i64) -> Self {
        Self { start: Now { mono: Instant::now(), utc_ms }, passed: watch::Sender::new(Duration::ZERO) }
    }

    /// Moves it on; whoever waited for a moment until then goes on.
    pub fn advance(&self, by: Duration) {
        self.passed.send_modify(|passed| *passed += by);
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Now {
        self.start.plus(*self.passed.borrow())
    }

    fn after(&self, wait: Duration) -> Pending<'static, ()> {
        let mut passed = self.passed.subscribe();
        let until = *passed.borrow() + wait;
        Box::pin(async move {
            if passed.wait_for(|now| *now >= until).await.is_err() {
                // Nobody moves it any more.
                std::future::pending().await
            }
        })
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
