//! The port that keeps records. `crm-store` has the SQLite side; under the feature `conformance`, `memory` is one for
//! tests of others, and `conformance` the suite that both must pass.

mod chats;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod copies;
mod details;
#[cfg(any(test, feature = "conformance"))]
pub mod memory;
mod recordings;
mod remote;
mod ties;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::{CallRecord, Direction};
use crate::card::{Card, CardRow, Draft, SaveBlocked, WrongState};
use crate::connector::RemoteRef;
use crate::contact::{self, Contact, ContactBrief, ContactKind};
use crate::disposition::Disposition;
use crate::form::{FormOf, KeptForm};
use crate::id::{CallId, ContactId, MessageId, Origin, OutboxId};
use crate::outbox::{OutboxItem, OutboxState, Release};
use crate::phone::PhoneNumber;
use crate::text;

pub use chats::Chats;
pub use copies::{Copied, Copies, CopyTerms, copy_numbers, copy_text};
pub use details::{DETAILS_LEN_MAX, DETAILS_MAX, Details};
pub use recordings::{Peaks, Recording, Recordings};
pub use remote::{PushCounts, Remote};
pub use ties::{Settled, Tie, TieState, Ties};

/// Why a store did not do it. Nothing was changed, whichever it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No such row.
    #[error("not found")]
    NotFound,
    /// The row changed since it was read.
    #[error("changed meanwhile")]
    Conflict,
    /// Not possible in the card's or push's present state.
    #[error("not possible in this state")]
    WrongState,
    /// Salvar misses something.
    #[error("cannot be saved: {0}")]
    Blocked(#[from] SaveBlocked),
    /// The page mark is not one of ours.
    #[error("unknown page mark")]
    BadCursor,
    /// The disk is full; the same call may succeed later.
    #[error("disk full")]
    Full,
    /// Another program holds the database.
    #[error("database locked")]
    Locked,
    /// The file is damaged.
    #[error("database corrupt")]
    Corrupt,
    /// Anything else; a code of the engine, never a value of a row.
    #[error("database failed: {0}")]
    Failed(String),
}

impl From<WrongState> for StoreError {
    fn from(_: WrongState) -> Self {
        Self::WrongState
    }
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: u32,
}

/// Which people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactQuery {
    /// Words or digits; empty lists all.
    pub text: String,
    /// Only this kind.
    pub kind: Option<ContactKind>,
    /// Only live people, or only those of the practice line.
    pub origin: Option<Origin>,
    /// Where the previous page ended.
    pub after: Option<String>,
    /// Rows to pass over from there.
    pub skip: u32,
    /// At most this many; 1 to [`PAGE_MAX`].
    pub limit: u32,
}

/// The most rows of a page.
pub const PAGE_MAX: u32 = 200;

/// Which cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardFilter {
    /// «Todas»: all but dismissed and expired ones.
    All,
    /// «Por salvar».
    ToSave,
    /// «Perdidas».
    Missed,
    /// Missed calls nobody has spoken with since, the last one of each number.
    ToReturn,
    /// Saved as «Llamar más tarde» ([`disposition::CALL_BACK`](crate::disposition::CALL_BACK)), and not spoken with that person
    /// or number since.
    FollowUp,
    /// «No parametrizadas»: left «Por salvar» with their text.
    Expired,
    /// «Ignoradas».
    Dismissed,
    /// «Historial»: every call.
    #[default]
    History,
}

/// Which cards, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardQuery {
    /// Which.
    pub filter: CardFilter,
    /// Only this direction.
    pub direction: Option<Direction>,
    /// Only calls assigned to this person.
    pub contact: Option<ContactId>,
    /// The assigned person's name, the number, subject or comment contains this.
    pub text: String,
    /// Where the previous page ended.
    pub after: Option<String>,
    /// Rows to pass over from there.
    pub skip: u32,
    /// At most this many; 1 to [`PAGE_MAX`].
    pub limit: u32,
}

/// What a search text asks for: every one of these must be there. A term of three characters and more is looked for in all
/// of a person's text; a shorter one in the name, and digits also at the end of numbers. Words are folded; a text that is a number in any
/// writing is one run of digits, without the zeros that are dialled before it.
pub fn search_terms(text: &str) -> Vec<String> {
    let folded = text::fold(text);
    let folded = folded.trim();
    let number = folded.chars().all(|c| c.is_ascii_digit() || text::is_separator(c));
    let digits = contact::digits(folded);
    if number && !digits.is_empty() {
        let bare = digits.trim_start_matches('0');
        let term = if digits.len() >= 5 && !bare.is_empty() { bare } else { &digits };
        return vec![term.to_owned()];
    }
    folded.split_whitespace().take(8).map(|word| word.chars().take(64).collect()).collect()
}

/// Where a page of people ended: name as sorted, and id.
pub fn contact_mark(sort_key: &str, id: ContactId) -> String {
    format!("{}:{sort_key}", id.0.simple())
}

/// Reads a mark of [`contact_mark`].
pub fn read_contact_mark(mark: &str) -> Result<(String, ContactId), StoreError> {
    let (id, sort_key) = mark.split_once(':').ok_or(StoreError::BadCursor)?;
    let id = Uuid::try_parse(id).map_err(|_| StoreError::BadCursor)?;
    Ok((sort_key.to_owned(), ContactId(id)))
}

/// Where a page of cards ended: start of the call, and id.
pub fn card_mark(started_at_ms: i64, id: CallId) -> String {
    format!("{}:{started_at_ms}", id.0.simple())
}

/// Reads a mark of [`card_mark`].
pub fn read_card_mark(mark: &str) -> Result<(i64, CallId), StoreError> {
    let (id, started) = mark.split_once(':').ok_or(StoreError::BadCursor)?;
    let id = Uuid::try_parse(id).map_err(|_| StoreError::BadCursor)?;
    Ok((started.parse().map_err(|_| StoreError::BadCursor)?, CallId(id)))
}

/// Where a page of chats ended: the last message of its last chat.
pub fn chat_mark(last: MessageId) -> String {
    last.0.simple().to_string()
}

/// Reads a mark of [`chat_mark`].
pub fn read_chat_mark(mark: &str) -> Result<MessageId, StoreError> {
    Uuid::try_parse(mark).map(MessageId).map_err(|_| StoreError::BadCursor)
}

/// Numbers beside sections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cards in «Por salvar».
    pub to_save: u32,
    /// Missed calls not looked at.
    pub missed: u32,
    /// Activities that wait for a CRM.
    pub to_send: u32,
    /// Chats in which something came that was not read.
    pub unread_chats: u32,
}

/// What was erased with a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Calls that keep their facts without number, name and texts.
    pub calls: u32,
    /// Pushes that will never be sent.
    pub unsent: u32,
    /// Pushes that a CRM has, or may have: what it stored stays there.
    pub sent: u32,
}

impl Erased {
    /// Counts a call, and its pushes: of each whether a CRM has it, or may.
    pub fn count(&mut self, told: &[bool]) {
        self.calls += 1;
        for told in told {
            *(if *told { &mut self.sent } else { &mut self.unsent }) += 1;
        }
    }
}

/// Keeps contacts, cards, dispositions and the outbox.
///
/// A method that returns `Ok` has made its change durable: neither a killed process nor a power cut undoes it. Every
/// method is one transaction.
pub trait Store: Remote + Copies + Ties + Details + Recordings + Chats + Send {
    /// One person.
    fn contact(&mut self, id: ContactId) -> Result<Contact, StoreError>;
    /// One person in short.
    fn contact_brief(&mut self, id: ContactId) -> Result<ContactBrief, StoreError>;
    /// Creates (`rev` 0) or changes a person; the answer carries the new `rev`.
    fn save_contact(&mut self, contact: &Contact, now_ms: i64) -> Result<Contact, StoreError>;
    /// Creates many people, or none of them.
    fn import_contacts(&mut self, contacts: &[Contact], now_ms: i64) -> Result<(), StoreError>;
    /// Erases a person, and what refers to the person: number, name and texts of calls assigned to the person, or with a
    /// number that nobody else has; pushes that were not sent; forms. The facts of the calls stay. While such a call is
    /// live or being sent it is not possible in this state.
    fn erase_contact(&mut self, id: ContactId, rev: i64, now_ms: i64) -> Result<Erased, StoreError>;
    /// Leaves no trace of erased people in the files, if any are erased since: rewrites them. Answers whether it was needed.
    fn scrub(&mut self) -> Result<bool, StoreError>;
    /// Removes calls that began before this moment, but none that is to be saved or to be sent, and forms as old. Answers how
    /// many calls.
    fn forget_before(&mut self, before_ms: i64) -> Result<u32, StoreError>;
    /// Forms that are not finished.
    fn forms(&mut self) -> Result<Vec<KeptForm>, StoreError>;
    /// Keeps what is typed in a form, in the place of what was typed before.
    fn keep_form(&mut self, form: &KeptForm) -> Result<(), StoreError>;
    /// A form is saved or given up.
    fn drop_form(&mut self, form: FormOf) -> Result<(), StoreError>;
    /// People by name, company, document, e-mail, number, extension or address.
    fn search_contacts(&mut self, query: &ContactQuery) -> Result<Page<ContactBrief>, StoreError>;
    /// Everybody of this origin who has this number, best first: whoever was called last, then by name, at most 20. A
    /// number of seven digits or more that is no full number also finds full numbers that end with it.
    fn match_number(&mut self, number: &PhoneNumber, origin: Origin) -> Result<Vec<ContactBrief>, StoreError>;

    /// A call begins: its row and draft exist from now on.
    fn begin_call(&mut self, record: &CallRecord, draft: &Draft) -> Result<(), StoreError>;
    /// A live call's facts changed (answered, other party).
    fn update_call(&mut self, record: &CallRecord) -> Result<(), StoreError>;
    /// A call is over: its final facts, its card's state and the held push in one transaction.
    fn end_call(&mut self, record: &CallRecord, internal: bool) -> Result<Card, StoreError>;
    /// After a start: calls that were live when the program died end now with the facts known, and become unsaved.
    fn recover_calls(&mut self, now_ms: i64) -> Result<Vec<CallId>, StoreError>;

    /// One card.
    fn card(&mut self, call: CallId) -> Result<CardRow, StoreError>;
    /// Cards, newest first.
    fn list_cards(&mut self, query: &CardQuery) -> Result<Page<CardRow>, StoreError>;
    /// Earlier calls of the same origin with the same contact or number, newest first.
    fn recent_cards(&mut self, call: CallId, limit: u32) -> Result<Vec<CardRow>, StoreError>;
    /// Stores what is written. Any state but saved takes text.
    fn save_draft(&mut self, call: CallId, draft: &Draft, now_ms: i64) -> Result<(), StoreError>;
    /// «Salvar»: the draft is final, and its push is released, with a further one for each further connection. A person of
    /// another origin is not found.
    fn save_card(&mut self, call: CallId, draft: &Draft, to: &Release, now_ms: i64) -> Result<Card, StoreError>;
    /// «Ignorar»: no push.
    fn dismiss_card(&mut self, call: CallId, now_ms: i64) -> Result<Card, StoreError>;
    /// «Deshacer» of «Ignorar».
    fn undo_dismiss(&mut self, call: CallId, now_ms: i64) -> Result<Card, StoreError>;
    /// Unsaved cards whose 24 hours are over leave «Por salvar».
    fn expire_cards(&mut self, now_ms: i64) -> Result<Vec<CallId>, StoreError>;
    /// Unsaved cards that expire within `before_ms` and were not warned of since that time began, the first to expire
    /// first; they are warned of now. Asked again, also after a restart, it answers none.
    fn warn_cards(&mut self, before_ms: i64, now_ms: i64) -> Result<Vec<CallId>, StoreError>;
    /// When the next unsaved card expires.
    fn next_expiry_ms(&mut self) -> Result<Option<i64>, StoreError>;
    /// Missed calls were looked at.
    fn mark_missed_seen(&mut self, now_ms: i64) -> Result<(), StoreError>;
    /// Numbers beside sections.
    fn counts(&mut self) -> Result<Counts, StoreError>;
    /// Whether a live outgoing call to this ISO 3166 region was ever made.
    fn has_called(&mut self, country: &str) -> Result<bool, StoreError>;

    /// All outcomes in order, inactive ones too.
    fn dispositions(&mut self) -> Result<Vec<Disposition>, StoreError>;
    /// Creates or changes an outcome.
    fn save_disposition(&mut self, disposition: &Disposition, now_ms: i64) -> Result<(), StoreError>;

    /// Pushes in these states (all, if empty), oldest first, at most `limit`.
    fn outbox(&mut self, states: &[OutboxState], limit: u32) -> Result<Vec<OutboxItem>, StoreError>;
    /// The pushes of `connector` that are due, oldest first; each is marked in flight and its attempt counted.
    fn take_due(&mut self, connector: &str, now_ms: i64, limit: u32) -> Result<Vec<OutboxItem>, StoreError>;
    /// What came of a push that was in flight or unknown.
    fn settle(&mut self, id: OutboxId, outcome: &crate::outbox::Outcome, now_ms: i64) -> Result<(), StoreError>;
    /// The unknown pushes of `connector` that are due to be looked up, oldest first; each look counts as an attempt.
    fn take_unknown(&mut self, connector: &str, now_ms: i64, limit: u32) -> Result<Vec<OutboxItem>, StoreError>;
    /// When the next push of `connector` is due, to be sent or looked up.
    fn next_due_ms(&mut self, connector: &str) -> Result<Option<i64>, StoreError>;
    /// «Reintentar»: a refused or waiting push goes again as it is.
    fn retry_push(&mut self, id: OutboxId, now_ms: i64) -> Result<(), StoreError>;
    /// Which record of the CRM somebody is.
    fn remote_link(&mut self, connector: &str, contact: ContactId) -> Result<Option<RemoteRef>, StoreError>;
    /// Keeps or forgets which record of the CRM somebody is.
    fn link_remote(
        &mut self,
        connector: &str,
        contact: ContactId,
        remote: Option<&RemoteRef>,
    ) -> Result<(), StoreError>;

    /// Removes everything of the practice line.
    fn erase_demo(&mut self, now_ms: i64) -> Result<(), StoreError>;
}
