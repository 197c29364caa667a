//! Our own presence, told to the exchange (RFC 3903): one document of an account, kept while the application wants it.
//!
//! ```text
//!  Publish ──registered──► Sent ──2xx, SIP-ETag──► Kept ──refresh, each 80 to 90 % of its lifetime, or another document──► Sent
//!                           │ 412: anew, without the tag   │ refused: Stopped   │ silent, 5xx: Backoff
//! ```

use std::time::Duration;

use crate::message::{CSeq, HeaderName, Method, NameAddr, Request, Response};
use crate::transaction::TxId;

use super::account::Account;
use super::agent::UserAgent;
use super::core::{Core, Owner, Wake};
use super::register::backoff;
use super::registration::Sent;
use super::{AccountId, Presence, subscription};

/// Lifetime that is asked for, s.
const EXPIRES_S: u32 = 3600;
/// Nor is a lifetime shorter than this one refreshed more often.
const SHORTEST_LIFE_S: u32 = 10;
/// Challenges answered for one PUBLISH: two proxies and the server, each stale once.
const MAX_CHALLENGES: u8 = 6;

/// What an account tells of itself.
pub(super) struct Publication {
    account: AccountId,
    presence: Presence,
    /// The latest document has reached the exchange.
    told: bool,
    /// What the exchange calls it.
    tag: Option<String>,
    sent: Option<Sent>,
    expires_s: u32,
    failures: u32,
    stopped: bool,
    /// It was to be told while the account could not be reached.
    due: bool,
    call_id: String,
    cseq: u32,
}

impl UserAgent {
    /// Tells this from now on.
    pub(super) fn publish(&mut self, id: AccountId, presence: Presence) {
        let Some(account) = self.accounts.get_mut(&id) else { return };
        let core = &mut self.core;
        let one = self.publications.entry(id).or_insert_with(|| Publication::new(core, id));
        if one.told && one.presence == presence && one.sent.is_none() {
            return;
        }
        (one.presence, one.told, one.stopped) = (presence, false, false);
        one.send(core, account);
    }

    /// An account can be reached.
    pub(super) fn resume_publication(&mut self, id: AccountId) {
        self.publication_step(id, |one, core, account| {
            if one.due || !one.told {
                one.send(core, account);
            }
        });
    }

    /// The account goes, or the program ends: what was told is taken back, without waiting for the answer.
    pub(super) fn unpublish(&mut self, id: AccountId) {
        if let (Some(mut one), Some(account)) = (self.publications.remove(&id), self.accounts.get_mut(&id)) {
            self.core.timers.clear(Wake::Publication(id));
            if one.tag.is_some() {
                let request = one.request(account, 0);
                one.transact(&mut self.core, account, request, true);
            }
        }
    }

    pub(super) fn publication_step(
        &mut self,
        id: AccountId,
        run: impl FnOnce(&mut Publication, &mut Core, &mut Account),
    ) {
        if let (Some(one), Some(account)) = (self.publications.get_mut(&id), self.accounts.get_mut(&id)) {
            run(one, &mut self.core, account);
        }
    }
}

impl Publication {
    fn new(core: &mut Core, account: AccountId) -> Self {
        Self {
            account,
            presence: Presence::default(),
            told: false,
            tag: None,
            sent: None,
            expires_s: EXPIRES_S,
            failures: 0,
            stopped: false,
            due: false,
            call_id: core.token(),
            cseq: 0,
        }
    }

    /// Now, if nothing is under way; what is wanted meanwhile goes behind it (RFC 3903 §4: one after the other).
    pub fn send(&mut self, core: &mut Core, account: &mut Account) {
        if self.sent.is_some() || self.stopped {
            return;
        }
        self.due = !account.is_ready();
        if self.due {
            return;
        }
        core.timers.clear(Wake::Publication(self.account));
        let request = self.request(account, self.expires_s);
        self.told = true;
        self.transact(core, account, request, false);
    }

    pub fn on_response(&mut self, core: &mut Core, account: &mut Account, tx: TxId, response: &Response) {
        let ours = self.sent.as_ref().is_some_and(|sent| sent.tx == tx);
        if !ours || response.status.is_provisional() {
            return;
        }
        let Some(sent) = self.sent.take() else { return };
        match response.status.code() {
            200..=299 => self.on_taken(core, response),
            401 | 407
                if sent.challenges < MAX_CHALLENGES && account.auth.challenged(&sent.request, response).is_ok() =>
            {
                self.transact(core, account, sent.request, false);
                if let Some(again) = &mut self.sent {
                    again.challenges = sent.challenges + 1;
                }
                return;
            }
            // RFC 3903 §4.5: the exchange has forgotten it.
            412 if self.tag.take().is_some() => self.told = false,
            423 => match response.headers.min_expires() {
                Ok(Some(minimum)) if minimum > self.expires_s => (self.expires_s, self.told) = (minimum, false),
                _ => self.stopped = true,
            },
            408 | 480 | 500..=599 => return self.later(core),
            // It knows no presence, or not of us: nothing is gained by telling again.
            _ => self.stopped = true,
        }
        if !self.told {
            self.send(core, account);
        }
    }

    /// Timer F, or the stream broke.
    pub fn on_timed_out(&mut self, core: &mut Core, tx: TxId) {
        if self.sent.take_if(|sent| sent.tx == tx).is_some() {
            self.later(core);
        }
    }

    fn on_taken(&mut self, core: &mut Core, response: &Response) {
        self.failures = 0;
        let tag = response.headers.get(&HeaderName::SipEtag).map(|tag| String::from_utf8_lossy(tag).trim().to_owned());
        self.tag = tag.filter(|tag| !tag.is_empty());
        let granted = response.headers.expires().ok().flatten().unwrap_or(self.expires_s).max(SHORTEST_LIFE_S);
        let lifetime = Duration::from_secs(u64::from(granted));
        let after = core.between(lifetime * 8 / 10, lifetime * 9 / 10);
        core.wake(Wake::Publication(self.account), after);
    }

    fn later(&mut self, core: &mut Core) {
        self.told = false;
        let wait = backoff(core, self.failures);
        self.failures = self.failures.saturating_add(1);
        core.wake(Wake::Publication(self.account), wait);
    }

    /// With the document where it is new, or the exchange does not have it; a refresh has none (RFC 3903 §4.1).
    fn request(&mut self, account: &Account, expires_s: u32) -> Option<Request> {
        let own = account.address_of_record().ok()?;
        let target = own.uri.as_sip()?.clone();
        let mut request = Request::new(Method::Publish, target.clone().into()).with(HeaderName::MaxForwards, 70);
        for route in account.routes() {
            request.headers.push(HeaderName::Route, route.to_string());
        }
        let request = request
            .with(HeaderName::From, own.with_tag(&self.call_id))
            .with(HeaderName::To, NameAddr::new(target.clone()))
            .with(HeaderName::CallId, &self.call_id)
            .with(HeaderName::CSeq, CSeq { number: self.cseq, method: Method::Publish })
            .with(HeaderName::Event, "presence")
            .with(HeaderName::Expires, expires_s);
        let request = match &self.tag {
            Some(tag) => request.with(HeaderName::SipIfMatch, tag),
            None => request,
        };
        if expires_s == 0 || (self.told && self.tag.is_some()) {
            return Some(request);
        }
        Some(request.with_body(subscription::PIDF, self.presence.print(&target.to_string())))
    }

    fn transact(&mut self, core: &mut Core, account: &mut Account, request: impl Into<Option<Request>>, last: bool) {
        let (Some(way), Some(mut request)) = (account.way(None), request.into()) else { return };
        self.cseq += 1;
        request.headers.set(HeaderName::CSeq, CSeq { number: self.cseq, method: Method::Publish }.to_string());
        account.auth.authorize(&mut request, &mut core.rng);
        let owner = if last { Owner::Nobody } else { Owner::Publication(self.account) };
        let tx = core.send(way, request.clone(), owner);
        self.sent = (!last).then_some(Sent { tx, request, challenges: 0 });
    }
}
