//! The outbox: intended pushes to a CRM, each stored in the same transaction as the fact it tells.

use serde::{Deserialize, Serialize};

use crate::id::{CallId, OutboxId};

/// Where an intended push stands.
///
/// ```text
/// held ──Salvar──► released ──worker──► inflight ──answer──► done
///   ▲ │                ▲  ▲                │ no answer ► unknown ──found──► done
///   │ └─Ignorar─► cancelled  └── retry at ─┤                └─not there─► released
///   └───Deshacer──────┘                    └ refused ► failed (edit, then released again)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// Written at hang-up; not sent until Salvar.
    Held,
    /// To be sent, at the earliest at `next_at_ms`.
    Released,
    /// Being sent; written before the request leaves.
    Inflight,
    /// Sent, and the answer was lost: looked up before it is sent again.
    Unknown,
    /// The CRM has it.
    Done,
    /// The CRM refused it; the text is kept.
    Failed,
    /// «Ignorar»: never sent.
    Cancelled,
}

/// An intended push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxItem {
    /// Its id and idempotency key.
    pub id: OutboxId,
    /// The call it tells about.
    pub call: CallId,
    /// The connector that sends it; none while no CRM is connected.
    pub connector: Option<String>,
    /// Where it stands.
    pub state: OutboxState,
    /// What is told, final once released.
    pub payload: Activity,
    /// Tries made, counted before each is made.
    pub attempt: u32,
    /// Earliest moment of the next try.
    pub next_at_ms: i64,
    /// Code of the last refusal or fault.
    pub last_error: Option<String>,
    /// Id on the other side.
    pub remote_id: Option<String>,
}

/// What is told of a call: its facts and what the agent wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The call's facts.
    pub record: crate::call::CallRecord,
    /// What is written.
    pub draft: crate::card::Draft,
}

/// Where a saved activity stands, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// Nothing to send.
    None,
    /// «En este equipo»: no CRM is connected.
    ThisComputer,
    /// «En espera».
    Waiting,
    /// The CRM has it.
    Sent,
    /// The CRM refused it; the text is kept.
    Stuck,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The CRM has it.
    Sent {
        /// Id on the other side.
        remote_id: String,
    },
    /// A fault that passes: network, overload, lock.
    Retry {
        /// Earliest moment of the next try.
        at_ms: i64,
        /// Code of the fault.
        error: String,
    },
    /// The answer was lost: it may be there.
    Lost {
        /// Code of the fault.
        error: String,
    },
    /// Looked up, and not there: to be sent again.
    NotThere,
    /// The CRM refused it.
    Refused {
        /// Code of the refusal.
        error: String,
    },
}
