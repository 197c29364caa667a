//! Two clocks that almost agree: the voice thread's and a sound card's.
//!
//! ```text
//!   ring fill ─► lowest of each half second ─► PI controller ─► ratio ─► slip (one sample more or less, cross-faded)
//! ```
//!
//! The lowest fill is used because callbacks take or bring sound in lumps of any size: only the trough says how much
//! could be missing.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Adjustable, FixedAsync, Resampler as _, Slip};

/// Updates of the controller are this many blocks of 10 ms apart.
const BLOCKS: u32 = 50;
/// Widest correction: 500 ppm. A card is rarely off by more than 100.
const LIMIT: f64 = 500e-6;
/// Time in which an error shrinks to a third, s.
const SETTLE_S: f64 = 15.0;

/// Keeps the trough of a ring where it is wished by making one side a little faster.
#[derive(Clone, Debug)]
pub struct RateControl {
    rate_hz: f64,
    wished: f64,
    lowest: usize,
    blocks: u32,
    integral: f64,
    ratio: f64,
}

impl RateControl {
    /// `wished` is the least fill that shall be seen, samples.
    pub fn new(rate_hz: u32, wished: usize) -> Self {
        Self {
            rate_hz: f64::from(rate_hz),
            wished: wished as f64,
            lowest: usize::MAX,
            blocks: 0,
            integral: 0.0,
            ratio: 1.0,
        }
    }

    /// The fill at its least moment in this block of 10 ms (before writing, after reading). Returns the ratio of samples
    /// put out to samples taken in.
    pub fn observe(&mut self, fill: usize) -> f64 {
        self.lowest = self.lowest.min(fill);
        self.blocks += 1;
        if self.blocks == BLOCKS {
            self.update(self.wished - self.lowest as f64);
            (self.blocks, self.lowest) = (0, usize::MAX);
        }
        self.ratio
    }

    /// Wishes another trough.
    pub fn wish(&mut self, wished: usize) {
        self.wished = wished as f64;
    }

    /// The trough that is wished, samples.
    pub fn wished(&self) -> usize {
        self.wished as usize
    }

    fn update(&mut self, missing: f64) {
        let proportional = 1.0 / (self.rate_hz * SETTLE_S);
        // Critically damped: the integral acts four times slower.
        let integral = proportional / (4.0 * SETTLE_S);
        let step_s = f64::from(BLOCKS) / 100.0;
        self.integral = (self.integral + missing * integral * step_s).clamp(-LIMIT, LIMIT);
        self.ratio = 1.0 + (missing * proportional + self.integral).clamp(-LIMIT, LIMIT);
    }
}

/// Which side has a fixed length of 10 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// 10 ms go in (playback: the voice thread gives, the card takes).
    Input,
    /// 10 ms come out (capture: the card gives, the voice thread takes).
    Output,
}

/// A stream whose rate follows a ring.
pub struct Clutch {
    slip: Slip<f32>,
    control: RateControl,
    room: Vec<f32>,
}

impl Clutch {
    /// None if 10 ms of `rate_hz` are too short to slip in (below 400 Hz).
    pub fn new(rate_hz: u32, wished: usize, side: Side) -> Option<Self> {
        let fixed = match side {
            Side::Input => FixedAsync::Input,
            Side::Output => FixedAsync::Output,
        };
        let slip = Slip::new(rate_hz as usize / 100, 1, fixed).ok()?;
        let room = vec![0.0; slip.output_frames_max()];
        Some(Self { slip, control: RateControl::new(rate_hz, wished), room })
    }

    /// The fill of the ring; call it once a block.
    pub fn observe(&mut self, fill: usize) {
        let ratio = self.control.observe(fill);
        // The limit of the controller lies within what the slip can do.
        let _ = self.slip.set_resample_ratio(ratio, false);
    }

    /// The controller.
    pub fn control(&mut self) -> &mut RateControl {
        &mut self.control
    }

    /// Samples that the next block takes in.
    pub fn needs(&self) -> usize {
        self.slip.input_frames_next()
    }

    /// One block of [`Self::needs`] samples; appends what comes out.
    pub fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        let frames = self.room.len();
        let from = SequentialSlice::new(input, 1, input.len());
        let to = SequentialSlice::new_mut(&mut self.room, 1, frames);
        let made = match (from, to) {
            (Ok(from), Ok(mut to)) => self.slip.process_into_buffer(&from, &mut to, None).map_or(0, |(_, made)| made),
            _ => 0,
        };
        out.extend_from_slice(&self.room[..made]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A card that is `ppm` faster than we, with lumps of `lump` samples; returns (least, most) fill after a minute.
    fn playback(ppm: f64, lump: usize) -> (usize, usize) {
        // When the phases of the two clocks meet, the card takes two lumps between two of our blocks.
        let mut clutch = Clutch::new(48_000, 240 + lump, Side::Input).unwrap();
        let (mut fill, mut owed) = (1_440_usize, 0.0);
        let (mut least, mut most) = (usize::MAX, 0);
        for block in 0..18_000 {
            owed += 480.0 * (1.0 + ppm * 1e-6);
            while owed >= lump as f64 {
                assert!(
                    fill >= lump,
                    "{ppm} ppm, {lump}: ran dry after {block} blocks, ratio {}",
                    clutch.control.ratio
                );
                fill -= lump;
                owed -= lump as f64;
            }
            clutch.observe(fill);
            let mut out = Vec::new();
            clutch.process(&[0.1; 480], &mut out);
            fill += out.len();
            if block > 12_000 {
                least = least.min(fill);
                most = most.max(fill);
            }
        }
        (least, most)
    }

    #[test]
    fn a_card_with_another_clock_neither_starves_nor_piles_up() {
        for ppm in [-200.0, -50.0, 0.0, 50.0, 200.0] {
            for lump in [24, 256, 480] {
                let (least, most) = playback(ppm, lump);
                assert!(least >= 480 + 60 && most < 480 + 240 + 2 * lump + 120, "{ppm} ppm, {lump}: {least}…{most}");
            }
        }
    }

    #[test]
    fn a_slipped_tone_has_no_click() {
        let mut clutch = Clutch::new(48_000, 240, Side::Input).unwrap();
        let mut out = Vec::new();
        let w = std::f32::consts::TAU * 440.0 / 48_000.0;
        for block in 0..1_000 {
            clutch.observe(0);
            let pcm: Vec<f32> = (0..480).map(|n| 0.5 * (w * (block * 480 + n) as f32).sin()).collect();
            clutch.process(&pcm, &mut out);
        }
        assert!(out.len() > 480_000 + 50, "{}", out.len());
        let steepest = out.windows(2).map(|p| (p[1] - p[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.5 * w * 1.05, "{steepest} {}", 0.5 * w);
    }
}
