//! Calls whose other side is written down message by message: SIPp plays it, and fails where Timbre says anything else.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::path::{Path, PathBuf};

use acceptance::cli::Cli;
use acceptance::peers::Sipp;
use tempfile::TempDir;

const NO_SOUND: [&str; 4] = ["--mic", "silence", "--speaker", "null"];

/// An account whose exchange is this scenario.
fn account(folder: &TempDir, port: u16, registers: bool) -> PathBuf {
    let file = folder.path().join("account.toml");
    let text = format!(
        "[account]\nuser = \"8330101\"\ndomain = \"127.0.0.1\"\nport = {port}\nregister = {registers}\nbind = \"127.0.0.1:0\"\n\
         srtp = \"off\"\ncodecs = [\"pcma\"]\n"
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn cli(folder: &TempDir, file: &Path, arguments: &[&str]) -> Cli {
    Cli::start(folder.path(), &[arguments, &["--account", file.to_str().unwrap()], &NO_SOUND].concat()).unwrap()
}

/// Calls the scenario; what the command line then is.
fn call(folder: &TempDir, sipp: &Sipp, more: &[&str]) -> Cli {
    let file = account(folder, sipp.port, false);
    cli(folder, &file, &[&["call", "8330102"], more].concat())
}

#[test]
fn s0190_a_plain_call_is_answered_heard_and_hung_up() {
    let folder = tempfile::tempdir().unwrap();
    let sipp = Sipp::answers("basic.xml", 1).unwrap();
    let mut caller = call(&folder, &sipp, &["--duration", "1"]);
    caller.wait_for("first_rtp").unwrap();
    let ended = caller.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("local")), "{ended}");
    assert_eq!(caller.finish().unwrap().0, 0);
    sipp.finish().unwrap();
}

#[test]
fn s0191_early_media_is_acknowledged_reliably_and_heard_before_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let sipp = Sipp::answers("prack.xml", 1).unwrap();
    let mut caller = call(&folder, &sipp, &["--duration", "1"]);
    caller.wait_for("early_media").unwrap();
    caller.wait_for("first_rtp").unwrap();
    caller.wait_for("answered").unwrap();
    assert_eq!(caller.finish().unwrap().0, 0);
    sipp.finish().unwrap();
}

#[test]
fn s0192_the_other_side_asks_again_without_an_offer_then_holds_then_talks_and_hangs_up() {
    let folder = tempfile::tempdir().unwrap();
    let sipp = Sipp::answers("reinvite.xml", 1).unwrap();
    let mut caller = call(&folder, &sipp, &[]);
    let held = caller.wait_for("held").unwrap();
    assert_eq!(held["by"], "remote", "{held}");
    caller.wait_for("resumed").unwrap();
    let ended = caller.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("remote")), "{ended}");
    caller.finish().unwrap();
    sipp.finish().unwrap();
}

#[test]
fn s0193_the_other_side_sends_us_to_a_third_and_hears_how_that_goes() {
    let folder = tempfile::tempdir().unwrap();
    let sipp = Sipp::answers("refer.xml", 2).unwrap();
    let mut caller = call(&folder, &sipp, &["--control"]);
    let first = caller.wait_for("answered").unwrap();
    caller.wait_for("transfer_asked").unwrap();
    let second = caller.wait_for("answered").unwrap();
    assert_ne!(first["call"], second["call"]);
    let ended = caller.wait_for("ended").unwrap();
    assert_eq!((ended["call"].as_str(), ended["by"].as_str()), (first["call"].as_str(), Some("remote")), "{ended}");
    caller.interrupt().unwrap();
    caller.finish().unwrap();
    sipp.finish().unwrap();
}

#[test]
fn s0194_a_registrar_calls_who_registered() {
    let folder = tempfile::tempdir().unwrap();
    let sipp = Sipp::answers("registrar.xml", 1).unwrap();
    let file = account(&folder, sipp.port, true);
    let mut callee = cli(&folder, &file, &["listen", "--calls", "1"]);
    let incoming = callee.wait_for("incoming").unwrap();
    assert_eq!(incoming["display_name"], "Marcela Quesada", "{incoming}");
    callee.wait_for("first_rtp").unwrap();
    let ended = callee.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("remote")), "{ended}");
    sipp.finish().unwrap();
    callee.interrupt().unwrap();
    callee.finish().unwrap();
}

#[test]
fn s0195_keys_go_and_come_by_info_where_the_other_side_takes_no_events() {
    let folder = tempfile::tempdir().unwrap();
    let sipp = Sipp::answers("info.xml", 1).unwrap();
    let file = account(&folder, sipp.port, false);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}password = \"secret\"\n")).unwrap();
    let mut caller = cli(&folder, &file, &["call", "8330102", "--dtmf", "4#", "--log", "trace"]);
    for (direction, digit) in [("out", "4"), ("out", "#"), ("in", "7"), ("in", "*")] {
        let key = caller.wait_for("dtmf").unwrap();
        assert_eq!((key["direction"].as_str(), key["digit"].as_str()), (Some(direction), Some(digit)), "{key}");
    }
    let ended = caller.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("remote")), "{ended}");
    caller.finish().unwrap();
    sipp.finish().unwrap();
}
