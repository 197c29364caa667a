//! [`UserAgent`]: takes commands and inputs, gives outputs.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::message::{HeaderName, SipUri};
use crate::transaction::{Action, TxId};
use crate::transport::stun;
use crate::transport::{FlowFacts, FlowId, Hop};

use super::account::{Account, Link, LinkFailure};
use super::core::{Core, Owner, Wake};
use super::cx::{Cx, Told};
use super::farewell::send_bye;
use super::leg::{Leg, State};
use super::messages::{Received, Sending};
use super::outgoing::Waiting;
use super::publication::Publication;
use super::subscription::Subscription;
use super::{
    AccountConfig, AccountId, Command, EndCause, EndedBy, Event, Input, LegId, LocalMedia, MessageId, Output,
    SubscriptionId, UaConfig, target,
};

/// The SIP engine: all accounts, registrations and calls. It owns everything by value and touches nothing outside.
pub struct UserAgent {
    pub(super) core: Core,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) legs: BTreeMap<LegId, Leg>,
    pub(super) subscriptions: BTreeMap<SubscriptionId, Subscription>,
    pub(super) messages: BTreeMap<MessageId, Sending>,
    pub(super) received: Received,
    pub(super) publications: BTreeMap<AccountId, Publication>,
    shutting_down: bool,
}

impl UserAgent {
    /// A user agent without accounts. `seed` comes from the system's generator: tags, branches, Contact users, nonces
    /// and SRTP keys derive from it by a CSPRNG. Only tests use a fixed one.
    #[must_use]
    pub fn new(config: UaConfig, seed: [u8; 32]) -> Self {
        let core = Core::new(config, seed);
        let (accounts, legs, subscriptions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self {
            core,
            accounts,
            legs,
            subscriptions,
            messages: BTreeMap::new(),
            received: Received::default(),
            publications: BTreeMap::new(),
            shutting_down: false,
        }
    }

    /// Takes a wish of the application.
    pub fn handle_command(&mut self, now: Instant, command: Command) {
        self.advance(now);
        match command {
            Command::AddAccount { account, config } => self.add_account(account, *config),
            Command::RemoveAccount { account } => self.remove_account(account),
            Command::Register { account } => self.with_account(account, |account, core| account.register(core)),
            Command::Unregister { account } => self.with_account(account, |account, core| account.unregister(core)),
            Command::Invite { leg, account, target, media } => self.invite(leg, account, &target, Vec::new(), media),
            Command::PickUp { leg, account, target, call, media } => self.pick_up(leg, account, &target, &call, media),
            Command::Ring { leg } => self.step(leg, |state, cx| state.ring(cx)),
            Command::Answer { leg, media } => self.step(leg, |state, cx| state.answer(cx, media)),
            Command::Reject { leg, status } => self.step(leg, |state, cx| state.reject(cx, status)),
            Command::HangUp { leg } => self.step(leg, |state, cx| state.hang_up(cx)),
            Command::Hold { leg } => self.step(leg, |state, cx| state.hold(cx, true)),
            Command::Resume { leg } => self.step(leg, |state, cx| state.hold(cx, false)),
            Command::SendDigits { leg, digits } => self.step(leg, |state, cx| state.send_digits(cx, &digits)),
            Command::Transfer { leg, to } => self.transfer(leg, &to),
            Command::FollowTransfer { leg, new, media } => self.follow_transfer(leg, new, media),
            Command::DeclineTransfer { leg } => self.step(leg, |state, cx| state.decline_transfer(cx)),
            Command::Subscribe { subscription, account, package, target } => {
                self.subscribe(subscription, account, package, target.as_deref());
            }
            Command::Unsubscribe { subscription } => self.unsubscribe(subscription, false),
            Command::Publish { account, presence } => self.publish(account, presence),
            Command::SendMessage { message, account, to, text } => self.send_message(message, account, &to, &text),
            Command::AnswerMessage { message, kept } => self.answer_message(message, kept),
            Command::NetworkChanged => self.change_network(),
            Command::Shutdown => self.shut_down(),
            Command::ReportCounters => self.core.event(Event::Counters(self.core.counters)),
        }
        self.settle();
    }

    /// Takes what the driver saw. Network bytes never fail the agent.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.advance(now);
        match input {
            Input::Received { flow, source, bytes } => {
                if let Some(account) = self.account_of_flow(flow)
                    && let Some(facts) = self.accounts.get(&account).and_then(Account::facts)
                {
                    let transport = if self.core.wide.has(flow) { super::Transport::Tcp } else { facts.transport };
                    let hop = Hop { flow, remote: source, transport };
                    if transport == super::Transport::Udp && stun::is_stun(bytes) {
                        self.flow_step(account, flow, |account, core| account.on_stun(core, hop, bytes));
                    } else {
                        self.receive(hop, account, bytes);
                    }
                }
            }
            Input::FlowUp { flow, .. } if self.core.wide.has(flow) => self.core.wide.up(flow),
            Input::FlowDown { flow, .. } if self.core.wide.has(flow) => self.core.wide_down(flow),
            Input::FlowUp { flow, local } => self.flow_up(flow, local),
            Input::FlowDown { flow, error } => {
                self.flow_down(flow, LinkFailure { cause: error.into(), reason: error.to_string() });
            }
            Input::Resolved { query, result } => {
                let id = self.account_where(|a| matches!(a.link, Link::Resolving { query: ours } if ours == query));
                if let Some(id) = id {
                    let failure =
                        |error: super::ResolveError| LinkFailure { cause: error.into(), reason: error.to_string() };
                    self.link_step(id, |account, core| match result {
                        Ok(targets) => account.resolved(core, targets),
                        Err(error) => {
                            account.link = Link::Down;
                            Err(failure(error))
                        }
                    });
                }
            }
            Input::Tick => {}
        }
        self.settle();
    }

    /// The next thing to do; [`Output::Timeout`] ends the round.
    pub fn poll_output(&mut self) -> Output {
        self.core.pop().unwrap_or_else(|| {
            let times = [self.core.tx.next_timeout(), self.core.timers.next()];
            Output::Timeout(times.into_iter().flatten().min())
        })
    }

    /// Runs all timers that are due.
    fn advance(&mut self, now: Instant) {
        let now = self.core.advance(now);
        self.core.tx.on_time(now);
        self.drain();
        while let Some(wake) = self.core.timers.pop_due(now) {
            match wake {
                Wake::Register(id) => self.with_account(id, |account, core| account.try_register(core)),
                Wake::KeepAlive(id) => self.keep_alive_due(id),
                Wake::Subscription(id) => self.subscription_step(id, Subscription::on_wake),
                Wake::Publication(id) => self.publication_step(id, Publication::send),
                Wake::WideSilent(flow) => self.core.wide_silent(flow),
                Wake::InviteUnanswered(invite) => {
                    self.core.tx.abandon(invite);
                    self.on_timed_out(invite, false);
                }
                Wake::Resend200(leg)
                | Wake::AckMissing(leg)
                | Wake::Resend1xx(leg)
                | Wake::RingLimit(leg)
                | Wake::Glare(leg)
                | Wake::TransferSilent(leg)
                | Wake::NothingCame(leg)
                | Wake::Anew(leg)
                | Wake::TransferUndecided(leg)
                | Wake::ReinviteSilent(leg)
                | Wake::NextDigit(leg)
                | Wake::SessionRefresh(leg)
                | Wake::SessionExpiry(leg) => self.step(leg, |state, cx| state.on_wake(cx, wake)),
            }
            self.drain();
        }
    }

    /// Takes what the transactions tell, and what that means for other legs, until all are silent.
    fn drain(&mut self) {
        loop {
            self.drain_transactions();
            if let Some(leg) = self.core.partings.pop() {
                self.step(leg, |state, cx| state.hang_up(cx));
            } else if let Some((leg, status)) = self.core.news.pop_front() {
                self.tell_referrer(leg, status);
            } else if let Some(account) = self.core.ready.pop() {
                self.resume_subscriptions(account);
                self.resume_publication(account);
            } else {
                return;
            }
        }
    }

    fn drain_transactions(&mut self) {
        while let Some(action) = self.core.tx.poll() {
            match action {
                Action::Transmit { hop, bytes } => self.core.transmit(hop, bytes),
                Action::Response { tx, response } => self.on_response(tx, response),
                Action::Request { tx, request, hop } => self.on_request(tx, request, hop),
                Action::Question { request, hop } => self.on_question(&request, hop),
                Action::Ack { request } => self.on_ack(&request),
                Action::Cancel { invite, request } => self.on_cancel(invite, &request),
                Action::TimedOut { tx, flow_lost } => self.on_timed_out(tx, flow_lost),
                Action::Done { tx } => self.on_done(tx),
                Action::Stray => self.core.counters.stray += 1,
                Action::OverLimit => self.core.counters.over_limit += 1,
            }
        }
    }

    /// After every command and input: what is over goes, and the end of a shutdown is told.
    fn settle(&mut self) {
        self.drain();
        let core = &mut self.core;
        self.legs.retain(|id, leg| {
            if leg.is_over() {
                core.call_ids.retain(|_, owner| owner != id);
                core.limit_requests_of(*id);
            }
            !leg.is_over()
        });
        let waits = |owner: &Owner| matches!(owner, Owner::Leftover(left) if left.is_pending());
        let accounts_off = self.accounts.values().all(|account| account.registration.is_off());
        let farewells = self.subscriptions.values().any(Subscription::is_pending);
        if self.shutting_down
            && self.legs.is_empty()
            && !farewells
            && accounts_off
            && !self.core.owners.values().any(waits)
        {
            self.shutting_down = false;
            self.core.event(Event::Idle);
        }
    }

    fn on_response(&mut self, tx: TxId, response: crate::message::Response) {
        match self.core.owners.get(&tx) {
            Some(Owner::Register(id)) => {
                let id = *id;
                self.with_account(id, |account, core| account.on_register_response(core, tx, &response));
            }
            Some(Owner::Leg(leg)) => {
                let leg = *leg;
                self.step(leg, |state, cx| state.on_response(cx, tx, response));
            }
            Some(Owner::Subscription(id)) => {
                let id = *id;
                self.subscription_step(id, |one, core, account| one.on_response(core, account, tx, &response));
            }
            Some(Owner::Publication(id)) => {
                let id = *id;
                self.publication_step(id, |one, core, account| one.on_response(core, account, tx, &response));
            }
            Some(Owner::Message(id)) => {
                let id = *id;
                self.on_message_response(id, &response);
            }
            Some(Owner::Leftover(_)) => {
                if let Some(Owner::Leftover(leftover)) = self.core.owners.remove(&tx) {
                    let account = self.accounts.get_mut(&leftover.account());
                    if let Some(left) = leftover.on_response(&mut self.core, account, tx, &response) {
                        self.core.owners.insert(tx, Owner::Leftover(Box::new(left)));
                    }
                }
            }
            Some(Owner::Nobody) | None => {}
        }
    }

    fn on_timed_out(&mut self, tx: TxId, flow_lost: bool) {
        match self.core.owners.remove(&tx) {
            Some(Owner::Register(id)) => {
                self.with_account(id, |account, core| account.on_register_timeout(core, tx, flow_lost));
            }
            Some(Owner::Leg(leg)) => self.step(leg, |state, cx| state.on_timed_out(cx, tx, flow_lost)),
            Some(Owner::Subscription(id)) => {
                self.subscription_step(id, |one, core, _| one.on_timed_out(core, tx, flow_lost));
            }
            Some(Owner::Message(id)) => self.on_message_timeout(id),
            Some(Owner::Publication(id)) => self.publication_step(id, |one, core, _| one.on_timed_out(core, tx)),
            Some(Owner::Leftover(_) | Owner::Nobody) => {}
            None => {
                // A server transaction: an INVITE of a leg, if any.
                let leg = self.legs.iter().find(|(_, leg)| leg.offered_by() == Some(tx)).map(|(leg, _)| *leg);
                if let Some(leg) = leg {
                    self.step(leg, |state, cx| state.on_timed_out(cx, tx, flow_lost));
                }
            }
        }
    }

    fn on_done(&mut self, tx: TxId) {
        if let Some(Owner::Leg(leg)) = self.core.owners.remove(&tx) {
            self.step(leg, |state, _| state.on_done(tx));
        }
    }

    fn add_account(&mut self, id: AccountId, config: AccountConfig) {
        self.remove_account(id);
        let mut account = Account::new(&mut self.core, id, config);
        if account.config.register {
            account.register(&mut self.core);
            self.accounts.insert(id, account);
        } else {
            self.accounts.insert(id, account);
            self.link_step(id, Account::open_link);
        }
    }

    fn remove_account(&mut self, id: AccountId) {
        let legs: Vec<_> = self.legs.iter().filter(|(_, leg)| leg.account == id).map(|(leg, _)| *leg).collect();
        for leg in legs {
            self.step(leg, |state, cx| state.hang_up(cx));
        }
        self.unsubscribe_all(Some(id), true);
        self.unpublish(id);
        self.drop_messages(id);
        self.drain();
        if let Some(mut account) = self.accounts.remove(&id) {
            account.unregister_and_go(&mut self.core);
            self.drain();
            account.close_after_goodbye(&mut self.core);
        }
        self.drain();
    }

    pub(super) fn invite(
        &mut self,
        leg: LegId,
        account: AccountId,
        dialled: &str,
        extra: Vec<(HeaderName, String)>,
        media: LocalMedia,
    ) {
        let refuse = |core: &mut Core, cause, reason: &str| {
            let reason = reason.to_owned();
            core.event(Event::Ended { leg, cause, status: None, reason, by: EndedBy::Local });
        };
        if self.legs.contains_key(&leg) {
            return;
        }
        if self.legs.len() >= self.core.config.max_legs {
            return refuse(&mut self.core, EndCause::Internal, "too many calls");
        }
        let Some(found) = self.accounts.get(&account) else {
            return refuse(&mut self.core, EndCause::Internal, "no such account");
        };
        let target = found.registrar().ok().and_then(|domain| target::resolve(dialled, &domain).ok());
        let Some(target) = target else {
            return refuse(&mut self.core, EndCause::NotFound, "the target cannot be called");
        };
        if target.is_sips() && !found.config.transport.is_secure() {
            return refuse(&mut self.core, EndCause::Tls, "a sips address needs an account over TLS");
        }
        self.start(leg, account, target, extra, media);
    }

    /// Begins a call to a target that may be called.
    pub(super) fn start(
        &mut self,
        leg: LegId,
        account: AccountId,
        target: SipUri,
        extra: Vec<(HeaderName, String)>,
        media: LocalMedia,
    ) {
        let call_id = self.core.token();
        self.core.call_ids.insert(call_id.clone(), leg);
        let state = State::Waiting(Waiting { target, media, call_id, extra });
        self.legs.insert(leg, Leg { account, peer: None, state, told: Told::default() });
        self.step(leg, |state, cx| state.on_link_up(cx));
        self.link_step(account, Account::open_link);
    }

    fn change_network(&mut self) {
        for id in self.accounts.keys().copied().collect::<Vec<_>>() {
            self.link_step(id, |account, core| {
                account.renew(core);
                account.open_link(core)
            });
        }
    }

    fn shut_down(&mut self) {
        self.shutting_down = true;
        for leg in self.leg_ids() {
            self.step(leg, |state, cx| state.hang_up(cx));
        }
        self.unsubscribe_all(None, false);
        for id in self.accounts.keys().copied().collect::<Vec<_>>() {
            self.unpublish(id);
            self.with_account(id, |account, core| {
                if !account.registration.is_off() {
                    account.unregister(core);
                }
            });
        }
    }

    fn flow_up(&mut self, flow: FlowId, local: std::net::SocketAddr) {
        let Some(id) = self.account_of_flow(flow) else { return };
        let Some(account) = self.accounts.get_mut(&id) else { return };
        let Link::Opening { target, rest, .. } = &mut account.link else { return };
        let facts = FlowFacts { transport: target.transport, local, remote: target.remote };
        account.link = Link::Up { flow, facts, rest: std::mem::take(rest) };
        account.adopt(&mut self.core);
        account.try_register(&mut self.core);
        for (dialog, peer) in std::mem::take(&mut account.owed_byes) {
            if let Some(way) = account.way(peer) {
                send_bye(&mut self.core, account, dialog, way, false);
            }
        }
        let moved = std::mem::take(&mut account.moved);
        if !account.config.register {
            self.core.ready.push(id);
        }
        for leg in self.legs_of(id) {
            self.step(leg, |state, cx| state.on_link_up(cx));
            if moved {
                self.step(leg, |state, cx| state.on_network_changed(cx));
            }
        }
    }

    fn flow_down(&mut self, flow: FlowId, failure: LinkFailure) {
        let Some(id) = self.account_of_flow(flow) else { return };
        self.link_step(id, |account, core| {
            let link = std::mem::replace(&mut account.link, Link::Down);
            if matches!(link, Link::Up { .. }) {
                account.strand(core, flow);
            } else {
                core.tx.flow_lost(flow);
                core.close_wide(flow);
            }
            match link {
                // The next target may do (RFC 3263 §4.3).
                Link::Opening { rest, .. } if !rest.is_empty() => account.open_next(core, rest),
                _ => Err(failure),
            }
        });
        self.drain();
    }

    fn keep_alive_due(&mut self, id: AccountId) {
        let flow = self.accounts.get(&id).and_then(|account| account.way(None)).map(|way| way.hop.flow);
        if let Some(flow) = flow {
            self.flow_step(id, flow, Account::keep_alive_due);
        }
    }

    /// Does something on an account's flow; a failure is the flow's end.
    fn flow_step(
        &mut self,
        id: AccountId,
        flow: FlowId,
        run: impl FnOnce(&mut Account, &mut Core) -> Result<(), LinkFailure>,
    ) {
        let Some(account) = self.accounts.get_mut(&id) else { return };
        if let Err(failure) = run(account, &mut self.core) {
            self.core.push(Output::Close { flow });
            self.flow_down(flow, failure);
        }
    }

    /// Does something to an account's link; a failure ends the calls that wait for it and sends the registration back.
    fn link_step(&mut self, id: AccountId, run: impl FnOnce(&mut Account, &mut Core) -> Result<(), LinkFailure>) {
        let Some(account) = self.accounts.get_mut(&id) else { return };
        let Err(failure) = run(account, &mut self.core) else { return };
        account.registration_lost(&mut self.core, failure.clone());
        for leg in self.legs_of(id) {
            let failure = failure.clone();
            self.step(leg, |state, cx| state.on_link_failure(cx, failure));
        }
    }

    fn legs_of(&self, id: AccountId) -> Vec<LegId> {
        self.legs.iter().filter(|(_, leg)| leg.account == id).map(|(leg, _)| *leg).collect()
    }

    pub(super) fn account_of_flow(&self, flow: FlowId) -> Option<AccountId> {
        let flow = self.core.wide.home_of(flow);
        self.account_where(|account| account.owns_flow(flow))
    }

    fn account_where(&self, wanted: impl Fn(&Account) -> bool) -> Option<AccountId> {
        self.accounts.iter().find(|(_, account)| wanted(account)).map(|(id, _)| *id)
    }

    fn with_account(&mut self, id: AccountId, run: impl FnOnce(&mut Account, &mut Core)) {
        if let Some(account) = self.accounts.get_mut(&id) {
            run(account, &mut self.core);
        }
    }

    /// Runs one state function of a leg.
    pub(super) fn step(&mut self, id: LegId, run: impl FnOnce(State, &mut Cx<'_>) -> State) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(account) = self.accounts.get_mut(&leg.account) else { return };
        leg.step(id, &mut self.core, account, run);
    }
}
