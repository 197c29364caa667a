//! The lines on stdout: what they hold, and how they are written.

use std::io::Write;
use std::time::Instant;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// The version of the contract.
pub const VERSION: u32 = 1;

/// Writes events to stdout, JSON or plain.
pub struct Lines {
    start: Instant,
    json: bool,
}

impl Lines {
    /// Time counts from `start`, the beginning of the process.
    pub fn new(start: Instant, json: bool) -> Self {
        Self { start, json }
    }

    /// JSON is wanted.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Writes one event; `fields` is an object.
    pub fn write(&self, event: &str, account: Option<&str>, call: Option<Uuid>, fields: Value) {
        let line = self.line(event, account, call, fields);
        let text = if self.json { line.to_string() } else { plain(&line) };
        let mut out = std::io::stdout().lock();
        // Whoever reads has gone away: there is nobody to tell.
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    fn line(&self, event: &str, account: Option<&str>, call: Option<Uuid>, fields: Value) -> Value {
        let ts = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        let mut line = Map::new();
        line.insert("v".into(), VERSION.into());
        line.insert("event".into(), event.into());
        line.insert("t_ms".into(), (self.start.elapsed().as_millis() as u64).into());
        line.insert("ts".into(), ts.into());
        if let Some(account) = account {
            line.insert("account".into(), account.into());
        }
        if let Some(call) = call {
            line.insert("call".into(), call.to_string().into());
        }
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        Value::Object(line)
    }

    /// Writes a failure that is no call's end.
    pub fn error(&self, cause: &str, detail: &str) {
        self.write("error", None, None, json!({ "cause": cause, "detail": detail }));
    }
}

/// `event key=value …` for the eye.
fn plain(line: &Value) -> String {
    let mut text = line["event"].as_str().unwrap_or_default().to_owned();
    for (key, value) in line.as_object().into_iter().flatten() {
        if ["v", "event", "ts"].contains(&key.as_str()) || value.is_null() {
            continue;
        }
        match value {
            Value::String(value) => text.push_str(&format!(" {key}={}", shown(value))),
            other => text.push_str(&format!(" {key}={other}")),
        }
    }
    text
}

/// Text of the network must not steer the terminal.
fn shown(value: &str) -> String {
    let clean: String = value.chars().filter(|c| !c.is_control()).collect();
    if clean.contains(' ') || clean.is_empty() { format!("{clean:?}") } else { clean }
}

/// Rounds figures to what they mean.
pub fn figure(value: f32) -> Value {
    json!((f64::from(value) * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_cannot_steer_the_terminal() {
        let lines = Lines::new(Instant::now(), false);
        let line = lines.line("incoming", None, None, json!({ "from": "a\u{1b}[2Jb", "to": null, "n": 3 }));
        let text = plain(&line);
        assert!(text.contains(" from=a[2Jb") && text.contains(" n=3") && !text.contains(" to="), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}
