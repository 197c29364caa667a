//! What the records of an organisation take, as its CRM describes them, and what of a person is kept both here and there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a field of a form takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text of at most so many characters.
    Text {
        /// The most characters; 0 if the CRM tells none.
        max: u32,
    },
    /// A number.
    Number,
    /// Yes or no.
    Flag,
    /// A day.
    Date,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// One of these: value and label.
    Choice(Vec<(String, String)>),
    /// Any of these: value and label.
    Choices(Vec<(String, String)>),
    /// Anything else; the CRM's word for it.
    Other(String),
}

/// What a field holds, as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// Text, a choice's value, or a day as `2026-11-23`.
    Text(String),
    /// A number, decimal with a point.
    Number(String),
    /// Yes or no.
    Flag(bool),
    /// Values of a choice of several.
    Several(Vec<String>),
}

/// What of a person is kept both here and in a CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonField {
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// Company, where it is a text and no record of its own.
    Company,
    /// The main number.
    Phone,
    /// The second number.
    Mobile,
    /// E-mail.
    Email,
}

/// A person's fields; one that is not there is none of the record's, an empty one is.
pub type PersonFields = BTreeMap<PersonField, String>;

/// A field that a record of an organisation has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// Its name on the wire.
    pub name: String,
    /// Its label, in the organisation's words.
    pub label: String,
    /// What it takes.
    pub kind: FieldKind,
    /// A new record must have it.
    pub required: bool,
    /// What it holds when nobody says otherwise.
    pub default: Option<FieldValue>,
    /// What of a person of ours fills it.
    pub fed_by: Option<PersonField>,
}

/// A record type (Salesforce) or layout (Zoho): another form of the same kind of record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordType {
    /// The CRM's id of it.
    pub id: String,
    /// Its name, in the organisation's words.
    pub name: String,
}

/// The form of a new record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordForm {
    /// Those that this user may choose; none where there is but one.
    pub record_types: Vec<RecordType>,
    /// The one that the fields are of.
    pub record_type: Option<String>,
    /// Its fields, required ones first.
    pub fields: Vec<FieldSpec>,
}

/// A person's record as it stands in a CRM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonState {
    /// What it holds of what is kept in both places.
    pub fields: PersonFields,
    /// Which version of the record this is, if the CRM refuses writing over a later one.
    pub version: Option<String>,
}
