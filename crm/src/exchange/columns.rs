//! The columns of a contacts file, under the names that people give them.

use crate::text::fold;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Column {
    Kind,
    FirstName,
    LastName,
    Company,
    DocumentKind,
    DocumentNumber,
    Vip,
    Phone,
    Mobile,
    Email,
    Social,
    Street,
    Number,
    Complement,
    District,
    City,
    Region,
    PostalCode,
    Country,
    Reference,
}

/// Every column: its key, which is the heading that is written, and other headings that are read, folded.
const COLUMNS: &[(Column, &str, &[&str])] = &[
    (Column::Kind, "kind", &["tipo", "type"]),
    (Column::FirstName, "first_name", &["nombre", "nombres", "first name", "given name", "name"]),
    (Column::LastName, "last_name", &["apellido", "apellidos", "last name", "surname", "family name", "sobrenome"]),
    (Column::Company, "company", &["compania", "empresa", "organization", "organisation", "account name"]),
    (Column::DocumentKind, "document_kind", &["tipo de documento", "document type", "document kind"]),
    (Column::DocumentNumber, "document_number", &["documento", "numero de documento", "document", "document number"]),
    (Column::Vip, "vip", &["es vip", "is vip"]),
    (Column::Phone, "phone", &["telefono", "telefonos", "phone number", "telefone", "extension"]),
    (Column::Mobile, "mobile", &["telefono movil", "movil", "celular", "mobile phone", "cell phone"]),
    (Column::Email, "email", &["correo", "correo electronico", "e-mail", "mail", "email address"]),
    (Column::Social, "social", &["redes sociales", "red social", "social network"]),
    (Column::Street, "street", &["calle", "direccion", "address", "rua"]),
    (Column::Number, "number", &["numero", "house number"]),
    (Column::Complement, "complement", &["complemento", "flat"]),
    (Column::District, "district", &["distrito", "bairro"]),
    (Column::City, "city", &["ciudad", "cidade", "town"]),
    (Column::Region, "region", &["provincia", "estado", "state", "province"]),
    (Column::PostalCode, "postal_code", &["codigo postal", "postal code", "zip", "zip code"]),
    (Column::Country, "country", &["pais"]),
    (Column::Reference, "reference", &["referencia"]),
];

impl Column {
    /// All, in the order of the template.
    pub fn all() -> impl Iterator<Item = Self> {
        COLUMNS.iter().map(|(column, ..)| *column)
    }

    /// The heading that is written.
    pub fn key(self) -> &'static str {
        COLUMNS.iter().find(|(column, ..)| *column == self).map_or("", |(_, key, _)| key)
    }

    /// The column of a heading in any of its languages.
    pub fn of_heading(heading: &str) -> Option<Self> {
        let heading = fold(heading.trim());
        let heading = heading.trim_end_matches([':', '*', ' ']);
        let found = COLUMNS.iter().find(|(_, key, others)| *key == heading || others.contains(&heading));
        found.map(|(column, ..)| *column)
    }
}
