//! Loudness in dBFS for the meters.

/// What an idle meter shows, dBFS.
pub const SILENCE_DBFS: f32 = -100.0;

/// Loudness of the last 100 ms: power over blocks of 10 ms, 0 dBFS = a full-scale sine.
#[derive(Clone, Debug)]
pub struct LevelMeter {
    powers: [f32; 10],
    at: usize,
}

impl Default for LevelMeter {
    fn default() -> Self {
        Self { powers: [0.0; 10], at: 0 }
    }
}

impl LevelMeter {
    /// Takes the next 10 ms.
    pub fn push(&mut self, pcm: &[f32]) {
        let power = pcm.iter().map(|s| s * s).sum::<f32>() / pcm.len().max(1) as f32;
        self.powers[self.at] = power;
        self.at = (self.at + 1) % self.powers.len();
    }

    /// Loudness now, dBFS, at least [`SILENCE_DBFS`].
    pub fn dbfs(&self) -> f32 {
        let mean = self.powers.iter().sum::<f32>() / self.powers.len() as f32;
        // The power of a full-scale sine is one half.
        (10.0 * (2.0 * mean).max(1e-12).log10()).max(SILENCE_DBFS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_sine_is_zero_and_half_is_six_less() {
        for (amplitude, dbfs) in [(1.0, 0.0), (0.5, -6.02), (0.001, -60.0), (0.0, SILENCE_DBFS)] {
            let mut meter = LevelMeter::default();
            for block in 0..10 {
                let pcm: Vec<f32> = (0..480)
                    .map(|n| amplitude * (std::f32::consts::TAU * 1000.0 * (block * 480 + n) as f32 / 48_000.0).sin())
                    .collect();
                meter.push(&pcm);
            }
            assert!((meter.dbfs() - dbfs).abs() < 0.1, "{amplitude}: {}", meter.dbfs());
        }
    }
}
