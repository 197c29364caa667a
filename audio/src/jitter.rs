//! From packets that come when they like to 10 ms of sound whenever asked.
//!
//! ```text
//!  InPacket ─► seen before? ─► timeline ─► delay histogram ─► target depth ─┐
//!                 │ duplicate     │ late                                    ▼
//!                 ▼               ▼                     pull(10 ms): too deep ─► accelerate (drop a pitch period)
//!              counted         counted                               too thin ─► expand (repeat one)
//!                                                                    hole     ─► FEC of the next packet, or a bridge to it,
//!                                                                                else conceal
//!                                                                    empty    ─► conceal, the position stays
//! ```
//!
//! Depth is measured against the fastest packet of the last four seconds: a sound is `depth` late compared with the
//! moment at which the luckiest packet would have brought it. A packet is in time when its own lateness is at most the
//! depth, so the wished depth is a quantile of the latenesses seen.

pub mod comfort;
mod delay;
mod extend;
mod playout;
mod seen;
mod stretch;

use std::collections::VecDeque;
use std::time::Instant;

use rtp::packet::InPacket;

use crate::codec::{CodecError, CodecKind, Decoder, MAX_PACKET_SAMPLES};
use comfort::Comfort;
use delay::DelayEstimator;
pub use playout::{Playout, PlayoutStats};
use seen::SeenWindow;

/// More than this many packets never wait; 5 s of 20 ms.
const MOST_PACKETS: usize = 250;
/// After this much made-up sound without a packet, the next packet begins a new spurt.
const SPURT_GAP_MS: i64 = 500;
/// A packet this much faster or slower than its fellows belongs to another timeline.
const STRAY_US: std::ops::RangeInclusive<i64> = -1_000_000..=3_000_000;
/// Depth above the target that is left alone.
const SLACK_US: i64 = 20_000;
/// Depth below the target that is left alone; less than what the target has beyond the quantile.
const LACK_US: i64 = 5_000;
/// Depth above the target at which what came too late is still heard.
const STAY_US: i64 = 15_000;
/// Beyond this the excess is dropped at once.
const FLOOD_US: i64 = 500_000;
/// The longest hole whose sides are tied to each other.
const LONGEST_BRIDGE_US: i64 = 60_000;
/// Sound is taken 10 ms at a time, so a packet may be asked for 10 ms before it is heard.
const MARGIN_US: i64 = 10_000;
/// At least this many pulls between two changes of speed.
const STRETCH_REST: u32 = 5;

struct Waiting {
    /// Position of the first sample.
    start: i64,
    samples: usize,
    payload: Vec<u8>,
}

impl Waiting {
    fn end(&self) -> i64 {
        self.start + self.samples as i64
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Waits until the first packet is as old as the target depth.
    Filling,
    Playing,
}

/// An adaptive [`Playout`] for one codec. Positions are samples of the decoded stream, 64 bits wide.
pub struct JitterBuffer {
    decoder: Decoder,
    rate_hz: i64,
    /// Samples in one tick of the RTP clock.
    per_tick: i64,
    /// The zero of times.
    anchor: Option<Instant>,
    /// Newest timestamp: as sent, and as position.
    newest: Option<(u32, i64)>,
    source: Option<u32>,
    stray_transit: Option<i64>,
    seen: SeenWindow,
    delays: DelayEstimator,
    packets: VecDeque<Waiting>,
    /// Decoded and not yet heard.
    pcm: Vec<f32>,
    /// The last 15 ms that were heard.
    past: Vec<f32>,
    /// Position of the first sample that is not in `pcm`.
    next: i64,
    /// Made-up samples at the end of what was played that stand beyond `next`.
    beyond: i64,
    phase: Phase,
    /// When sound is asked for, µs.
    now_us: i64,
    rested: u32,
    /// Smoothed share of packets that were missing in place, and whether it is worth waiting for what comes behind them.
    loss: f32,
    loses: bool,
    /// Length of a packet, µs.
    frame_us: i64,
    /// The last packet was a DTX marker: silence after it is meant.
    resting_sender: bool,
    comfort: Comfort,
    /// Where the sender began to rest.
    rests_from: i64,
    counts: PlayoutStats,
    concealed: u64,
    restored: u64,
    accelerated: u64,
    expanded: u64,
}

impl JitterBuffer {
    /// An empty buffer.
    ///
    /// # Errors
    /// The decoder cannot be made.
    pub fn new(kind: CodecKind) -> Result<Self, CodecError> {
        Ok(Self {
            decoder: Decoder::new(kind)?,
            rate_hz: i64::from(kind.sample_rate_hz()),
            per_tick: i64::from(kind.sample_rate_hz() / kind.rtp_clock_hz()),
            anchor: None,
            newest: None,
            source: None,
            stray_transit: None,
            seen: SeenWindow::default(),
            delays: DelayEstimator::new(),
            packets: VecDeque::new(),
            pcm: Vec::with_capacity(2 * MAX_PACKET_SAMPLES),
            past: vec![0.0; stretch::longest(kind.sample_rate_hz() as usize)],
            next: i64::MIN,
            beyond: 0,
            phase: Phase::Filling,
            now_us: 0,
            rested: 0,
            loss: 0.0,
            loses: false,
            frame_us: 20_000,
            resting_sender: false,
            comfort: Comfort::default(),
            rests_from: i64::MIN,
            counts: PlayoutStats::default(),
            concealed: 0,
            restored: 0,
            accelerated: 0,
            expanded: 0,
        })
    }

    /// What it decodes.
    pub fn codec(&self) -> CodecKind {
        self.decoder.kind()
    }

    /// The sender rests, and says how loud its silence is (RFC 3389).
    pub fn rest(&mut self, comfort_noise: &InPacket) {
        if self.source.is_none_or(|known| known == comfort_noise.ssrc) {
            // Its number must not look like a loss; its sound is no packet of the codec.
            self.seen.is_duplicate(comfort_noise.sequence);
            self.comfort.rest(&comfort_noise.payload);
            self.rests_from = self.position(comfort_noise.timestamp);
        }
    }

    /// Time of a position on the sender's clock, µs.
    fn media_us(&self, position: i64) -> i64 {
        position * 1_000_000 / self.rate_hz
    }

    fn since_anchor_us(&mut self, time: Instant) -> i64 {
        let anchor = *self.anchor.get_or_insert(time);
        match time.checked_duration_since(anchor) {
            Some(later) => later.as_micros() as i64,
            None => -(anchor.duration_since(time).as_micros() as i64),
        }
    }

    /// How late sound at `position` is when it is heard at `now_us`, compared with the fastest packet.
    fn depth_us(&self, now_us: i64, position: i64) -> i64 {
        now_us - self.media_us(position) - self.delays.fastest_us()
    }

    /// How late what is heard next is, ms; 0 before anything is heard.
    fn depth_ms(&self) -> u32 {
        if self.phase == Phase::Filling {
            return 0;
        }
        let heard = self.next + self.beyond - self.pcm.len() as i64;
        (self.depth_us(self.now_us, heard) / 1000 + 10).clamp(0, 10_000) as u32
    }

    fn target_us(&self) -> i64 {
        let jitter = self.delays.target_us();
        // FEC and bridges are of use when the packet after the hole is there.
        if self.loses { jitter.max(self.frame_us + MARGIN_US + LACK_US) } else { jitter }
    }

    /// The 64-bit position of a timestamp near the newest one (it wraps).
    fn position(&self, timestamp: u32) -> i64 {
        match self.newest {
            Some((raw, position)) => position + i64::from(timestamp.wrapping_sub(raw) as i32) * self.per_tick,
            None => i64::from(timestamp) * self.per_tick,
        }
    }

    fn new_timeline(&mut self) {
        self.packets.clear();
        self.delays.forget_fastest();
        self.seen = SeenWindow::default();
        self.newest = None;
        self.stray_transit = None;
        self.next = i64::MIN;
        self.beyond = 0;
        self.phase = Phase::Filling;
    }

    /// Whether a packet with this transit time belongs here; two strays in accord begin a new timeline.
    fn belongs(&mut self, arrival_us: i64, timestamp: u32) -> bool {
        let Some(fastest) = self.delays.known_fastest_us() else { return true };
        let transit = arrival_us - self.media_us(self.position(timestamp));
        if STRAY_US.contains(&(transit - fastest)) {
            self.stray_transit = None;
            return true;
        }
        if self.stray_transit.is_some_and(|earlier| (transit - earlier).abs() < 200_000) {
            self.new_timeline();
            return true;
        }
        self.stray_transit = Some(transit);
        false
    }

    fn store(&mut self, start: i64, samples: usize, payload: &[u8]) {
        let at = self.packets.partition_point(|p| p.start < start);
        if self.packets.get(at).is_some_and(|p| p.start == start) {
            self.counts.duplicates += 1;
            return;
        }
        self.packets.insert(at, Waiting { start, samples, payload: payload.to_vec() });
        if self.packets.len() > MOST_PACKETS {
            self.packets.pop_front();
            self.counts.late += 1;
        }
    }

    /// Brings the depth towards the target.
    fn regulate(&mut self, now_us: i64) {
        self.rested += 1;
        let target = self.target_us();
        let depth = self.depth_us(now_us, self.next + self.beyond - self.pcm.len() as i64);
        if depth > target + FLOOD_US {
            self.drop_flood(now_us, target);
        } else if depth > target + SLACK_US && self.rested >= STRETCH_REST && self.has(30) {
            let urgent = depth > 2 * target + 100_000;
            let removed = stretch::accelerate(&mut self.pcm, self.rate_hz as usize, if urgent { 0.5 } else { 0.9 });
            self.accelerated += removed as u64;
            self.rested = if removed == 0 { self.rested } else { 0 };
        } else if depth < target - LACK_US && self.rested >= STRETCH_REST && self.has(15) {
            let added = stretch::expand(&self.past, &mut self.pcm, self.rate_hz as usize, 0.9);
            self.expanded += added as u64;
            self.rested = if added == 0 { self.rested } else { 0 };
        }
    }

    fn drop_flood(&mut self, now_us: i64, target: i64) {
        while self.packets.len() > 1 {
            let Some(first) = self.packets.front() else { return };
            if self.depth_us(now_us, first.start) <= target {
                break;
            }
            self.packets.pop_front();
        }
        let Some(first) = self.packets.front() else { return };
        let skipped = first.start - self.next;
        if skipped > 0 {
            self.next = first.start;
            self.beyond = 0;
            self.pcm.clear();
            self.accelerated += skipped as u64;
        }
    }

    /// Decodes ahead until `ms` of sound wait; false if packets that follow on are missing.
    fn has(&mut self, ms: usize) -> bool {
        let wanted = self.rate_hz as usize * ms / 1000;
        while self.pcm.len() < wanted {
            match self.packets.front() {
                Some(first) if first.start <= self.next => self.extend(),
                _ => return false,
            }
        }
        true
    }

    /// Begins to play when the first packet is old enough.
    fn begin(&mut self, now_us: i64) {
        while self.packets.front().is_some_and(|p| p.end() <= self.next) {
            self.packets.pop_front();
            self.counts.late += 1;
        }
        let Some(first) = self.packets.front() else { return };
        let start = first.start;
        if self.depth_us(now_us, start) >= self.target_us() {
            self.next = start;
            self.beyond = 0;
            self.phase = Phase::Playing;
        }
    }
}

impl Playout for JitterBuffer {
    fn insert(&mut self, packet: &InPacket) {
        let Some(samples) = self.decoder.samples(&packet.payload) else {
            self.counts.refused += 1;
            return;
        };
        let arrival_us = self.since_anchor_us(packet.arrival);
        if self.source.replace(packet.ssrc).is_some_and(|known| known != packet.ssrc) {
            self.new_timeline();
        }
        if self.seen.is_duplicate(packet.sequence) {
            self.counts.duplicates += 1;
            return;
        }
        if !self.belongs(arrival_us, packet.timestamp) {
            self.counts.refused += 1;
            return;
        }
        let start = self.position(packet.timestamp);
        if self.newest.is_none_or(|(_, newest)| start > newest) {
            self.newest = Some((packet.timestamp, start));
        }
        self.delays.observe(arrival_us, arrival_us - self.media_us(start));
        if start + samples as i64 <= self.next {
            self.counts.late += 1;
            return;
        }
        self.store(start, samples, &packet.payload);
    }

    fn pull(&mut self, now: Instant, out: &mut [f32]) {
        let now_us = self.since_anchor_us(now);
        self.now_us = now_us;
        if self.phase == Phase::Filling {
            self.begin(now_us);
        }
        if self.phase == Phase::Playing {
            self.regulate(now_us);
            while self.pcm.len() < out.len() {
                self.extend();
            }
        }
        let ready = self.pcm.len().min(out.len());
        out[..ready].copy_from_slice(&self.pcm[..ready]);
        if !self.comfort.fill(&mut out[ready..]) {
            out[ready..].fill(0.0);
        }
        self.pcm.drain(..ready);
        let kept = self.past.len();
        self.past.extend_from_slice(out);
        self.past.drain(..self.past.len() - kept);
    }

    fn restart(&mut self) {
        self.new_timeline();
        self.pcm.clear();
        self.resting_sender = false;
        self.comfort.end();
    }

    fn stats(&self) -> PlayoutStats {
        let ms = |samples: u64| samples * 1000 / self.rate_hz as u64;
        let waiting = self.packets.iter().map(|p| p.samples).sum::<usize>() + self.pcm.len();
        PlayoutStats {
            concealed_ms: ms(self.concealed),
            fec_ms: ms(self.restored),
            accelerated_ms: ms(self.accelerated),
            expanded_ms: ms(self.expanded),
            buffer_ms: ms(waiting as u64) as u32,
            target_ms: (self.target_us() / 1000) as u32,
            depth_ms: self.depth_ms(),
            ..self.counts
        }
    }

    fn sample_rate_hz(&self) -> u32 {
        self.rate_hz as u32
    }
}

#[cfg(test)]
mod tests;
