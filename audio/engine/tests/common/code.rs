//! A voice of tones that says where it is, and an ear that understands it.
//!
//! ```text
//!   voice 1: ♪7 ♪2 ♪11 ♪2 ♪5 …   100 ms each     heard: ♪7 ♪2 _ ♪11 ♪2 ♪5   words 7-2-11, 2-11-2, 11-2-5 in their order
//! ```
//!
//! Three tones in a row stand nowhere else in this voice and nowhere in the other, so a word that is heard says who
//! spoke, and where in his text. Codecs, a jitter buffer that stretches and a server that stutters leave the words as
//! they are; losing, repeating or mixing up sound does not. The voice makes no pause: silence that is heard was lost.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test helper")]

use std::path::Path;

/// Tones of the alphabet, 100 Hz apart from 500 Hz on: all below what G.711 carries.
const TONES: usize = 24;
/// Rate of what is said and heard, Hz, and length of a tone, samples: 100 ms.
const RATE_HZ: u32 = 48_000;
const TONE: usize = RATE_HZ as usize / 10;
/// The longest voice, tones: 200 s.
const LONGEST: usize = 2_000;
/// The ear's own rate, Hz, and what it hears at a time: 20 ms every 10 ms.
const EAR_HZ: usize = 8_000;
const FRAME: usize = EAR_HZ / 50;
const HOP: usize = EAR_HZ / 100;
/// Silence is looked for in pieces of 5 ms.
const PIECE: usize = EAR_HZ / 200;
/// Below this power sound is silence (the voice has 0.045).
const SILENT: f32 = 1e-4;
/// Between two words that follow each other, tones: as much as the longest stall that is no fault.
const AHEAD: usize = 20;

fn tone_hz(tone: u8) -> f32 {
    500.0 + 100.0 * f32::from(tone)
}

/// The texts of both voices, made in one go so that no word stands in both.
fn texts() -> [Vec<u8>; 2] {
    let mut state = 0x2545_f491_u32;
    let mut used = std::collections::BTreeSet::new();
    let mut text: Vec<u8> = vec![0, 1];
    while text.len() < 2 * LONGEST {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let (a, b) = (text[text.len() - 2], text[text.len() - 1]);
        let first = state as usize % TONES;
        let next = (first..first + TONES)
            .map(|tone| (tone % TONES) as u8)
            .find(|tone| *tone != b && !used.contains(&[a, b, *tone]));
        let Some(next) = next else { unreachable!("12000 words are enough for this beginning") };
        used.insert([a, b, next]);
        text.push(next);
    }
    let second = text.split_off(LONGEST);
    [text, second]
}

/// One tone, 100 ms at 48 kHz, that comes and goes without a click.
fn tone(tone: u8) -> Vec<f32> {
    let edge = TONE as f32 / 20.0;
    let sample = |n: usize| {
        let from_edge = n.min(TONE - 1 - n) as f32;
        let turn = std::f32::consts::TAU * (tone_hz(tone) / RATE_HZ as f32 * n as f32).fract();
        0.3 * (from_edge / edge).min(1.0) * turn.sin()
    };
    (0..TONE).map(sample).collect()
}

/// What voice 0 or 1 says, from its beginning, at 48 kHz.
pub fn voice(who: usize, seconds: usize) -> Vec<f32> {
    texts()[who][..seconds * 10].iter().flat_map(|t| tone(*t)).collect()
}

/// Writes a voice into a WAV file, one channel, 48 kHz, 16 bit.
pub fn write_voice(path: &Path, who: usize, seconds: usize) {
    let bytes = |tone| tone_bytes(&self::tone(tone));
    let tones: Vec<Vec<u8>> = (0..TONES as u8).map(bytes).collect();
    let sound: Vec<u8> =
        texts()[who][..seconds * 10].iter().map(|t| tones[usize::from(*t)].as_slice()).collect::<Vec<_>>().concat();
    let length = sound.len() as u32;
    let words = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    // Length of what follows; 16 bytes of format: PCM, one channel, rate, bytes a second, bytes and bits a sample.
    let format = words(&[16, 1 | 1 << 16, RATE_HZ, 2 * RATE_HZ, 2 | 16 << 16]);
    let parts = [b"RIFF", &words(&[length + 36])[..], b"WAVEfmt ", &format, b"data", &words(&[length]), &sound];
    std::fs::write(path, parts.concat()).unwrap();
}

fn tone_bytes(tone: &[f32]) -> Vec<u8> {
    tone.iter().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()).collect()
}

/// What was understood of a piece of sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Understood {
    /// Words of the voice that came in their order, of all that fit into the time, 0…1.
    pub words: f32,
    /// Words of the other voice, of all that fit into the time, 0…1.
    pub other: f32,
    /// Share of the time that was silent, 0…1.
    pub silent: f32,
}

/// Listens to `seconds` at 48 kHz, of which `sound` may be less (the rest is silence), for a voice.
pub fn listen(sound: &[f32], who: usize, seconds: f32) -> Understood {
    let near: Vec<f32> =
        sound.chunks_exact(RATE_HZ as usize / EAR_HZ).map(|c| c.iter().sum::<f32>() / c.len() as f32).collect();
    let frames: Vec<Frame> = near.windows(FRAME).step_by(HOP).map(hear).collect();
    let expected = (seconds * 10.0 - 3.0).max(1.0);
    let loud = near.chunks_exact(PIECE).filter(|piece| power(piece) >= SILENT).count() as f32;
    let pieces = seconds * (EAR_HZ / PIECE) as f32;
    let text = text_of(&frames);
    let texts = texts();
    let share = |who: usize| (words_in_order(&text, &texts[who]) as f32 / expected).min(1.0);
    Understood { words: share(who), other: share(1 - who), silent: (1.0 - loud / pieces).clamp(0.0, 1.0) }
}

#[derive(Clone, Copy, PartialEq)]
enum Frame {
    Tone(u8),
    Other,
}

/// Mean square.
fn power(sound: &[f32]) -> f32 {
    sound.iter().map(|s| s * s).sum::<f32>() / sound.len().max(1) as f32
}

fn hear(frame: &[f32]) -> Frame {
    if power(frame) < SILENT {
        return Frame::Other;
    }
    let energy = power(frame) * frame.len() as f32;
    // The share of the energy that lies in each tone (Goertzel).
    let share = |tone: u8| {
        let turn = std::f32::consts::TAU * tone_hz(tone) / EAR_HZ as f32;
        let (mut s1, mut s2) = (0.0_f32, 0.0_f32);
        for sample in frame {
            (s1, s2) = (sample + 2.0 * turn.cos() * s1 - s2, s1);
        }
        (s1 * s1 + s2 * s2 - 2.0 * turn.cos() * s1 * s2) * 2.0 / (frame.len() as f32 * energy)
    };
    let best = (0..TONES as u8).map(|tone| (tone, share(tone))).max_by(|a, b| a.1.total_cmp(&b.1));
    best.filter(|(_, share)| *share > 0.7).map_or(Frame::Other, |(tone, _)| Frame::Tone(tone))
}

/// Tones that held for two frames, each once.
fn text_of(frames: &[Frame]) -> Vec<u8> {
    let held = frames.windows(2).filter_map(|pair| match pair {
        [Frame::Tone(a), Frame::Tone(b)] if a == b => Some(*a),
        _ => None,
    });
    let mut text: Vec<u8> = held.collect();
    text.dedup();
    text
}

/// The most words of a text that were heard each after the one before it and not far from it.
fn words_in_order(heard: &[u8], text: &[u8]) -> usize {
    let places: Vec<usize> = heard.windows(3).filter_map(|word| text.windows(3).position(|w| w == word)).collect();
    let mut chains: Vec<usize> = Vec::new();
    for (n, place) in places.iter().enumerate() {
        let before = (0..n).filter(|m| (places[*m] + 1..=places[*m] + AHEAD).contains(place)).map(|m| chains[m]);
        chains.push(1 + before.max().unwrap_or(0));
    }
    chains.into_iter().max().unwrap_or(0)
}
