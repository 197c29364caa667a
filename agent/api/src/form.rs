//! Forms of the window that are not finished: what is typed in them outlives the window.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::CallId;

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
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

/// Keeps what is typed in a form, in the place of what was typed before.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeepForm {
    /// Which.
    pub form: FormOf,
    /// What is typed, as the window alone reads it; at most 64 KiB.
    pub text: String,
}

/// Names a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FormRef {
    /// Which.
    pub form: FormOf,
}

/// A form that is not finished.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeptForm {
    /// Which.
    pub form: FormOf,
    /// What is typed, as the window wrote it.
    pub text: String,
    /// When it was stored, UTC.
    pub saved_at_ms: i64,
}

/// All forms that are not finished.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeptForms {
    /// The forms.
    pub list: Vec<KeptForm>,
}
