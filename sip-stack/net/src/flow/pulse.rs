//! Whether the peer of a stream still lives, from what it answers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{KEEP_ALIVE, PONG_LIMIT};

/// How often is pinged, and how long a peer may take to answer.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) ping: Duration,
    pub(super) pong: Duration,
}

pub(super) const PACE: Pace = Pace { ping: KEEP_ALIVE, pong: PONG_LIMIT };

/// What the reader heard, for the writer to know whether its pings are answered.
#[derive(Default)]
pub(super) struct Pulse {
    /// Counts what came.
    heard: AtomicU64,
    /// The peer answers pings; not every peer does.
    pongs: AtomicBool,
}

/// Until when something must come, and what had come when the ping left.
#[derive(Clone, Copy)]
pub(super) struct Owed {
    pub(super) until: Instant,
    before: u64,
}

impl Pulse {
    /// Of a peer that has to answer pings.
    pub(super) fn of_who_answers() -> Self {
        Self { pongs: AtomicBool::new(true), ..Self::default() }
    }

    /// Something came.
    pub(super) fn beat(&self) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }

    /// A pong came: the peer answers pings.
    pub(super) fn answers(&self) {
        self.pongs.store(true, Ordering::Relaxed);
    }

    /// A ping leaves.
    pub(super) fn owes(&self, until: Instant) -> Option<Owed> {
        self.pongs.load(Ordering::Relaxed).then(|| Owed { until, before: self.heard.load(Ordering::Relaxed) })
    }

    /// The time is over. Whatever came proves the flow, not a pong alone.
    pub(super) fn has_stopped(&self, owed: Owed) -> bool {
        owed.before == self.heard.load(Ordering::Relaxed)
    }
}

pub(super) async fn until(owed: Option<Owed>) {
    match owed {
        Some(owed) => sleep_until(owed.until).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whatever_comes_proves_the_flow() {
        let pulse = Pulse::default();
        let now = Instant::now();
        assert!(pulse.owes(now).is_none(), "nobody who never answered owes an answer");
        pulse.answers();
        let owed = pulse.owes(now).unwrap();
        assert!(pulse.has_stopped(owed));
        pulse.beat();
        assert!(!pulse.has_stopped(owed), "an OPTIONS of the peer is as good as a pong");
    }
}
