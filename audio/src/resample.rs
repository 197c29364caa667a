//! Between sample rates.
//!
//! Whole ratios, which is what codecs and 48 kHz devices need, go through a polyphase filter of our own: exact lengths
//! (10 ms in, 10 ms out), 1.5 ms of delay at 8 kHz, a few µs. Everything else goes through rubato's sinc interpolation.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Async, FixedAsync, Resampler as _, SincInterpolationParameters, WindowFunction};

/// Taps of the polyphase filter per sample of the lower rate.
const TAPS: usize = 24;
/// Pass band, as a share of the lower rate.
const CUTOFF: f64 = 0.46;
/// Length of rubato's filter, samples of the lower rate.
const SINC_LENGTH: usize = 64;

/// Why a resampler cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot resample from {from_hz} to {to_hz} Hz: {reason}")]
pub struct ResampleError {
    from_hz: u32,
    to_hz: u32,
    reason: String,
}

/// Changes the rate of a stream.
pub struct Resampler(Kind);

enum Kind {
    Same,
    Up(Polyphase),
    Down(Polyphase),
    Any(Box<Sinc>),
}

impl Resampler {
    /// A stream of `from_hz` that becomes one of `to_hz`.
    ///
    /// # Errors
    /// A rate is 0 or the ratio is beyond 1 : 256.
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self, ResampleError> {
        let kind = match (from_hz, to_hz) {
            (0, _) | (_, 0) => return Err(ResampleError { from_hz, to_hz, reason: "rate 0".to_owned() }),
            (from, to) if from == to => Kind::Same,
            (from, to) if to % from == 0 && to / from <= 12 => Kind::Up(Polyphase::new((to / from) as usize)),
            (from, to) if from % to == 0 && from / to <= 12 => Kind::Down(Polyphase::new((from / to) as usize)),
            (from, to) => {
                Kind::Any(Box::new(Sinc::new(from, to).map_err(|reason| ResampleError { from_hz, to_hz, reason })?))
            }
        };
        Ok(Self(kind))
    }

    /// Appends what `input` becomes to `out`. Whole ratios give exactly `input.len()` × ratio when that is whole; other
    /// ratios give it on average.
    pub fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        match &mut self.0 {
            Kind::Same => out.extend_from_slice(input),
            Kind::Up(filter) => filter.up(input, out),
            Kind::Down(filter) => filter.down(input, out),
            Kind::Any(sinc) => sinc.process(input, out),
        }
    }

    /// A whole recording at once; what the filter delays is kept to the end.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn convert(clip: &[f32], from_hz: u32, to_hz: u32) -> Result<Vec<f32>, ResampleError> {
        let mut resampler = Self::new(from_hz, to_hz)?;
        let mut out = Vec::with_capacity(clip.len() * to_hz as usize / from_hz as usize + 1024);
        resampler.process(clip, &mut out);
        Ok(out)
    }
}

/// A windowed sinc, cut into one short filter per phase.
struct Polyphase {
    factor: usize,
    /// `TAPS * factor` taps; phase p holds taps p, p + factor, …, newest sample first.
    taps: Vec<f32>,
    /// The last samples, oldest first.
    past: Vec<f32>,
    /// Input left until the next output (down only).
    phase: usize,
}

impl Polyphase {
    fn new(factor: usize) -> Self {
        let length = TAPS * factor;
        let middle = (length - 1) as f64 / 2.0;
        let tap = |n: usize| {
            let x = (n as f64 - middle) / factor as f64;
            let sinc = if x == 0.0 {
                1.0
            } else {
                (std::f64::consts::TAU * CUTOFF * x).sin() / (std::f64::consts::TAU * CUTOFF * x)
            };
            // Blackman window: 74 dB of stop band.
            let w = std::f64::consts::TAU * (n as f64 + 0.5) / length as f64;
            2.0 * CUTOFF * sinc * (0.42 - 0.5 * w.cos() + 0.08 * (2.0 * w).cos())
        };
        Self { factor, taps: (0..length).map(|n| tap(n) as f32).collect(), past: Vec::new(), phase: 0 }
    }

    /// Each sample becomes `factor` samples.
    fn up(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.past.resize(TAPS - 1, 0.0);
        self.past.extend_from_slice(input);
        for window in self.past.windows(TAPS) {
            for phase in 0..self.factor {
                let taps = self.taps[phase..].iter().step_by(self.factor);
                out.push(window.iter().rev().zip(taps).map(|(s, t)| s * t).sum());
            }
        }
        self.past.drain(..input.len());
    }

    /// `factor` samples become one.
    fn down(&mut self, input: &[f32], out: &mut Vec<f32>) {
        let length = self.taps.len();
        self.past.resize(length - 1, 0.0);
        self.past.extend_from_slice(input);
        let scale = 1.0 / self.factor as f32;
        while self.phase < input.len() {
            let window = &self.past[self.phase..self.phase + length];
            // The filter is symmetric: forwards is backwards.
            out.push(scale * window.iter().zip(&self.taps).map(|(s, t)| s * t).sum::<f32>());
            self.phase += self.factor;
        }
        self.phase -= input.len();
        self.past.drain(..input.len());
    }
}

/// rubato with pieces of 10 ms.
struct Sinc {
    inner: Async<f32>,
    waiting: Vec<f32>,
    piece: usize,
    room: Vec<f32>,
}

impl Sinc {
    fn new(from_hz: u32, to_hz: u32) -> Result<Self, String> {
        let piece = (from_hz / 100).max(8) as usize;
        let length = SINC_LENGTH * from_hz.div_ceil(to_hz).clamp(1, 16) as usize;
        let parameters = SincInterpolationParameters::new(length, WindowFunction::BlackmanHarris2);
        let ratio = f64::from(to_hz) / f64::from(from_hz);
        if !(1.0 / 256.0..=256.0).contains(&ratio) {
            return Err("ratio".to_owned());
        }
        let inner = Async::new_sinc(ratio, 1.1, &parameters, piece, 1, FixedAsync::Input).map_err(|e| e.to_string())?;
        let room = vec![0.0; inner.output_frames_max()];
        Ok(Self { inner, waiting: Vec::new(), piece, room })
    }

    fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.waiting.extend_from_slice(input);
        while self.waiting.len() >= self.piece {
            let frames = self.room.len();
            let from = SequentialSlice::new(&self.waiting[..self.piece], 1, self.piece);
            let to = SequentialSlice::new_mut(&mut self.room, 1, frames);
            // Both buffers have the sizes that rubato asks for, so this cannot fail; silence would be the least harm.
            let made = match (from, to) {
                (Ok(from), Ok(mut to)) => {
                    self.inner.process_into_buffer(&from, &mut to, None).map_or(0, |(_, made)| made)
                }
                _ => 0,
            };
            out.extend_from_slice(&self.room[..made]);
            self.waiting.drain(..self.piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate_hz: u32, hz: f32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| 0.5 * (std::f32::consts::TAU * hz * n as f32 / rate_hz as f32).sin()).collect()
    }

    /// Power of what is left after the best sine of `hz` is taken away, relative to it, dB.
    fn distortion_db(pcm: &[f32], rate_hz: u32, hz: f32) -> f64 {
        let (mut re, mut im, mut total) = (0.0, 0.0, 0.0);
        for (n, s) in pcm.iter().enumerate() {
            let angle = std::f64::consts::TAU * f64::from(hz) * n as f64 / f64::from(rate_hz);
            re += f64::from(*s) * angle.cos();
            im += f64::from(*s) * angle.sin();
            total += f64::from(*s).powi(2);
        }
        let tone = 2.0 * (re * re + im * im) / pcm.len() as f64;
        10.0 * ((total - tone).max(1e-15) / tone).log10()
    }

    #[test]
    fn a_tone_stays_a_tone_at_every_pair_of_rates() {
        let rates = [8_000, 16_000, 44_100, 48_000];
        for from in rates {
            for to in rates {
                let mut resampler = Resampler::new(from, to).unwrap();
                let mut out = Vec::new();
                for block in sine(from, 1_000.0, from as usize).chunks(from as usize / 100) {
                    resampler.process(block, &mut out);
                }
                assert!(out.len().abs_diff(to as usize) < to as usize / 50, "{from} to {to}: {}", out.len());
                let middle = &out[to as usize / 10..to as usize * 9 / 10];
                let level = (middle.iter().map(|s| s * s).sum::<f32>() / middle.len() as f32).sqrt();
                assert!((level - 0.3536).abs() < 0.005, "{from} to {to}: {level}");
                let db = distortion_db(middle, to, 1_000.0);
                assert!(db < -55.0, "{from} to {to}: {db} dB");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_gone() {
        for (from, to) in [(48_000, 8_000), (48_000, 16_000), (44_100, 8_000)] {
            let hz = to as f32 * 0.7;
            let out = Resampler::convert(&sine(from, hz, from as usize), from, to).unwrap();
            let level = (out[800..].iter().map(|s| s * s).sum::<f32>() / (out.len() - 800) as f32).sqrt();
            assert!(level < 0.3536 * 0.002, "{from} to {to}: {level}");
        }
    }

    #[test]
    fn whole_ratios_give_exact_blocks() {
        for (from, to) in [(8_000, 48_000), (16_000, 48_000), (48_000, 16_000), (48_000, 8_000), (48_000, 48_000)] {
            let mut resampler = Resampler::new(from, to).unwrap();
            for _ in 0..10 {
                let mut out = Vec::new();
                resampler.process(&vec![0.1; from as usize / 100], &mut out);
                assert_eq!(out.len(), to as usize / 100);
            }
        }
        assert!(Resampler::new(0, 8_000).is_err());
    }
}
