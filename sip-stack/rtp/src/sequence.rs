//! Numbers that wrap, made to count on.

/// Extends a wrapping 16-bit sequence number to 64 bits: each number is taken as the one nearest to the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SequenceExtender {
    last: Option<u64>,
}

impl SequenceExtender {
    /// The extended number. The first starts one cycle up, so that packets before it keep their order.
    pub fn extend(&mut self, sequence: u16) -> u64 {
        let Some(last) = self.last else {
            let first = (1 << 16) | u64::from(sequence);
            self.last = Some(first);
            return first;
        };
        let ahead = i64::from(sequence.wrapping_sub(last as u16) as i16);
        let extended = last.saturating_add_signed(ahead);
        self.last = Some(extended.max(last));
        extended
    }
}

/// Extends a wrapping 32-bit RTP timestamp to 64 bits in the same way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimestampExtender {
    last: Option<u64>,
}

impl TimestampExtender {
    /// The extended timestamp. The first starts one cycle up.
    pub fn extend(&mut self, timestamp: u32) -> u64 {
        let Some(last) = self.last else {
            let first = (1 << 32) | u64::from(timestamp);
            self.last = Some(first);
            return first;
        };
        let ahead = i64::from(timestamp.wrapping_sub(last as u32) as i32);
        let extended = last.saturating_add_signed(ahead);
        self.last = Some(extended.max(last));
        extended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_counts_on_through_the_wrap_and_late_packets_stay_behind() {
        let mut extender = SequenceExtender::default();
        let given: Vec<u64> = [65_534, 65_535, 0, 65_533, 2, 1].map(|n| extender.extend(n)).into();
        let base = given[0];
        assert_eq!(given, [0, 1, 2, -1, 4, 3].map(|step| base.saturating_add_signed(step)));
    }

    #[test]
    fn timestamps_too() {
        let mut extender = TimestampExtender::default();
        let first = extender.extend(u32::MAX - 100);
        assert_eq!(extender.extend(59), first + 160);
        assert_eq!(extender.extend(u32::MAX - 100), first);
    }
}
