//! The form of a new record, as the organisation's own window would ask it (zoho.com/crm/developer/docs/api/v8, «Layouts Metadata»,
//! «Fields Metadata»).
//!
//! ```text
//! layouts ─► those of the user's profile ─► the wished one, or the profile's own: what it requires, its values of pick lists
//!    └─ not for this user, or not for this sign-in ─► fields of the module: what Zoho itself requires
//! ```

use std::collections::HashSet;

use crm::connector::{Fault, FieldKind, FieldSpec, FieldValue, PersonField, RecordForm, RecordType, RemoteKind};
use serde_json::Value;

use super::wire::{id_of, module, text};
use super::{Zoho, edit};

/// What an empty pick list shows; it is no value.
const NONE: &str = "-None-";

impl Zoho {
    /// The form of this layout, or of the profile's own.
    pub(super) async fn form(&self, kind: RemoteKind, wished: Option<&str>) -> Result<RecordForm, Fault> {
        let of_module = [("module", module(kind))];
        let told = match self.get("settings/layouts", &of_module).await {
            Err(Fault::NotFound | Fault::Forbidden { .. } | Fault::Invalid { .. } | Fault::NotOffered) => Value::Null,
            told => told?,
        };
        let profile = self.profile().await?;
        let layouts: Vec<&Value> = list(&told["layouts"]).filter(|one| offered(one, profile)).collect();
        match chosen(&layouts, wished, profile) {
            Some(layout) if kind == RemoteKind::Activity => {
                Ok(RecordForm { fields: of_layout(layout, profile), ..RecordForm::default() })
            }
            Some(layout) => Ok(RecordForm {
                record_types: layouts.iter().filter_map(|one| record_type(one)).collect(),
                // A new record is of the standard one by itself.
                record_type: id_of(layout).filter(|_| layouts.len() > 1 || !standard(layout)),
                fields: of_layout(layout, profile),
            }),
            None => {
                let told = self.get("settings/fields", &of_module).await?;
                Ok(RecordForm { fields: specs(list(&told["fields"]), profile), ..RecordForm::default() })
            }
        }
    }

    /// The id of the user's profile, asked for once; none where this user may not know it.
    async fn profile(&self) -> Result<Option<&str>, Fault> {
        if self.profile.get().is_none() {
            match self.user().await {
                Err(Fault::Forbidden { .. } | Fault::Invalid { .. } | Fault::NotFound | Fault::NotOffered) => {}
                told => drop(told?),
            }
        }
        Ok(self.profile.get().map(String::as_str))
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Of the profiles that a layout or a field names, this one.
fn of_profile<'a>(value: &'a Value, profile: Option<&str>) -> Option<&'a Value> {
    let profile = profile?;
    list(&value["profiles"]).find(|one| one["id"] == profile)
}

/// Somebody of this profile may choose it.
fn offered(layout: &Value, profile: Option<&str>) -> bool {
    let active = layout["status"].as_str().is_none_or(|status| status == "active") && layout["visible"] != false;
    let open = profile.is_none() || layout["has_more_profiles"] == true || of_profile(layout, profile).is_some();
    active && open && id_of(layout).is_some()
}

fn standard(layout: &Value) -> bool {
    layout["generated_type"] != "custom"
}

fn chosen<'a>(layouts: &[&'a Value], wished: Option<&str>, profile: Option<&str>) -> Option<&'a Value> {
    let wished = layouts.iter().find(|one| wished.is_some() && one["id"].as_str() == wished);
    let own = || layouts.iter().find(|one| of_profile(one, profile).is_some_and(|mine| mine["default"] == true));
    let usual = || layouts.iter().find(|one| standard(one));
    wished.or_else(own).or_else(usual).or(layouts.first()).copied()
}

fn record_type(layout: &Value) -> Option<RecordType> {
    Some(RecordType { id: id_of(layout)?, name: text(&layout["name"]).unwrap_or_default() })
}

fn of_layout(layout: &Value, profile: Option<&str>) -> Vec<FieldSpec> {
    // The fields of a subform are those of other records.
    let sections = list(&layout["sections"]);
    let own = sections.filter(|section| section["type"] != "unused" && section["isSubformSection"] != true);
    specs(own.flat_map(|section| list(&section["fields"])), profile)
}

/// Those that somebody of this profile fills in, required ones first.
fn specs<'a>(fields: impl Iterator<Item = &'a Value>, profile: Option<&str>) -> Vec<FieldSpec> {
    let mut seen = HashSet::new();
    let taken = fields.filter(|field| takes(field, profile) && seen.insert(field["api_name"].as_str()));
    let mut specs: Vec<FieldSpec> = taken.filter_map(spec).collect();
    specs.sort_by_key(|spec| !spec.required);
    specs
}

fn takes(field: &Value, profile: Option<&str>) -> bool {
    let fixed = field["operation_type"]["api_create"] == false
        || field["read_only"] == true
        || field["field_read_only"] == true;
    let there = field["visible"] != false && field["type"] != "unused" && field["element_type"] != "mirror_field";
    let permission = of_profile(field, profile).and_then(|mine| mine["permission_type"].as_str());
    there && !fixed && !matches!(permission, Some("hidden" | "read_only")) && field["api_name"] != "Layout"
}

fn spec(field: &Value) -> Option<FieldSpec> {
    let name = text(&field["api_name"])?;
    let mut spec = FieldSpec {
        label: text(&field["field_label"]).unwrap_or_else(|| name.clone()),
        kind: kind(field),
        // Zoho does not say that it fills in a default by itself: it is sent, so the field stays a required one.
        required: field["system_mandatory"] == true
            || (field["required"] == true && field["view_type"]["create"] != false),
        default: None,
        fed_by: fed_by(&name),
        name,
    };
    spec.default = default(&spec, &field["default_value"]);
    Some(spec)
}

/// A default in the form in which it goes back; one that the field does not take (such as «today») is none.
fn default(spec: &FieldSpec, told: &Value) -> Option<FieldValue> {
    let told = match told {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => told.to_string(),
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        _ => return None,
    };
    match &spec.kind {
        FieldKind::Choice(choices) => spec.read(value_of(choices, &told)),
        FieldKind::Choices(choices) => {
            let several: Vec<&str> = told.split(['\n', ';']).map(|one| value_of(choices, one.trim())).collect();
            spec.read(&several.join("\n"))
        }
        FieldKind::Other(_) => None,
        _ => spec.read(&told),
    }
}

/// The value of what is told by its value or its name.
fn value_of<'a>(choices: &'a [(String, String)], told: &'a str) -> &'a str {
    choices.iter().find(|(value, label)| value == told || label == told).map_or(told, |(value, _)| value)
}

/// What of a person of ours fills a field.
fn fed_by(name: &str) -> Option<PersonField> {
    edit::FIELDS.iter().find(|(_, known)| *known == name).map(|(field, _)| *field)
}

/// What a field takes.
pub(super) fn kind(field: &Value) -> FieldKind {
    match field["data_type"].as_str().unwrap_or_default() {
        "text" | "textarea" | "website" => {
            FieldKind::Text { max: field["length"].as_u64().and_then(|max| u32::try_from(max).ok()).unwrap_or(0) }
        }
        "integer" | "bigint" | "double" | "currency" | "percent" => FieldKind::Number,
        "boolean" => FieldKind::Flag,
        "date" => FieldKind::Date,
        "email" => FieldKind::Email,
        "phone" => FieldKind::Phone,
        "picklist" => FieldKind::Choice(choices(field)),
        "multiselectpicklist" => FieldKind::Choices(choices(field)),
        other => FieldKind::Other(other.to_owned()),
    }
}

/// Those of the layout: what it leaves out is «unused» there.
fn choices(field: &Value) -> Vec<(String, String)> {
    let pair = |value: &Value| {
        let actual = text(&value["actual_value"]).filter(|actual| actual != NONE && value["type"] != "unused")?;
        Some((actual.clone(), text(&value["display_value"]).unwrap_or(actual)))
    };
    list(&field["pick_list_values"]).filter_map(pair).collect()
}
