//! What happens to packets on their way; everything by a seed.

use std::time::{Duration, Instant};

use audio::codec::CodecKind;
use rtp::packet::InPacket;

/// Numbers that a seed decides.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// 0…1.
    pub fn roll(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Which packets are lost.
#[derive(Clone, Copy, PartialEq)]
pub enum Loss {
    /// Each by itself, share of 1.
    Random(f64),
    /// In bursts of 2.5 packets in the mean (Gilbert), share of 1.
    Burst(f64),
}

/// How long packets take.
#[derive(Clone, Copy, PartialEq)]
pub enum Delay {
    None,
    /// Each by itself; ms at the shares 0, ½, 0.95, 0.99 and 1.
    Spread([f64; 5]),
    /// Below a spread of 3/14 ms a queue of 120 ms now and then, which empties in 120 ms.
    Spikes,
    /// Every tenth packet is overtaken by two.
    Reorder,
}

/// A line.
#[derive(Clone, Copy)]
pub struct Line {
    pub name: &'static str,
    pub loss: Loss,
    pub delay: Delay,
    /// Share of packets that come twice.
    pub doubled: f64,
    /// Sender's clock against ours.
    pub ppm: f64,
}

const fn lossy(name: &'static str, loss: Loss) -> Line {
    Line { name, loss, delay: Delay::None, doubled: 0.0, ppm: 0.0 }
}

const fn late(name: &'static str, delay: Delay) -> Line {
    Line { name, loss: Loss::Random(0.0), delay, doubled: 0.0, ppm: 0.0 }
}

/// Loss, percent; `b` in bursts.
pub const LOSSES: [Line; 9] = [
    lossy("0", Loss::Random(0.0)),
    lossy("1", Loss::Random(0.01)),
    lossy("3", Loss::Random(0.03)),
    lossy("5", Loss::Random(0.05)),
    lossy("10", Loss::Random(0.10)),
    lossy("20", Loss::Random(0.20)),
    lossy("b5", Loss::Burst(0.05)),
    lossy("b10", Loss::Burst(0.10)),
    lossy("b20", Loss::Burst(0.20)),
];

/// Jitter and what else a network does; the first has the percentiles of a local network, the second those of bad radio.
pub const JITTERS: [Line; 7] = [
    late("lan5", Delay::Spread([0.0, 3.5, 9.9, 13.0, 18.0])),
    late("wifi15", Delay::Spread([0.0, 13.0, 49.0, 76.0, 112.0])),
    late("spike", Delay::Spikes),
    late("reorder", Delay::Reorder),
    Line { doubled: 0.1, ..late("double", Delay::None) },
    Line { ppm: 200.0, ..late("+200ppm", Delay::None) },
    Line { ppm: -200.0, ..late("-200ppm", Delay::None) },
];

/// Shares of a spread.
const SHARES: [f64; 5] = [0.0, 0.5, 0.95, 0.99, 1.0];
const PACKET_US: f64 = 20_000.0;
/// Packets between two spikes in the mean, and the length of a spike.
const SPIKE_EVERY: f64 = 130.0;
const SPIKE_US: f64 = 120_000.0;
/// Packets of a burst of loss in the mean.
const BURST: f64 = 2.5;

/// A packet of the line, and when it left.
pub struct Sent {
    pub index: usize,
    pub packet: InPacket,
}

impl Line {
    /// `packets` of 20 ms in the order in which they come; numbers wrap within the first seconds.
    pub fn carry(&self, kind: CodecKind, packets: &[Vec<u8>], seed: u64, zero: Instant) -> Vec<Sent> {
        let mut dice = Dice::new(seed);
        let ticks = kind.rtp_clock_hz() / 50;
        let mut coming = Vec::new();
        let (mut lost, mut queue_us) = (false, 0.0_f64);
        for (index, payload) in packets.iter().enumerate() {
            lost = self.loses(lost, &mut dice);
            let late_us = self.late_us(index, &mut queue_us, &mut dice);
            let doubled = dice.roll() < self.doubled;
            if lost {
                continue;
            }
            let sent_us = index as f64 * PACKET_US * (1.0 - self.ppm * 1e-6);
            let packet = InPacket {
                arrival: zero + Duration::from_micros((sent_us + late_us) as u64),
                payload_type: 96,
                marker: index == 0,
                sequence: (index as u16).wrapping_add(65_400),
                timestamp: (index as u32 * ticks).wrapping_sub(99_999),
                ssrc: 5,
                payload: payload.as_slice().try_into().expect("a packet of the codec fits"),
            };
            if doubled {
                let mut second = packet.clone();
                second.arrival += Duration::from_millis(7);
                coming.push(Sent { index, packet: second });
            }
            coming.push(Sent { index, packet });
        }
        coming.sort_by_key(|sent| sent.packet.arrival);
        coming
    }

    fn loses(&self, lost_before: bool, dice: &mut Dice) -> bool {
        let rolled = dice.roll();
        match self.loss {
            Loss::Random(share) => rolled < share,
            Loss::Burst(_) if lost_before => rolled > 1.0 / BURST,
            Loss::Burst(share) => rolled < share / (1.0 - share) / BURST,
        }
    }

    fn late_us(&self, index: usize, queue_us: &mut f64, dice: &mut Dice) -> f64 {
        let rolled = dice.roll();
        let spread = |ms: [f64; 5]| {
            let at = SHARES.iter().rposition(|share| *share <= rolled).unwrap_or(0).min(3);
            let part = (rolled - SHARES[at]) / (SHARES[at + 1] - SHARES[at]);
            (ms[at] + (ms[at + 1] - ms[at]) * part) * 1_000.0
        };
        match self.delay {
            Delay::None => 0.0,
            Delay::Spread(ms) => spread(ms),
            Delay::Spikes => {
                *queue_us = (*queue_us - PACKET_US).max(0.0);
                if dice.roll() < 1.0 / SPIKE_EVERY {
                    *queue_us = SPIKE_US;
                }
                spread([0.0, 3.0, 11.0, 14.0, 14.0]).max(*queue_us)
            }
            Delay::Reorder if index % 10 == 9 => 2.2 * PACKET_US,
            Delay::Reorder => 0.0,
        }
    }
}
