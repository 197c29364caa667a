//! What a receiver knows of one source (RFC 3550 appendix A.1, A.3, A.8).

use std::time::{Duration, Instant};

use crate::header::Header;

/// RFC 3550 A.1: a new source is valid after two packets in sequence.
const MIN_SEQUENTIAL: u32 = 2;
/// RFC 3550 A.1: a jump forward of more is taken for a restart.
const MAX_DROPOUT: u16 = 3000;
/// RFC 3550 A.1: a jump back of more is taken for a restart.
const MAX_MISORDER: u16 = 100;

/// A report block (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// The source that the report is about.
    pub ssrc: u32,
    /// Lost share of the last interval in 1/256.
    pub fraction_lost: u8,
    /// Lost since the beginning; negative with duplicates; 24 bits on the wire.
    pub cumulative_lost: i32,
    /// Highest sequence number with its cycles.
    pub highest_sequence: u32,
    /// Interarrival jitter in units of the RTP clock.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last sender report from the source; 0 if none.
    pub last_sender_report: u32,
    /// Since that report, in 1/65536 s.
    pub delay_since: u32,
}

/// What a packet did to a source's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The source is valid and the packet belongs to it.
    Valid,
    /// The source is not proven yet.
    Probation,
    /// A jump too far to believe at once; two in sequence will be taken for a restart.
    Jump,
}

/// The record of one source: sequence, loss, jitter.
#[derive(Debug, Clone)]
pub struct Reception {
    ssrc: u32,
    clock_hz: u32,
    probation: u32,
    max_sequence: u16,
    cycles: u32,
    base: u32,
    /// The sequence number that would confirm a restart.
    bad_sequence: Option<u16>,
    received: u64,
    expected_prior: u64,
    received_prior: u64,
    fraction_lost: u8,
    transit: Option<Transit>,
    /// Jitter × 16 in RTP units (RFC 3550 A.8).
    jitter_x16: u64,
    sender_report: Option<(u32, Instant)>,
}

#[derive(Debug, Clone, Copy)]
struct Transit {
    arrival: Instant,
    timestamp: u32,
}

impl Reception {
    /// Begins with the first packet of a source; `clock_hz` is the RTP clock (at least 1).
    pub fn new(first: &Header, clock_hz: u32) -> Reception {
        Reception {
            ssrc: first.ssrc,
            clock_hz: clock_hz.max(1),
            probation: MIN_SEQUENTIAL,
            max_sequence: first.sequence.wrapping_sub(1),
            cycles: 0,
            base: u32::from(first.sequence),
            bad_sequence: None,
            received: 0,
            expected_prior: 0,
            received_prior: 0,
            fraction_lost: 0,
            transit: None,
            jitter_x16: 0,
            sender_report: None,
        }
    }

    /// Takes a packet of this source.
    pub fn receive(&mut self, arrival: Instant, header: &Header) -> Verdict {
        let verdict = self.follow(header.sequence);
        if verdict == Verdict::Valid {
            self.received += 1;
            self.measure_jitter(arrival, header.timestamp);
        }
        verdict
    }

    /// Skips probation: the packet was authenticated.
    pub fn prove(&mut self) {
        self.probation = 0;
    }

    /// Notes a sender report of this source, for LSR and DLSR.
    pub fn sender_report(&mut self, arrival: Instant, ntp: u64) {
        self.sender_report = Some(((ntp >> 16) as u32, arrival));
    }

    /// Makes the next report and begins a new interval.
    pub fn report(&mut self, now: Instant) -> Report {
        // RFC 3550 A.3
        let expected = self.expected();
        let expected_interval = expected.saturating_sub(self.expected_prior);
        let received_interval = self.received.saturating_sub(self.received_prior);
        let lost_interval = expected_interval.saturating_sub(received_interval);
        self.expected_prior = expected;
        self.received_prior = self.received;
        let fraction = (lost_interval << 8).checked_div(expected_interval).unwrap_or(0);
        self.fraction_lost = u8::try_from(fraction).unwrap_or(u8::MAX);
        let (last_sender_report, delay_since) =
            self.sender_report.map_or((0, 0), |(lsr, at)| (lsr, short_ntp(now - at)));
        Report {
            ssrc: self.ssrc,
            fraction_lost: self.fraction_lost,
            cumulative_lost: self.cumulative_lost(),
            highest_sequence: self.cycles.wrapping_add(u32::from(self.max_sequence)),
            jitter: (self.jitter_x16 >> 4) as u32,
            last_sender_report,
            delay_since,
        }
    }

    /// The source.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Packets counted.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Expected minus received; negative with duplicates.
    pub fn lost(&self) -> i64 {
        self.expected() as i64 - self.received as i64
    }

    /// Share lost in the interval of the last report, 0.0–1.0.
    pub fn lost_recently(&self) -> f32 {
        f32::from(self.fraction_lost) / 256.0
    }

    /// Interarrival jitter.
    pub fn jitter(&self) -> Duration {
        Duration::from_secs_f64(self.jitter_x16 as f64 / 16.0 / f64::from(self.clock_hz))
    }

    fn cumulative_lost(&self) -> i32 {
        // RFC 3550 A.3: clamped to 24 bits, signed.
        self.lost().clamp(-0x80_0000, 0x7F_FFFF) as i32
    }

    fn expected(&self) -> u64 {
        if self.received == 0 {
            return 0;
        }
        u64::from(self.cycles) + u64::from(self.max_sequence) + 1 - u64::from(self.base)
    }

    /// RFC 3550 A.1, `update_seq`.
    fn follow(&mut self, sequence: u16) -> Verdict {
        if self.probation > 0 {
            return self.prove_by(sequence);
        }
        if self.received == 0 {
            self.restart(sequence);
        }
        let ahead = sequence.wrapping_sub(self.max_sequence);
        if ahead < MAX_DROPOUT {
            if sequence < self.max_sequence {
                self.cycles = self.cycles.wrapping_add(1 << 16);
            }
            self.max_sequence = sequence;
        } else if ahead <= u16::MAX - MAX_MISORDER {
            if self.bad_sequence != Some(sequence) {
                self.bad_sequence = Some(sequence.wrapping_add(1));
                return Verdict::Jump;
            }
            self.restart(sequence);
        }
        self.bad_sequence = None;
        Verdict::Valid
    }

    fn prove_by(&mut self, sequence: u16) -> Verdict {
        if sequence == self.max_sequence.wrapping_add(1) {
            self.probation -= 1;
            self.max_sequence = sequence;
            if self.probation == 0 {
                self.restart(sequence);
                return Verdict::Valid;
            }
        } else {
            self.probation = MIN_SEQUENTIAL - 1;
            self.max_sequence = sequence;
        }
        Verdict::Probation
    }

    fn restart(&mut self, sequence: u16) {
        self.base = u32::from(sequence);
        self.max_sequence = sequence;
        self.cycles = 0;
        self.received = 0;
        self.received_prior = 0;
        self.expected_prior = 0;
        self.bad_sequence = None;
        self.transit = None;
    }

    /// RFC 3550 A.8. Packets that repeat a timestamp (telephone-events) say nothing about transit.
    fn measure_jitter(&mut self, arrival: Instant, timestamp: u32) {
        let Some(last) = self.transit.replace(Transit { arrival, timestamp }) else { return };
        if last.timestamp == timestamp {
            self.transit = Some(last);
            return;
        }
        let Some(elapsed) = arrival.checked_duration_since(last.arrival) else { return };
        let elapsed_units =
            i64::try_from(elapsed.as_nanos() * u128::from(self.clock_hz) / 1_000_000_000).unwrap_or(i64::MAX);
        let stamped_units = i64::from(timestamp.wrapping_sub(last.timestamp) as i32);
        let difference = elapsed_units.saturating_sub(stamped_units).unsigned_abs();
        if difference > u64::from(self.clock_hz) * 10 {
            return; // the sender's clock was reset: no transit
        }
        self.jitter_x16 = self.jitter_x16 + difference - ((self.jitter_x16 + 8) >> 4);
    }
}

/// A duration in 1/65536 s, as LSR and DLSR count; saturates after 18 hours.
pub fn short_ntp(duration: Duration) -> u32 {
    u32::try_from(duration.as_nanos() * 65_536 / 1_000_000_000).unwrap_or(u32::MAX)
}

/// The round trip that a report about us tells, `None` when it has seen no report of ours or the figures make no sense.
///
/// `now_ntp` is the NTP time when the report came (RFC 3550 §6.4.1: A − LSR − DLSR).
pub fn round_trip(report: &Report, now_ntp: u64) -> Option<Duration> {
    if report.last_sender_report == 0 {
        return None;
    }
    let now = (now_ntp >> 16) as u32;
    let units = now.wrapping_sub(report.last_sender_report).wrapping_sub(report.delay_since);
    // On one machine the difference may come out a hair below zero: rounding of two clocks.
    let units = if units > u32::MAX - 65 { 0 } else { units };
    let trip = Duration::from_nanos(u64::from(units) * 1_000_000_000 / 65_536);
    (trip < Duration::from_secs(60)).then_some(trip)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    /// A virtual clock's zero: the one reading that a pure test cannot avoid.
    #[allow(clippy::disallowed_methods)]
    static ZERO: LazyLock<Instant> = LazyLock::new(Instant::now);

    fn at(ms: u64) -> Instant {
        *ZERO + Duration::from_millis(ms)
    }

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header { payload_type: 0, marker: false, sequence, timestamp, ssrc: 77 }
    }

    fn stream(numbers: impl IntoIterator<Item = u16>, clock_hz: u32) -> Reception {
        let mut numbers = numbers.into_iter().peekable();
        let mut reception = Reception::new(&header(*numbers.peek().unwrap(), 0), clock_hz);
        reception.prove();
        for (position, number) in numbers.enumerate() {
            let position = position as u64;
            reception.receive(at(position * 20), &header(number, (position * 160) as u32));
        }
        reception
    }

    #[test]
    fn a_source_is_on_probation_until_two_packets_in_sequence() {
        let mut reception = Reception::new(&header(10, 0), 8000);
        let given = [10, 12, 13, 14].map(|n| reception.receive(at(0), &header(n, 0)));
        assert_eq!(given, [Verdict::Probation, Verdict::Probation, Verdict::Valid, Verdict::Valid]);
    }

    #[test]
    fn loss_is_counted_by_interval_and_in_total_across_the_wrap() {
        let mut reception = stream((65_500..=65_535).chain(0..64).filter(|n| n % 4 != 0), 8000);
        let report = reception.report(at(5000));
        // 100 numbers, a quarter left out; the first of all is one of those, so 99 were expected.
        assert_eq!((report.cumulative_lost, report.fraction_lost), (24, (24 * 256 / 99) as u8));
        assert_eq!(report.highest_sequence, 65_536 + 63);
        assert_eq!(reception.report(at(6000)).fraction_lost, 0, "nothing was expected in the second interval");
        assert_eq!(reception.lost(), 24);
    }

    #[test]
    fn duplicates_make_the_loss_negative() {
        let mut reception = stream([1, 2, 2, 3, 3], 8000);
        assert_eq!(reception.report(at(100)).cumulative_lost, -2);
    }

    #[test]
    fn a_far_jump_is_believed_when_it_goes_on() {
        let mut reception = stream(1..10, 8000);
        assert_eq!(reception.receive(at(200), &header(40_000, 0)), Verdict::Jump);
        assert_eq!(reception.receive(at(220), &header(40_001, 160)), Verdict::Valid);
        assert_eq!(reception.lost(), 0, "a restart begins new counts");
    }

    #[test]
    fn an_even_stream_has_no_jitter_and_an_uneven_one_the_rfc_s() {
        assert_eq!(stream(0..50, 8000).jitter(), Duration::ZERO);
        let mut reception = Reception::new(&header(0, 0), 8000);
        reception.prove();
        for n in 0..2000u16 {
            // Every other packet is 10 ms late: |D| is 80 units each time, so J goes to 80 (10 ms).
            let late = if n % 2 == 0 { 0 } else { 10 };
            reception.receive(at(u64::from(n) * 20 + late), &header(n, u32::from(n) * 160));
        }
        let jitter = reception.jitter().as_secs_f64() * 1000.0;
        assert!((jitter - 10.0).abs() < 0.1, "{jitter} ms");
    }

    #[test]
    fn packets_of_one_telephone_event_do_not_count_as_jitter() {
        let mut reception = stream(0..50, 8000);
        for n in 0..10u16 {
            reception.receive(at(1000 + u64::from(n) * 20), &header(50 + n, 8000));
        }
        reception.receive(at(1200), &header(60, 9600));
        assert_eq!(reception.jitter(), Duration::ZERO);
    }

    #[test]
    fn the_round_trip_is_what_lsr_and_dlsr_leave() {
        let sent_ntp: u64 = 0x1234_5678_9ABC_DEF0;
        let mut there = stream(0..3, 8000);
        there.sender_report(at(1000), sent_ntp);
        let report = there.report(at(3500));
        let back_ntp = sent_ntp + ((2500 + 80) << 32) / 1000;
        let trip = round_trip(&report, back_ntp).unwrap();
        assert!((trip.as_secs_f64() - 0.080).abs() < 0.0001, "{trip:?}");
        assert_eq!(round_trip(&Report::default(), back_ntp), None);
        assert_eq!(round_trip(&report, sent_ntp), None, "a report from the future");
    }

    proptest! {
        #[test]
        fn any_numbers_are_survived(input in proptest::collection::vec((any::<u16>(), any::<u32>(), 0u64..100_000), 1..200), clock: u32) {
            let mut reception = Reception::new(&header(input[0].0, input[0].1), clock);
            for (sequence, timestamp, ms) in input {
                reception.receive(at(ms), &header(sequence, timestamp));
                let _ = (reception.jitter(), reception.lost());
            }
            let _ = reception.report(at(200_000));
        }
    }
}
