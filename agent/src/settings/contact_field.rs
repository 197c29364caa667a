//! The fields that a company keeps about its people besides those that everybody has.

use agent_api::contact::{ContactField, ContactFieldKind, ContactFields};
use agent_api::error::{ApiError, ErrorCode};
use crm::custom::{Definition, Kind};

/// The most fields, and the most choices of one.
const MANY: usize = 100;
/// The most characters of a label or choice.
const LONG: usize = 80;

/// Letters, digits and `_`, at most 40.
pub fn is_key(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=40).contains(&text.len()) && text.bytes().all(known)
}

/// The fields as the records know them.
pub fn definitions(fields: &ContactFields) -> Vec<Definition> {
    let definition = |field: &ContactField| Definition {
        key: field.key.clone(),
        kind: match field.kind {
            ContactFieldKind::Text => Kind::Text,
            ContactFieldKind::Number => Kind::Number,
            ContactFieldKind::Date => Kind::Date,
            ContactFieldKind::Choice => Kind::Choice,
        },
        choices: field.choices.clone(),
        required: field.required,
    };
    fields.list.iter().map(definition).collect()
}

/// The form's fields, trimmed.
///
/// # Errors
/// Something is missing, stands twice or has a wrong form; the detail is `key.0`, `label.0`, `choices.0` with the place in
/// the list.
pub fn checked(fields: ContactFields) -> Result<ContactFields, ApiError> {
    if fields.list.len() > MANY {
        return Err(ApiError::about(ErrorCode::Invalid, "list"));
    }
    let mut list: Vec<ContactField> = Vec::new();
    for (at, field) in fields.list.into_iter().enumerate() {
        let field = check_one(at, field)?;
        if list.iter().any(|other| other.key == field.key) {
            return Err(ApiError::about(ErrorCode::Invalid, format!("key.{at}")));
        }
        list.push(field);
    }
    Ok(ContactFields { list })
}

fn check_one(at: usize, field: ContactField) -> Result<ContactField, ApiError> {
    let wrong = |code, name: &str| Err(ApiError::about(code, format!("{name}.{at}")));
    let bad = |text: &str| text.chars().count() > LONG || text.chars().any(char::is_control);
    let label = field.label.trim().to_owned();
    let mut choices: Vec<String> = Vec::new();
    if field.kind == ContactFieldKind::Choice {
        for choice in field.choices.iter().map(|choice| choice.trim()).filter(|choice| !choice.is_empty()) {
            if !choices.iter().any(|other| other == choice) {
                choices.push(choice.to_owned());
            }
        }
        if choices.is_empty() {
            return wrong(ErrorCode::Required, "choices");
        }
    }
    match () {
        () if field.key.is_empty() => wrong(ErrorCode::Required, "key"),
        () if !is_key(&field.key) => wrong(ErrorCode::Invalid, "key"),
        () if label.is_empty() => wrong(ErrorCode::Required, "label"),
        () if bad(&label) => wrong(ErrorCode::Invalid, "label"),
        () if choices.len() > MANY || choices.iter().any(|choice| bad(choice)) => wrong(ErrorCode::Invalid, "choices"),
        () => Ok(ContactField { label, choices, ..field }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(key: &str, kind: ContactFieldKind, choices: &[&str]) -> ContactField {
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        ContactField { key: key.to_owned(), label: " Nivel ".to_owned(), kind, choices, required: true }
    }

    #[test]
    fn a_wrong_definition_names_its_place() {
        let checked = |list| checked(ContactFields { list }).map_err(|error| error.detail.unwrap_or_default());
        let text = |key| field(key, ContactFieldKind::Text, &[]);
        assert_eq!(checked(vec![text("")]), Err("key.0".to_owned()));
        assert_eq!(checked(vec![text("Nivel de")]), Err("key.0".to_owned()));
        assert_eq!(checked(vec![text("a"), text("a")]), Err("key.1".to_owned()));
        assert_eq!(checked(vec![ContactField { label: " ".to_owned(), ..text("a") }]), Err("label.0".to_owned()));
        assert_eq!(checked(vec![field("a", ContactFieldKind::Choice, &[" "])]), Err("choices.0".to_owned()));
        let fine = checked(vec![field("level", ContactFieldKind::Choice, &["Oro ", "", "Oro", "Plata"])]).unwrap();
        assert_eq!((fine.list[0].label.as_str(), fine.list[0].choices.len()), ("Nivel", 2));
        assert_eq!(definitions(&fine)[0].kind, Kind::Choice);
    }
}
