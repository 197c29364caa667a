//! How a call sounds, estimated by the E-model (ITU-T G.107, its simplified form).

use sip_stack::ua::CodecKind;

/// What the estimate follows from, over the last seconds.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// The codec.
    pub codec: CodecKind,
    /// Share of packets lost or too late, percent.
    pub loss_pct: f32,
    /// Mouth to ear as far as known: half the round trip, the jitter buffer and a packet, ms.
    pub delay_ms: f32,
}

/// MOS, 1.0 to 4.5.
pub fn mos(conditions: Conditions) -> f32 {
    // G.113 Appendix I: equipment impairment and robustness; Opus by common practice as a clean codec with FEC.
    let (impairment, robustness) = match conditions.codec {
        CodecKind::Opus => (0.0, 25.0),
        CodecKind::G722 => (2.0, 14.0),
        CodecKind::Pcma | CodecKind::Pcmu => (0.0, 25.1),
    };
    let loss = conditions.loss_pct.clamp(0.0, 100.0);
    let delay = conditions.delay_ms.max(0.0);
    let by_delay = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
    let by_equipment = impairment + (95.0 - impairment) * loss / (loss + robustness);
    let rating = (93.2 - by_delay - by_equipment).clamp(0.0, 100.0);
    let mos = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    mos.clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_call_is_excellent_and_loss_or_delay_make_it_worse() {
        let of = |loss_pct, delay_ms| mos(Conditions { codec: CodecKind::Pcma, loss_pct, delay_ms });
        assert!(of(0.0, 60.0) > 4.3);
        assert!(of(5.0, 60.0) < 4.0 && of(5.0, 60.0) > 3.2);
        assert!(of(30.0, 60.0) < 2.1);
        assert!(of(0.0, 400.0) < of(0.0, 150.0));
        assert!((1.0..=4.5).contains(&of(100.0, 5000.0)));
    }
}
