//! The form of a new record, as the organisation's own window would ask it (developer.salesforce.com, «REST API Developer Guide»,
//! sObject Describe and sObject Layouts; «User Interface API Developer Guide», Get Values for All Picklist Fields of a Record Type).
//!
//! ```text
//! describe ─► fields, record types ─► layout of the type: what its form requires
//!                                └──► values of its picklists, where there are types
//! ```

use crm::connector::{Fault, FieldKind, FieldSpec, FieldValue, PersonField, RecordForm, RecordType, RemoteKind};
use serde::Deserialize;
use serde_json::Value;

use super::{Salesforce, wire};

/// The record type of objects that have but one.
const MASTER: &str = "012000000000000AAA";

/// Of `/sobjects/…/describe`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Described {
    pub fields: Vec<Field>,
    #[serde(default)]
    record_type_infos: Vec<TypeInfo>,
}

/// A field of an object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Field {
    pub name: String,
    label: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    length: u32,
    nillable: bool,
    createable: bool,
    defaulted_on_create: bool,
    #[serde(default)]
    pub external_id: bool,
    #[serde(default)]
    pub unique: bool,
    #[serde(default)]
    default_value: Value,
    #[serde(default)]
    picklist_values: Vec<Choice>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Choice {
    value: String,
    label: Option<String>,
    active: bool,
    #[serde(default)]
    default_value: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeInfo {
    record_type_id: String,
    name: String,
    available: bool,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    master: bool,
    default_record_type_mapping: bool,
}

fn yes() -> bool {
    true
}

impl Salesforce {
    /// The form of this record type, or of the user's own.
    pub(super) async fn form(&self, kind: RemoteKind, wished: Option<&str>) -> Result<RecordForm, Fault> {
        let object = wire::object(kind);
        let described: Described = self.get(&format!("sobjects/{object}/describe"), &[]).await?;
        let (types, chosen) = types(&described.record_type_infos, wished);
        let id = wire::checked_id(chosen.as_deref().unwrap_or(MASTER))?;
        let layout = self.if_told(&format!("sobjects/{object}/describe/layouts/{id}")).await?;
        let values = match types.is_empty() {
            true => Value::Null,
            false => self.if_told(&format!("ui-api/object-info/{object}/picklist-values/{id}")).await?,
        };
        let asked = asked(&layout);
        let fields = described.fields.into_iter().filter(|field| field.createable && field.name != "RecordTypeId");
        let mut fields: Vec<FieldSpec> = fields
            .map(|mut field| {
                field.narrow(&values["picklistFieldValues"][&field.name]);
                let required = asked.contains(&field.name.as_str());
                field.spec(required)
            })
            .collect();
        fields.sort_by_key(|spec| !spec.required);
        Ok(RecordForm { record_types: types, record_type: chosen, fields })
    }

    /// What not every user may see and not every object has.
    async fn if_told(&self, path: &str) -> Result<Value, Fault> {
        match self.get(path, &[]).await {
            Err(Fault::NotFound | Fault::Forbidden { .. } | Fault::Invalid { .. } | Fault::NotOffered) => {
                Ok(Value::Null)
            }
            told => told,
        }
    }
}

impl Field {
    /// Takes only the choices of the record type. Those that hang on another field are all of them: which go together is the
    /// organisation's to judge.
    fn narrow(&mut self, told: &Value) {
        let Some(values) = told["values"].as_array() else { return };
        let default = told["defaultValue"]["value"].as_str();
        let choices = values.iter().filter_map(|one| {
            let value = one["value"].as_str()?.to_owned();
            let default_value = default == Some(value.as_str());
            Some(Choice { label: one["label"].as_str().map(str::to_owned), active: true, default_value, value })
        });
        self.picklist_values = choices.collect();
    }

    /// `asked` says that the layout requires it: the organisation itself would fill in what has a default.
    fn spec(self, asked: bool) -> FieldSpec {
        let default = self.default();
        let takes = !self.defaulted_on_create && default.is_none();
        FieldSpec {
            required: takes && (asked || !self.nillable),
            kind: kind(&self),
            fed_by: fed_by(&self.name),
            default,
            name: self.name,
            label: self.label,
        }
    }

    fn choices(&self) -> Vec<(String, String)> {
        let active = self.picklist_values.iter().filter(|choice| choice.active);
        active.map(|c| (c.value.clone(), c.label.clone().unwrap_or_else(|| c.value.clone()))).collect()
    }

    fn default(&self) -> Option<FieldValue> {
        let chosen = self.picklist_values.iter().find(|choice| choice.active && choice.default_value);
        match (&self.default_value, chosen) {
            (_, Some(choice)) => Some(FieldValue::Text(choice.value.clone())),
            (Value::Bool(flag), None) => Some(FieldValue::Flag(*flag)),
            (Value::Number(number), None) => Some(FieldValue::Number(number.to_string())),
            (Value::String(text), None) if !text.is_empty() => Some(FieldValue::Text(text.clone())),
            _ => None,
        }
    }
}

/// Those that this user may choose, and the one that is meant: the wished one while it is there, else the user's own.
fn types(infos: &[TypeInfo], wished: Option<&str>) -> (Vec<RecordType>, Option<String>) {
    let offered: Vec<&TypeInfo> = infos.iter().filter(|info| info.available && info.active && !info.master).collect();
    let wished = offered.iter().find(|info| Some(info.record_type_id.as_str()) == wished);
    let own = || offered.iter().find(|info| info.default_record_type_mapping);
    let chosen = wished.or_else(own).or(offered.first()).map(|info| info.record_type_id.clone());
    let one = |info: &&TypeInfo| RecordType { id: info.record_type_id.clone(), name: info.name.clone() };
    (offered.iter().map(one).collect(), chosen)
}

/// The fields that a layout requires of a new record.
fn asked(layout: &Value) -> Vec<&str> {
    fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
        value[name].as_array().into_iter().flatten()
    }
    members(layout, "editLayoutSections")
        .flat_map(|section| members(section, "layoutRows"))
        .flat_map(|row| members(row, "layoutItems"))
        .filter(|item| item["required"] == true && item["editableForNew"] == true)
        .flat_map(|item| members(item, "layoutComponents"))
        // A name or an address is one component of several, of which the fields themselves say what is required.
        .filter(|component| {
            component["type"] == "Field" && component["components"].as_array().is_none_or(Vec::is_empty)
        })
        .filter_map(|component| component["value"].as_str())
        .collect()
}

/// What of a person of ours fills a field.
fn fed_by(name: &str) -> Option<PersonField> {
    super::people::names(RemoteKind::Lead).iter().find(|(_, known)| *known == name).map(|(field, _)| *field)
}

fn kind(field: &Field) -> FieldKind {
    match field.kind.as_str() {
        "string" | "textarea" | "combobox" | "encryptedstring" | "url" => FieldKind::Text { max: field.length },
        "int" | "long" | "double" | "currency" | "percent" => FieldKind::Number,
        "boolean" => FieldKind::Flag,
        "date" => FieldKind::Date,
        "email" => FieldKind::Email,
        "phone" => FieldKind::Phone,
        "picklist" => FieldKind::Choice(field.choices()),
        "multipicklist" => FieldKind::Choices(field.choices()),
        other => FieldKind::Other(other.to_owned()),
    }
}
