//! What was changed of a person, and how that stands with the CRMs that have the person, too.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::{ConnectionId, ContactId};
use crate::push::PushReason;

/// What of a person is kept both here and in a CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PersonField {
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// Company.
    Company,
    /// The main number.
    Phone,
    /// The second number.
    Mobile,
    /// E-mail.
    Email,
}

/// How edits of a person stand with a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EditsView {
    /// The connection.
    pub connection: ConnectionId,
    /// A change made here is not there yet.
    pub waiting: bool,
    /// Why the CRM did not take the last change.
    pub refused: Option<PushReason>,
    /// Changed in both places: the agent decides. In order of the fields.
    pub clashes: Vec<ClashView>,
}

/// A field that was changed both here and there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClashView {
    /// The field.
    pub field: PersonField,
    /// What stands here; may be empty.
    pub here: String,
    /// What stands there; may be empty. Untrusted text, made fit for the eye.
    pub there: String,
}

/// Whose value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Ours: it goes there.
    Here,
    /// Theirs: it comes here.
    There,
}

/// What is decided of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClashChoice {
    /// The field.
    pub field: PersonField,
    /// Whose value counts.
    pub side: Side,
    /// What stood there when it was decided; another value by now is a conflict.
    pub there: String,
}

/// Decides clashes of a person; those that are not named stay open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DecideClashes {
    /// The person.
    pub contact: ContactId,
    /// The connection.
    pub connection: ConnectionId,
    /// What is decided.
    pub choices: Vec<ClashChoice>,
}

/// Names the edits of a person in a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EditsRef {
    /// The person.
    pub contact: ContactId,
    /// The connection.
    pub connection: ConnectionId,
}
