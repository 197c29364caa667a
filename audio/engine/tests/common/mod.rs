//! Two engines joined by a wire that the test carries by hand.
#![allow(clippy::unwrap_used, reason = "a test helper")]
#![allow(dead_code, reason = "each test file uses its part")]

mod sound;

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use audio_engine::{Backend, CodecKind, Engine, EngineHandle, Event, SessionConfig, SessionId};
use rtp::packet::{InPacket, OutPacket};
use rtrb::{Consumer, Producer, RingBuffer};

#[allow(unused_imports, reason = "each test file uses its part")]
pub use sound::{likeness_of_pieces, power, speech, write_wav};

pub const DEADLINE: Duration = Duration::from_secs(30);
pub const ID: SessionId = SessionId(1);

/// One end: an engine with one session.
pub struct End {
    pub engine: EngineHandle,
    pub events: Receiver<Event>,
    out: Consumer<OutPacket>,
    into: Producer<InPacket>,
    pub sent: Vec<(bool, u8, u32)>,
    sequence: u16,
}

/// Two ends; `wakes` says that one of them has packets.
pub struct Wire {
    pub a: End,
    pub b: End,
    wakes: Receiver<()>,
    /// Keeps the channel open when both sessions are closed.
    _wake: Sender<()>,
}

pub fn config(codec: CodecKind) -> SessionConfig {
    let payload_type = match codec {
        CodecKind::Opus => 111,
        CodecKind::G722 => 9,
        CodecKind::Pcma => 8,
        CodecKind::Pcmu => 0,
    };
    SessionConfig { dtmf_payload_type: Some(101), answered: true, ..SessionConfig::new(codec, payload_type) }
}

fn end(backend: Backend, config: SessionConfig, wake: Sender<()>) -> End {
    let (tell, events) = channel();
    let engine = Engine::start(backend, move |event| drop(tell.send(event))).unwrap();
    let (into, packets) = RingBuffer::new(1024);
    let (out_ring, out) = RingBuffer::new(1024);
    engine.open(ID, config, packets, out_ring, Arc::new(move || wake.send(()).unwrap_or_default()));
    End { engine, events, out, into, sent: Vec::new(), sequence: 65_500 }
}

impl Wire {
    pub fn new(a: Backend, b: Backend, config: SessionConfig) -> Self {
        let (wake, wakes) = channel();
        Self { a: end(a, config, wake.clone()), b: end(b, config, wake.clone()), wakes, _wake: wake }
    }

    /// Carries packets until `done` says so after a wake; panics after the deadline.
    pub fn carry_until(&mut self, what: &str, done: impl FnMut(&mut Self) -> bool) {
        if !self.carry_within(DEADLINE, done) {
            let [a, b] = [&self.a, &self.b].map(End::story);
            panic!("deadline: {what}\na: {a}\nb: {b}");
        }
    }

    /// Carries packets until `done` says so after a wake; false when the time is over.
    pub fn carry_within(&mut self, time: Duration, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let deadline = Instant::now() + time;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            // Not every change comes with a packet.
            let _ = self.wakes.recv_timeout(left.min(Duration::from_millis(50)));
            carry(&mut self.a, &mut self.b);
            carry(&mut self.b, &mut self.a);
            if done(self) {
                return true;
            }
        }
        false
    }
}

impl End {
    /// What is known of it, for a test that fails.
    pub fn story(&self) -> String {
        let events: Vec<Event> = self.events.try_iter().collect();
        let (stats, levels) = (self.engine.stats(ID), self.engine.levels(ID));
        format!("{stats:?} {levels:?}, {} packets sent, events not looked at: {events:?}", self.sent.len())
    }
}

fn carry(from: &mut End, to: &mut End) {
    while let Ok(packet) = from.out.pop() {
        from.sent.push((packet.marker, packet.payload_type, packet.timestamp));
        from.sequence = from.sequence.wrapping_add(1);
        let packet = InPacket {
            arrival: Instant::now(),
            payload_type: packet.payload_type,
            marker: packet.marker,
            sequence: from.sequence,
            timestamp: packet.timestamp.wrapping_add(0xffff_f000),
            ssrc: 77,
            payload: packet.payload,
        };
        let _ = to.into.push(packet);
    }
}

pub fn read_wav(path: &Path) -> (hound::WavSpec, Vec<f32>) {
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    (spec, reader.samples::<i16>().map(|s| f32::from(s.unwrap()) / 32_768.0).collect())
}
