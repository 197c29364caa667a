//! A webhook: each call is posted as JSON to an address of the company, signed as Standard Webhooks 1.0 says
//! (standardwebhooks.com), so that receivers have libraries for it.
//!
//! The message's id is the call's, also when it is posted again: a receiver that keeps ids has each call once.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crm::call::Direction;
use crm::connector::{
    Abilities, Connector, Directory, Fault, Identity, LogEntry, NewPerson, RecordForm, RemoteKind, RemotePerson,
    RemoteRef, RemoteTicket, Reply,
};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;
use hmac::{Hmac, Mac};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;
use zeroize::Zeroizing;

use crate::api::{Effect, common_fault};
use crate::http::{self, NoAnswer, is_loopback};
use crate::secret::Secret;

/// What a secret begins with when it is shown to people.
const PREFIX: &str = "whsec_";
/// Bytes that a key may have.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Why there is no webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The address is neither https nor on this machine, or has a user or password in it.
    #[error("the address is not safe")]
    UnsafeAddress,
    /// The key is not base64 of 24 to 64 bytes.
    #[error("the key is not a webhook's")]
    Key,
    /// The system gives no client.
    #[error("the system refuses")]
    System,
}

/// A connection to a webhook.
pub struct Webhook {
    url: Url,
    key: Zeroizing<Vec<u8>>,
    http: Client,
}

impl Webhook {
    /// Posts to `url`; `key` is base64, with or without `whsec_`.
    ///
    /// # Errors
    /// An unsafe address, or a key that is none.
    pub fn new(url: Url, key: &Secret) -> Result<Self, WebhookError> {
        let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if !safe || !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookError::UnsafeAddress);
        }
        let text = key.reveal().trim();
        let key = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text)).map_err(|_| WebhookError::Key)?;
        let key = Zeroizing::new(key);
        if !KEY_BYTES.contains(&key.len()) {
            return Err(WebhookError::Key);
        }
        let http = http::client().map_err(|_| WebhookError::System)?;
        Ok(Self { url, key, http })
    }

    async fn post(&self, id: &str, body: &Value) -> Result<(), Fault> {
        let body = body.to_string();
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let request = self
            .http
            .post(self.url.clone())
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", self.signature(id, seconds, &body)?)
            .header("idempotency-key", id)
            .body(body);
        let answer = http::ask(request).await.map_err(|none| match none {
            NoAnswer::Unreached => Fault::Unreachable,
            NoAnswer::ProxySignIn => Fault::ProxySignIn,
            NoAnswer::Lost | NoAnswer::TooLarge => Fault::Lost,
        })?;
        if answer.status.is_success() {
            return Ok(());
        }
        let code = || answer.status.as_u16().to_string();
        Err(common_fault(&answer, Effect::Writes).unwrap_or_else(|| match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Fault::Forbidden { code: code() },
            StatusCode::NOT_FOUND | StatusCode::GONE => Fault::NotFound,
            status if status.is_client_error() => {
                Fault::Invalid { code: code(), fields: Vec::new(), message: String::new() }
            }
            _ => Fault::NotUnderstood,
        }))
    }

    fn signature(&self, id: &str, seconds: u64, body: &str) -> Result<String, Fault> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).map_err(|_| Fault::NotUnderstood)?;
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// The message of a call. Moments are UTC milliseconds, durations milliseconds, numbers E.164 where they are full ones.
fn message(entry: &LogEntry) -> Value {
    json!({
        "type": "call.logged",
        "data": {
            "id": entry.id.0,
            "subject": entry.subject,
            "comment": entry.comment,
            "disposition": entry.disposition,
            "direction": if entry.direction == Direction::Incoming { "incoming" } else { "outgoing" },
            "answered": entry.answered,
            "started_at_ms": entry.started_at_ms,
            "utc_offset_min": entry.utc_offset_min,
            "talk_ms": entry.talk_ms,
            "number": entry.number,
            "name": entry.name,
        },
    })
}

impl Directory for Webhook {
    fn check(&self) -> Reply<'_, Identity> {
        Box::pin(async move {
            let mut id = [0; 16];
            getrandom::fill(&mut id).map_err(|_| Fault::NotUnderstood)?;
            let id = format!("check_{:032x}", u128::from_be_bytes(id));
            self.post(&id, &json!({ "type": "connection.checked", "data": {} })).await?;
            Ok(Identity { user: self.url.host_str().unwrap_or_default().to_owned(), organisation: None })
        })
    }

    fn find_by_number<'a>(&'a self, _: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn find_by_text<'a>(&'a self, _: &'a str, _: u32) -> Reply<'a, Vec<RemotePerson>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn address(&self, _: &RemoteRef) -> Option<String> {
        None
    }
}

impl Connector for Webhook {
    fn abilities(&self) -> Abilities {
        Abilities { logs_once: true, ..Abilities::default() }
    }

    fn describe<'a>(&'a self, _: RemoteKind, _: Option<&'a str>) -> Reply<'a, RecordForm> {
        not_offered()
    }

    fn create<'a>(&'a self, _: &'a NewPerson) -> Reply<'a, RemoteRef> {
        not_offered()
    }

    fn find_created<'a>(&'a self, _: &'a NewPerson) -> Reply<'a, Option<RemoteRef>> {
        not_offered()
    }

    fn log<'a>(&'a self, entry: &'a LogEntry) -> Reply<'a, RemoteRef> {
        Box::pin(async move {
            let id = entry.id.0.to_string();
            self.post(&id, &message(entry)).await?;
            Ok(RemoteRef { kind: RemoteKind::Activity, id })
        })
    }

    fn look_up<'a>(&'a self, _: OutboxId, _: Option<&'a RemoteRef>) -> Reply<'a, Option<RemoteRef>> {
        not_offered()
    }

    fn tickets<'a>(&'a self, _: &'a RemoteRef) -> Reply<'a, Vec<RemoteTicket>> {
        not_offered()
    }

    fn attach<'a>(&'a self, _: &'a RemoteRef, _: &'a RemoteRef) -> Reply<'a, ()> {
        not_offered()
    }
}

fn not_offered<'a, T: Send + 'a>() -> Reply<'a, T> {
    Box::pin(std::future::ready(Err(Fault::NotOffered)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_addresses_and_real_keys_make_a_webhook() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let made = |url: &str, key: &str| Webhook::new(Url::parse(url).unwrap(), &Secret::new(key)).map(drop);
        let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(made("https://example.com/hook", key), Ok(()));
        assert_eq!(made("http://localhost:9/hook", &key[6..]), Ok(()));
        for url in ["http://example.com/", "https://ana:x@example.com/", "ftp://example.com/"] {
            assert_eq!(made(url, key), Err(WebhookError::UnsafeAddress), "{url}");
        }
        for key in ["", "whsec_", "whsec_AAAA", "not base64 at all, whatever it is"] {
            assert_eq!(made("https://example.com/", key), Err(WebhookError::Key), "{key}");
        }
    }

    /// The example of the specification.
    #[test]
    fn the_signature_is_the_specifications() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let hook = Webhook::new(Url::parse("https://example.com").unwrap(), &key).unwrap();
        let signature = hook.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature.as_deref(), Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }
}
