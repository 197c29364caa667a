//! Sound files in the place of devices.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use audio::codec::to_i16;
use audio::resample::Resampler;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::port::MIX_HZ;

/// Blocks of 10 ms between two writings of the header.
const FLUSH_BLOCKS: u32 = 20;

/// A recording that serves as microphone, one channel.
pub(crate) struct Clip {
    pcm: Vec<f32>,
    rate_hz: u32,
}

impl Clip {
    /// Reads a WAV file; the channels are averaged. The error is in words.
    pub fn read(path: &Path) -> Result<Self, String> {
        let reader = WavReader::open(path).map_err(|e| e.to_string())?;
        let spec = reader.spec();
        if spec.channels == 0 || spec.sample_rate == 0 {
            return Err("no channels or no rate".to_owned());
        }
        let samples: Result<Vec<f32>, hound::Error> = match spec.sample_format {
            SampleFormat::Float => reader.into_samples::<f32>().collect(),
            SampleFormat::Int => {
                let full = (1_u64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
                reader.into_samples::<i32>().map(|s| s.map(|s| s as f32 / full)).collect()
            }
        };
        let channels = usize::from(spec.channels);
        let samples = samples.map_err(|e| e.to_string())?;
        let pcm = samples.chunks_exact(channels).map(|f| f.iter().sum::<f32>() / channels as f32).collect();
        Ok(Self { pcm, rate_hz: spec.sample_rate })
    }

    /// The whole recording at another rate.
    pub fn at_rate(&self, rate_hz: u32) -> Vec<f32> {
        if rate_hz == self.rate_hz {
            return self.pcm.clone();
        }
        Resampler::convert(&self.pcm, self.rate_hz, rate_hz).unwrap_or_default()
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
        for sample in block {
            self.writer.write_sample(to_i16(*sample)).map_err(|e| e.to_string())?;
        }
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
        let pcm = Clip::read(&path).unwrap().at_rate(16_000);
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
        assert!(Clip::read(Path::new("/nowhere/x.wav")).is_err());
        assert!(SpeakerFile::create(Path::new("/nowhere/x.wav")).is_err());
    }
}
