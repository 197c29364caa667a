//! Comfort noise (RFC 3389): what is heard while the sender rests.

/// RFC 3551 §6: its static payload type, for codecs whose clock is 8000 Hz.
pub const PAYLOAD_TYPE: u8 = 13;

/// White noise of a level that the sender told.
#[derive(Default)]
pub(super) struct Comfort {
    /// Greatest sample; none while the sender speaks.
    amplitude: Option<f32>,
    dice: u32,
}

impl Comfort {
    /// RFC 3389 §3: the first byte is the level in −dBov, 0 to 127, where 0 dBov is a square wave of full scale. The
    /// spectrum behind it, which a receiver may leave aside, is left aside.
    pub fn rest(&mut self, payload: &[u8]) {
        let Some(level) = payload.first() else { return };
        let rms = 10.0_f32.powf(-f32::from(level & 0x7f) / 20.0);
        // Even chances have an effective value of 1/√3 of the greatest.
        self.amplitude = Some((rms * 3.0_f32.sqrt()).min(1.0));
    }

    pub fn end(&mut self) {
        self.amplitude = None;
    }

    /// Fills `out`; false while the sender speaks.
    pub fn fill(&mut self, out: &mut [f32]) -> bool {
        let Some(amplitude) = self.amplitude else { return false };
        for sample in out {
            self.dice = self.dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = ((self.dice >> 8) as f32 / 8_388_608.0 - 1.0) * amplitude;
        }
        true
    }
}
