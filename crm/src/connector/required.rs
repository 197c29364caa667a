//! What an organisation requires of a new record besides what is kept of everybody, and whether what was filled in is that.

use serde::{Deserialize, Serialize};

use super::record::{FieldKind, FieldSpec, FieldValue, PersonField, RecordForm};
use crate::custom::{is_day, is_number};

/// The most characters of a text whose length the CRM does not bound.
const TEXT_MAX: usize = 32_000;

/// What was filled in of an organisation's own form, for a person who will be created there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Further {
    /// The record type that was chosen; none takes the user's own.
    #[serde(default)]
    pub record_type: Option<String>,
    /// Values by names on the wire.
    pub values: Vec<(String, FieldValue)>,
}

/// What is wrong with a form of an organisation: the field's name on the wire.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It is empty.
    #[error("{0} is required")]
    Required(String),
    /// It is not what the field takes.
    #[error("{0} is not what the field takes")]
    Form(String),
}

impl FieldSpec {
    /// A value as typed, without spaces around it, of several values one a line; none if it is not what the field takes.
    pub fn read(&self, typed: &str) -> Option<FieldValue> {
        let text = typed.trim();
        let fits = match &self.kind {
            FieldKind::Number => return is_number(text).then(|| FieldValue::Number(text.to_owned())),
            FieldKind::Flag => return text.parse().ok().map(FieldValue::Flag),
            FieldKind::Choices(choices) => return several(text, choices),
            FieldKind::Text { max } if *max > 0 => text.chars().count() <= *max as usize,
            FieldKind::Date => is_day(text),
            FieldKind::Email => text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')),
            FieldKind::Phone => text.chars().any(|c| c.is_ascii_digit()),
            FieldKind::Choice(choices) => choices.iter().any(|(value, _)| value == text),
            FieldKind::Text { .. } | FieldKind::Other(_) => true,
        };
        let sane = !text.is_empty() && text.chars().count() <= TEXT_MAX;
        (fits && sane).then(|| FieldValue::Text(text.to_owned()))
    }
}

/// Values of these choices, one a line, in the order of the choices.
fn several(text: &str, choices: &[(String, String)]) -> Option<FieldValue> {
    let typed: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let known = |line: &&str| choices.iter().any(|(value, _)| value == line);
    let chosen = choices.iter().map(|(value, _)| value).filter(|value| typed.contains(&value.as_str()));
    (!typed.is_empty() && typed.iter().all(known)).then(|| FieldValue::Several(chosen.cloned().collect()))
}

impl RecordForm {
    /// Reads a form as typed. What is left empty is left out; a field that the organisation requires, and that nothing of ours
    /// fills (`fills`), must not be, nor what fills it.
    ///
    /// # Errors
    /// The first field that is missing or is not what it takes, in the order of the form.
    pub fn read(
        &self,
        typed: &[(String, String)],
        fills: impl Fn(PersonField) -> bool,
        filled: &[&str],
    ) -> Result<Vec<(String, FieldValue)>, Wrong> {
        if let Some((name, _)) = typed.iter().find(|(name, _)| self.fields.iter().all(|spec| spec.name != *name)) {
            return Err(Wrong::Form(name.clone()));
        }
        let mut values = Vec::new();
        for spec in self.fields.iter().filter(|spec| !filled.contains(&spec.name.as_str())) {
            let text = typed.iter().find(|(name, _)| *name == spec.name).map_or("", |(_, text)| text.trim());
            if !text.is_empty() {
                values.push((spec.name.clone(), spec.read(text).ok_or_else(|| Wrong::Form(spec.name.clone()))?));
            } else if spec.required && spec.kind != FieldKind::Flag && !spec.fed_by.is_some_and(&fills) {
                return Err(Wrong::Required(spec.name.clone()));
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str, kind: FieldKind, required: bool, fed_by: Option<PersonField>) -> FieldSpec {
        FieldSpec { name: name.into(), label: name.into(), kind, required, default: None, fed_by }
    }

    fn typed(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_value_is_what_its_field_takes() {
        let choice = FieldKind::Choice(vec![("A".into(), "Alto".into())]);
        let choices = FieldKind::Choices(vec![("A".into(), "Alto".into()), ("B;1".into(), "Bajo".into())]);
        let both = FieldValue::Several(vec!["A".into(), "B;1".into()]);
        for (kind, text, read) in [
            (FieldKind::Text { max: 3 }, " ñañ ", Some(FieldValue::Text("ñañ".into()))),
            (FieldKind::Text { max: 3 }, "ñaña", None),
            (FieldKind::Text { max: 0 }, "x", Some(FieldValue::Text("x".into()))),
            (FieldKind::Number, "-1.5", Some(FieldValue::Number("-1.5".into()))),
            (FieldKind::Number, "1,5", None),
            (FieldKind::Flag, "true", Some(FieldValue::Flag(true))),
            (FieldKind::Flag, "sí", None),
            (FieldKind::Date, "2027-02-29", None),
            (FieldKind::Date, "2027-02-28", Some(FieldValue::Text("2027-02-28".into()))),
            (FieldKind::Email, "ana@example.com", Some(FieldValue::Text("ana@example.com".into()))),
            (FieldKind::Email, "ana", None),
            (FieldKind::Phone, "sin", None),
            (choice.clone(), "A", Some(FieldValue::Text("A".into()))),
            (choice, "Alto", None),
            (choices.clone(), "B;1\n A \n", Some(both)),
            (choices.clone(), "A\nC", None),
            (choices, "\n", None),
            (FieldKind::Other("reference".into()), "001", Some(FieldValue::Text("001".into()))),
        ] {
            assert_eq!(spec("x", kind.clone(), true, None).read(text), read, "{kind:?} {text}");
        }
    }

    #[test]
    fn what_is_required_is_there_or_fed() {
        let fields = vec![
            spec("Email", FieldKind::Email, true, Some(PersonField::Email)),
            spec("Rank__c", FieldKind::Text { max: 40 }, true, None),
            spec("Vip__c", FieldKind::Flag, true, None),
            spec("Age__c", FieldKind::Number, false, None),
        ];
        let form = RecordForm { fields, ..RecordForm::default() };
        let all = |_: PersonField| true;
        assert_eq!(form.read(&[], |_| false, &[]), Err(Wrong::Required("Email".into())));
        assert_eq!(form.read(&typed(&[("Rank__c", " ")]), all, &[]), Err(Wrong::Required("Rank__c".into())));
        assert_eq!(form.read(&[], all, &["Rank__c"]), Ok(Vec::new()), "something else fills it");
        assert_eq!(form.read(&typed(&[("Else", "x")]), all, &[]), Err(Wrong::Form("Else".into())));
        let wrong = typed(&[("Rank__c", "A"), ("Age__c", "x")]);
        assert_eq!(form.read(&wrong, all, &[]), Err(Wrong::Form("Age__c".into())));
        let whole = form.read(&typed(&[("Rank__c", "A"), ("Age__c", "")]), all, &[]);
        assert_eq!(whole, Ok(vec![("Rank__c".into(), FieldValue::Text("A".into()))]));
    }
}
