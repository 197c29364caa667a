//! Recordings that the agent listens to: a thread reads and decodes ahead, the voice thread plays.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Thread;

use audio::mix;
use audio::recording::{Format, Peaks, Player, RecordingError, WavHead};
use audio::tempo::Tempo;
use rtrb::{Consumer, Producer};

use crate::event::{Event, Events};
use crate::port::BLOCK;
use crate::recorder::{create, mend_head};
use crate::sealed::{KeySource, SealedReader};

/// The ring holds 400 ms.
pub(crate) const RING: usize = 40 * BLOCK;
/// Blocks after which the reader is woken.
const WAKE: u32 = 10;

/// What is to be played.
#[derive(Clone)]
pub struct Play {
    /// Told back with the event; a new number each time.
    pub playback: u64,
    /// The file.
    pub path: PathBuf,
    /// Of an encrypted file.
    pub key: Option<KeySource>,
    /// Where it begins.
    pub from_ms: u64,
    /// 1 as it was, within [`audio::tempo::SPEEDS`].
    pub speed: f32,
}

/// The voice thread's end of what is played.
pub(crate) struct Playing {
    ring: Consumer<f32>,
    reader: Thread,
    playback: u64,
    /// Samples that were played, as others see it.
    played: Arc<AtomicU64>,
    blocks: u32,
}

impl Playing {
    pub fn new(ring: Consumer<f32>, reader: Thread, playback: u64, played: Arc<AtomicU64>) -> Self {
        Self { ring, reader, playback, played, blocks: 0 }
    }

    /// The next 10 ms; false at the end.
    pub fn play(&mut self, speaker: Option<&mut [f32]>, events: &Events) -> bool {
        let ended = self.ring.is_abandoned();
        let ready = self.ring.slots().min(BLOCK);
        if let Ok(chunk) = self.ring.read_chunk(ready) {
            match speaker {
                Some(speaker) => speaker.iter_mut().zip(chunk).for_each(|(s, sample)| *s += sample),
                None => chunk.commit_all(),
            }
        }
        self.played.fetch_add(ready as u64, Ordering::Relaxed);
        self.blocks += 1;
        if self.blocks.is_multiple_of(WAKE) {
            self.reader.unpark();
        }
        if ended && ready == 0 {
            events.tell(Event::PlaybackEnded { playback: self.playback, problem: None });
            return false;
        }
        true
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        // The thread has nothing to write to when it looks.
        let (_, nothing) = rtrb::RingBuffer::new(1);
        drop(std::mem::replace(&mut self.ring, nothing));
        self.reader.unpark();
    }
}

/// The thread `player`.
pub(crate) struct Reader {
    pub play: Play,
    pub ring: Producer<f32>,
    pub events: Events,
}

impl Reader {
    /// Reads until the end, or until nobody listens.
    pub fn run(mut self) {
        if let Err(error) = self.read() {
            let problem = Some(error.to_string());
            self.events.tell(Event::PlaybackEnded { playback: self.play.playback, problem });
        }
    }

    fn read(&mut self) -> Result<(), RecordingError> {
        let mut player = open(&self.play.path, self.play.key.as_ref())?;
        player.seek(self.play.from_ms)?;
        let mut tempo = Tempo::new(self.play.speed);
        let (mut left, mut right, mut ready, mut more) = (Vec::new(), Vec::new(), Vec::new(), true);
        while !self.ring.is_abandoned() && (more || !ready.is_empty()) {
            if more && ready.len() < RING / 4 {
                left.clear();
                right.clear();
                more = player.next(&mut left, &mut right)?;
                mix::add(&mut left, &right, 1.0);
                mix::limit(&mut left);
                tempo.process(&left, &mut ready);
                continue;
            }
            let room = self.ring.slots().min(ready.len());
            if let Ok(chunk) = self.ring.write_chunk_uninit(room) {
                chunk.fill_from_iter(ready.drain(..room));
            }
            if room == 0 {
                std::thread::park();
            }
        }
        Ok(())
    }
}

trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

fn source(path: &Path, key: Option<&KeySource>) -> Result<Box<dyn Source>, RecordingError> {
    let mut file = File::open(path)?;
    if !SealedReader::knows(&mut file)? {
        return Ok(Box::new(file));
    }
    let key = key.ok_or(RecordingError::Foreign("it is encrypted, and its key is not there"))?;
    let key = key().map_err(std::io::Error::other)?;
    Ok(Box::new(SealedReader::open(file, &key)?))
}

fn open(path: &Path, key: Option<&KeySource>) -> Result<Player<Box<dyn Source>>, RecordingError> {
    Player::open(source(path, key)?)
}

/// What a file of a recording says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingFacts {
    /// Of all that can be played, ms.
    pub length_ms: u64,
    /// What it looks like.
    pub peaks: Peaks,
}

/// Looks at a recording that nobody finished, because the program ended; the head of a WAV file says afterwards how long it is. Reads
/// all of it.
///
/// # Errors
/// It cannot be read, or is no recording of ours.
pub fn look_at_recording(path: &Path, key: Option<&KeySource>) -> Result<RecordingFacts, RecordingError> {
    let mut player = open(path, key)?;
    let facts = RecordingFacts { length_ms: player.length_ms(), peaks: player.peaks()? };
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut first = [0; 4];
    file.read_exact(&mut first)?;
    if &first == b"RIFF" {
        mend_head(&mut file)?;
    }
    Ok(facts)
}

/// Writes a recording, decrypted, to a file that was not there before, and returns its name. The file is for its owner alone.
///
/// # Errors
/// It cannot be read, or the copy not be written.
pub fn copy_recording(path: &Path, key: Option<&KeySource>, to: &Path) -> Result<PathBuf, RecordingError> {
    let mut from = source(path, key)?;
    let (mut file, named) = create(to)?;
    std::io::copy(&mut from, &mut file)?;
    if named.extension().is_some_and(|end| end == Format::Wav.extension()) {
        let mut head = [0; WavHead::LENGTH];
        file.rewind()?;
        if file.read_exact(&mut head).is_ok() && WavHead::read(&head).is_some() {
            mend_head(&mut file)?;
        }
    }
    file.sync_all()?;
    Ok(named)
}
