//! Codecs, jitter buffer, concealment, resampling, tones, levels and mixing, without IO.
//!
//! Samples are `f32` in −1…1, one channel. Time is an argument. Nothing here opens a file, a device or a socket.

pub mod codec;
pub mod drift;
pub mod jitter;
pub mod level;
pub mod mix;
pub mod recording;
pub mod resample;
pub mod tempo;
pub mod tones;
pub mod voice;
