//! What is written of a call.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::{ContactId, DispositionId};
use crate::remote::Ticket;

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
    /// The ticket of a CRM that it was about; only that CRM is told. It goes with the contact: another contact has others.
    #[serde(default)]
    pub ticket: Option<Ticket>,
}
