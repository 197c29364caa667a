//! Ways from packets to sound, one beside the other.

use std::time::{Duration, Instant};

use audio::codec::{CodecKind, Decoder, MAX_PACKET_SAMPLES};
use audio::jitter::{JitterBuffer, Playout, PlayoutStats};

use crate::line::Sent;

/// How packets become sound.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    /// What is lost is silence; waits for ever.
    Silence,
    /// Our decoder with its concealment, waiting for ever for what may still come.
    Plain,
    /// The same, waiting this long, ms.
    Fixed(u32),
    /// Our jitter buffer.
    Ours,
}

impl Way {
    pub fn name(self) -> String {
        match self {
            Self::Silence => "silence".to_owned(),
            Self::Plain => "plain".to_owned(),
            Self::Fixed(ms) => format!("fixed {ms}"),
            Self::Ours => "ours".to_owned(),
        }
    }

    /// The sound of `frames` of 20 ms at the codec's rate, and the figures of our buffer.
    pub fn hear(
        self,
        kind: CodecKind,
        frames: usize,
        coming: &[Sent],
        zero: Instant,
    ) -> (Vec<f32>, Option<PlayoutStats>) {
        match self {
            Self::Silence => (in_place(kind, frames, coming, zero, None, false), None),
            Self::Plain => (in_place(kind, frames, coming, zero, None, true), None),
            Self::Fixed(ms) => (in_place(kind, frames, coming, zero, Some(ms), true), None),
            Self::Ours => {
                let (pcm, stats) = ours(kind, frames, coming, zero);
                (pcm, Some(stats))
            }
        }
    }
}

/// Each frame at its own time: 20 ms × its number + the delay.
fn in_place(
    kind: CodecKind,
    frames: usize,
    coming: &[Sent],
    zero: Instant,
    delay_ms: Option<u32>,
    conceals: bool,
) -> Vec<f32> {
    let mut decoder = Decoder::new(kind).expect("a decoder");
    let samples = kind.sample_rate_hz() as usize / 50;
    let mut arrived: Vec<Option<&Sent>> = vec![None; frames];
    // The first of two that are the same counts.
    for sent in coming.iter().rev() {
        arrived[sent.index] = Some(sent);
    }
    let mut pcm = vec![0.0; delay_ms.unwrap_or(0) as usize * kind.sample_rate_hz() as usize / 1000];
    let mut room = [0.0; MAX_PACKET_SAMPLES];
    let mut begun = false;
    for frame in 0..frames {
        let due = delay_ms.map(|ms| zero + Duration::from_millis(frame as u64 * 20 + u64::from(ms)));
        let at = |n: usize| {
            let sent = (*arrived.get(n)?)?;
            due.is_none_or(|due| sent.packet.arrival <= due).then_some(sent.packet.payload.as_slice())
        };
        let room = &mut room[..samples];
        match (at(frame), at(frame + 1)) {
            (Some(payload), _) => {
                decoder.decode(payload, room).expect("what was encoded is decoded");
                begun = true;
            }
            (None, _) if !conceals || !begun => room.fill(0.0),
            (None, Some(next)) if decoder.can_restore(next) => decoder.restore(next, room).expect("a copy"),
            _ => decoder.conceal(room),
        }
        pcm.extend_from_slice(room);
    }
    pcm
}

fn ours(kind: CodecKind, frames: usize, coming: &[Sent], zero: Instant) -> (Vec<f32>, PlayoutStats) {
    let mut buffer = JitterBuffer::new(kind).expect("a buffer");
    let mut block = vec![0.0; kind.sample_rate_hz() as usize / 100];
    let mut pcm = Vec::new();
    let mut coming = coming.iter().peekable();
    for pull in 0..frames as u64 * 2 + 20 {
        let now = zero + Duration::from_millis(pull * 10 + 4);
        while let Some(sent) = coming.next_if(|sent| sent.packet.arrival <= now) {
            buffer.insert(&sent.packet);
        }
        buffer.pull(now, &mut block);
        pcm.extend_from_slice(&block);
    }
    (pcm, buffer.stats())
}
