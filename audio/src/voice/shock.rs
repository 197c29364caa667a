//! Nothing much louder than the voices before reaches the ear: a fax, feedback, a whistle (acoustic shock).
//!
//! ```text
//!   loudness of speech so far (slow) ─► allowed: 1 ms of it +18 dB, 100 ms of it +12 dB ─► gain, at once down, slowly up
//! ```
//!
//! Speech stays below both by itself and is not touched. A block is looked at whole before it is played, so nothing is late and
//! nothing slips through. How loud full scale is at the ear only the device knows: this bounds the jump, not the pressure.

/// Short and long pieces, samples of 48 kHz.
const SHORT: usize = 48;
/// Blocks in the long one.
const LONG: usize = 10;
/// Allowed above the loudness so far, dB.
const SHORT_DB: f32 = 18.0;
const LONG_DB: f32 = 12.0;
/// Loudness of speech at the beginning, and its bounds, dB below full scale (mean square).
const USUAL_DB: f32 = -26.0;
const LEAST_DB: f32 = -36.0;
const MOST_DB: f32 = -16.0;
/// How fast the loudness so far follows, dB in 10 ms: 1 dB/s up, 2 dB/s down.
const UP_DB: f32 = 0.01;
const DOWN_DB: f32 = 0.02;
/// What is softer than the loudness so far by more than this is a pause.
const PAUSE_DB: f32 = 20.0;
/// How fast the gain comes back, dB in 10 ms.
const BACK_DB: f32 = 0.2;

/// Limits what is played.
#[derive(Clone, Debug)]
pub struct ShockLimiter {
    usual_db: f32,
    /// Mean squares of the last blocks as they were played.
    played: [f32; LONG],
    at: usize,
    gain_db: f32,
}

impl Default for ShockLimiter {
    fn default() -> Self {
        Self { usual_db: USUAL_DB, played: [0.0; LONG], at: 0, gain_db: 0.0 }
    }
}

impl ShockLimiter {
    /// The next 10 ms, in place, before the volume.
    pub fn process(&mut self, block: &mut [f32]) {
        let before_db = self.gain_db;
        let short_db = db(block.chunks(SHORT).map(power).fold(0.0, f32::max));
        let long = power(block);
        let allowed_db = (self.usual_db + SHORT_DB - short_db).min(self.room_db(long)).min(0.0);
        self.gain_db = allowed_db.min(before_db + BACK_DB).min(0.0);
        if self.gain_db < 0.0 || before_db < 0.0 {
            apply(block, before_db, self.gain_db);
        }
        let played = power(block);
        self.played[self.at] = played;
        self.at = (self.at + 1) % LONG;
        self.follow(db(played));
    }

    /// The gain at which the last 100 ms, this block with them, stay within what is allowed.
    fn room_db(&self, power: f32) -> f32 {
        let allowed = 10_f32.powf((self.usual_db + LONG_DB) / 10.0) * LONG as f32;
        let before: f32 = self.played.iter().enumerate().filter(|(n, _)| *n != self.at).map(|(_, p)| p).sum();
        // What was played cannot be taken back: a tenth of what is allowed is always left.
        db((allowed - before).max(allowed / LONG as f32)) - db(power)
    }

    fn follow(&mut self, level_db: f32) {
        if level_db > self.usual_db {
            self.usual_db += UP_DB;
        } else if level_db > self.usual_db - PAUSE_DB {
            self.usual_db -= DOWN_DB * (self.usual_db - level_db) / PAUSE_DB;
        }
        self.usual_db = self.usual_db.clamp(LEAST_DB, MOST_DB);
    }
}

fn apply(block: &mut [f32], from_db: f32, to_db: f32) {
    let [from, to] = [from_db, to_db].map(|db| 10_f32.powf(db / 20.0));
    // Down within a third of a millisecond, up over the block.
    let slope = if to < from { SHORT / 3 } else { block.len() };
    for (n, sample) in block.iter_mut().enumerate() {
        *sample *= from + (to - from) * ((n + 1) as f32 / slope as f32).min(1.0);
    }
}

fn power(pcm: &[f32]) -> f32 {
    pcm.iter().map(|s| s * s).sum::<f32>() / pcm.len().max(1) as f32
}

fn db(power: f32) -> f32 {
    10.0 * power.max(1e-12).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::BLOCK;

    fn tone(amplitude: f32, blocks: std::ops::Range<usize>) -> Vec<f32> {
        let w = std::f32::consts::TAU * 2_100.0 / 48_000.0;
        (blocks.start * BLOCK..blocks.end * BLOCK).map(|n| amplitude * (w * n as f32).sin()).collect()
    }

    fn played(limiter: &mut ShockLimiter, pcm: &[f32]) -> Vec<f32> {
        let mut pcm = pcm.to_vec();
        pcm.chunks_mut(BLOCK).for_each(|block| limiter.process(block));
        pcm
    }

    #[test]
    fn a_fax_is_bent_at_once_and_stays_bent() {
        let mut limiter = ShockLimiter::default();
        let heard = played(&mut limiter, &tone(1.0, 0..500));
        let loudest = heard[20..].chunks(SHORT).map(power).fold(0.0, f32::max);
        assert!(db(loudest) < USUAL_DB + SHORT_DB + 0.5, "{} dB", db(loudest));
        let half_a_second_in = db(power(&heard[24_000..28_800]));
        assert!((-15.0..-12.5).contains(&half_a_second_in), "{half_a_second_in} dB");
        let at_the_end = db(power(&heard[heard.len() - 4_800..]));
        assert!(at_the_end < -8.5, "it gets used to it slowly: {at_the_end} dB");
    }

    #[test]
    fn a_click_is_bent_and_what_follows_comes_back() {
        let mut limiter = ShockLimiter::default();
        let mut sound = tone(0.05, 0..300);
        sound[10_000..10_096].fill(1.0);
        let heard = played(&mut limiter, &sound);
        assert!(heard[10_016..10_096].iter().all(|s| s.abs() < 0.45), "{:?}", &heard[10_000..10_030]);
        let ratio = db(power(&heard[140_000..])) - db(power(&sound[140_000..]));
        assert!(ratio > -0.1, "{ratio}");
    }

    #[test]
    fn what_is_as_loud_as_speech_is_played_bit_for_bit() {
        let mut limiter = ShockLimiter::default();
        // Syllables: loud for 200 ms, soft for 100 ms.
        for from in 0..100 {
            let sound = [tone(0.15, from * 30..from * 30 + 20), tone(0.01, from * 30 + 20..from * 30 + 30)].concat();
            assert_eq!(played(&mut limiter, &sound), sound);
        }
    }
}
