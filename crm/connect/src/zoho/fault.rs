//! What Zoho's codes mean. A refusal is `{code, details, message, status}`, alone or for each record in `data`.

use std::time::Duration;

use crm::connector::{Fault, RemoteKind, RemoteRef};
use reqwest::StatusCode;
use serde_json::Value;

use super::wire::id_of;
use crate::api::{Effect, common_fault};
use crate::http::Answer;

/// How long a used-up allowance is left alone: it is of a rolling day.
const LIMIT_PAUSE: Duration = Duration::from_secs(15 * 60);

/// The sign-in does not cover what was asked for: it is from before this was asked of the user.
pub(super) const SCOPE: &str = "OAUTH_SCOPE_MISMATCH";

/// Zoho's own word for what is wrong; empty if it says none.
pub(super) fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

/// The fault that an answer tells. `kind` is that of the records that were written.
pub(super) fn of(answer: &Answer, effect: Effect, kind: RemoteKind) -> Fault {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let refusal = body["data"].get(0).filter(|one| one["status"] != "success").unwrap_or(&body);
    let code = refusal["code"].as_str().unwrap_or_default();
    let field = refusal["details"]["api_name"].as_str();
    match code {
        "LIMIT_EXCEEDED" | "API_LIMIT_EXCEEDED" => {
            return Fault::Limit { after: Some(answer.retry_after.unwrap_or(LIMIT_PAUSE)) };
        }
        "TOO_MANY_REQUESTS" if answer.retry_after.is_none() => {
            return Fault::Busy { after: Some(Duration::from_secs(60)) };
        }
        "RECORD_LOCKED" | "RECORD_IN_BLUEPRINT" => return Fault::Busy { after: None },
        "DUPLICATE_DATA" => return Fault::Duplicate { existing: existing(refusal, kind) },
        // A record that ours names is gone.
        "INVALID_DATA" if matches!(field, Some("Who_Id" | "What_Id" | "id")) => return Fault::NotFound,
        "INVALID_MODULE" | "NOT_SUPPORTED" | "INVALID_REQUEST_METHOD" => return Fault::NotOffered,
        "NO_PERMISSION" | "AUTHORIZATION_FAILED" | SCOPE => return Fault::Forbidden { code: code.to_owned() },
        _ => {}
    }
    if let Some(fault) = common_fault(answer, effect) {
        return fault;
    }
    match answer.status {
        StatusCode::NOT_FOUND => Fault::NotFound,
        StatusCode::FORBIDDEN => Fault::Forbidden { code: code.to_owned() },
        _ if code.is_empty() || code == "SUCCESS" => Fault::NotUnderstood,
        _ => Fault::Invalid {
            code: code.to_owned(),
            fields: field.map(str::to_owned).into_iter().collect(),
            message: refusal["message"].as_str().unwrap_or_default().to_owned(),
        },
    }
}

/// The record that is there already; newer versions name it apart.
fn existing(refusal: &Value, kind: RemoteKind) -> Vec<RemoteRef> {
    let details = &refusal["details"];
    let id = id_of(&details["duplicate_record"]).or_else(|| id_of(details));
    id.map(|id| RemoteRef { kind, id }).into_iter().collect()
}
