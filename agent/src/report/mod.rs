//! A report of a problem: one text that a person reads before it goes anywhere, bounded, and free of whatever names
//! somebody.
//!
//! ```text
//! timbre-report 1
//! [system] [program] [settings] [line.1] … [devices] [crm.1] … [counters] [outside] [call.1] … [log] [earlier.1] …
//! ```
//! Calls are those of this run, and behind the log the last ones of earlier runs.
//!
//! Everything in it is made of codes and figures of our own, except names of sound devices and lines of the log; these
//! pass [`clean`].

pub mod clean;
pub mod headset;
pub mod log;

use std::fmt::Write as _;

use agent_api::account::{AccountView, Registration};
use agent_api::details::{CallDetails, SoundPoint};
use agent_api::event::Snapshot;
use agent_api::media::RoleView;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use self::clean::Cleaner;
use crate::desk::trace::{CallTrace, Step, Trace};
use crate::port::media::MediaStats;
use crate::port::surroundings::Surroundings;
use crate::settings::Settings;

/// The longest report. What is in it is bounded part by part; this holds for all of them.
pub const REPORT_MAX: usize = 512 << 10;
/// Calls of earlier runs that are told, the newest first.
pub const EARLIER_MAX: u32 = 20;
/// Devices of a role that are listed.
const DEVICES_MAX: usize = 32;

/// What a report is made of.
pub struct Sources<'a> {
    /// Lines, devices, connections as they stand.
    pub snapshot: &'a Snapshot,
    /// What was set.
    pub settings: &'a Settings,
    /// Messages and figures of the last calls.
    pub trace: &'a Trace,
    /// Calls of which the store knows, the newest first; those of this run are passed over.
    pub kept: &'a [CallDetails],
    /// Log and system.
    pub around: &'a Surroundings,
    /// Now, UTC.
    pub now_ms: i64,
}

/// The report as text. Reads files.
pub fn write(from: &Sources<'_>) -> String {
    let cleaner = Cleaner::new(known(from));
    let mut out = Text(format!("timbre-report 1\nmade = {}\n", moment(from.now_ms)));
    out.section("system");
    for (name, value) in (from.around.system)() {
        out.line(name, cleaner.text(&value));
    }
    program(&mut out, from);
    settings(&mut out, from.settings);
    for (at, line) in from.snapshot.accounts.iter().enumerate() {
        account(&mut out, at + 1, line, from);
    }
    out.section("devices");
    for role in &from.snapshot.audio.roles {
        devices(&mut out, role, &cleaner);
    }
    connections(&mut out, from.snapshot);
    counters(&mut out, from.trace);
    out.section("outside");
    steps(&mut out, &from.trace.outside);
    for (at, call) in from.trace.calls.iter().enumerate() {
        traced(&mut out, at + 1, call);
    }
    let (lines, left_out) = log::tail(&from.around.log, &cleaner);
    out.section("log");
    out.line("left_out", left_out);
    for line in lines {
        out.0.push_str(&line);
        out.0.push('\n');
    }
    let of_this_run = |call| from.trace.calls.iter().any(|traced| traced.call == Some(call));
    for (at, call) in from.kept.iter().filter(|kept| !of_this_run(kept.call)).enumerate() {
        earlier(&mut out, at + 1, call);
    }
    out.within(REPORT_MAX)
}

/// The name of a file of a moment (UTC), such as `timbre-report-20261122-174000.txt`.
pub fn file_name(what: &str, kind: &str, at_ms: i64) -> String {
    let form = format_description!("[year][month][day]-[hour][minute][second]");
    let at = at(at_ms).format(form).unwrap_or_default();
    format!("timbre-{what}-{at}.{kind}")
}

/// Words that are known to name somebody or a place.
fn known(from: &Sources<'_>) -> Vec<String> {
    let mut words = Vec::new();
    for account in &from.settings.accounts {
        words.extend([
            account.user.clone(),
            account.domain.clone(),
            account.label.clone(),
            account.display_name.clone(),
        ]);
        words.extend(account.auth_user.clone());
        words.extend(account.proxy.clone());
        words.extend(account.echo.clone());
        words.extend(account.voicemail.clone());
    }
    for center in &from.settings.call_centers.list {
        words.push(center.name.clone());
        words.extend(center.numbers.iter().cloned());
    }
    for connection in &from.snapshot.connections.list {
        words.push(connection.name.clone());
        let identity = connection.identity.iter();
        words.extend(identity.flat_map(|who| [Some(who.user.clone()), who.organisation.clone()]).flatten());
    }
    for channel in &from.settings.support {
        words.extend([channel.label.clone(), channel.target.clone()]);
    }
    words.extend(from.settings.link_domains.iter().cloned());
    let home = from.around.home.as_deref();
    words.extend(home.map(|home| home.to_string_lossy().into_owned()));
    words.extend(home.and_then(|home| home.file_name()).map(|name| name.to_string_lossy().into_owned()));
    // The program's own name is in every line of its log.
    words.retain(|word| !word.eq_ignore_ascii_case("timbre"));
    words
}

fn program(out: &mut Text, from: &Sources<'_>) {
    let snapshot = from.snapshot;
    out.section("program");
    out.line("version", &snapshot.version);
    out.line("presence", word(&snapshot.presence.state));
    out.line("calls_now", snapshot.calls.len());
    let faults: Vec<String> = snapshot.faults.iter().map(|fault| word(&fault.code)).collect();
    out.line("faults", faults.join(" "));
    let counts = snapshot.counts;
    out.line("to_save", counts.to_save);
    out.line("to_send", counts.to_send);
}

fn settings(out: &mut Text, settings: &Settings) {
    let preferences = &settings.preferences;
    out.section("settings");
    out.line("locale", preferences.locale.as_deref().unwrap_or("system"));
    out.line("theme", word(&preferences.theme));
    out.line("country", &preferences.country);
    out.line("ask_before_dialing", preferences.ask_before_dialing);
    out.line("front_on_answer", preferences.front_on_answer);
    out.line("vip_passes", preferences.vip_passes);
    out.line("text_size_pct", preferences.text_size_pct);
    out.line("keep_history_months", preferences.keep_history_months.unwrap_or(0));
    out.line("call_centers", settings.call_centers.list.len());
    out.line("contact_fields", settings.contact_fields.list.len());
    out.line("support_channels", settings.support.len());
    out.line("link_domains", settings.link_domains.len());
}

fn account(out: &mut Text, at: usize, view: &AccountView, from: &Sources<'_>) {
    out.section(&format!("line.{at}"));
    out.line("transport", word(&view.transport));
    out.line("srtp", word(&view.srtp));
    out.line("srtp_keys", word(&view.srtp_keys));
    out.line("rtcp_mux", word(&view.rtcp_mux));
    out.line("ice", view.ice.on);
    out.line("has_stun", view.ice.stun.is_some());
    out.line("has_turn", view.ice.turn.is_some());
    out.line("dtmf", word(&view.dtmf));
    out.line("codecs", view.codecs.join(" "));
    out.line("practice", view.practice);
    out.line("has_password", view.has_password);
    out.line("has_auth_user", view.auth_user.is_some());
    out.line("has_proxy", view.proxy.is_some());
    out.line("port", view.port.map_or_else(|| "default".to_owned(), |port| port.to_string()));
    if let Some(set) = from.settings.accounts.iter().find(|account| account.id == view.id) {
        out.line("register", set.register);
        out.line("register_expires_s", set.register_expires_s);
        out.line("digest_min", &set.digest_min);
        out.line(
            "media_ports",
            set.media_ports.as_ref().map_or_else(String::new, |p| format!("{}-{}", p.start(), p.end())),
        );
        out.line("has_bind", set.bind.is_some());
        out.line("has_dns", set.dns.is_some());
        out.line("allow_from", set.allow_from.len());
        out.line("has_tls_ca", set.tls_ca.is_some());
        out.line("has_tls_certificate", set.tls_certificate.is_some());
        out.line("tls_insecure", set.tls_insecure);
        out.line("auto_answer", set.auto_answer);
    }
    out.line("registration", word(&view.registration));
    match &view.registration {
        Registration::Registered { confirmed_at_ms, expires_s } => {
            out.line("confirmed", moment(*confirmed_at_ms));
            out.line("expires_s", expires_s);
        }
        Registration::Failed { cause, sip_code, retry_at_ms } => {
            out.line("cause", word(cause));
            out.line("sip_code", sip_code.map_or_else(String::new, |code| code.to_string()));
            out.line("retry", retry_at_ms.map_or_else(String::new, moment));
        }
        Registration::Off | Registration::Registering => {}
    }
}

fn devices(out: &mut Text, role: &RoleView, cleaner: &Cleaner) {
    let name = word(&role.role);
    out.line(&format!("{name}.volume_pct"), role.volume_pct);
    for device in role.devices.iter().take(DEVICES_MAX) {
        let marks = [
            (device.default, "default"),
            (role.chosen.as_ref() == Some(&device.id), "chosen"),
            (role.used.as_ref() == Some(&device.id), "used"),
        ];
        let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
        out.line(&format!("{name}.device"), format!("{} ({})", device_name(&device.name, cleaner), marks.join(" ")));
    }
    if role.chosen.as_ref().is_some_and(|chosen| role.devices.iter().all(|device| device.id != *chosen)) {
        out.line(&format!("{name}.chosen"), "missing");
    }
}

/// People name what they wear: such a name is left out.
fn device_name(name: &str, cleaner: &Cleaner) -> String {
    let lower = name.to_lowercase();
    let owned =
        ["'s ", "’s ", " de ", " del ", " of ", " von ", " di ", " du "].iter().any(|mark| lower.contains(mark));
    if owned { format!("[{} characters]", name.chars().count()) } else { cleaner.text(name).chars().take(80).collect() }
}

fn connections(out: &mut Text, snapshot: &Snapshot) {
    for (at, connection) in snapshot.connections.list.iter().enumerate() {
        out.section(&format!("crm.{}", at + 1));
        out.line("kind", word(&connection.kind));
        out.line("state", word(&connection.state));
        out.line("failure", connection.failure.as_ref().map(word).unwrap_or_default());
        out.line("waiting", connection.queue.waiting);
        out.line("stuck", connection.queue.stuck);
        out.line("unknown", connection.queue.unknown);
        out.line("logs_once", connection.can.logs_once);
    }
}

fn counters(out: &mut Text, trace: &Trace) {
    out.section("counters");
    let Some(counters) = trace.counters else { return out.line("answer", "none") };
    out.line("unsolicited", counters.unsolicited);
    out.line("malformed", counters.malformed);
    out.line("stray", counters.stray);
    out.line("over_limit", counters.over_limit);
}

fn traced(out: &mut Text, at: usize, call: &CallTrace) {
    out.section(&format!("call.{at}"));
    out.line("id", call.call.map_or_else(|| "none".to_owned(), |call| call.0.to_string()));
    out.line("direction", call.direction.as_ref().map(word).unwrap_or_default());
    if let Some(agreed) = &call.agreed {
        out.line("codec", agreed.codec);
        out.line("srtp", agreed.srtp.unwrap_or("none"));
        out.line("keying", agreed.keying.unwrap_or("none"));
        out.line("rtcp_mux", agreed.rtcp_mux);
        out.line("ice", agreed.ice);
    }
    if let Some(end) = call.end {
        out.line("cause", word(&end.cause));
        out.line("sip_code", end.code.map_or_else(String::new, |code| code.to_string()));
        out.line("by", word(&end.by));
        out.line("talk_ms", end.talk_ms);
    }
    if let Some(stats) = &call.stats {
        figures(out, stats);
    }
    if call.left_out > 0 {
        out.line("left_out", call.left_out);
    }
    steps(out, &call.steps);
    over_time(out, call.series.every_s(), call.series.points());
}

/// What is kept of a call of an earlier run. It was made of codes and figures of our own; a file may have been changed since,
/// so that no text of it is taken as it stands.
fn earlier(out: &mut Text, at: usize, call: &CallDetails) {
    out.section(&format!("earlier.{at}"));
    out.line("id", call.call.0);
    out.line("direction", call.direction.as_ref().map(word).unwrap_or_default());
    let cleaner = Cleaner::default();
    if let Some(agreed) = &call.agreed {
        out.line("codec", cleaner.text(&agreed.codec));
        out.line("srtp", cleaner.text(agreed.srtp.as_deref().unwrap_or("none")));
        out.line("keying", cleaner.text(agreed.keying.as_deref().unwrap_or("none")));
    }
    if let Some(end) = &call.end {
        out.line("cause", word(&end.cause));
        out.line("sip_code", end.code.map_or_else(String::new, |code| code.to_string()));
        out.line("by", word(&end.by));
        out.line("talk_ms", end.talk_ms);
    }
    if let Some(sound) = &call.sound {
        out.line("rx_packets", sound.rx_packets);
        out.line("tx_packets", sound.tx_packets);
        out.line("lost_pct", format!("{:.2}", sound.lost_pct));
    }
    let began = call.steps.first().map_or(0, |step| step.at_ms);
    if !call.steps.is_empty() {
        out.line("began", moment(began));
    }
    for step in &call.steps {
        let media = cleaner.text(step.media.as_deref().unwrap_or_default());
        rung(out, step.at_ms - began, step.sent, &cleaner.text(&step.what), (step.cseq, step.bytes as usize), &media);
    }
    over_time(out, call.every_s, &call.points);
}

/// Figures over time, a line for each point.
fn over_time(out: &mut Text, every_s: u32, points: &[SoundPoint]) {
    let Some(first) = points.first() else { return };
    out.line("every_s", every_s);
    for point in points {
        let optional = |value: Option<f32>| value.map_or_else(|| "none".to_owned(), |value| format!("{value:.1}"));
        let line = format!(
            "{:>6} s loss={:.1} jitter={:.1} rtt={} mos={}",
            (point.at_ms - first.at_ms) / 1000,
            point.loss_pct,
            point.jitter_ms,
            optional(point.rtt_ms),
            optional(point.mos),
        );
        out.0.push_str(&line);
        out.0.push('\n');
    }
}

fn figures(out: &mut Text, stats: &MediaStats) {
    let optional = |figure: Option<f32>| figure.map_or_else(|| "none".to_owned(), |figure| format!("{figure:.1}"));
    out.line("rx_packets", stats.rx_packets);
    out.line("tx_packets", stats.tx_packets);
    out.line("lost_pct", format!("{:.2}", stats.lost_pct));
    out.line("late", stats.late);
    out.line("concealed_ms", stats.concealed_ms);
    out.line("jitter_ms", format!("{:.1}", stats.jitter_ms));
    out.line("rtt_ms", optional(stats.rtt_ms));
    out.line("buffer_ms", stats.buffer_ms);
    out.line("mos", optional(stats.mos));
    let time = |ms: Option<u64>| ms.map_or_else(|| "none".to_owned(), |ms| ms.to_string());
    out.line("no_audio_ms", time(stats.no_audio_ms));
    out.line("came_instead", format!("{:?}", stats.instead));
    out.line("nothing_sent_ms", time(stats.nothing_sent_ms));
}

/// The ladder: when, whose, what.
fn steps<'a>(out: &mut Text, steps: impl IntoIterator<Item = &'a Step>) {
    let mut first = None;
    for Step { at_ms, line } in steps {
        let began = *first.get_or_insert_with(|| {
            out.line("began", moment(*at_ms));
            *at_ms
        });
        let media = line.media.as_deref().unwrap_or_default();
        rung(out, at_ms - began, line.sent, &line.what, (line.cseq, line.length), media);
    }
}

fn rung(out: &mut Text, after_ms: i64, sent: bool, what: &str, (cseq, bytes): (u32, usize), media: &str) {
    let arrow = if sent { "->" } else { "<-" };
    let text = format!("{after_ms:>9} ms {arrow} {what:<16} cseq {cseq} {bytes} B {media}");
    out.0.push_str(text.trim_end());
    out.0.push('\n');
}

/// A growing text of sections and lines.
struct Text(String);

impl Text {
    fn section(&mut self, name: &str) {
        // Writing to a string cannot fail; the same below.
        let _ = write!(self.0, "\n[{name}]\n");
    }

    fn line(&mut self, name: &str, value: impl std::fmt::Display) {
        let line = format!("{name} = {value}");
        let _ = writeln!(self.0, "{}", line.trim_end());
    }

    fn within(mut self, most: usize) -> String {
        if self.0.len() > most {
            let cut = (0..=most).rev().find(|at| self.0.is_char_boundary(*at)).unwrap_or(0);
            self.0.truncate(cut);
        }
        self.0
    }
}

/// The code of a value of the boundary: its name, or the name of its variant.
fn word(value: &impl Serialize) -> String {
    use serde_json::Value;
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(Value::Object(fields)) => ["state", "fault", "kind"]
            .iter()
            .find_map(|tag| fields.get(*tag).and_then(Value::as_str).map(str::to_owned))
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn at(utc_ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(utc_ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn moment(utc_ms: i64) -> String {
    at(utc_ms).format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_carries_somebodys_name_is_not_named() {
        let cleaner = Cleaner::default();
        assert_eq!(device_name("Jabra Evolve2 65", &cleaner), "Jabra Evolve2 65");
        for owned in ["AirPods de Marcela", "Marcela's AirPods", "Marcela’s Buds"] {
            assert!(!device_name(owned, &cleaner).contains("Marcela"), "{owned}");
        }
    }

    #[test]
    fn the_file_is_named_by_the_moment() {
        assert_eq!(file_name("report", "txt", 1_763_000_000_000), "timbre-report-20251113-021320.txt");
        assert_eq!(moment(1_763_000_000_000), "2025-11-13T02:13:20Z");
    }
}
