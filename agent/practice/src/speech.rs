//! The voice of the training caller: a formant synthesiser and a small melody, rendered as they are sent.
//!
//! ```text
//!  pulses of a larynx ─► resonator F1 ─► F2 ─► F3 ─► lips ─┐
//!  hiss ───────────────────────────────────────────────────┼─► sample
//!  bells of the melody ────────────────────────────────────┘
//! ```
//!
//! Everything is a function of the sample's number, so that a test can render what it should have heard.

use std::f32::consts::TAU;

/// Sounds of speech: formants in Hz, how much voice, how much breath, length in ms.
#[derive(Debug, Clone, Copy)]
struct Sound {
    formants: [f32; 3],
    voice: f32,
    breath: f32,
    length_ms: u32,
}

/// What the caller says, one letter a sound as Spanish is spoken; a space is a short and a full stop a long pause.
const WORDS: &str = "ola. buenos dias. ola.";
/// The melody after it: steps of a major scale above A4, a rest is `-`.
const MELODY: &str = "0247-7420-0479-9740-";
const NOTE_MS: u32 = 320;
const LETTER_MS: u32 = 95;
const PAUSE_MS: u32 = 260;
const REST_MS: u32 = 900;
/// Pitch of the voice, Hz: where a phrase begins and how far it falls.
const PITCH: (f32, f32) = (190.0, 45.0);
/// How hard the voice drives its soft limit, and how loud it is after it.
const DRIVE: f32 = 0.5;
const LIPS: f32 = 0.85;
const SPEECH_LEVEL: f32 = 0.5;
const HISS_LEVEL: f32 = 0.03;
const BELL_LEVEL: f32 = 0.12;

/// The caller's sound at one sample rate, from its beginning on; it repeats for ever.
#[derive(Debug, Clone)]
pub(crate) struct Speech {
    rate: f32,
    script: Vec<Step>,
    step: usize,
    /// Samples into the step.
    at: u32,
    phase: f32,
    resonators: [Resonator; 3],
    smooth: Smooth,
    noise: u32,
    /// What came from the throat last, before the lips.
    last: f32,
    last_noise: f32,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Say(Sound),
    Note(f32),
    Rest(u32),
}

impl Step {
    fn length_ms(self) -> u32 {
        match self {
            Step::Say(sound) => sound.length_ms,
            Step::Note(_) => NOTE_MS,
            Step::Rest(ms) => ms,
        }
    }
}

/// What glides from sound to sound, as a mouth does.
#[derive(Debug, Clone, Copy, Default)]
struct Smooth {
    formants: [f32; 3],
    voice: f32,
    breath: f32,
}

impl Speech {
    /// A caller who begins to speak now.
    pub fn new(sample_rate_hz: u32) -> Speech {
        let script = words().chain([Step::Rest(REST_MS)]).chain(melody()).chain([Step::Rest(REST_MS)]).collect();
        Speech {
            rate: sample_rate_hz as f32,
            script,
            step: 0,
            at: 0,
            phase: 0.0,
            resonators: [Resonator::default(); 3],
            smooth: Smooth { formants: [500.0, 1500.0, 2500.0], ..Smooth::default() },
            noise: 0x1234_5678,
            last: 0.0,
            last_noise: 0.0,
        }
    }

    /// The next samples, −1.0 to 1.0.
    pub fn render(&mut self, out: &mut [f32]) {
        out.iter_mut().for_each(|sample| *sample = self.next_sample());
    }

    fn next_sample(&mut self) -> f32 {
        let step = self.script[self.step];
        let length = (step.length_ms() as f32 * self.rate / 1000.0) as u32;
        let into = self.at as f32 / length.max(1) as f32;
        let bell = match step {
            Step::Note(pitch) => bell(pitch, self.at as f32 / self.rate, into),
            Step::Say(_) | Step::Rest(_) => 0.0,
        };
        let target = match step {
            Step::Say(sound) => sound,
            Step::Note(_) | Step::Rest(_) => SILENT,
        };
        let voice = self.speak(target);
        self.at += 1;
        if self.at >= length {
            self.at = 0;
            self.step = (self.step + 1) % self.script.len();
        }
        (voice + bell).clamp(-1.0, 1.0)
    }

    fn speak(&mut self, target: Sound) -> f32 {
        self.smooth.approach(&target, self.rate);
        let progress = self.step as f32 / self.script.len() as f32;
        let pitch = PITCH.0 - PITCH.1 * progress + 4.0 * (TAU * 5.0 * self.at as f32 / self.rate).sin();
        self.phase = (self.phase + pitch / self.rate).fract();
        // A falling sawtooth is close to the pulses of a larynx: strong fundamental, −12 dB an octave after the first pole.
        let pulse = (1.0 - 2.0 * self.phase) * self.smooth.voice;
        let widths = [80.0, 110.0, 160.0];
        let mut sound = pulse;
        for ((resonator, formant), width) in self.resonators.iter_mut().zip(self.smooth.formants).zip(widths) {
            sound = resonator.filter(sound, formant.min(self.rate * 0.45), width, self.rate);
        }
        // Lips radiate high tones better than low ones. The resonators have unit gain at 0 Hz; a soft limit keeps strong
        // formants from clipping.
        let radiated = sound - LIPS * std::mem::replace(&mut self.last, sound);
        (radiated * DRIVE).tanh() * SPEECH_LEVEL + self.hiss()
    }
}

impl Speech {
    /// Air between the teeth: noise that rises towards high tones.
    fn hiss(&mut self) -> f32 {
        self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (self.noise >> 8) as f32 / 8_388_608.0 - 1.0;
        let rising = noise - std::mem::replace(&mut self.last_noise, noise);
        rising * self.smooth.breath * HISS_LEVEL
    }
}

impl Smooth {
    fn approach(&mut self, target: &Sound, rate: f32) {
        let glide = 1.0 - (-1.0 / (0.012 * rate)).exp();
        for (formant, target) in self.formants.iter_mut().zip(target.formants) {
            *formant += (target - *formant) * glide;
        }
        self.voice += (target.voice - self.voice) * glide;
        self.breath += (target.breath - self.breath) * glide;
    }
}

/// A two-pole resonator with unit gain at 0 Hz.
#[derive(Debug, Clone, Copy, Default)]
struct Resonator {
    last: [f32; 2],
}

impl Resonator {
    fn filter(&mut self, input: f32, frequency: f32, width: f32, rate: f32) -> f32 {
        let radius = (-std::f32::consts::PI * width / rate).exp();
        let b = 2.0 * radius * (TAU * frequency / rate).cos();
        let c = -radius * radius;
        let output = (1.0 - b - c) * input + b * self.last[0] + c * self.last[1];
        self.last = [output, self.last[0]];
        output
    }
}

/// A struck bell: fundamental and a soft octave, gone within the note.
fn bell(pitch: f32, seconds: f32, into: f32) -> f32 {
    let attack = (seconds / 0.008).min(1.0);
    let release = ((1.0 - into) / 0.1).clamp(0.0, 1.0);
    let ring = (-4.0 * seconds).exp();
    let tone = (TAU * pitch * seconds).sin() + 0.3 * (TAU * 2.0 * pitch * seconds).sin();
    tone * attack * release * ring * BELL_LEVEL
}

fn words() -> impl Iterator<Item = Step> {
    WORDS.chars().map(|letter| match letter {
        ' ' => Step::Rest(PAUSE_MS / 4),
        '.' => Step::Rest(PAUSE_MS),
        letter => Step::Say(sound(letter)),
    })
}

fn melody() -> impl Iterator<Item = Step> {
    MELODY.chars().map(|step| match step.to_digit(10) {
        Some(step) => Step::Note(440.0 * 2f32.powf(step as f32 / 12.0)),
        None => Step::Rest(NOTE_MS),
    })
}

const SILENT: Sound = Sound { formants: [500.0, 1500.0, 2500.0], voice: 0.0, breath: 0.0, length_ms: 0 };

/// Average formants of adult speakers (Spanish vowels); consonants that only close the mouth are quiet and low.
fn sound(letter: char) -> Sound {
    let voiced = |formants, voice| Sound { formants, voice, breath: 0.0, length_ms: LETTER_MS };
    let vowel = |formants| Sound { length_ms: LETTER_MS * 3 / 2, ..voiced(formants, 0.8) };
    match letter {
        'a' => vowel([760.0, 1400.0, 2550.0]),
        'e' => vowel([480.0, 2000.0, 2650.0]),
        'i' => vowel([300.0, 2350.0, 3000.0]),
        'o' => vowel([500.0, 1000.0, 2500.0]),
        'u' => voiced([330.0, 850.0, 2400.0], 0.7),
        'l' => voiced([360.0, 1500.0, 2600.0], 0.5),
        'n' => voiced([280.0, 1350.0, 2300.0], 0.4),
        'b' | 'd' => Sound { length_ms: LETTER_MS / 2, ..voiced([250.0, 1100.0, 2300.0], 0.2) },
        's' => Sound { breath: 1.0, length_ms: LETTER_MS, ..SILENT },
        _ => SILENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(rate: u32, seconds: usize) -> Vec<f32> {
        let mut samples = vec![0.0; rate as usize * seconds];
        Speech::new(rate).render(&mut samples);
        samples
    }

    fn level_db(samples: &[f32]) -> f32 {
        let mean = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32;
        10.0 * (mean + 1e-12).log10()
    }

    #[test]
    fn the_caller_is_as_loud_as_a_person_and_never_clips() {
        for rate in [8_000, 16_000, 48_000] {
            let samples = rendered(rate, 20);
            let level = level_db(&samples);
            assert!((-32.0..-16.0).contains(&level), "{rate} Hz: {level} dBFS");
            assert!(samples.iter().all(|sample| sample.abs() < 0.95), "{rate} Hz");
        }
    }

    #[test]
    fn speech_has_pauses_and_the_melody_its_pitch() {
        let rate = 8_000;
        let samples = rendered(rate, 20);
        let quiet = samples.chunks(rate as usize / 50).filter(|frame| level_db(frame) < -55.0).count();
        assert!((100..700).contains(&quiet), "{quiet} quiet frames of 1000");
        let before: u32 = words().chain([Step::Rest(REST_MS)]).map(Step::length_ms).sum();
        let from = (before * rate / 1000) as usize + 200;
        let note = &samples[from..from + 1600];
        // 440 Hz against a neighbour, by correlation with sine and cosine.
        let strength = |pitch: f32| {
            let angle = |n: usize| TAU * pitch * n as f32 / rate as f32;
            let (sine, cosine) = note
                .iter()
                .enumerate()
                .fold((0.0, 0.0), |(s, c), (n, sample)| (s + sample * angle(n).sin(), c + sample * angle(n).cos()));
            sine.hypot(cosine)
        };
        assert!(strength(440.0) > 5.0 * strength(520.0));
    }

    #[test]
    fn vowels_differ_by_their_formants() {
        let energy = |letter: char, pitch: f32| {
            let mut speech = Speech::new(16_000);
            speech.script = vec![Step::Say(Sound { length_ms: 400, ..sound(letter) })];
            let mut samples = vec![0.0; 6400];
            speech.render(&mut samples);
            let mut band = Resonator::default();
            samples.iter().map(|sample| band.filter(*sample, pitch, 200.0, 16_000.0).powi(2)).sum::<f32>()
        };
        assert!(energy('i', 2350.0) / energy('i', 800.0) > energy('a', 2350.0) / energy('a', 800.0) * 3.0);
    }
}
