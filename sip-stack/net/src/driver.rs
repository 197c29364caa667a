//! The task that owns the user agent.

use std::time::Instant;

use rand::rngs::{OsRng, StdRng};
use rand::{RngCore as _, SeedableRng as _, TryRngCore as _};
use sip_stack::ua::{Command, Event, Input, Output, QueryId, ResolveError, Target, UaConfig, UserAgent};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::task::JoinHandle;

use crate::dead_targets::DeadTargets;
use crate::flow::{FlowEvent, FlowReport, Flows, Peer};
use crate::resolve::Resolver;

/// What flows and queries may have waiting for the driver before they wait themselves.
const INBOX: usize = 256;

/// A running user agent.
pub struct SipNet {
    /// Takes commands. When every sender is gone the driver ends without a farewell; send
    /// [`Command::Shutdown`] and wait for [`Event::Idle`] first.
    pub commands: UnboundedSender<Command>,
    /// Gives events.
    pub events: UnboundedReceiver<Event>,
    /// The driver.
    pub task: JoinHandle<()>,
}

/// Why the driver cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SipNetError {
    /// The system gives no random numbers: no secure tag or key could be made.
    #[error("the system gives no random numbers: {0}")]
    NoRandom(#[from] rand::rand_core::OsError),
}

impl SipNet {
    /// Starts the driver on the current tokio runtime.
    pub fn spawn(config: UaConfig) -> Result<Self, SipNetError> {
        let mut seed = [0; 32];
        OsRng.try_fill_bytes(&mut seed)?;
        let (commands, command_inbox) = unbounded_channel();
        let (event_outbox, events) = unbounded_channel();
        let mut weights = StdRng::from_seed(seed);
        weights.fill_bytes(&mut seed);
        let driver = Driver::new(UserAgent::new(config, seed), weights, event_outbox);
        let task = tokio::spawn(driver.run(command_inbox));
        Ok(Self { commands, events, task })
    }
}

/// What a query found.
struct Resolved {
    query: QueryId,
    result: Result<Vec<Target>, ResolveError>,
}

struct Driver {
    agent: UserAgent,
    events: UnboundedSender<Event>,
    flows: Flows,
    reports: Receiver<FlowReport>,
    resolver: Resolver,
    resolved_out: Sender<Resolved>,
    resolved: Receiver<Resolved>,
    dead: DeadTargets,
    /// Draws among SRV records of one priority.
    weights: StdRng,
}

impl Driver {
    fn new(agent: UserAgent, weights: StdRng, events: UnboundedSender<Event>) -> Self {
        let (report, reports) = channel(INBOX);
        let (resolved_out, resolved) = channel(INBOX);
        Self {
            agent,
            events,
            flows: Flows::new(report),
            reports,
            resolver: Resolver::default(),
            resolved_out,
            resolved,
            dead: DeadTargets::default(),
            weights,
        }
    }

    async fn run(mut self, mut commands: UnboundedReceiver<Command>) {
        let mut timeout = self.drain();
        loop {
            let sleep = async {
                match timeout {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.agent.handle_command(Instant::now(), command),
                    None => return,
                },
                Some(report) = self.reports.recv() => self.handle_report(report),
                Some(Resolved { query, result }) = self.resolved.recv() => {
                    let now = Instant::now();
                    let result = result.map(|targets| self.dead.last(now, targets));
                    self.agent.handle_input(now, Input::Resolved { query, result });
                }
                () = sleep => self.agent.handle_input(Instant::now(), Input::Tick),
            }
            timeout = self.drain();
        }
    }

    fn handle_report(&mut self, report: FlowReport) {
        let FlowReport { flow, remote, event } = report;
        let now = Instant::now();
        match event {
            FlowEvent::Up { local } => {
                self.dead.alive(remote);
                self.agent.handle_input(now, Input::FlowUp { flow, local });
            }
            FlowEvent::Down(error) => {
                self.dead.failed(now, remote, error);
                if self.flows.forget(flow) {
                    self.agent.handle_input(now, Input::FlowDown { flow, error });
                }
            }
            FlowEvent::Received { source, bytes } => {
                self.agent.handle_input(now, Input::Received { flow, source, bytes: &bytes });
            }
        }
    }

    /// Does what the agent asks until it has nothing more; answers when it wants to be woken.
    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.agent.poll_output() {
                Output::Transmit { flow, remote, bytes } => self.flows.send(flow, remote, bytes),
                Output::Open { flow, target, bind, tls_name, tls, web } => {
                    self.flows.open(flow, target, bind, Peer { name: tls_name, tls, web });
                }
                Output::KeepAlive { flow, every } => self.flows.keep_alive(flow, every),
                Output::Close { flow } => self.flows.close(flow),
                Output::Resolve { query, host, port, transport, dns } => {
                    let (lookup, out) = (self.resolver.lookup(host, port, transport, dns), self.resolved_out.clone());
                    let seed = self.weights.next_u64();
                    tokio::spawn(async move {
                        let result = lookup.targets(seed).await;
                        // The driver is gone: nobody asks any more.
                        let _ = out.send(Resolved { query, result }).await;
                    });
                }
                Output::Event(event) => {
                    // The application is gone: the driver ends with its command channel.
                    let _ = self.events.send(event);
                }
                Output::Timeout(at) => return at,
            }
        }
    }
}
