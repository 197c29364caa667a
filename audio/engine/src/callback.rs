//! What runs inside a device callback: copy, count, nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use cpal::{FromSample, Sample};
use rtrb::{Consumer, Producer};

/// Frames that are converted at a time.
const PIECE: usize = 256;

/// What a stream tells about itself, written by callbacks and read by others.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// Callbacks so far; it wraps.
    pub beats: AtomicU32,
    /// The largest callback of late, frames: it is forgotten by one frame a callback.
    pub lump: AtomicU32,
    /// The stream reported an error after which it must be rebuilt.
    pub broken: AtomicBool,
}

impl Pulse {
    fn beat(&self, frames: usize) {
        self.beats.fetch_add(1, Ordering::Relaxed);
        // Only this end writes it.
        let before = self.lump.load(Ordering::Relaxed);
        self.lump.store(before.saturating_sub(1).max(frames as u32), Ordering::Relaxed);
    }
}

/// The device's end of the microphone ring.
pub(crate) struct Capture {
    ring: Producer<f32>,
    channels: usize,
    pulse: Arc<Pulse>,
}

impl Capture {
    pub fn new(ring: Producer<f32>, channels: usize, pulse: Arc<Pulse>) -> Self {
        Self { ring, channels: channels.max(1), pulse }
    }

    /// Averages the channels into the ring; what does not fit is dropped.
    pub fn take<T>(&mut self, sound: &[T])
    where
        T: Sample,
        f32: FromSample<T>,
    {
        let frames = sound.len() / self.channels;
        self.pulse.beat(frames);
        let room = self.ring.slots().min(frames);
        let scale = 1.0 / self.channels as f32;
        let Ok(chunk) = self.ring.write_chunk_uninit(room) else { return };
        let mono = sound.chunks_exact(self.channels);
        chunk.fill_from_iter(mono.map(|frame| frame.iter().map(|s| f32::from_sample(*s)).sum::<f32>() * scale));
    }
}

/// The device's end of a speaker ring.
pub(crate) struct Playback {
    ring: Consumer<f32>,
    channels: usize,
    pulse: Arc<Pulse>,
}

impl Playback {
    pub fn new(ring: Consumer<f32>, channels: usize, pulse: Arc<Pulse>) -> Self {
        Self { ring, channels: channels.max(1), pulse }
    }

    /// Fills every channel from the ring, and with silence what the ring does not hold.
    pub fn give<T>(&mut self, sound: &mut [T])
    where
        T: Sample + FromSample<f32>,
    {
        self.pulse.beat(sound.len() / self.channels);
        for piece in sound.chunks_mut(PIECE * self.channels) {
            let ready = self.ring.slots().min(piece.len() / self.channels);
            let (heard, silent) = piece.split_at_mut(ready * self.channels);
            if let Ok(chunk) = self.ring.read_chunk(ready) {
                for (frame, sample) in heard.chunks_exact_mut(self.channels).zip(chunk) {
                    frame.fill(T::from_sample(sample));
                }
            }
            silent.fill(T::EQUILIBRIUM);
        }
    }
}

#[cfg(test)]
mod tests;
