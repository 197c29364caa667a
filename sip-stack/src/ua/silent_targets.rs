//! A memory of targets that gave no service, so that the next look-up begins with a living one (RFC 3263 §4.3).
//!
//! The driver remembers where no connection comes about; a datagram that nobody answers, and a 503, are known here alone.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::transport::Target;

/// How long such a target stands behind the others: some rounds of 32 s without an answer.
const MEMORY: Duration = Duration::from_secs(300);
/// Targets remembered at most.
const LIMIT: usize = 64;

/// Targets that gave no service, and until when that counts.
#[derive(Debug, Default)]
pub(super) struct SilentTargets {
    until: BTreeMap<SocketAddr, Instant>,
}

impl SilentTargets {
    /// It gave no service.
    pub fn failed(&mut self, now: Instant, remote: SocketAddr) {
        self.until.retain(|_, until| *until > now);
        if self.until.len() < LIMIT {
            self.until.insert(remote, now + MEMORY);
        }
    }

    /// It serves.
    pub fn alive(&mut self, remote: SocketAddr) {
        self.until.remove(&remote);
    }

    /// The same targets, those that gave no service lately behind the others.
    pub fn last(&self, now: Instant, mut targets: Vec<Target>) -> Vec<Target> {
        targets.sort_by_key(|target| self.until.get(&target.remote).is_some_and(|until| *until > now));
        targets
    }
}
