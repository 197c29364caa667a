//! Call progress tones and the ring.
//!
//! Tones are generated at any rate, 10 ms at a time. A cadence is a list of spells: how long, and which frequencies.

mod keys;
mod ring;

use std::f32::consts::TAU;

pub use keys::KeyTone;

/// What the agent hears from Timbre itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// The far end rings.
    Ringback(Country),
    /// The far end is busy.
    Busy(Country),
    /// A second call knocks during a call.
    CallWaiting,
    /// The line answered by itself.
    AutoAnswer,
    /// A held call has been waiting.
    HoldReminder,
    /// The call is recorded: what the other side hears every 15 seconds.
    Recorded,
    /// Timbre's ring for an incoming call.
    Ring,
}

/// Whose cadences are played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Country {
    /// 425 Hz: Costa Rica, most of Latin America and Europe.
    #[default]
    Itu,
    /// 440 + 480 Hz: United States, Canada and the numbering area they share.
    NorthAmerica,
    /// 400 + 450 Hz: United Kingdom, Ireland.
    UnitedKingdom,
}

impl Country {
    /// The cadences of an ISO 3166 code; unknown ones get the international 425 Hz.
    pub fn of_iso(code: &str) -> Self {
        match code.to_ascii_uppercase().as_str() {
            "US" | "CA" | "PR" | "DO" | "JM" | "BS" | "TT" | "BB" => Self::NorthAmerica,
            "GB" | "IE" => Self::UnitedKingdom,
            _ => Self::Itu,
        }
    }
}

/// A time with up to two frequencies; 0 Hz is silence.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spell {
    ms: u32,
    hz: [f32; 2],
}

const fn spell(ms: u32, first: f32, second: f32) -> Spell {
    Spell { ms, hz: [first, second] }
}

/// The cadences of ITU-T E.180 supplement 2 and of the United States' precise tone plan.
fn cadence(tone: Tone) -> &'static [Spell] {
    match tone {
        Tone::Ringback(Country::Itu) => const { &[spell(1000, 425.0, 0.0), spell(4000, 0.0, 0.0)] },
        Tone::Ringback(Country::NorthAmerica) => const { &[spell(2000, 440.0, 480.0), spell(4000, 0.0, 0.0)] },
        Tone::Ringback(Country::UnitedKingdom) => {
            const { &[spell(400, 400.0, 450.0), spell(200, 0.0, 0.0), spell(400, 400.0, 450.0), spell(2000, 0.0, 0.0)] }
        }
        Tone::Busy(Country::Itu) => const { &[spell(500, 425.0, 0.0), spell(500, 0.0, 0.0)] },
        Tone::Busy(Country::NorthAmerica) => const { &[spell(500, 480.0, 620.0), spell(500, 0.0, 0.0)] },
        Tone::Busy(Country::UnitedKingdom) => const { &[spell(375, 400.0, 0.0), spell(375, 0.0, 0.0)] },
        Tone::CallWaiting => {
            const { &[spell(200, 425.0, 0.0), spell(200, 0.0, 0.0), spell(200, 425.0, 0.0), spell(9400, 0.0, 0.0)] }
        }
        Tone::AutoAnswer => {
            const { &[spell(120, 880.0, 0.0), spell(60, 0.0, 0.0), spell(120, 1320.0, 0.0), spell(9700, 0.0, 0.0)] }
        }
        Tone::HoldReminder => {
            const { &[spell(120, 660.0, 0.0), spell(60, 0.0, 0.0), spell(120, 880.0, 0.0), spell(29_700, 0.0, 0.0)] }
        }
        // 47 CFR 64.501 as it was: 1400 Hz, a fifth of a second in every 12 to 15.
        Tone::Recorded => const { &[spell(200, 1400.0, 0.0), spell(14_800, 0.0, 0.0)] },
        Tone::Ring => &[],
    }
}

/// Peak of a tone: −16 dBFS, about as loud as speech.
const AMPLITUDE: f32 = 0.16;
/// Rise and fall of a spell, ms.
const EDGE_MS: u32 = 5;

/// Plays a tone over and over.
#[derive(Clone, Debug)]
pub struct ToneGenerator {
    tone: Tone,
    rate_hz: u32,
    /// Samples since the beginning of the cadence.
    at: u64,
}

impl ToneGenerator {
    /// The tone from its beginning.
    pub fn new(tone: Tone, rate_hz: u32) -> Self {
        Self { tone, rate_hz, at: 0 }
    }

    /// What it plays.
    pub fn tone(&self) -> Tone {
        self.tone
    }

    /// Adds the next samples to `onto`.
    pub fn add_to(&mut self, onto: &mut [f32]) {
        for sample in onto {
            *sample += self.next_sample();
        }
    }

    fn next_sample(&mut self) -> f32 {
        let rate = u64::from(self.rate_hz);
        if self.tone == Tone::Ring {
            let t = (self.at % (rate * u64::from(ring::PERIOD_MS) / 1000)) as f32 / self.rate_hz as f32;
            self.at += 1;
            return ring::sample(t);
        }
        let spells = cadence(self.tone);
        let whole = spells.iter().map(|s| rate * u64::from(s.ms) / 1000).sum::<u64>().max(1);
        let mut inside = self.at % whole;
        self.at += 1;
        for spell in spells {
            let length = rate * u64::from(spell.ms) / 1000;
            if inside < length {
                return sample_of(spell, inside, length, self.rate_hz);
            }
            inside -= length;
        }
        0.0
    }
}

fn sample_of(spell: &Spell, at: u64, length: u64, rate_hz: u32) -> f32 {
    if spell.hz[0] == 0.0 {
        return 0.0;
    }
    let edge = (rate_hz * EDGE_MS / 1000) as f32;
    let gain = ((at as f32 / edge).min((length - at) as f32 / edge)).min(1.0);
    let t = at as f32 / rate_hz as f32;
    let voices = if spell.hz[1] == 0.0 { 1.0 } else { 2.0 };
    let sum: f32 = spell.hz.iter().filter(|hz| **hz > 0.0).map(|hz| (TAU * hz * t).sin()).sum();
    AMPLITUDE * gain * sum / voices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(tone: Tone, ms: usize) -> Vec<f32> {
        let mut generator = ToneGenerator::new(tone, 8_000);
        let mut pcm = vec![0.0; 8 * ms];
        pcm.chunks_mut(80).for_each(|block| generator.add_to(block));
        pcm
    }

    fn power_at(pcm: &[f32], hz: f32) -> f32 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, s) in pcm.iter().enumerate() {
            let angle = TAU * hz * n as f32 / 8_000.0;
            re += s * angle.cos();
            im += s * angle.sin();
        }
        (re * re + im * im).sqrt() * 2.0 / pcm.len() as f32
    }

    #[test]
    fn ringback_has_the_frequency_and_cadence_of_the_country() {
        let pcm = play(Tone::Ringback(Country::of_iso("cr")), 6_000);
        assert!(power_at(&pcm[..8_000], 425.0) > 0.15);
        assert!(pcm[8_000..40_000].iter().all(|s| *s == 0.0));
        assert!(power_at(&pcm[40_000..48_000], 425.0) > 0.15);
        let pcm = play(Tone::Ringback(Country::of_iso("US")), 2_000);
        assert!(power_at(&pcm, 440.0) > 0.07 && power_at(&pcm, 480.0) > 0.07 && power_at(&pcm, 425.0) < 0.02);
    }

    #[test]
    fn nothing_is_louder_than_half_scale_or_clicks() {
        let countries = [Country::Itu, Country::NorthAmerica, Country::UnitedKingdom];
        let tones = countries.into_iter().flat_map(|c| [Tone::Ringback(c), Tone::Busy(c)]).chain([
            Tone::CallWaiting,
            Tone::HoldReminder,
            Tone::Recorded,
            Tone::Ring,
        ]);
        for tone in tones {
            let pcm = play(tone, 12_000);
            let peak = pcm.iter().fold(0.0_f32, |m, s| m.max(s.abs()));
            assert!((0.05..0.5).contains(&peak), "{tone:?} {peak}");
            assert_eq!(pcm[0], 0.0, "{tone:?}");
        }
    }
}
