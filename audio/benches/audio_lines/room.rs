//! A loudspeaker and a microphone in one room, thirty seconds, the same each time.
//!
//! ```text
//!   far  ─► (loudspeaker that bends) ─► 40 ms ─► room, another one from 24 s on ─┐
//!   near ─► from 15 s to 22 s, both speak without a pause ──────────────────────► + ─► microphone
//!   noise, −65 dBFS ─────────────────────────────────────────────────────────────┘
//! ```

use std::ops::Range;

use audio::resample::Resampler;
use audio::voice::{BLOCK, VoiceProcessor};

/// Rate of the speech that scenarios are made of, Hz.
const SPEECH_HZ: u32 = 16_000;
/// Rate of what is processed, Hz.
pub const RATE_HZ: u32 = 48_000;
/// When both speak, s.
pub const DOUBLE_TALK_S: Range<usize> = 15..22;
/// When the echo's way changes, s.
pub const CHANGE_S: usize = 24;
/// From speaker to microphone without the room, ms.
const DELAY_MS: usize = 40;
const NOISE_DBFS: f32 = -65.0;
const FAR_DBFS: f32 = -23.0;
/// Time in which a room's sound falls by 60 dB, s.
const RT60_S: f32 = 0.3;
/// The direct sound above everything after it, dB.
const DIRECT_DB: f32 = 4.0;

/// What a scenario is made of; both voices 16 kHz, thirty seconds of the far one.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    /// Loudness of the echo at the microphone; none leaves it out.
    pub echo_dbfs: Option<f32>,
    /// Loudness of the near voice.
    pub near_dbfs: f32,
    /// The loudspeaker bends what it plays.
    pub bends: bool,
}

/// A loudspeaker, one that is overdriven, a headset.
pub const SCENARIOS: [Scenario; 3] = [
    Scenario { name: "speaker", echo_dbfs: Some(-31.0), near_dbfs: -26.0, bends: false },
    Scenario { name: "overdriven", echo_dbfs: Some(-25.0), near_dbfs: -26.0, bends: true },
    Scenario { name: "headset", echo_dbfs: Some(-67.0), near_dbfs: -26.0, bends: false },
];

/// What happens in the room, 48 kHz.
pub struct Room {
    pub far: Vec<f32>,
    /// The near voice alone.
    pub near: Vec<f32>,
    /// The echo alone.
    pub echo: Vec<f32>,
    /// All that the microphone hears.
    pub microphone: Vec<f32>,
}

impl Room {
    pub fn new(scenario: &Scenario, far: &[f32], near: &[f32]) -> Self {
        let far = at_level(far, FAR_DBFS);
        let mut voice = vec![0.0; far.len()];
        let (from, to) = (DOUBLE_TALK_S.start * SPEECH_HZ as usize, DOUBLE_TALK_S.end * SPEECH_HZ as usize);
        voice[from..to].copy_from_slice(&at_level(&near[..to - from], scenario.near_dbfs));
        let mut echo = match scenario.echo_dbfs {
            Some(dbfs) => at_level(&echo(&far, scenario.bends), dbfs),
            None => vec![0.0; far.len()],
        };
        let mut noise = Noise(7);
        let loud = 10_f32.powf(NOISE_DBFS / 20.0) * 3_f32.sqrt();
        let [far, near, echo] = [&far, &voice, &mut echo].map(|pcm| up(pcm));
        let microphone = near.iter().zip(&echo).map(|(n, e)| n + e + loud * noise.next()).collect();
        Self { far, near, echo, microphone }
    }

    /// What the processor makes of it.
    pub fn process(&self, processor: &mut dyn VoiceProcessor) -> Vec<f32> {
        let mut said = self.microphone.clone();
        for (near, far) in said.chunks_exact_mut(BLOCK).zip(self.far.chunks_exact(BLOCK)) {
            processor.render(far);
            processor.capture(near, DELAY_MS as u32);
        }
        said
    }

    /// By how much the echo is softer behind the processor in these seconds, dB.
    pub fn erle_db(&self, said: &[f32], seconds: Range<usize>) -> f32 {
        let cut = seconds.start * RATE_HZ as usize..(seconds.end * RATE_HZ as usize).min(said.len());
        10.0 * (power(&self.echo[cut.clone()]) / power(&said[cut]).max(1e-12)).log10()
    }
}

/// A sound mixed with pink noise at so many dB below it.
pub fn noisy(pcm: &[f32], snr_db: f32) -> Vec<f32> {
    let mut noise = Noise(11);
    // Paul Kellet's economical filter, published on the music-dsp list in 1999: within 0.5 dB of 1/f.
    let mut poles = [0.0_f32; 3];
    let pink: Vec<f32> = (0..pcm.len())
        .map(|_| {
            let white = noise.next();
            for (pole, (keeps, takes)) in
                poles.iter_mut().zip([(0.99765, 0.099_046), (0.963, 0.296_516), (0.57, 1.052_691)])
            {
                *pole = keeps * *pole + takes * white;
            }
            poles.iter().sum::<f32>() + 0.1848 * white
        })
        .collect();
    let gain = 10_f32.powf((level_dbfs(pcm) - snr_db) / 20.0) / power(&pink).sqrt();
    pcm.iter().zip(&pink).map(|(s, n)| s + gain * n).collect()
}

/// Numbers in −1…1 by a seed (xorshift).
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / (u32::MAX / 2) as f32 - 1.0
    }
}

/// What comes back, before it is brought to its level: one room, and another from [`CHANGE_S`] on.
fn echo(far: &[f32], bends: bool) -> Vec<f32> {
    let played: Vec<f32> = if bends { far.iter().map(|s| (6.0 * s).tanh() / 6.0).collect() } else { far.to_vec() };
    let (change, delay) = (CHANGE_S * SPEECH_HZ as usize, DELAY_MS * SPEECH_HZ as usize / 1000);
    let rooms = [response(1), response(2)];
    (0..far.len())
        .map(|n| {
            let room = &rooms[usize::from(n >= change)];
            (0..room.len().min((n + 1).saturating_sub(delay))).map(|k| room[k] * played[n - delay - k]).sum()
        })
        .collect()
}

/// A room's response: the direct sound, then noise that dies away.
fn response(seed: u32) -> Vec<f32> {
    let mut noise = Noise(seed.wrapping_mul(2_654_435_761));
    let rate = SPEECH_HZ as f32;
    let mut response: Vec<f32> =
        (0..(0.25 * rate) as usize).map(|n| noise.next() * 10_f32.powf(-3.0 * n as f32 / (RT60_S * rate))).collect();
    response[..32].fill(0.0);
    let tail: f32 = response.iter().map(|s| s * s).sum();
    response[seed as usize * 5] = (tail * 10_f32.powf(DIRECT_DB / 10.0)).sqrt();
    response
}

fn up(pcm: &[f32]) -> Vec<f32> {
    Resampler::convert(pcm, SPEECH_HZ, RATE_HZ).expect("rates")
}

fn at_level(pcm: &[f32], dbfs: f32) -> Vec<f32> {
    let gain = 10_f32.powf((dbfs - level_dbfs(pcm)) / 20.0);
    pcm.iter().map(|s| s * gain).collect()
}

/// Loudness without pauses, dB below full scale (mean square).
fn level_dbfs(pcm: &[f32]) -> f32 {
    let powers = pcm.chunks(160).map(power);
    let loudest = powers.clone().fold(0.0, f32::max);
    let spoken: Vec<f32> = powers.filter(|p| *p > loudest * 1e-4).collect();
    10.0 * (spoken.iter().sum::<f32>() / spoken.len().max(1) as f32).max(1e-12).log10()
}

fn power(pcm: &[f32]) -> f32 {
    (pcm.iter().map(|s| f64::from(s * s)).sum::<f64>() / pcm.len().max(1) as f64) as f32
}
