//! What is left of an organisation's allowance of requests: the last tenth is for callers' names, not for the backlog.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crm::connector::Fault;
use tokio::time::Instant;

/// How long what the vendor told counts.
const KNOWN: Duration = Duration::from_secs(10 * 60);

/// What the vendor told last.
#[derive(Default)]
pub(crate) struct Allowance(Mutex<Option<(Instant, u64, u64)>>);

impl Allowance {
    /// So many of so many requests are used.
    pub fn note(&self, used: u64, most: u64) {
        self.noted(Instant::now(), used, most);
    }

    /// Refuses what can wait while only the reserve is left.
    pub fn keep_reserve(&self) -> Result<(), Fault> {
        self.kept(Instant::now())
    }

    fn noted(&self, now: Instant, used: u64, most: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, used, most));
    }

    fn kept(&self, now: Instant) -> Result<(), Fault> {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((told, used, most)) if now.duration_since(told) < KNOWN && used >= most - most / 10 => {
                Err(Fault::Limit { after: None })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_tenth_is_kept_for_callers_until_what_was_told_is_old() {
        let (allowance, now) = (Allowance::default(), Instant::now());
        assert_eq!(allowance.kept(now), Ok(()), "nothing is known yet");
        for (used, kept) in [(0, false), (89, false), (90, true), (100, true), (200, true)] {
            allowance.noted(now, used, 100);
            assert_eq!(allowance.kept(now).is_err(), kept, "{used} of 100");
        }
        assert_eq!(allowance.kept(now + KNOWN - Duration::from_millis(1)), Err(Fault::Limit { after: None }));
        assert_eq!(allowance.kept(now + KNOWN), Ok(()), "the vendor is asked again");
        // Where the vendor allows few, nothing is kept rather than everything.
        allowance.noted(now, 8, 9);
        assert_eq!(allowance.kept(now), Ok(()));
    }
}
