//! Contacts and leads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{AddressId, ChannelId, ContactId, Origin};
use crate::phone::PhoneNumber;
use crate::text;

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
    /// Values of the company's own fields, by key; no empty ones.
    pub custom: BTreeMap<String, String>,
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

/// A field of a contact's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// «Nombre».
    FirstName,
    /// «Apellidos».
    LastName,
    /// «Compañía».
    Company,
    /// Number of the document.
    DocumentNumber,
    /// All channels.
    Channels,
    /// The channel at this place.
    Channel(usize),
    /// The company's own field at this place of its definitions.
    Custom(usize),
}

impl Field {
    /// The field's name as the interface knows it: `first_name`, `channels.2`.
    pub fn name(self) -> String {
        match self {
            Self::FirstName => "first_name".into(),
            Self::LastName => "last_name".into(),
            Self::Company => "company".into(),
            Self::DocumentNumber => "document_number".into(),
            Self::Channels => "channels".into(),
            Self::Channel(at) => format!("channels.{at}"),
            Self::Custom(at) => format!("custom.{at}"),
        }
    }
}

/// Why a contact cannot be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A required field is empty.
    #[error("{} is required", .0.name())]
    Required(Field),
    /// A field has a wrong form.
    #[error("{} has a wrong form", .0.name())]
    Form(Field),
}

/// The most characters of a field.
pub const FIELD_MAX: usize = 200;

impl Contact {
    /// Trims all text and reads the numbers of phones and mobiles as written in `country`.
    pub fn tidy(&mut self, country: &str) {
        for text in [&mut self.first_name, &mut self.last_name, &mut self.company] {
            *text = one_line(text);
        }
        for text in [&mut self.document_kind, &mut self.document_number] {
            *text = text.as_deref().map(one_line).filter(|text| !text.is_empty());
        }
        for channel in &mut self.channels {
            channel.raw = one_line(&channel.raw);
            let phone = matches!(channel.kind, ChannelKind::Phone | ChannelKind::Mobile);
            channel.number = phone.then(|| PhoneNumber::parse(&channel.raw, country).ok()).flatten();
        }
        self.channels.retain(|channel| !channel.raw.is_empty());
    }

    /// Whether a tidied contact may be saved: a contact has first and last name, a lead last name and company, and both
    /// a way to be reached.
    pub fn validate(&self) -> Result<(), Invalid> {
        let required: &[(Field, &str)] = match self.kind {
            ContactKind::Contact => &[(Field::FirstName, &self.first_name), (Field::LastName, &self.last_name)],
            ContactKind::Lead => &[(Field::LastName, &self.last_name), (Field::Company, &self.company)],
        };
        if let Some((field, _)) = required.iter().find(|(_, text)| text.is_empty()) {
            return Err(Invalid::Required(*field));
        }
        if self.channels.is_empty() {
            return Err(Invalid::Required(Field::Channels));
        }
        let long = |text: &str| text.chars().count() > FIELD_MAX;
        let texts =
            [(Field::FirstName, &self.first_name), (Field::LastName, &self.last_name), (Field::Company, &self.company)];
        if let Some((field, _)) = texts.iter().find(|(_, text)| long(text)) {
            return Err(Invalid::Form(*field));
        }
        if self.document_number.as_deref().is_some_and(long) {
            return Err(Invalid::Form(Field::DocumentNumber));
        }
        match self.channels.iter().position(|channel| !channel.is_valid() || long(&channel.raw)) {
            Some(at) => Err(Invalid::Form(Field::Channel(at))),
            None => Ok(()),
        }
    }

    /// First name and surname; the company of somebody without a name.
    pub fn name(&self) -> String {
        let name = [self.first_name.as_str(), self.last_name.as_str()].join(" ");
        if name.trim().is_empty() { self.company.clone() } else { name.trim().to_owned() }
    }

    /// Initials for the avatar.
    pub fn initials(&self) -> String {
        text::initials(&self.first_name, &self.last_name, &self.company)
    }

    /// All a search looks at, folded, parts separated by line feeds: names, company, document, channels as typed and as
    /// digits, addresses, the company's own fields.
    pub fn search_text(&self) -> String {
        let mut parts = vec![self.name(), self.company.clone()];
        parts.extend(self.document_number.iter().flat_map(|number| [number.clone(), text::join_digits(number)]));
        for channel in &self.channels {
            parts.push(channel.raw.clone());
            parts.extend(channel.number.as_ref().map(|number| digits(number.dial())));
        }
        for address in &self.addresses {
            parts.push(address.line());
        }
        parts.extend(self.custom.values().flat_map(|value| [value.clone(), text::join_digits(value)]));
        text::fold(&parts.join("\n"))
    }

    /// Whether a search for these terms finds the person; see [`crate::store::search_terms`].
    pub fn is_found_by(&self, terms: &[String]) -> bool {
        let (all, name) = (self.search_text(), text::fold(&self.name()));
        let ends = |term: &str| {
            let mut numbers = self.channels.iter().filter_map(|channel| channel.number.as_ref());
            term.bytes().all(|byte| byte.is_ascii_digit()) && numbers.any(|n| digits(n.dial()).ends_with(term))
        };
        terms.iter().all(|term| match term.chars().count() {
            0..3 => name.contains(term.as_str()) || ends(term),
            _ => all.contains(term.as_str()),
        })
    }

    /// First phone for the eye, and first e-mail.
    pub fn first_phone_and_email(&self) -> (Option<String>, Option<String>) {
        let phone = self.channels.iter().find_map(|channel| channel.number.as_ref()).map(PhoneNumber::display);
        let email = self.channels.iter().find(|channel| channel.kind == ChannelKind::Email);
        (phone, email.map(|channel| channel.raw.clone()))
    }
}

impl Channel {
    fn is_valid(&self) -> bool {
        match self.kind {
            ChannelKind::Phone | ChannelKind::Mobile => self.number.is_some(),
            ChannelKind::Email => is_email(&self.raw),
            ChannelKind::Social => !self.raw.is_empty(),
        }
    }
}

impl Address {
    /// All its parts in one line, empty ones left out.
    pub fn line(&self) -> String {
        let parts = [
            &self.street,
            &self.number,
            &self.complement,
            &self.district,
            &self.city,
            &self.region,
            &self.postal_code,
            &self.country,
            &self.reference,
        ];
        parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Digits of a text, in order.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a text has the form of an e-mail address: one `@`, a local part up to 64 bytes without spaces, a domain of
/// at least two labels.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    local_ok && domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label_ok)
}

/// Trimmed, with one space for every run of white space and control characters; invisible marks removed.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words = words.map(|word| word.chars().filter(|c| !text::is_invisible(*c)).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
