//! Requests that no datagram takes whole (RFC 3261 §18.1.1): they go to the same next hop by TCP.
//!
//! ```text
//!  UDP flow ──request above the limit──► Opening ──FlowUp──► Up: further large requests take it too
//!                                           │ FlowDown, or silent for 4·T1
//!                                           └──► the requests go by UDP after all, but no MESSAGE does; this hop is
//!                                                not asked again
//! ```
//! A wide flow lives beside the UDP flow of its account and goes with it.

use std::net::SocketAddr;

use crate::message::Method;
use crate::transport::{FlowId, Hop};

/// Payload that one Ethernet frame takes, bytes: 1500 less the headers of UDP and of IPv4 or IPv6. Above it a datagram
/// travels in fragments, which many routers lose. A MESSAGE has 1300 bytes at most (RFC 3428 §8): nothing holds back who writes
/// much, and further hops may have smaller frames.
pub(super) fn largest_datagram(remote: SocketAddr, method: &Method) -> usize {
    match method {
        Method::Message => 1300,
        _ if remote.is_ipv4() => 1472,
        _ => 1452,
    }
}

/// A TCP connection to the next hop of a UDP flow.
#[derive(Debug)]
pub(super) struct Wide {
    pub flow: FlowId,
    /// The UDP flow that it helps out, and the address of both.
    pub beside: Hop,
    pub up: bool,
}

/// All wide flows, and the hops that have none.
#[derive(Debug, Default)]
pub(super) struct WideFlows {
    pub open: Vec<Wide>,
    /// UDP flows whose hop does not take TCP.
    pub narrow: Vec<FlowId>,
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

    /// Takes it out.
    pub fn take(&mut self, flow: FlowId) -> Option<Wide> {
        let at = self.open.iter().position(|wide| wide.flow == flow)?;
        Some(self.open.swap_remove(at))
    }
}
