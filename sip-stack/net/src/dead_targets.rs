//! A short memory of targets that failed, so that the next request tries a living one first (RFC 3263 §4.3).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sip_stack::ua::{FlowError, Target};

/// How long a failed target stands behind the others.
const MEMORY: Duration = Duration::from_secs(60);
/// Targets remembered at most.
const LIMIT: usize = 64;

#[derive(Default)]
pub(crate) struct DeadTargets {
    until: BTreeMap<SocketAddr, Instant>,
}

impl DeadTargets {
    pub(crate) fn failed(&mut self, now: Instant, remote: SocketAddr, error: FlowError) {
        // An orderly close or a fault of our own says nothing about the target.
        if !matches!(error, FlowError::Unreachable | FlowError::Timeout | FlowError::Tls | FlowError::WebSocket) {
            return;
        }
        self.until.retain(|_, until| *until > now);
        if self.until.len() < LIMIT {
            self.until.insert(remote, now + MEMORY);
        }
    }

    pub(crate) fn alive(&mut self, remote: SocketAddr) {
        self.until.remove(&remote);
    }

    /// The same targets, those that failed lately moved behind the others.
    pub(crate) fn last(&self, now: Instant, mut targets: Vec<Target>) -> Vec<Target> {
        targets.sort_by_key(|target| self.until.get(&target.remote).is_some_and(|until| *until > now));
        targets
    }
}

#[cfg(test)]
mod tests {
    use sip_stack::ua::Transport;

    use super::*;

    fn target(port: u16) -> Target {
        Target { transport: Transport::Tcp, remote: ([127, 0, 0, 1], port).into() }
    }

    #[test]
    fn a_failed_target_is_tried_last_for_a_minute() {
        let (mut dead, start) = (DeadTargets::default(), Instant::now());
        dead.failed(start, target(1).remote, FlowError::Unreachable);
        assert_eq!(dead.last(start, vec![target(1), target(2)]), [target(2), target(1)]);
        assert_eq!(dead.last(start + MEMORY, vec![target(1), target(2)]), [target(1), target(2)]);
    }

    #[test]
    fn an_orderly_close_is_no_failure() {
        let (mut dead, start) = (DeadTargets::default(), Instant::now());
        dead.failed(start, target(1).remote, FlowError::Closed);
        assert_eq!(dead.last(start, vec![target(1), target(2)]), [target(1), target(2)]);
    }
}
