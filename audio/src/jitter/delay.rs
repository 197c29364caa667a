//! How late packets are compared with the fastest, and how deep the buffer should be for that.

/// The fastest packet is looked for in this many slots …
const SLOTS: usize = 8;
/// … of this length.
const SLOT_US: i64 = 500_000;
/// Width of a bucket of the histogram.
const BUCKET_US: i64 = 5_000;
const BUCKETS: usize = 200;
/// Share of packets that shall be in time.
const QUANTILE: f32 = 0.98;
/// Memory of the histogram: each packet leaves this much of what was there (half after 20 s of 20 ms packets).
const FORGET: f32 = 0.9993;
/// Depth beyond the quantile: sound is taken 10 ms at a time, so a packet may be asked for 10 ms before it is heard.
const MARGIN_US: i64 = 10_000;
/// After a pause of this length …
const STALL_US: i64 = 150_000;
/// … what comes within this time of the first packet was held up by the same stall: it says once how late that was.
const BURST_US: i64 = 20_000;
/// Depth before anything is known.
const FIRST_TARGET_US: i64 = 20_000;

/// Histogram of latenesses with forgetting.
pub(super) struct DelayEstimator {
    /// Shortest transit time of each slot, the newest last.
    fastest: [Option<i64>; SLOTS],
    slot: i64,
    shares: [f32; BUCKETS],
    packets: u32,
    target_us: i64,
    /// When the last packet came, and until when packets are part of a burst.
    newest_us: Option<i64>,
    burst_until_us: Option<i64>,
}

impl DelayEstimator {
    pub fn new() -> Self {
        Self {
            fastest: [None; SLOTS],
            slot: 0,
            shares: [0.0; BUCKETS],
            packets: 0,
            target_us: FIRST_TARGET_US,
            newest_us: None,
            burst_until_us: None,
        }
    }

    /// A packet came at `arrival_us` and took `transit_us` (by two clocks whose difference is unknown but steady).
    pub fn observe(&mut self, arrival_us: i64, transit_us: i64) {
        self.turn_to(arrival_us.div_euclid(SLOT_US));
        let newest = &mut self.fastest[SLOTS - 1];
        *newest = Some(newest.map_or(transit_us, |known| known.min(transit_us)));
        let lateness = (transit_us - self.fastest_us()).max(0);
        if !self.is_held_up(arrival_us) {
            self.count((lateness / BUCKET_US) as usize);
        }
    }

    /// Whether a packet came with others after a stall. Each of them would count as jitter, and one stall of a second
    /// would keep the buffer deep for a minute, although no depth helps against the next one.
    fn is_held_up(&mut self, arrival_us: i64) -> bool {
        let before = self.newest_us.replace(arrival_us);
        if before.is_some_and(|before| arrival_us - before > STALL_US) {
            self.burst_until_us = Some(arrival_us + BURST_US);
            return false;
        }
        self.burst_until_us.is_some_and(|until| arrival_us <= until)
    }

    /// Shortest transit time of the last four seconds, µs; 0 before the first packet.
    pub fn fastest_us(&self) -> i64 {
        self.known_fastest_us().unwrap_or(0)
    }

    /// Shortest transit time of the last four seconds, µs.
    pub fn known_fastest_us(&self) -> Option<i64> {
        self.fastest.iter().flatten().min().copied()
    }

    /// Depth at which all but two of a hundred packets are in time, µs.
    pub fn target_us(&self) -> i64 {
        self.target_us
    }

    /// The sender's clock jumped: transit times begin anew, latenesses stay known.
    pub fn forget_fastest(&mut self) {
        self.fastest = [None; SLOTS];
    }

    fn turn_to(&mut self, slot: i64) {
        let turns = (slot - self.slot).max(0).min(SLOTS as i64) as usize;
        // A long silence must not leave nothing to compare with.
        let keep = self.known_fastest_us();
        self.fastest.rotate_left(turns);
        self.fastest[SLOTS - turns..].fill(None);
        if turns > 0 && self.known_fastest_us().is_none() {
            self.fastest[SLOTS - 1] = keep.filter(|_| turns < SLOTS);
        }
        self.slot = self.slot.max(slot);
    }

    fn count(&mut self, bucket: usize) {
        self.packets = self.packets.saturating_add(1);
        // The first packets weigh more, so that the histogram is of use at once.
        let forget = FORGET.min(1.0 - 2.0 / (self.packets as f32 + 1.0)).max(0.0);
        self.shares.iter_mut().for_each(|share| *share *= forget);
        self.shares[bucket.min(BUCKETS - 1)] += 1.0 - forget;
        let mut below = 0.0;
        let at = self.shares.iter().position(|share| {
            below += share;
            below >= QUANTILE
        });
        let settled = (at.unwrap_or(BUCKETS - 1) as i64 + 1) * BUCKET_US + MARGIN_US;
        // Half a second of packets is needed before it may become thinner than at the start.
        self.target_us = if self.packets < 25 { settled.max(FIRST_TARGET_US) } else { settled };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(estimator: &mut DelayEstimator, from: i64, packets: i64, lateness: impl Fn(i64) -> i64) {
        for n in from..from + packets {
            let late = lateness(n);
            estimator.observe(n * 20_000 + late, 7_000_000 + late);
        }
    }

    #[test]
    fn without_jitter_it_goes_to_fifteen_ms() {
        let mut estimator = DelayEstimator::new();
        assert_eq!(estimator.target_us(), 20_000);
        run(&mut estimator, 0, 100, |_| 0);
        assert_eq!(estimator.target_us(), 15_000);
    }

    #[test]
    fn it_follows_the_quantile_and_forgets() {
        let mut estimator = DelayEstimator::new();
        run(&mut estimator, 0, 500, |n| if n % 20 == 0 { 80_000 } else { 0 });
        assert_eq!(estimator.target_us(), 95_000);
        run(&mut estimator, 500, 3_000, |_| 2_000);
        assert_eq!(estimator.target_us(), 15_000);
    }

    #[test]
    fn a_lasting_longer_route_becomes_the_measure() {
        let mut estimator = DelayEstimator::new();
        run(&mut estimator, 0, 200, |_| 0);
        run(&mut estimator, 200, 250, |_| 100_000);
        assert_eq!(estimator.fastest_us(), 7_100_000);
    }
}
