//! Call cards: the call's facts, what the agent wrote, and what became of it.

use serde::{Deserialize, Serialize};

use crate::call::{CallRecord, Direction, End, EndCause, EndedBy};
use crate::contact::ContactBrief;
use crate::disposition::Disposition;
use crate::outbox::{PushBrief, SyncState};

pub use crate::draft::{Draft, DraftTicket, WrongState};

/// How long an unsaved card stays in «Por salvar», counted from the start of the call (CU-36).
pub const UNSAVED_FOR_MS: i64 = 24 * 60 * 60 * 1000;

/// What became of a call's card.
///
/// ```text
/// live ──hang-up──► unsaved ──Salvar──► saved
///   │                │  ▲ └─24 h──► expired ──Salvar──► saved
///   │         Ignorar│  │Deshacer      │ ▲
///   │                ▼  │        Ignorar▼ │ Deshacer after 24 h
///   │               dismissed ◄──────────┘─┘   (Salvar is still possible)
///   └─missed, internal─► not needed ──Salvar──► saved
/// ```
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

/// What Salvar misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SaveBlocked {
    /// No contact, and the disposition needs one.
    #[error("a contact is needed")]
    NeedsContact,
    /// The call is still up.
    #[error("the call is up")]
    CallLive,
    /// It is saved already.
    #[error("saved already")]
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

impl Card {
    /// The card of a call that begins.
    pub fn begin(record: CallRecord, draft: Draft) -> Self {
        Self { record, state: CardState::Live, draft, draft_saved_at_ms: None, saved_at_ms: None, seen: false }
    }

    /// The other side is erased from it: number, name and texts. What nobody saved yet is not asked for any more. A live
    /// call cannot forget with whom it is.
    pub fn forget_person(&mut self) -> Result<(), WrongState> {
        match self.state {
            CardState::Live => return Err(WrongState),
            CardState::Unsaved => self.state = CardState::Dismissed,
            _ => {}
        }
        self.record.forget_party();
        self.draft.forget_person();
        Ok(())
    }

    /// The call is over. `internal` calls and calls that nobody here answered need no wrap-up, unless something is
    /// written already.
    pub fn end(&mut self, record: CallRecord, internal: bool) -> Result<(), WrongState> {
        if self.state != CardState::Live {
            return Err(WrongState);
        }
        let talked_or_tried = record.answered_at_ms.is_some() || record.direction == Direction::Outgoing;
        let asks = (talked_or_tried && !internal) || !self.draft.is_blank();
        self.state = if asks { CardState::Unsaved } else { CardState::NotNeeded };
        self.record = record;
        Ok(())
    }

    /// The program died during the call: what is known is all there will be. When it ended is not known, so the talk
    /// time stays 0.
    pub fn recover(&mut self, now_ms: i64) -> Result<(), WrongState> {
        let mut record = self.record.clone();
        record.ended_at_ms.get_or_insert(now_ms.max(record.started_at_ms));
        record.end.get_or_insert(End { cause: EndCause::Internal, status: None, by: EndedBy::Network });
        self.end(record, false)
    }

    /// What Salvar would miss with this draft; `disposition` is the one that the draft names.
    pub fn save_blocked(&self, draft: &Draft, disposition: Option<&Disposition>) -> Option<SaveBlocked> {
        match self.state {
            CardState::Live => Some(SaveBlocked::CallLive),
            CardState::Saved => Some(SaveBlocked::AlreadySaved),
            _ => lacks_contact(draft, disposition),
        }
    }

    /// «Salvar».
    pub fn save(&mut self, draft: Draft, disposition: Option<&Disposition>, now_ms: i64) -> Result<(), SaveBlocked> {
        if let Some(blocked) = self.save_blocked(&draft, disposition) {
            return Err(blocked);
        }
        self.draft = draft;
        self.draft_saved_at_ms = Some(now_ms);
        self.saved_at_ms = Some(now_ms);
        self.state = CardState::Saved;
        Ok(())
    }

    /// «Corregir»: a CRM refused what was saved. The card stays as it is, with another text.
    pub fn correct(&mut self, draft: Draft, disposition: Option<&Disposition>, now_ms: i64) -> Result<(), SaveBlocked> {
        if let Some(blocked) = lacks_contact(&draft, disposition) {
            return Err(blocked);
        }
        self.draft = draft;
        self.draft_saved_at_ms = Some(now_ms);
        Ok(())
    }

    /// Stores what is written. A saved card takes no more text.
    pub fn write(&mut self, draft: Draft, now_ms: i64) -> Result<(), WrongState> {
        if self.state == CardState::Saved {
            return Err(WrongState);
        }
        self.draft = draft;
        self.draft_saved_at_ms = Some(now_ms);
        Ok(())
    }

    /// «Ignorar». Twice is as good as once.
    pub fn dismiss(&mut self) -> Result<(), WrongState> {
        match self.state {
            CardState::Unsaved | CardState::Expired | CardState::Dismissed => {
                self.state = CardState::Dismissed;
                Ok(())
            }
            _ => Err(WrongState),
        }
    }

    /// «Deshacer» of «Ignorar».
    pub fn undo_dismiss(&mut self, now_ms: i64) -> Result<(), WrongState> {
        if self.state != CardState::Dismissed {
            return Err(WrongState);
        }
        self.state = CardState::Unsaved;
        self.expire(now_ms);
        Ok(())
    }

    /// Leaves «Por salvar» if its 24 hours are over; the text stays. True if it left now.
    pub fn expire(&mut self, now_ms: i64) -> bool {
        let over = self.expires_at_ms().is_some_and(|expires| now_ms >= expires);
        if over {
            self.state = CardState::Expired;
        }
        over
    }

    /// When an unsaved card leaves «Por salvar».
    pub fn expires_at_ms(&self) -> Option<i64> {
        (self.state == CardState::Unsaved).then(|| self.record.started_at_ms.saturating_add(UNSAVED_FOR_MS))
    }

    /// Something is written and not saved.
    pub fn has_draft(&self) -> bool {
        self.state != CardState::Saved && !self.draft.is_blank()
    }
}

/// A call is with somebody, unless its outcome says that this does not matter.
fn lacks_contact(draft: &Draft, disposition: Option<&Disposition>) -> Option<SaveBlocked> {
    let free = disposition.is_some_and(|disposition| disposition.needs_no_contact);
    (draft.contact.is_none() && !free).then_some(SaveBlocked::NeedsContact)
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
    /// Its pushes, the first one first.
    pub pushes: Vec<PushBrief>,
    /// Name (or built-in key) of the disposition.
    pub disposition: Option<String>,
}

#[cfg(test)]
mod tests;
