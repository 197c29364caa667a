//! ITU-T G.711: 8 kHz, one byte a sample.

/// One 16-bit sample to A-law.
pub fn to_alaw(sample: i16) -> u8 {
    // G.711 §3 table 1: thirteen bits in sign and magnitude, even bits inverted (0x55), sign 1 = positive.
    let positive = sample >= 0;
    let magnitude = if positive { sample >> 3 } else { !sample >> 3 };
    let code = if magnitude < 32 {
        magnitude >> 1
    } else {
        let segment = 15 - magnitude.leading_zeros() as i16 - 4;
        (segment << 4) | ((magnitude >> segment) & 0x0f)
    };
    (code as u8 | if positive { 0x80 } else { 0 }) ^ 0x55
}

/// One A-law byte to a 16-bit sample.
pub const fn from_alaw(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let (segment, step) = ((code >> 4) & 7, (code & 0x0f) as i16);
    let magnitude = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// One 16-bit sample to µ-law.
pub fn to_ulaw(sample: i16) -> u8 {
    // G.711 §3 table 2: fourteen bits with a bias of 33, all bits inverted.
    const BIAS: i32 = 33;
    const CLIP: i32 = 8_158;
    let (sign, magnitude) = if sample < 0 { (0x80, -i32::from(sample)) } else { (0, i32::from(sample)) };
    let biased = (magnitude >> 2).min(CLIP) + BIAS;
    let segment = 31 - biased.leading_zeros() as i32 - 5;
    !(sign | (segment << 4) as u8 | ((biased >> (segment + 1)) & 0x0f) as u8)
}

/// One µ-law byte to a 16-bit sample.
pub const fn from_ulaw(byte: u8) -> i16 {
    let code = !byte;
    let (segment, step) = ((code >> 4) & 7, (code & 0x0f) as i32);
    let magnitude = (((step << 1) + 33) << segment) - 33;
    let scaled = (magnitude << 2) as i16;
    if code & 0x80 != 0 { -scaled } else { scaled }
}

/// All 256 A-law values, −1…1.
pub static ALAW: [f32; 256] = table(true);
/// All 256 µ-law values, −1…1.
pub static ULAW: [f32; 256] = table(false);

const fn table(alaw: bool) -> [f32; 256] {
    let mut values = [0.0; 256];
    let mut byte = 0;
    while byte < 256 {
        let sample = if alaw { from_alaw(byte as u8) } else { from_ulaw(byte as u8) };
        values[byte] = sample as f32 / 32_768.0;
        byte += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G.711 tables 1a, 2a: decoder output values y8·… of the first value of each segment, as 16 bit.
    const A_SEGMENTS: [(u8, i16); 8] =
        [(0x80, 8), (0x90, 264), (0xa0, 528), (0xb0, 1056), (0xc0, 2112), (0xd0, 4224), (0xe0, 8448), (0xf0, 16896)];
    const U_SEGMENTS: [(u8, i16); 8] =
        [(0xff, 0), (0xef, 132), (0xdf, 396), (0xcf, 924), (0xbf, 1980), (0xaf, 4092), (0x9f, 8316), (0x8f, 16764)];

    #[test]
    fn values_of_the_standard() {
        for (code, value) in A_SEGMENTS {
            assert_eq!(from_alaw(code ^ 0x55), value, "A-law {code:#x}");
            assert_eq!(from_alaw((code & 0x7f) ^ 0x55), -value);
        }
        for (code, value) in U_SEGMENTS {
            assert_eq!(from_ulaw(code), value, "µ-law {code:#x}");
            assert_eq!(from_ulaw(code & 0x7f), -value);
        }
        // The largest values, and silence: D5 and FF.
        assert_eq!((from_alaw(0xff ^ 0x55), from_ulaw(0x80)), (32_256, 32_124));
        assert_eq!((to_alaw(0), to_ulaw(0)), (0xd5, 0xff));
        assert_eq!((to_alaw(i16::MAX), to_alaw(i16::MIN)), (0xff ^ 0x55, 0x7f ^ 0x55));
        assert_eq!((to_ulaw(i16::MAX), to_ulaw(i16::MIN)), (0x80, 0x00));
    }

    /// G.711 table 5 and 6: the 1 kHz sequence whose level is 0 dBm0, that is 3.14 dB (A) and 3.17 dB (µ) below a full sine.
    #[test]
    fn the_standard_milliwatt_has_its_level() {
        let a: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
        let u: [u8; 8] = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];
        let level = |values: [i16; 8], full: f64| {
            let power = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 8.0;
            10.0 * (power / (full * full / 2.0)).log10()
        };
        assert!((3.09..3.19).contains(&-level(a.map(from_alaw), 32_768.0)));
        assert!((3.12..3.22).contains(&-level(u.map(from_ulaw), 32_636.0)));
    }

    #[test]
    fn every_code_survives() {
        for byte in 0..=255_u8 {
            assert_eq!(to_alaw(from_alaw(byte)), byte);
            // µ-law has two zeros; both decode to 0, which is sent as FF.
            assert_eq!(to_ulaw(from_ulaw(byte)), if byte == 0x7f { 0xff } else { byte });
        }
    }

    #[test]
    fn every_sample_lands_on_a_nearest_step() {
        for sample in i16::MIN..=i16::MAX {
            let s = i32::from(sample);
            let steps = (s.abs() >> 5).max(16) + 8;
            assert!(
                (i32::from(from_alaw(to_alaw(sample))) - s).abs() <= steps.max(512 * i32::from(s.abs() > 32_256)),
                "A {s}"
            );
            let steps = ((s.abs() + 132) >> 5) + 4;
            assert!(
                (i32::from(from_ulaw(to_ulaw(sample))) - s).abs() <= steps.max(644 * i32::from(s.abs() > 32_124)),
                "µ {s}"
            );
        }
    }
}
