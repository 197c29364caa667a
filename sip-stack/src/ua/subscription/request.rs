//! SUBSCRIBE: the first one, those within the dialog, and their credentials.

use crate::auth::AuthError;
use crate::dialog::Dialog;
use crate::message::{CSeq, HeaderName, Method, NameAddr, Request, Response};

use super::super::account::Account;
use super::super::core::{Core, Owner};
use super::super::registration::Sent;
use super::{ALLOW_EVENTS, Subscription};

/// Challenges answered for one SUBSCRIBE: two proxies and the server, each stale once.
const MAX_CHALLENGES: u8 = 6;

impl Subscription {
    /// The SUBSCRIBE that makes a dialog.
    pub(super) fn send_first(&mut self, core: &mut Core, account: &mut Account) -> Option<Sent> {
        let contact = account.contact(&account.facts()?);
        let from = account.address_of_record().ok()?.with_tag(&self.from_tag);
        self.cseq += 1;
        let mut request = Request::new(Method::Subscribe, self.target.clone().into()).with(HeaderName::MaxForwards, 70);
        for route in account.routes() {
            request.headers.push(HeaderName::Route, route.to_string());
        }
        let request = request
            .with(HeaderName::From, from)
            .with(HeaderName::To, NameAddr::new(self.target.clone()))
            .with(HeaderName::CallId, &self.call_id)
            .with(HeaderName::CSeq, CSeq { number: self.cseq, method: Method::Subscribe })
            .with(HeaderName::Contact, &contact);
        let expires_s = self.expires_s;
        self.transact(core, account, request, expires_s)
    }

    /// A SUBSCRIBE within the dialog, with our Contact as it is now; 0 s is the farewell.
    pub(super) fn send_again(
        &mut self,
        core: &mut Core,
        account: &mut Account,
        dialog: &mut Dialog,
        expires_s: u32,
    ) -> Option<Sent> {
        dialog.set_contact(account.contact(&account.facts()?));
        let request = dialog.request(Method::Subscribe);
        self.transact(core, account, request, expires_s)
    }

    fn transact(&mut self, core: &mut Core, account: &mut Account, request: Request, expires_s: u32) -> Option<Sent> {
        let way = account.way(None)?;
        let mut request = request
            .with(HeaderName::Event, self.package.as_str())
            .with(HeaderName::Expires, expires_s)
            .with(HeaderName::Accept, self.package.body_type())
            .with(HeaderName::AllowEvents, ALLOW_EVENTS)
            .with(HeaderName::Allow, account.allow());
        account.auth.authorize(&mut request, &mut core.rng);
        let tx = core.send(way, request.clone(), Owner::Subscription(self.id));
        self.flow = Some(way.hop.flow);
        Some(Sent { tx, request, challenges: 0 })
    }
}

/// Whether a challenge is to be answered, and how many were.
pub(super) fn challenged(account: &mut Account, sent: &Sent, response: &Response) -> Result<u8, AuthError> {
    account.auth.challenged(&sent.request, response)?;
    if sent.challenges < MAX_CHALLENGES { Ok(sent.challenges + 1) } else { Err(AuthError::Refused) }
}
