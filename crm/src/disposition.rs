//! Outcomes that an agent can choose for a call.

use serde::{Deserialize, Serialize};

use crate::id::DispositionId;

/// An outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// Its id.
    pub id: DispositionId,
    /// A name given by an administrator, or the key of a built-in one.
    pub name: String,
    /// `name` is a key of the locales, such as `wrong_number`.
    pub builtin: bool,
    /// Saves without a contact.
    pub needs_no_contact: bool,
    /// «No volver a llamar»: whoever was last left so is asked about before dialling.
    pub do_not_call: bool,
    /// Offered when saving.
    pub active: bool,
    /// Place in the list.
    pub position: u32,
}
