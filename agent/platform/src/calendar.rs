//! The calendar of this machine.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Minutes that the machine's clock on the wall is ahead of UTC at a moment (UTC ms), summer time and all; 0 where the system
/// tells no zone.
pub fn utc_offset_min(utc_ms: i64) -> i32 {
    offset_in(&TimeZone::system(), utc_ms)
}

fn offset_in(zone: &TimeZone, utc_ms: i64) -> i32 {
    Timestamp::from_millisecond(utc_ms).map_or(0, |moment| zone.to_offset(moment).seconds() / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_time_counts() {
        let madrid = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        // 2027-01-15 and 2027-07-15, noon UTC.
        assert_eq!(offset_in(&madrid, 1_799_971_200_000), 60);
        assert_eq!(offset_in(&madrid, 1_815_609_600_000), 120);
        assert_eq!(offset_in(&madrid, i64::MAX), 0, "no such day");
    }
}
