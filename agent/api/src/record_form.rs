//! Forms of organisations: what their CRM requires of a new record, and what is filled in.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::contact::FieldValue;
use crate::id::{ConnectionId, PushId};
use crate::remote::RecordKind;

/// Asks what an organisation requires of a new record. It answers within seconds, of what is kept if the CRM does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DescribeForm {
    /// Where.
    pub connection: ConnectionId,
    /// What is to be made; a lead is a contact where there are no leads.
    pub kind: RecordKind,
    /// Of this record type; none is the user's own.
    pub record_type: Option<String>,
    /// For what is corrected of this push: the CRM is asked anew, and fields that it named are told, too.
    pub push: Option<PushId>,
}

/// What of a person here fills a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OwnField {
    /// «Nombre».
    FirstName,
    /// «Apellidos».
    LastName,
    /// «Compañía».
    Company,
    /// The first number.
    Phone,
    /// The second number.
    Mobile,
    /// The first e-mail.
    Email,
}

/// One of the values of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordChoice {
    /// As it goes there.
    pub value: String,
    /// For the eye.
    pub label: String,
}

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordFieldKind {
    /// Text; also what this program has no word for.
    Text {
        /// The most characters; 0 if nobody told.
        max: u32,
    },
    /// A decimal number with a point.
    Number,
    /// `true` or `false`.
    Flag,
    /// A day, `2027-02-28`.
    Date,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// One of these.
    Choice {
        /// In the organisation's order.
        choices: Vec<RecordChoice>,
    },
    /// Any of these; values stand one a line.
    Choices {
        /// In the organisation's order.
        choices: Vec<RecordChoice>,
    },
}

/// A field of the form. Texts are the organisation's: untrusted, cleaned, at most 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordField {
    /// Its name there.
    pub name: String,
    /// For the eye.
    pub label: String,
    /// What it takes.
    pub takes: RecordFieldKind,
    /// A new record must have it.
    pub required: bool,
    /// What it holds if nobody says otherwise.
    pub default: Option<String>,
    /// What of a person here fills it: it is not asked for again, only required.
    pub fed_by: Option<OwnField>,
}

/// A record type or layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordTypeView {
    /// Its id there.
    pub id: String,
    /// For the eye.
    pub name: String,
}

/// What an organisation requires of a new record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordFormView {
    /// Those that there are to choose from; none where there is but one.
    pub record_types: Vec<RecordTypeView>,
    /// The one that the fields are of.
    pub record_type: Option<String>,
    /// Required fields, in the organisation's order, then those that it named in a refusal.
    pub fields: Vec<RecordField>,
    /// What is filled in already, for the push that was named.
    pub values: Vec<FieldValue>,
    /// When the CRM told it, UTC; none if it did not answer and nothing is kept: then nobody knows what is required.
    pub read_at_ms: Option<i64>,
}

/// What is filled in of an organisation's form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FilledForm {
    /// The record type; none is the user's own.
    pub record_type: Option<String>,
    /// Values by the fields' names there; what is empty is left out.
    pub values: Vec<FieldValue>,
}

/// What is filled in for one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FurtherFields {
    /// Which.
    pub connection: ConnectionId,
    /// Its form.
    pub form: FilledForm,
}
