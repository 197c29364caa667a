//! Phone numbers and extensions, normalised with libphonenumber's metadata.

use serde::{Deserialize, Serialize};

/// A number that can be dialled and compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum PhoneNumber {
    /// A valid full number.
    Full {
        /// `+` and 5 to 15 digits.
        e164: String,
        /// ISO 3166 region, if the number belongs to one (`+800…` does not).
        country: Option<String>,
        /// Extension behind it, digits only.
        extension: Option<String>,
    },
    /// An extension, short code or service code: 1 to 8 of `0-9 * #`, dialled as it is.
    Extension {
        /// The characters to dial.
        digits: String,
    },
    /// Digits that are no valid number of any country we can tell; a dial plan may still know them.
    Other {
        /// An optional `+`, then `0-9 * #`.
        digits: String,
    },
}
