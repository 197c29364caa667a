//! What HubSpot's categories mean. A refusal is `{status, message, correlationId, category, errors}`.

use std::time::Duration;

use crm::connector::{Fault, RemoteKind, RemoteRef};
use reqwest::StatusCode;
use serde_json::Value;

use super::wire::checked_id;
use crate::api::{Effect, common_fault};
use crate::http::Answer;

/// How long a used-up day is left alone.
const DAILY_PAUSE: Duration = Duration::from_secs(15 * 60);

/// The fault that an answer tells. `kind` is that of the records that were written.
pub(super) fn of(answer: &Answer, effect: Effect, kind: RemoteKind) -> Fault {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let category = body["category"].as_str().unwrap_or_default();
    let message = body["message"].as_str().unwrap_or_default();
    match (category, answer.status) {
        ("RATE_LIMITS", _) if body["policyName"] == "DAILY" => {
            return Fault::Limit { after: Some(answer.retry_after.unwrap_or(DAILY_PAUSE)) };
        }
        // Ten seconds roll; whoever comes back sooner is turned away again.
        ("RATE_LIMITS", _) if answer.retry_after.is_none() => {
            return Fault::Busy { after: Some(Duration::from_secs(10)) };
        }
        ("CONFLICT", _) | (_, StatusCode::CONFLICT) => {
            return Fault::Duplicate { existing: existing(message, kind).into_iter().collect() };
        }
        ("OBJECT_NOT_FOUND", _) => return Fault::NotFound,
        ("MISSING_SCOPES", _) => return Fault::Forbidden { code: category.to_owned() },
        _ => {}
    }
    if let Some(fault) = common_fault(answer, effect) {
        return fault;
    }
    match answer.status {
        StatusCode::NOT_FOUND => Fault::NotFound,
        StatusCode::FORBIDDEN => Fault::Forbidden { code: category.to_owned() },
        status if status.is_client_error() && !category.is_empty() => {
            let (fields, said) = named(&body, message);
            Fault::Invalid { code: category.to_owned(), fields, message: said }
        }
        _ => Fault::NotUnderstood,
    }
}

/// The properties that are wrong, each once, and what is said of them. They stand in the context of each error or of all («Some
/// required properties were not set»), or in the message, as JSON behind «Property values were not valid:».
fn named(body: &Value, message: &str) -> (Vec<String>, String) {
    let told = message.split_once("not valid: ").and_then(|(_, told)| serde_json::from_str::<Vec<Value>>(told).ok());
    let told = told.unwrap_or_default();
    let errors = body["errors"].as_array().into_iter().flatten().chain([body]);
    let named = errors.flat_map(|one| ["propertyName", "properties"].map(|name| &one["context"][name]));
    let named =
        named.flat_map(|names| names.as_array().into_iter().flatten()).chain(told.iter().map(|one| &one["name"]));
    let mut fields: Vec<String> = Vec::new();
    for name in named.filter_map(Value::as_str) {
        if fields.iter().all(|known| known != name) {
            fields.push(name.to_owned());
        }
    }
    let said: Vec<&str> = told.iter().filter_map(|one| one["message"].as_str()).collect();
    (fields, if said.is_empty() { message.to_owned() } else { said.join("\n") })
}

/// «Contact already exists. Existing ID: 123»: the id stands in the message alone.
fn existing(message: &str, kind: RemoteKind) -> Option<RemoteRef> {
    let (_, id) = message.rsplit_once("Existing ID: ")?;
    let id = id.trim_end_matches('.').trim();
    checked_id(id).is_ok().then(|| RemoteRef { kind, id: id.to_owned() })
}
