//! Directories whose people can be copied, so that callers are known without a network.
//!
//! ```text
//! cursor ─► changes ─► people, gone, moved, next cursor ─► kept whole, in one transaction ─► … ─► complete
//!   └── none, or one that leads nowhere any more: all is told anew, and whom it does not tell is gone when it is complete
//! ```

use std::time::Duration;

use super::{RemotePerson, RemoteRef, Reply};

/// The most people of a connection that are copied. Others are still asked for.
pub const COPIES_MAX: u32 = 200_000;

/// A record that became another: a lead that was converted, a person who was merged with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What it was.
    pub from: RemoteRef,
    /// What it is now.
    pub to: RemoteRef,
}

/// A page of what changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// From this page on all is told anew: whom neither it nor those up to the complete one tell is gone then.
    pub anew: bool,
    /// People who are new or changed.
    pub people: Vec<RemotePerson>,
    /// People who are as they were told before, while all is told anew. Of whom nothing is known nothing is kept.
    pub same: Vec<RemoteRef>,
    /// Records that are there no more.
    pub gone: Vec<RemoteRef>,
    /// Records that are others now.
    pub moved: Vec<Moved>,
    /// Where the next page begins, also after this program has ended; in words of the source's own.
    pub cursor: String,
    /// Nothing more has changed for now.
    pub complete: bool,
}

/// A source of people to copy.
pub trait Pull: Send + Sync {
    /// How often it may be asked whether something has changed: as often as its owner can bear from every desk.
    fn pace(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    /// The page that begins here; the first one without a cursor. A page may be asked for again: it was not kept then. May be
    /// given up by dropping its future. Asking waits while the organisation's allowance of requests is low
    /// ([`Fault::Limit`](super::Fault::Limit)): a caller's name comes first.
    fn changes<'a>(&'a self, cursor: Option<&'a str>) -> Reply<'a, Changes>;
}
