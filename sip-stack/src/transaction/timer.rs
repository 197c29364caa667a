//! The timers of RFC 3261 §17 and table 4, with their letters, and the table that keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// A timer of a transaction. Timer C belongs to proxies and is missing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// INVITE client, UDP: sends the INVITE again; T1, doubling.
    A,
    /// INVITE client: gives up waiting for any response; 64·T1.
    B,
    /// INVITE client: absorbs copies of a failure; 32 s on UDP, nothing on streams.
    D,
    /// Non-INVITE client, UDP: sends the request again; T1, doubling up to T2.
    E,
    /// Non-INVITE client: gives up waiting for a final response; 64·T1.
    F,
    /// INVITE server, UDP: sends a failure again; T1, doubling up to T2.
    G,
    /// INVITE server: gives up waiting for the ACK of a failure; 64·T1.
    H,
    /// INVITE server: absorbs copies of that ACK; T4 on UDP, nothing on streams.
    I,
    /// Non-INVITE server: answers copies of the request; 64·T1 on UDP, nothing on streams.
    J,
    /// Non-INVITE client: absorbs copies of the final response; T4 on UDP, nothing on streams.
    K,
    /// INVITE server: absorbs copies of an INVITE that was answered 2xx (RFC 6026); 64·T1.
    L,
    /// INVITE client: hands every 2xx of any fork to the user agent (RFC 6026); 64·T1.
    M,
}

/// The base values that all timers of RFC 3261 (table 4) derive from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerValues {
    /// T1, the round trip estimate: 500 ms.
    pub t1: Duration,
    /// T2, the longest interval between copies of a non-INVITE request or a final INVITE response: 4 s.
    pub t2: Duration,
    /// T4, how long a message may live in the network: 5 s.
    pub t4: Duration,
}

impl TimerValues {
    /// 64·T1: how long a transaction waits.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.t1 * 64
    }
}

impl Default for TimerValues {
    fn default() -> Self {
        Self { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

/// Deadlines by key; one deadline per key.
#[derive(Debug)]
pub struct Timers<K> {
    by_time: BTreeSet<(Instant, K)>,
    by_key: BTreeMap<K, Instant>,
}

impl<K: Ord + Copy> Timers<K> {
    /// No timer is running.
    #[must_use]
    pub fn new() -> Self {
        Self { by_time: BTreeSet::new(), by_key: BTreeMap::new() }
    }

    /// Starts the timer, or moves it.
    pub fn set(&mut self, key: K, at: Instant) {
        self.clear(key);
        self.by_key.insert(key, at);
        self.by_time.insert((at, key));
    }

    /// Stops the timer if it runs.
    pub fn clear(&mut self, key: K) {
        if let Some(at) = self.by_key.remove(&key) {
            self.by_time.remove(&(at, key));
        }
    }

    /// Stops all timers that `wanted` names.
    pub fn clear_where(&mut self, wanted: impl Fn(&K) -> bool) {
        self.by_time.retain(|(_, key)| !wanted(key));
        self.by_key.retain(|key, _| !wanted(key));
    }

    /// Whether the timer runs.
    #[must_use]
    pub fn is_set(&self, key: K) -> bool {
        self.by_key.contains_key(&key)
    }

    /// When the next timer is due.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest timer that is due at `now`.
    pub fn pop_due(&mut self, now: Instant) -> Option<K> {
        let (at, key) = *self.by_time.first()?;
        (at <= now).then(|| {
            self.clear(key);
            key
        })
    }
}

impl<K: Ord + Copy> Default for Timers<K> {
    fn default() -> Self {
        Self::new()
    }
}
