//! How a call went technically: lines for a program, a ladder and a graph for the eye.

use agent_api::details::{CallDetails, SignalStep, SoundPoint};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::line::{Lines, figure};

/// Length of a bar of the graph.
const BAR: usize = 24;

/// Writes all of it: one `call_details`, then each `message`, then `figures` over time.
pub fn write(details: &CallDetails, lines: &Lines) {
    if !lines.is_json() {
        return crate::books::print(&drawn(details));
    }
    let call = Some(details.call.0);
    let (agreed, end, sound) = (details.agreed.as_ref(), details.end, details.sound);
    let fields = json!({
        "direction": details.direction.map(|direction| json!(direction)),
        "began": details.steps.first().map(|step| moment(step.at_ms)),
        "codec": agreed.map(|agreed| &agreed.codec),
        "srtp": agreed.and_then(|agreed| agreed.srtp.as_ref()),
        "keying": agreed.and_then(|agreed| agreed.keying.as_ref()),
        "cause": end.map(|end| end.cause),
        "code": end.and_then(|end| end.code),
        "by": end.map(|end| end.by),
        "talk_ms": end.map(|end| end.talk_ms),
        "rx_packets": sound.map(|sound| sound.rx_packets),
        "tx_packets": sound.map(|sound| sound.tx_packets),
        "lost_pct": sound.map(|sound| figure(sound.lost_pct)),
        "late": sound.map(|sound| sound.late),
        "concealed_ms": sound.map(|sound| sound.concealed_ms),
        "left_out": details.left_out,
        "every_s": details.every_s,
    });
    lines.write("call_details", None, call, fields);
    for step in &details.steps {
        let fields = json!({
            "at": moment(step.at_ms),
            "direction": if step.sent { "out" } else { "in" },
            "what": step.what,
            "cseq": step.cseq,
            "bytes": step.bytes,
            "media": step.media,
        });
        lines.write("message", None, call, fields);
    }
    for point in &details.points {
        let fields = json!({
            "at": moment(point.at_ms),
            "loss_pct": figure(point.loss_pct),
            "jitter_ms": figure(point.jitter_ms),
            "rtt_ms": point.rtt_ms.map(figure),
            "mos": point.mos.map(figure),
        });
        lines.write("figures", None, call, fields);
    }
}

/// Ladder and graph.
fn drawn(details: &CallDetails) -> String {
    let began = details.steps.first().map_or(0, |step| step.at_ms);
    let mut text = format!("call {}\n", details.call.0);
    if let Some(end) = details.end {
        let cause = json!(end.cause);
        let code = end.code.map(|code| format!(" {code}")).unwrap_or_default();
        text.push_str(&format!("ended {}{code} talk_ms={}\n", cause.as_str().unwrap_or_default(), end.talk_ms));
    }
    if let Some(agreed) = &details.agreed {
        let srtp = agreed.srtp.as_deref().unwrap_or("none");
        text.push_str(&format!("codec={} srtp={srtp}\n", agreed.codec));
    }
    if let Some(first) = details.steps.first() {
        text.push_str(&format!("\n{}\n{:>9}  timbre{:>30}\n", moment(first.at_ms), "ms", "exchange"));
    }
    for step in &details.steps {
        text.push_str(&rung(step, began));
    }
    if !details.points.is_empty() {
        text.push_str(&format!("\n{:>9}  loss_pct  jitter_ms  rtt_ms   mos  1 to 4.5\n", "s"));
    }
    for point in &details.points {
        text.push_str(&bar(point, began));
    }
    text.trim_end().to_owned()
}

fn rung(step: &SignalStep, began: i64) -> String {
    let arrow = if step.sent {
        format!("|{:─^30}►|", format!(" {} ", step.what))
    } else {
        format!("|◄{:─^30}|", format!(" {} ", step.what))
    };
    let media = step.media.as_deref().unwrap_or_default();
    let line = format!("{:>9}     {arrow}  cseq {} {} B {media}", step.at_ms - began, step.cseq, step.bytes);
    format!("{}\n", line.trim_end())
}

fn bar(point: &SoundPoint, began: i64) -> String {
    let optional =
        |value: Option<f32>, places: usize| value.map_or("-".to_owned(), |value| format!("{value:.places$}"));
    // MOS 1 is an empty bar, 4.5 a full one.
    let share = point.mos.map_or(0.0, |mos| ((mos - 1.0) / 3.5).clamp(0.0, 1.0));
    let line = format!(
        "{:>9}  {:>8.1}  {:>9.1}  {:>6}  {:>4}  {}",
        (point.at_ms - began) / 1000,
        point.loss_pct,
        point.jitter_ms,
        optional(point.rtt_ms, 0),
        optional(point.mos, 1),
        "█".repeat((share * BAR as f32).round() as usize),
    );
    format!("{}\n", line.trim_end())
}

fn moment(utc_ms: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(utc_ms) * 1_000_000);
    at.ok().and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use agent_api::id::CallId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_call_is_drawn_as_a_ladder_and_a_graph() {
        let step = |at_ms, sent, what: &str| SignalStep {
            at_ms,
            sent,
            what: what.to_owned(),
            cseq: 1,
            bytes: 400,
            media: (what == "INVITE").then(|| "sdp sendrecv opus".to_owned()),
        };
        let point = |at_ms, mos| SoundPoint { at_ms, loss_pct: 1.5, jitter_ms: 2.0, rtt_ms: None, mos };
        let details = CallDetails {
            call: CallId(Uuid::nil()),
            live: false,
            direction: None,
            steps: vec![step(1_000, true, "INVITE"), step(1_040, false, "180 INVITE")],
            left_out: 0,
            agreed: None,
            sound: None,
            every_s: 5,
            points: vec![point(6_000, Some(4.5)), point(11_000, None)],
            end: None,
        };
        let text = drawn(&details);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines.iter().any(|line| line.contains("0     |─")
                && line.contains(" INVITE ")
                && line.ends_with("sdp sendrecv opus")),
            "{text}"
        );
        assert!(lines.iter().any(|line| line.contains("40     |◄") && line.contains(" 180 INVITE ")), "{text}");
        assert!(lines.iter().any(|line| line.contains(" 5 ") && line.ends_with(&"█".repeat(BAR))), "{text}");
        assert!(lines.last().is_some_and(|line| line.trim_start().starts_with("10 ") && line.ends_with('-')), "{text}");
    }
}
