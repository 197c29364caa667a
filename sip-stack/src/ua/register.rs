//! How an account registers: what moves its [`Registration`](super::registration::Registration) from state to state.

use std::time::Duration;

use crate::auth::AuthError;
use crate::message::{CSeq, Contacts, HeaderName, Method, NameAddr, Request, Response, StatusCode};
use crate::transaction::TxId;

use super::account::{Account, LinkFailure};
use super::core::{Core, Owner, Wake};
use super::registration::{Sent, State};
use super::{EndCause, Event};

/// RFC 5626 §4.5: base-time when no flow is left.
const BACKOFF_BASE: Duration = Duration::from_secs(30);
/// RFC 5626 §4.5: max-time.
const BACKOFF_MAX: Duration = Duration::from_secs(1800);
/// The first try after a flow that worked was lost: soon, and not all phones of the house at once.
const SOON: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(3));
/// Challenges answered for one REGISTER: two proxies and the registrar, each stale once.
const MAX_CHALLENGES: u8 = 6;
/// Lifetime used when the registrar names none (RFC 3261 §10.2.1.1).
const DEFAULT_EXPIRES_S: u32 = 3600;

impl Account {
    /// Registers now, whatever was before.
    pub fn register(&mut self, core: &mut Core) {
        if matches!(self.registration.state, State::Sent(_)) {
            return;
        }
        core.event(Event::Registering { account: self.id });
        self.registration.state = State::Waiting;
        self.try_register(core);
    }

    /// The network changed: what is bound is bound no more.
    pub fn restart_registration(&mut self, core: &mut Core) {
        if self.registration.is_wanted() {
            self.registration.failures = 0;
            self.registration.state = State::Waiting;
            core.timers.clear(Wake::Register(self.id));
            core.event(Event::Registering { account: self.id });
        }
    }

    /// Registers as soon as the link is up: at first, for a refresh, after a wait.
    pub fn try_register(&mut self, core: &mut Core) {
        core.timers.clear(Wake::Register(self.id));
        if !self.registration.is_wanted() {
            self.relink(core);
            return;
        }
        if self.facts().is_some() {
            self.send_register(core);
            return;
        }
        self.registration.state = State::Waiting;
        if let Err(failure) = self.open_link(core) {
            self.registration_failed(core, None, failure, None);
        }
    }

    /// An account that does not register needs its link all the same, for calls in.
    fn relink(&mut self, core: &mut Core) {
        if !self.config.register && self.open_link(core).is_err() {
            self.registration_lost(core, LinkFailure { cause: EndCause::Dns, reason: String::new() });
        }
    }

    /// Removes the binding (RFC 3261 §10.2.2).
    pub fn unregister(&mut self, core: &mut Core) {
        core.timers.clear(Wake::Register(self.id));
        let bound = matches!(self.registration.state, State::Bound | State::Sent(_));
        let sent =
            if bound { self.build_register(0).and_then(|request| self.transact_register(core, request)) } else { None };
        match sent {
            Some(sent) => self.registration.state = State::Leaving(sent),
            None => self.unregistered(core),
        }
    }

    /// The account goes: the binding is taken away without waiting for the answer.
    pub fn unregister_and_go(&mut self, core: &mut Core) {
        if !self.registration.is_off() {
            self.unregister(core);
            if matches!(self.registration.state, State::Leaving(_)) {
                self.unregistered(core);
            }
        }
    }

    /// The link is gone; a wanted registration comes back after a wait, the first soon.
    pub fn registration_lost(&mut self, core: &mut Core, failure: LinkFailure) {
        match self.registration.state {
            State::Leaving(_) => self.unregistered(core),
            _ if self.registration.is_wanted() => self.registration_failed(core, None, failure, None),
            _ if !self.config.register => {
                let wait = self.backoff(core, false);
                core.wake(Wake::Register(self.id), wait);
            }
            _ => {}
        }
    }

    /// A final response to REGISTER.
    pub fn on_register_response(&mut self, core: &mut Core, tx: TxId, response: &Response) {
        if response.status.is_provisional() {
            return;
        }
        let (sent, leaving) = match std::mem::replace(&mut self.registration.state, State::Off) {
            State::Sent(sent) if sent.tx == tx => (sent, false),
            State::Leaving(sent) if sent.tx == tx => (sent, true),
            other => {
                self.registration.state = other;
                return;
            }
        };
        match response.status.code() {
            401 | 407 => self.on_challenge(core, sent, leaving, response),
            _ if leaving => self.unregistered(core),
            200..=299 => self.bound(core, response),
            300..=399 => self.on_elsewhere(core, response),
            423 => self.on_too_brief(core, response),
            439 if self.outbound.can_give_up(&self.config) => {
                // RFC 5626 §11.6: the way to the registrar does not carry it.
                self.outbound.give_up();
                self.send_register(core);
            }
            // RFC 3263 §4.3: a server that is out of service is no answer of the domain.
            503 if self.next_target(core) => self.registration.state = State::Waiting,
            403 => self.stop(core, response, EndCause::Forbidden),
            _ => {
                let retry_after = response.headers.retry_after().ok().flatten();
                let failure =
                    LinkFailure { cause: EndCause::of_status(response.status), reason: response.reason.clone() };
                self.registration_failed(core, Some(response.status), failure, retry_after);
            }
        }
    }

    /// Timer F, or the stream broke.
    pub fn on_register_timeout(&mut self, core: &mut Core, tx: TxId, flow_lost: bool) {
        let failure = LinkFailure { cause: EndCause::Timeout, reason: "the registrar did not answer".to_owned() };
        match &self.registration.state {
            State::Leaving(sent) if sent.tx == tx => self.unregistered(core),
            State::Sent(sent) if sent.tx == tx && !flow_lost => {
                self.registration.state = State::Waiting;
                if !self.next_target(core) {
                    // The next try asks the name server again: another target may be better.
                    self.close_link(core);
                    self.registration_failed(core, None, failure, None);
                }
            }
            _ => {}
        }
    }

    fn send_register(&mut self, core: &mut Core) {
        let expires_s = self.registration.expires_s.unwrap_or(self.config.register_expires_s);
        let sent = self.build_register(expires_s).and_then(|request| self.transact_register(core, request));
        self.registration.state = sent.map_or(State::Waiting, State::Sent);
    }

    fn build_register(&self, expires_s: u32) -> Option<Request> {
        let facts = self.facts()?;
        let aor = self.address_of_record().ok()?;
        let mut request =
            Request::new(Method::Register, self.registrar_now().ok()?.into()).with(HeaderName::MaxForwards, 70);
        if let Some(route) = self.register_route() {
            request.headers.push(HeaderName::Route, route.to_string());
        }
        let to = NameAddr::new(aor.uri.clone());
        let contact = NameAddr::new(self.address(&facts)).with_param("expires", Some(&expires_s.to_string()));
        Some(
            request
                .with(HeaderName::From, aor.with_tag(&self.registration.from_tag))
                .with(HeaderName::To, to)
                .with(HeaderName::CallId, &self.registration.call_id)
                .with(HeaderName::CSeq, CSeq { number: 0, method: Method::Register })
                .with(HeaderName::Contact, self.outbound.name(contact, &self.config))
                .with(HeaderName::Expires, expires_s)
                .with(HeaderName::Supported, self.outbound.supported(&self.config))
                .with(HeaderName::Allow, self.allow()),
        )
    }

    fn transact_register(&mut self, core: &mut Core, mut request: Request) -> Option<Sent> {
        let way = self.way(None)?;
        self.registration.cseq += 1;
        let cseq = CSeq { number: self.registration.cseq, method: Method::Register };
        request.headers.set(HeaderName::CSeq, cseq.to_string());
        self.auth.authorize(&mut request, &mut core.rng);
        let tx = core.send(way, request.clone(), Owner::Register(self.id));
        Some(Sent { tx, request, challenges: 0 })
    }

    fn on_challenge(&mut self, core: &mut Core, sent: Sent, leaving: bool, response: &Response) {
        let answer = match self.auth.challenged(&sent.request, response) {
            Ok(()) if sent.challenges < MAX_CHALLENGES => Ok(sent),
            Ok(()) => Err(AuthError::Refused),
            Err(error) => Err(error),
        };
        let again = answer.map(|sent| {
            let challenges = sent.challenges + 1;
            self.transact_register(core, sent.request).map(|next| Sent { challenges, ..next })
        });
        match again {
            Ok(Some(sent)) if leaving => self.registration.state = State::Leaving(sent),
            Ok(Some(sent)) => self.registration.state = State::Sent(sent),
            _ if leaving => self.unregistered(core),
            Ok(None) => self.registration.state = State::Waiting,
            Err(error) => {
                tracing::warn!(account = self.id.0, %error, "registration stops");
                self.stop(core, response, EndCause::Auth);
            }
        }
    }

    fn on_too_brief(&mut self, core: &mut Core, response: &Response) {
        // RFC 3261 §10.2.8: try again with what Min-Expires says.
        let asked = self.registration.expires_s.unwrap_or(self.config.register_expires_s);
        match response.headers.min_expires() {
            Ok(Some(minimum)) if minimum > asked => {
                self.registration.expires_s = Some(minimum);
                self.send_register(core);
            }
            _ => {
                let failure = LinkFailure { cause: EndCause::Internal, reason: response.reason.clone() };
                self.registration_failed(core, Some(response.status), failure, None);
            }
        }
    }

    fn bound(&mut self, core: &mut Core, response: &Response) {
        let Some(facts) = self.facts() else { return };
        let expires_s = self.granted(response);
        self.registration.failures = 0;
        self.relocation.arrived();
        core.silent.alive(facts.remote);
        self.outbound.granted(response, self.our_binding(response).as_ref(), &self.config);
        self.keep_flow(core, response);
        self.service_route = response.headers.addresses(&HeaderName::ServiceRoute).unwrap_or_default();
        let path = response.headers.addresses(&HeaderName::Path).unwrap_or_default();
        for ip in path.iter().filter_map(|path| path.uri.host().and_then(crate::message::Host::ip)) {
            if !self.trusted.contains(&ip) && self.trusted.len() < 64 {
                self.trusted.push(ip);
            }
        }
        self.registration.state = State::Bound;
        // Refreshed after 80 to 90 % of the lifetime: a lost refresh and its 32 s still fit into 600 s.
        let lifetime = Duration::from_secs(u64::from(expires_s.max(5)));
        let after = core.between(lifetime * 8 / 10, lifetime * 9 / 10);
        core.wake(Wake::Register(self.id), after);
        let contact = self.contact(&facts).uri.to_string();
        core.event(Event::Registered { account: self.id, expires_s, contact, flow: facts });
    }

    /// RFC 3261 §10.2.4: the lifetime stands at our Contact, or else in Expires, or else is what we asked for.
    fn granted(&self, response: &Response) -> u32 {
        let at_contact = self.our_binding(response).as_ref().and_then(NameAddr::expires);
        let expires = response.headers.expires().ok().flatten();
        let asked = self.registration.expires_s.unwrap_or(self.config.register_expires_s);
        let granted = at_contact.or(expires).unwrap_or(asked);
        if granted == 0 { asked.min(DEFAULT_EXPIRES_S) } else { granted }
    }

    /// Our Contact among those of the answer, which may be other devices'.
    fn our_binding(&self, response: &Response) -> Option<NameAddr> {
        let Ok(Contacts::Addresses(contacts)) = response.headers.contacts() else { return None };
        contacts.into_iter().find(|contact| contact.uri.user().is_some_and(|user| user == self.contact_user))
    }

    /// RFC 3261 §8.1.3.4 for a registration: it goes to the server that the registrar names.
    fn on_elsewhere(&mut self, core: &mut Core, response: &Response) {
        if !self.relocation.take(response, self.config.transport) {
            let failure = LinkFailure { cause: EndCause::of_status(response.status), reason: response.reason.clone() };
            let retry_after = response.headers.retry_after().ok().flatten();
            return self.registration_failed(core, Some(response.status), failure, retry_after);
        }
        self.registration.state = State::Waiting;
        self.leave_server(core);
        self.try_register(core);
    }

    /// Another server is to be found; a proxy leads to that one too.
    fn leave_server(&mut self, core: &mut Core) {
        if !self.has_proxy() {
            self.close_link(core);
            self.moved = true;
        }
    }

    fn stop(&mut self, core: &mut Core, response: &Response, cause: EndCause) {
        self.registration.state = State::Stopped;
        core.event(Event::RegistrationFailed {
            account: self.id,
            status: Some(response.status.code()),
            reason: response.reason.clone(),
            cause,
            retry_in: None,
        });
    }

    fn registration_failed(
        &mut self,
        core: &mut Core,
        status: Option<StatusCode>,
        failure: LinkFailure,
        retry_after_s: Option<u32>,
    ) {
        let lost = status.is_none() && matches!(self.registration.state, State::Bound);
        let asked = Duration::from_secs(u64::from(retry_after_s.unwrap_or(0))).min(BACKOFF_MAX * 2);
        let wait = self.backoff(core, lost).max(asked);
        self.registration.state = State::Backoff;
        if self.relocation.forget() {
            self.leave_server(core);
        }
        core.wake(Wake::Register(self.id), wait);
        core.event(Event::RegistrationFailed {
            account: self.id,
            status: status.map(StatusCode::code),
            reason: failure.reason,
            cause: failure.cause,
            retry_in: Some(wait),
        });
    }

    /// How long to wait. The first try after the loss of a flow that worked comes sooner.
    fn backoff(&mut self, core: &mut Core, lost: bool) -> Duration {
        if lost {
            return core.between(SOON.0, SOON.1);
        }
        let wait = backoff(core, self.registration.failures);
        self.registration.failures = self.registration.failures.saturating_add(1);
        wait
    }

    fn unregistered(&mut self, core: &mut Core) {
        self.registration.state = State::Off;
        core.event(Event::Unregistered { account: self.id });
    }
}

/// RFC 5626 §4.5: upper bound min(max-time, base-time · 2^failures), a random 50 to 100 % of it.
pub(super) fn backoff(core: &mut Core, failures: u32) -> Duration {
    let upper = BACKOFF_BASE.saturating_mul(1 << failures.min(6)).min(BACKOFF_MAX);
    core.between(upper / 2, upper)
}
