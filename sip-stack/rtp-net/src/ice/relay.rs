//! An address at a TURN server (RFC 8656), by `turn-client-proto`.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use stun_proto::agent::Transmit;
use stun_proto::types::TransportType;
use turn_client_proto::api::{TurnConfig, TurnEvent, TurnPollRet, TurnRecvRet};
use turn_client_proto::prelude::*;
use turn_client_proto::types::TurnCredentials;
use turn_client_proto::udp::TurnClientUdp;

use super::{Outgoing, TurnServer};

pub(super) struct Relay {
    client: TurnClientUdp,
    /// Where the clock of `client` begins.
    born: Instant,
    server: SocketAddr,
    base: SocketAddr,
    address: Option<SocketAddr>,
    decided: bool,
    /// The address was not told yet.
    fresh: bool,
    due: Option<Instant>,
    /// Peers whose packets may come; asked for again when there is an address.
    wanted: Vec<IpAddr>,
    out: Vec<Outgoing>,
}

impl Relay {
    pub fn allocate(now: Instant, base: SocketAddr, server: &TurnServer) -> Self {
        let credentials = TurnCredentials::new(&server.user, &server.password);
        let client = TurnClientUdp::allocate(base, server.address, TurnConfig::new(credentials));
        Self {
            client,
            born: now,
            server: server.address,
            base,
            address: None,
            decided: false,
            fresh: false,
            due: None,
            wanted: Vec::new(),
            out: Vec::new(),
        }
    }

    pub fn server(&self) -> SocketAddr {
        self.server
    }

    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The server gave an address, or will not.
    pub fn is_decided(&self) -> bool {
        self.decided
    }

    /// The address, once.
    pub fn news(&mut self) -> Option<SocketAddr> {
        std::mem::take(&mut self.fresh).then_some(self.address).flatten()
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Packets of this peer shall come through.
    pub fn permit(&mut self, now: Instant, peer: IpAddr) {
        let clock = self.clock(now);
        if self.address.is_none() {
            self.wanted.push(peer);
        } else if !self.client.have_permission(TransportType::Udp, peer) {
            // Asked for already: then this changes nothing.
            let _ = self.client.create_permission(TransportType::Udp, peer, clock);
        }
        self.timeout(now);
    }

    /// Media goes to this peer from now on: by a channel, which costs 4 bytes a packet instead of 36 (RFC 8656 §12).
    pub fn bind(&mut self, now: Instant, peer: SocketAddr) {
        let clock = self.clock(now);
        // Without one, everything goes on as before.
        let _ = self.client.bind_channel(TransportType::Udp, peer, clock);
        self.timeout(now);
    }

    pub fn timeout(&mut self, now: Instant) {
        let clock = self.clock(now);
        loop {
            self.take_events(now);
            match self.client.poll(clock) {
                TurnPollRet::WaitUntil(at) => {
                    let wait = at.checked_duration_since(clock).unwrap_or_default();
                    self.due = Some(now + wait.clamp(Duration::from_millis(1), Duration::from_secs(60)));
                    break;
                }
                TurnPollRet::Closed => {
                    (self.due, self.decided, self.address) = (None, true, None);
                    break;
                }
                TurnPollRet::AllocateTcpSocket { .. } | TurnPollRet::TcpClose { .. } => {}
            }
        }
        while let Some(transmit) = self.client.poll_transmit(clock) {
            self.out.push(Outgoing { to: transmit.to, bytes: transmit.data.as_ref().to_vec() });
        }
    }

    /// What the server sent; what it is of a peer.
    pub fn receive(&mut self, now: Instant, bytes: &[u8]) -> Option<(SocketAddr, Vec<u8>)> {
        let clock = self.clock(now);
        let transmit = Transmit::new(bytes, TransportType::Udp, self.server, self.base);
        let data = match self.client.recv(transmit, clock) {
            TurnRecvRet::PeerData(data) => Some((data.peer, data.data().to_vec())),
            _ => None,
        };
        self.timeout(now);
        data
    }

    /// Through the relay to a peer.
    pub fn send(&mut self, now: Instant, to: SocketAddr, bytes: Vec<u8>) -> Option<Outgoing> {
        let clock = self.clock(now);
        match self.client.send_to(TransportType::Udp, to, bytes, clock) {
            Ok(transmit) => transmit.map(|transmit| Outgoing { to: transmit.to, bytes: transmit.data.build() }),
            Err(error) => {
                tracing::trace!(%error, "nothing could be relayed");
                None
            }
        }
    }

    pub fn outgoing(&mut self, now: Instant) -> Vec<Outgoing> {
        let clock = self.clock(now);
        while let Some(transmit) = self.client.poll_transmit(clock) {
            self.out.push(Outgoing { to: transmit.to, bytes: transmit.data.as_ref().to_vec() });
        }
        std::mem::take(&mut self.out)
    }

    pub fn close(&mut self, now: Instant) {
        let clock = self.clock(now);
        // Nothing to give back: then there was nothing.
        let _ = self.client.delete(clock);
        self.timeout(now);
    }

    fn take_events(&mut self, now: Instant) {
        let clock = self.clock(now);
        while let Some(event) = self.client.poll_event() {
            match event {
                TurnEvent::AllocationCreated(_, address) => {
                    (self.address, self.decided, self.fresh) = (Some(address), true, true);
                    for peer in std::mem::take(&mut self.wanted) {
                        let _ = self.client.create_permission(TransportType::Udp, peer, clock);
                    }
                }
                TurnEvent::AllocationCreateFailed(_) => {
                    tracing::warn!("the TURN server gives no address");
                    self.decided = true;
                }
                TurnEvent::PermissionCreateFailed(..) => tracing::warn!("the TURN server lets a peer not in"),
                _ => {}
            }
        }
    }

    fn clock(&self, now: Instant) -> stun_proto::Instant {
        let since = now.saturating_duration_since(self.born).as_nanos();
        stun_proto::Instant::from_nanos(i64::try_from(since).unwrap_or(i64::MAX))
    }
}
