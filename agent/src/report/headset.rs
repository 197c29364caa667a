//! A report of a headset, for whoever is to teach the program its model: what it says that it can, and what it did.
//!
//! ```text
//! timbre-headset 1
//! [system] [headset] [descriptor] [buttons] [lamps] [reports]
//! ```
//! No serial number is in it, because none is read; a Bluetooth headset's name may be a person's and is left out, and so is what reports without
//! telephony hold.

use std::fmt::Write as _;

use super::{Text, moment, word};
use crate::headset::{HeadsetFacts, Passed};
use crate::port::surroundings::Surroundings;

/// Bytes of the descriptor in a line.
const IN_A_LINE: usize = 16;

/// The report as text.
pub fn write(facts: &HeadsetFacts, around: &Surroundings, version: &str, now_ms: i64) -> String {
    let mut out = Text(format!("timbre-headset 1\nmade = {}\n", moment(now_ms)));
    out.section("system");
    out.line("version", version);
    for (name, value) in (around.system)() {
        out.line(name, value);
    }
    let (plugged, view) = (&facts.plugged, &facts.view);
    out.section("headset");
    out.line("name", if plugged.bluetooth { "(bluetooth)" } else { &plugged.name });
    out.line("vendor", format!("{:04x}", plugged.vendor));
    out.line("product", format!("{:04x}", plugged.product));
    out.line("state", word(&view.state));
    out.section("descriptor");
    for bytes in plugged.descriptor.chunks(IN_A_LINE) {
        out.0.push_str(&hex(bytes));
        out.0.push('\n');
    }
    out.section("buttons");
    for button in &view.buttons {
        let number = button.number.map(|number| format!(" {number}")).unwrap_or_default();
        let nature = if button.latched { "latched" } else { "pulse" };
        out.line(&format!("{}{number}", word(&button.button)), format!("{nature}, {} presses", button.presses));
    }
    out.section("lamps");
    for lamp in &view.lamps {
        out.line(&word(&lamp.lamp), if lamp.lit { "lit" } else { "dark" });
    }
    out.section("reports");
    facts.passed.iter().for_each(|report| passed(&mut out, report));
    out.0
}

fn passed(out: &mut Text, report: &Passed) {
    let after = report.after.as_secs_f64();
    let way = if report.sent { "to  " } else { "from" };
    let what = match &report.bytes {
        Ok(bytes) => hex(bytes),
        Err((id, len)) => format!("{id:02x} … {len} bytes"),
    };
    // Writing to a text does not fail.
    let _ = writeln!(out.0, "{after:9.3} {way} {what}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
