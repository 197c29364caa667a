//! Which sequence numbers came already.

/// The newest sequence number and the 64 before it.
#[derive(Default)]
pub(super) struct SeenWindow {
    newest: Option<u16>,
    /// Bit n: the number n before the newest came.
    bits: u64,
}

impl SeenWindow {
    /// Notes a number; true if it came before. Numbers too old for the window count as new.
    pub fn is_duplicate(&mut self, sequence: u16) -> bool {
        let Some(newest) = self.newest else {
            (self.newest, self.bits) = (Some(sequence), 1);
            return false;
        };
        let ahead = sequence.wrapping_sub(newest) as i16;
        if ahead > 0 {
            self.bits = self.bits.checked_shl(ahead as u32).unwrap_or(0) | 1;
            self.newest = Some(sequence);
            return false;
        }
        let bit = 1_u64.checked_shl(u32::from(ahead.unsigned_abs())).unwrap_or(0);
        let duplicate = self.bits & bit != 0;
        self.bits |= bit;
        duplicate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_are_seen_over_the_wrap() {
        let mut seen = SeenWindow::default();
        let order = [65_534, 65_535, 1, 0, 0, 65_535, 2, 1];
        let duplicates = order.map(|n| seen.is_duplicate(n));
        assert_eq!(duplicates, [false, false, false, false, true, true, false, true]);
        assert!(!seen.is_duplicate(2 + 1000));
        assert!(!seen.is_duplicate(1));
    }
}
