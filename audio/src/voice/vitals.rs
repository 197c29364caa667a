//! What a microphone that cannot work looks like: nothing comes, or it comes cut off.

/// Blocks of 10 ms until nothing counts as silence: it is told within 3 s.
const SILENT: u32 = 250;
/// The same after it was heard already, where a little noise is left: some headsets close by themselves in pauses.
const PAUSED: u32 = 1_500;
/// Softer than any room, peak (−80 dBFS).
const NOISELESS: f32 = 1e-4;
/// Blocks with sound until it is there again.
const BACK: u32 = 5;

/// From here on a converter is at its end.
const FULL: f32 = 0.985;
/// Samples at the end one after the other that no voice has by itself.
const RUN: usize = 3;
/// Blocks that were cut off until it is told; each counts for this many without.
const CUT: u32 = 20;
const CUT_WEIGHT: u32 = 15;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vital {
    /// Nothing comes from the microphone, or it comes again.
    Silent(bool),
    /// It comes cut off (too loud), or no longer.
    Cut(bool),
}

/// Looks at a microphone from its opening on.
#[derive(Clone, Debug, Default)]
pub struct Vitals {
    zeros: u32,
    faint: u32,
    sounding: u32,
    heard: bool,
    silent: bool,
    cut_weight: u32,
    cut: bool,
}

impl Vitals {
    /// The next 10 ms as they came from the device; at most one of either kind is told.
    pub fn look(&mut self, pcm: &[f32]) -> [Option<Vital>; 2] {
        [self.silence(pcm), self.cutting(pcm)]
    }

    fn silence(&mut self, pcm: &[f32]) -> Option<Vital> {
        let peak = pcm.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
        self.zeros = if peak == 0.0 { self.zeros + 1 } else { 0 };
        if peak < NOISELESS {
            self.faint += 1;
            self.sounding = 0;
        } else {
            self.sounding += 1;
            if self.sounding >= BACK {
                (self.faint, self.heard) = (0, true);
            }
        }
        let patience = if self.heard { PAUSED } else { SILENT };
        let silent = if self.silent { self.sounding < BACK } else { self.zeros >= SILENT || self.faint >= patience };
        (std::mem::replace(&mut self.silent, silent) != silent).then_some(Vital::Silent(silent))
    }

    fn cutting(&mut self, pcm: &[f32]) -> Option<Vital> {
        let cut = pcm.windows(RUN).any(|run| run.iter().all(|s| s.abs() >= FULL && s.signum() == run[0].signum()));
        self.cut_weight = if cut {
            (self.cut_weight + CUT_WEIGHT).min(2 * CUT * CUT_WEIGHT)
        } else {
            self.cut_weight.saturating_sub(1)
        };
        let told = if self.cut { self.cut_weight > 0 } else { self.cut_weight >= CUT * CUT_WEIGHT };
        (std::mem::replace(&mut self.cut, told) != told).then_some(Vital::Cut(told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::BLOCK;

    fn told(vitals: &mut Vitals, pcm: f32, blocks: u32) -> Vec<(u32, Vital)> {
        // A wave of one level that changes its sign.
        let block: Vec<f32> = (0..BLOCK).map(|n| if n / 24 % 2 == 0 { pcm } else { -pcm }).collect();
        (1..=blocks).flat_map(|n| vitals.look(&block).into_iter().flatten().map(move |vital| (n, vital))).collect()
    }

    #[test]
    fn silence_from_the_beginning_is_told_within_three_seconds_and_its_end_at_once() {
        let mut vitals = Vitals::default();
        assert_eq!(told(&mut vitals, 0.0, 400), [(250, Vital::Silent(true))]);
        assert_eq!(told(&mut vitals, 0.01, 10), [(5, Vital::Silent(false))]);
        assert_eq!(told(&mut vitals, 0.0, 300), [(250, Vital::Silent(true))], "muted by its switch in the call");
    }

    #[test]
    fn a_headset_that_closes_in_pauses_is_not_silent() {
        let mut vitals = Vitals::default();
        assert_eq!(told(&mut vitals, 0.01, 100), []);
        assert_eq!(told(&mut vitals, 1e-5, 1_400), []);
        assert_eq!(told(&mut vitals, 1e-5, 200), [(100, Vital::Silent(true))]);
    }

    #[test]
    fn a_voice_that_is_cut_off_is_told_and_a_shout_is_not() {
        let mut vitals = Vitals::default();
        assert_eq!(told(&mut vitals, 1.0, 19), []);
        assert_eq!(told(&mut vitals, 0.5, 300), [], "a shout");
        assert_eq!(told(&mut vitals, 1.0, 40), [(20, Vital::Cut(true))]);
        assert_eq!(told(&mut vitals, 0.5, 700), [(600, Vital::Cut(false))]);
    }
}
