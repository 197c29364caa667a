//! The two frequencies of a key (ITU-T Q.23), as sound.

use std::f32::consts::TAU;

/// Low group, by row.
const ROWS_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// High group, by column.
const COLUMNS_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
/// The keys as they lie there.
const KEYS: [[char; 4]; 4] = [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// Peak of the low group: −10 dBm0, where a full sine is +3.14 dBm0 (ITU-T G.711). Receivers take −24 to −3 dBm0 a
/// frequency in every network of ITU-T Q.24's table 1.
const LOW: f32 = 0.2203;
/// Peak of the high group: 2 dB more, since lines weaken it more; receivers take up to 5 dB.
const HIGH: f32 = 0.2773;

/// One key that sounds.
#[derive(Clone, Debug)]
pub struct KeyTone {
    hz: [f32; 2],
    rate_hz: u32,
    /// Samples since its beginning.
    at: u32,
}

impl KeyTone {
    /// The sound of `0` to `9`, `*`, `#`, `A` to `D` (also lower case) at `rate_hz`; none for anything else.
    pub fn new(key: char, rate_hz: u32) -> Option<Self> {
        let key = key.to_ascii_uppercase();
        let place = |row: &[char; 4]| row.iter().position(|k| *k == key);
        let (row, column) = KEYS.iter().enumerate().find_map(|(row, keys)| Some((row, place(keys)?)))?;
        Some(Self { hz: [ROWS_HZ[row], COLUMNS_HZ[column]], rate_hz, at: 0 })
    }

    /// Writes the next samples over `onto`.
    pub fn write(&mut self, onto: &mut [f32]) {
        for sample in onto {
            // Both begin at zero; one phase for each sample, so that nothing adds up.
            let t = self.at as f32 / self.rate_hz as f32;
            let wave = |hz: f32| (TAU * (hz * t).fract()).sin();
            *sample = LOW * wave(self.hz[0]) + HIGH * wave(self.hz[1]);
            self.at = self.at.wrapping_add(1);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    /// A full sine, dBm0 (ITU-T G.711: 3.14 for A-law).
    const FULL_DBM0: f32 = 3.139;

    /// Level of one frequency, dBm0, by Goertzel's way.
    fn level(samples: &[f32], rate_hz: f32, hz: f32) -> f32 {
        let turn = 2.0 * (TAU * hz / rate_hz).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for sample in samples {
            (one, two) = (sample + turn * one - two, one);
        }
        let power = one * one + two * two - turn * one * two;
        20.0 * (2.0 * power.sqrt() / samples.len() as f32).log10() + FULL_DBM0
    }

    #[test]
    fn q23_each_key_is_its_two_frequencies_and_no_other() {
        for rate_hz in [8_000, 16_000, 48_000] {
            for (row, keys) in KEYS.iter().enumerate() {
                for (column, key) in keys.iter().enumerate() {
                    let mut sound = vec![0.0; rate_hz as usize / 10];
                    KeyTone::new(*key, rate_hz).unwrap().write(&mut sound);
                    let of = |hz: &f32| level(&sound, rate_hz as f32, *hz);
                    for (at, hz) in ROWS_HZ.iter().enumerate() {
                        assert_eq!((of(hz) + 10.0).abs() < 0.5, at == row, "{key} {hz} Hz: {}", of(hz));
                    }
                    for (at, hz) in COLUMNS_HZ.iter().enumerate() {
                        assert_eq!((of(hz) + 8.0).abs() < 0.5, at == column, "{key} {hz} Hz: {}", of(hz));
                    }
                }
            }
        }
    }

    #[test]
    fn only_keys_sound() {
        assert!(KeyTone::new('a', 8_000).is_some());
        assert!(KeyTone::new('E', 8_000).is_none() && KeyTone::new(',', 8_000).is_none());
    }
}
