//! Forms of organisations, fit for the eye.

use agent_api::contact;
use agent_api::record_form::{OwnField, RecordChoice, RecordField, RecordFieldKind, RecordFormView, RecordTypeView};
use crm::connector::{FieldKind, FieldSpec, FieldValue, PersonField, RecordForm};

use super::remote::clean;

/// What is asked for: required fields, and those that a refusal `named`; none that is `filled` without anybody's doing.
pub fn record_form(
    form: RecordForm,
    named: &[String],
    filled: &[&str],
    values: Vec<(String, FieldValue)>,
    read_at_ms: Option<i64>,
) -> RecordFormView {
    let is_named = |spec: &FieldSpec| named.contains(&spec.name) && spec.fed_by.is_none();
    let asked = form.fields.into_iter().filter(|spec| !filled.contains(&spec.name.as_str()));
    let (required, others): (Vec<_>, Vec<_>) = asked.partition(|spec| spec.required);
    let others = others.into_iter().filter(is_named);
    let record_types = form.record_types.into_iter().map(|one| RecordTypeView { name: clean(&one.name), id: one.id });
    let record_types: Vec<_> = record_types.collect();
    RecordFormView {
        record_types: if record_types.len() > 1 { record_types } else { Vec::new() },
        record_type: form.record_type,
        fields: required.into_iter().chain(others).map(field).collect(),
        values: values.into_iter().map(further_value).collect(),
        read_at_ms,
    }
}

/// A value, as the window writes it.
pub fn further_value((key, value): (String, FieldValue)) -> contact::FieldValue {
    contact::FieldValue { key, value: text(value) }
}

fn text(value: FieldValue) -> String {
    match value {
        FieldValue::Text(text) | FieldValue::Number(text) => text,
        FieldValue::Flag(flag) => flag.to_string(),
        FieldValue::Several(values) => values.join("\n"),
    }
}

fn field(spec: FieldSpec) -> RecordField {
    let label = clean(&spec.label);
    RecordField {
        label: if label.is_empty() { clean(&spec.name) } else { label },
        takes: takes(spec.kind),
        required: spec.required,
        default: spec.default.map(text),
        fed_by: spec.fed_by.map(own),
        name: spec.name,
    }
}

fn takes(kind: FieldKind) -> RecordFieldKind {
    match kind {
        FieldKind::Text { max } => RecordFieldKind::Text { max },
        FieldKind::Number => RecordFieldKind::Number,
        FieldKind::Flag => RecordFieldKind::Flag,
        FieldKind::Date => RecordFieldKind::Date,
        FieldKind::Email => RecordFieldKind::Email,
        FieldKind::Phone => RecordFieldKind::Phone,
        FieldKind::Choice(choices) => RecordFieldKind::Choice { choices: shown(choices) },
        FieldKind::Choices(choices) => RecordFieldKind::Choices { choices: shown(choices) },
        FieldKind::Other(_) => RecordFieldKind::Text { max: 0 },
    }
}

fn shown(choices: Vec<(String, String)>) -> Vec<RecordChoice> {
    let choice = |(value, label): (String, String)| {
        let label = clean(&label);
        RecordChoice { label: if label.is_empty() { clean(&value) } else { label }, value }
    };
    choices.into_iter().map(choice).collect()
}

fn own(field: PersonField) -> OwnField {
    match field {
        PersonField::FirstName => OwnField::FirstName,
        PersonField::LastName => OwnField::LastName,
        PersonField::Company => OwnField::Company,
        PersonField::Phone => OwnField::Phone,
        PersonField::Mobile => OwnField::Mobile,
        PersonField::Email => OwnField::Email,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_somebody_must_say_is_asked() {
        let spec = |name: &str, required, fed_by| FieldSpec {
            name: name.into(),
            label: format!("{name}\u{202e}"),
            kind: FieldKind::Other("reference".into()),
            required,
            default: Some(FieldValue::Flag(true)),
            fed_by,
        };
        let fields = vec![
            spec("Subject", true, None),
            spec("LastName", true, Some(PersonField::LastName)),
            spec("Free__c", false, None),
            spec("Named__c", false, None),
            spec("Rank__c", true, None),
        ];
        let form = RecordForm { fields, ..RecordForm::default() };
        let asked = record_form(form, &["Named__c".into(), "Subject".into()], &["Subject"], Vec::new(), Some(7));
        let told: Vec<_> = asked.fields.iter().map(|field| (&*field.name, field.required, field.fed_by)).collect();
        assert_eq!(
            told,
            [("LastName", true, Some(OwnField::LastName)), ("Rank__c", true, None), ("Named__c", false, None)]
        );
        let rank = &asked.fields[1];
        assert_eq!((&*rank.label, rank.default.as_deref()), ("Rank__c", Some("true")), "labels cannot pretend");
        assert_eq!(rank.takes, RecordFieldKind::Text { max: 0 });
    }
}
