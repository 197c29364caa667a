//! Signing in with a user and a password: SOAP `login()` of the Partner API, which Salesforce takes away in Summer '27. New
//! organisations have it switched off, and versions above 64 do not have it: so it is 64 and no other («SOAP API Developer
//! Guide», `login()`; help article 005132110).
//!
//! The password has the person's security token behind it, unless the organisation trusts the network.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crm::connector::Identity;
use quick_xml::escape::escape;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use tokio::time::Instant;
use url::Url;

use crate::http::{self, Answer, is_loopback};
use crate::oauth::{AccessToken, Anew, Session, TokenError, code_of};
use crate::secret::Secret;
use crate::xml::Node;

const PATH: &str = "services/Soap/u/64.0";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const PARTNER: &str = "urn:partner.soap.sforce.com";
/// Where an answer may send us for records.
const DOMAINS: [&str; 2] = ["salesforce.com", "force.com"];

/// A user whose password is known.
#[derive(Clone)]
pub struct Legacy {
    session: Session,
    login: Arc<Login>,
}

struct Login {
    address: Url,
    user: String,
    password: Secret,
    identity: Mutex<Option<Identity>>,
}

impl Legacy {
    /// Signs in at `host` when it is first asked; `password` with the security token behind it. None for an address that is
    /// neither https nor of this machine, and where the system gives no client.
    pub fn new(host: &Url, user: &str, password: Secret) -> Option<Self> {
        let address = host.join(PATH).ok()?;
        let safe = address.scheme() == "https" || (address.scheme() == "http" && is_loopback(&address));
        if !safe {
            return None;
        }
        let http = http::client().ok()?;
        let user = user.to_owned();
        let login = Arc::new(Login { address, user, password, identity: Mutex::default() });
        Some(Self { session: Session::of_password(Arc::clone(&login) as _, http), login })
    }

    /// The session, which signs in anew when it has ended.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Who signed in last.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.login.identity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Anew for Login {
    fn sign_in<'a>(
        &'a self,
        http: &'a Client,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send + 'a>> {
        Box::pin(async move {
            let request = http
                .post(self.address.clone())
                .header(CONTENT_TYPE, "text/xml; charset=UTF-8")
                .header("SOAPAction", "login")
                .body(envelope(&self.user, self.password.reveal()));
            let asked = Instant::now();
            let answer = http::ask(request).await.map_err(TokenError::of_none)?;
            let signed = read(&answer, &self.address)?;
            *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(signed.identity);
            let ends = signed.seconds.and_then(|seconds| asked.checked_add(Duration::from_secs(seconds)));
            Ok(AccessToken::new(signed.session, ends, Some(signed.records)))
        })
    }

    fn sign_out<'a>(
        &'a self,
        http: &'a Client,
        token: &'a AccessToken,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let Some(address) = token.records().and_then(|records| records.join(PATH).ok()) else { return false };
            let request = http
                .post(address)
                .header(CONTENT_TYPE, "text/xml; charset=UTF-8")
                .header("SOAPAction", "logout")
                .body(farewell(token.secret().reveal()));
            http::ask(request).await.is_ok_and(|answer| signed_out(&answer))
        })
    }
}

fn envelope(user: &str, password: &str) -> String {
    let (user, password) = (escape(user), escape(password));
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:u="{PARTNER}"><s:Body><u:login><u:username>{user}</u:username><u:password>{password}</u:password></u:login></s:Body></s:Envelope>"#
    )
}

/// `logout()` ends the session that its header names («SOAP API Developer Guide»).
fn farewell(session: &str) -> String {
    let session = escape(session);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:u="{PARTNER}"><s:Header><u:SessionHeader><u:sessionId>{session}</u:sessionId></u:SessionHeader></s:Header><s:Body><u:logout/></s:Body></s:Envelope>"#
    )
}

fn signed_out(answer: &Answer) -> bool {
    let root = std::str::from_utf8(&answer.body).ok().and_then(Node::read);
    let body = root.as_ref().and_then(|root| root.child(SOAP, "Body"));
    answer.status.is_success() && body.is_some_and(|body| body.child(PARTNER, "logoutResponse").is_some())
}

struct Signed {
    session: Secret,
    records: Url,
    seconds: Option<u64>,
    identity: Identity,
}

fn read(answer: &Answer, login: &Url) -> Result<Signed, TokenError> {
    let text = std::str::from_utf8(&answer.body).ok();
    let body = text.and_then(Node::read).filter(|root| root.is(SOAP, "Envelope"));
    let body = body.as_ref().and_then(|root| root.child(SOAP, "Body"));
    let Some(body) = body else {
        let busy = answer.status.is_server_error() || answer.status.as_u16() == 429;
        return Err(if busy { TokenError::Busy { after: answer.retry_after } } else { TokenError::NotUnderstood });
    };
    if let Some(fault) = body.child(SOAP, "Fault") {
        let text = |name: &str| fault.text_of("", name).unwrap_or_default();
        return Err(refused(text("faultcode"), text("faultstring")));
    }
    let result = body.child(PARTNER, "loginResponse").and_then(|response| response.child(PARTNER, "result"));
    signed(result.ok_or(TokenError::NotUnderstood)?, login)
}

fn signed(result: &Node, login: &Url) -> Result<Signed, TokenError> {
    let text = |name: &str| result.text_of(PARTNER, name).filter(|text| !text.is_empty());
    if text("passwordExpired") == Some("true") {
        // Such a session may do nothing but give itself another password.
        return Err(TokenError::Forbidden("password_expired".to_owned()));
    }
    let session = Secret::new(text("sessionId").ok_or(TokenError::NotUnderstood)?);
    let server = text("serverUrl").and_then(|url| Url::parse(url).ok()).ok_or(TokenError::NotUnderstood)?;
    if !may_keep_records(&server, login) {
        return Err(TokenError::ForeignAddress);
    }
    let records = server.join("/").map_err(|_| TokenError::NotUnderstood)?;
    let info = result.child(PARTNER, "userInfo").ok_or(TokenError::NotUnderstood)?;
    let told = |name: &str| info.text_of(PARTNER, name).filter(|text| !text.is_empty());
    let user = told("userName").ok_or(TokenError::NotUnderstood)?.to_owned();
    let organisation = told("organizationName").or(records.host_str()).map(str::to_owned);
    let seconds = told("sessionSecondsValid").and_then(|seconds| seconds.parse().ok());
    Ok(Signed { session, records, seconds, identity: Identity { user, organisation } })
}

/// One of the vendor's own; of this machine only where the sign-in is there itself.
fn may_keep_records(server: &Url, login: &Url) -> bool {
    let Some(host) = server.host_str() else { return false };
    let below = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let vendor = server.scheme() == "https" && DOMAINS.into_iter().any(below);
    vendor || (is_loopback(server) && is_loopback(login))
}

/// What a fault means: its code, and for `INVALID_OPERATION` its words.
fn refused(code: &str, words: &str) -> TokenError {
    let forbidden = |why: &str| TokenError::Forbidden(why.to_owned());
    let code = code.rsplit(':').next().unwrap_or_default();
    match code {
        "INVALID_LOGIN" => TokenError::SignInAgain,
        "LOGIN_MUST_USE_SECURITY_TOKEN" => forbidden("security_token"),
        "INVALID_OPERATION" if words.contains("disabled") => forbidden("soap_login_disabled"),
        "INVALID_OPERATION" | "UNSUPPORTED_API_VERSION" => forbidden("soap_login_retired"),
        "PASSWORD_LOCKOUT" => forbidden("account_locked"),
        "INVALID_SSO_GATEWAY_URL" => forbidden("login_not_allowed"),
        "LOGIN_DURING_RESTRICTED_DOMAIN" | "LOGIN_DURING_RESTRICTED_TIME" | "RESTRICTED_IP" => {
            forbidden("login_not_allowed_here_or_now")
        }
        "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => forbidden("api_disabled"),
        "SERVER_UNAVAILABLE" | "LOGIN_RATE_EXCEEDED" | "REQUEST_LIMIT_EXCEEDED" | "UNKNOWN_EXCEPTION" => {
            TokenError::Busy { after: None }
        }
        other => TokenError::Refused(code_of(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stays_text() {
        let written = envelope("ana@example.com", "a<b>&\"'</u:password>");
        let root = Node::read(&written).unwrap();
        let login = root.child(SOAP, "Body").unwrap().child(PARTNER, "login").unwrap();
        assert_eq!(login.text_of(PARTNER, "password"), Some("a<b>&\"'</u:password>"));
        assert_eq!(login.children.len(), 2);
    }

    #[test]
    fn records_are_the_vendors_or_of_this_machine() {
        let url = |text: &str| Url::parse(text).unwrap();
        let (vendor, here) = (url("https://login.salesforce.com/"), url("http://localhost:9/"));
        for (server, login, known) in [
            ("https://empresa.my.salesforce.com/services/Soap/u/64.0/00D", &vendor, true),
            ("http://empresa.my.salesforce.com/", &vendor, false),
            ("https://evilsalesforce.com/", &vendor, false),
            ("https://salesforce.com.evil.example/", &vendor, false),
            ("http://localhost:9/services/Soap/u/64.0", &here, true),
            ("http://localhost:9/services/Soap/u/64.0", &vendor, false),
        ] {
            assert_eq!(may_keep_records(&url(server), login), known, "{server}");
        }
        assert!(Legacy::new(&url("http://login.salesforce.com/"), "ana", Secret::new("x")).is_none());
    }

    #[test]
    fn why_nobody_is_let_in_is_told_apart() {
        for (code, words, told) in [
            (
                "INVALID_LOGIN",
                "INVALID_LOGIN: Invalid username, password, security token; or user locked out.",
                TokenError::SignInAgain,
            ),
            (
                "sf:INVALID_OPERATION",
                "SOAP API login() is disabled by default in this org.",
                TokenError::Forbidden("soap_login_disabled".into()),
            ),
            (
                "sf:INVALID_OPERATION",
                "login() is not available in the API version specified (65.0)",
                TokenError::Forbidden("soap_login_retired".into()),
            ),
            ("sf:UNSUPPORTED_API_VERSION", "", TokenError::Forbidden("soap_login_retired".into())),
            ("sf:SERVER_UNAVAILABLE", "", TokenError::Busy { after: None }),
            ("sf:X<ana>", "", TokenError::Refused("Xana".into())),
        ] {
            assert_eq!(refused(code, words), told, "{code} {words}");
        }
    }
}
