//! The form of a new record (developers.hubspot.com/docs/reference/api, «Object schemas», «Properties»). The API tells no defaults.
//!
//! ```text
//! schema ─► properties, and which are required
//!    └─ not for this user ─► properties alone: what is required besides is told with a refusal
//! ```

use crm::connector::{Fault, FieldKind, FieldSpec, FieldValue, PersonField, RecordForm, RemoteKind};
use serde_json::Value;

use super::wire::{objects, text};
use super::{HubSpot, edit};

impl HubSpot {
    pub(super) async fn form(&self, kind: RemoteKind) -> Result<RecordForm, Fault> {
        let objects = objects(kind);
        let schema = match self.get(&format!("crm/v3/schemas/{objects}"), &[]).await {
            Err(Fault::NotFound | Fault::Forbidden { .. } | Fault::Invalid { .. } | Fault::NotOffered) => Value::Null,
            told => told?,
        };
        let required: Vec<&str> = list(&schema["requiredProperties"]).filter_map(Value::as_str).collect();
        let specs =
            |properties: &Value| list(properties).filter_map(|one| spec(one, kind, &required)).collect::<Vec<_>>();
        let mut fields = specs(&schema["properties"]);
        if fields.is_empty() {
            fields = specs(&self.get(&format!("crm/v3/properties/{objects}"), &[]).await?["results"]);
        }
        fields.sort_by_key(|spec| !spec.required);
        Ok(RecordForm { fields, ..RecordForm::default() })
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A property that somebody fills in; none for others.
fn spec(property: &Value, kind: RemoteKind, required: &[&str]) -> Option<FieldSpec> {
    let fixed = property["calculated"] == true || property["modificationMetadata"]["readOnlyValue"] == true;
    let name =
        text(&property["name"]).filter(|_| !fixed && property["hidden"] != true && property["archived"] != true)?;
    // The API asks for no name of a contact; one without is one that nobody finds. The stage of a lead is what makes it one.
    let own = name == "lastname" && kind != RemoteKind::Activity;
    let given = name == "lifecyclestage" && kind == RemoteKind::Lead;
    Some(FieldSpec {
        label: text(&property["label"]).unwrap_or_else(|| name.clone()),
        kind: takes(property),
        required: own || (required.contains(&name.as_str()) && !given),
        default: None,
        fed_by: edit::FIELDS.iter().find(|(_, known)| *known == name).map(|(field, _): &(PersonField, _)| *field),
        name,
    })
}

fn takes(property: &Value) -> FieldKind {
    let word = |name: &str| property[name].as_str().unwrap_or_default();
    let options = || {
        let shown = list(&property["options"]).filter(|one| one["hidden"] != true);
        let pair = |one: &Value| {
            let value = text(&one["value"])?;
            Some((value.clone(), text(&one["label"]).unwrap_or(value)))
        };
        shown.filter_map(pair).collect::<Vec<_>>()
    };
    match (word("type"), word("fieldType")) {
        ("string", "phonenumber") => FieldKind::Phone,
        ("string", _) => FieldKind::Text { max: 0 },
        ("number", _) => FieldKind::Number,
        ("bool", _) | ("enumeration", "booleancheckbox") => FieldKind::Flag,
        ("date", _) => FieldKind::Date,
        // Those without options are of elsewhere, as owners are.
        ("enumeration", _) if options().is_empty() => FieldKind::Other("enumeration".to_owned()),
        ("enumeration", "checkbox") => FieldKind::Choices(options()),
        ("enumeration", _) => FieldKind::Choice(options()),
        (other, _) => FieldKind::Other(other.to_owned()),
    }
}

/// What a property holds: text, whatever it is of; several values stand behind semicolons.
pub(super) fn held(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) | FieldValue::Number(text) => text.as_str().into(),
        FieldValue::Flag(flag) => flag.to_string().into(),
        FieldValue::Several(values) => values.join(";").into(),
    }
}
