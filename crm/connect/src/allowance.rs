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
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), used, most));
    }

    /// Refuses what can wait while only the reserve is left.
    pub fn keep_reserve(&self) -> Result<(), Fault> {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((told, used, most)) if told.elapsed() < KNOWN && used >= most - most / 10 => {
                Err(Fault::Limit { after: None })
            }
            _ => Ok(()),
        }
    }
}
