//! Live connections: one task reads and writes each; the driver holds the other end of its queue.

mod pulse;
mod stream;
mod udp;
mod web;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use sip_stack::ua::{FlowError, FlowId, Target, TlsOptions, Transport, WebAddress};
use socket2::SockRef;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::AbortHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// Messages that may wait for a flow's socket. A SIP peer that is this far behind is gone.
const OUTBOX: usize = 256;
/// A connection, and then its TLS handshake, may take this long each.
pub(crate) const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// A double CRLF goes out this often, so that address translators on the way keep the flow (RFC 5626 §4.4.1: 24 to 29 s on
/// UDP; streams would last longer, but office firewalls forget them too).
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(25);

/// A peer that answers pings owes something within this time (RFC 5626 §4.4.1); else the flow is dead.
pub(crate) const PONG_LIMIT: Duration = Duration::from_secs(10);

/// What a flow saw.
pub(crate) struct FlowReport {
    pub(crate) flow: FlowId,
    /// The next hop that the flow was opened for.
    pub(crate) remote: SocketAddr,
    pub(crate) event: FlowEvent,
}

pub(crate) enum FlowEvent {
    Up {
        local: SocketAddr,
    },
    Down(FlowError),
    /// A datagram, or a whole message of a stream.
    Received {
        source: SocketAddr,
        bytes: Bytes,
    },
}

/// Who has to be at the other end, and what it is asked for.
pub(crate) struct Peer {
    /// The name that its certificate bears.
    pub(crate) name: String,
    /// How that is checked.
    pub(crate) tls: TlsOptions,
    /// What a WebSocket is asked for.
    pub(crate) web: Option<WebAddress>,
}

/// What a flow's task is told.
pub(crate) enum Outgoing {
    /// A message on its way out.
    Message { remote: SocketAddr, bytes: Bytes },
    /// Pings go out this often from now on, or not at all.
    KeepAlive(Option<Duration>),
}

/// Signalling has a class of its own where routers look at it: CS3, code point 24 above two bits of its byte, as exchanges and
/// telephones of today have it (RFC 4594 §4.2 names CS5). Windows sends it only where its policy says so.
pub(crate) fn mark(socket: &SockRef<'_>, remote: SocketAddr) {
    const CLASS: u32 = 24 << 2;
    let marked = match remote {
        SocketAddr::V4(_) => socket.set_tos_v4(CLASS),
        #[cfg(unix)]
        SocketAddr::V6(_) => socket.set_tclass_v6(CLASS),
        #[cfg(not(unix))]
        SocketAddr::V6(_) => Ok(()),
    };
    if let Err(error) = marked {
        tracing::debug!(%error, "signalling goes unmarked");
    }
}

/// When the next ping is due.
pub(crate) struct Pings(Option<Interval>);

impl Pings {
    pub(crate) fn every(period: Option<Duration>) -> Self {
        Self(period.map(|period| {
            let mut ticks = interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        }))
    }

    pub(crate) async fn due(&mut self) {
        match &mut self.0 {
            Some(ticks) => {
                ticks.tick().await;
            }
            None => std::future::pending().await,
        }
    }
}

/// How a flow's task speaks to the driver.
#[derive(Clone)]
pub(crate) struct Reporter {
    flow: FlowId,
    remote: SocketAddr,
    out: Sender<FlowReport>,
}

impl Reporter {
    /// Waits for room; false when the driver is gone.
    pub(crate) async fn tell(&self, event: FlowEvent) -> bool {
        self.out.send(FlowReport { flow: self.flow, remote: self.remote, event }).await.is_ok()
    }
}

struct Flow {
    outbox: Sender<Outgoing>,
    task: AbortHandle,
    reporter: Reporter,
}

/// All flows of the driver.
pub(crate) struct Flows {
    flows: BTreeMap<FlowId, Flow>,
    report: Sender<FlowReport>,
}

impl Flows {
    pub(crate) fn new(report: Sender<FlowReport>) -> Self {
        Self { flows: BTreeMap::new(), report }
    }

    pub(crate) fn open(&mut self, flow: FlowId, target: Target, bind: Option<SocketAddr>, peer: Peer) {
        let (outbox, inbox) = channel(OUTBOX);
        let reporter = Reporter { flow, remote: target.remote, out: self.report.clone() };
        let own = reporter.clone();
        let task = tokio::spawn(async move {
            let ended = match target.transport {
                Transport::Udp => udp::run(&own, bind, inbox).await,
                Transport::Tcp => stream::run_tcp(&own, bind, inbox).await,
                Transport::Tls => stream::run_tls(&own, bind, inbox, &peer).await,
                Transport::Ws => web::run(&own, bind, inbox, &peer, false).await,
                Transport::Wss => web::run(&own, bind, inbox, &peer, true).await,
            };
            if let Err(error) = ended {
                own.tell(FlowEvent::Down(error)).await;
            }
        });
        self.flows.insert(flow, Flow { outbox, task: task.abort_handle(), reporter });
    }

    /// Queues a message. A flow that does not take it any more is reported as lost.
    pub(crate) fn send(&mut self, flow: FlowId, remote: SocketAddr, bytes: Bytes) {
        self.tell(flow, Outgoing::Message { remote, bytes });
    }

    /// How the flow is kept open.
    pub(crate) fn keep_alive(&mut self, flow: FlowId, every: Option<Duration>) {
        self.tell(flow, Outgoing::KeepAlive(every));
    }

    fn tell(&mut self, flow: FlowId, what: Outgoing) {
        let Some(Flow { outbox, task, reporter }) = self.flows.get(&flow) else { return };
        if outbox.try_send(what).is_err() && !task.is_finished() {
            tracing::warn!(flow = flow.0, "a flow is too far behind");
            task.abort();
            let reporter = reporter.clone();
            tokio::spawn(async move { reporter.tell(FlowEvent::Down(FlowError::Unreachable)).await });
        }
    }

    /// Closes a flow after what is queued has left: its task ends when the queue ends.
    pub(crate) fn close(&mut self, flow: FlowId) {
        self.flows.remove(&flow);
    }

    /// Forgets a flow that is down; whether it was known.
    pub(crate) fn forget(&mut self, flow: FlowId) -> bool {
        self.flows.remove(&flow).is_some()
    }
}

impl Drop for Flows {
    fn drop(&mut self) {
        for flow in self.flows.values() {
            flow.task.abort();
        }
    }
}
