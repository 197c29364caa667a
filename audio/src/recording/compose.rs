//! From blocks of sound to the bytes of a file.

use ogg::writing::{PacketWriteEndInfo, PacketWriter};

use super::peaks::{Collector, Peaks};
use super::wav::WavHead;
use super::{Format, RATE_HZ, RecordingError};
use crate::codec::pair::PairEncoder;
use crate::codec::to_i16;
use crate::resample::Resampler;

/// Samples of a channel in a packet: 20 ms.
const PACKET: usize = RATE_HZ as usize / 50;
/// Both voices together: enough that nobody hears a difference.
const BITRATE_BPS: u32 = 56_000;
/// More than libopus makes of 20 ms of two voices.
const MOST_BYTES: usize = 4_000;

/// Makes a recording.
pub struct Composer {
    kind: Kind,
    /// Samples of each channel.
    samples: u64,
    peaks: Collector,
}

enum Kind {
    Opus(Box<Opus>),
    Wav(Box<Wav>),
}

impl Composer {
    /// `serial` names the stream in its file; any number will do.
    ///
    /// # Errors
    /// The codec gets no memory.
    pub fn new(format: Format, serial: u32) -> Result<Self, RecordingError> {
        let kind = match format {
            Format::Opus => Kind::Opus(Box::new(Opus::new(serial)?)),
            Format::Wav => Kind::Wav(Box::new(Wav::new()?)),
        };
        Ok(Self { kind, samples: 0, peaks: Collector::new() })
    }

    /// Appends sound: both blocks have the same length, and at most 20 ms.
    ///
    /// # Errors
    /// The codec refuses.
    pub fn push(&mut self, left: &[f32], right: &[f32]) -> Result<(), RecordingError> {
        self.samples += left.len() as u64;
        self.peaks.push(left, right);
        match &mut self.kind {
            Kind::Opus(opus) => opus.push(left, right),
            Kind::Wav(wav) => {
                wav.push(left, right);
                Ok(())
            }
        }
    }

    /// Bytes to append to the file; with what stands there already they can be played. Asked once a second.
    ///
    /// # Errors
    /// None that could be seen: memory takes everything.
    pub fn take(&mut self) -> Result<Vec<u8>, RecordingError> {
        match &mut self.kind {
            Kind::Opus(opus) => opus.take(PacketWriteEndInfo::EndPage),
            Kind::Wav(wav) => Ok(std::mem::take(&mut wav.bytes)),
        }
    }

    /// What is recorded so far, ms.
    pub fn length_ms(&self) -> u64 {
        self.samples * 1000 / u64::from(RATE_HZ)
    }

    /// The last bytes, and what the recording looks like.
    ///
    /// # Errors
    /// The codec refuses.
    pub fn finish(self) -> Result<(Vec<u8>, Peaks), RecordingError> {
        let bytes = match self.kind {
            Kind::Opus(opus) => opus.finish(self.samples)?,
            Kind::Wav(wav) => wav.bytes,
        };
        Ok((bytes, self.peaks.finish()))
    }
}

struct Opus {
    encoder: PairEncoder,
    pages: PacketWriter<'static, Vec<u8>>,
    serial: u32,
    skipped: usize,
    /// Samples in turns that wait for a packet to be full.
    waiting: Vec<f32>,
    /// The packet that is not written yet: which one ends a page is known only afterwards.
    held: Option<(Vec<u8>, u64)>,
    /// Samples of each channel that were encoded.
    encoded: u64,
}

impl Opus {
    fn new(serial: u32) -> Result<Self, RecordingError> {
        let encoder = PairEncoder::new(BITRATE_BPS)?;
        let skipped = encoder.lookahead()?;
        let mut pages = PacketWriter::new(Vec::new());
        pages.write_packet(head(skipped), serial, PacketWriteEndInfo::EndPage, 0)?;
        pages.write_packet(tags(), serial, PacketWriteEndInfo::EndPage, 0)?;
        Ok(Self { encoder, pages, serial, skipped, waiting: Vec::new(), held: None, encoded: 0 })
    }

    fn push(&mut self, left: &[f32], right: &[f32]) -> Result<(), RecordingError> {
        for (l, r) in left.iter().zip(right) {
            self.waiting.extend([*l, *r]);
        }
        while self.waiting.len() >= 2 * PACKET {
            let mut packet = vec![0; MOST_BYTES];
            let size = self.encoder.encode(&self.waiting[..2 * PACKET], &mut packet)?;
            packet.truncate(size);
            self.waiting.drain(..2 * PACKET);
            self.encoded += PACKET as u64;
            self.write_held(PacketWriteEndInfo::NormalPacket)?;
            self.held = Some((packet, self.encoded));
        }
        Ok(())
    }

    fn write_held(&mut self, end: PacketWriteEndInfo) -> Result<(), RecordingError> {
        if let Some((packet, granule)) = self.held.take() {
            self.pages.write_packet(packet, self.serial, end, granule)?;
        }
        Ok(())
    }

    fn take(&mut self, end: PacketWriteEndInfo) -> Result<Vec<u8>, RecordingError> {
        self.write_held(end)?;
        Ok(std::mem::take(self.pages.inner_mut()))
    }

    /// RFC 7845 §4.4: the granule of the last page says where the sound ends, though its packet goes on.
    fn finish(mut self, samples: u64) -> Result<Vec<u8>, RecordingError> {
        let end = samples + self.skipped as u64;
        let silence = [0.0; PACKET];
        while self.encoded < end || self.held.is_none() {
            self.push(&silence, &silence)?;
        }
        if let Some((_, granule)) = &mut self.held {
            *granule = end;
        }
        self.take(PacketWriteEndInfo::EndStream)
    }
}

/// RFC 7845 §5.1, with mapping family 1: two streams, not coupled.
fn head(skipped: usize) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x02".to_vec();
    head.extend((skipped as u16).to_le_bytes());
    head.extend(RATE_HZ.to_le_bytes());
    head.extend([0, 0, 1, 2, 0, 0, 1]);
    head
}

/// RFC 7845 §5.2: who made it, and nothing of the call.
fn tags() -> Vec<u8> {
    let vendor = b"Timbre";
    let mut tags = b"OpusTags".to_vec();
    tags.extend((vendor.len() as u32).to_le_bytes());
    tags.extend(vendor);
    tags.extend(0_u32.to_le_bytes());
    tags
}

struct Wav {
    down: [Resampler; 2],
    ready: [Vec<f32>; 2],
    bytes: Vec<u8>,
}

impl Wav {
    fn new() -> Result<Self, RecordingError> {
        let down = || Resampler::new(RATE_HZ, super::wav::RATE_HZ);
        let bytes = WavHead { sound_bytes: None }.to_bytes().to_vec();
        Ok(Self { down: [down()?, down()?], ready: [Vec::new(), Vec::new()], bytes })
    }

    fn push(&mut self, left: &[f32], right: &[f32]) {
        for (n, block) in [left, right].into_iter().enumerate() {
            self.down[n].process(block, &mut self.ready[n]);
        }
        let [left, right] = &mut self.ready;
        let ready = left.len().min(right.len());
        for (l, r) in left.drain(..ready).zip(right.drain(..ready)) {
            self.bytes.extend(to_i16(l).to_le_bytes());
            self.bytes.extend(to_i16(r).to_le_bytes());
        }
    }
}
