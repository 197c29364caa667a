//! What the agent writes about a call. Cards and the outbox both speak of it and need not know each other for that.

use serde::{Deserialize, Serialize};

use crate::id::{ContactId, DispositionId};
use crate::text;

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

impl Draft {
    /// Nothing is written; an assigned contact alone is no text.
    pub fn is_blank(&self) -> bool {
        self.subject.trim().is_empty() && self.comment.trim().is_empty() && self.disposition.is_none()
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
