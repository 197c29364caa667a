//! NTP time for sender reports.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rtp::rtcp::ntp_time;

/// Wall-clock time that runs as evenly as the monotonic clock: a step of the system's clock in a call would look like a
/// round trip of hours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NtpClock {
    wall: SystemTime,
    started: Instant,
}

impl NtpClock {
    /// The one clock of the process: reports of two sessions may be compared.
    pub fn process() -> &'static NtpClock {
        static CLOCK: OnceLock<NtpClock> = OnceLock::new();
        CLOCK.get_or_init(|| NtpClock { wall: SystemTime::now(), started: Instant::now() })
    }

    /// NTP time of a moment; moments before the clock started count as its start.
    pub fn ntp(&self, at: Instant) -> u64 {
        let wall = self.wall + at.saturating_duration_since(self.started);
        ntp_time(wall.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}
