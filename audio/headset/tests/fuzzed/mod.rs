//! What the fuzz target does, shared with the tests that replay its corpus and damage descriptors.

use std::time::{Duration, Instant};

use headset::{Calls, Descriptor, Headset, Telephony};

/// A descriptor of any bytes is read or refused; what it gives is used to its end, with the same bytes as reports.
pub fn descriptor(data: &[u8]) {
    let Ok(descriptor) = Descriptor::parse(data) else { return };
    for field in &descriptor.fields {
        let _ = (descriptor.application(field), field.usage(u32::MAX), field.value(field.count - 1, data));
    }
    let Some(telephony) = Telephony::find(&descriptor) else { return };
    let mut now = Instant::now();
    let mut headset = Headset::new(telephony);
    for (step, report) in data.chunks(9).enumerate() {
        let bits = report.first().copied().unwrap_or_default();
        let on = |bit: u8| bits >> bit & 1 == 1;
        headset.follow(Calls { ringing: on(0), talking: on(1), held: on(2), muted: on(3) }, now);
        headset.hear(report, now);
        now += Duration::from_millis(step as u64 * 37);
        headset.expire(now);
        while let Some(report) = headset.poll_write() {
            assert!(!report.is_empty(), "a report has its id at least");
        }
    }
}
