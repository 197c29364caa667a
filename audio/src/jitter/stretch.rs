//! A pitch period less or more: the same voice, a little shorter or longer (WSOLA).
//!
//! ```text
//!   accelerate:  AAAA BBBB CCCC  ─►  A╲╱B CCCC         expand:  (AAAA heard) BBBB  ─►  B╲╱A BBBB
//! ```

/// Below this level sound has no pitch worth keeping: −50 dBFS.
const QUIET: f32 = 0.003;

/// Takes one pitch period out of the first 30 ms of `pcm`. Returns the samples removed: 0 if the sound does not resemble
/// itself by `likeness` (0…1) and is not quiet.
pub(super) fn accelerate(pcm: &mut Vec<f32>, rate_hz: usize, likeness: f32) -> usize {
    let Some(lag) = period(pcm, rate_hz, likeness) else { return 0 };
    for i in 0..lag {
        let weight = (i + 1) as f32 / (lag + 1) as f32;
        pcm[i] = pcm[i] * (1.0 - weight) + pcm[i + lag] * weight;
    }
    pcm.drain(lag..2 * lag);
    lag
}

/// Puts one pitch period more before `pcm`, of which 15 ms are needed; `past` is what was heard before, 15 ms or more.
/// Returns the samples added, as [`accelerate`].
pub(super) fn expand(past: &[f32], pcm: &mut Vec<f32>, rate_hz: usize, likeness: f32) -> usize {
    let window = longest(rate_hz);
    if past.len() < window || pcm.len() < window {
        return 0;
    }
    let around = [&past[past.len() - window..], &pcm[..window]].concat();
    let Some(lag) = period_before(&around, rate_hz, likeness) else { return 0 };
    let seam: Vec<f32> = (0..lag)
        .map(|i| {
            let weight = (i + 1) as f32 / (lag + 1) as f32;
            pcm[i] * (1.0 - weight) + around[window - lag + i] * weight
        })
        .collect();
    pcm.splice(0..0, seam);
    lag
}

/// The longest period that is looked for, 15 ms, in samples.
pub(super) const fn longest(rate_hz: usize) -> usize {
    rate_hz * 15 / 1000
}

/// The lag at which the second half of 30 ms resembles what was before it.
fn period_before(around: &[f32], rate_hz: usize, likeness: f32) -> Option<usize> {
    let reversed: Vec<f32> = around.iter().rev().copied().collect();
    period(&reversed, rate_hz, likeness)
}

/// The lag, 2.5 to 15 ms, at which 15 ms of sound best resemble themselves.
fn period(pcm: &[f32], rate_hz: usize, likeness: f32) -> Option<usize> {
    let window = longest(rate_hz);
    if pcm.len() < 2 * window {
        return None;
    }
    let head = &pcm[..window];
    let energy = head.iter().map(|s| s * s).sum::<f32>();
    if energy < QUIET * QUIET * window as f32 {
        return Some(window);
    }
    let stride = (rate_hz / 8_000).max(1);
    let likeness_at = |lag: usize, stride: usize| {
        let (mut product, mut before, mut after) = (0.0_f32, 1e-9_f32, 1e-9_f32);
        for (a, b) in head.iter().step_by(stride).zip(pcm[lag..lag + window].iter().step_by(stride)) {
            product += a * b;
            before += a * a;
            after += b * b;
        }
        product / (before * after).sqrt()
    };
    let best = |lags: &mut dyn Iterator<Item = usize>, stride: usize| {
        lags.map(|lag| (lag, likeness_at(lag, stride))).max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let shortest = rate_hz / 400;
    let (coarse, _) = best(&mut (shortest..=window).step_by(stride), stride)?;
    let near = coarse.saturating_sub(stride).max(shortest)..=(coarse + stride).min(window);
    best(&mut near.into_iter(), 1).filter(|(_, value)| *value >= likeness).map(|(lag, _)| lag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: usize, hz: f32, ms: usize) -> Vec<f32> {
        (0..rate_hz * ms / 1000).map(|n| 0.3 * (std::f32::consts::TAU * hz * n as f32 / rate_hz as f32).sin()).collect()
    }

    #[test]
    fn a_voiced_sound_changes_by_whole_periods_without_a_click() {
        for rate_hz in [8_000, 16_000, 48_000] {
            let whole = tone(rate_hz, 200.0, 60);
            let steepest = |s: &[f32]| s.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
            let (mut shorter, cut) = (whole.clone(), rate_hz / 50 + 7);
            let (past, mut longer) = (whole[..cut].to_vec(), whole[cut..].to_vec());
            let (removed, added) = (accelerate(&mut shorter, rate_hz, 0.9), expand(&past, &mut longer, rate_hz, 0.9));
            longer = [past, longer].concat();
            let period = rate_hz / 200;
            assert!(removed > 0 && removed.abs_diff(period) % period <= 2, "{removed} of {period}");
            assert!(added > 0 && added.abs_diff(period) % period <= 2, "{added} of {period}");
            assert_eq!((shorter.len(), longer.len()), (whole.len() - removed, whole.len() + added));
            assert!(steepest(&shorter) < steepest(&whole) * 1.1);
            assert!(steepest(&longer) < steepest(&whole) * 1.1);
        }
    }

    #[test]
    fn noise_is_left_alone_and_silence_is_cut_freely() {
        let mut state = 1_u32;
        let mut noise: Vec<f32> = (0..960)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 16_777_216.0 - 0.5
            })
            .collect();
        assert_eq!(accelerate(&mut noise, 16_000, 0.9), 0);
        assert_eq!(accelerate(&mut vec![0.0; 960], 16_000, 0.9), 240);
        assert_eq!(accelerate(&mut vec![0.0; 300], 16_000, 0.9), 0);
    }
}
