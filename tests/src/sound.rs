//! Instruments: speech to send, and measures of what arrived.
//!
//! All signals are 48 kHz mono, samples in −1…1.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Samples per second of every signal here.
pub const RATE: usize = 48_000;

/// Makes a WAV file of synthetic speech; different `voice`s differ in voice and words.
pub fn speech(folder: &Path, voice: Voice) -> Result<PathBuf> {
    let (name, espeak, text) = match voice {
        Voice::Low => (
            "low",
            "en-us+m3",
            "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background.",
        ),
        Voice::High => {
            ("high", "en-gb+f3", "Rice is often served in round bowls. The juice of lemons makes fine punch today.")
        }
    };
    let (raw, wav) = (folder.join(format!("{name}-raw.wav")), folder.join(format!("{name}.wav")));
    let status = Command::new("espeak-ng")
        .args(["-v", espeak, "-s", "150", "-w"])
        .arg(&raw)
        .arg(text)
        .status()
        .context("espeak-ng")?;
    ensure!(status.success(), "espeak-ng failed");
    let status = Command::new("sox")
        .arg("-V1")
        .arg(&raw)
        .args(["-r", "48000", "-c", "1", "-b", "16"])
        .arg(&wav)
        .args(["norm", "-6", "pad", "0.3", "0.3"])
        .status()
        .context("sox")?;
    ensure!(status.success(), "sox failed");
    Ok(wav)
}

/// Makes a WAV file of one tone, so that of several people who sound at once each can be told apart.
pub fn hum(folder: &Path, hz: f32, seconds: u32) -> Result<PathBuf> {
    let file = folder.join(format!("hum-{hz}.wav"));
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE as u32,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&file, spec)?;
    for n in 0..RATE as u32 * seconds {
        let phase = (n as f32 * hz / RATE as f32).fract() * std::f32::consts::TAU;
        writer.write_sample((phase.sin() * 6_000.0) as i16)?;
    }
    writer.finalize()?;
    Ok(file)
}

/// How strong a tone is in a signal, as the amplitude of a sine.
pub fn strength(signal: &[f32], hz: f32) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in signal.iter().enumerate() {
        let phase = (n as f32 * hz / RATE as f32).fract() * std::f32::consts::TAU;
        re += sample * phase.cos();
        im += sample * phase.sin();
    }
    2.0 * f32::hypot(re, im) / signal.len().max(1) as f32
}

/// Who speaks.
#[derive(Clone, Copy, Debug)]
pub enum Voice {
    /// A man, American.
    Low,
    /// A woman, British.
    High,
}

/// Reads a WAV file, any rate that divides 48 kHz, first channel.
pub fn read_wav(path: &Path) -> Result<Vec<f32>> {
    let mut reader = hound::WavReader::open(path).with_context(|| path.display().to_string())?;
    let spec = reader.spec();
    let channels = usize::from(spec.channels);
    let samples: Vec<f32> = match spec.sample_format {
        hound::SampleFormat::Int => {
            let full = (1_i64 << (spec.bits_per_sample - 1)) as f32;
            reader.samples::<i32>().step_by(channels).map(|s| s.map(|s| s as f32 / full)).collect::<Result<_, _>>()?
        }
        hound::SampleFormat::Float => reader.samples::<f32>().step_by(channels).collect::<Result<_, _>>()?,
    };
    let rate = spec.sample_rate as usize;
    ensure!(RATE.is_multiple_of(rate), "{rate} Hz does not divide {RATE}");
    Ok(samples.iter().flat_map(|&s| std::iter::repeat_n(s, RATE / rate)).collect())
}

/// What arrived, compared with what was said.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// Where the speech begins in what arrived, samples.
    pub offset: usize,
    /// Likeness of the loudness curves, 0…1: mean over pieces of a second, each where it is found.
    pub likeness: f32,
    /// The same for the whole at one delay: less where a jitter buffer made its delay longer or shorter.
    pub likeness_at_one_delay: f32,
    /// Longest stretch of silence where there was speech, milliseconds.
    pub longest_gap_ms: u32,
    /// Share of samples at full scale.
    pub clipped: f32,
    /// Loudness relative to what was said, decibels.
    pub level_db: f32,
}

/// Steps of a loudness curve, samples: 10 ms.
const STEP: usize = RATE / 100;
/// Steps of a piece that is looked for by itself: 1 s.
const PIECE: usize = 100;
/// How far a piece may lie from where the one before it was, steps: a jitter buffer makes its delay longer and shorter.
const SHIFT: usize = 30;

/// Finds `said` in `arrived` by its loudness curve: codecs change the waveform, not the curve. Whole first, then piece
/// by piece, because the delay may change on the way.
pub fn compare(said: &[f32], arrived: &[f32]) -> Result<Heard> {
    let (a, b) = (curve(said, STEP), curve(arrived, STEP));
    ensure!(b.len() >= a.len() / 2, "only {} ms arrived of {} ms", b.len() * 10, a.len() * 10);
    let reach = b.len().saturating_sub(a.len() / 2);
    let whole = best((0..=reach).map(|at| (at, correlation(&a, &b[at..])))).context("nothing to compare")?;
    // Where the whole fits best, or where its first words do: a delay that changes soon misleads the first.
    let words = &a[..a.len().min(2 * PIECE)];
    let first = best((0..=b.len().saturating_sub(words.len())).map(|at| (at, correlation(words, &b[at..]))));
    let walks = [Some(whole), first].into_iter().flatten().map(|(offset, _)| (offset, walk(&a, &b, offset)));
    let likeness_of = |walk: &(usize, (f32, Vec<f32>))| walk.1.0;
    let (offset, (likeness, aligned)) =
        walks.max_by(|x, y| likeness_of(x).total_cmp(&likeness_of(y))).context("nothing to compare")?;
    Ok(Heard {
        offset: offset * STEP,
        likeness,
        likeness_at_one_delay: whole.1,
        longest_gap_ms: longest_gap(&a, &aligned) * 10,
        clipped: arrived.iter().filter(|s| s.abs() > 0.999).count() as f32 / arrived.len().max(1) as f32,
        level_db: 20.0 * (mean(&aligned) / mean(&a[..aligned.len()]).max(1e-9)).max(1e-9).log10(),
    })
}

fn best(found: impl Iterator<Item = (usize, f32)>) -> Option<(usize, f32)> {
    found.max_by(|x, y| x.1.total_cmp(&y.1))
}

/// Follows `said` through `arrived` from a step on, piece by piece: the mean likeness, and what was found, in the order
/// of `said`.
fn walk(said: &[f32], arrived: &[f32], offset: usize) -> (f32, Vec<f32>) {
    let (mut at, mut aligned, mut likenesses) = (offset, Vec::new(), Vec::new());
    for piece in said.chunks(PIECE) {
        let near = at.saturating_sub(SHIFT)..=at + SHIFT;
        let found = best(near.filter_map(|at| Some((at, correlation(piece, arrived.get(at..at + piece.len())?)))));
        let Some((found, likeness)) = found else {
            // The recording ends here; what was cut off is a gap like any other.
            aligned.extend_from_slice(arrived.get(at..).unwrap_or_default());
            break;
        };
        // A piece without speech is like anything.
        if piece.iter().copied().fold(0.0, f32::max) > 0.01 {
            at = found;
            likenesses.push(likeness);
        }
        let end = (at + piece.len()).min(arrived.len());
        aligned.extend_from_slice(&arrived[at.min(end)..end]);
        at += piece.len();
    }
    aligned.resize(said.len(), 0.0);
    (mean(&likenesses), aligned)
}

fn curve(signal: &[f32], step: usize) -> Vec<f32> {
    signal.chunks_exact(step).map(|c| (c.iter().map(|s| s * s).sum::<f32>() / step as f32).sqrt()).collect()
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

/// The longest run of 10 ms steps that are silent although the speech there, and its neighbours, are not.
fn longest_gap(said: &[f32], arrived: &[f32]) -> u32 {
    let loud = said.iter().copied().fold(0.0, f32::max) * 0.05;
    let quiet = arrived.iter().copied().fold(0.0, f32::max) * 0.005;
    let (mut run, mut longest) = (0, 0);
    for (i, &level) in arrived.iter().enumerate().take(said.len()) {
        let near = &said[i.saturating_sub(2)..(i + 3).min(said.len())];
        let spoken = near.iter().all(|&s| s > loud);
        run = if spoken && level < quiet { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warble(seconds: f32) -> Vec<f32> {
        (0..(seconds * RATE as f32) as usize)
            .map(|n| {
                let t = n as f32 / RATE as f32;
                (t * 2000.0).sin() * (0.3 + 0.2 * (t * t * 5.0).sin())
            })
            .collect()
    }

    #[test]
    fn finds_a_delayed_signal_and_its_hole() {
        let said = warble(3.0);
        let mut arrived = vec![0.0; RATE / 2];
        arrived.extend(&said);
        let whole = compare(&said, &arrived).unwrap();
        assert!(whole.likeness > 0.99 && whole.longest_gap_ms == 0, "{whole:?}");
        assert!(whole.offset.abs_diff(RATE / 2) <= RATE / 100);

        arrived[RATE..RATE + RATE / 5].fill(0.0);
        assert!(compare(&said, &arrived).unwrap().longest_gap_ms >= 180);
    }

    #[test]
    fn a_delay_that_changes_on_the_way_is_no_fault() {
        let said = warble(4.0);
        let mut arrived = said[..2 * RATE].to_vec();
        arrived.extend_from_slice(&said[2 * RATE - RATE / 10..]);
        let heard = compare(&said, &arrived).unwrap();
        assert!(heard.likeness > 0.95 && heard.longest_gap_ms == 0, "{heard:?}");
    }

    #[test]
    fn another_voice_is_not_taken_for_the_first() {
        let said = warble(3.0);
        let other: Vec<f32> = (0..said.len())
            .map(|n| {
                let t = n as f32 / RATE as f32;
                (t * 1500.0).sin() * (0.3 + 0.2 * (t * 6.3 + 1.0).sin())
            })
            .collect();
        assert!(compare(&said, &other).unwrap().likeness < 0.6);
    }
}
