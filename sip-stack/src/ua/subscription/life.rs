//! What moves a subscription from state to state.

use std::time::Duration;

use crate::dialog::Dialog;
use crate::message::{HeaderName, Request, Response, StatusCode};
use crate::transaction::TxId;

use super::super::Event;
use super::super::account::Account;
use super::super::core::{Core, Wake};
use super::super::register::backoff;
use super::super::registration::Sent;
use super::dialog_info::{Taken, Watch};
use super::request::challenged;
use super::{ALLOW_EVENTS, MessageSummary, Package, Presence, State, Subscription, SubscriptionState, Termination};

/// A subscription that ends sooner counts as a failure, so that nobody sends us in circles.
const SHORT_LIVED: Duration = Duration::from_secs(60);
/// No wish to wait is longer.
const LONGEST_WAIT_S: u32 = 3600;
/// Nor is a lifetime shorter than this one refreshed more often.
const SHORTEST_LIFE_S: u32 = 10;

impl Subscription {
    /// Asks, or asks again where it had stopped.
    pub fn ask(&mut self, core: &mut Core, account: &mut Account) {
        if matches!(self.state, State::Waiting(_) | State::Stopped | State::Backoff) {
            self.failures = 0;
            self.start(core, account);
        }
    }

    /// The account is registered, or has another flow.
    pub fn on_ready(&mut self, core: &mut Core, account: &mut Account) {
        let flow = account.way(None).map(|way| way.hop.flow);
        match &self.state {
            State::Waiting(_) => self.start(core, account),
            State::Active { sent: None, .. } if flow != self.flow => self.refresh(core, account),
            _ => {}
        }
    }

    pub fn on_wake(&mut self, core: &mut Core, account: &mut Account) {
        match &self.state {
            State::Backoff => self.start(core, account),
            State::Active { sent: None, .. } => self.refresh(core, account),
            // RFC 6665 §4.1.2.4, Timer N: without NOTIFY there is no subscription.
            State::Asked { sent: None } => self.failed(core, None, None),
            State::Leaving { .. } => self.gone(core),
            _ => {}
        }
    }

    /// Ends it. `at_once`: without waiting for what the other side says.
    pub fn leave(&mut self, core: &mut Core, account: &mut Account, at_once: bool) {
        core.timers.clear(Wake::Subscription(self.id));
        let dialog = match std::mem::replace(&mut self.state, State::Gone) {
            State::Active { dialog, .. } | State::Waiting(Some(dialog)) => Some(dialog),
            // RFC 6665 §4.1.2.3: before the first NOTIFY there is nothing to end; that one is answered 481.
            _ => None,
        };
        let sent = dialog.and_then(|mut dialog| {
            let sent = self.send_again(core, account, &mut dialog, 0)?;
            Some((dialog, sent))
        });
        match sent {
            Some((dialog, sent)) if !at_once => self.state = State::Leaving { dialog, sent: Some(sent) },
            _ => self.gone(core),
        }
    }

    pub fn on_response(&mut self, core: &mut Core, account: &mut Account, tx: TxId, response: &Response) {
        if response.status.is_provisional() {
            return;
        }
        match std::mem::replace(&mut self.state, State::Gone) {
            State::Asked { sent: Some(sent) } if sent.tx == tx => self.on_first_answer(core, account, sent, response),
            State::Active { dialog, sent: Some(sent) } if sent.tx == tx => {
                self.on_refreshed(core, account, dialog, sent, response);
            }
            State::Leaving { dialog, sent: Some(sent) } if sent.tx == tx => {
                self.on_farewell_answer(core, account, dialog, sent, response);
            }
            other => self.state = other,
        }
    }

    /// Timer F, or the stream broke.
    pub fn on_timed_out(&mut self, core: &mut Core, tx: TxId, flow_lost: bool) {
        match std::mem::replace(&mut self.state, State::Gone) {
            State::Asked { sent: Some(sent) } if sent.tx == tx && flow_lost => self.state = State::Waiting(None),
            State::Asked { sent: Some(sent) } if sent.tx == tx => self.failed(core, None, None),
            State::Active { dialog, sent: Some(sent) } if sent.tx == tx && flow_lost => {
                self.state = State::Waiting(Some(dialog));
            }
            State::Active { sent: Some(sent), .. } if sent.tx == tx => self.failed(core, None, None),
            State::Leaving { sent: Some(sent), .. } if sent.tx == tx => self.gone(core),
            other => self.state = other,
        }
    }

    /// A NOTIFY of ours; `tx` is answered here.
    pub fn on_notify(&mut self, core: &mut Core, account: &mut Account, tx: TxId, notify: &Request) {
        if !self.is_about(notify) {
            let refusal = notify.response(StatusCode::BAD_EVENT, None).with(HeaderName::AllowEvents, ALLOW_EVENTS);
            return core.respond(tx, refusal);
        }
        let said = match self.take_notify(core, account, notify) {
            Ok(said) => said,
            Err(status) => return core.respond(tx, notify.response(status, None)),
        };
        core.respond(tx, notify.response(StatusCode::OK, None));
        if matches!(self.state, State::Leaving { .. }) {
            if matches!(said, SubscriptionState::Terminated { .. }) {
                self.gone(core);
            }
            return;
        }
        let missing = self.tell(core, notify);
        match said {
            SubscriptionState::Active { expires_s } => {
                if !std::mem::replace(&mut self.told, true) {
                    core.event(Event::Subscribed { subscription: self.id });
                }
                self.lives_for(core, expires_s);
                if missing {
                    self.ask_anew(core, account);
                }
            }
            SubscriptionState::Pending { expires_s } => self.lives_for(core, expires_s),
            SubscriptionState::Terminated { reason, retry_after_s } => {
                self.terminated(core, account, reason, retry_after_s);
            }
        }
    }

    /// Puts a NOTIFY in order; the first one makes the dialog (RFC 6665 §4.4.1).
    fn take_notify(
        &mut self,
        core: &mut Core,
        account: &Account,
        notify: &Request,
    ) -> Result<SubscriptionState, StatusCode> {
        let said = SubscriptionState::read(&notify.headers).map_err(|_| StatusCode::BAD_REQUEST)?;
        // RFC 3265 knew peers without; they mean that it goes on.
        let said = said.unwrap_or(SubscriptionState::Active { expires_s: None });
        if let State::Asked { sent } = &mut self.state {
            let facts = account.facts().ok_or(StatusCode::CALL_DOES_NOT_EXIST)?;
            let dialog = Dialog::from_request(notify, &self.from_tag, &account.contact(&facts));
            let mut dialog = dialog.map_err(|_| StatusCode::BAD_REQUEST)?;
            dialog.skip(self.cseq);
            (self.since, self.watch) = (Some(core.now()), Watch::default());
            if sent.is_none() {
                core.timers.clear(Wake::Subscription(self.id));
            }
            self.state = State::Active { dialog: Box::new(dialog), sent: sent.take() };
            if sent_is_over(&self.state) {
                self.lives_for(core, Some(self.expires_s));
            }
            return Ok(said);
        }
        let (State::Active { dialog, .. } | State::Waiting(Some(dialog)) | State::Leaving { dialog, .. }) =
            &mut self.state
        else {
            return Err(StatusCode::CALL_DOES_NOT_EXIST);
        };
        // RFC 3265 §4.4.9: one notifier is heard; others of a fork learn that they are not.
        let tag = notify.headers.from().ok().and_then(|from| from.tag().map(str::to_owned)).unwrap_or_default();
        if tag != dialog.id().remote_tag {
            return Err(StatusCode::CALL_DOES_NOT_EXIST);
        }
        dialog.receive(notify)?;
        dialog.refresh_target(&notify.headers);
        Ok(said)
    }

    /// What the body says; whether something before it is missing.
    fn tell(&mut self, core: &mut Core, notify: &Request) -> bool {
        if notify.body.is_empty() {
            return false;
        }
        match self.package {
            Package::MessageSummary => match MessageSummary::parse(&notify.body) {
                Some(summary) => {
                    let (account, subscription) = (self.account, Some(self.id));
                    core.event(Event::Mailbox { account, subscription, summary });
                }
                None => core.counters.malformed += 1,
            },
            Package::Dialog => match self.watch.take(&notify.body) {
                Taken::Now(dialogs) => core.event(Event::Watched { subscription: self.id, dialogs }),
                Taken::Old => {}
                Taken::Gap => return true,
                Taken::Unreadable => core.counters.malformed += 1,
            },
            Package::Presence => match Presence::parse(&notify.body) {
                Some(presence) => core.event(Event::Present { subscription: self.id, presence }),
                None => core.counters.malformed += 1,
            },
        }
        false
    }

    /// RFC 4235 §4.3: a refresh brings the whole state. Seldom, so that nobody makes us ask again and again.
    fn ask_anew(&mut self, core: &mut Core, account: &mut Account) {
        let idle = matches!(self.state, State::Active { sent: None, .. });
        let lately = self.asked_anew.is_some_and(|at| core.now().saturating_duration_since(at) < SHORT_LIVED);
        if idle && !lately {
            self.asked_anew = Some(core.now());
            self.refresh(core, account);
        }
    }

    fn on_first_answer(&mut self, core: &mut Core, account: &mut Account, sent: Sent, response: &Response) {
        match response.status.code() {
            200..=299 => {
                self.state = State::Asked { sent: None };
                core.wake(Wake::Subscription(self.id), core.config.timers.timeout());
                if let Ok(Some(granted)) = response.headers.expires() {
                    self.expires_s = granted.max(SHORTEST_LIFE_S);
                }
            }
            401 | 407 => match challenged(account, &sent, response) {
                Ok(challenges) => self.state = again(self.send_first(core, account), challenges),
                Err(_) => self.stop(core, Some(response.status), None),
            },
            423 if self.raise(response) => self.state = again(self.send_first(core, account), sent.challenges),
            _ => self.refused(core, response),
        }
    }

    fn on_refreshed(
        &mut self,
        core: &mut Core,
        account: &mut Account,
        mut dialog: Box<Dialog>,
        sent: Sent,
        response: &Response,
    ) {
        let challenges = match response.status.code() {
            200..=299 => {
                // The answer to the first SUBSCRIBE may come from another fork than the NOTIFY did.
                if response.headers.to().ok().and_then(|to| to.tag().map(str::to_owned)).as_deref()
                    == Some(&dialog.id().remote_tag)
                {
                    dialog.refresh_target(&response.headers);
                }
                self.state = State::Active { dialog, sent: None };
                if !self.is_short_lived(core) {
                    self.failures = 0;
                }
                let granted = response.headers.expires().ok().flatten().unwrap_or(self.expires_s);
                return self.lives_for(core, Some(granted));
            }
            // RFC 6665 §4.1.2.2: the other side forgot it.
            481 => return self.begin_anew(core, account, None),
            401 | 407 => match challenged(account, &sent, response) {
                Ok(challenges) => challenges,
                Err(_) => return self.stop(core, Some(response.status), None),
            },
            423 if self.raise(response) => sent.challenges,
            _ => return self.refused(core, response),
        };
        let expires_s = self.expires_s;
        let next = self.send_again(core, account, &mut dialog, expires_s).map(|next| Sent { challenges, ..next });
        self.state = match next {
            Some(next) => State::Active { dialog, sent: Some(next) },
            None => State::Waiting(Some(dialog)),
        };
    }

    fn on_farewell_answer(
        &mut self,
        core: &mut Core,
        account: &mut Account,
        mut dialog: Box<Dialog>,
        sent: Sent,
        response: &Response,
    ) {
        if response.status.is_success() {
            // The last NOTIFY is still to come.
            core.wake(Wake::Subscription(self.id), core.config.timers.timeout());
            self.state = State::Leaving { dialog, sent: None };
            return;
        }
        if matches!(response.status.code(), 401 | 407)
            && let Ok(challenges) = challenged(account, &sent, response)
            && let Some(next) = self.send_again(core, account, &mut dialog, 0)
        {
            self.state = State::Leaving { dialog, sent: Some(Sent { challenges, ..next }) };
            return;
        }
        self.gone(core);
    }

    fn start(&mut self, core: &mut Core, account: &mut Account) {
        core.timers.clear(Wake::Subscription(self.id));
        let dialog = match std::mem::replace(&mut self.state, State::Waiting(None)) {
            State::Waiting(dialog) => dialog,
            _ => None,
        };
        if !account.is_ready() {
            self.state = State::Waiting(dialog);
            return;
        }
        match dialog {
            Some(dialog) => {
                self.state = State::Active { dialog, sent: None };
                self.refresh(core, account);
            }
            None => {
                (self.call_id, self.from_tag, self.cseq) = (core.token(), core.token(), 0);
                self.state = again(self.send_first(core, account), 0);
            }
        }
    }

    fn refresh(&mut self, core: &mut Core, account: &mut Account) {
        core.timers.clear(Wake::Subscription(self.id));
        let State::Active { mut dialog, .. } = std::mem::replace(&mut self.state, State::Waiting(None)) else { return };
        let expires_s = self.expires_s;
        let sent = if account.is_ready() { self.send_again(core, account, &mut dialog, expires_s) } else { None };
        self.state = match sent {
            Some(sent) => State::Active { dialog, sent: Some(sent) },
            None => State::Waiting(Some(dialog)),
        };
    }

    /// Refreshed after 80 to 90 % of the lifetime that the other side tells.
    fn lives_for(&mut self, core: &mut Core, expires_s: Option<u32>) {
        if let (Some(seconds), State::Active { sent: None, .. }) = (expires_s, &self.state) {
            let lifetime = Duration::from_secs(u64::from(seconds.max(SHORTEST_LIFE_S)));
            let after = core.between(lifetime * 8 / 10, lifetime * 9 / 10);
            core.wake(Wake::Subscription(self.id), after);
        }
    }

    /// RFC 6665 §4.1.3: what the reason asks for.
    fn terminated(&mut self, core: &mut Core, account: &mut Account, reason: Termination, retry_after_s: Option<u32>) {
        match reason {
            Termination::Deactivated | Termination::Timeout => self.begin_anew(core, account, Some(reason)),
            Termination::Rejected | Termination::NoResource | Termination::Invariant => {
                self.stop(core, None, Some(reason));
            }
            Termination::Probation | Termination::GiveUp | Termination::Other => {
                self.later(core, None, Some(reason), retry_after_s);
            }
        }
    }

    /// With another dialog: at once, or later if this one did not live long and it happens again.
    fn begin_anew(&mut self, core: &mut Core, account: &mut Account, reason: Option<Termination>) {
        if self.is_short_lived(core) && self.failures > 0 {
            return self.later(core, None, reason, None);
        }
        self.failures = u32::from(self.is_short_lived(core));
        self.state = State::Waiting(None);
        self.start(core, account);
    }

    fn is_short_lived(&self, core: &Core) -> bool {
        self.since.is_none_or(|since| core.now().saturating_duration_since(since) < SHORT_LIVED)
    }

    fn refused(&mut self, core: &mut Core, response: &Response) {
        match response.status.code() {
            // What is not there, not known or not allowed will not be so in half a minute.
            400 | 403..=407 | 410 | 416 | 420 | 484 | 485 | 489 | 501 | 600..=699 => {
                self.stop(core, Some(response.status), None);
            }
            _ => self.failed(core, Some(response.status), response.headers.retry_after().ok().flatten()),
        }
    }

    fn failed(&mut self, core: &mut Core, status: Option<StatusCode>, retry_after_s: Option<u32>) {
        self.later(core, status, None, retry_after_s);
    }

    fn later(
        &mut self,
        core: &mut Core,
        status: Option<StatusCode>,
        reason: Option<Termination>,
        retry_after_s: Option<u32>,
    ) {
        let asked = Duration::from_secs(u64::from(retry_after_s.unwrap_or(0).min(LONGEST_WAIT_S)));
        let wait = backoff(core, self.failures).max(asked);
        self.failures = self.failures.saturating_add(1);
        (self.state, self.told) = (State::Backoff, false);
        core.wake(Wake::Subscription(self.id), wait);
        self.tell_failure(core, status, reason, Some(wait));
    }

    fn stop(&mut self, core: &mut Core, status: Option<StatusCode>, reason: Option<Termination>) {
        core.timers.clear(Wake::Subscription(self.id));
        (self.state, self.told) = (State::Stopped, false);
        self.tell_failure(core, status, reason, None);
    }

    fn tell_failure(
        &self,
        core: &mut Core,
        status: Option<StatusCode>,
        reason: Option<Termination>,
        retry_in: Option<Duration>,
    ) {
        let (subscription, status) = (self.id, status.map(StatusCode::code));
        core.event(Event::SubscriptionFailed { subscription, status, reason, retry_in });
    }

    fn gone(&mut self, core: &mut Core) {
        core.timers.clear(Wake::Subscription(self.id));
        self.state = State::Gone;
        core.event(Event::Unsubscribed { subscription: self.id });
    }

    /// Whether a 423 names a lifetime that we can ask for.
    fn raise(&mut self, response: &Response) -> bool {
        match response.headers.min_expires() {
            Ok(Some(minimum)) if minimum > self.expires_s => {
                self.expires_s = minimum;
                true
            }
            _ => false,
        }
    }
}

fn again(sent: Option<Sent>, challenges: u8) -> State {
    match sent {
        Some(sent) => State::Asked { sent: Some(Sent { challenges, ..sent }) },
        None => State::Waiting(None),
    }
}

fn sent_is_over(state: &State) -> bool {
    matches!(state, State::Active { sent: None, .. })
}
