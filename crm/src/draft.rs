//! What the agent writes about a call. Cards and the outbox both speak of it and need not know each other for that.

use serde::{Deserialize, Serialize};

use crate::id::{ContactId, DispositionId};
use crate::text;

/// A ticket of a CRM that a call was about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftTicket {
    /// The connection that has it, as rows of the outbox name it.
    pub connector: String,
    /// The CRM's id of it.
    pub id: String,
    /// The number that people call it by.
    pub number: String,
    /// Its subject.
    pub subject: String,
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
    /// The ticket that it was about.
    #[serde(default)]
    pub ticket: Option<DraftTicket>,
}

impl Draft {
    /// Nothing is written; an assigned contact alone is no text.
    pub fn is_blank(&self) -> bool {
        let no_text = self.subject.trim().is_empty() && self.comment.trim().is_empty();
        no_text && self.disposition.is_none() && self.ticket.is_none()
    }

    /// Person and texts are erased; the outcome stays.
    pub fn forget_person(&mut self) {
        *self = Self { disposition: self.disposition, ..Self::default() };
    }

    /// What a search of cards looks at, folded: subject and comment, numbers in them also without separators.
    pub fn search_text(&self) -> String {
        let typed = format!("{}\n{}", self.subject, self.comment);
        text::fold(&format!("{typed}\n{}", text::join_digits(&typed)))
    }
}

/// The state of the card or the push does not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not possible in this state")]
pub struct WrongState;
