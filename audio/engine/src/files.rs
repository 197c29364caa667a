//! Sound files in the place of devices.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use audio::codec::to_i16;
use audio::resample::Resampler;
use hound::{SampleFormat, WavIntoSamples, WavReader, WavSpec, WavWriter};

use crate::port::MIX_HZ;

/// Blocks of 10 ms between two writings of the header.
const FLUSH_BLOCKS: u32 = 20;

/// A recording that serves as microphone: every session plays it from its beginning.
pub(crate) struct Clip {
    path: PathBuf,
}

impl Clip {
    /// Checks that the file can be played. The error is in words.
    pub fn open(path: &Path) -> Result<Self, String> {
        let clip = Self { path: path.to_owned() };
        clip.player(MIX_HZ)?;
        Ok(clip)
    }

    /// Plays from the beginning at this rate.
    pub fn player(&self, rate_hz: u32) -> Result<ClipPlayer, String> {
        let reader = WavReader::open(&self.path).map_err(|e| e.to_string())?;
        let spec = reader.spec();
        if spec.channels == 0 || spec.sample_rate == 0 {
            return Err("no channels or no rate".to_owned());
        }
        let samples = match spec.sample_format {
            SampleFormat::Float => Samples::Float(reader.into_samples()),
            SampleFormat::Int => {
                let full = (1_u64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
                Samples::Int(reader.into_samples(), full.recip())
            }
        };
        let resampler = Resampler::new(spec.sample_rate, rate_hz).map_err(|e| e.to_string())?;
        let channels = usize::from(spec.channels);
        Ok(ClipPlayer {
            samples,
            channels,
            from_hz: spec.sample_rate,
            resampler,
            read: Vec::new(),
            ready: Vec::new(),
            ended: false,
        })
    }
}

/// Samples of a file as they come, whatever their format.
enum Samples {
    Float(WavIntoSamples<BufReader<File>, f32>),
    /// With the value of one step.
    Int(WavIntoSamples<BufReader<File>, i32>, f32),
}

impl Samples {
    /// None at the end, and where the file is broken.
    fn next(&mut self) -> Option<f32> {
        match self {
            Self::Float(samples) => samples.next()?.ok(),
            Self::Int(samples, step) => samples.next()?.ok().map(|s| s as f32 * *step),
        }
    }
}

/// A recording that is being played; it is read as it goes, so its length does not matter.
pub(crate) struct ClipPlayer {
    samples: Samples,
    channels: usize,
    from_hz: u32,
    resampler: Resampler,
    read: Vec<f32>,
    ready: Vec<f32>,
    ended: bool,
}

impl ClipPlayer {
    /// Goes on at another rate.
    pub fn set_rate(&mut self, rate_hz: u32) {
        if let Ok(resampler) = Resampler::new(self.from_hz, rate_hz) {
            self.resampler = resampler;
            self.ready.clear();
        }
    }

    /// Appends `count` samples; fewer at the end. True from the end on.
    pub fn read(&mut self, count: usize, out: &mut Vec<f32>) -> bool {
        while self.ready.len() < count && !self.ended {
            self.read.clear();
            for _ in 0..(self.from_hz / 100).max(1) {
                let Some(sample) = self.frame() else {
                    self.ended = true;
                    break;
                };
                self.read.push(sample);
            }
            self.resampler.process(&self.read, &mut self.ready);
        }
        let ready = self.ready.len().min(count);
        out.extend(self.ready.drain(..ready));
        self.ended && self.ready.is_empty()
    }

    /// One frame, its channels averaged.
    fn frame(&mut self) -> Option<f32> {
        let mut sum = 0.0;
        for _ in 0..self.channels {
            sum += self.samples.next()?;
        }
        Some(sum / self.channels as f32)
    }
}

/// What would be heard, as a file: 48 kHz, one channel, 16 bit.
pub(crate) struct SpeakerFile {
    writer: WavWriter<BufWriter<File>>,
    blocks: u32,
}

impl SpeakerFile {
    /// An empty recording, its header valid.
    pub fn create(path: &Path) -> Result<Self, String> {
        let spec = WavSpec { channels: 1, sample_rate: MIX_HZ, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut writer = WavWriter::create(path, spec).map_err(|e| e.to_string())?;
        writer.flush().map_err(|e| e.to_string())?;
        Ok(Self { writer, blocks: 0 })
    }

    /// Appends 10 ms at 48 kHz; the header follows every 200 ms.
    pub fn write(&mut self, block: &[f32]) -> Result<(), String> {
        let mut writer = self.writer.get_i16_writer(block.len() as u32);
        block.iter().for_each(|sample| writer.write_sample(to_i16(*sample)));
        writer.flush().map_err(|e| e.to_string())?;
        self.blocks += 1;
        if self.blocks.is_multiple_of(FLUSH_BLOCKS) {
            self.writer.flush().map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

/// The file of the n-th session: `name.wav`, `name-2.wav`, `name-3.wav`, …
pub(crate) fn numbered(path: &Path, session: u32) -> PathBuf {
    if session <= 1 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{session}{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stereo_float_file_becomes_one_channel_at_the_codecs_rate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.wav");
        let spec =
            WavSpec { channels: 2, sample_rate: 44_100, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let mut writer = WavWriter::create(&path, spec).unwrap();
        for n in 0..44_100 {
            let s = 0.5 * (std::f32::consts::TAU * 440.0 * n as f32 / 44_100.0).sin();
            writer.write_sample(s).unwrap();
            writer.write_sample(0.0_f32).unwrap();
        }
        writer.finalize().unwrap();
        let mut player = Clip::open(&path).unwrap().player(16_000).unwrap();
        let mut pcm = Vec::new();
        while !player.read(160, &mut pcm) {}
        assert!(pcm.len().abs_diff(16_000) < 400, "{}", pcm.len());
        let rms = (pcm[1_000..15_000].iter().map(|s| s * s).sum::<f32>() / 14_000.0).sqrt();
        assert!((rms - 0.25 / 2.0_f32.sqrt()).abs() < 0.01, "{rms}");
    }

    #[test]
    fn the_header_is_valid_while_the_file_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = numbered(&folder.path().join("out.wav"), 2);
        assert!(path.ends_with("out-2.wav"));
        let mut file = SpeakerFile::create(&path).unwrap();
        assert_eq!(WavReader::open(&path).unwrap().len(), 0);
        for _ in 0..45 {
            file.write(&[0.5; 480]).unwrap();
        }
        // Nothing is finished or dropped, as after kill -9.
        let mut reader = WavReader::open(&path).unwrap();
        assert_eq!(reader.len(), 40 * 480);
        assert!(reader.samples::<i16>().all(|s| s.unwrap() == 16_384));
        drop(file);
        assert_eq!(WavReader::open(&path).unwrap().len(), 45 * 480);
    }

    #[test]
    fn what_is_no_wav_file_is_an_error() {
        assert!(Clip::open(Path::new("/nowhere/x.wav")).is_err());
        assert!(SpeakerFile::create(Path::new("/nowhere/x.wav")).is_err());
    }
}
