//! What Salesforce's codes mean. An error is a list of `{errorCode, message, fields}`.

use std::time::Duration;

use crm::connector::{Fault, RemoteKind, RemoteRef};
use reqwest::StatusCode;
use serde_json::Value;

use super::wire;
use crate::api::{Effect, common_fault};
use crate::http::Answer;

/// The fault that an answer without success tells.
pub(super) fn of(answer: &Answer, effect: Effect) -> Fault {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let first = body.get(0).unwrap_or(&Value::Null);
    let code = first["errorCode"].as_str().unwrap_or_default();
    match code {
        "REQUEST_LIMIT_EXCEEDED" => return Fault::Limit { after: answer.retry_after },
        "UNABLE_TO_LOCK_ROW" | "CONCURRENT_REQUEST_LIMIT_EXCEEDED" => return Fault::Busy { after: None },
        "SERVER_UNAVAILABLE" => {
            return Fault::Busy { after: Some(answer.retry_after.unwrap_or(Duration::from_secs(30))) };
        }
        "DUPLICATES_DETECTED" => return Fault::Duplicate { existing: duplicates(first) },
        "ENTITY_IS_DELETED"
        | "CANNOT_UPDATE_CONVERTED_LEAD"
        | "INVALID_CROSS_REFERENCE_KEY"
        | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY" => {
            return Fault::NotFound;
        }
        "UNSUPPORTED_API_VERSION" | "API_DISABLED_FOR_ORG" => return Fault::NotOffered,
        _ => {}
    }
    if let Some(fault) = common_fault(answer, effect) {
        return fault;
    }
    match answer.status {
        StatusCode::NOT_FOUND => Fault::NotFound,
        StatusCode::PRECONDITION_FAILED => Fault::Stale,
        StatusCode::FORBIDDEN => Fault::Forbidden { code: code.to_owned() },
        _ if code.starts_with("INSUFFICIENT_ACCESS") => Fault::Forbidden { code: code.to_owned() },
        StatusCode::MULTIPLE_CHOICES => {
            Fault::Invalid { code: "EXTERNAL_ID_NOT_UNIQUE".to_owned(), fields: Vec::new(), message: String::new() }
        }
        _ if code.is_empty() => Fault::NotUnderstood,
        _ => Fault::Invalid {
            code: code.to_owned(),
            fields: first["fields"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|f| Some(f.as_str()?.to_owned()))
                .collect(),
            message: first["message"].as_str().unwrap_or_default().to_owned(),
        },
    }
}

/// The records that a duplicate rule means. The member is misspelt in live answers, so both spellings are read.
fn duplicates(error: &Value) -> Vec<RemoteRef> {
    let result = error.get("duplicateResut").or_else(|| error.get("duplicateResult")).unwrap_or(&Value::Null);
    let matches = result["matchResults"].as_array().into_iter().flatten();
    let records = matches.flat_map(|one| one["matchRecords"].as_array().into_iter().flatten());
    let mut existing: Vec<RemoteRef> = records
        .filter_map(|one| {
            let record = &one["record"];
            let kind = match record["attributes"]["type"].as_str()? {
                "Contact" => RemoteKind::Contact,
                "Lead" => RemoteKind::Lead,
                _ => return None,
            };
            Some(RemoteRef { kind, id: wire::id(record)? })
        })
        .collect();
    existing.sort();
    existing.dedup();
    existing
}
