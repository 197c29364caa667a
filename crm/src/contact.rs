//! Contacts and leads.

use serde::{Deserialize, Serialize};

use crate::id::{AddressId, ChannelId, ContactId, Origin};
use crate::phone::PhoneNumber;

/// What a person is to the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// «Contacto».
    Contact,
    /// «Candidato».
    Lead,
}

/// Kinds of ways to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// What it is.
    pub kind: ChannelKind,
    /// As typed, trimmed.
    pub raw: String,
    /// What `raw` is, for phones and mobiles.
    pub number: Option<PhoneNumber>,
}

/// A postal address. Every field may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Its id.
    pub id: AddressId,
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

/// Everything about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// 0 for a person who is not stored yet; counts up with every save. Saving with another than the stored one is a
    /// conflict.
    pub rev: i64,
    /// Live or demo.
    pub origin: Origin,
    /// What it is.
    pub kind: ContactKind,
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
    /// Star.
    pub vip: bool,
    /// Ways to reach the person, in the person's order.
    pub channels: Vec<Channel>,
    /// Postal addresses, in order.
    pub addresses: Vec<Address>,
}

/// A person in a list, a pop-up, a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactBrief {
    /// Its id.
    pub id: ContactId,
    /// What it is.
    pub kind: ContactKind,
    /// First name and surname, or the company.
    pub name: String,
    /// Initials for the avatar, at most two letters.
    pub initials: String,
    /// Company, if any.
    pub company: Option<String>,
    /// Star.
    pub vip: bool,
    /// First phone, for the eye.
    pub phone: Option<String>,
    /// First e-mail.
    pub email: Option<String>,
    /// When the last call with this person began.
    pub last_call_at_ms: Option<i64>,
    /// Name (or built-in key) of the disposition in which the person was last left.
    pub last_disposition: Option<String>,
    /// That disposition forbids calling: ask before dialling.
    pub do_not_call: bool,
    /// Live or demo.
    pub origin: Origin,
}
