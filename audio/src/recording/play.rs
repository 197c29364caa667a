//! From the bytes of a file to blocks of sound.

use std::io::{Read, Seek, SeekFrom};

use ogg::reading::{OggReadError, PacketReader};

use super::peaks::{Collector, Peaks};
use super::wav::{self, WavHead};
use super::{RATE_HZ, RecordingError};
use crate::codec::pair::PairDecoder;
use crate::resample::Resampler;

/// RFC 7845 §4.6: a decoder that begins elsewhere than at the beginning is right after 80 ms.
const ROLL: u64 = RATE_HZ as u64 * 80 / 1000;
/// Damaged pages in a row after which nothing more is looked for.
const MOST_DAMAGE: u32 = 100;

/// Plays a recording. A part at its end that was not written whole is passed over.
pub struct Player<R: Read + Seek> {
    kind: Kind<R>,
    length: u64,
    at: u64,
}

enum Kind<R: Read + Seek> {
    Opus(Box<Opus<R>>),
    Wav(Box<Wav<R>>),
}

impl<R: Read + Seek> Player<R> {
    /// Looks over what `from` holds, from its beginning.
    ///
    /// # Errors
    /// It cannot be read, or is nothing that [`super::Composer`] made.
    pub fn open(mut from: R) -> Result<Self, RecordingError> {
        from.seek(SeekFrom::Start(0))?;
        let mut first = [0; 4];
        from.read_exact(&mut first)?;
        from.seek(SeekFrom::Start(0))?;
        let (kind, length) = match &first {
            b"OggS" => {
                let opus = Opus::open(from)?;
                let length = opus.pages.last().map_or(0, |page| page.granule.saturating_sub(opus.skipped));
                (Kind::Opus(Box::new(opus)), length)
            }
            b"RIFF" => {
                let wav = Wav::open(from)?;
                let length = wav.frames * u64::from(RATE_HZ / wav::RATE_HZ);
                (Kind::Wav(Box::new(wav)), length)
            }
            _ => return Err(RecordingError::Foreign("neither Ogg nor WAV")),
        };
        Ok(Self { kind, length, at: 0 })
    }

    /// Of all that can be played, ms.
    pub fn length_ms(&self) -> u64 {
        self.length * 1000 / u64::from(RATE_HZ)
    }

    /// Where the next block begins, ms.
    pub fn position_ms(&self) -> u64 {
        self.at * 1000 / u64::from(RATE_HZ)
    }

    /// Goes on at this place, or at the end.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn seek(&mut self, to_ms: u64) -> Result<(), RecordingError> {
        let to = (to_ms * u64::from(RATE_HZ) / 1000).min(self.length);
        self.at = to;
        match &mut self.kind {
            Kind::Opus(opus) => opus.seek(to),
            Kind::Wav(wav) => wav.seek(to / u64::from(RATE_HZ / wav::RATE_HZ)),
        }
    }

    /// Appends the next piece, about 20 ms at 48 kHz, to both. False at the end.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn next(&mut self, left: &mut Vec<f32>, right: &mut Vec<f32>) -> Result<bool, RecordingError> {
        let before = left.len();
        let more = match &mut self.kind {
            Kind::Opus(opus) => opus.next(self.length, left, right)?,
            Kind::Wav(wav) => wav.next(left, right)?,
        };
        let most = before + (self.length - self.at) as usize;
        left.truncate(most);
        right.truncate(most);
        self.at += (left.len() - before) as u64;
        Ok(more && self.at < self.length)
    }

    /// Plays all of it, for what it looks like.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn peaks(&mut self) -> Result<Peaks, RecordingError> {
        self.seek(0)?;
        let (mut left, mut right, mut peaks) = (Vec::new(), Vec::new(), Collector::new());
        loop {
            left.clear();
            right.clear();
            let more = self.next(&mut left, &mut right)?;
            for (l, r) in left.chunks(480).zip(right.chunks(480)) {
                peaks.push(l, r);
            }
            if !more {
                return Ok(peaks.finish());
            }
        }
    }
}

/// Where a page begins in the file, and which sample of each channel is the last in it.
struct Page {
    offset: u64,
    granule: u64,
}

struct Opus<R: Read + Seek> {
    packets: PacketReader<R>,
    decoder: PairDecoder,
    pages: Vec<Page>,
    skipped: u64,
    /// Samples that are decoded and not given.
    ahead: u64,
    pairs: Vec<f32>,
}

impl<R: Read + Seek> Opus<R> {
    fn open(mut from: R) -> Result<Self, RecordingError> {
        let pages = look_over(&mut from)?;
        from.seek(SeekFrom::Start(0))?;
        let mut packets = PacketReader::new(from);
        let head = packets.read_packet().ok().flatten().ok_or(RecordingError::Foreign("no head"))?;
        let skipped = match head.data.as_slice() {
            // Two channels, two streams that are not coupled.
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', 1, 2, low, high, .., 1, 2, 0, 0, 1] => {
                u64::from(u16::from_le_bytes([*low, *high]))
            }
            _ => return Err(RecordingError::Foreign("another kind of Opus")),
        };
        let mut opus =
            Self { packets, decoder: PairDecoder::new()?, pages, skipped, ahead: skipped, pairs: Vec::new() };
        opus.seek(0)?;
        Ok(opus)
    }

    fn seek(&mut self, to: u64) -> Result<(), RecordingError> {
        let granule = to + self.skipped;
        // The page that holds the place from which the decoder will be right.
        let from = granule.saturating_sub(ROLL);
        let page = self.pages.partition_point(|page| page.granule <= from).min(self.pages.len().saturating_sub(1));
        let before = page.checked_sub(1).map_or(0, |before| self.pages[before].granule);
        let offset = self.pages.get(page).map_or(0, |page| page.offset);
        self.packets.seek_bytes(SeekFrom::Start(offset))?;
        self.decoder = PairDecoder::new()?;
        self.ahead = granule - before.min(granule);
        Ok(())
    }

    fn next(&mut self, length: u64, left: &mut Vec<f32>, right: &mut Vec<f32>) -> Result<bool, RecordingError> {
        if length == 0 {
            return Ok(false);
        }
        let mut damage = 0;
        loop {
            let packet = match self.packets.read_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(false),
                Err(OggReadError::ReadError(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
                    return Err(error.into());
                }
                Err(OggReadError::ReadError(_)) => return Ok(false),
                Err(_) if damage < MOST_DAMAGE => {
                    damage += 1;
                    continue;
                }
                Err(_) => return Ok(false),
            };
            if packet.data.starts_with(b"Opus") || self.decoder.decode(&packet.data, &mut self.pairs).is_err() {
                continue;
            }
            let samples = self.pairs.len() as u64 / 2;
            let passed = self.ahead.min(samples);
            self.ahead -= passed;
            if passed < samples {
                for pair in self.pairs[2 * passed as usize..].chunks_exact(2) {
                    left.push(pair[0]);
                    right.push(pair[1]);
                }
                return Ok(true);
            }
        }
    }
}

/// Every whole page with sound (RFC 3533 §6), by its head alone.
fn look_over<R: Read + Seek>(from: &mut R) -> Result<Vec<Page>, RecordingError> {
    let end = from.seek(SeekFrom::End(0))?;
    let (mut offset, mut pages) = (0, Vec::new());
    while offset + 27 <= end {
        from.seek(SeekFrom::Start(offset))?;
        let mut head = [0; 27];
        from.read_exact(&mut head)?;
        if &head[..4] != b"OggS" {
            break;
        }
        let mut lacing = [0; 255];
        let lacing = &mut lacing[..usize::from(head[26])];
        if from.read_exact(lacing).is_err() {
            break;
        }
        let body = lacing.iter().map(|n| u64::from(*n)).sum::<u64>();
        let next = offset + 27 + lacing.len() as u64 + body;
        if next > end {
            break;
        }
        let granule = u64::from_le_bytes(head[6..14].try_into().unwrap_or_default());
        // Heads have 0, and a page on which no packet ends all bits.
        if granule > 0 && granule < u64::MAX / 2 {
            pages.push(Page { offset, granule });
        }
        offset = next;
    }
    Ok(pages)
}

struct Wav<R: Read + Seek> {
    from: R,
    up: [Resampler; 2],
    frames: u64,
    at: u64,
}

impl<R: Read + Seek> Wav<R> {
    fn open(mut from: R) -> Result<Self, RecordingError> {
        let mut head = [0; WavHead::LENGTH];
        from.read_exact(&mut head)?;
        WavHead::read(&head).ok_or(RecordingError::Foreign("another kind of WAV"))?;
        // What the head says may be older than the end of the file.
        let sound = from.seek(SeekFrom::End(0))?.saturating_sub(WavHead::LENGTH as u64);
        let mut wav = Self { from, up: Self::converters()?, frames: sound / u64::from(wav::FRAME), at: 0 };
        wav.seek(0)?;
        Ok(wav)
    }

    fn converters() -> Result<[Resampler; 2], RecordingError> {
        let up = || Resampler::new(wav::RATE_HZ, RATE_HZ);
        Ok([up()?, up()?])
    }

    fn seek(&mut self, frame: u64) -> Result<(), RecordingError> {
        self.at = frame.min(self.frames);
        self.from.seek(SeekFrom::Start(WavHead::LENGTH as u64 + self.at * u64::from(wav::FRAME)))?;
        self.up = Self::converters()?;
        Ok(())
    }

    fn next(&mut self, left: &mut Vec<f32>, right: &mut Vec<f32>) -> Result<bool, RecordingError> {
        let frames = (self.frames - self.at).min(u64::from(wav::RATE_HZ / 50));
        let mut bytes = vec![0; frames as usize * wav::FRAME as usize];
        self.from.read_exact(&mut bytes)?;
        self.at += frames;
        let sample = |frame: &[u8], at: usize| f32::from(i16::from_le_bytes([frame[at], frame[at + 1]])) / 32_768.0;
        for (n, out) in [left, right].into_iter().enumerate() {
            let channel: Vec<f32> = bytes.chunks_exact(4).map(|frame| sample(frame, 2 * n)).collect();
            self.up[n].process(&channel, out);
        }
        Ok(frames > 0)
    }
}
