//! Forms of the window that are not finished: what is typed in them is kept as it is typed, as the window wrote it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::CallId;

/// The longest text that is kept of a form, in bytes.
pub const TEXT_MAX: usize = 64 * 1024;

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum FormOf {
    /// The form of a person in «Contactos»; there is one.
    Person,
    /// The short form for a new person on the card of a call.
    Call {
        /// The call.
        call: CallId,
    },
    /// What is written in chats and not sent; one for all of them.
    Chats,
    /// What is corrected of a saved call that a CRM refused.
    Correction {
        /// The call.
        call: CallId,
    },
}

impl FormOf {
    /// What a store knows it by.
    pub fn name(self) -> String {
        match self {
            Self::Person => "person".to_owned(),
            Self::Chats => "chats".to_owned(),
            Self::Call { call } => format!("call:{}", call.0),
            Self::Correction { call } => format!("correction:{}", call.0),
        }
    }

    /// Reads [`Self::name`].
    pub fn of_name(name: &str) -> Option<Self> {
        if name == "person" {
            return Some(Self::Person);
        }
        if name == "chats" {
            return Some(Self::Chats);
        }
        let (of, id) = name.split_once(':')?;
        let call = CallId(Uuid::try_parse(id).ok()?);
        match of {
            "call" => Some(Self::Call { call }),
            "correction" => Some(Self::Correction { call }),
            _ => None,
        }
    }
}

/// A form that is not finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptForm {
    /// Which.
    pub form: FormOf,
    /// What is typed, as the window wrote it; at most [`TEXT_MAX`].
    pub text: String,
    /// When it was stored.
    pub saved_at_ms: i64,
}
