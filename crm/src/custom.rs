//! «Campos personalizados»: what a company keeps about its people besides the fields that everybody has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contact::{Contact, FIELD_MAX, Field, Invalid, one_line};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One line.
    Text,
    /// A decimal number, such as `-12.5`.
    Number,
    /// A day, `2027-02-28`.
    Date,
    /// One of a list.
    Choice,
}

/// A field as it is defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Under this the value is kept.
    pub key: String,
    /// What it holds.
    pub kind: Kind,
    /// What there is to choose.
    pub choices: Vec<String>,
    /// A form without it is not taken.
    pub required: bool,
}

impl Definition {
    /// The value as it is kept; none if the text has a wrong form.
    fn read(&self, text: &str) -> Option<String> {
        let fits = match self.kind {
            Kind::Text => true,
            Kind::Number => is_number(text),
            Kind::Date => is_day(text),
            Kind::Choice => self.choices.iter().any(|choice| choice == text),
        };
        (fits && text.chars().count() <= FIELD_MAX).then(|| text.to_owned())
    }
}

impl Contact {
    /// Takes what a form says. A key without definition is not taken; what is stored under one stays, so that a field that
    /// is left out for a while loses nothing.
    ///
    /// # Errors
    /// A required field is empty or a value has a wrong form, by its place among the definitions; nothing was taken.
    pub fn take_custom(&mut self, fields: &[Definition], values: &BTreeMap<String, String>) -> Result<(), Invalid> {
        let mut custom = self.custom.clone();
        for (at, field) in fields.iter().enumerate() {
            let text = one_line(values.get(&field.key).map_or("", String::as_str));
            if text.is_empty() {
                if field.required {
                    return Err(Invalid::Required(Field::Custom(at)));
                }
                custom.remove(&field.key);
                continue;
            }
            let value = field.read(&text).ok_or(Invalid::Form(Field::Custom(at)))?;
            custom.insert(field.key.clone(), value);
        }
        self.custom = custom;
        Ok(())
    }
}

/// Digits with at most one point among them, and a minus sign or none.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match text.strip_prefix('-').unwrap_or(text).split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text.strip_prefix('-').unwrap_or(text), None),
    };
    digits(whole) && fraction.is_none_or(digits) && text.len() <= 30
}

/// A day of the Gregorian calendar, `YYYY-MM-DD`.
pub(crate) fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return false;
    }
    let number = |part: &str| part.parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(year), number(month), number(day));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::person;

    fn field(key: &str, kind: Kind) -> Definition {
        Definition { key: key.into(), kind, choices: vec!["Oro".into(), "Plata".into()], required: false }
    }

    #[test]
    fn a_value_has_the_form_of_its_kind() {
        let kept = |kind, text| field("x", kind).read(text).is_some();
        for text in ["0", "-12.5", "100000", "0.25"] {
            assert!(kept(Kind::Number, text), "{text}");
        }
        for text in ["", "-", "1.", ".5", "1,5", "1e3", "--1", "12 000", "٣"] {
            assert!(!kept(Kind::Number, text), "{text}");
        }
        for text in ["2027-02-28", "2028-02-29", "2000-02-29", "1999-12-31"] {
            assert!(kept(Kind::Date, text), "{text}");
        }
        for text in ["2027-02-29", "2100-02-29", "2027-13-01", "2027-04-31", "2027-1-1", "28/02/2027", "2027-00-10"] {
            assert!(!kept(Kind::Date, text), "{text}");
        }
        assert!(kept(Kind::Choice, "Oro") && !kept(Kind::Choice, "oro") && !kept(Kind::Choice, "Bronce"));
        assert!(kept(Kind::Text, "Prefiere la tarde") && !kept(Kind::Text, &"x".repeat(FIELD_MAX + 1)));
    }

    #[test]
    fn a_form_gives_its_fields_and_takes_no_other() {
        let mut ana = person(1, "Ana", "Mora", "8555 0117");
        ana.custom.insert("old".into(), "stays".into());
        let fields = [Definition { required: true, ..field("level", Kind::Choice) }, field("since", Kind::Date)];
        let form = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let before = ana.clone();
        assert_eq!(ana.take_custom(&fields, &form(&[])), Err(Invalid::Required(Field::Custom(0))));
        let wrong = form(&[("level", "Oro"), ("since", "ayer")]);
        assert_eq!(ana.take_custom(&fields, &wrong), Err(Invalid::Form(Field::Custom(1))));
        assert_eq!((Field::Custom(1).name().as_str(), &ana), ("custom.1", &before));
        let whole = form(&[("level", " Oro "), ("since", "2027-01-31"), ("stranger", "x"), ("old", "y")]);
        ana.take_custom(&fields, &whole).unwrap();
        assert_eq!(ana.custom, form(&[("level", "Oro"), ("old", "stays"), ("since", "2027-01-31")]));
        ana.take_custom(&fields, &form(&[("level", "Plata")])).unwrap();
        assert_eq!(ana.custom, form(&[("level", "Plata"), ("old", "stays")]));
    }
}
