//! Strong noise suppression: RNNoise (`nnnoiseless`, a port to Rust) between echo canceller and automatic gain.

use nnnoiseless::DenoiseState;

use super::sonora::Sonora;
use super::{BLOCK, Noise, VoiceProcessor, VoiceSettings};

/// RNNoise counts in samples of 16 bit.
const FULL: f32 = 32_768.0;

/// High-pass and echo canceller, the network, automatic gain.
pub(super) struct Strong {
    before: Sonora,
    network: Box<DenoiseState<'static>>,
    after: Option<Sonora>,
    from: [f32; BLOCK],
    to: [f32; BLOCK],
}

impl Strong {
    pub fn new(settings: VoiceSettings) -> Self {
        let part = |echo, gain| Sonora::new(VoiceSettings { echo, noise: Noise::Off, gain }, !gain);
        Self {
            before: part(settings.echo, false),
            network: DenoiseState::new(),
            after: settings.gain.then(|| part(false, true)),
            from: [0.0; BLOCK],
            to: [0.0; BLOCK],
        }
    }
}

impl VoiceProcessor for Strong {
    fn render(&mut self, far: &[f32]) {
        self.before.render(far);
    }

    fn capture(&mut self, near: &mut [f32], delay_ms: u32) {
        self.before.capture(near, delay_ms);
        self.from.iter_mut().zip(near.iter()).for_each(|(to, from)| *to = from * FULL);
        self.network.process_frame(&mut self.to, &self.from);
        near.iter_mut().zip(&self.to).for_each(|(to, from)| *to = (from / FULL).clamp(-1.0, 1.0));
        if let Some(after) = &mut self.after {
            after.capture(near, 0);
        }
    }
}
