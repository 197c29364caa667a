//! Transfers that the other side asks for (RFC 3515, RFC 5589): REFER in, the call that follows it, NOTIFY out.
//!
//! ```text
//!  REFER ──► Asked ──FollowTransfer──► 202, NOTIFY 100, a new leg ──its news──► NOTIFY 180 … NOTIFY final
//!              │ DeclineTransfer, or nobody decides: 603
//! ```

use crate::message::{HeaderName, Request, SipUri, StatusCode, Uri, percent_decode};
use crate::transaction::TxId;

/// Where the other side wants us to go.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub target: SipUri,
    /// Headers that the new INVITE carries.
    pub extra: Vec<(HeaderName, String)>,
}

/// A REFER of the other side.
#[derive(Debug)]
pub(super) enum Referral {
    /// The application decides.
    Asked { tx: TxId, refer: Box<Request>, goal: Goal },
    /// The new leg is on its way; the other side is told how it goes. `id` tells this REFER from others.
    Followed { id: u32 },
}

/// Reads Refer-To: whom to call, and with which Replaces.
pub(super) fn goal(refer: &Request, domain: &SipUri) -> Result<Goal, StatusCode> {
    let targets = refer.headers.addresses(&HeaderName::ReferTo).map_err(|_| StatusCode::BAD_REQUEST)?;
    let [target] = &targets[..] else { return Err(StatusCode::BAD_REQUEST) };
    let mut extra = Vec::new();
    let mut target = match &target.uri {
        Uri::Sip(uri) => uri.clone(),
        Uri::Tel(uri) => domain.clone().with_user(&uri.number),
        Uri::Other(_) => return Err(StatusCode::UNSUPPORTED_URI_SCHEME),
    };
    if target.params.get("method").is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
        return Err(StatusCode::DECLINE);
    }
    // Of the headers that a Refer-To may put into our request, Replaces is the only one that is taken.
    let replaces = target.headers.take().as_deref().and_then(replaces_of);
    if target.user.is_none() && replaces.is_none() {
        return Err(StatusCode::BAD_REQUEST);
    }
    extra.extend(replaces.map(|replaces| (HeaderName::Replaces, replaces)));
    if let Some(by) = refer.headers.get(&HeaderName::ReferredBy) {
        extra.push((HeaderName::ReferredBy, String::from_utf8_lossy(by).into_owned()));
    }
    ["method", "maddr", "ttl"].iter().for_each(|name| target.params.remove(name));
    target.password = None;
    Ok(Goal { target, extra })
}

/// The value of Replaces among the headers of a URI, escapes resolved.
fn replaces_of(headers: &str) -> Option<String> {
    let value = headers.split('&').filter_map(|header| header.split_once('='));
    let value = value.filter(|(name, _)| name.eq_ignore_ascii_case("Replaces")).map(|(_, value)| value).next()?;
    let text = percent_decode(value).into_owned();
    (!text.chars().any(char::is_control)).then_some(text)
}
