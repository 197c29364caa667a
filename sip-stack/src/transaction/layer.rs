//! [`TransactionLayer`]: all transactions, by value, under one limit.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Instant;

use crate::message::{HeaderName, Message, Method, Request, Response, StatusCode, Via, ViaTransport, validate};
use crate::transport::{FlowId, Hop, SentBy, Transport, response_destination, stamp_received};

use super::action::{Action, TxId};
use super::client::{Context, InviteClient, PlainClient, Sent};
use super::key::{ClientKey, MergeKey, ServerKey};
use super::server::{InviteServer, PlainServer};
use super::timer::{Timer, TimerValues, Timers};

#[derive(Debug)]
enum ClientState {
    Invite(InviteClient),
    Plain(PlainClient),
}

impl ClientState {
    fn start(cx: &mut Context<'_>, sent: &Sent) -> Self {
        match sent.request.method {
            Method::Invite => Self::Invite(InviteClient::start(cx, sent)),
            _ => Self::Plain(PlainClient::start(cx, sent)),
        }
    }
}

#[derive(Debug)]
struct Client {
    sent: Sent,
    key: ClientKey,
    state: ClientState,
}

#[derive(Debug)]
enum ServerState {
    Invite(InviteServer),
    Plain(PlainServer),
}

#[derive(Debug)]
struct Server {
    key: ServerKey,
    merge: Option<MergeKey>,
    /// Where the request came from; stays for telling merged requests apart from copies.
    hop: Hop,
    state: ServerState,
}

/// All client and server transactions.
#[derive(Debug)]
pub struct TransactionLayer {
    values: TimerValues,
    limit: usize,
    next_id: u64,
    clients: BTreeMap<TxId, Client>,
    servers: BTreeMap<TxId, Server>,
    by_client_key: HashMap<ClientKey, TxId>,
    by_server_key: HashMap<ServerKey, TxId>,
    timers: Timers<(TxId, Timer)>,
    actions: VecDeque<Action>,
}

impl TransactionLayer {
    /// No transactions; at most `limit` server transactions at once, a quarter of them for INVITEs only.
    #[must_use]
    pub fn new(values: TimerValues, limit: usize) -> Self {
        Self {
            values,
            limit,
            next_id: 0,
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            by_client_key: HashMap::new(),
            by_server_key: HashMap::new(),
            timers: Timers::new(),
            actions: VecDeque::new(),
        }
    }

    /// Starts a client transaction for any request but ACK. `branch` is unique and begins with the cookie; the Via is
    /// written here, with `local` as sent-by and `rport` always (RFC 3581).
    pub fn send(&mut self, now: Instant, hop: Hop, local: SentBy, branch: &str, request: Request) -> TxId {
        let request = with_via(request, hop.transport, local, branch);
        self.start_client(now, hop, branch.to_owned(), request)
    }

    /// Sends the CANCEL of an INVITE that has a provisional response and no final one (RFC 3261 §9.1). `None` if the
    /// INVITE is no such transaction any more.
    pub fn cancel(&mut self, now: Instant, invite: TxId, reason: Option<&str>) -> Option<TxId> {
        let client = self.clients.get(&invite)?;
        if !matches!(client.state, ClientState::Invite(InviteClient::Proceeding)) {
            return None;
        }
        let mut request = client.sent.request.cancel().ok()?;
        if let Some(reason) = reason {
            request.headers.push(HeaderName::Reason, reason.to_owned());
        }
        let (hop, branch) = (client.sent.hop, client.key.branch.clone());
        Some(self.start_client(now, hop, branch, request))
    }

    /// Ends a client transaction without another word, such as an INVITE whose CANCEL never brought a final response.
    pub fn abandon(&mut self, tx: TxId) {
        self.remove(tx);
    }

    /// Answers a request. Further responses after a final one are ignored, except copies of a 2xx to INVITE.
    pub fn respond(&mut self, now: Instant, tx: TxId, response: &Response) {
        let bytes = response.print();
        self.with_server(now, tx, |server, cx| {
            let (hop, status) = (server.hop, response.status);
            server.state = match std::mem::replace(&mut server.state, ServerState::Plain(PlainServer::Ended)) {
                ServerState::Invite(state) => ServerState::Invite(state.respond(cx, hop, status, bytes)),
                ServerState::Plain(state) => ServerState::Plain(state.respond(cx, hop, status, bytes)),
            };
        });
    }

    /// Takes a message that came by `hop`.
    pub fn receive(&mut self, now: Instant, hop: Hop, message: Message) {
        match message {
            Message::Request(request) => self.receive_request(now, hop, request),
            Message::Response(response) => self.receive_response(now, response),
        }
    }

    /// The flow is gone: what waits for a message on a stream fails now (RFC 3261 §17.1.4).
    pub fn flow_lost(&mut self, flow: FlowId) {
        self.lose(flow, false);
    }

    /// The flow is gone, and another will take its place: calls that ring wait for [`Self::adopt`], the rest is lost.
    pub fn strand(&mut self, flow: FlowId) {
        self.lose(flow, true);
    }

    /// What [`Self::strand`] left goes on by another hop of the same transport. Where answers to datagrams are owed stays as it
    /// was; a stream leads to its other end.
    pub fn adopt(&mut self, flow: FlowId, to: Hop) {
        let clients = self.clients.values_mut().map(|client| &mut client.sent.hop);
        for hop in clients.chain(self.servers.values_mut().map(|server| &mut server.hop)) {
            if hop.flow == flow && hop.transport == to.transport {
                let remote = if to.transport.is_reliable() { to.remote } else { hop.remote };
                *hop = Hop { remote, ..to };
            }
        }
    }

    fn lose(&mut self, flow: FlowId, calls_stay: bool) {
        let stays =
            |client: &Client| calls_stay && matches!(client.state, ClientState::Invite(InviteClient::Proceeding));
        let lost = self.clients.iter().filter(|(_, c)| c.sent.hop.flow == flow && !stays(c));
        let lost: Vec<_> = lost.map(|(tx, _)| *tx).collect();
        for tx in lost {
            if self.remove(tx) {
                self.actions.push_back(Action::TimedOut { tx, flow_lost: true });
            }
        }
        let stays = |server: &Server| calls_stay && matches!(server.state, ServerState::Invite(_));
        let lost = self.servers.iter().filter(|(_, s)| s.hop.flow == flow && !stays(s));
        let lost: Vec<_> = lost.map(|(tx, _)| *tx).collect();
        for tx in lost {
            self.remove(tx);
            self.actions.push_back(Action::Done { tx });
        }
    }

    /// What waits for an answer by `flow` is sent by `to` instead, as if it had never left (RFC 3261 §18.1.1). A MESSAGE is not: it
    /// must not be that large there (RFC 3428 §8).
    pub fn reroute(&mut self, now: Instant, flow: FlowId, to: Hop) {
        let stranded: Vec<_> =
            self.clients.iter().filter(|(_, c)| c.sent.hop.flow == flow).map(|(tx, _)| *tx).collect();
        for tx in stranded {
            let is_message = |client: &Client| client.sent.request.method == Method::Message;
            if self.clients.get(&tx).is_some_and(is_message) && self.remove(tx) {
                self.actions.push_back(Action::TimedOut { tx, flow_lost: true });
                continue;
            }
            self.timers.clear_where(|(owner, _)| *owner == tx);
            self.with_client(now, tx, |client, cx| {
                let Ok(mut via) = client.sent.request.headers.top_via() else { return };
                via.transport = via_transport(to.transport);
                client.sent.request.headers.set(HeaderName::Via, via.to_string());
                client.sent.bytes = client.sent.request.print();
                client.sent.hop = to;
                client.state = ClientState::start(cx, &client.sent);
            });
        }
    }

    /// Runs what is due.
    pub fn on_time(&mut self, now: Instant) {
        while let Some((tx, timer)) = self.timers.pop_due(now) {
            self.with_client(now, tx, |client, cx| {
                client.state = match std::mem::replace(&mut client.state, ClientState::Plain(PlainClient::Ended)) {
                    ClientState::Invite(state) => ClientState::Invite(state.on_timer(cx, &client.sent, timer)),
                    ClientState::Plain(state) => ClientState::Plain(state.on_timer(cx, &client.sent, timer)),
                };
            });
            self.with_server(now, tx, |server, cx| {
                let hop = server.hop;
                server.state = match std::mem::replace(&mut server.state, ServerState::Plain(PlainServer::Ended)) {
                    ServerState::Invite(state) => ServerState::Invite(state.on_timer(cx, hop, timer)),
                    ServerState::Plain(state) => ServerState::Plain(state.on_timer(timer)),
                };
            });
        }
    }

    /// When [`Self::on_time`] has something to do.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The next action.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// How many transactions live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// No transaction lives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn start_client(&mut self, now: Instant, hop: Hop, branch: String, request: Request) -> TxId {
        let tx = self.new_id();
        let key = ClientKey { branch, method: request.method.clone() };
        let sent = Sent { bytes: request.print(), request, hop };
        let cx = &mut Context { tx, now, values: self.values, timers: &mut self.timers, actions: &mut self.actions };
        let state = ClientState::start(cx, &sent);
        self.by_client_key.insert(key.clone(), tx);
        self.clients.insert(tx, Client { sent, key, state });
        tx
    }

    fn receive_response(&mut self, now: Instant, response: Response) {
        let tx = match validate::response(&response) {
            Ok(()) => ClientKey::of_response(&response).and_then(|key| self.by_client_key.get(&key).copied()),
            Err(_) => None,
        };
        let Some(tx) = tx else {
            self.actions.push_back(Action::Stray);
            return;
        };
        self.with_client(now, tx, |client, cx| {
            client.state = match std::mem::replace(&mut client.state, ClientState::Plain(PlainClient::Ended)) {
                ClientState::Invite(state) => ClientState::Invite(state.on_response(cx, &client.sent, response)),
                ClientState::Plain(state) => ClientState::Plain(state.on_response(cx, &client.sent, response)),
            };
        });
    }

    fn receive_request(&mut self, now: Instant, hop: Hop, mut request: Request) {
        let Some(via) = stamp_received(&mut request, hop.remote) else {
            self.actions.push_back(Action::Stray);
            return;
        };
        let hop = response_destination(hop, &via);
        if request.method == Method::Options && request.headers.to().is_ok_and(|to| to.tag().is_none()) {
            self.actions.push_back(Action::Question { request, hop });
            return;
        }
        let known = ServerKey::of_request(&request, &via).map(|key| (self.by_server_key.get(&key).copied(), key));
        match (known, &request.method) {
            (Some((Some(tx), _)), Method::Ack) => self.receive_ack(now, tx, request),
            (_, Method::Ack) => self.actions.push_back(Action::Ack { request }),
            (Some((Some(tx), _)), _) => self.with_server(now, tx, |server, cx| match &server.state {
                ServerState::Invite(state) => state.on_copy(cx, hop),
                ServerState::Plain(state) => state.on_copy(cx, hop),
            }),
            (Some((None, key)), _) => self.start_server(now, hop, key, &via, request),
            (None, _) => self.actions.push_back(Action::Stray),
        }
    }

    fn receive_ack(&mut self, now: Instant, tx: TxId, request: Request) {
        let mut for_user_agent = false;
        self.with_server(now, tx, |server, cx| {
            let hop = server.hop;
            server.state = match std::mem::replace(&mut server.state, ServerState::Plain(PlainServer::Ended)) {
                ServerState::Invite(state) => {
                    let (state, up) = state.on_ack(cx, hop);
                    for_user_agent = up;
                    ServerState::Invite(state)
                }
                ServerState::Plain(state) => ServerState::Plain(state),
            };
        });
        if for_user_agent {
            self.actions.push_back(Action::Ack { request });
        }
    }

    fn start_server(&mut self, now: Instant, hop: Hop, key: ServerKey, via: &Via, request: Request) {
        // A quarter is kept for calls.
        let limit = if request.method == Method::Invite { self.limit } else { self.limit / 4 * 3 };
        if self.servers.len() >= limit {
            self.actions.push_back(Action::OverLimit);
            return;
        }
        let merge = MergeKey::of_request(&request);
        let merged = merge.is_some() && self.servers.values().any(|s| s.merge == merge);
        let tx = self.new_id();
        let state = match request.method {
            Method::Invite => ServerState::Invite(InviteServer::Proceeding { last: None }),
            _ => ServerState::Plain(PlainServer::Trying),
        };
        self.by_server_key.insert(key.clone(), tx);
        self.servers.insert(tx, Server { key, merge: merge.filter(|_| !merged), hop, state });
        if request.method == Method::Cancel {
            self.receive_cancel(now, tx, via, request);
        } else if merged {
            // RFC 3261 §8.2.2.2: the same request by another way.
            self.respond(now, tx, &request.response(StatusCode::LOOP_DETECTED, Some(&format!("m{}", tx.0))));
        } else {
            self.actions.push_back(Action::Request { tx, request, hop });
        }
    }

    fn receive_cancel(&mut self, now: Instant, tx: TxId, via: &Via, request: Request) {
        // RFC 3261 §9.2: the CANCEL has its own answer, whatever becomes of the INVITE.
        let invite = ServerKey::of_invite(&request, via).and_then(|key| self.by_server_key.get(&key).copied());
        let tag = format!("c{}", tx.0);
        let Some(invite) = invite else {
            self.respond(now, tx, &request.response(StatusCode::CALL_DOES_NOT_EXIST, Some(&tag)));
            return;
        };
        self.respond(now, tx, &request.response(StatusCode::OK, Some(&tag)));
        let pending = self.servers.get(&invite);
        if pending.is_some_and(|s| matches!(s.state, ServerState::Invite(InviteServer::Proceeding { .. }))) {
            self.actions.push_back(Action::Cancel { invite, request });
        }
    }

    fn with_client(&mut self, now: Instant, tx: TxId, run: impl FnOnce(&mut Client, &mut Context<'_>)) {
        let Some(client) = self.clients.get_mut(&tx) else { return };
        let cx = &mut Context { tx, now, values: self.values, timers: &mut self.timers, actions: &mut self.actions };
        run(client, cx);
        let ended =
            matches!(client.state, ClientState::Invite(InviteClient::Ended) | ClientState::Plain(PlainClient::Ended));
        self.finish(tx, ended);
    }

    fn with_server(&mut self, now: Instant, tx: TxId, run: impl FnOnce(&mut Server, &mut Context<'_>)) {
        let Some(server) = self.servers.get_mut(&tx) else { return };
        let cx = &mut Context { tx, now, values: self.values, timers: &mut self.timers, actions: &mut self.actions };
        run(server, cx);
        let ended =
            matches!(server.state, ServerState::Invite(InviteServer::Ended) | ServerState::Plain(PlainServer::Ended));
        self.finish(tx, ended);
    }

    fn finish(&mut self, tx: TxId, ended: bool) {
        if ended && self.remove(tx) {
            self.actions.push_back(Action::Done { tx });
        }
    }

    fn remove(&mut self, tx: TxId) -> bool {
        self.timers.clear_where(|(owner, _)| *owner == tx);
        let client = self.clients.remove(&tx).map(|client| self.by_client_key.remove(&client.key));
        let server = self.servers.remove(&tx).map(|server| self.by_server_key.remove(&server.key));
        client.is_some() || server.is_some()
    }

    fn new_id(&mut self) -> TxId {
        self.next_id += 1;
        TxId(self.next_id)
    }
}

/// The request with a Via of ours on top; also for an ACK of a 2xx, which has no transaction.
#[must_use]
pub fn with_via(mut request: Request, transport: Transport, local: SentBy, branch: &str) -> Request {
    let (host, port) = local.parts();
    let via = Via::new(via_transport(transport), host, port, branch);
    request.headers.push_front(HeaderName::Via, via.to_string());
    request
}

fn via_transport(transport: Transport) -> ViaTransport {
    match transport {
        Transport::Udp => ViaTransport::Udp,
        Transport::Tcp => ViaTransport::Tcp,
        Transport::Tls => ViaTransport::Tls,
        Transport::Ws => ViaTransport::Ws,
        Transport::Wss => ViaTransport::Wss,
    }
}
