//! Contacts and leads.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::edit::EditsView;
use crate::id::{AddressId, CallId, ChannelId, ContactId};
use crate::record_form::FurtherFields;
use crate::remote::RecordRef;

/// What a person is to the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// «Contacto».
    Contact,
    /// «Candidato».
    Lead,
}

/// Kinds of ways to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// «Teléfono»: a number or an extension.
    Phone,
    /// «Teléfono móvil».
    Mobile,
    /// E-mail.
    Email,
    /// A name on a social network.
    Social,
}

/// One way to reach a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChannelView {
    /// Its id; none in a form for a new one.
    pub id: Option<ChannelId>,
    /// What it is.
    pub kind: ChannelKind,
    /// As typed.
    pub raw: String,
    /// For the eye.
    pub display: String,
    /// E.164, if it is a full number.
    pub e164: Option<String>,
    /// Extension, if it is or has one.
    pub extension: Option<String>,
}

/// A person in a list, a pop-up, a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactBrief {
    /// Its id.
    pub id: ContactId,
    /// What it is.
    pub kind: ContactKind,
    /// First name and surname, or the company.
    pub name: String,
    /// Initials for the avatar.
    pub initials: String,
    /// Company, if any.
    pub company: Option<String>,
    /// Star.
    pub vip: bool,
    /// First phone, for the eye.
    pub phone: Option<String>,
    /// First e-mail.
    pub email: Option<String>,
    /// The last call with this person, UTC.
    pub last_call_at_ms: Option<i64>,
    /// The disposition in which the person was last left.
    pub last_disposition: Option<String>,
    /// That disposition forbids calling: ask before dialling.
    pub do_not_call: bool,
    /// Demo data.
    pub demo: bool,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AddressView {
    /// Its id; none in a form for a new one.
    pub id: Option<AddressId>,
    /// Street.
    pub street: String,
    /// House number.
    pub number: String,
    /// Flat, floor.
    pub complement: String,
    /// District.
    pub district: String,
    /// City.
    pub city: String,
    /// Region, province.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// ISO 3166 region.
    pub country: String,
    /// How to find it.
    pub reference: String,
}

/// What a field that a company defines holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ContactFieldKind {
    /// One line, at most 200 characters.
    Text,
    /// A decimal number with a point, such as `-12.5`.
    Number,
    /// A day, `2027-02-28`.
    Date,
    /// One of the choices.
    Choice,
}

/// One of the «Campos personalizados».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactField {
    /// Under this the values are kept: `a-z`, `0-9` and `_`; no two have the same.
    pub key: String,
    /// For the eye.
    pub label: String,
    /// What it holds.
    pub kind: ContactFieldKind,
    /// What there is to choose; empty for any other kind.
    pub choices: Vec<String>,
    /// A form that shows it is not saved without it.
    pub required: bool,
}

/// All «Campos personalizados», in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactFields {
    /// The fields.
    pub list: Vec<ContactField>,
}

/// What one of them holds for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FieldValue {
    /// Key of the field.
    pub key: String,
    /// The value in the form of its kind.
    pub value: String,
}

/// Everything about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactView {
    /// The short form.
    pub brief: ContactBrief,
    /// «Nombre».
    pub first_name: String,
    /// «Apellidos».
    pub last_name: String,
    /// «Compañía».
    pub company: String,
    /// Kind of identity document, such as `DNI`.
    pub document_kind: Option<String>,
    /// Its number.
    pub document_number: Option<String>,
    /// Ways to reach the person.
    pub channels: Vec<ChannelView>,
    /// Postal addresses.
    pub addresses: Vec<AddressView>,
    /// Values of «Campos personalizados», by key; also of fields that are not defined any more.
    pub custom: Vec<FieldValue>,
    /// Which records of connected CRMs the person is: «Ver en …».
    pub records: Vec<RecordRef>,
    /// How edits stand with the CRMs that have the person, too; none for one with which all is well.
    pub edits: Vec<EditsView>,
    /// Changes with every save; send it back.
    pub rev: i64,
}

/// Creates (no id) or changes a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaveContact {
    /// The person to change.
    pub id: Option<ContactId>,
    /// The `rev` that the form was opened with; none for a new person.
    pub rev: Option<i64>,
    /// What it is.
    pub kind: ContactKind,
    /// «Nombre»; required for a contact.
    pub first_name: String,
    /// «Apellidos»; required.
    pub last_name: String,
    /// «Compañía»; required for a lead.
    pub company: String,
    /// Kind of identity document.
    pub document_kind: Option<String>,
    /// Its number.
    pub document_number: Option<String>,
    /// Star.
    pub vip: bool,
    /// Ways to reach the person; at least one.
    pub channels: Vec<ChannelView>,
    /// Postal addresses.
    pub addresses: Vec<AddressView>,
    /// All values of «Campos personalizados»; a field that is not among them is empty. None leaves them as they are and
    /// asks for none of them: a short form that does not show them. A fault names `custom.0`, the place in the list of
    /// fields.
    #[serde(default)]
    #[ts(optional)]
    pub custom: Option<Vec<FieldValue>>,
    /// The call whose card opened the form: the new person is assigned to it, and is demo data where the call is.
    pub for_call: Option<CallId>,
    /// What connected CRMs require of the person besides, who is to be created there; one for each. Fails with `required` or
    /// `invalid` about `further.`, the connection, `.` and the name of the field there.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<FurtherFields>>")]
    pub further: Vec<FurtherFields>,
}

/// Names a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactRef {
    /// The person.
    pub contact: ContactId,
}

/// Erases a person, and what refers to the person: number, name and texts of calls assigned to the person, or with a number
/// that nobody else has; what was not sent to a CRM; forms. The facts of the calls stay. While a call with the person is
/// up or being sent it is not possible in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EraseContact {
    /// The person.
    pub contact: ContactId,
    /// As read; another is a conflict.
    pub rev: i64,
}

/// What was erased with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Erased {
    /// Calls that keep their facts without number, name and texts.
    pub calls: u32,
    /// Activities that will never be sent.
    pub unsent: u32,
    /// Activities that a CRM has, or may have: what it stored stays there.
    pub sent: u32,
}

/// Searches people by name, company, document, e-mail, number, extension or address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SearchContacts {
    /// What was typed; empty lists all.
    pub text: String,
    /// Only this kind.
    pub kind: Option<ContactKind>,
    /// Only people who may be assigned to this call: for a call of the practice line its own, for any other no demo data.
    #[serde(default)]
    #[ts(optional)]
    pub for_call: Option<CallId>,
    /// Where the previous page ended.
    pub after: Option<String>,
    /// Rows to pass over from there: what a scroll bar jumps by.
    #[serde(default)]
    pub skip: u32,
    /// At most this many, up to 200.
    pub limit: u32,
}

/// A page of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactPage {
    /// The rows.
    pub rows: Vec<ContactBrief>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
    /// How many there are in all for this search.
    pub total: u32,
}

/// Adds a number to a person who exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AddNumber {
    /// The person.
    pub contact: ContactId,
    /// The number as typed or called.
    pub number: String,
}

/// Adds a postal address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AddAddress {
    /// The person.
    pub contact: ContactId,
    /// The address.
    pub address: AddressView,
}

/// A number or another way to reach somebody, while it is being typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckNumber {
    /// What was typed.
    pub text: String,
}

/// What a typed text is. These rules are the agent's: what is `dialable` here is dialled by the keypad, and a `channel`
/// of this kind is taken by the form of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NumberCheck {
    /// For the eye.
    pub display: String,
    /// E.164, once it is a valid full number.
    pub e164: Option<String>,
    /// ISO 3166 region.
    pub country: Option<String>,
    /// Extension, if it is or has one.
    pub extension: Option<String>,
    /// Digits that are missing for the region's shortest valid number.
    pub missing_digits: Option<u32>,
    /// It can be dialled as it is: a number, an extension, a code of the exchange, or a SIP address.
    pub dialable: bool,
    /// What it is as a way to reach a person; none if it is none.
    pub channel: Option<ChannelKind>,
}
