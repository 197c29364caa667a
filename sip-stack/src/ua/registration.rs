//! Registration of an account (RFC 3261 §10).
//!
//! ```text
//!  Off ──register──► Waiting ──link up──► Sent ──2xx──► Bound ──refresh──► Sent …
//!   ▲                   ▲                  │ failure       │ link down
//!   │ unregistered      └──── Backoff ◄────┴───────────────┘
//!  Leaving ◄──unregister── Bound           └──401/403 after a fresh answer──► Stopped
//! ```

use crate::message::Request;
use crate::transaction::TxId;

use super::core::Core;

#[derive(Debug)]
pub(super) enum State {
    Off,
    /// For the link.
    Waiting,
    Sent(Sent),
    Bound,
    /// The next try has its timer.
    Backoff,
    /// Trying again would only lock the account.
    Stopped,
    Leaving(Sent),
}

#[derive(Debug)]
pub(super) struct Sent {
    pub tx: TxId,
    pub request: Request,
    pub challenges: u8,
}

/// The one REGISTER binding of an account.
#[derive(Debug)]
pub(super) struct Registration {
    pub state: State,
    pub call_id: String,
    pub from_tag: String,
    pub cseq: u32,
    /// Raised by 423.
    pub expires_s: Option<u32>,
    pub failures: u32,
}

impl Registration {
    pub fn new(core: &mut Core) -> Self {
        let (call_id, from_tag) = (core.token(), core.token());
        Self { state: State::Off, call_id, from_tag, cseq: 0, expires_s: None, failures: 0 }
    }

    /// Nothing is bound and nothing is under way.
    pub fn is_off(&self) -> bool {
        matches!(self.state, State::Off | State::Stopped)
    }

    /// A binding is wanted, and there or on its way.
    pub fn is_wanted(&self) -> bool {
        matches!(self.state, State::Waiting | State::Sent(_) | State::Bound | State::Backoff)
    }
}
