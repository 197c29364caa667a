//! Transactions: RFC 3261 §17 with the corrections of RFC 6026, matching by §17.1.3 and §17.2.3.
//!
//! ```text
//!                 ┌───────── TransactionLayer ─────────┐
//!  send ─────────►│ client: InviteClient, PlainClient  │──► Action::Transmit
//!  respond ──────►│ server: InviteServer, PlainServer  │──► Action::{Response, Request, Ack, Cancel,
//!  receive ──────►│ Timers<(TxId, Timer)>              │            TimedOut, Done}
//!                 └────────────────────────────────────┘
//! ```

mod action;
mod client;
mod key;
mod layer;
mod server;
mod timer;

pub use action::{Action, TxId};
pub use layer::{TransactionLayer, with_via};
pub use timer::{Timer, TimerValues, Timers};
