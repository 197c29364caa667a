//! What must reach the store, in order, and is kept until it has.
//!
//! ```text
//!   write ─► queue ─► (one at a time) ─► store ─► done
//!                           ▲                └ disk full, locked … ─► fault; again after a pause
//!                           └───────────────────────────────────────┘
//! ```
//! A draft that waits is replaced by a newer one of the same call: only the last word counts.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use agent_api::event::NoticeCode;
use crm::call::CallRecord;
use crm::card::Draft;
use crm::id::{CallId, RecordingId};
use crm::store::{Peaks, Recording, StoreError};

/// Pause after the first failure; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// Somebody waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A change to be stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// A call begins.
    Begin {
        /// Its facts.
        record: Box<CallRecord>,
        /// What is known to be written.
        draft: Box<Draft>,
    },
    /// A live call's facts changed.
    Update {
        /// The facts now.
        record: Box<CallRecord>,
    },
    /// A call is over.
    End {
        /// The final facts.
        record: Box<CallRecord>,
        /// A call inside the house: nothing to write on its card.
        internal: bool,
    },
    /// How a call went technically.
    Details {
        /// The call.
        call: CallId,
        /// Of whoever reads it.
        text: String,
    },
    /// A recording has a file.
    Recording {
        /// What is known of it.
        recording: Box<Recording>,
    },
    /// A recording is over; without length there is no file, and nothing to know.
    RecordingEnd {
        /// The call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// Of what can be heard, ms.
        length_ms: u64,
        /// What it looks like.
        peaks: Box<Peaks>,
    },
    /// Something was written on a card.
    Draft {
        /// The card.
        call: CallId,
        /// All of it.
        draft: Box<Draft>,
    },
}

impl Write {
    fn call(&self) -> CallId {
        match self {
            Self::Begin { record, .. } | Self::Update { record } | Self::End { record, .. } => record.id,
            Self::Draft { call, .. } | Self::Details { call, .. } | Self::RecordingEnd { call, .. } => *call,
            Self::Recording { recording } => recording.call,
        }
    }
}

/// A write with those who wait for it.
#[derive(Debug)]
struct Entry {
    write: Write,
    tickets: Vec<Ticket>,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Journal {
    queue: VecDeque<Entry>,
    /// The first entry is with the store.
    busy: bool,
    pause: Option<(Instant, Duration)>,
}

/// What came of the write that was with the store.
#[derive(Debug, PartialEq)]
pub struct Settled {
    /// Those who waited for it.
    pub tickets: Vec<Ticket>,
    /// The fault that stands now, if it was not stored. The write stays in the queue unless it can never succeed.
    pub error: Option<StoreError>,
    /// What is stored now.
    pub written: Option<Write>,
}

impl Journal {
    /// Takes a write; `ticket` is given back when it is stored or fails.
    pub fn push(&mut self, write: Write, ticket: Option<Ticket>) {
        let first_waiting = usize::from(self.busy);
        if let Write::Draft { call, .. } = &write {
            let waiting = self.queue.iter_mut().skip(first_waiting).rev().find(|entry| entry.write.call() == *call);
            if let Some(Entry { write: waiting @ Write::Draft { .. }, tickets }) = waiting {
                *waiting = write;
                tickets.extend(ticket);
                return;
            }
        }
        self.queue.push_back(Entry { write, tickets: ticket.into_iter().collect() });
    }

    /// The next write to give to the store, unless one is there or a pause holds.
    pub fn next(&mut self, now: Instant) -> Option<Write> {
        if self.busy || self.pause.is_some_and(|(until, _)| now < until) {
            return None;
        }
        let write = self.queue.front()?.write.clone();
        self.busy = true;
        Some(write)
    }

    /// The store is done with the write that [`Self::next`] gave.
    pub fn settle(&mut self, now: Instant, result: Result<(), StoreError>) -> Settled {
        self.busy = false;
        let passes = match &result {
            Err(StoreError::Full | StoreError::Locked | StoreError::Failed(_) | StoreError::Corrupt) => true,
            Ok(()) | Err(_) => false,
        };
        if passes {
            let pause = self.pause.map_or(PAUSE_MIN, |(_, pause)| (pause * 2).min(PAUSE_MAX));
            self.pause = Some((now + pause, pause));
            let tickets = self.queue.front_mut().map(|entry| std::mem::take(&mut entry.tickets)).unwrap_or_default();
            return Settled { tickets, error: result.err(), written: None };
        }
        self.pause = None;
        let (tickets, write) = self.queue.pop_front().map(|entry| (entry.tickets, entry.write)).unzip();
        let written = write.filter(|_| result.is_ok());
        Settled { tickets: tickets.unwrap_or_default(), error: result.err(), written }
    }

    /// When to look again.
    pub fn timeout(&self) -> Option<Instant> {
        if self.busy || self.queue.is_empty() {
            return None;
        }
        self.pause.map(|(until, _)| until)
    }

    /// The last draft of a call that has not reached the store.
    pub fn waiting_draft(&self, call: CallId) -> Option<&Draft> {
        self.queue.iter().rev().find_map(|entry| match &entry.write {
            Write::Draft { call: of, draft } if *of == call => Some(draft.as_ref()),
            _ => None,
        })
    }

    /// Something waits for the store.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }
}

/// The standing fault that a store's error means.
pub fn fault(error: &StoreError) -> Option<NoticeCode> {
    match error {
        StoreError::Full => Some(NoticeCode::DiskFull),
        StoreError::Locked => Some(NoticeCode::DatabaseLocked),
        StoreError::Corrupt | StoreError::Failed(_) => Some(NoticeCode::DatabaseFailed),
        StoreError::NotFound
        | StoreError::Conflict
        | StoreError::WrongState
        | StoreError::Blocked(_)
        | StoreError::BadCursor => None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn draft(call: u128, subject: &str) -> Write {
        let draft = Draft { subject: subject.to_owned(), ..Draft::default() };
        Write::Draft { call: CallId(Uuid::from_u128(call)), draft: Box::new(draft) }
    }

    #[test]
    fn a_full_disk_keeps_the_last_word_and_tries_again() {
        let start = Instant::now();
        let mut journal = Journal::default();
        journal.push(draft(1, "a"), Some(Ticket(1)));
        assert!(journal.next(start).is_some());
        journal.push(draft(1, "ab"), Some(Ticket(2)));
        journal.push(draft(1, "abc"), Some(Ticket(3)));
        assert_eq!(journal.next(start), None, "one at a time");
        let settled = journal.settle(start, Err(StoreError::Full));
        assert_eq!(settled, Settled { tickets: vec![Ticket(1)], error: Some(StoreError::Full), written: None });
        assert_eq!(journal.next(start), None, "a pause holds");
        let later = journal.timeout().unwrap();
        assert_eq!(journal.next(later), Some(draft(1, "a")));
        journal.settle(later, Ok(()));
        assert_eq!(journal.next(later), Some(draft(1, "abc")));
        assert_eq!(journal.settle(later, Ok(())).tickets, [Ticket(2), Ticket(3)]);
        assert!(journal.is_idle());
    }

    #[test]
    fn what_can_never_be_stored_does_not_block_the_rest() {
        let now = Instant::now();
        let mut journal = Journal::default();
        journal.push(draft(1, "a"), None);
        journal.push(draft(2, "b"), None);
        journal.next(now);
        assert_eq!(journal.settle(now, Err(StoreError::NotFound)).error, Some(StoreError::NotFound));
        assert_eq!(journal.next(now), Some(draft(2, "b")));
    }
}
