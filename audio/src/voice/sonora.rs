//! WebRTC's voice processing (`sonora`, a port to Rust): AEC3, noise suppression, AGC2.

use sonora::config::{AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, MaxProcessingRate, Pipeline};
use sonora::{AudioProcessing, Config, StreamConfig};

use super::{BLOCK, Noise, RATE_HZ, VoiceProcessor, VoiceSettings};

/// The automatic gain begins with this, and goes no further than the other, dB: a headset's microphone is near the mouth, and
/// more would raise the room.
const INITIAL_GAIN_DB: f32 = 0.0;
const MAX_GAIN_DB: f32 = 18.0;

/// High-pass, and what the settings ask for.
pub(super) struct Sonora {
    processing: AudioProcessing,
    echo: bool,
    room: [f32; BLOCK],
}

impl Sonora {
    /// `high_pass` takes rumble away; the echo canceller does it in any case.
    pub fn new(settings: VoiceSettings, high_pass: bool) -> Self {
        let mono = StreamConfig::new(RATE_HZ, 1);
        let config = Config {
            // Sound up to 16 kHz. With 48 kHz the canceller is slower and spoils more (`cargo xtask bench audio`).
            pipeline: Pipeline {
                maximum_internal_processing_rate: MaxProcessingRate::Rate32kHz,
                ..Pipeline::default()
            },
            high_pass_filter: high_pass.then(HighPassFilter::default),
            echo_canceller: settings.echo.then(EchoCanceller::default),
            noise_suppression: (settings.noise == Noise::Normal).then(Default::default),
            gain_controller2: settings.gain.then(gain),
            ..Config::default()
        };
        let processing = AudioProcessing::builder().config(config).capture_config(mono).render_config(mono).build();
        Self { processing, echo: settings.echo, room: [0.0; BLOCK] }
    }
}

impl VoiceProcessor for Sonora {
    fn render(&mut self, far: &[f32]) {
        if self.echo {
            // Refused are only other lengths and rates than were agreed above.
            let _ = self.processing.process_render_f32(&[far], &mut [&mut self.room]);
        }
    }

    fn capture(&mut self, near: &mut [f32], delay_ms: u32) {
        // Beyond half a second it is cut, which is all that can be done.
        let _ = self.processing.set_stream_delay_ms(delay_ms.try_into().unwrap_or(i32::MAX));
        if self.processing.process_capture_f32(&[near], &mut [&mut self.room]).is_ok() {
            near.copy_from_slice(&self.room);
        }
    }
}

fn gain() -> GainController2 {
    let adaptive =
        AdaptiveDigital { initial_gain_db: INITIAL_GAIN_DB, max_gain_db: MAX_GAIN_DB, ..AdaptiveDigital::default() };
    GainController2 { adaptive_digital: Some(adaptive), ..GainController2::default() }
}
