//! A voice to send, and measures of what arrived.
#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, reason = "a test helper")]

use std::path::Path;

/// A voice-like sound that is nowhere like itself, nor like that of another `seed`: a pitch that wanders, syllables of
/// uneven length and loudness, pauses.
pub fn speech(rate_hz: u32, seconds: f32, seed: u32) -> Vec<f32> {
    let mut state = 0x2545_f491 ^ seed.wrapping_mul(0x9e37_79b9);
    let mut random = move |below: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % below
    };
    let (mut phase, mut pitch) = (0.0_f32, 140.0_f32);
    let (mut left, mut aim, mut loudness) = (0_u32, 0.0_f32, 0.0_f32);
    (0..(rate_hz as f32 * seconds) as usize)
        .map(|_| {
            if left == 0 {
                left = rate_hz * (60 + random(180)) / 1000;
                aim = if random(6) == 0 { 0.0 } else { 0.15 + random(86) as f32 / 100.0 };
                pitch = (pitch + random(61) as f32 - 30.0).clamp(90.0, 260.0);
            }
            left -= 1;
            loudness += (aim - loudness) * 200.0 / rate_hz as f32;
            phase = (phase + pitch / rate_hz as f32).fract();
            loudness * (1..12).map(|h| 0.1 / h as f32 * (std::f32::consts::TAU * phase * h as f32).sin()).sum::<f32>()
        })
        .collect()
}

/// Steps of a loudness curve, samples at 48 kHz: 5 ms.
const STEP: usize = 240;

/// Loudness over 20 ms, every 5 ms: codecs and a jitter buffer at work change the waveform, not this curve.
fn curve(sound: &[f32]) -> Vec<f32> {
    let steps: Vec<f32> = sound.chunks_exact(STEP).map(|c| c.iter().map(|v| v * v).sum::<f32>()).collect();
    steps.windows(4).map(|w| (w.iter().sum::<f32>() / (4 * STEP) as f32).sqrt()).collect()
}

/// Correlation of two curves of one length, −1…1.
fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let mean = |s: &[f32]| s.iter().sum::<f32>() / s.len() as f32;
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0_f32, 1e-9_f32, 1e-9_f32);
    for (a, b) in a.iter().zip(b) {
        ab += (a - ma) * (b - mb);
        aa += (a - ma).powi(2);
        bb += (b - mb).powi(2);
    }
    ab / (aa * bb).sqrt()
}

/// How much of `heard` is `said`: the middle one of the likenesses of its pieces of two seconds, each looked for anywhere
/// in `said`, because a stalled machine moves what comes after the stall. Both at 48 kHz.
pub fn likeness_of_pieces(heard: &[f32], said: &[f32]) -> f32 {
    let (heard, said) = (curve(heard), curve(said));
    let best = |piece: &[f32]| said.windows(piece.len()).map(|w| likeness(piece, w)).fold(0.0, f32::max);
    let mut pieces: Vec<f32> = heard.chunks_exact(2 * 48_000 / STEP).map(best).collect();
    pieces.sort_by(f32::total_cmp);
    pieces.get(pieces.len() / 2).copied().unwrap_or(0.0)
}

/// Mean square.
pub fn power(sound: &[f32]) -> f32 {
    sound.iter().map(|s| s * s).sum::<f32>() / sound.len().max(1) as f32
}

/// Writes a WAV file, one channel, 16 bit.
pub fn write_wav(path: &Path, rate_hz: u32, pcm: &[f32]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    pcm.iter().for_each(|s| writer.write_sample((s * 32_767.0) as i16).unwrap());
    writer.finalize().unwrap();
}
