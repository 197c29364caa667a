//! Call cards: the call's facts, what the agent wrote, and what became of it; also the history rows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::{Direction, EndView, LineView, MatchView, PartyView};
use crate::contact::{ContactBrief, ContactView};
use crate::draft::Draft;
use crate::id::{CallId, ContactId, DispositionId};
use crate::push::CardPush;

/// What became of a call's card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
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

/// Where the saved activity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// Nothing to send.
    None,
    /// «En este equipo»: no CRM is connected.
    ThisComputer,
    /// «Sin confirmar»: it may have arrived at a CRM that is not connected any more, and is never sent again.
    Unknown,
    /// «En espera».
    Waiting,
    /// The CRM has it.
    Sent,
    /// The CRM refused it; the text is kept.
    Stuck,
}

/// A row of «Llamadas» or «Historial».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardRow {
    /// The call.
    pub call: CallId,
    /// Who began it.
    pub direction: Direction,
    /// It came in and nobody answered.
    pub missed: bool,
    /// The other side.
    pub party: PartyView,
    /// The line.
    pub line: LineView,
    /// Our side of «De, a»: number or extension of the line.
    pub own_number: String,
    /// Who it was.
    pub contact: Option<ContactBrief>,
    /// How many contacts have the number, when none is assigned.
    pub possible_contacts: u32,
    /// When it began, UTC.
    pub started_at_ms: i64,
    /// Answer to end in whole seconds; 0 if unanswered.
    pub duration_s: u32,
    /// What became of it.
    pub state: CardState,
    /// Something is written and not saved.
    pub has_draft: bool,
    /// When an unsaved card leaves «Por salvar», UTC.
    pub expires_at_ms: Option<i64>,
    /// Where the saved activity stands: of several CRMs the one that is worst off.
    pub sync: SyncState,
    /// The same for each CRM that it goes to.
    pub pushes: Vec<CardPush>,
    /// How it ended.
    pub end: Option<EndView>,
    /// Name of the disposition.
    pub disposition: Option<String>,
    /// There is something to listen to.
    pub recorded: bool,
    /// Demo data.
    pub demo: bool,
}

/// A card, open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardView {
    /// Its row.
    pub row: CardRow,
    /// Who the number may be.
    pub matches: MatchView,
    /// The assigned contact in full.
    pub contact: Option<ContactView>,
    /// What is written.
    pub draft: Draft,
    /// When the draft was last stored, UTC.
    pub draft_saved_at_ms: Option<i64>,
    /// Why Salvar is off; none when it is on.
    pub save_blocked: Option<SaveBlocked>,
    /// Earlier calls with the same contact or number, newest first.
    pub recent: Vec<CardRow>,
}

/// What Salvar misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SaveBlocked {
    /// No contact, and the disposition needs one.
    NeedsContact,
    /// The call is still up.
    CallLive,
    /// It is saved already.
    AlreadySaved,
}

/// Which cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CardFilter {
    /// «Todas»: live, unsaved, saved; dismissed and expired ones are in the history only.
    All,
    /// «Por salvar».
    ToSave,
    /// «Perdidas».
    Missed,
    /// Missed calls nobody has spoken with since, the last one of each number.
    ToReturn,
    /// Saved as «Llamar más tarde», and not spoken with that person or number since.
    FollowUp,
    /// «No parametrizadas»: left «Por salvar» with their text; can still be saved.
    Expired,
    /// «Ignoradas»: can be brought back.
    Dismissed,
    /// «Historial»: every call.
    History,
}

/// Lists cards, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListCards {
    /// Which.
    pub filter: CardFilter,
    /// Only this direction.
    pub direction: Option<Direction>,
    /// Only this contact.
    pub contact: Option<ContactId>,
    /// Name, number, subject or comment contains this.
    pub text: String,
    /// Where the previous page ended.
    pub after: Option<String>,
    /// Rows to pass over from there: what a scroll bar jumps by.
    #[serde(default)]
    pub skip: u32,
    /// At most this many, up to 200.
    pub limit: u32,
}

/// A page of cards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardPage {
    /// The rows.
    pub rows: Vec<CardRow>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: u32,
}

/// Stores what is written. Sent at most 300 ms after a key, and on blur.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaveDraft {
    /// The card.
    pub call: CallId,
    /// Counts up per card and window session; an older one that comes late is dropped.
    pub edit: u32,
    /// All that is written.
    pub draft: Draft,
}

/// Stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DraftSaved {
    /// When, UTC.
    pub saved_at_ms: i64,
}

/// «Salvar»: the draft in this request is the last word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaveCard {
    /// The card.
    pub call: CallId,
    /// All that is written.
    pub draft: Draft,
    /// The chosen outcome in the words that the agent saw: what a CRM is told. None tells its name.
    #[serde(default)]
    #[ts(optional)]
    pub outcome: Option<String>,
}

/// An outcome to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DispositionView {
    /// Its id.
    pub id: DispositionId,
    /// A name given by an administrator, or the key of a built-in one (`builtin` is then set).
    pub name: String,
    /// Key of a built-in name in the locales, such as `wrong_number`.
    pub builtin: Option<String>,
    /// Saves without a contact.
    pub needs_no_contact: bool,
    /// «No volver a llamar».
    pub do_not_call: bool,
}
