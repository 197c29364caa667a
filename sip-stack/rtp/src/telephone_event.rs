//! Telephone events (RFC 4733): keys sent beside the audio.
//!
//! ```text
//!  0                   1                   2                   3
//!  |     event     |E|R|  volume   |          duration             |
//! ```
//!
//! Every packet of an event carries the timestamp of its start; only the duration grows. The end is sent three times.

use std::fmt;

use crate::packet::{OutPacket, Payload};

/// Loudness of the key in dB below 0 dBm0 (RFC 4733 §2.3.3).
const VOLUME_DBM0: u8 = 10;
/// RFC 4733 §2.5.1.4: the final packet is sent three times.
const END_COPIES: u8 = 3;
/// A segment's duration field is 16 bits (RFC 4733 §2.5.1.3).
const MAX_SEGMENT: u32 = 0xFFFF;

/// A key of the telephone: 0–9, `*`, `#`, A–D. It never shows in `Debug`: keys may be card numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(u8);

impl Key {
    /// The key that is written so; lower-case a–d too.
    pub fn from_char(written: char) -> Option<Key> {
        let event = match written.to_ascii_uppercase() {
            digit @ '0'..='9' => digit as u8 - b'0',
            '*' => 10,
            '#' => 11,
            letter @ 'A'..='D' => letter as u8 - b'A' + 12,
            _ => return None,
        };
        Some(Key(event))
    }

    /// The key of an event code, 0–15 (RFC 4733 §3.2).
    pub const fn from_event(event: u8) -> Option<Key> {
        if event < 16 { Some(Key(event)) } else { None }
    }

    /// The event code, 0–15.
    pub const fn event(self) -> u8 {
        self.0
    }

    /// How the key is written.
    pub const fn as_char(self) -> char {
        match self.0 {
            digit @ 0..=9 => (b'0' + digit) as char,
            10 => '*',
            11 => '#',
            letter => (b'A' + letter - 12) as char,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(redacted)")
    }
}

/// The four bytes of one telephone-event packet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EventPayload {
    /// Event code; 0–15 are keys.
    pub event: u8,
    /// The event is over; `duration` is final.
    pub end: bool,
    /// Power in dB below 0 dBm0, 0–63.
    pub volume: u8,
    /// Units of the RTP clock since the packet's timestamp.
    pub duration: u16,
}

impl EventPayload {
    /// Reads a payload; bytes after the first four are other events of a redundant sender and are ignored.
    pub fn parse(payload: &[u8]) -> Option<EventPayload> {
        let [event, flags, high, low, ..] = *payload else { return None };
        let duration = u16::from_be_bytes([high, low]);
        Some(EventPayload { event, end: flags & 0x80 != 0, volume: flags & 0x3F, duration })
    }

    /// Writes the payload; a volume above 63 is cut.
    pub fn to_bytes(self) -> [u8; 4] {
        let flags = u8::from(self.end) << 7 | self.volume.min(0x3F);
        let [high, low] = self.duration.to_be_bytes();
        [self.event, flags, high, low]
    }
}

impl fmt::Debug for EventPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventPayload(redacted, end: {}, duration: {})", self.end, self.duration)
    }
}

/// How an outgoing key is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// RTP payload type that the peer named for telephone-event at this clock.
    pub payload_type: u8,
    /// RTP clock in Hz, the same as the audio's (RFC 4733 §2.1).
    pub clock_hz: u32,
    /// How long the key sounds, in ms.
    pub duration_ms: u32,
    /// Time between packets, in ms.
    pub packet_ms: u32,
}

/// One key on its way out: call [`Sending::next_packet`] every `packet_ms` until it gives nothing.
///
/// ```text
/// time     0    20   40 …  100 ms
/// packet   M────u────u─ …  ─E─E─E      all with the timestamp of the start
/// ```
#[derive(Debug, Clone)]
pub struct Sending {
    key: Key,
    payload_type: u8,
    segment_start: u32,
    segment_done: u32,
    left: u32,
    step: u32,
    first: bool,
    ends_left: u8,
}

impl Sending {
    /// Begins a key at `timestamp`, which is the audio's clock at this moment.
    pub fn start(key: Key, timestamp: u32, timing: Timing) -> Sending {
        let units = |ms: u32| u32::try_from(u64::from(timing.clock_hz) * u64::from(ms) / 1000).unwrap_or(u32::MAX);
        Sending {
            key,
            payload_type: timing.payload_type,
            segment_start: timestamp,
            segment_done: 0,
            left: units(timing.duration_ms).max(1),
            step: units(timing.packet_ms).clamp(1, MAX_SEGMENT),
            first: true,
            ends_left: END_COPIES,
        }
    }

    /// The next packet, or `None` when the last end has been given.
    ///
    /// The three end packets follow each other at the packet interval, which spreads them against a burst of loss.
    pub fn next_packet(&mut self) -> Option<OutPacket> {
        if self.left == 0 {
            self.ends_left = self.ends_left.checked_sub(1)?;
            return Some(self.packet(true));
        }
        let step = self.step.min(self.left);
        if self.segment_done + step > MAX_SEGMENT {
            // RFC 4733 §2.5.1.3: a longer event goes on in a new segment that starts where this one ended.
            self.segment_start = self.segment_start.wrapping_add(self.segment_done);
            self.segment_done = 0;
        }
        self.segment_done += step;
        self.left -= step;
        if self.left == 0 {
            self.ends_left -= 1;
        }
        let packet = self.packet(self.left == 0);
        self.first = false;
        Some(packet)
    }

    fn packet(&self, end: bool) -> OutPacket {
        let duration = u16::try_from(self.segment_done).unwrap_or(u16::MAX);
        let bytes = EventPayload { event: self.key.event(), end, volume: VOLUME_DBM0, duration }.to_bytes();
        let payload: Payload = bytes.into_iter().collect();
        // RFC 4733 §2.2.1: the marker stands on the first packet of the event.
        OutPacket { payload_type: self.payload_type, marker: self.first, timestamp: self.segment_start, payload }
    }
}

/// What an incoming packet meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A key went down; told once however many packets repeat it.
    Pressed(Key),
    /// The key went up after so many units of the RTP clock; told once of the three copies.
    Released(Key, u32),
}

/// Reads a peer's telephone-events: joins repeated packets, drops late ones.
#[derive(Debug, Clone, Default)]
pub struct Hearing {
    current: Option<Current>,
}

#[derive(Debug, Clone, Copy)]
struct Current {
    event: u8,
    start: u32,
    segment: u32,
    duration: u32,
    ended: bool,
}

impl Hearing {
    /// Takes a packet of the telephone-event payload type. Tells at most one thing; a key whose packets were all lost but
    /// the end is told as pressed. Events that are no keys (flash, tones) are ignored.
    pub fn receive(&mut self, timestamp: u32, payload: &[u8]) -> Option<Heard> {
        let packet = EventPayload::parse(payload)?;
        let key = Key::from_event(packet.event)?;
        match self.current {
            Some(current) if is_before(timestamp, current.segment) => None,
            Some(current) if current.continues(timestamp, packet.event) => self.go_on(current, timestamp, packet, key),
            _ => Some(self.press(timestamp, packet, key)),
        }
    }

    fn press(&mut self, timestamp: u32, packet: EventPayload, key: Key) -> Heard {
        let duration = u32::from(packet.duration);
        self.current =
            Some(Current { event: packet.event, start: timestamp, segment: timestamp, duration, ended: packet.end });
        Heard::Pressed(key)
    }

    fn go_on(&mut self, mut current: Current, timestamp: u32, packet: EventPayload, key: Key) -> Option<Heard> {
        current.segment = timestamp;
        let duration = timestamp.wrapping_sub(current.start).wrapping_add(u32::from(packet.duration));
        current.duration = current.duration.max(duration);
        let released = packet.end && !current.ended;
        current.ended |= packet.end;
        self.current = Some(current);
        released.then_some(Heard::Released(key, current.duration))
    }
}

impl Current {
    /// The same segment again, or the next segment of a long event: it starts where the heard part ended.
    fn continues(&self, timestamp: u32, event: u8) -> bool {
        let ahead = timestamp.wrapping_sub(self.segment);
        ahead == 0 || (event == self.event && !self.ended && ahead == self.start_to_end())
    }

    fn start_to_end(&self) -> u32 {
        self.duration.wrapping_sub(self.segment.wrapping_sub(self.start))
    }
}

/// `a` is older than `b` on a clock that wraps.
fn is_before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) >= 1 << 31
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMING: Timing = Timing { payload_type: 101, clock_hz: 8000, duration_ms: 100, packet_ms: 20 };

    fn packets(key: char, timestamp: u32, timing: Timing) -> Vec<OutPacket> {
        let mut sending = Sending::start(Key::from_char(key).unwrap(), timestamp, timing);
        std::iter::from_fn(|| sending.next_packet()).collect()
    }

    fn facts(packet: &OutPacket) -> (bool, u32, bool, u16) {
        let event = EventPayload::parse(&packet.payload).unwrap();
        (packet.marker, packet.timestamp, event.end, event.duration)
    }

    #[test]
    fn a_key_of_100_ms_is_five_growing_packets_and_two_more_ends() {
        let sent: Vec<_> = packets('5', 1000, TIMING).iter().map(facts).collect();
        let expected = [
            (true, 1000, false, 160),
            (false, 1000, false, 320),
            (false, 1000, false, 480),
            (false, 1000, false, 640),
            (false, 1000, true, 800),
            (false, 1000, true, 800),
            (false, 1000, true, 800),
        ];
        assert_eq!(sent, expected);
    }

    #[test]
    fn durations_follow_the_clock_of_the_codec() {
        let last = *packets('#', 0, Timing { clock_hz: 48_000, ..TIMING })
            .iter()
            .map(facts)
            .collect::<Vec<_>>()
            .last()
            .unwrap();
        assert_eq!(last, (false, 0, true, 4800));
    }

    #[test]
    fn a_long_key_goes_on_in_segments_and_is_heard_once() {
        let sent = packets('1', u32::MAX - 5000, Timing { clock_hz: 48_000, duration_ms: 3000, ..TIMING });
        assert_eq!(sent.iter().filter(|packet| packet.marker).count(), 1);
        assert!(sent.iter().any(|packet| packet.timestamp != sent[0].timestamp));
        let mut hearing = Hearing::default();
        let heard: Vec<_> = sent.iter().filter_map(|p| hearing.receive(p.timestamp, &p.payload)).collect();
        let key = Key::from_char('1').unwrap();
        assert_eq!(heard, [Heard::Pressed(key), Heard::Released(key, 144_000)]);
    }

    #[test]
    fn repeated_and_late_packets_tell_nothing_new() {
        let first = packets('7', 8000, TIMING);
        let second = packets('7', 12_000, TIMING);
        let mut hearing = Hearing::default();
        let order = first.iter().chain(&first).chain(&second).chain(&first);
        let heard: Vec<_> = order.filter_map(|p| hearing.receive(p.timestamp, &p.payload)).collect();
        let key = Key::from_char('7').unwrap();
        let once = [Heard::Pressed(key), Heard::Released(key, 800)];
        assert_eq!(heard, [once, once].concat());
    }

    #[test]
    fn a_key_survives_the_loss_of_all_packets_but_one() {
        for kept in packets('*', 400, TIMING) {
            let mut hearing = Hearing::default();
            let heard = hearing.receive(kept.timestamp, &kept.payload);
            assert_eq!(heard, Some(Heard::Pressed(Key::from_char('*').unwrap())));
        }
    }

    #[test]
    fn every_key_has_one_code_and_debug_hides_it() {
        for (event, written) in (0u8..).zip("0123456789*#ABCD".chars()) {
            let key = Key::from_char(written).unwrap();
            assert_eq!((key.event(), key.as_char()), (event, written));
            assert_eq!(format!("{key:?}"), "Key(redacted)");
        }
        assert_eq!(Key::from_char('E'), None);
        assert_eq!(Key::from_event(16), None);
    }

    proptest! {
        #[test]
        fn bytes_round_trip(event: u8, end: bool, volume in 0u8..64, duration: u16) {
            let payload = EventPayload { event, end, volume, duration };
            prop_assert_eq!(EventPayload::parse(&payload.to_bytes()), Some(payload));
        }

        #[test]
        fn any_sequence_of_packets_is_survived(input in proptest::collection::vec((any::<u32>(), proptest::collection::vec(any::<u8>(), 0..8)), 0..64)) {
            let mut hearing = Hearing::default();
            for (timestamp, payload) in input {
                hearing.receive(timestamp, &payload);
            }
        }

        #[test]
        fn sending_always_ends(clock in 0u32..200_000, duration in 0u32..20_000, packet in 0u32..200) {
            let timing = Timing { payload_type: 101, clock_hz: clock, duration_ms: duration, packet_ms: packet.max(10) };
            let sent = packets('0', 7, timing);
            prop_assert_eq!(sent.iter().filter(|p| facts(p).2).count(), 3);
        }
    }
}
