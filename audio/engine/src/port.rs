//! The voice thread's end of a device ring: 10 ms at 48 kHz in and out, whatever the device does.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use audio::drift::{Clutch, Side};
use audio::mix;
use audio::resample::Resampler;
use rtrb::{Consumer, Producer};

use crate::callback::Pulse;

/// Rate at which devices are mixed, Hz.
pub(crate) const MIX_HZ: u32 = 48_000;
/// 10 ms of it.
pub(crate) const BLOCK: usize = MIX_HZ as usize / 100;
/// A ring holds 200 ms.
pub(crate) const fn ring_capacity(rate_hz: u32) -> usize {
    rate_hz as usize / 5
}

/// The least that a ring shall hold: one callback and 5 ms.
fn wished(rate_hz: u32, pulse: &Pulse) -> usize {
    let half_block = rate_hz as usize / 200;
    let lump = pulse.lump.load(Ordering::Relaxed) as usize;
    (lump.max(half_block) + half_block).min(ring_capacity(rate_hz) / 2)
}

/// Sound from a microphone.
pub(crate) struct MicrophonePort {
    ring: Consumer<f32>,
    rate_hz: u32,
    pulse: Arc<Pulse>,
    clutch: Clutch,
    resampler: Resampler,
    raw: Vec<f32>,
    slipped: Vec<f32>,
    ready: Vec<f32>,
    /// Waits until enough is there to begin.
    filling: bool,
}

impl MicrophonePort {
    /// None for a rate that cannot be used.
    pub fn new(ring: Consumer<f32>, rate_hz: u32, pulse: Arc<Pulse>) -> Option<Self> {
        Some(Self {
            ring,
            rate_hz,
            pulse,
            clutch: Clutch::new(rate_hz, rate_hz as usize / 100, Side::Output)?,
            resampler: Resampler::new(rate_hz, MIX_HZ).ok()?,
            raw: Vec::new(),
            slipped: Vec::new(),
            ready: Vec::new(),
            filling: true,
        })
    }

    /// The next 10 ms; silence while the device has not brought enough.
    pub fn read(&mut self, out: &mut [f32]) {
        self.pull();
        let ready = self.ready.len().min(out.len());
        out[..ready].copy_from_slice(&self.ready[..ready]);
        out[ready..].fill(0.0);
        self.ready.drain(..ready);
    }

    fn pull(&mut self) {
        let wished = wished(self.rate_hz, &self.pulse);
        self.clutch.control().wish(wished);
        let fill = self.ring.slots();
        let waits = self.filling && fill < wished + self.clutch.needs();
        if waits || fill < self.clutch.needs() {
            self.filling = true;
            return;
        }
        self.clutch.observe(fill - self.clutch.needs());
        let needs = self.clutch.needs();
        if self.filling || fill > wished + needs + self.rate_hz as usize / 15 {
            // Begin, or begin anew after a stall, with the wished delay.
            self.discard(fill.saturating_sub(needs + wished));
        }
        self.filling = false;
        self.raw.clear();
        if let Ok(chunk) = self.ring.read_chunk(needs.min(fill)) {
            self.raw.extend(chunk);
        }
        self.raw.resize(needs, 0.0);
        self.slipped.clear();
        self.clutch.process(&self.raw, &mut self.slipped);
        self.resampler.process(&self.slipped, &mut self.ready);
    }

    fn discard(&mut self, samples: usize) {
        if let Ok(chunk) = self.ring.read_chunk(samples) {
            chunk.commit_all();
        }
    }
}

/// Sound to a speaker.
pub(crate) struct SpeakerPort {
    ring: Producer<f32>,
    rate_hz: u32,
    pulse: Arc<Pulse>,
    clutch: Clutch,
    resampler: Resampler,
    ready: Vec<f32>,
    slipped: Vec<f32>,
    /// Gain at the end of the last block: a new device fades in.
    gain: f32,
}

impl SpeakerPort {
    /// None for a rate that cannot be used.
    pub fn new(ring: Producer<f32>, rate_hz: u32, pulse: Arc<Pulse>) -> Option<Self> {
        Some(Self {
            ring,
            rate_hz,
            pulse,
            clutch: Clutch::new(rate_hz, rate_hz as usize / 100, Side::Input)?,
            resampler: Resampler::new(MIX_HZ, rate_hz).ok()?,
            ready: Vec::new(),
            slipped: Vec::new(),
            gain: 0.0,
        })
    }

    /// Plays 10 ms at a gain, to which it moves without a step.
    pub fn write(&mut self, block: &mut [f32], gain: f32) {
        mix::ramp(block, self.gain, gain);
        self.gain = gain;
        self.resampler.process(block, &mut self.ready);
        let needs = self.clutch.needs();
        while self.ready.len() >= needs {
            self.slipped.clear();
            self.clutch.process(&self.ready[..needs], &mut self.slipped);
            self.ready.drain(..needs);
            self.push();
        }
    }

    fn push(&mut self) {
        let wished = wished(self.rate_hz, &self.pulse);
        let fill = ring_capacity(self.rate_hz) - self.ring.slots();
        if fill == 0 {
            // The beginning, or the device waited for us: begin with the wished delay.
            self.append(&vec![0.0; wished]);
        } else {
            self.clutch.control().wish(wished);
            self.clutch.observe(fill);
        }
        if fill > wished + self.rate_hz as usize / 15 {
            return; // The device stood still; it must not lag for ever.
        }
        let slipped = std::mem::take(&mut self.slipped);
        self.append(&slipped);
        self.slipped = slipped;
    }

    fn append(&mut self, sound: &[f32]) {
        let room = self.ring.slots().min(sound.len());
        if let Ok(chunk) = self.ring.write_chunk_uninit(room) {
            chunk.fill_from_iter(sound.iter().copied());
        }
    }
}
