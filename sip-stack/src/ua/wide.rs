//! Requests that no datagram takes whole (RFC 3261 §18.1.1): they go to the same next hop by TCP.
//!
//! ```text
//!  UDP flow ──request above the limit──► Opening ──FlowUp──► Up: further large requests take it too
//!                                           │ FlowDown, or silent for 4·T1
//!                                           └──► the requests go by UDP after all; this hop is not asked again
//! ```
//! A wide flow lives beside the UDP flow of its account and goes with it.

use std::net::SocketAddr;

use crate::message::Request;
use crate::transaction::with_via;
use crate::transport::{FlowId, Hop, Target, Transport};

use super::core::{Core, Wake, Way};
use super::{Output, TlsOptions};

/// Payload that one Ethernet frame takes, bytes: 1500 less the headers of UDP and of IPv4 or IPv6. Above it a datagram
/// travels in fragments, which many routers lose.
const fn largest_datagram(remote: SocketAddr) -> usize {
    if remote.is_ipv4() { 1472 } else { 1452 }
}

/// A TCP connection to the next hop of a UDP flow.
#[derive(Debug)]
struct Wide {
    flow: FlowId,
    /// The UDP flow that it helps out, and the address of both.
    beside: Hop,
    up: bool,
}

/// All wide flows, and the hops that have none.
#[derive(Debug, Default)]
pub(super) struct WideFlows {
    open: Vec<Wide>,
    /// UDP flows whose hop does not take TCP.
    narrow: Vec<FlowId>,
}

impl WideFlows {
    /// The UDP flow that a wide flow belongs to; any other flow is its own.
    pub fn home_of(&self, flow: FlowId) -> FlowId {
        self.open.iter().find(|wide| wide.flow == flow).map_or(flow, |wide| wide.beside.flow)
    }

    /// Whether the flow is a wide one.
    pub fn has(&self, flow: FlowId) -> bool {
        self.open.iter().any(|wide| wide.flow == flow)
    }

    /// The connection stands.
    pub fn up(&mut self, flow: FlowId) {
        self.open.iter_mut().filter(|wide| wide.flow == flow).for_each(|wide| wide.up = true);
    }

    fn take(&mut self, flow: FlowId) -> Option<Wide> {
        let at = self.open.iter().position(|wide| wide.flow == flow)?;
        Some(self.open.swap_remove(at))
    }
}

impl Core {
    /// The way of a request: that of its account, or the wide flow beside it.
    pub fn way_of(&mut self, way: Way, branch: &str, request: &Request) -> Way {
        if way.hop.transport != Transport::Udp || self.wide.narrow.contains(&way.hop.flow) {
            return way;
        }
        let length = with_via(request.clone(), Transport::Udp, way.local, branch).print().len();
        if length <= largest_datagram(way.hop.remote) {
            return way;
        }
        let known = self.wide.open.iter().find(|wide| wide.beside == way.hop).map(|wide| wide.flow);
        let flow = known.unwrap_or_else(|| self.open_wide(way));
        Way { hop: Hop { flow, transport: Transport::Tcp, ..way.hop }, ..way }
    }

    fn open_wide(&mut self, way: Way) -> FlowId {
        let flow = self.next_flow();
        let target = Target { transport: Transport::Tcp, remote: way.hop.remote };
        let bind = Some(SocketAddr::new(way.local.ip(), 0));
        self.push(Output::Open { flow, target, bind, tls_name: String::new(), tls: TlsOptions::default() });
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
