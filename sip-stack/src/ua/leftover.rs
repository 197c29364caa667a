//! Transactions that outlive their leg: a BYE, and an INVITE that may still be answered.
//!
//! ```text
//!  CancelHeld ──1xx──► Cancelling ──487 …──► over      Settled: late 2xx of other forks
//!      │ 2xx                │ 2xx
//!      └────────────────────┴──► ACK, BYE
//! ```

use bytes::Bytes;

use crate::dialog::Dialog;
use crate::message::{NameAddr, Request};

use super::AccountId;
use super::way::Way;

/// What is left to do for a transaction whose leg is over.
#[derive(Debug)]
pub(super) enum Leftover {
    /// A BYE; challenged, it is sent once more with credentials.
    Bye { account: AccountId, dialog: Box<Dialog>, way: Way, request: Request, challenged: bool },
    /// An INVITE: forks that still answer are acknowledged and hung up.
    Invite {
        account: AccountId,
        invite: Request,
        contact: NameAddr,
        way: Way,
        stage: Stage,
        acked: Vec<(String, Bytes)>,
    },
}

/// How far the end of an INVITE has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// RFC 3261 §9.1: no CANCEL before the first provisional response.
    CancelHeld,
    /// CANCEL went.
    Cancelling,
    /// It has a final answer.
    Settled,
}

impl Leftover {
    /// Whether the end of the program should wait for it.
    pub fn is_pending(&self) -> bool {
        match self {
            Self::Bye { .. } => true,
            Self::Invite { stage, .. } => *stage != Stage::Settled,
        }
    }

    pub fn account(&self) -> AccountId {
        match self {
            Self::Bye { account, .. } | Self::Invite { account, .. } => *account,
        }
    }
}
