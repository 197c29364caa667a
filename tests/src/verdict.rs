//! Whether what was heard is what was said; strictly, on a machine that had the time to play it.
//!
//! ```text
//!   call ─► clear? ── yes ─► done
//!            └─ no ─► had the machine time? ── yes ─► the call is at fault
//!                       └─ no ─► again; after the last attempt: the right voice at least
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::sound::{Heard, compare, read_wav};

/// How often a call is made on a machine that had no time for it.
const ATTEMPTS: usize = 4;
/// More made-up sound than this in one call says that packets came late: both programs are starved of time.
const STARVED_MS: u64 = 150;
/// So does a thread that woke this much too late, altogether.
const LATE: Duration = Duration::from_millis(300);

/// Somebody's speech and where it was heard.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// What was said.
    pub said: PathBuf,
    /// What was heard.
    pub heard: PathBuf,
    /// What somebody else said: it must be less alike.
    pub other: PathBuf,
}

/// A call that was made.
pub struct Made<T> {
    /// What was said, and where it was heard.
    pub spoken: Vec<Spoken>,
    /// Sound that was made up because its packet was late or lost, ms.
    pub concealed_ms: u64,
    /// What keeps the files.
    pub keeps: T,
}

/// Makes a call until all of it is heard clearly.
///
/// # Errors
/// It was not, although the machine had time for it; or, if it never had, not even the right voice was heard.
pub fn clearly<T>(call: impl Fn() -> Made<T>) -> Result<()> {
    let mut faults = Vec::new();
    for attempt in 1..=ATTEMPTS {
        let witness = Witness::start();
        let made = call();
        let late = witness.end();
        let Err(fault) = made.spoken.iter().try_for_each(clear) else { return Ok(()) };
        faults.push(format!("{fault:#}; {} ms made up, {late:?} late", made.concealed_ms));
        if made.concealed_ms <= STARVED_MS && late < LATE {
            bail!("{}", faults.join("\n"));
        }
        if attempt == ATTEMPTS {
            made.spoken.iter().try_for_each(right_voice).map_err(|error| error.context(faults.join("\n")))?;
        }
    }
    Ok(())
}

fn measure(said: &Path, heard: &Path) -> Result<Heard> {
    compare(&read_wav(said)?, &read_wav(heard)?)
}

/// Alike, whole, not clipped, as loud.
fn clear(spoken: &Spoken) -> Result<()> {
    let heard = measure(&spoken.said, &spoken.heard)?;
    match fault(&heard) {
        Some(fault) => bail!("{fault}: {heard:?}"),
        None => Ok(()),
    }
}

/// What is wrong with what was heard.
pub fn fault(heard: &Heard) -> Option<&'static str> {
    [
        (heard.likeness > 0.85, "not alike"),
        (heard.longest_gap_ms <= 60, "a part is missing"),
        (heard.clipped < 0.001, "clipped"),
        (heard.level_db.abs() < 3.0, "of another loudness"),
    ]
    .into_iter()
    .find_map(|(good, fault)| (!good).then_some(fault))
}

/// More like what was said than like what another said.
fn right_voice(spoken: &Spoken) -> Result<()> {
    let [said, other] = [&spoken.said, &spoken.other].map(|said| measure(said, &spoken.heard).map(|h| h.likeness));
    let (said, other) = (said?, other?);
    if said <= other {
        bail!("another voice: {said} like what was said, {other} like the other");
    }
    Ok(())
}

/// Sees whether this machine gives its programs time: a thread that wishes to wake a hundred times a second.
struct Witness {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Duration>,
}

impl Witness {
    fn start() -> Self {
        const NAP: Duration = Duration::from_millis(10);
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let mut late = Duration::ZERO;
            while !ended.load(Ordering::Relaxed) {
                let began = Instant::now();
                std::thread::park_timeout(NAP);
                // A tenth of a wink is no lateness.
                late += began.elapsed().saturating_sub(NAP + Duration::from_millis(5));
            }
            late
        });
        Self { over, thread }
    }

    /// How much too late it woke, altogether.
    fn end(self) -> Duration {
        self.over.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        self.thread.join().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::{RATE, Voice, speech};

    fn write(folder: &std::path::Path, name: &str, sound: &[f32]) -> PathBuf {
        let path = folder.join(name);
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE as u32,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        sound.iter().for_each(|s| writer.write_sample((s.clamp(-1.0, 1.0) * 32_767.0) as i16).unwrap());
        writer.finalize().unwrap();
        path
    }

    #[test]
    fn damaged_speech_is_never_clear() {
        let folder = tempfile::tempdir().unwrap();
        let [low, high] = [Voice::Low, Voice::High].map(|voice| speech(folder.path(), voice).unwrap());
        let said = read_wav(&low).unwrap();
        let judge = |damage: &dyn Fn(&mut Vec<f32>)| {
            let mut sound = [vec![0.0; RATE / 3], said.clone()].concat();
            damage(&mut sound);
            fault(&compare(&said, &sound).unwrap())
        };
        assert_eq!(judge(&|_| {}), None);
        assert_eq!(judge(&|s| s.extend([0.0; RATE])), None);
        let loud = |s: &[f32]| s.iter().map(|s| s.abs()).fold(0.0, f32::max) > 0.2;
        let hole = |s: &mut Vec<f32>| {
            let at = (RATE..s.len()).step_by(RATE / 100).find(|at| loud(&s[*at..at + RATE / 100])).unwrap();
            s[at..at + RATE / 7].fill(0.0);
        };
        assert!(judge(&hole).is_some(), "a hole");
        assert!(judge(&|s| s.truncate(s.len() - 3 * RATE / 2)).is_some(), "a cut end");
        assert!(judge(&|s| s[..2 * RATE].fill(0.0)).is_some(), "a cut beginning");
        assert!(judge(&|s| s.iter_mut().for_each(|s| *s *= 0.5)).is_some(), "half as loud");
        assert!(judge(&|s| s.iter_mut().for_each(|s| *s *= 8.0)).is_some(), "clipped");
        assert!(judge(&|s| s.chunks_mut(RATE / 2).for_each(|c| c.reverse())).is_some(), "pieces backwards");
        let other = read_wav(&high).unwrap();
        assert!(judge(&|s| *s = other.clone()).is_some(), "another voice");
    }

    #[test]
    fn a_damaged_call_fails_even_on_a_starved_machine() {
        let folder = tempfile::tempdir().unwrap();
        let [low, high] = [Voice::Low, Voice::High].map(|voice| speech(folder.path(), voice).unwrap());
        let call = |heard: &PathBuf, concealed_ms| {
            let spoken = vec![Spoken { said: low.clone(), heard: heard.clone(), other: high.clone() }];
            clearly(|| Made { spoken: spoken.clone(), concealed_ms, keeps: () })
        };
        assert!(call(&low, 0).is_ok());
        assert!(call(&high, 0).is_err(), "another voice");
        assert!(call(&high, 10_000).is_err(), "another voice, though the machine had no time");
        let silence = write(folder.path(), "silence.wav", &[0.0; 8 * RATE]);
        assert!(call(&silence, 0).is_err(), "silence");
        assert!(call(&folder.path().join("nothing.wav"), 10_000).is_err(), "no file");
    }
}
