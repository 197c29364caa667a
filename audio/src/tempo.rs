//! Faster or slower at the same pitch, for listening to recordings (WSOLA).
//!
//! ```text
//!   every 10 ms out:   what would follow ╲  ╱ the piece near the wished place that resembles it most
//!                                         ╲╱
//! ```

const HOP: usize = 480;
/// How far from the wished place is looked, samples at 48 kHz: a period of the lowest voices, 12 ms, in all.
const RANGE: usize = 288;
/// Not every sample is compared at first.
const STRIDE: usize = 6;
/// Slower than this, or faster, nothing is understood.
pub const SPEEDS: std::ops::RangeInclusive<f32> = 0.5..=3.0;

/// Changes the speed of one channel at 48 kHz.
pub struct Tempo {
    speed: f32,
    input: Vec<f32>,
    /// Where in `input` the next piece should begin.
    wished: f64,
    /// Where what was heard last goes on.
    follows: usize,
}

impl Tempo {
    /// Speed 1 leaves sound as it is; others are kept within [`SPEEDS`].
    pub fn new(speed: f32) -> Self {
        Self { speed: speed.clamp(*SPEEDS.start(), *SPEEDS.end()), input: Vec::new(), wished: 0.0, follows: 0 }
    }

    /// Appends what `sound` becomes to `out`; up to 50 ms wait for what comes next.
    pub fn process(&mut self, sound: &[f32], out: &mut Vec<f32>) {
        if self.speed == 1.0 {
            out.extend_from_slice(sound);
            return;
        }
        self.input.extend_from_slice(sound);
        while self.input.len() >= self.follows.max(self.wished as usize + RANGE) + HOP {
            let at = self.place();
            for n in 0..HOP {
                let weight = n as f32 / HOP as f32;
                out.push(self.input[self.follows + n] * (1.0 - weight) + self.input[at + n] * weight);
            }
            self.follows = at + HOP;
            self.wished += f64::from(self.speed) * HOP as f64;
        }
        let done = self.follows.min((self.wished as usize).saturating_sub(RANGE));
        self.input.drain(..done.min(self.input.len()));
        self.follows -= done;
        self.wished -= done as f64;
    }

    /// Where the piece begins that resembles most what would follow.
    fn place(&self) -> usize {
        let wished = self.wished as usize;
        let lowest = wished.saturating_sub(RANGE);
        let coarse = self.best(lowest..=wished + RANGE, STRIDE);
        self.best(coarse.saturating_sub(STRIDE).max(lowest)..=(coarse + STRIDE).min(wished + RANGE), 1)
    }

    fn best(&self, places: std::ops::RangeInclusive<usize>, stride: usize) -> usize {
        let follows = &self.input[self.follows..self.follows + HOP];
        let likeness = |at: usize| {
            let (mut product, mut energy) = (0.0_f32, 1e-6_f32);
            for (a, b) in follows.iter().step_by(stride).zip(self.input[at..at + HOP].iter().step_by(stride)) {
                product += a * b;
                energy += b * b;
            }
            product / energy.sqrt()
        };
        let first = *places.start();
        let scored = places.step_by(stride).map(|at| (at, likeness(at)));
        scored.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(first, |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hum(hz: f32, seconds: f32) -> Vec<f32> {
        let wave = |n: usize| 0.4 * (std::f32::consts::TAU * hz * n as f32 / 48_000.0).sin();
        (0..(seconds * 48_000.0) as usize).map(wave).collect()
    }

    fn crossings_per_s(pcm: &[f32]) -> f32 {
        let crossings = pcm.windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count();
        crossings as f32 * 48_000.0 / pcm.len() as f32
    }

    #[test]
    fn sound_gets_shorter_or_longer_and_its_pitch_stays() {
        let sound = hum(220.0, 2.0);
        let steepest = |s: &[f32]| s.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        for speed in [0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0] {
            let (mut tempo, mut out) = (Tempo::new(speed), Vec::new());
            sound.chunks(960).for_each(|block| tempo.process(block, &mut out));
            let seconds = out.len() as f32 / 48_000.0;
            assert!((seconds - 2.0 / speed).abs() < 0.08, "{speed}: {seconds} s");
            let pitch = crossings_per_s(&out);
            assert!((pitch - 220.0).abs() < 4.0, "{speed}: {pitch} Hz");
            assert!(steepest(&out) < steepest(&sound) * 1.15, "{speed}: a click");
        }
    }

    #[test]
    fn silence_and_a_wild_speed_do_no_harm() {
        let (mut tempo, mut out) = (Tempo::new(f32::INFINITY), Vec::new());
        tempo.process(&[0.0; 48_000], &mut out);
        assert!(out.len().abs_diff(16_000) < 2_000 && out.iter().all(|s| *s == 0.0), "{}", out.len());
    }
}
