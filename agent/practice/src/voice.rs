//! The thread `practice`: gives back what it hears, and speaks.
//!
//! ```text
//!  echo   ring in ─► [ waits its delay ] ─► ring out
//!  caller speech ─► encoder, every 20 ms ─► ring out      ring in ─► unheard
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use audio::codec::{CodecKind, Encoder, OpusSettings};
use rtp::packet::{InPacket, OutPacket, Payload};
use rtp_net::Packets;

use crate::speech::Speech;

const TICK: Duration = Duration::from_millis(10);
const FRAME: Duration = Duration::from_millis(20);
/// Frames made up for after the thread was kept waiting; more are skipped.
const CATCH_UP: u64 = 5;
/// Packets that wait to be given back: 5 s at 20 ms.
const MAX_WAITING: usize = 256;

/// What one call does with sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Gives back what it hears, so much later.
    Echo(Duration),
    /// Speaks.
    Speak,
}

/// What was agreed about packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Format {
    pub codec: CodecKind,
    pub payload_type: u8,
    /// Payload types of the peer and what they are answered with: audio, and telephone-events if both take them.
    pub echoed: [(u8, u8); 2],
    pub send: bool,
}

pub(crate) enum Order {
    Start { call: u64, role: Role, packets: Packets },
    Format { call: u64, format: Format },
    Stop { call: u64 },
}

/// The handle of the thread; it ends when the handle is dropped.
pub(crate) struct VoiceThread {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl VoiceThread {
    /// Starts it; `wake` is called when packets were put into a ring.
    pub fn start(wake: Arc<dyn Fn() + Send + Sync>) -> io::Result<VoiceThread> {
        let (orders, inbox) = channel();
        let thread = Builder::new()
            .name("practice".into())
            .spawn(move || Voices { inbox, wake, calls: BTreeMap::new() }.run())?;
        Ok(VoiceThread { orders: Some(orders), thread: Some(thread) })
    }

    /// Orders to a thread that has ended are lost with it.
    pub fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }
}

impl Drop for VoiceThread {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Voices {
    inbox: Receiver<Order>,
    wake: Arc<dyn Fn() + Send + Sync>,
    calls: BTreeMap<u64, Call>,
}

impl Voices {
    fn run(mut self) {
        let mut due = Instant::now();
        while self.obey(due) {
            let now = Instant::now();
            if now < due {
                continue;
            }
            let sent = self.calls.values_mut().map(|call| call.tick(now)).fold(false, |any, sent| any | sent);
            if sent {
                (self.wake)();
            }
            due = (due + TICK).max(now);
        }
    }

    /// Waits for orders until `due`, without calls for ever; false when the handle is gone.
    fn obey(&mut self, due: Instant) -> bool {
        let order = if self.calls.is_empty() {
            self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            self.inbox.recv_timeout(due.saturating_duration_since(Instant::now()))
        };
        match order {
            Ok(Order::Start { call, role, packets }) => drop(self.calls.insert(call, Call::new(role, packets))),
            Ok(Order::Format { call, format }) => {
                if let Some(call) = self.calls.get_mut(&call) {
                    call.set_format(format);
                }
            }
            Ok(Order::Stop { call }) => drop(self.calls.remove(&call)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        true
    }
}

struct Call {
    role: Role,
    packets: Packets,
    format: Option<Format>,
    waiting: VecDeque<(Instant, InPacket)>,
    mouth: Option<Mouth>,
}

impl Call {
    fn new(role: Role, packets: Packets) -> Call {
        Call { role, packets, format: None, waiting: VecDeque::new(), mouth: None }
    }

    fn set_format(&mut self, format: Format) {
        let same = self.format.is_some_and(|old| old.codec == format.codec);
        if self.role == Role::Speak && !same {
            self.mouth = Mouth::new(format.codec, Instant::now());
        }
        self.format = Some(format);
    }

    /// True when packets were put into the ring.
    fn tick(&mut self, now: Instant) -> bool {
        let Some(format) = self.format else { return false };
        match self.role {
            Role::Echo(delay) => self.echo(now, delay, &format),
            Role::Speak => {
                while self.packets.0.pop().is_ok() {}
                let out = &mut self.packets.1;
                self.mouth
                    .as_mut()
                    .is_some_and(|mouth| mouth.speak(now, &format, |packet| format.send && out.push(packet).is_ok()))
            }
        }
    }

    fn echo(&mut self, now: Instant, delay: Duration, format: &Format) -> bool {
        while let Ok(packet) = self.packets.0.pop() {
            if self.waiting.len() == MAX_WAITING {
                self.waiting.pop_front();
            }
            self.waiting.push_back((packet.arrival + delay, packet));
        }
        let mut any = false;
        while self.waiting.front().is_some_and(|(due, _)| *due <= now) {
            let Some((_, packet)) = self.waiting.pop_front() else { break };
            let answer = format.echoed.iter().find(|(heard, _)| *heard == packet.payload_type);
            let Some((_, payload_type)) = answer.filter(|_| format.send) else { continue };
            let InPacket { marker, timestamp, payload, .. } = packet;
            any |= self.packets.1.push(OutPacket { payload_type: *payload_type, marker, timestamp, payload }).is_ok();
        }
        any
    }
}

/// The training caller's.
struct Mouth {
    speech: Speech,
    encoder: Encoder,
    began: Instant,
    frames: u64,
    pcm: Vec<f32>,
}

impl Mouth {
    fn new(codec: CodecKind, now: Instant) -> Option<Mouth> {
        let encoder = Encoder::new(codec, &OpusSettings::default());
        let encoder = encoder.map_err(|error| tracing::error!(%error, "the practice line stays silent")).ok()?;
        let rate = codec.sample_rate_hz();
        Some(Mouth { speech: Speech::new(rate), encoder, began: now, frames: 0, pcm: vec![0.0; rate as usize / 50] })
    }

    /// Gives every frame that is due by now.
    fn speak(&mut self, now: Instant, format: &Format, mut give: impl FnMut(OutPacket) -> bool) -> bool {
        let due = now.saturating_duration_since(self.began).as_millis() as u64 / FRAME.as_millis() as u64 + 1;
        if due > self.frames + CATCH_UP {
            self.frames = due - CATCH_UP;
        }
        let mut any = false;
        while self.frames < due {
            any |= self.frame(format).is_some_and(&mut give);
            self.frames += 1;
        }
        any
    }

    fn frame(&mut self, format: &Format) -> Option<OutPacket> {
        self.speech.render(&mut self.pcm);
        let mut bytes = [0; rtp::packet::MAX_PAYLOAD];
        let length = self.encoder.encode(&self.pcm, &mut bytes).ok()?;
        let payload = Payload::try_from(bytes.get(..length)?).ok()?;
        let ticks = self.frames * u64::from(format.codec.rtp_clock_hz()) / 50;
        let (marker, timestamp) = (self.frames == 0, ticks as u32);
        Some(OutPacket { payload_type: format.payload_type, marker, timestamp, payload })
    }
}

#[cfg(test)]
mod tests {
    use rtrb::RingBuffer;

    use super::*;

    const FORMAT: Format = Format { codec: CodecKind::Pcma, payload_type: 8, echoed: [(8, 8), (101, 96)], send: true };

    fn call(role: Role) -> (Call, rtrb::Producer<InPacket>, rtrb::Consumer<OutPacket>) {
        let (to_call, from_net) = RingBuffer::new(400);
        let (to_net, from_call) = RingBuffer::new(400);
        let mut call = Call::new(role, (from_net, to_net));
        call.set_format(FORMAT);
        (call, to_call, from_call)
    }

    fn heard(arrival: Instant, payload_type: u8, number: u8) -> InPacket {
        let payload = [number].into_iter().collect();
        let (sequence, timestamp) = (u16::from(number), u32::from(number) * 160);
        InPacket { arrival, payload_type, marker: number == 0, sequence, timestamp, ssrc: 1, payload }
    }

    #[test]
    fn an_echo_comes_after_its_delay_with_the_same_sound_and_time() {
        let (mut call, mut input, mut output) = call(Role::Echo(Duration::from_secs(1)));
        let start = Instant::now();
        for number in 0..3u8 {
            input.push(heard(start + FRAME * u32::from(number), 8, number)).unwrap();
        }
        input.push(heard(start + FRAME * 3, 101, 3)).unwrap();
        input.push(heard(start + FRAME * 3, 55, 4)).unwrap();
        assert!(!call.tick(start + Duration::from_millis(999)));
        assert!(call.tick(start + Duration::from_millis(1020)));
        let mut take = || output.pop().ok().map(|p| (p.payload_type, p.marker, p.timestamp, p.payload[0]));
        assert_eq!((take(), take(), take()), (Some((8, true, 0, 0)), Some((8, false, 160, 1)), None));
        call.tick(start + Duration::from_secs(2));
        assert_eq!(take(), Some((8, false, 320, 2)));
        assert_eq!(take(), Some((96, false, 480, 3)), "keys come back under our payload type");
        assert_eq!(take(), None, "what was never agreed does not");
    }

    #[test]
    fn an_echo_on_hold_gives_nothing_back_and_keeps_nothing_for_later() {
        let (mut call, mut input, mut output) = call(Role::Echo(Duration::ZERO));
        call.set_format(Format { send: false, ..FORMAT });
        input.push(heard(Instant::now(), 8, 1)).unwrap();
        assert!(!call.tick(Instant::now()));
        call.set_format(FORMAT);
        assert!(!call.tick(Instant::now()) && output.pop().is_err());
    }

    #[test]
    fn the_caller_speaks_a_frame_each_20_ms_and_skips_what_it_missed() {
        let (mut call, _input, mut output) = call(Role::Speak);
        let start = call.mouth.as_ref().unwrap().began;
        for ms in (0..100).step_by(10) {
            call.tick(start + Duration::from_millis(ms));
        }
        let sent: Vec<_> = std::iter::from_fn(|| output.pop().ok()).collect();
        let facts: Vec<_> = sent.iter().map(|p| (p.marker, p.timestamp, p.payload.len())).collect();
        let expected: Vec<_> = (0..5).map(|n| (n == 0, n * 160, 160)).collect();
        assert_eq!(facts, expected);
        call.tick(start + Duration::from_secs(10));
        let late: Vec<_> = std::iter::from_fn(|| output.pop().ok()).map(|p| p.timestamp).collect();
        assert_eq!(late, (496..501).map(|n| n * 160).collect::<Vec<_>>());
    }
}
