//! How much of what the speaker plays comes back by the microphone.
//!
//! ```text
//!   far  ─► 4 kHz, whitened ─► adaptive filter (NLMS, 350 ms) ─► what the echo would be ─┐
//!   near ─► 4 kHz, whitened ───────────────────────────────────────────────────────────► × ─► its share, once a second of far speech
//! ```
//!
//! The product of what was predicted and what came counts only what both have in common, and what predicts is the filter of a
//! second ago, so neither the agent's own voice, which the filter follows for a moment, nor noise is taken for echo. ERLE as
//! AEC3 tells it is of no use for this.

/// Samples of 48 kHz in one of ours.
const STEP: usize = 12;
/// 350 ms: the rings, the devices and the room.
const TAPS: usize = 1_400;
/// Whitening, so that speech trains the filter evenly.
const WHITEN: f32 = 0.9;
/// Speed of the filter.
const SPEED: f32 = 0.4;
/// Below this mean square the far side is silent (about −55 dBFS).
const QUIET: f32 = 1e-6;
/// Below this the microphone is off rather than in a quiet room (about −85 dBFS).
const DEAD: f32 = 1e-9;
/// Blocks of far speech in one figure.
const WINDOW: u32 = 100;
/// A prediction that comes to nothing is of no weight when it is softer than this below what was played, dB.
const CHANCE_DB: f32 = 35.0;
/// What is told when nothing of the echo was found, dB.
const NO_ECHO_DB: f32 = 60.0;

/// Makes 4 kHz of 48.
#[derive(Default)]
struct Thin {
    sum: f32,
    count: usize,
    last: f32,
}

impl Thin {
    fn push(&mut self, sample: f32) -> Option<f32> {
        self.sum += sample;
        self.count += 1;
        if self.count < STEP {
            return None;
        }
        let mean = self.sum / STEP as f32;
        let white = mean - WHITEN * self.last;
        (self.sum, self.count, self.last) = (0.0, 0, mean);
        Some(white)
    }
}

/// Sums over one window.
#[derive(Default)]
struct Sums {
    blocks: u32,
    common: f64,
    predicted: f64,
    far: f64,
    near: f64,
}

/// Measures echo.
pub struct EchoMeter {
    far_thin: Thin,
    near_thin: Thin,
    /// What was played, newest last, twice as long as the filter so that it is moved seldom.
    played: Vec<f32>,
    waiting: Vec<f32>,
    filter: Vec<f32>,
    /// As it was at the end of the last window.
    settled: Vec<f32>,
    sums: Sums,
}

impl Default for EchoMeter {
    fn default() -> Self {
        Self {
            far_thin: Thin::default(),
            near_thin: Thin::default(),
            played: vec![0.0; TAPS],
            waiting: Vec::new(),
            filter: vec![0.0; TAPS],
            settled: vec![0.0; TAPS],
            sums: Sums::default(),
        }
    }
}

impl EchoMeter {
    /// The next 10 ms that go to the speaker (48 kHz).
    pub fn render(&mut self, far: &[f32]) {
        self.waiting.extend(far.iter().filter_map(|sample| self.far_thin.push(*sample)));
        // The microphone is closed: what was played has no echo.
        let excess = self.waiting.len().saturating_sub(TAPS);
        self.waiting.drain(..excess);
    }

    /// The next 10 ms of the microphone as they came. After each second of far speech: by how much the echo is softer than
    /// what was played, dB, 60 where none is found; nothing where nothing can be
    /// said.
    pub fn capture(&mut self, near: &[f32]) -> Option<f32> {
        let mut waiting = std::mem::take(&mut self.waiting).into_iter();
        if self.played.len() > 4 * TAPS {
            self.played.drain(..self.played.len() - TAPS);
        }
        let active = self.far_power() > QUIET;
        for sample in near {
            let Some(near) = self.near_thin.push(*sample) else { continue };
            self.played.push(waiting.next().unwrap_or(0.0));
            if active {
                self.adapt(near);
            }
        }
        if active {
            self.sums.blocks += 1;
        }
        if self.sums.blocks < WINDOW {
            return None;
        }
        self.settled.copy_from_slice(&self.filter);
        std::mem::take(&mut self.sums).loss_db()
    }

    fn far_power(&self) -> f32 {
        let recent = &self.played[self.played.len() - TAPS..];
        recent.iter().map(|s| s * s).sum::<f32>() / TAPS as f32
    }

    /// One sample: predicts, compares, learns.
    fn adapt(&mut self, near: f32) {
        let played = &self.played[self.played.len() - TAPS..];
        let power: f32 = dot(played, played);
        let step = SPEED * (near - dot(played, &self.filter)) / (power + TAPS as f32 * QUIET);
        self.filter.iter_mut().zip(played).for_each(|(tap, far)| *tap += step * far);
        let predicted = dot(played, &self.settled);
        self.sums.common += f64::from(near * predicted);
        self.sums.predicted += f64::from(predicted * predicted);
        self.sums.far += f64::from(power) / TAPS as f64;
        self.sums.near += f64::from(near * near);
    }
}

impl Sums {
    /// None where nothing can be said: the microphone is off, or the filter has followed the agent's voice.
    fn loss_db(&self) -> Option<f32> {
        let samples = f64::from(self.blocks) * 40.0;
        if self.near < samples * f64::from(DEAD) || self.predicted == 0.0 {
            return None;
        }
        let loss_db = |echo: f64| (10.0 * (self.far / echo.max(1e-12)).log10()) as f32;
        // What the filter made of the agent's voice by chance has little in common with what comes next.
        if self.common > 0.5 * self.predicted {
            Some(loss_db(self.common).min(NO_ECHO_DB))
        } else {
            (loss_db(self.predicted) > CHANCE_DB).then_some(NO_ECHO_DB)
        }
    }
}

/// In lanes, so that it is done with wide registers.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for n in 0..8 {
            lanes[n] += a[n] * b[n];
        }
    }
    lanes.iter().sum()
}
