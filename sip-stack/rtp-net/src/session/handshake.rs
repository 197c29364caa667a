//! DTLS of a session: datagrams of the handshake on their way in and out.

use std::net::SocketAddr;
use std::time::Instant;

use super::{MediaSession, Port, send_by};
use crate::active::Secure;

/// Datagrams that are kept until there is an agreement: a first flight, twice.
const MAX_EARLY: usize = 4;

pub(super) struct Early {
    port: Port,
    from: SocketAddr,
    datagram: Vec<u8>,
}

impl MediaSession {
    pub(super) fn receive_dtls(&mut self, now: Instant, port: Port, from: SocketAddr, datagram: &[u8]) -> bool {
        let Some(active) = self.active.as_mut() else { return self.keep(port, from, datagram) };
        let Some(dtls) = active.dtls.as_mut() else { return false };
        let mut fresh = false;
        dtls.datagram(now, port, from, datagram, |keys| {
            fresh = port == Port::Rtp;
            Secure::new(keys).inspect_err(|error| tracing::error!(%error, "keys of DTLS cannot be used")).ok()
        });
        if fresh {
            // One source under two keys would begin its rollover counter anew at any sequence number.
            self.stream.renew(&mut self.rng);
        }
        self.send_handshake(now);
        true
    }

    /// Repeats what is due.
    pub fn handshake_if_due(&mut self, now: Instant) {
        let dtls = self.active.as_mut().and_then(|active| active.dtls.as_mut());
        if let Some(dtls) = dtls.filter(|dtls| dtls.deadline().is_some_and(|due| due <= now)) {
            dtls.timeout(now);
            self.send_handshake(now);
            self.publish();
        }
    }

    /// An agreement is there: what came before it is read now, and our part begins.
    pub(super) fn take_early(&mut self, now: Instant) {
        if self.active.as_ref().is_some_and(|active| active.dtls.is_some()) {
            for Early { port, from, datagram } in std::mem::take(&mut self.early) {
                self.receive_dtls(now, port, from, &datagram);
            }
            self.send_handshake(now);
        }
    }

    fn keep(&mut self, port: Port, from: SocketAddr, datagram: &[u8]) -> bool {
        let room = self.early.len() < MAX_EARLY;
        if room {
            self.early.push(Early { port, from, datagram: datagram.to_vec() });
        }
        room
    }

    /// A way was found: what was sent before it was lost.
    pub(super) fn handshake_now(&mut self, now: Instant) {
        if let Some(dtls) = self.active.as_mut().and_then(|active| active.dtls.as_mut()) {
            dtls.timeout(now);
            self.send_handshake(now);
        }
    }

    /// Says that no media follows, after the last report.
    pub fn close_handshake(&mut self, now: Instant) {
        if let Some(dtls) = self.active.as_mut().and_then(|active| active.dtls.as_mut()) {
            dtls.close(now);
            self.send_handshake(now);
        }
    }

    fn send_handshake(&mut self, now: Instant) {
        let Some(dtls) = self.active.as_mut().and_then(|active| active.dtls.as_mut()) else { return };
        while let Some((port, to, datagram)) = dtls.transmit() {
            // What is lost here is repeated.
            send_by(now, &self.sockets, &mut self.ice, port, &datagram, to);
        }
    }
}
