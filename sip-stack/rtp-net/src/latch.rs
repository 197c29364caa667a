//! Symmetric RTP (RFC 4961): send to where the peer's media really comes from, without letting a stranger take the call.
//!
//! ```text
//!             from the current address ───────────────► accepted
//!             from the address that was negotiated ───► accepted, and current again: no stranger outlasts the real peer
//!  datagram ─ authenticated by SRTP ──────────────────► accepted, and the address is current at once
//!             another address:
//!               nothing was heard yet ─ 3 in sequence ► accepted, current
//!               the running stream goes on elsewhere ─► 3 in sequence: accepted, current (NAT rebinding)
//!               a stranger while media flows ─────────► dropped; after 2 s of silence as if nothing was heard
//! ```

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rtp::header::Header;

/// Packets in sequence that an unknown address must send.
const PROBATION: u8 = 3;
/// How long the current address must be silent before a stranger may take over.
const SILENCE: Duration = Duration::from_secs(2);
/// How far the sequence of a stream that moved may be from what was heard last: a guess would have to hit this and the SSRC.
const NEAR: u16 = 100;

/// Where one session's RTP goes to and who is believed.
#[derive(Debug, Clone)]
pub(crate) struct Latch {
    negotiated: SocketAddr,
    current: SocketAddr,
    heard: Option<Heard>,
    candidate: Option<Candidate>,
}

#[derive(Debug, Clone, Copy)]
struct Heard {
    at: Instant,
    ssrc: u32,
    sequence: u16,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    from: SocketAddr,
    ssrc: u32,
    sequence: u16,
    count: u8,
}

impl Latch {
    /// Begins with the address that the signalling named.
    pub fn new(negotiated: SocketAddr) -> Latch {
        Latch { negotiated, current: negotiated, heard: None, candidate: None }
    }

    /// Where to send.
    pub fn current(&self) -> SocketAddr {
        self.current
    }

    /// Whether the packet is believed; it may move the address.
    pub fn accept(&mut self, now: Instant, from: SocketAddr, header: &Header, authenticated: bool) -> bool {
        let expected = from == self.current || from == self.negotiated;
        let accepted = expected || authenticated || self.passes_probation(now, from, header);
        if accepted {
            self.current = from;
            self.candidate = None;
            self.heard = Some(Heard { at: now, ssrc: header.ssrc, sequence: header.sequence });
        }
        accepted
    }

    fn passes_probation(&mut self, now: Instant, from: SocketAddr, header: &Header) -> bool {
        if !self.may_move(now, header) {
            return false;
        }
        let count = match self.candidate {
            Some(known)
                if known.from == from
                    && known.ssrc == header.ssrc
                    && known.sequence.wrapping_add(1) == header.sequence =>
            {
                known.count + 1
            }
            _ => 1,
        };
        self.candidate = Some(Candidate { from, ssrc: header.ssrc, sequence: header.sequence, count });
        count >= PROBATION
    }

    fn may_move(&self, now: Instant, header: &Header) -> bool {
        let Some(heard) = self.heard else { return true };
        let ahead = header.sequence.wrapping_sub(heard.sequence);
        let goes_on = heard.ssrc == header.ssrc && ahead < NEAR;
        goes_on || now.saturating_duration_since(heard.at) >= SILENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "192.0.2.1:4000";
    const MOVED: &str = "192.0.2.9:40001";
    const STRANGER: &str = "198.51.100.7:4000";

    struct Scene {
        latch: Latch,
        start: Instant,
    }

    impl Scene {
        fn new() -> Scene {
            Scene { latch: Latch::new(PEER.parse().unwrap()), start: Instant::now() }
        }

        fn packet(&mut self, ms: u64, from: &str, ssrc: u32, sequence: u16) -> bool {
            let header = Header { payload_type: 0, marker: false, sequence, timestamp: 0, ssrc };
            self.latch.accept(self.start + Duration::from_millis(ms), from.parse().unwrap(), &header, false)
        }

        fn sends_to(&self, address: &str) -> bool {
            self.latch.current() == address.parse::<SocketAddr>().unwrap()
        }
    }

    #[test]
    fn the_negotiated_address_is_believed_from_the_first_packet() {
        let mut scene = Scene::new();
        assert!(scene.packet(0, PEER, 1, 10));
    }

    #[test]
    fn a_peer_behind_nat_is_found_after_three_packets_in_sequence() {
        let mut scene = Scene::new();
        let accepted = [10, 11, 13, 14, 15, 16].map(|n| scene.packet(0, MOVED, 1, n));
        assert_eq!(accepted, [false, false, false, false, true, true]);
        assert!(scene.sends_to(MOVED));
    }

    #[test]
    fn a_stranger_never_takes_a_stream_that_flows() {
        let mut scene = Scene::new();
        for n in 0..200u16 {
            assert!(scene.packet(u64::from(n) * 20, PEER, 1, n));
            assert!(!scene.packet(u64::from(n) * 20 + 1, STRANGER, 2, n));
        }
        assert!(scene.sends_to(PEER));
    }

    #[test]
    fn a_stranger_who_came_first_gives_way_to_the_peer() {
        let mut scene = Scene::new();
        let early = [1, 2, 3].map(|n| scene.packet(0, STRANGER, 2, n));
        assert_eq!(early, [false, false, true]);
        assert!(scene.sends_to(STRANGER));
        assert!(scene.packet(20, PEER, 1, 1));
        assert!(!scene.packet(21, STRANGER, 2, 4) && scene.sends_to(PEER));
    }

    #[test]
    fn a_source_may_be_replaced_after_silence() {
        let mut scene = Scene::new();
        scene.packet(0, PEER, 1, 1);
        let accepted = [1990, 2010, 2030, 2050].map(|ms| scene.packet(ms, MOVED, 2, (ms / 20) as u16));
        assert_eq!(accepted, [false, false, false, true]);
    }

    #[test]
    fn a_stream_that_goes_on_from_elsewhere_is_followed_without_waiting() {
        let mut scene = Scene::new();
        scene.packet(0, PEER, 1, 65_534);
        let accepted = [65_535, 0, 1].map(|n| scene.packet(20, MOVED, 1, n));
        assert_eq!(accepted, [false, false, true]);
    }

    #[test]
    fn an_authenticated_packet_moves_the_address_at_once() {
        let mut scene = Scene::new();
        scene.packet(0, PEER, 1, 1);
        let header = Header { payload_type: 0, marker: false, sequence: 9000, timestamp: 0, ssrc: 5 };
        assert!(scene.latch.accept(scene.start, MOVED.parse().unwrap(), &header, true));
        assert!(scene.sends_to(MOVED));
    }
}
