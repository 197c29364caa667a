//! Several questions in one request, which costs one of the organisation's requests (zoho.com/crm/developer/docs/api/v8,
//! «Composite API»). It takes five questions, and answers 25 rows to each.

use crm::connector::{Fault, RemoteKind};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::fault;
use crate::api::Effect;
use crate::http::Answer;

/// The most rows that it answers to one question.
pub(super) const ROWS_MAX: usize = 25;

/// The request that asks these queries.
pub(super) fn request(queries: &[String]) -> Value {
    let one = |(n, query): (usize, &String)| {
        let id = n.to_string();
        json!({ "sub_request_id": id, "method": "POST", "uri": "/crm/v8/coql", "body": { "select_query": query } })
    };
    let all: Vec<Value> = queries.iter().enumerate().map(one).collect();
    json!({ "rollback_on_fail": false, "parallel_execution": true, "__composite_requests": all })
}

/// What was answered to each of so many queries; the first fault, if one of them met one.
pub(super) fn rows(told: &Value, count: usize) -> Result<Vec<Vec<Value>>, Fault> {
    let answers = told["__composite_requests"].as_array().filter(|answers| answers.len() == count);
    answers.ok_or(Fault::NotUnderstood)?.iter().map(answered).collect()
}

fn answered(one: &Value) -> Result<Vec<Value>, Fault> {
    let response = &one["details"]["response"];
    let status = response["status_code"].as_u64().and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok());
    let (status, body) = match status {
        Some(status) => (status, &response["body"]),
        // It was not even asked.
        None => (StatusCode::BAD_REQUEST, one),
    };
    if status == StatusCode::NO_CONTENT {
        return Ok(Vec::new());
    }
    if !status.is_success() {
        let (headers, body) = (HeaderMap::new(), serde_json::to_vec(body).unwrap_or_default());
        let answer = Answer { status, retry_after: None, headers, body };
        return Err(fault::of(&answer, Effect::Reads, RemoteKind::Contact));
    }
    body["data"].as_array().cloned().ok_or(Fault::NotUnderstood)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u64, body: &Value) -> Value {
        let response = json!({ "status_code": status, "body": body, "headers": {} });
        json!({ "__composite_requests": [{ "code": "SUCCESS", "status": "success", "details": { "response": response } }] })
    }

    #[test]
    fn each_answer_is_judged_by_itself() {
        assert_eq!(rows(&told(200, &json!({ "data": [{ "id": "1" }] })), 1), Ok(vec![vec![json!({ "id": "1" })]]));
        assert_eq!(rows(&told(204, &Value::Null), 1), Ok(vec![Vec::new()]));
        for (told, fault) in [
            (told(200, &Value::Null), Fault::NotUnderstood),
            (told(500, &json!({})), Fault::Busy { after: None }),
            (told(403, &json!({ "code": "NO_PERMISSION" })), Fault::Forbidden { code: "NO_PERMISSION".into() }),
            (json!({ "__composite_requests": [{ "code": "NOT_SUPPORTED", "status": "error" }] }), Fault::NotOffered),
            (json!({ "__composite_requests": [] }), Fault::NotUnderstood),
            (json!({}), Fault::NotUnderstood),
        ] {
            assert_eq!(rows(&told, 1), Err(fault), "{told}");
        }
    }
}
