//! Who calls, and which number was called, as an INVITE tells it.

use crate::message::{HeaderName, NameAddr, Request, SipUri, Uri};

use super::Party;

/// P-Asserted-Identity where it is present (RFC 3325: the source is trusted by now), then the calling party of
/// Remote-Party-ID, which older exchanges send instead, else From. The display name comes from the same header, or from From
/// if that has none.
pub(super) fn caller(invite: &Request) -> Party {
    let from = invite.headers.from().ok();
    let asserted = invite.headers.addresses(&HeaderName::PAssertedIdentity).unwrap_or_default();
    let asserted = asserted.into_iter().find(|one| matches!(one.uri, Uri::Sip(_) | Uri::Tel(_)));
    let asserted = asserted.or_else(|| remote_party(invite));
    let Some(best) = asserted.as_ref().or(from.as_ref()) else { return Party::default() };
    let name = best.display_name.clone().or_else(|| from.as_ref().and_then(|from| from.display_name.clone()));
    party(best, name)
}

/// Remote-Party-ID as far as it speaks of the caller and does not ask for privacy.
fn remote_party(invite: &Request) -> Option<NameAddr> {
    let all = invite.headers.addresses(&HeaderName::RemotePartyId).unwrap_or_default();
    let is =
        |one: &NameAddr, name: &str, value: &str| one.params.get(name).is_none_or(|v| v.eq_ignore_ascii_case(value));
    all.into_iter().find(|one| is(one, "party", "calling") && is(one, "privacy", "off"))
}

/// An address without a name.
pub(super) fn party_of(uri: &SipUri) -> Party {
    party(&NameAddr::new(uri.clone()), None)
}

fn party(address: &NameAddr, display_name: Option<String>) -> Party {
    Party {
        uri: address.uri.to_string(),
        user: address.uri.user().unwrap_or_default().into_owned(),
        host: address.uri.host().map(ToString::to_string).unwrap_or_default(),
        display_name,
    }
}

/// User of To.
pub(super) fn to_user(invite: &Request) -> String {
    let to = invite.headers.to().ok();
    to.and_then(|to| to.uri.user().map(std::borrow::Cow::into_owned)).unwrap_or_default()
}

/// The number that the caller dialled: P-Called-Party-ID (RFC 7315), the first entry of History-Info (RFC 7044), the
/// last Diversion (RFC 5806), else To; none if that is one of the account's `own` users, that of its address or that of
/// its Contact (a caller that knows only the binding).
pub(super) fn called(invite: &Request, own: [&str; 2]) -> Option<String> {
    let all = |name: HeaderName| invite.headers.addresses(&name).unwrap_or_default();
    let user = |address: NameAddr| address.uri.user().map(std::borrow::Cow::into_owned);
    let found = all(HeaderName::PCalledPartyId).into_iter().next().and_then(user);
    let found = found.or_else(|| all(HeaderName::HistoryInfo).into_iter().next().and_then(user));
    let found = found.or_else(|| all(HeaderName::Diversion).into_iter().next_back().and_then(user));
    let found = found.unwrap_or_else(|| to_user(invite));
    (!own.contains(&found.as_str()) && !found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Method;

    fn invite() -> Request {
        Request::new(Method::Invite, "sip:rnd@h".parse().unwrap())
            .with("From", "\"Ana\" <sip:anonymous@anonymous.invalid>;tag=1")
            .with("To", "<sip:8330101@pbx>")
    }

    #[test]
    fn asserted_identity_wins_and_keeps_the_name() {
        let plain = caller(&invite());
        assert_eq!((plain.user.as_str(), plain.host.as_str()), ("anonymous", "anonymous.invalid"));
        let asserted = caller(&invite().with("P-Asserted-Identity", "<tel:+50622223333>, <sip:+50622223333@pbx>"));
        assert_eq!((asserted.user.as_str(), asserted.display_name.as_deref()), ("+50622223333", Some("Ana")));
        assert_eq!(format!("{asserted:?}"), "Party(…)");
    }

    #[test]
    fn remote_party_id_stands_in_for_the_asserted_identity() {
        let old = "\"Eva\" <sip:+50622224444@pbx>;party=calling;screen=yes;privacy=off";
        let called = "<sip:8330101@pbx>;party=called";
        let caller_of =
            |all: &[&str]| caller(&all.iter().fold(invite(), |invite, one| invite.with("Remote-Party-ID", *one))).user;
        assert_eq!(caller_of(&[called, old]), "+50622224444");
        assert_eq!(caller_of(&[called]), "anonymous");
        assert_eq!(caller_of(&["<sip:+50622224444@pbx>;party=calling;privacy=full"]), "anonymous");
        let both = invite().with("Remote-Party-ID", old).with("P-Asserted-Identity", "<sip:+50622223333@pbx>");
        assert_eq!(caller(&both).user, "+50622223333");
    }

    #[test]
    fn the_dialled_number() {
        assert_eq!(called(&invite(), ["8330101", "rnd"]), None);
        assert_eq!(called(&invite(), ["other", "8330101"]), None, "the binding's own user is no number");
        assert_eq!(called(&invite(), ["other", "rnd"]).as_deref(), Some("8330101"));
        let diverted = invite().with("Diversion", "<sip:2@pbx>, <sip:1@pbx>;reason=no-answer");
        assert_eq!(called(&diverted, ["8330101", "rnd"]).as_deref(), Some("1"));
        let named = diverted.with("P-Called-Party-ID", "<sip:+5064000@pbx>");
        assert_eq!(called(&named, ["8330101", "rnd"]).as_deref(), Some("+5064000"));
    }
}
