//! What every part of the user agent shares: transactions, timers, randomness, outputs.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

use crate::message::{HeaderName, Message, Method, Request, Response, StatusCode};
use crate::transaction::{Timers, TransactionLayer, TxId, with_via};
use crate::transport::{FlowId, Hop, QueryId, Target, Transport};

use super::ladder;
use super::leftover::Leftover;
use super::silent_targets::SilentTargets;
use super::way::Way;
use super::wide::{Wide, WideFlows, largest_datagram};
use super::{AccountId, Counters, Event, LegId, MessageId, Output, SubscriptionId, TlsOptions, UaConfig};

/// Methods that are understood. The last one, MESSAGE, only where the account takes messages.
const METHODS: [Method; 11] = [
    Method::Invite,
    Method::Ack,
    Method::Cancel,
    Method::Bye,
    Method::Options,
    Method::Prack,
    Method::Update,
    Method::Refer,
    Method::Notify,
    Method::Info,
    Method::Message,
];

/// Extensions that are understood; the value of Supported.
pub(super) const SUPPORTED: &str = "100rel, replaces, timer";
/// The same, one by one.
pub(super) const EXTENSIONS: [&str; 3] = ["100rel", "replaces", "timer"];

/// Timers of the user agent itself. Those of transactions have the RFC's letters, see [`crate::transaction::Timer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wake {
    /// Registers again: refresh before expiry, or the next try after a failure.
    Register(AccountId),
    /// A flow is to be kept open, or its answer is owed (RFC 5626 §4.4.2).
    KeepAlive(AccountId),
    /// Nothing came for an INVITE, and its first hop has another address.
    NothingCame(LegId),
    /// A call that rang when the network changed is made anew.
    Anew(LegId),
    /// Sends the 200 of an INVITE again until its ACK comes (RFC 3261 §13.3.1.4: T1, doubling up to T2).
    Resend200(LegId),
    /// No ACK for our 200 within 64·T1: BYE (RFC 3261 §13.3.1.4).
    AckMissing(LegId),
    /// Sends a provisional response again until its PRACK comes (RFC 3262 §3).
    Resend1xx(LegId),
    /// Nobody answered a call in.
    RingLimit(LegId),
    /// The random wait after 491 is over (RFC 3261 §14.1).
    Glare(LegId),
    /// The peer that keeps the session alive did not (RFC 4028 §10).
    SessionExpiry(LegId),
    /// Our refresh of the session is due (RFC 4028 §10).
    SessionRefresh(LegId),
    /// No more news of a transfer that we asked for.
    TransferSilent(LegId),
    /// The application does not decide on a transfer that the other side asks for.
    TransferUndecided(LegId),
    /// A subscription is to be refreshed or tried again, or its NOTIFY stays away (RFC 6665 §4.1.2).
    Subscription(SubscriptionId),
    /// What an account tells of itself is to be refreshed or told again (RFC 3903 §4).
    Publication(AccountId),
    /// A re-INVITE got a provisional response, and no final one within 64·T1.
    ReinviteSilent(LegId),
    /// The pause after a digit by INFO is over.
    NextDigit(LegId),
    /// No final response within 64·T1 after CANCEL (RFC 3261 §9.1), or after the call that the INVITE belonged to.
    InviteUnanswered(TxId),
    /// The TCP connection for large requests does not come up.
    WideSilent(FlowId),
}

/// Where the answer to a request of ours goes.
#[derive(Debug)]
pub(super) enum Owner {
    /// The account's registration.
    Register(AccountId),
    /// A leg's INVITE or re-INVITE.
    Leg(LegId),
    /// A subscription.
    Subscription(SubscriptionId),
    /// A short message.
    Message(MessageId),
    /// What the account tells of itself.
    Publication(AccountId),
    /// A BYE, or an INVITE whose leg is over.
    Leftover(Box<Leftover>),
    /// Nobody: a CANCEL.
    Nobody,
}

pub(super) struct Core {
    pub config: UaConfig,
    now: Option<Instant>,
    pub rng: StdRng,
    pub tx: TransactionLayer,
    pub owners: BTreeMap<TxId, Owner>,
    pub timers: Timers<Wake>,
    pub counters: Counters,
    /// Which leg a Call-ID belongs to, for ladders and merged events.
    pub call_ids: BTreeMap<String, LegId>,
    /// TCP connections beside UDP flows.
    pub wide: WideFlows,
    /// Targets of all accounts that lately gave no service.
    pub silent: SilentTargets,
    /// Legs that are over because of what happened on another.
    pub partings: Vec<LegId>,
    /// Accounts that can be reached since the last look: registered, or with another flow.
    pub ready: Vec<AccountId>,
    /// Legs that follow a transfer, and the leg that it was asked on.
    pub referred: BTreeMap<LegId, LegId>,
    /// What became of them since the last look.
    pub news: VecDeque<(LegId, StatusCode)>,
    outputs: VecDeque<Output>,
    last_id: u64,
}

impl Core {
    pub fn new(config: UaConfig, seed: [u8; 32]) -> Self {
        Self {
            tx: TransactionLayer::new(config.timers, config.max_transactions),
            config,
            now: None,
            rng: StdRng::from_seed(seed),
            owners: BTreeMap::new(),
            timers: Timers::new(),
            counters: Counters::default(),
            call_ids: BTreeMap::new(),
            wide: WideFlows::default(),
            silent: SilentTargets::default(),
            partings: Vec::new(),
            ready: Vec::new(),
            referred: BTreeMap::new(),
            news: VecDeque::new(),
            outputs: VecDeque::new(),
            last_id: 0,
        }
    }

    /// Takes the time of a call; time never goes back.
    pub fn advance(&mut self, now: Instant) -> Instant {
        let now = self.now.map_or(now, |last| last.max(now));
        self.now = Some(now);
        now
    }

    /// The time of the call under way.
    pub fn now(&self) -> Instant {
        self.now.expect("every command and input begins with advance()")
    }

    pub fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub fn event(&mut self, event: Event) {
        if let Some((leg, status)) = event.news()
            && self.referred.contains_key(&leg)
        {
            self.news.push_back((leg, status));
        }
        if let Event::Registered { account, .. } = &event {
            self.ready.push(*account);
        }
        self.outputs.push_back(Output::Event(event));
    }

    pub fn pop(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn next_flow(&mut self) -> FlowId {
        self.last_id += 1;
        FlowId(self.last_id)
    }

    pub fn next_query(&mut self) -> QueryId {
        self.last_id += 1;
        QueryId(self.last_id)
    }

    pub fn next_leg(&mut self) -> LegId {
        self.last_id += 1;
        LegId((1 << 63) + self.last_id)
    }

    /// 128 random bits, five to a letter or digit of one case: tags, Call-IDs, Contact users, branches.
    pub fn token(&mut self) -> String {
        const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut bytes = [0_u8; 16];
        self.rng.fill_bytes(&mut bytes);
        let bits = u128::from_be_bytes(bytes);
        (0..26).map(|place| char::from(DIGITS[(bits >> (5 * place)) as usize & 31])).collect()
    }

    pub fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.token())
    }

    /// A random time between both.
    pub fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let (from, to) = (from.as_micros() as u64, to.as_micros() as u64);
        Duration::from_micros(self.rng.random_range(from..=to.max(from)))
    }

    pub fn wake(&mut self, wake: Wake, after: Duration) {
        self.timers.set(wake, self.now() + after);
    }

    /// Sends a request with a transaction of its own.
    pub fn send(&mut self, way: Way, mut request: Request, owner: Owner) -> TxId {
        if !request.headers.has(&HeaderName::UserAgent) {
            request.headers.push(HeaderName::UserAgent, self.config.user_agent.clone());
        }
        let branch = self.branch();
        let way = self.way_of(way, &branch, &request);
        let tx = self.tx.send(self.now(), way.hop, way.sent_by, &branch, request);
        self.owners.insert(tx, owner);
        tx
    }

    /// Sends the ACK of a 2xx, which has no transaction (RFC 3261 §13.2.2.4), and returns it for copies of that 2xx.
    pub fn send_ack(&mut self, way: Way, request: Request) -> Bytes {
        let branch = self.branch();
        let bytes = with_via(request, way.hop.transport, way.sent_by, &branch).print();
        self.transmit(way.hop, bytes.clone());
        bytes
    }

    /// Sends the CANCEL of an INVITE and limits how long its end is awaited.
    pub fn send_cancel(&mut self, invite: TxId) {
        if let Some(tx) = self.tx.cancel(self.now(), invite, None) {
            self.owners.insert(tx, Owner::Nobody);
            self.wake(Wake::InviteUnanswered(invite), self.config.timers.timeout());
        }
    }

    /// What a call that is over still asks is awaited no longer than any answer: nothing else would end an INVITE that got a
    /// provisional response.
    pub fn limit_requests_of(&mut self, leg: LegId) {
        let open = self.owners.iter().filter(|(_, owner)| matches!(owner, Owner::Leg(of) if *of == leg));
        for tx in open.map(|(tx, _)| *tx).collect::<Vec<_>>() {
            self.wake(Wake::InviteUnanswered(tx), self.config.timers.timeout());
        }
    }

    /// Answers a request, with Server added.
    pub fn respond(&mut self, tx: TxId, mut response: Response) {
        if response.status != StatusCode::TRYING {
            response.headers.push(HeaderName::Server, self.config.user_agent.clone());
        }
        self.tx.respond(self.now(), tx, &response);
    }

    pub fn transmit(&mut self, hop: Hop, bytes: Bytes) {
        if let Ok(message) = crate::message::parse::datagram(&bytes) {
            self.ladder(true, &message, bytes.len());
        }
        self.push(Output::Transmit { flow: hop.flow, remote: hop.remote, bytes });
    }

    /// Tells of a message that came or goes.
    pub fn ladder(&mut self, sent: bool, message: &Message, length: usize) {
        let call_id = message.headers().call_id().unwrap_or_default();
        let leg = self.call_ids.get(call_id).copied();
        self.event(Event::Ladder(ladder::line(sent, leg, message, length)));
    }

    /// The way of a request: that of its account, or the wide flow beside it.
    pub fn way_of(&mut self, way: Way, branch: &str, request: &Request) -> Way {
        if self.wide.narrow.contains(&way.hop.flow) || is_for_a_datagram(&way, branch, request) {
            return way;
        }
        let known = self.wide.open.iter().find(|wide| wide.beside == way.hop).map(|wide| wide.flow);
        let flow = known.unwrap_or_else(|| self.open_wide(way));
        Way { hop: Hop { flow, transport: Transport::Tcp, ..way.hop }, ..way }
    }

    /// Whether the request is too large for the one way that there is: its hop takes no TCP.
    pub fn is_stuck(&self, way: &Way, request: &Request) -> bool {
        let as_long_as_any = "z9hG4bK00000000000000000000000000";
        self.wide.narrow.contains(&way.hop.flow) && !is_for_a_datagram(way, as_long_as_any, request)
    }

    fn open_wide(&mut self, way: Way) -> FlowId {
        let flow = self.next_flow();
        let target = Target { transport: Transport::Tcp, remote: way.hop.remote };
        let bind = Some(SocketAddr::new(way.local.ip(), 0));
        let (tls_name, tls, web) = (String::new(), TlsOptions::default(), None);
        self.push(Output::Open { flow, target, bind, tls_name, tls, web });
        self.wide.open.push(Wide { flow, beside: way.hop, up: false });
        self.wake(Wake::WideSilent(flow), self.config.timers.t1 * 4);
        flow
    }

    /// The connection is gone, or was never there.
    pub fn wide_down(&mut self, flow: FlowId) {
        let Some(wide) = self.wide.take(flow) else { return };
        self.timers.clear(Wake::WideSilent(flow));
        if wide.up {
            self.tx.flow_lost(flow);
        } else {
            self.wide.narrow.push(wide.beside.flow);
            self.tx.reroute(self.now(), flow, wide.beside);
        }
    }

    /// Nothing came of the connection in time.
    pub fn wide_silent(&mut self, flow: FlowId) {
        if self.wide.open.iter().any(|wide| wide.flow == flow && !wide.up) {
            self.push(Output::Close { flow });
            self.wide_down(flow);
        }
    }

    /// A UDP flow goes, and what stands beside it.
    pub fn close_wide(&mut self, beside: FlowId) {
        self.wide.narrow.retain(|flow| *flow != beside);
        let going: Vec<_> = self.wide.open.iter().filter(|w| w.beside.flow == beside).map(|w| w.flow).collect();
        for flow in going {
            self.wide.take(flow);
            self.timers.clear(Wake::WideSilent(flow));
            self.push(Output::Close { flow });
            self.tx.flow_lost(flow);
        }
    }
}

fn is_for_a_datagram(way: &Way, branch: &str, request: &Request) -> bool {
    let length = || with_via(request.clone(), Transport::Udp, way.sent_by, branch).print().len();
    way.hop.transport != Transport::Udp || length() <= largest_datagram(way.hop.remote, &request.method)
}

/// The methods of an account.
pub(super) fn methods(takes_messages: bool) -> &'static [Method] {
    if takes_messages { &METHODS } else { &METHODS[..METHODS.len() - 1] }
}

/// Methods as a header lists them.
pub(super) fn joined(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(",")
}
