//! libphonenumber's numbering plans, as the crate `phonenumber` carries them: which national numbers are valid, of what
//! kind, and how they are written.
//!
//! Only the metadata of that crate is used. Its own matching accepts a number of which merely the beginning fits a
//! pattern; here every pattern must fit the whole national number, as in the original library.

use std::cell::RefCell;
use std::collections::HashMap;

use phonenumber::metadata::{DATABASE, Descriptor, Format, Metadata};
use regex::Regex;

use super::Kind;

/// The region id of numbers that belong to no country, such as `+800`.
const WORLD: &str = "001";

thread_local! {
    // A store thread normalises the same few countries again and again; compiling a pattern costs a hundred times
    // more than matching it. Patterns are constants of the metadata, so the map is bounded.
    static PATTERNS: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
}

/// A valid national number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Valid {
    /// Country calling code.
    pub code: u16,
    /// National significant number.
    pub national: String,
    /// ISO 3166 region, if it belongs to one.
    pub country: Option<String>,
    /// What it costs and is.
    pub kind: Kind,
}

impl Valid {
    pub fn e164(&self) -> String {
        format!("+{}{}", self.code, self.national)
    }
}

/// Metadata of an ISO 3166 region.
pub(super) fn region(country: &str) -> Option<&'static Metadata> {
    (country != WORLD).then(|| DATABASE.by_id(country)).flatten()
}

/// Splits digits after a `+` into calling code and the rest.
pub(super) fn split_code(digits: &str) -> Option<(u16, &str)> {
    (1..=3).find_map(|len| {
        let code = digits.get(..len)?.parse().ok()?;
        DATABASE.by_code(&code).is_some().then(|| (code, &digits[len..]))
    })
}

/// What `national` under `code` is, if it is valid.
pub(super) fn validate(code: u16, national: &str) -> Option<Valid> {
    let regions = DATABASE.by_code(&code)?;
    let only = regions.len() == 1;
    regions.into_iter().find_map(|meta| {
        let leads = meta.leading_digits().is_none_or(|digits| prefix(digits.as_str(), national).is_some());
        if !only && !leads {
            return None;
        }
        let kind = kind(meta, national)?;
        let country = (meta.id() != WORLD).then(|| meta.id().to_owned());
        Some(Valid { code, national: national.to_owned(), country, kind })
    })
}

/// The national number without the prefix that is dialled inside the country (`0`, `8`, `015…`), transformed where the
/// country does so. None if it has no such prefix.
pub(super) fn strip_national_prefix(meta: &Metadata, national: &str) -> Option<String> {
    let pattern = meta.national_prefix_for_parsing().map(|regex| regex.as_str()).or(meta.national_prefix())?;
    with_pattern(&format!("^(?:{pattern})"), |regex| {
        let captures = regex.captures(national)?;
        let whole = captures.get(0)?;
        let last = captures.len() - 1;
        match meta.national_prefix_transform_rule() {
            Some(rule) if last > 0 && captures.get(last).is_some() => {
                let mut text = String::new();
                captures.expand(&braced(rule), &mut text);
                Some(text + &national[whole.end()..])
            }
            _ => (whole.end() > 0).then(|| national[whole.end()..].to_owned()),
        }
    })
}

/// The rest behind the country's prefix for international calls (`00`, `011`).
pub(super) fn strip_international_prefix<'a>(meta: &Metadata, digits: &'a str) -> Option<&'a str> {
    let end = prefix(meta.international_prefix()?.as_str(), digits)?;
    let rest = &digits[end..];
    (!rest.is_empty() && !rest.starts_with('0')).then_some(rest)
}

/// The international form: `+506 8555 0117`.
pub(super) fn international(code: u16, national: &str) -> String {
    let written = DATABASE.by_code(&code).and_then(|regions| regions.into_iter().next()).and_then(|meta| {
        let formats =
            if meta.international_formats().is_empty() { meta.formats() } else { meta.international_formats() };
        formats.iter().find_map(|format| written_by(format, national))
    });
    format!("+{code} {}", written.as_deref().unwrap_or(national))
}

/// How many digits the shortest valid number of the plan has.
pub(super) fn shortest(meta: &Metadata) -> Option<usize> {
    let lengths = [meta.descriptors().general(), meta.descriptors().fixed_line()?, meta.descriptors().mobile()?]
        .map(|desc| desc.possible_length().iter().min());
    lengths[1].into_iter().chain(lengths[2]).min().or(lengths[0]).map(|len| usize::from(*len))
}

/// The plan that stands for a calling code.
pub(super) fn main_region(code: u16) -> Option<&'static Metadata> {
    DATABASE.by_code(&code)?.into_iter().next()
}

fn written_by(format: &Format, national: &str) -> Option<String> {
    if format.format() == "NA" {
        return None;
    }
    let leads = format.leading_digits().last().is_none_or(|digits| prefix(digits.as_str(), national).is_some());
    if !leads {
        return None;
    }
    with_pattern(&format!("^(?:{})$", format.pattern().as_str()), |regex| {
        let captures = regex.captures(national)?;
        let mut text = String::new();
        captures.expand(&braced(format.format()), &mut text);
        Some(text)
    })
}

fn kind(meta: &Metadata, national: &str) -> Option<Kind> {
    if !full(meta.descriptors().general(), national) {
        return None;
    }
    let is = |desc: Option<&Descriptor>| desc.is_some_and(|desc| full(desc, national));
    // The order is libphonenumber's: the dear kinds first.
    let kind = if is(meta.descriptors().premium_rate()) {
        Kind::Premium
    } else if is(meta.descriptors().toll_free()) {
        Kind::TollFree
    } else if is(meta.descriptors().shared_cost()) {
        Kind::SharedCost
    } else if is(meta.descriptors().voip())
        || is(meta.descriptors().personal_number())
        || is(meta.descriptors().pager())
        || is(meta.descriptors().uan())
        || is(meta.descriptors().voicemail())
    {
        Kind::Other
    } else if is(meta.descriptors().fixed_line()) {
        Kind::Fixed
    } else if is(meta.descriptors().mobile()) {
        Kind::Mobile
    } else {
        return None;
    };
    Some(kind)
}

fn full(desc: &Descriptor, national: &str) -> bool {
    with_pattern(&format!("^(?:{})$", desc.national_number().as_str()), |regex| regex.is_match(national).then_some(()))
        .is_some()
}

/// Where `pattern` ends if it fits the beginning of `text`.
fn prefix(pattern: &str, text: &str) -> Option<usize> {
    with_pattern(&format!("^(?:{pattern})"), |regex| regex.find(text).map(|found| found.end()))
}

/// `$1` of the metadata in the form that cannot run into the text behind it.
fn braced(rule: &str) -> String {
    let mut text = String::with_capacity(rule.len() + 8);
    let mut chars = rule.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('$', Some(digit)) if digit.is_ascii_digit() => {
                chars.next();
                text.extend(['$', '{', digit, '}']);
            }
            _ => text.push(c),
        }
    }
    text
}

fn with_pattern<T>(pattern: &str, then: impl FnOnce(&Regex) -> Option<T>) -> Option<T> {
    PATTERNS.with_borrow_mut(|patterns| {
        if !patterns.contains_key(pattern) {
            let compiled = regex::RegexBuilder::new(pattern).ignore_whitespace(true).build().ok();
            patterns.insert(pattern.to_owned(), compiled);
        }
        patterns.get(pattern)?.as_ref().and_then(then)
    })
}
