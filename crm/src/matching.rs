//! Who a number may be. One match shows, several are offered, and none is ever picked silently.

use serde::{Deserialize, Serialize};

use crate::contact::ContactBrief;

/// What a number says about the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Match {
    /// Nobody has this number.
    None,
    /// One person has it.
    One {
        /// Who.
        contact: ContactBrief,
    },
    /// Several have it; the agent chooses.
    Several {
        /// Who, best first.
        contacts: Vec<ContactBrief>,
    },
}

impl Match {
    /// The match that a store's candidates make.
    pub fn of(mut candidates: Vec<ContactBrief>) -> Self {
        match candidates.len() {
            0 => Self::None,
            1 => Self::One { contact: candidates.remove(0) },
            _ => Self::Several { contacts: candidates },
        }
    }
}
