#![allow(
    clippy::disallowed_methods,
    reason = "Instant::now gives the zero of the virtual clock; nothing reads it again"
)]

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::codec::{Encoder, OpusSettings};

const FRAME_US: i64 = 20_000;

/// A line with faults, all decided by a seed.
#[derive(Clone, Copy)]
struct Line {
    kind: CodecKind,
    seconds: i64,
    /// Of 1.
    loss: f64,
    /// Exponential delay with this mean, µs.
    jitter_us: f64,
    /// Sender's clock compared with ours.
    ppm: f64,
    first_sequence: u16,
    first_timestamp: u32,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            kind: CodecKind::Pcmu,
            seconds: 10,
            loss: 0.0,
            jitter_us: 0.0,
            ppm: 0.0,
            first_sequence: 7,
            first_timestamp: 1_000,
        }
    }
}

struct Dice(u64);

impl Dice {
    /// 0…1.
    fn roll(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A voice with pauses: half a second of sound, a quarter of none.
fn voice(rate_hz: u32, seconds: i64) -> Vec<f32> {
    let mut phase = 0.0_f32;
    (0..i64::from(rate_hz) * seconds)
        .map(|n| {
            let t = n as f32 / rate_hz as f32;
            phase = (phase + (130.0 + 30.0 * (t * 5.0).sin()) / rate_hz as f32).fract();
            let loud = if t % 0.75 < 0.5 { ((t % 0.75) * std::f32::consts::TAU).sin().abs() } else { 0.0 };
            loud * (1..8).map(|h| 0.12 / h as f32 * (std::f32::consts::TAU * phase * h as f32).sin()).sum::<f32>()
        })
        .collect()
}

impl Line {
    fn encode(&self) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new(self.kind, &OpusSettings::default()).unwrap();
        let mut room = [0; 1500];
        voice(self.kind.sample_rate_hz(), self.seconds)
            .chunks_exact(self.kind.sample_rate_hz() as usize / 50)
            .map(|pcm| {
                let bytes = encoder.encode(pcm, &mut room).unwrap();
                room[..bytes].to_vec()
            })
            .collect()
    }

    /// Packets in the order in which they come.
    fn packets(&self, zero: Instant) -> Vec<InPacket> {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let ticks = self.kind.rtp_clock_hz() / 50;
        let mut packets: Vec<InPacket> = Vec::new();
        for (n, payload) in self.encode().iter().enumerate() {
            let sent = (n as f64 * FRAME_US as f64 * (1.0 - self.ppm * 1e-6)) as i64;
            let late = -self.jitter_us * (1.0 - dice.roll()).ln();
            if dice.roll() < self.loss {
                continue;
            }
            packets.push(InPacket {
                arrival: zero + Duration::from_micros((sent + late as i64 + 50_000) as u64),
                payload_type: 0,
                marker: n == 0,
                sequence: self.first_sequence.wrapping_add(n as u16),
                timestamp: self.first_timestamp.wrapping_add(n as u32 * ticks),
                ssrc: 1,
                payload: payload.as_slice().try_into().unwrap(),
            });
        }
        packets.sort_by_key(|p| p.arrival);
        packets
    }

    fn run(&self) -> (Vec<f32>, JitterBuffer) {
        let zero = Instant::now();
        play(self.kind, zero, &self.packets(zero), self.seconds)
    }
}

/// Plays packets under the virtual clock; the sound, and the buffer as it is at the end.
fn play(kind: CodecKind, zero: Instant, packets: &[InPacket], seconds: i64) -> (Vec<f32>, JitterBuffer) {
    let mut buffer = JitterBuffer::new(kind).unwrap();
    let mut heard = Vec::new();
    let mut block = vec![0.0; kind.sample_rate_hz() as usize / 100];
    let mut coming = packets.iter().peekable();
    for pull in 0..seconds * 100 {
        let now = zero + Duration::from_millis(pull as u64 * 10 + 3);
        while let Some(packet) = coming.next_if(|p| p.arrival <= now) {
            buffer.insert(packet);
        }
        buffer.pull(now, &mut block);
        heard.extend_from_slice(&block);
    }
    (heard, buffer)
}

/// What the codec alone makes of the voice.
fn plain(line: &Line) -> Vec<f32> {
    let mut decoder = Decoder::new(line.kind).unwrap();
    let mut frame = [0.0; MAX_PACKET_SAMPLES];
    line.encode()
        .iter()
        .flat_map(|packet| {
            let samples = decoder.decode(packet, &mut frame).unwrap();
            frame[..samples].to_vec()
        })
        .collect()
}

/// Samples after which `plain` begins in `heard`, if the two are alike there for a second.
fn delay(heard: &[f32], plain: &[f32], rate_hz: u32, at_s: usize) -> Option<usize> {
    let rate = rate_hz as usize;
    let wanted = &plain[at_s * rate..(at_s + 1) * rate];
    (0..rate / 2).find(|d| {
        let got = &heard[at_s * rate + d..(at_s + 1) * rate + d];
        got.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-4)
    })
}

#[test]
fn a_clean_line_is_heard_bit_for_bit_and_soon() {
    for kind in [CodecKind::Opus, CodecKind::G722, CodecKind::Pcma, CodecKind::Pcmu] {
        let line = Line { kind, ..Line::default() };
        let (heard, buffer) = line.run();
        let stats = buffer.stats();
        assert_eq!((stats.concealed_ms, stats.late, stats.accelerated_ms, stats.expanded_ms), (0, 0, 0, 0), "{kind:?}");
        let delays = [1, 4, 7].map(|s| delay(&heard, &plain(&line), kind.sample_rate_hz(), s));
        let ms = delays[0].unwrap_or_else(|| panic!("{kind:?} is not the same sound")) * 1000
            / kind.sample_rate_hz() as usize;
        // 50 ms of line, 20 to 30 of buffer.
        assert!((70..=85).contains(&ms), "{kind:?}: {ms} ms");
        assert_eq!(delays[0], delays[1]);
        assert_eq!(delays[1], delays[2]);
    }
}

#[test]
fn numbers_may_wrap_anywhere() {
    let (usual, _) = Line::default().run();
    let line = Line { first_sequence: u16::MAX - 100, first_timestamp: u32::MAX - 20_000, ..Line::default() };
    let (wrapped, buffer) = line.run();
    assert!(usual == wrapped);
    assert_eq!(buffer.stats().late, 0);
}

#[test]
fn a_lost_packet_is_made_up_in_its_place() {
    for kind in [CodecKind::G722, CodecKind::Pcmu, CodecKind::Opus] {
        let line = Line { kind, loss: 0.05, ..Line::default() };
        let zero = Instant::now();
        let lost = (500 - line.packets(zero).len() as u64) * 20;
        let (heard, buffer) = line.run();
        let stats = buffer.stats();
        let made_up = stats.concealed_ms + stats.fec_ms;
        assert!(made_up.abs_diff(lost) <= 40, "{kind:?}: {made_up} ms of {lost}");
        assert_eq!(stats.late, 0);
        // The sound after many losses stands where it stood before them, but for what FEC wishes to wait for.
        let moved = stats.expanded_ms.abs_diff(stats.accelerated_ms);
        assert!(moved <= 40, "{kind:?} moved by {moved} ms");
        assert!(heard.iter().all(|s| s.is_finite()));
    }
}

#[test]
fn fec_restores_most_of_what_opus_loses() {
    let line = Line { kind: CodecKind::Opus, loss: 0.05, seconds: 20, ..Line::default() };
    let stats = line.run().1.stats();
    assert!(stats.fec_ms > stats.concealed_ms, "{stats:?}");
    assert!(stats.target_ms >= 30);
}

#[test]
fn losses_of_g711_are_waited_for_as_long_as_a_packet_takes() {
    let line = Line { kind: CodecKind::Pcma, loss: 0.05, seconds: 20, ..Line::default() };
    let stats = line.run().1.stats();
    assert!((30..=40).contains(&stats.target_ms), "{stats:?}");
    // The decoder of G.722 has nothing of it.
    let stats = Line { kind: CodecKind::G722, ..line }.run().1.stats();
    assert!(stats.target_ms <= 20, "{stats:?}");
}

#[test]
fn in_a_pause_noise_of_the_level_that_was_told_is_heard_and_nothing_is_made_up() {
    for pause in [200_usize, 2_000] {
        let line = Line { kind: CodecKind::Pcma, seconds: 8, ..Line::default() };
        let zero = Instant::now();
        let packets = line.packets(zero);
        let quiet = 100..100 + pause / 20;
        let mut noise = packets[100].clone();
        noise.payload = [50].as_slice().try_into().unwrap();
        let mut buffer = JitterBuffer::new(line.kind).unwrap();
        let (mut heard, mut block) = (Vec::new(), [0.0; 80]);
        let mut coming = packets.iter().enumerate().peekable();
        for pull in 0..800 {
            let now = zero + Duration::from_millis(pull * 10 + 3);
            while let Some((n, packet)) = coming.next_if(|(_, p)| p.arrival <= now) {
                if n == 100 {
                    buffer.rest(&noise);
                } else if !quiet.contains(&n) {
                    buffer.insert(packet);
                }
            }
            buffer.pull(now, &mut block);
            heard.extend_from_slice(&block);
        }
        // Packet 100 is heard 50 + 20 ms after it was sent.
        let from = 8 * (2_000 + 90);
        let piece = &heard[from..from + 8 * (pause - 40)];
        let rms = (piece.iter().map(|s| s * s).sum::<f32>() / piece.len() as f32).sqrt();
        let dbov = 20.0 * rms.log10();
        assert!((dbov + 50.0).abs() < 0.5, "{pause}: {dbov}");
        let stats = buffer.stats();
        // Only what follows the end of all sound.
        assert!(stats.concealed_ms <= 20, "{pause}: {stats:?}");
        assert!(delay(&heard, &plain(&line), 8_000, 6).is_some(), "{pause}");
    }
}

#[test]
fn order_and_doubles_do_not_matter() {
    let line = Line { jitter_us: 0.0, ..Line::default() };
    let zero = Instant::now();
    let mut packets = line.packets(zero);
    // Every tenth packet is overtaken by two others, every seventh comes twice.
    for n in (20..packets.len() - 2).step_by(10) {
        packets[n].arrival += Duration::from_millis(45);
    }
    let doubles: Vec<_> = packets.iter().step_by(7).cloned().collect();
    let doubled = doubles.len() as u64;
    packets.extend(doubles);
    packets.sort_by_key(|p| p.arrival);
    let (heard, buffer) = play(line.kind, zero, &packets, line.seconds);
    let stats = buffer.stats();
    assert!(stats.duplicates.abs_diff(doubled) <= 1, "{stats:?}");
    assert!(stats.late <= 1 && stats.concealed_ms <= 60, "{stats:?}");
    assert!(delay(&heard, &plain(&line), 8_000, 8).is_some());
}

#[test]
fn depth_follows_the_jitter() {
    // Mean delays of 4 and 15 ms; by the exponential law 2 % are later than 3.9 times the mean.
    for (jitter_us, target) in [(4_000.0, 15..=40), (15_000.0, 50..=90)] {
        for kind in [CodecKind::Opus, CodecKind::Pcma] {
            let line = Line { kind, jitter_us, seconds: 60, ..Line::default() };
            let (_, buffer) = line.run();
            let stats = buffer.stats();
            assert!(target.contains(&stats.target_ms), "{jitter_us} {stats:?}");
            assert!(stats.late * 100 < 3_000 * 4, "{jitter_us} {stats:?}");
            assert!(stats.concealed_ms * 100 < 60_000 * 4, "{jitter_us} {stats:?}");
            assert!(stats.buffer_ms < 160, "{jitter_us} {stats:?}");
        }
    }
}

#[test]
fn clocks_may_differ_by_two_hundred_ppm() {
    for (ppm, kind) in
        [(200.0, CodecKind::Pcmu), (-200.0, CodecKind::Pcmu), (200.0, CodecKind::G722), (-200.0, CodecKind::G722)]
    {
        let line = Line { kind, ppm, seconds: 300, jitter_us: 1_000.0, ..Line::default() };
        let (_, buffer) = line.run();
        let stats = buffer.stats();
        // 300 s at 200 ppm are 60 ms.
        assert!(stats.buffer_ms <= 70, "{ppm} {kind:?} {stats:?}");
        assert!(stats.concealed_ms <= 60, "{ppm} {kind:?} {stats:?}");
        let changed = if ppm > 0.0 { stats.accelerated_ms } else { stats.expanded_ms + stats.concealed_ms };
        assert!((20..200).contains(&changed), "{ppm} {kind:?} {stats:?}");
    }
}

#[test]
fn after_a_spike_the_delay_comes_back() {
    let line = Line { seconds: 60, ..Line::default() };
    let zero = Instant::now();
    let mut packets = line.packets(zero);
    for packet in &mut packets {
        let at = packet.arrival.duration_since(zero);
        let (from, until) = (Duration::from_secs(5), Duration::from_millis(5_300));
        if at > from && at < until {
            packet.arrival = zero + until;
        }
    }
    let (heard, buffer) = play(line.kind, zero, &packets, line.seconds);
    let stats = buffer.stats();
    assert!(stats.concealed_ms >= 200 && stats.concealed_ms <= 320, "{stats:?}");
    let ms = delay(&heard, &plain(&line), 8_000, 55).expect("the same sound at the end") / 8;
    assert!(ms <= 120, "{ms} ms, {stats:?}");
}

#[test]
fn what_came_too_late_lengthens_the_delay_to_the_target_and_no_further() {
    for kind in [CodecKind::Pcma, CodecKind::Opus] {
        let line = Line { kind, seconds: 40, ..Line::default() };
        let zero = Instant::now();
        let mut packets = line.packets(zero);
        // Every three seconds a queue of 120 ms that empties.
        for (n, packet) in packets.iter_mut().enumerate() {
            packet.arrival += Duration::from_millis(120_u64.saturating_sub(20 * (n as u64 % 150)));
        }
        let mut buffer = JitterBuffer::new(kind).unwrap();
        let mut block = vec![0.0; kind.sample_rate_hz() as usize / 100];
        let mut coming = packets.iter().peekable();
        let mut deepest = 0;
        for pull in 0..4_000 {
            let now = zero + Duration::from_millis(pull * 10 + 3);
            while let Some(packet) = coming.next_if(|p| p.arrival <= now) {
                buffer.insert(packet);
            }
            buffer.pull(now, &mut block);
            if pull > 1_000 {
                deepest = deepest.max(buffer.stats().depth_ms);
            }
        }
        assert!((60..=135).contains(&deepest), "{kind:?} {deepest} ms {:?}", buffer.stats());
    }
}

#[test]
fn three_seconds_after_a_long_stall_the_buffer_is_shallow_again() {
    for stall_ms in [300, 700, 1_200, 2_000] {
        for kind in [CodecKind::Pcma, CodecKind::Opus] {
            let line = Line { kind, seconds: 8 + stall_ms as i64 / 1000, ..Line::default() };
            let zero = Instant::now();
            let mut packets = line.packets(zero);
            let (from, until) = (Duration::from_secs(5), Duration::from_millis(5_000 + stall_ms));
            for packet in &mut packets {
                let at = packet.arrival.duration_since(zero);
                if at > from && at < until {
                    packet.arrival = zero + until;
                }
            }
            let (_, buffer) = play(kind, zero, &packets, line.seconds);
            let stats = buffer.stats();
            assert!(stats.target_ms <= 60 && stats.buffer_ms <= 120, "{stall_ms} ms {kind:?}: {stats:?}");
        }
    }
}

#[test]
fn a_new_source_or_a_jump_of_its_clock_is_followed() {
    let line = Line { seconds: 9, ..Line::default() };
    let zero = Instant::now();
    for jump in [true, false] {
        let mut packets = line.packets(zero);
        for packet in packets.iter_mut().skip(200) {
            if jump {
                packet.timestamp = packet.timestamp.wrapping_sub(900_000_000);
            } else {
                packet.ssrc = 2;
                packet.timestamp = packet.timestamp.wrapping_add(123_456);
                packet.sequence = packet.sequence.wrapping_mul(31);
            }
        }
        let (heard, buffer) = play(line.kind, zero, &packets, line.seconds);
        let loud = |from: usize, to: usize| heard[from * 8_000..to * 8_000].iter().map(|s| s * s).sum::<f32>();
        assert!(loud(5, 8) > loud(1, 4) * 0.8, "jump {jump}: {:?}", buffer.stats());
    }
}

#[test]
fn a_pause_of_the_sender_ends_without_a_flood() {
    // Ten seconds of nothing; the clock of the sender went on, or stood still.
    for still in [false, true] {
        let line = Line { seconds: 4, ..Line::default() };
        let zero = Instant::now();
        let first = line.packets(zero);
        let mut packets = first.clone();
        for packet in &first {
            let mut later = packet.clone();
            later.arrival += Duration::from_secs(14);
            later.sequence = later.sequence.wrapping_add(200);
            later.timestamp = later.timestamp.wrapping_add(if still { 32_000 } else { 14 * 8_000 });
            packets.push(later);
        }
        let (heard, buffer) = play(line.kind, zero, &packets, 18);
        let stats = buffer.stats();
        assert!(stats.concealed_ms < 700, "still {still}: {stats:?}");
        assert!(heard[6 * 8_000..13 * 8_000].iter().all(|s| *s == 0.0));
        let plain = plain(&line);
        let again = &heard[14 * 8_000..];
        let ms = delay(again, &plain, 8_000, 2).expect("heard again") / 8;
        assert!(ms <= 100, "still {still}: {ms} ms");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn whatever_comes_ten_ms_are_given(
        packets in prop::collection::vec((0_u64..2_000, any::<u16>(), any::<u32>(), 0_u32..3, 0_usize..400), 0..120),
    ) {
        for kind in [CodecKind::Pcma, CodecKind::Opus] {
            let zero = Instant::now();
            let mut coming: Vec<InPacket> = packets.iter().map(|(ms, sequence, timestamp, ssrc, length)| InPacket {
                arrival: zero + Duration::from_millis(*ms),
                payload_type: 8,
                marker: false,
                sequence: *sequence,
                timestamp: *timestamp,
                ssrc: *ssrc,
                payload: vec![*sequence as u8; *length].as_slice().try_into().unwrap(),
            }).collect();
            coming.sort_by_key(|p| p.arrival);
            let (heard, _) = play(kind, zero, &coming, 3);
            prop_assert!(heard.iter().all(|s| s.is_finite()));
        }
    }
}
