//! Redirects (RFC 3261 §8.1.3.4): where a 3xx sends a call of ours, as far as it may.
//!
//! The new INVITE takes the same way as the first one, through the account's first hop; only its Request-URI changes. So
//! whoever redirects learns nothing from us, and what the exchange forbids stays forbidden.

use std::collections::VecDeque;

use crate::message::{Contacts, Response, SipUri, Uri};

/// Targets that one call tries, the dialled one among them.
const MAX_TARGETS: usize = 5;

/// The targets of one call: those tried, and those still to try.
#[derive(Debug)]
pub(super) struct Redirects {
    tried: Vec<SipUri>,
    waiting: VecDeque<SipUri>,
}

impl Redirects {
    pub fn new(dialled: SipUri) -> Self {
        Self { tried: vec![dialled], waiting: VecDeque::new() }
    }

    /// Takes the Contacts of a 3xx, the best first. `domain` is where numbers without host belong; `sips` tells whether the
    /// account may call such addresses.
    pub fn take(&mut self, response: &Response, domain: &SipUri, sips: bool) {
        let Ok(Contacts::Addresses(mut contacts)) = response.headers.contacts() else { return };
        contacts.sort_by_key(|contact| std::cmp::Reverse(contact.q_thousandths()));
        let secure = self.tried.first().is_some_and(SipUri::is_sips);
        let mut place = 0;
        for target in contacts.into_iter().filter_map(|contact| callable(contact.uri, domain)) {
            let known = self.tried.iter().chain(&self.waiting).any(|known| known.equivalent(&target));
            let allowed = if target.is_sips() { sips } else { !secure };
            if !known && allowed && self.tried.len() + self.waiting.len() < MAX_TARGETS {
                self.waiting.insert(place, target);
                place += 1;
            }
        }
    }

    /// The next target to try.
    pub fn next(&mut self) -> Option<SipUri> {
        let next = self.waiting.pop_front()?;
        self.tried.push(next.clone());
        Some(next)
    }
}

/// What may be called of a Contact: without headers, method and another next hop; no code that would switch something at
/// the exchange.
fn callable(uri: Uri, domain: &SipUri) -> Option<SipUri> {
    let user = uri.user().filter(|user| !user.is_empty() && !user.contains(['*', '#']))?.into_owned();
    match uri {
        Uri::Sip(mut uri) => {
            uri.headers = None;
            uri.password = None;
            ["method", "maddr", "ttl", "lr"].iter().for_each(|name| uri.params.remove(name));
            Some(uri)
        }
        Uri::Tel(_) => Some(domain.clone().with_user(&user)),
        Uri::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::StatusCode;

    fn uri(text: &str) -> SipUri {
        SipUri::parse(text.as_bytes()).unwrap()
    }

    fn targets(dialled: &str, contacts: &[&str]) -> Vec<String> {
        let mut response = Response::new(StatusCode::new(302).unwrap());
        for contact in contacts {
            response = response.with("Contact", contact);
        }
        let mut redirects = Redirects::new(uri(dialled));
        redirects.take(&response, &uri("sip:pbx.example"), dialled.starts_with("sips:"));
        std::iter::from_fn(|| redirects.next()).map(|uri| uri.to_string()).collect()
    }

    #[test]
    fn the_best_contact_comes_first_and_none_twice() {
        let contacts = ["<sip:a@h>;q=0.2, <sip:b@h>;q=0.9", "<sip:a@H>", "<sip:x@h>", "<tel:+50622223333>;q=0.1"];
        assert_eq!(targets("sip:x@h", &contacts), ["sip:a@H", "sip:b@h", "sip:+50622223333@pbx.example"]);
    }

    #[test]
    fn nothing_of_a_contact_can_change_more_than_whom_we_call() {
        let contacts =
            ["<sip:a:pw@h;maddr=10.9.9.9;method=BYE?Route=%3Csip:evil%3E>", "<mailto:a@h>", "<sip:*72900@h>"];
        assert_eq!(targets("sip:x@h", &contacts), ["sip:a@h"]);
        assert!(targets("sip:x@h", &["*"]).is_empty());
    }

    #[test]
    fn a_sips_call_is_never_redirected_to_sip_nor_the_other_way_without_tls() {
        assert_eq!(targets("sip:x@h", &["<sip:a@h>", "<sips:b@h>"]), ["sip:a@h"]);
        assert_eq!(targets("sips:x@h", &["<sip:a@h>", "<sips:b@h>"]), ["sips:b@h"]);
    }

    #[test]
    fn a_redirect_cannot_go_on_for_ever() {
        let many: Vec<_> = (0..40).map(|n| format!("<sip:u{n}@h>")).collect();
        assert_eq!(targets("sip:x@h", &[&many.join(", ")]).len(), MAX_TARGETS - 1);
    }
}
