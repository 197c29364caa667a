//! The numbers of what we send.

use std::time::Instant;

use rand::Rng;
use rand::rngs::StdRng;
use rtp::header::Header;
use rtp::packet::OutPacket;

/// SSRC, sequence and timestamps of our stream; they outlive every change of configuration but a new key of ours.
#[derive(Debug)]
pub(crate) struct OutStream {
    pub ssrc: u32,
    pub cname: String,
    sequence: u16,
    timestamp_offset: u32,
    last: Option<(Instant, u32)>,
}

impl OutStream {
    pub fn new(rng: &mut StdRng) -> OutStream {
        OutStream {
            ssrc: rng.random(),
            // RFC 7022 §4.2: 96 random bits.
            cname: format!("{:08x}{:016x}", rng.random::<u32>(), rng.random::<u64>()),
            // RFC 3711 §3.3.1: far from the first wrap, so that a lost start cannot confuse the rollover counter.
            sequence: rng.random_range(0..1 << 14),
            timestamp_offset: rng.random(),
            last: None,
        }
    }

    /// Starts a new source for a new key.
    pub fn renew(&mut self, rng: &mut StdRng) {
        *self = OutStream { cname: std::mem::take(&mut self.cname), ..OutStream::new(rng) };
    }

    /// The header of the next packet.
    pub fn next_header(&mut self, now: Instant, packet: &OutPacket) -> Header {
        let timestamp = packet.timestamp.wrapping_add(self.timestamp_offset);
        self.last = Some((now, timestamp));
        self.sequence = self.sequence.wrapping_add(1);
        let OutPacket { payload_type, marker, .. } = *packet;
        Header { payload_type, marker, sequence: self.sequence, timestamp, ssrc: self.ssrc }
    }

    /// What the RTP clock shows at a moment (RFC 3550 §6.4.1); `None` before the first packet.
    pub fn timestamp_at(&self, now: Instant, clock_hz: u32) -> Option<u32> {
        let (sent, timestamp) = self.last?;
        let since = now.saturating_duration_since(sent).as_nanos() * u128::from(clock_hz) / 1_000_000_000;
        Some(timestamp.wrapping_add(since as u32))
    }
}
