//! Names of the files of recordings, by the rule of the settings.

use std::path::PathBuf;

use agent_api::recording::RecordingFormat;
use time::OffsetDateTime;

/// What a rule may name.
const PLACES: [&str; 5] = ["date", "time", "line", "number", "direction"];
/// The most characters of a name, without its end.
const LONG: usize = 120;
/// Names that Windows gives to devices, whatever follows the dot.
const DEVICES: [&str; 22] = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "LPT1", "LPT2",
    "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

/// What is told of a call in its file's name.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// When the recording begins, UTC ms.
    pub at_ms: i64,
    /// Minutes that the calendar here is ahead of UTC.
    pub offset_min: i32,
    /// The line's label.
    pub line: &'a str,
    /// The other side's number or address.
    pub number: &'a str,
    /// The call came in.
    pub incoming: bool,
}

/// A file of a recording; its name may hold a number, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordingFile(pub PathBuf);

impl std::fmt::Debug for RecordingFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordingFile")
    }
}

/// Whether a rule can be used: it names something, and nothing that is not known or could lead elsewhere.
pub fn is_rule(rule: &str) -> bool {
    let mut rest = rule;
    while let Some((_, place, after)) = next_place(rest) {
        if !PLACES.contains(&place) {
            return false;
        }
        rest = after;
    }
    if rest.contains('{') {
        return false;
    }
    !rule.trim().is_empty()
        && rule.chars().count() <= LONG
        && !rule.chars().any(|c| matches!(c, '/' | '\\') || c.is_control())
}

/// The name of a file, safe on every system, without its end.
pub fn name(rule: &str, facts: Facts<'_>) -> String {
    let local = facts.at_ms + i64::from(facts.offset_min) * 60_000;
    let at = OffsetDateTime::from_unix_timestamp(local / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let date = format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day());
    let time = format!("{:02}-{:02}-{:02}", at.hour(), at.minute(), at.second());
    let direction = if facts.incoming { "in" } else { "out" };
    let (mut name, mut rest) = (String::new(), rule);
    // In one pass: what stands in a name is no rule.
    while let Some((before, place, after)) = next_place(rest) {
        name.push_str(before);
        name.push_str(match place {
            "date" => &date,
            "time" => &time,
            "line" => facts.line,
            "number" => facts.number,
            _ => direction,
        });
        rest = after;
    }
    name.push_str(rest);
    let name: String = safe(&name).chars().take(LONG).collect();
    let name = name.trim_matches([' ', '.']).to_owned();
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    match () {
        () if name.is_empty() => date,
        () if DEVICES.contains(&stem.as_str()) => format!("_{name}"),
        () => name,
    }
}

/// The text before the next place, its name, and what follows.
fn next_place(rule: &str) -> Option<(&str, &str, &str)> {
    let (before, after) = rule.split_once('{')?;
    let (place, after) = after.split_once('}')?;
    Some((before, place, after))
}

/// Letters and digits of any script, and what no system minds.
fn safe(text: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '+' | '-' | '_' | '.' | ',' | '(' | ')');
    text.chars().map(|c| if kept(c) { c } else { '_' }).collect()
}

/// How the name ends.
pub fn end(format: RecordingFormat, sealed: bool) -> &'static str {
    match (format, sealed) {
        (RecordingFormat::Opus, false) => ".ogg",
        (RecordingFormat::Opus, true) => ".ogg.sealed",
        (RecordingFormat::Wav, false) => ".wav",
        (RecordingFormat::Wav, true) => ".wav.sealed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts<'static> = Facts {
        at_ms: 1_790_000_000_000,
        offset_min: -360,
        line: "Ventas Ñ/1",
        number: "+506 8555 0117",
        incoming: true,
    };

    #[test]
    fn a_name_tells_what_the_rule_asks_for() {
        let rule = "{date} {time} {line} {number} {direction}";
        assert_eq!(name(rule, FACTS), "2026-09-21 08-13-20 Ventas Ñ_1 +506 8555 0117 in");
        let out = Facts { incoming: false, ..FACTS };
        assert_eq!(name("{number}_{direction}", out), "+506 8555 0117_out");
    }

    #[test]
    fn whoever_calls_cannot_lead_a_file_elsewhere() {
        for number in ["../../etc/passwd", "C:\\x", "a\0b", "\u{202e}gpj", "x\n", "~", "a|b?*<>\":"] {
            let name = name("{number}", Facts { number, ..FACTS });
            assert!(!name.contains(['/', '\\', '\0', '\n', ':', '|', '?', '*', '\u{202e}']), "{number:?}: {name}");
            assert!(!name.starts_with('.') && !name.is_empty(), "{number:?}: {name}");
        }
        assert_eq!(name("{number}", Facts { number: "con.ogg", ..FACTS }), "_con.ogg");
        assert_eq!(name("{number}", Facts { number: " .. ", ..FACTS }), "2026-09-21");
        assert!(name("{line}", Facts { line: &"x".repeat(999), ..FACTS }).len() <= LONG);
        assert_eq!(name("{line}", Facts { line: "{number}", ..FACTS }), "_number_");
    }

    #[test]
    fn a_rule_that_cannot_be_used_is_known() {
        assert!(is_rule("{date} {number}") && is_rule("calls"));
        for rule in ["", "  ", "{date", "{caller}", "a/{date}", "..\\x", "{date}\n"] {
            assert!(!is_rule(rule), "{rule:?}");
        }
    }
}
