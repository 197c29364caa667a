//! Concealment for codecs without their own: the last pitch periods go on, and fade (after ITU-T G.711 Appendix I).
//!
//! ```text
//!   heard … ▁▃█▅▁▃█▅▁▃█▅│ lost ················ │ heard again
//!                   └─P─┘ P P P … fading to 0    ╳ cross-fade of the repetition into the new sound
//! ```
//!
//! Unlike the Appendix this adds no delay: the step at the seam is taken out by a ramp instead of an overlap before it.

/// Keeps what was heard and continues it.
pub(super) struct Concealer {
    rate_hz: usize,
    /// The last 60 ms that were played, oldest first.
    history: Vec<f32>,
    /// Samples made up since the last good one.
    made: usize,
    /// Period that is repeated, samples.
    period: usize,
    /// The step between the last heard sample and the repetition.
    step: f32,
    /// Where the repetition stands, samples before the end of `history`.
    cycle: usize,
}

impl Concealer {
    pub fn new(rate_hz: u32) -> Self {
        let rate_hz = rate_hz as usize;
        Self { rate_hz, history: vec![0.0; rate_hz * 60 / 1000], made: 0, period: 0, step: 0.0, cycle: 0 }
    }

    /// Remembers decoded sound; after a gap its beginning is blended with the repetition.
    pub fn heard(&mut self, pcm: &mut [f32]) {
        if self.made > 0 {
            self.blend(pcm);
            self.made = 0;
        }
        self.remember(pcm);
    }

    /// Continues what was heard.
    pub fn conceal(&mut self, out: &mut [f32]) {
        if self.made == 0 {
            self.start();
        }
        for sample in out.iter_mut() {
            *sample = self.next();
        }
    }

    /// Fills the gap between what was heard and `future`, decoded sound that follows on: the repetition from before, its pitch bent
    /// so that it meets what comes, goes over into a repetition of that.
    pub fn bridge(&mut self, out: &mut [f32], future: &[f32]) {
        self.start();
        let cycle = self.cycle_before();
        let (speed, likeness) = speed_towards(&cycle, out.len(), &future[..future.len().min(self.rate_hz / 100)]);
        let back = period_after(future, self.period, self.rate_hz);
        let ramp = 2 * self.rate_hz / 1000;
        let length = out.len() as f32 + 1.0;
        for (t, sample) in out.iter_mut().enumerate() {
            let step = self.step * (1.0 - t as f32 / ramp as f32).max(0.0);
            let before = at(&cycle, t as f32 * speed) + step;
            let to_end = (length as usize - 1 - t) % back;
            let after = future[if to_end == 0 { 0 } else { back - to_end }];
            let weight = 0.5 - 0.5 * (std::f32::consts::PI * (t as f32 + 1.0) / length).cos();
            // What is unlike adds up to less than what is alike.
            let loudness = (1.0 - 2.0 * weight * (1.0 - weight) * (1.0 - likeness)).sqrt();
            *sample = (before * (1.0 - weight) + after * weight) / loudness;
        }
        self.made = 0;
        self.remember(out);
    }

    /// The last period, its end led over into its beginning.
    fn cycle_before(&self) -> Vec<f32> {
        let (end, period) = (self.history.len(), self.period);
        let mut cycle = self.history[end - period..].to_vec();
        let earlier = &self.history[end - 2 * period..end - period];
        let seam = period / 4;
        for i in 0..seam {
            let weight = (i + 1) as f32 / (seam + 1) as f32;
            let n = period - seam + i;
            cycle[n] = cycle[n] * (1.0 - weight) + earlier[n] * weight;
        }
        cycle
    }

    fn start(&mut self) {
        self.period = self.find_period();
        let end = self.history.len();
        self.step = self.history[end - 1] - self.history[end - 1 - self.period];
        self.cycle = self.period;
    }

    /// One sample of the repetition, faded.
    fn next(&mut self) -> f32 {
        let ms = self.made * 1000 / self.rate_hz;
        if ms >= 60 {
            self.made += 1;
            return 0.0;
        }
        // G.711 I.2.7: more periods are repeated as the gap grows, so that it does not buzz.
        let periods = (ms / 20 + 1).min(3).min(self.history.len() / self.period.max(1)).max(1);
        let position = self.history.len() - self.cycle;
        self.cycle = if self.cycle == 1 { self.period * periods } else { self.cycle - 1 };
        let ramp = 2 * self.rate_hz / 1000;
        let step = if self.made < ramp { self.step * (1.0 - self.made as f32 / ramp as f32) } else { 0.0 };
        // G.711 I.2.7: whole in the first 10 ms, then 20 % less every 10 ms, nothing after 60 ms.
        let first = self.rate_hz / 100;
        let faded = self.made.saturating_sub(first) as f32 / (first * 5) as f32;
        self.made += 1;
        (self.history[position] + step) * (1.0 - faded).max(0.0)
    }

    fn blend(&mut self, pcm: &mut [f32]) {
        let length = (self.rate_hz / 250).min(pcm.len());
        for (i, sample) in pcm.iter_mut().take(length).enumerate() {
            let weight = (i + 1) as f32 / (length + 1) as f32;
            *sample = *sample * weight + self.next() * (1.0 - weight);
        }
    }

    fn remember(&mut self, pcm: &[f32]) {
        let keep = self.history.len();
        if pcm.len() >= keep {
            self.history.copy_from_slice(&pcm[pcm.len() - keep..]);
        } else {
            self.history.copy_within(pcm.len().., 0);
            self.history[keep - pcm.len()..].copy_from_slice(pcm);
        }
    }

    /// The lag, 5 to 15 ms, at which the last 12 ms resemble what was before.
    fn find_period(&self) -> usize {
        let (end, window) = (self.history.len(), self.rate_hz * 12 / 1000);
        let recent = &self.history[end - window..];
        let score = |lag: usize, stride: usize| {
            let past = &self.history[end - window - lag..end - lag];
            let (mut product, mut energy) = (0.0_f32, 1e-9_f32);
            for (a, b) in recent.iter().step_by(stride).zip(past.iter().step_by(stride)) {
                product += a * b;
                energy += b * b;
            }
            product / energy.sqrt()
        };
        let best = |lags: &mut dyn Iterator<Item = usize>, stride: usize| {
            lags.map(|lag| (lag, score(lag, stride)))
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .map_or(window / 2, |(lag, _)| lag)
        };
        let (shortest, longest) = (self.rate_hz / 200, self.rate_hz * 15 / 1000);
        let coarse = best(&mut (shortest..=longest).step_by(2), 2);
        best(&mut (coarse.saturating_sub(2).max(shortest)..=(coarse + 2).min(longest)), 1)
    }
}

/// A cycle at a position between its samples.
fn at(cycle: &[f32], position: f32) -> f32 {
    let whole = position as usize;
    let part = position - whole as f32;
    cycle[whole % cycle.len()] * (1.0 - part) + cycle[(whole + 1) % cycle.len()] * part
}

/// How fast a cycle is to run over `gap` samples so that it meets `future`, and how alike the two are then, 0…1.
fn speed_towards(cycle: &[f32], gap: usize, future: &[f32]) -> (f32, f32) {
    let likeness = |speed: f32| {
        let (mut product, mut ours, mut theirs) = (0.0_f32, 1e-9_f32, 1e-9_f32);
        for (n, sample) in future.iter().enumerate() {
            let made = at(cycle, (gap + n) as f32 * speed);
            product += made * sample;
            ours += made * made;
            theirs += sample * sample;
        }
        product / (ours * theirs).sqrt()
    };
    let speeds = (-20..=20).map(|n| 1.0 + n as f32 * 0.005);
    let best = speeds.map(|speed| (speed, likeness(speed))).max_by(|a, b| a.1.total_cmp(&b.1));
    match best {
        Some((speed, likeness)) if likeness > 0.3 => (speed, likeness),
        _ => (1.0, 0.0),
    }
}

/// The period with which `future` begins, near `period`.
fn period_after(future: &[f32], period: usize, rate_hz: usize) -> usize {
    let window = (rate_hz * 8 / 1000).min(future.len());
    let score = |lag: usize| {
        let (mut product, mut energy) = (0.0_f32, 1e-9_f32);
        for (a, b) in future[..window].iter().zip(&future[lag..lag + window]) {
            product += a * b;
            energy += b * b;
        }
        product / energy.sqrt()
    };
    (period * 4 / 5..=period * 5 / 4)
        .filter(|lag| lag + window <= future.len())
        .map(|lag| (lag, score(lag)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(period.min(future.len()), |(lag, _)| lag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(rate_hz: u32, from: usize, length: usize) -> Vec<f32> {
        let w = std::f32::consts::TAU * 140.0 / rate_hz as f32;
        (from..from + length)
            .map(|n| (0..6).map(|h| 0.1 / (h + 1) as f32 * (w * (h + 1) as f32 * n as f32).sin()).sum())
            .collect()
    }

    #[test]
    fn a_voiced_gap_of_ten_ms_goes_on_as_it_was() {
        for rate_hz in [8_000, 16_000] {
            let ten = rate_hz as usize / 100;
            let mut concealer = Concealer::new(rate_hz);
            concealer.heard(&mut voice(rate_hz, 0, ten * 8));
            let mut made = vec![0.0; ten];
            concealer.conceal(&mut made);
            let wanted = voice(rate_hz, ten * 8, ten);
            let error: f32 = made.iter().zip(&wanted).map(|(a, b)| (a - b).powi(2)).sum();
            let power: f32 = wanted.iter().map(|b| b.powi(2)).sum();
            assert!(error < power * 0.05, "{rate_hz}: {} dB", 10.0 * (error / power).log10());
        }
    }

    #[test]
    fn a_gap_with_both_sides_known_is_bridged_at_the_pitch_of_both() {
        for rate_hz in [8_000_u32, 16_000] {
            let ten = rate_hz as usize / 100;
            // The pitch rises from 130 Hz by 40 Hz a second, the voice gets louder.
            let mut phase = 0.0_f32;
            let said: Vec<f32> = (0..ten * 20)
                .map(|n| {
                    let t = n as f32 / rate_hz as f32;
                    phase = (phase + (130.0 + 40.0 * t) / rate_hz as f32).fract();
                    (1..6).map(|h| (0.1 + t) / h as f32 * (std::f32::consts::TAU * phase * h as f32).sin()).sum()
                })
                .collect();
            let (before, gap, after) = (&said[..ten * 10], &said[ten * 10..ten * 12], &said[ten * 12..ten * 14]);
            let noise = |made: &[f32]| made.iter().zip(gap).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            let mut made = vec![0.0; gap.len()];
            let mut concealer = Concealer::new(rate_hz);
            concealer.heard(&mut before.to_vec());
            concealer.conceal(&mut made);
            let one_sided = noise(&made);
            let mut concealer = Concealer::new(rate_hz);
            concealer.heard(&mut before.to_vec());
            concealer.bridge(&mut made, after);
            assert!(noise(&made) < one_sided * 0.3, "{rate_hz}: {} of {one_sided}", noise(&made));
            // What follows is heard as it is.
            let mut next = after.to_vec();
            concealer.heard(&mut next);
            assert_eq!(next, after);
        }
    }

    #[test]
    fn a_bridge_stands_between_any_two_sounds() {
        let mut dice = 1_u32;
        let mut noise = |length: usize| -> Vec<f32> {
            (0..length)
                .map(|_| {
                    dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (dice >> 8) as f32 / 16_777_216.0 - 0.5
                })
                .collect()
        };
        for (gap, after) in [(1, 1), (80, 80), (480, 10), (480, 960), (160, 160)] {
            for quiet in [false, true] {
                let mut concealer = Concealer::new(8_000);
                concealer.heard(&mut if quiet { vec![0.0; 800] } else { noise(800) });
                let mut made = vec![9.0; gap];
                concealer.bridge(&mut made, &noise(after));
                assert!(made.iter().all(|s| s.is_finite() && s.abs() <= 2.0), "{gap} {after} {quiet}");
            }
        }
    }

    #[test]
    fn a_long_gap_fades_to_silence_without_a_click() {
        let mut concealer = Concealer::new(8_000);
        let mut heard = voice(8_000, 0, 1600);
        concealer.heard(&mut heard);
        let mut made = vec![1.0; 800];
        concealer.conceal(&mut made);
        assert!(made[480..].iter().all(|s| *s == 0.0));
        let rms = |s: &[f32]| (s.iter().map(|v| v * v).sum::<f32>() / s.len() as f32).sqrt();
        assert!(rms(&made[400..480]) < rms(&made[..80]) * 0.3);
        let jumps = |s: &[f32]| s.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        let seam = [&heard[1500..], &made].concat();
        assert!(jumps(&seam) <= jumps(&heard) * 1.5, "{} {}", jumps(&seam), jumps(&heard));
    }
}
