//! What is written of a call.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::{ContactId, DispositionId};

/// What the agent writes on a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
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
