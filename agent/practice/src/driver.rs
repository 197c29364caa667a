//! The task of the practice line: one UDP socket, the registrar, the user agent, and their time.
//!
//! ```text
//!              ┌─ REGISTER ──► Registrar ──► answer
//!  datagram ──┤
//!              └─ all else ──► UserAgent ──► Transmit / Event ──► Calls ──► Command ─┐
//!                                  ▲───────────────────────────────────────────────┘
//! ```
//!
//! A call to whatever number is given to the echo line, as an exchange would route it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use sip_stack::message::{HeaderName, Message, Method, Request, Uri, parse};
use sip_stack::transport::{Hop, response_destination, stamp_received};
use sip_stack::ua::{
    AccountConfig, AccountId, Command, Event, FlowId, Input, LegId, Output, ResolveError, Secret, Target, Transport,
    UserAgent,
};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

use crate::calls::{Calls, GOODBYE};
use crate::registrar::Registrar;
use crate::{CallMeError, ECHO, Options};

const ECHO_ACCOUNT: AccountId = AccountId(0);
/// The largest datagram; larger ones are cut by the system and then malformed.
const DATAGRAM: usize = 65_535;
/// How long to wait when nothing is due.
const FOREVER: Duration = Duration::from_secs(3600);

pub(crate) enum Ask {
    CallMe(oneshot::Sender<Result<(), CallMeError>>),
    Stop(oneshot::Sender<()>),
}

pub(crate) struct Driver {
    pub socket: UdpSocket,
    pub local: SocketAddr,
    pub domain: String,
    pub options: Options,
    pub inbox: mpsc::UnboundedReceiver<Ask>,
    pub agent: UserAgent,
    pub registrar: Registrar,
    pub calls: Calls,
    pub rng: StdRng,
    pub state: State,
}

/// What the driver remembers.
#[derive(Default)]
pub(crate) struct State {
    flows: BTreeMap<FlowId, SocketAddr>,
    echo_flow: Option<FlowId>,
    agent_deadline: Option<Instant>,
    calls_made: u64,
    stopping: Option<(Instant, oneshot::Sender<()>)>,
    idle: bool,
}

impl Driver {
    /// Runs until it is stopped or its handle is gone.
    pub async fn run(mut self) {
        let proxy = format!("sip:{}", self.local);
        let echo = AccountConfig { register: false, proxy: Some(proxy), ..self.account(ECHO) };
        self.command(Command::AddAccount { account: ECHO_ACCOUNT, config: Box::new(echo) }).await;
        let mut buffer = vec![0; DATAGRAM];
        while !self.is_over() {
            let deadline = tokio::time::Instant::from_std(self.deadline());
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => match received {
                    Ok((length, source)) => self.datagram(source, &buffer[..length]).await,
                    Err(error) => tracing::debug!(%error, "the practice line's socket"),
                },
                ask = self.inbox.recv() => match ask {
                    Some(Ask::CallMe(reply)) => {
                        let made = self.call_me().await;
                        let _ = reply.send(made);
                    }
                    Some(Ask::Stop(done)) => self.begin_to_stop(done).await,
                    None => return,
                },
                () = tokio::time::sleep_until(deadline) => self.on_time().await,
            }
        }
        if let Some((_, done)) = self.state.stopping.take() {
            let _ = done.send(());
        }
    }

    fn is_over(&self) -> bool {
        let late = |until: &Instant| *until <= Instant::now();
        self.state.stopping.as_ref().is_some_and(|(until, _)| self.state.idle || late(until))
    }

    fn deadline(&self) -> Instant {
        let stopping = self.state.stopping.as_ref().map(|(until, _)| *until);
        let times = [self.state.agent_deadline, self.calls.deadline(), stopping];
        times.into_iter().flatten().min().unwrap_or_else(|| Instant::now() + FOREVER)
    }

    async fn on_time(&mut self) {
        let now = Instant::now();
        for command in self.calls.on_time(now) {
            self.command(command).await;
        }
        self.agent.handle_input(now, Input::Tick);
        self.drain().await;
    }

    async fn begin_to_stop(&mut self, done: oneshot::Sender<()>) {
        self.state.stopping = Some((Instant::now() + GOODBYE, done));
        self.command(Command::Shutdown).await;
    }

    async fn call_me(&mut self) -> Result<(), CallMeError> {
        let now = Instant::now();
        let contact = self.registrar.contact(now).ok_or(CallMeError::NotRegistered)?.clone();
        let port = contact.port.unwrap_or(Transport::Udp.default_port());
        let proxy = format!("sip:{}:{port}", contact.host);
        self.state.calls_made += 1;
        let (leg, account) = (LegId(self.state.calls_made), AccountId(self.state.calls_made));
        let config = AccountConfig {
            display_name: self.options.caller_name.clone(),
            register: false,
            proxy: Some(proxy),
            ..self.account(&self.options.caller_number)
        };
        let invite = self.calls.call(now, leg, account, contact.to_string()).ok_or(CallMeError::NoMedia)?;
        self.command(Command::AddAccount { account, config: Box::new(config) }).await;
        self.command(invite).await;
        Ok(())
    }

    fn account(&self, user: &str) -> AccountConfig {
        AccountConfig::new(user, self.domain.clone(), Secret::default())
    }

    async fn datagram(&mut self, source: SocketAddr, bytes: &[u8]) {
        match parse::datagram(bytes) {
            Ok(Message::Request(request)) if request.method == Method::Register => self.register(source, request).await,
            Ok(Message::Request(request)) if is_new_call(&request) => {
                let bytes = Message::Request(to_echo_line(request)).print();
                self.give(self.state.echo_flow, source, &bytes).await;
            }
            _ => self.give(self.flow_towards(source), source, bytes).await,
        }
    }

    async fn register(&mut self, source: SocketAddr, mut request: Request) {
        let Some(via) = stamp_received(&mut request, source) else { return };
        let response = self.registrar.answer(Instant::now(), &request, &mut self.rng);
        let came_by = Hop { flow: FlowId(0), remote: source, transport: Transport::Udp };
        let to = response_destination(came_by, &via).remote;
        self.send(&Message::Response(response).print(), to).await;
    }

    /// The flow of the training call with this peer, else the echo line's.
    fn flow_towards(&self, peer: SocketAddr) -> Option<FlowId> {
        let of_call = self.state.flows.iter().rev().find(|(_, remote)| **remote == peer);
        of_call.map(|(flow, _)| *flow).or(self.state.echo_flow)
    }

    async fn give(&mut self, flow: Option<FlowId>, source: SocketAddr, bytes: &[u8]) {
        let Some(flow) = flow else { return };
        self.agent.handle_input(Instant::now(), Input::Received { flow, source, bytes });
        self.drain().await;
    }

    async fn command(&mut self, command: Command) {
        self.agent.handle_command(Instant::now(), command);
        self.drain().await;
    }

    /// Does what the user agent wants until it wants nothing.
    async fn drain(&mut self) {
        loop {
            match self.agent.poll_output() {
                Output::Transmit { remote, bytes, .. } => self.send(&bytes, remote).await,
                Output::Open { flow, target, .. } => self.open(flow, target.remote),
                // On loopback nothing has to be kept open.
                Output::KeepAlive { .. } => {}
                Output::Close { flow } => drop(self.state.flows.remove(&flow)),
                Output::Resolve { query, host, port, .. } => {
                    let result = literal(&host, port);
                    self.agent.handle_input(Instant::now(), Input::Resolved { query, result });
                }
                Output::Event(Event::Idle) => self.state.idle = true,
                Output::Event(event) => {
                    let now = Instant::now();
                    for command in self.calls.on_event(now, event) {
                        self.agent.handle_command(now, command);
                    }
                }
                Output::Timeout(deadline) => {
                    self.state.agent_deadline = deadline;
                    return;
                }
            }
        }
    }

    /// Every flow is the one socket.
    fn open(&mut self, flow: FlowId, remote: SocketAddr) {
        if remote == self.local {
            self.state.echo_flow = Some(flow);
        } else {
            self.state.flows.insert(flow, remote);
        }
        self.agent.handle_input(Instant::now(), Input::FlowUp { flow, local: self.local });
    }

    async fn send(&self, bytes: &[u8], to: SocketAddr) {
        if let Err(error) = self.socket.send_to(bytes, to).await {
            tracing::debug!(%error, "the practice line could not send");
        }
    }
}

fn is_new_call(request: &Request) -> bool {
    request.method == Method::Invite && request.headers.to().is_ok_and(|to| to.tag().is_none())
}

/// RFC 3261 §16.5: the target of every number is the echo line; the Route that named us is used up (§16.4).
fn to_echo_line(mut request: Request) -> Request {
    if let Uri::Sip(uri) = &mut request.uri {
        uri.user = Some(ECHO.to_owned());
    }
    request.headers.remove(&HeaderName::Route);
    request
}

/// The practice line knows no names.
fn literal(host: &str, port: Option<u16>) -> Result<Vec<Target>, ResolveError> {
    let ip: IpAddr = host.parse().map_err(|_| ResolveError::NotFound)?;
    let remote = SocketAddr::new(ip, port.unwrap_or(Transport::Udp.default_port()));
    Ok(vec![Target { transport: Transport::Udp, remote }])
}

/// A generator seeded by the system's.
pub(crate) fn generator() -> StdRng {
    StdRng::from_os_rng()
}
