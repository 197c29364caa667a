//! Phone numbers and extensions, normalised with libphonenumber's numbering plans.
//!
//! ```text
//! text ─► scrub ─► candidates (as it is, without trunk zero, national, with country code, 00…) ─► first valid one
//!                      └─ none valid ─► extension or short code (≤ 8), else digits as they are
//! ```

pub mod emergency;
mod plan;
mod scrub;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use plan::Valid;
use scrub::Scrubbed;

/// A number that can be dialled and compared.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
        /// An optional `+`, then `0-9 * #`, at most 40.
        digits: String,
    },
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing to dial in it.
    #[error("no digits")]
    NoDigits,
    /// Control characters, or more text than a number has.
    #[error("not a number")]
    NotANumber,
    /// More than 40 digits.
    #[error("too many digits")]
    TooLong,
}

/// What a number costs and is, as far as numbering plans tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Fixed line, or a plan that does not tell fixed from mobile.
    Fixed,
    /// Mobile.
    Mobile,
    /// Free for the caller.
    TollFree,
    /// Premium rate.
    Premium,
    /// Cost shared by both sides.
    SharedCost,
    /// Satellite and international networks: +870, +881, +882, +883.
    Satellite,
    /// Internet telephony, personal, pager, company and voicemail numbers.
    Other,
    /// No valid full number.
    Unknown,
}

/// What a text is while it is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberCheck {
    /// For the eye: formatted once it is valid, else as typed.
    pub display: String,
    /// E.164, once it is a valid full number.
    pub e164: Option<String>,
    /// ISO 3166 region.
    pub country: Option<String>,
    /// Digits that are missing for the region's shortest valid number; none for what may be an extension.
    pub missing_digits: Option<u32>,
    /// It can be dialled as it is.
    pub dialable: bool,
}

/// The longest text of digits that counts as an extension or short code.
const EXTENSION_MAX: usize = 8;
/// The most digits that are dialled.
const DIGITS_MAX: usize = 40;

impl PhoneNumber {
    /// Reads a number in any form. `country` is the ISO 3166 region in which numbers without country code are meant.
    pub fn parse(text: &str, country: &str) -> Result<Self, NumberError> {
        let scrubbed = scrub::scrub(text).ok_or(NumberError::NotANumber)?;
        if !scrubbed.digits.contains(|c: char| c.is_ascii_digit() || c == '*') {
            return Err(NumberError::NoDigits);
        }
        if scrubbed.digits.len() > DIGITS_MAX {
            return Err(NumberError::TooLong);
        }
        if let Some(valid) = first_valid(&scrubbed, country) {
            return Ok(Self::Full { e164: valid.e164(), country: valid.country, extension: scrubbed.extension });
        }
        let digits = scrubbed.digits;
        if !scrubbed.plus && digits.len() <= EXTENSION_MAX {
            return Ok(Self::Extension { digits });
        }
        Ok(Self::Other { digits: if scrubbed.plus { format!("+{digits}") } else { digits } })
    }

    /// Reads a number that is already E.164, such as one from the store.
    pub fn from_e164(e164: &str) -> Option<Self> {
        let digits = e164.strip_prefix('+')?;
        let (code, national) = plan::split_code(digits)?;
        let valid = plan::validate(code, national)?;
        Some(Self::Full { e164: valid.e164(), country: valid.country, extension: None })
    }

    /// E.164, if it is a full number.
    pub fn e164(&self) -> Option<&str> {
        match self {
            Self::Full { e164, .. } => Some(e164),
            _ => None,
        }
    }

    /// The extension, if it is one or has one.
    pub fn extension(&self) -> Option<&str> {
        match self {
            Self::Full { extension, .. } => extension.as_deref(),
            Self::Extension { digits } => Some(digits),
            Self::Other { .. } => None,
        }
    }

    /// ISO 3166 region.
    pub fn country(&self) -> Option<&str> {
        match self {
            Self::Full { country, .. } => country.as_deref(),
            _ => None,
        }
    }

    /// The characters that are dialled: E.164 with its `+`, or digits as they are. An extension behind a full number is
    /// not among them.
    pub fn dial(&self) -> &str {
        match self {
            Self::Full { e164, .. } => e164,
            Self::Extension { digits } | Self::Other { digits } => digits,
        }
    }

    /// What two records must share to be the same number. An extension behind a full number does not count: the number
    /// that calls shows only its trunk.
    pub fn match_key(&self) -> &str {
        self.dial()
    }

    /// For the eye: `+506 8555 0117`, `+506 2222 0000 ext. 12`, `ext. 231`, short codes as they are.
    pub fn display(&self) -> String {
        match self {
            Self::Full { e164, extension, .. } => {
                let written = e164
                    .strip_prefix('+')
                    .and_then(plan::split_code)
                    .map_or_else(|| e164.clone(), |(code, national)| plan::international(code, national));
                match extension {
                    Some(extension) => format!("{written} ext. {extension}"),
                    None => written,
                }
            }
            Self::Extension { digits } if is_plain_extension(digits) => format!("ext. {digits}"),
            Self::Extension { digits } | Self::Other { digits } => digits.clone(),
        }
    }

    /// What it costs and is.
    pub fn kind(&self) -> Kind {
        let Some(e164) = self.e164() else { return Kind::Unknown };
        if ["+870", "+881", "+882", "+883"].iter().any(|network| e164.starts_with(network)) {
            return Kind::Satellite;
        }
        plan::split_code(&e164[1..])
            .and_then(|(code, national)| plan::validate(code, national))
            .map_or(Kind::Unknown, |valid| valid.kind)
    }

    /// It reaches emergency services when dialled from `country`.
    pub fn is_emergency(&self, country: &str) -> bool {
        match self {
            Self::Extension { digits } => emergency::is_emergency(digits, country),
            // +112 and the like reach them on some networks.
            Self::Other { digits } => {
                digits.strip_prefix('+').is_some_and(|digits| emergency::is_emergency(digits, country))
            }
            Self::Full { .. } => false,
        }
    }

    /// A code that changes or asks something of the line, such as `*21*88887777#`.
    pub fn is_service_code(&self) -> bool {
        match self {
            Self::Full { .. } => false,
            Self::Extension { digits } | Self::Other { digits } => digits.contains(['*', '#']),
        }
    }
}

/// Never the number itself: `Debug` reaches logs.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (form, digits) = match self {
            Self::Full { e164, .. } => ("Full", e164),
            Self::Extension { digits } => ("Extension", digits),
            Self::Other { digits } => ("Other", digits),
        };
        write!(f, "{form}({} characters)", digits.len())
    }
}

/// Reads the numbering plans, which takes a tenth of a second the first time; a program does it beside its start, so that
/// nobody who dials or is called waits for it.
pub fn warm_up() {
    let _ = plan::region("CR");
}

/// What a text is while it is being typed.
pub fn check(text: &str, country: &str) -> NumberCheck {
    let nothing = NumberCheck {
        display: text.trim().to_owned(),
        e164: None,
        country: None,
        missing_digits: None,
        dialable: false,
    };
    let Ok(number) = PhoneNumber::parse(text, country) else { return nothing };
    let missing_digits =
        scrub::scrub(text).and_then(|scrubbed| missing(&scrubbed, country)).filter(|_| number.e164().is_none());
    let display = if number.e164().is_some() { number.display() } else { nothing.display };
    let region = number.country().map(str::to_owned).or_else(|| {
        let digits = number.dial().strip_prefix('+')?;
        plan::main_region(plan::split_code(digits)?.0).map(|meta| meta.id().to_owned()).filter(|id| id != "001")
    });
    NumberCheck {
        display,
        e164: number.e164().map(str::to_owned),
        country: region,
        missing_digits,
        dialable: missing_digits.is_none() || !number.dial().starts_with('+'),
    }
}

/// Whether `country` is an ISO 3166 region with a numbering plan.
pub fn is_country(country: &str) -> bool {
    plan::region(country).is_some()
}

fn missing(scrubbed: &Scrubbed, country: &str) -> Option<u32> {
    let (shortest, typed) = if scrubbed.plus {
        let (code, national) = plan::split_code(&scrubbed.digits)?;
        (plan::shortest(plan::main_region(code)?)?, national.len())
    } else {
        let meta = plan::region(country)?;
        let national = plan::strip_national_prefix(meta, &scrubbed.digits).unwrap_or_else(|| scrubbed.digits.clone());
        // What is shorter than a subscriber number anywhere is more likely an extension than an unfinished number.
        if national.len() <= 5 || scrubbed.digits.contains(['*', '#']) {
            return None;
        }
        (plan::shortest(meta)?, national.len())
    };
    u32::try_from(shortest.checked_sub(typed)?).ok().filter(|missing| *missing > 0)
}

fn is_plain_extension(digits: &str) -> bool {
    digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit()) && !emergency::is_emergency_anywhere(digits)
}

fn first_valid(scrubbed: &Scrubbed, country: &str) -> Option<Valid> {
    if scrubbed.digits.contains(['*', '#']) {
        return None;
    }
    [Some(&scrubbed.digits), scrubbed.with_trunk.as_ref(), scrubbed.before_slash.as_ref(), scrubbed.vanity.as_ref()]
        .into_iter()
        .flatten()
        .find_map(|digits| if scrubbed.plus { global(digits) } else { local(digits, country) })
}

/// Digits behind a `+`.
fn global(digits: &str) -> Option<Valid> {
    // Some write +00506…, others +011….
    let digits = digits.strip_prefix("00").or(digits.strip_prefix("011")).unwrap_or(digits);
    let (code, rest) = plan::split_code(digits)?;
    let without_prefix = || {
        let stripped = plan::strip_national_prefix(plan::main_region(code)?, rest)?;
        plan::validate(code, &stripped)
    };
    // Until 2019 Mexican mobiles had a 1 behind the country code; address books still do.
    let old_mexican = || plan::validate(code, rest.strip_prefix('1')?);
    plan::validate(code, rest).or_else(without_prefix).or_else(|| (code == 52).then(old_mexican).flatten())
}

/// Digits without a `+`: abroad by the country's prefix, national, or with the country code but no `+`.
fn local(digits: &str, country: &str) -> Option<Valid> {
    let Some(meta) = plan::region(country) else {
        return digits.strip_prefix("00").and_then(global);
    };
    let code = meta.country_code();
    let abroad = || plan::strip_international_prefix(meta, digits).and_then(global);
    let national = || {
        let stripped = plan::strip_national_prefix(meta, digits).and_then(|national| plan::validate(code, &national));
        stripped.or_else(|| plan::validate(code, digits))
    };
    let with_code = || digits.strip_prefix(&code.to_string()).and_then(|rest| plan::validate(code, rest));
    // Web pages write 00 also where the country's own prefix is another.
    let double_zero = || digits.strip_prefix("00").and_then(global);
    abroad().or_else(national).or_else(with_code).or_else(double_zero)
}
