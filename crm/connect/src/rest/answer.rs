//! What is taken from an answer: pointers into it, its bounds, and which faults it tells.

use crm::connector::{Fault, RemoteKind, RemoteRef};
use reqwest::StatusCode;
use serde_json::Value as Json;

use super::values::checked_id;
use crate::api::{Effect, common_fault};
use crate::http::Answer;

/// How deep an answer may be.
const DEPTH_MAX: usize = 32;
/// The most values that one pointer takes.
const TAKEN_MAX: usize = 500;
/// The most characters of a text that is kept.
const TEXT_MAX: usize = 1000;

/// A way into an answer: `/data/0/name`; `*` is each member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    /// Reads one: empty, or beginning with `/`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix('/') {
            None if text.is_empty() => Ok(Self(Vec::new())),
            None => Err("a way into the answer begins with /".into()),
            Some(rest) => Ok(Self(rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect())),
        }
    }

    /// Everything that it leads to, at most so many.
    pub fn all<'a>(&self, value: &'a Json) -> Vec<&'a Json> {
        let mut found = vec![value];
        for step in &self.0 {
            let mut next = Vec::new();
            for one in found {
                match one {
                    Json::Array(items) if step == "*" => next.extend(items),
                    Json::Object(members) if step == "*" => next.extend(members.values()),
                    Json::Array(items) => next.extend(step.parse::<usize>().ok().and_then(|n| items.get(n))),
                    Json::Object(members) => next.extend(members.get(step)),
                    _ => {}
                }
            }
            next.truncate(TAKEN_MAX);
            found = next;
        }
        found
    }

    /// The same as rows of their own. The members of an object have their names in `@`.
    pub fn rows(&self, value: &Json) -> Vec<Json> {
        let named = |holder: &&Json| holder.is_object();
        if let Some((last, before)) = self.0.split_last()
            && last == "*"
            && let Some(Json::Object(members)) = Self(before.to_vec()).all(value).into_iter().find(named)
        {
            let name = |(name, row): (&String, &Json)| {
                let mut row = row.clone();
                if let Some(fields) = row.as_object_mut() {
                    fields.insert("@".to_owned(), name.as_str().into());
                }
                row
            };
            return members.iter().take(TAKEN_MAX).map(name).collect();
        }
        self.all(value).into_iter().cloned().collect()
    }

    /// The texts, numbers and flags that it leads to; `false` and null stand for nothing where texts are meant.
    pub fn texts(&self, value: &Json) -> Vec<String> {
        self.all(value).into_iter().filter_map(text).collect()
    }

    /// The first of them.
    pub fn first(&self, value: &Json) -> Option<String> {
        self.texts(value).into_iter().next()
    }
}

fn text(value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Bool(true) => "true".to_owned(),
        _ => return None,
    };
    (!text.is_empty()).then(|| text.chars().take(TEXT_MAX).collect())
}

/// An answer as JSON; an empty one is null.
pub(super) fn json(answer: &Answer) -> Result<Json, Fault> {
    if answer.body.is_empty() {
        return Ok(Json::Null);
    }
    let value: Json = serde_json::from_slice(&answer.body).map_err(|_| Fault::NotUnderstood)?;
    if deeper(&value, DEPTH_MAX) { Err(Fault::NotUnderstood) } else { Ok(value) }
}

fn deeper(value: &Json, most: usize) -> bool {
    match value {
        Json::Array(items) => most == 0 || items.iter().any(|item| deeper(item, most - 1)),
        Json::Object(members) => most == 0 || members.values().any(|member| deeper(member, most - 1)),
        _ => false,
    }
}

/// What a rule makes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    SignIn,
    Limit,
    Busy,
    Invalid,
    Duplicate,
    Stale,
    NotFound,
    Forbidden,
    NotOffered,
    Lost,
}

/// Which answers mean what.
#[derive(Debug)]
pub(super) struct Rule {
    pub status: Option<u16>,
    /// The server's code is this one.
    pub code: Option<String>,
    /// The server's words have this in them.
    pub says: Option<String>,
    /// A member of the answer has this text: also of answers that call themselves a success.
    pub member: Option<(Pointer, String)>,
    pub meaning: Meaning,
    /// The records that a duplicate means.
    pub existing: Option<Pointer>,
}

/// How a server tells what went wrong.
#[derive(Debug, Default)]
pub(super) struct Errors {
    pub code: Option<Pointer>,
    pub message: Option<Pointer>,
    pub fields: Option<Pointer>,
    pub rules: Vec<Rule>,
}

impl Errors {
    /// The fault that an answer tells; none for a success. `kind` is that of records that are written.
    pub fn fault(&self, answer: &Answer, body: &Json, effect: Effect, kind: RemoteKind) -> Option<Fault> {
        let told = |pointer: &Option<Pointer>| pointer.as_ref().and_then(|p| p.first(body)).unwrap_or_default();
        let (code, message) = (told(&self.code), told(&self.message));
        let status = answer.status;
        let fits = |rule: &&Rule| {
            // A success is one unless a rule speaks of its status or of a member of it.
            (!status.is_success() || rule.status.is_some() || rule.member.is_some())
                && rule.status.is_none_or(|wanted| wanted == status.as_u16())
                && rule.code.as_ref().is_none_or(|wanted| *wanted == code)
                && rule.says.as_ref().is_none_or(|wanted| message.contains(wanted.as_str()))
                && rule
                    .member
                    .as_ref()
                    .is_none_or(|(at, is)| at.all(body).iter().any(|value| super::template::as_text(value) == *is))
        };
        let rule = self.rules.iter().find(fits);
        if rule.is_none() && status.is_success() {
            return None;
        }
        let invalid = || Fault::Invalid {
            code: if code.is_empty() { status.as_u16().to_string() } else { code.clone() },
            fields: self.fields.as_ref().map(|fields| fields.texts(body)).unwrap_or_default(),
            message: message.clone(),
        };
        let Some(rule) = rule else {
            return Some(common_fault(answer, effect).unwrap_or_else(|| match status {
                StatusCode::NOT_FOUND | StatusCode::GONE => Fault::NotFound,
                StatusCode::FORBIDDEN => Fault::Forbidden { code: code.clone() },
                StatusCode::METHOD_NOT_ALLOWED => Fault::NotOffered,
                status if status.is_client_error() => invalid(),
                _ => Fault::NotUnderstood,
            }));
        };
        Some(match rule.meaning {
            Meaning::SignIn => Fault::SignIn,
            Meaning::Limit => Fault::Limit { after: answer.retry_after },
            Meaning::Busy => Fault::Busy { after: answer.retry_after },
            Meaning::Invalid => invalid(),
            Meaning::Duplicate => Fault::Duplicate { existing: existing(rule.existing.as_ref(), body, kind) },
            Meaning::Stale => Fault::Stale,
            Meaning::NotFound => Fault::NotFound,
            Meaning::Forbidden => Fault::Forbidden { code },
            Meaning::NotOffered => Fault::NotOffered,
            Meaning::Lost if effect == Effect::Writes => Fault::Lost,
            Meaning::Lost => Fault::Busy { after: answer.retry_after },
        })
    }
}

fn existing(pointer: Option<&Pointer>, body: &Json, kind: RemoteKind) -> Vec<RemoteRef> {
    let ids = pointer.map(|pointer| pointer.texts(body)).unwrap_or_default();
    let mut existing: Vec<RemoteRef> =
        ids.into_iter().filter(|id| checked_id(id).is_ok()).map(|id| RemoteRef { kind, id }).collect();
    existing.sort();
    existing.dedup();
    existing
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(pointer: &str, value: &Json) -> Vec<String> {
        Pointer::parse(pointer).unwrap().texts(value)
    }

    #[test]
    fn pointers_lead_to_texts() {
        let value =
            json!({"data": [{"id": 7, "no": false, "p": [{"v": " a "}, {"v": ""}, {"v": null}]}], "x/y": {"k": "z"}});
        assert_eq!(texts("/data/0/id", &value), ["7"]);
        assert_eq!(texts("/data/*/p/*/v", &value), ["a"]);
        assert_eq!(texts("/x~1y/*", &value), ["z"]);
        assert!(texts("/data/0/no", &value).is_empty() && texts("/data/9/id", &value).is_empty());
        assert!(Pointer::parse("data").is_err());
        let fields = json!({"f": {"last": {"t": 1}, "odd": 2}});
        let rows = Pointer::parse("/f/*").unwrap().rows(&fields);
        assert_eq!(rows, [json!({"t": 1, "@": "last"}), json!(2)]);
        assert_eq!(Pointer::parse("").unwrap().rows(&json!({"a": 1})), [json!({"a": 1})]);
    }

    #[test]
    fn an_answer_has_bounds() {
        let nested = |depth: usize| Answer {
            status: StatusCode::OK,
            retry_after: None,
            headers: reqwest::header::HeaderMap::new(),
            body: format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes(),
        };
        assert!(json(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(json(&nested(DEPTH_MAX + 1)), Err(Fault::NotUnderstood));
        assert_eq!(json(&nested(100_000)), Err(Fault::NotUnderstood));
        let many = Json::Array(vec![json!("x"); TAKEN_MAX + 1]);
        assert_eq!(texts("/*", &many).len(), TAKEN_MAX);
    }
}
