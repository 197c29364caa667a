//! ICE of a session: the sockets of what `ice` decides.

use std::net::SocketAddr;
use std::time::Instant;

use super::{MediaSession, Port, send_to};
use crate::ice::{Ice, IceServers, Taken, Told};
use crate::ports::PortPair;

impl MediaSession {
    /// Begins to look for our addresses.
    pub fn gather(&mut self, now: Instant, servers: &IceServers, told: Told) {
        self.ice = Some(Ice::gather(now, self.sockets.local, servers, told, &mut self.rng));
        self.flush_ice();
    }

    /// What was agreed, or that the peer does without: then what was found is given back.
    pub(super) fn agree_on_ice(&mut self, now: Instant) {
        let Some(active) = &self.active else { return };
        match (&mut self.ice, &active.config.ice) {
            (Some(ice), Some(config)) => ice.agree(now, config),
            (Some(_), None) => return self.leave_ice(now),
            (None, _) => return,
        }
        self.flush_ice();
    }

    /// Goes on without.
    pub fn leave_ice(&mut self, now: Instant) {
        if let Some(ice) = &mut self.ice {
            ice.close(now);
        }
        self.flush_ice();
        self.ice = None;
    }

    pub(super) fn look_for_ice(&mut self, now: Instant, port: Port, from: SocketAddr, datagram: &[u8]) -> Taken {
        let Some(ice) = self.ice.as_mut().filter(|_| port == Port::Rtp) else { return Taken::Passed };
        let before = ice.destination();
        let taken = ice.take(now, from, datagram);
        let found = before.is_none() && ice.destination().is_some();
        self.flush_ice();
        if found {
            self.handshake_now(now);
        }
        taken
    }

    /// Asks and checks what is due.
    pub fn ice_if_due(&mut self, now: Instant) {
        let Some(ice) = self.ice.as_mut() else { return };
        if ice.deadline().is_some_and(|due| due <= now) {
            ice.timeout(now);
            self.flush_ice();
        }
    }

    fn flush_ice(&mut self) {
        if let Some(ice) = &mut self.ice {
            flush(&self.sockets, ice);
        }
    }
}

/// Sends what waits; true if all of it left.
pub(super) fn flush(sockets: &PortPair, ice: &mut Ice) -> bool {
    let mut all = true;
    while let Some(outgoing) = ice.transmit() {
        all &= send_to(&sockets.rtp, &outgoing.bytes, outgoing.to);
    }
    all
}
