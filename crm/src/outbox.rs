//! The outbox: intended pushes to a CRM, each stored in the same transaction as the fact it tells.

use serde::{Deserialize, Serialize};

use crate::call::CallRecord;
use crate::connector::{FieldValue, Further};
use crate::draft::{Draft, WrongState};
use crate::id::{CallId, Origin, OutboxId};

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
    /// Earliest moment of the next try; of one that was sent, when that was confirmed.
    pub next_at_ms: i64,
    /// Code of the last refusal or fault.
    pub last_error: Option<String>,
    /// Id on the other side.
    pub remote_id: Option<String>,
}

impl OutboxItem {
    /// The push of a call that just ended: held until Salvar.
    pub fn held(record: CallRecord, draft: Draft) -> Self {
        Self {
            id: record.id.into(),
            call: record.id,
            connector: None,
            state: OutboxState::Held,
            payload: Activity { record, draft, outcome: None, further: Vec::new() },
            attempt: 0,
            next_at_ms: 0,
            last_error: None,
            remote_id: None,
        }
    }

    /// Salvar: the text is final; answers the further pushes where it goes to more than one CRM. Demo calls never get a
    /// connector.
    pub fn release(&mut self, draft: Draft, to: &Release, now_ms: i64) -> Result<Vec<Self>, WrongState> {
        if !matches!(self.state, OutboxState::Held | OutboxState::Cancelled | OutboxState::Failed) {
            return Err(WrongState);
        }
        self.payload.draft = draft;
        self.payload.outcome = to.outcome.clone();
        let mut connectors = to.connectors.iter().filter(|_| self.payload.record.origin == Origin::Live);
        self.connector = connectors.next().cloned();
        self.next_at_ms = now_ms;
        self.state = OutboxState::Released;
        let further = |connector: &String| Self {
            id: OutboxId::further(self.call, connector),
            connector: Some(connector.clone()),
            attempt: 0,
            last_error: None,
            remote_id: None,
            ..self.clone()
        };
        Ok(connectors.map(further).collect())
    }

    /// It goes nowhere any more; what it tells stays on this computer. What may have arrived stays unknown for good: nobody looks
    /// it up, and it is never sent again.
    pub fn keep_here(&mut self) -> Result<(), WrongState> {
        if self.state != OutboxState::Unknown {
            self.step(&[OutboxState::Released, OutboxState::Failed], OutboxState::Released)?;
        }
        self.connector = None;
        Ok(())
    }

    /// Ignorar: never sent. Only what was never released can be cancelled.
    pub fn cancel(&mut self) -> Result<(), WrongState> {
        self.step(&[OutboxState::Held, OutboxState::Cancelled], OutboxState::Cancelled)
    }

    /// Deshacer of Ignorar.
    pub fn hold_again(&mut self) -> Result<(), WrongState> {
        self.step(&[OutboxState::Cancelled, OutboxState::Held], OutboxState::Held)
    }

    /// Whether `connector` may send it now.
    pub fn is_due(&self, connector: &str, now_ms: i64) -> bool {
        self.state == OutboxState::Released && self.connector.as_deref() == Some(connector) && self.next_at_ms <= now_ms
    }

    /// Whether `connector` must look it up.
    pub fn is_unknown(&self, connector: &str) -> bool {
        self.state == OutboxState::Unknown && self.connector.as_deref() == Some(connector)
    }

    /// A try begins; the attempt counts before it is made.
    pub fn start(&mut self) -> Result<(), WrongState> {
        self.step(&[OutboxState::Released], OutboxState::Inflight)?;
        self.attempt = self.attempt.saturating_add(1);
        Ok(())
    }

    /// An unknown push is looked up; that counts as a try, so that the pauses between them grow.
    pub fn look_again(&mut self) -> Result<(), WrongState> {
        self.step(&[OutboxState::Unknown], OutboxState::Unknown)?;
        self.attempt = self.attempt.saturating_add(1);
        Ok(())
    }

    /// «Reintentar» of what the CRM refused: sent once more as it is.
    pub fn retry(&mut self, now_ms: i64) -> Result<(), WrongState> {
        self.step(&[OutboxState::Failed, OutboxState::Released], OutboxState::Released)?;
        self.next_at_ms = now_ms;
        Ok(())
    }

    /// «Corregir» of what the CRM refused: sent once more with another text, as the same push, so that it is never there twice.
    pub fn correct(&mut self, to: &Correction, now_ms: i64) -> Result<(), WrongState> {
        self.step(&[OutboxState::Failed], OutboxState::Released)?;
        self.payload.draft = to.draft.clone();
        self.payload.outcome = to.outcome.clone();
        if let Some(further) = &to.entry {
            self.payload.further.clone_from(further);
        }
        self.next_at_ms = now_ms;
        self.last_error = None;
        Ok(())
    }

    /// After a start: a try that was under way when the program died may have arrived.
    pub fn recover(&mut self) {
        if self.state == OutboxState::Inflight {
            self.state = OutboxState::Unknown;
        }
    }

    /// What came of a try, or of looking up an unknown one.
    pub fn settle(&mut self, outcome: &Outcome, now_ms: i64) -> Result<(), WrongState> {
        if !matches!(self.state, OutboxState::Inflight | OutboxState::Unknown) {
            return Err(WrongState);
        }
        let (state, error) = match outcome {
            Outcome::Sent { remote_id } => {
                self.remote_id = Some(remote_id.clone());
                self.next_at_ms = now_ms;
                (OutboxState::Done, None)
            }
            Outcome::Retry { at_ms, error } => {
                self.next_at_ms = (*at_ms).max(now_ms);
                // A look-up that failed says nothing about the push.
                let state =
                    if self.state == OutboxState::Unknown { OutboxState::Unknown } else { OutboxState::Released };
                (state, Some(error))
            }
            Outcome::Lost { at_ms, error } => {
                self.next_at_ms = (*at_ms).max(now_ms);
                (OutboxState::Unknown, Some(error))
            }
            Outcome::NotThere if self.state == OutboxState::Unknown => (OutboxState::Released, None),
            Outcome::NotThere => return Err(WrongState),
            Outcome::Refused { error } => (OutboxState::Failed, Some(error)),
        };
        self.state = state;
        self.last_error = error.cloned();
        Ok(())
    }

    /// The other side is erased from it, and what was not sent never will be. Answers whether the CRM has it, or may have
    /// it. What is being sent right now cannot be taken back.
    pub fn forget_person(&mut self) -> Result<bool, WrongState> {
        if self.state == OutboxState::Inflight {
            return Err(WrongState);
        }
        let told = matches!(self.state, OutboxState::Done | OutboxState::Unknown);
        if self.state != OutboxState::Done {
            self.state = OutboxState::Cancelled;
        }
        self.payload.record.forget_party();
        self.payload.draft.forget_person();
        self.payload.further.clear();
        self.last_error = None;
        Ok(told)
    }

    fn step(&mut self, from: &[OutboxState], to: OutboxState) -> Result<(), WrongState> {
        if !from.contains(&self.state) {
            return Err(WrongState);
        }
        self.state = to;
        Ok(())
    }
}

/// Where a call's activity stands, for the eye: of several pushes the one that is worst off.
pub fn sync_of(pushes: &[PushBrief]) -> SyncState {
    let rank = |state: &SyncState| match state {
        SyncState::None => 0,
        SyncState::ThisComputer => 1,
        SyncState::Sent => 2,
        SyncState::Unknown => 3,
        SyncState::Waiting => 4,
        SyncState::Stuck => 5,
    };
    let states = pushes.iter().map(|push| sync_state(Some(push.state), push.connector.as_deref()));
    states.max_by_key(rank).unwrap_or(SyncState::None)
}

/// Where one push stands, for the eye.
pub fn sync_state(state: Option<OutboxState>, connector: Option<&str>) -> SyncState {
    match (state, connector) {
        (None | Some(OutboxState::Held | OutboxState::Cancelled), _) => SyncState::None,
        (Some(OutboxState::Done), _) => SyncState::Sent,
        (Some(OutboxState::Failed), _) => SyncState::Stuck,
        (Some(OutboxState::Unknown), None) => SyncState::Unknown,
        (Some(_), None) => SyncState::ThisComputer,
        (Some(_), Some(_)) => SyncState::Waiting,
    }
}

/// How long to wait before the next try: 2 s doubled with each attempt, at most 15 min, times `jitter` (0 to 1, from the
/// caller's generator) so that a thousand desks do not come back at once.
pub fn retry_delay_ms(attempt: u32, jitter: f64) -> i64 {
    let full = 2000_i64.saturating_mul(1 << attempt.saturating_sub(1).min(9)).min(15 * 60 * 1000);
    (full as f64 * jitter.clamp(0.0, 1.0)) as i64
}

/// What is told of a call: its facts and what the agent wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The call's facts.
    pub record: CallRecord,
    /// What is written.
    pub draft: Draft,
    /// The chosen outcome in the agent's words when Salvar was pressed; none takes its name.
    #[serde(default)]
    pub outcome: Option<String>,
    /// Fields of the entry that the CRM asked for, by names on the wire.
    #[serde(default)]
    pub further: Vec<(String, FieldValue)>,
}

/// What «Corregir» makes of a push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// All of the text.
    pub draft: Draft,
    /// The chosen outcome in the agent's words.
    pub outcome: Option<String>,
    /// What the organisation requires of the person, if it was asked for.
    pub person: Option<Further>,
    /// What it requires of the entry, if it was asked for.
    pub entry: Option<Vec<(String, FieldValue)>>,
}

/// What Salvar releases besides the draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The connections that it goes to; none keeps it on this computer.
    pub connectors: Vec<String>,
    /// The chosen outcome in the agent's words.
    pub outcome: Option<String>,
}

impl Release {
    /// To one connection.
    pub fn to(connector: &str) -> Self {
        Self { connectors: vec![connector.to_owned()], outcome: None }
    }
}

/// A push in short, as a row of a card tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushBrief {
    /// Its id.
    pub id: OutboxId,
    /// The connector that sends it, if any.
    pub connector: Option<String>,
    /// Where it stands.
    pub state: OutboxState,
    /// Code of the last refusal or fault.
    pub last_error: Option<String>,
    /// Id on the other side.
    pub remote_id: Option<String>,
}

impl From<&OutboxItem> for PushBrief {
    fn from(item: &OutboxItem) -> Self {
        Self {
            id: item.id,
            connector: item.connector.clone(),
            state: item.state,
            last_error: item.last_error.clone(),
            remote_id: item.remote_id.clone(),
        }
    }
}

/// Where a saved activity stands, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// Nothing to send.
    None,
    /// «En este equipo»: no CRM is connected.
    ThisComputer,
    /// «Sin confirmar»: it may have arrived at a CRM that is not asked any more.
    Unknown,
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
        /// Earliest moment to look it up.
        at_ms: i64,
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

#[cfg(test)]
mod tests;
