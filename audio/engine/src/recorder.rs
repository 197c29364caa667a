//! Recordings of calls: from the voice thread by a ring to a thread of their own, which alone waits for the disk.
//!
//! ```text
//!   thread `voice`: what is said, what is heard ─► Tap ─► ring of 2 s ─► thread `recorder`: Composer ─► file, once a second
//! ```
//! Whatever becomes of the file, the call goes on. While a recording is paused, silence is all that leaves the voice thread.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::Thread;

use audio::recording::{Composer, Format, Peaks, RecordingError, WavHead};
use rtrb::{Consumer, Producer};

use crate::event::{Event, Events};
use crate::port::BLOCK;
use crate::sealed::{KeySource, RecordingKey, SealedWriter};
use crate::session_config::SessionId;

/// 10 ms of both sides in turns.
const PAIRS: usize = 2 * BLOCK;
/// The ring holds two seconds: so long may a disk stand still.
pub(crate) const RING: usize = 200 * PAIRS;
/// Blocks after which the recorder is woken.
const WAKE: u32 = 20;
/// Files of one name that are tried.
const NAMES: u32 = 1_000;

/// Names a recording; chosen by the caller, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingId(pub u64);

/// What is to be recorded, and where.
#[derive(Clone)]
pub struct RecordingWish {
    /// Told back with every event.
    pub id: RecordingId,
    /// The file; its folder is made where there is none. Where the name is taken already, ` 2`, ` 3` … is put behind it.
    pub path: PathBuf,
    /// What it holds.
    pub format: Format,
    /// With it the file is encrypted.
    pub key: Option<KeySource>,
    /// The other side hears a tone every 15 seconds.
    pub consent_tone: bool,
}

/// Why a recording ended before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingProblem {
    /// No room on the disk.
    Full,
    /// The folder is not there and cannot be made, or must not be written.
    Denied,
    /// The key cannot be had.
    Locked,
    /// Something else, in the system's words.
    Other(String),
}

impl From<io::Error> for RecordingProblem {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => Self::Full,
            Kind::PermissionDenied | Kind::NotFound | Kind::ReadOnlyFilesystem | Kind::NotADirectory => Self::Denied,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<RecordingError> for RecordingProblem {
    fn from(error: RecordingError) -> Self {
        match error {
            RecordingError::Read(error) => error.into(),
            other => Self::Other(other.to_string()),
        }
    }
}

/// The voice thread's end of a recording.
pub(crate) struct Tap {
    ring: Option<Producer<f32>>,
    recorder: Thread,
    pub consent_tone: bool,
    paused: bool,
    blocks: u32,
    /// Blocks for which there was no room; silence takes their place.
    owed: usize,
}

impl Tap {
    pub fn new(ring: Producer<f32>, recorder: Thread, consent_tone: bool) -> Self {
        Self { ring: Some(ring), recorder, consent_tone, paused: false, blocks: 0, owed: 0 }
    }

    pub fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// 10 ms at 48 kHz of each side; `hide` keeps them out of the recording. False when the recorder has given up.
    pub fn push(&mut self, left: &[f32], right: &[f32], hide: bool) -> bool {
        let Some(ring) = self.ring.as_mut().filter(|ring| !ring.is_abandoned()) else { return false };
        self.owed += 1;
        while self.owed > 0 {
            let Ok(chunk) = ring.write_chunk_uninit(PAIRS) else { break };
            self.owed -= 1;
            if self.owed > 0 || self.paused || hide {
                chunk.fill_from_iter(std::iter::repeat_n(0.0, PAIRS));
            } else {
                chunk.fill_from_iter(left.iter().zip(right).flat_map(|(l, r)| [*l, *r]));
            }
        }
        self.blocks += 1;
        if self.blocks.is_multiple_of(WAKE) {
            self.recorder.unpark();
        }
        true
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        // The recorder is woken when it can see that nothing more comes.
        drop(self.ring.take());
        self.recorder.unpark();
    }
}

/// The thread `recorder`.
pub(crate) struct Recorder {
    pub session: SessionId,
    pub wish: RecordingWish,
    pub ring: Consumer<f32>,
    pub events: Events,
}

impl Recorder {
    /// Works until nothing more comes, or the file cannot be written.
    pub fn run(mut self) {
        let (session, recording) = (self.session, self.wish.id);
        let key = self.wish.key.as_ref().map(|key| key()).transpose();
        let key = key.map_err(|reason| {
            tracing::warn!(reason, "no key for a recording");
            RecordingProblem::Locked
        });
        let opened = key.and_then(|key| Ok((create(&self.wish.path)?, key)));
        let (length_ms, peaks, problem) = match opened {
            Err(problem) => (0, Peaks::default(), Some(problem)),
            Ok(((file, path), key)) => {
                self.events.tell(Event::RecordingStarted { session, recording, path: path.clone() });
                let told = self.record_into(file, key.as_ref());
                if told.0 == 0 {
                    // Nothing was said: there is nothing to keep.
                    let _ = std::fs::remove_file(path);
                }
                told
            }
        };
        // The call is told at once that nothing takes its sound any more.
        drop(self.ring);
        self.events.tell(Event::RecordingEnded { session, recording, length_ms, peaks, problem });
    }

    /// How much of the sound is safe, what it looks like, and what went wrong.
    fn record_into(&mut self, file: File, key: Option<&RecordingKey>) -> (u64, Peaks, Option<RecordingProblem>) {
        let mut serial = [0; 4];
        // Any number will do.
        let _ = getrandom::fill(&mut serial);
        let made = Composer::new(self.wish.format, u32::from_le_bytes(serial)).map_err(RecordingProblem::from);
        let (mut composer, mut target) =
            match made.and_then(|composer| Ok((composer, Target::new(file, self.wish.format, key)?))) {
                Ok(both) => both,
                Err(problem) => return (0, Peaks::default(), Some(problem)),
            };
        let mut safe_ms = 0;
        let ended = self.pump(&mut composer, &mut target, &mut safe_ms);
        let length_ms = composer.length_ms();
        let (last, peaks) = composer.finish().unwrap_or_default();
        match ended.and_then(|()| Ok(target.append(&last).and_then(|()| target.sync())?)) {
            Ok(()) => (length_ms, peaks, None),
            Err(problem) => (safe_ms, peaks, Some(problem)),
        }
    }

    /// Writes what comes, until nothing more does.
    fn pump(
        &mut self,
        composer: &mut Composer,
        target: &mut Target,
        safe_ms: &mut u64,
    ) -> Result<(), RecordingProblem> {
        let (mut left, mut right) = (Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK));
        loop {
            let ended = self.ring.is_abandoned();
            while let Ok(chunk) = self.ring.read_chunk(PAIRS) {
                left.clear();
                right.clear();
                let mut samples = chunk.into_iter();
                while let (Some(l), Some(r)) = (samples.next(), samples.next()) {
                    left.push(l);
                    right.push(r);
                }
                composer.push(&left, &right)?;
                if composer.length_ms() >= *safe_ms + 1_000 {
                    target.append(&composer.take()?)?;
                    *safe_ms = composer.length_ms();
                }
            }
            if ended {
                return Ok(());
            }
            std::thread::park();
        }
    }
}

/// What takes the bytes.
enum Target {
    Plain {
        file: File,
        /// The head is written anew as the file grows.
        wav: bool,
    },
    Sealed(SealedWriter),
}

impl Target {
    fn new(file: File, format: Format, key: Option<&RecordingKey>) -> io::Result<Self> {
        match key {
            None => Ok(Self::Plain { file, wav: format == Format::Wav }),
            Some(key) => Ok(Self::Sealed(SealedWriter::new(file, key)?)),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain { file, wav } => {
                file.write_all(bytes)?;
                if *wav {
                    mend_head(file)?;
                }
                Ok(())
            }
            Self::Sealed(writer) => writer.append(bytes),
        }
    }

    fn sync(&self) -> io::Result<()> {
        match self {
            Self::Plain { file, .. } => file.sync_all(),
            Self::Sealed(writer) => writer.file().sync_all(),
        }
    }
}

/// Writes into the head of a WAV file how long the file is; goes on at its end.
pub(crate) fn mend_head(file: &mut File) -> io::Result<()> {
    let end = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&WavHead::of_file(end).to_bytes())?;
    file.seek(SeekFrom::End(0)).map(|_| ())
}

/// A file that was not there before, for its owner alone, and its name.
pub(crate) fn create(path: &Path) -> io::Result<(File, PathBuf)> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    for number in 1..=NAMES {
        let path = numbered(path, number);
        match private(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return Ok((created?, path)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// `name.ogg`, `name 2.ogg`, … and `name.ogg.sealed`, `name 2.ogg.sealed`, …
fn numbered(path: &Path, number: u32) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if number <= 1 {
        return path.to_owned();
    }
    let ends = [".ogg.sealed", ".wav.sealed", ".ogg", ".wav"].into_iter().find(|end| name.ends_with(end)).unwrap_or("");
    path.with_file_name(format!("{} {number}{ends}", &name[..name.len() - ends.len()]))
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().read(true).write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    // The user's own folders are private to the user and to administrators.
    File::options().read(true).write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests;
