//! A registrar that sends us to another one (3xx to REGISTER, RFC 3261 §8.1.3.4).
//!
//! Only host and port of the Contact are taken, the transport stays that of the account, and what was learned is forgotten
//! with the first failure: the next try begins at the account's own domain.

use crate::message::{Contacts, Response, SipUri, Uri};
use crate::transport::Transport;

/// Servers in a row that may send us on.
const MAX_STEPS: u8 = 3;

/// Where our registration was sent.
#[derive(Debug, Default)]
pub(super) struct Relocation {
    to: Option<SipUri>,
    steps: u8,
}

impl Relocation {
    /// The server that takes our registration instead of the domain's own.
    pub fn to(&self) -> Option<&SipUri> {
        self.to.as_ref()
    }

    /// Takes the best server of a 3xx; false when there is none to go to.
    pub fn take(&mut self, response: &Response, transport: Transport) -> bool {
        let Ok(Contacts::Addresses(mut contacts)) = response.headers.contacts() else { return false };
        contacts.sort_by_key(|contact| std::cmp::Reverse(contact.q_thousandths()));
        let next = contacts.into_iter().find_map(|contact| server(&contact.uri, transport));
        let Some(next) = next.filter(|next| self.steps < MAX_STEPS && self.to.as_ref() != Some(next)) else {
            return false;
        };
        self.to = Some(next);
        self.steps += 1;
        true
    }

    /// A server took the registration.
    pub fn arrived(&mut self) {
        self.steps = 0;
    }

    /// Back to the domain's own server; whether we had been sent away.
    pub fn forget(&mut self) -> bool {
        self.steps = 0;
        self.to.take().is_some()
    }
}

/// The server that a Contact names, where the account's transport reaches it.
fn server(uri: &Uri, transport: Transport) -> Option<SipUri> {
    let uri = uri.as_sip()?;
    let same = uri.transport().is_none_or(|named| named.eq_ignore_ascii_case(transport.uri_token()));
    let allowed = !uri.is_sips() || transport.is_secure();
    (same && allowed).then(|| SipUri::new(uri.host.clone()).with_port(uri.port))
}
