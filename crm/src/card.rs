//! Call cards: the call's facts, what the agent wrote, and what became of it.

use serde::{Deserialize, Serialize};

use crate::call::CallRecord;
use crate::contact::ContactBrief;
use crate::id::{ContactId, DispositionId};
use crate::outbox::SyncState;

/// How long an unsaved card stays in «Por salvar», counted from the start of the call (CU-36).
pub const UNSAVED_FOR_MS: i64 = 24 * 60 * 60 * 1000;

/// What became of a call's card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    /// The call is live.
    Live,
    /// «Por salvar».
    Unsaved,
    /// Salvar was pressed.
    Saved,
    /// «Ignorar»: no activity is made.
    Dismissed,
    /// 24 hours passed («no parametrizada»); text and Salvar stay in the history.
    Expired,
    /// Missed or internal: nothing to write.
    NotNeeded,
}

/// What the agent writes on a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// With whom.
    pub contact: Option<ContactId>,
    /// «Asunto».
    pub subject: String,
    /// «Comentario».
    pub comment: String,
    /// «Disposición».
    pub disposition: Option<DispositionId>,
}

/// What Salvar misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveBlocked {
    /// No contact, and the disposition needs one.
    NeedsContact,
    /// The call is still up.
    CallLive,
    /// It is saved already.
    AlreadySaved,
}

/// A card as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The call's facts.
    pub record: CallRecord,
    /// What became of it.
    pub state: CardState,
    /// What is written.
    pub draft: Draft,
    /// When the draft was last stored.
    pub draft_saved_at_ms: Option<i64>,
    /// When Salvar was pressed.
    pub saved_at_ms: Option<i64>,
    /// A missed call that was looked at.
    pub seen: bool,
}

/// A row of «Llamadas» or «Historial».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRow {
    /// The card.
    pub card: Card,
    /// Who it was.
    pub contact: Option<ContactBrief>,
    /// How many contacts have the number, when none is assigned; else 0.
    pub possible_contacts: u32,
    /// Where the saved activity stands.
    pub sync: SyncState,
    /// Name (or built-in key) of the disposition.
    pub disposition: Option<String>,
}
