//! The requests: `PROPFIND` and two kinds of `REPORT`. They go to one server alone, whatever its answers name.

use quick_xml::escape::escape;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, LOCATION};
use reqwest::{Method, StatusCode};
use url::Url;

use crm::connector::Fault;

use super::xml::{DAV, Multistatus, Told};
use super::{CardDav, refused};
use crate::api::{Effect, common_fault};
use crate::http::{Answer, NoAnswer, ask_for};
use crate::xml::Node;

const DEPTH: HeaderName = HeaderName::from_static("depth");
/// The largest answer: a server that does not list in parts tells 100,000 cards at once.
const ANSWER_MAX: usize = 64 * 1024 * 1024;
/// The most cards of a list at once, for servers that keep to it.
const LIST_MAX: u32 = 5000;
/// How often an answer may lead elsewhere on the same server.
const REDIRECTS_MAX: usize = 4;

const FIND: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:resourcetype/><D:current-user-principal/><C:addressbook-home-set/></D:prop></D:propfind>"#;

/// What came of asking what has changed.
pub(super) enum Asked {
    /// This.
    Told(Multistatus),
    /// The token leads nowhere any more.
    Stale,
    /// Nothing.
    Failed(Fault),
}

impl CardDav {
    /// A place on the server; nowhere else is asked.
    pub(super) fn at(&self, href: &str) -> Result<Url, Fault> {
        let url = self.base.join(href).map_err(|_| Fault::NotUnderstood)?;
        let bare = url.username().is_empty() && url.password().is_none();
        let ours = bare && url.origin() == self.base.origin();
        ours.then_some(url).ok_or_else(|| Fault::Forbidden { code: "foreign_address".into() })
    }

    /// Properties of a place, and with depth 1 of what is in it.
    pub(super) async fn find(&self, place: &Url, depth: &'static str) -> Result<Vec<Told>, Fault> {
        let mut place = place.clone();
        for _ in 0..REDIRECTS_MAX {
            let answer = self.send("PROPFIND", &place, depth, FIND.to_owned()).await?;
            if !answer.status.is_redirection() {
                return Ok(multistatus(&answer)?.told);
            }
            let to = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok()).ok_or(Fault::NotUnderstood)?;
            place = self.at(place.join(to).map_err(|_| Fault::NotUnderstood)?.as_str())?;
        }
        Err(Fault::NotUnderstood)
    }

    /// What has changed in a book since the token; all of it without one.
    pub(super) async fn changed(&self, book: &str, token: Option<&str>) -> Asked {
        for limit in [format!("<D:limit><D:nresults>{LIST_MAX}</D:nresults></D:limit>"), String::new()] {
            let token = escape(token.unwrap_or_default());
            let body = format!(
                r#"<?xml version="1.0" encoding="utf-8"?>
<D:sync-collection xmlns:D="DAV:"><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{limit}<D:prop><D:getetag/></D:prop></D:sync-collection>"#
            );
            let answer = match self.report(book, body).await {
                Ok(answer) => answer,
                Err(fault) => return Asked::Failed(fault),
            };
            // A server that cannot list in parts of a wished size says so, and is asked for all (RFC 6578 §3.7).
            if !limit.is_empty() && answer.status == StatusCode::INSUFFICIENT_STORAGE {
                continue;
            }
            if is_stale(&answer, !token.is_empty()) {
                return Asked::Stale;
            }
            return match multistatus(&answer) {
                Ok(told) if told.token.is_some() => Asked::Told(told),
                Ok(_) => Asked::Failed(Fault::NotUnderstood),
                Err(fault) => Asked::Failed(fault),
            };
        }
        Asked::Failed(Fault::NotUnderstood)
    }

    /// These cards.
    pub(super) async fn cards(&self, book: &str, hrefs: &[String]) -> Result<Vec<Told>, Fault> {
        let hrefs: String = hrefs.iter().map(|href| format!("<D:href>{}</D:href>", escape(href.as_str()))).collect();
        let body = format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<C:addressbook-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/><C:address-data/></D:prop>{hrefs}</C:addressbook-multiget>"#
        );
        Ok(multistatus(&self.report(book, body).await?)?.told)
    }

    async fn report(&self, book: &str, body: String) -> Result<Answer, Fault> {
        // `sync-collection` has depth 0 (RFC 6578 §3.2); `addressbook-multiget` pays no heed to it.
        self.send("REPORT", &self.at(book)?, "0", body).await
    }

    async fn send(
        &self,
        method: &'static str,
        place: &Url,
        depth: &'static str,
        body: String,
    ) -> Result<Answer, Fault> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| Fault::NotOffered)?;
        let request = self.http.request(method, place.clone()).header(AUTHORIZATION, self.login.clone());
        let request = request.header(DEPTH, depth).header(CONTENT_TYPE, "application/xml; charset=utf-8").body(body);
        // Nothing is written: of what was lost nothing but an answer too large is told apart.
        let answer = ask_for(request, ANSWER_MAX).await.map_err(|none| match none {
            NoAnswer::Unreached | NoAnswer::Lost => Fault::Unreachable,
            NoAnswer::ProxySignIn => Fault::ProxySignIn,
            NoAnswer::TooLarge => Fault::Lost,
        })?;
        match answer.status {
            // It is no passing state here.
            StatusCode::NOT_IMPLEMENTED | StatusCode::INSUFFICIENT_STORAGE => Ok(answer),
            _ => common_fault(&answer, Effect::Reads).map_or(Ok(answer), Err),
        }
    }
}

fn multistatus(answer: &Answer) -> Result<Multistatus, Fault> {
    refused(answer.status).map_or(Ok(()), Err)?;
    Multistatus::read(&answer.body).ok_or(Fault::NotUnderstood)
}

/// `valid-sync-token` (RFC 6578 §3.2); of what was asked with a token also that it is gone, or that there is too much behind it.
fn is_stale(answer: &Answer, has_token: bool) -> bool {
    if has_token && matches!(answer.status, StatusCode::GONE | StatusCode::INSUFFICIENT_STORAGE) {
        return true;
    }
    let refused =
        matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED);
    let error = || Node::read(std::str::from_utf8(&answer.body).ok()?);
    refused && error().is_some_and(|error| error.child(DAV, "valid-sync-token").is_some())
}
