//! What the agent says, without the loudspeaker's echo, without noise, at an even level.
//!
//! ```text
//!   to the speaker ────────────────► render ┐
//!                                           ▼
//!   microphone ─► high-pass ─► echo (AEC3) ─► noise ─► automatic gain, limiter ─► what is sent
//! ```
//!
//! Everything is one channel of 10 ms at 48 kHz. With echo, noise and gain off nothing is touched at all.

mod echo_meter;
mod needs;
mod shock;
mod sonora;
mod strong;
mod vitals;

pub use echo_meter::EchoMeter;
pub use needs::{EchoNeed, EchoWish, Form};
pub use shock::ShockLimiter;
pub use vitals::{Vital, Vitals};

/// Samples in 10 ms.
pub const BLOCK: usize = 480;
/// Rate of everything here, Hz.
pub const RATE_HZ: u32 = 48_000;

/// How much is done against noise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Noise {
    /// Nothing.
    Off,
    /// What hums and hisses is lowered.
    #[default]
    Normal,
    /// A recurrent network keeps what it takes for speech: better against keys, traffic and rain, for a little more
    /// delay.
    Strong,
}

/// What is done to the voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceSettings {
    /// Takes the loudspeaker's echo out.
    pub echo: bool,
    /// Against noise.
    pub noise: Noise,
    /// Brings the voice to an even level.
    pub gain: bool,
}

impl VoiceSettings {
    /// Nothing is done.
    pub const OFF: Self = Self { echo: false, noise: Noise::Off, gain: false };
}

/// A way of processing the voice. It belongs to one thread, and may take a moment and allocate: never in a device's callback.
pub trait VoiceProcessor: Send {
    /// The next 10 ms as they are handed to the speaker, volume and all.
    fn render(&mut self, far: &[f32]);

    /// The next 10 ms of the microphone, in place. `delay_ms` is from the moment at which a block is given to [`Self::render`]
    /// until its echo would come here if the room took no time.
    fn capture(&mut self, near: &mut [f32], delay_ms: u32);
}

/// The processor for these settings.
pub fn processor(settings: VoiceSettings) -> Box<dyn VoiceProcessor> {
    match settings {
        VoiceSettings::OFF => Box::new(Untouched),
        VoiceSettings { noise: Noise::Strong, .. } => Box::new(strong::Strong::new(settings)),
        _ => Box::new(sonora::Sonora::new(settings, true)),
    }
}

/// Leaves the voice as it is.
struct Untouched;

impl VoiceProcessor for Untouched {
    fn render(&mut self, _: &[f32]) {}

    fn capture(&mut self, _: &mut [f32], _: u32) {}
}
