//! Long runs and figures.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::app::cargo;
use crate::steps::Steps;
use crate::system::{Consent, finish};
use crate::tally::Dialect;
use crate::test::KILLS;
use crate::{bottlecrm, install, node, packages, paths, tools};

/// How long each fuzz target runs.
const FUZZ_SECONDS: u32 = 60;

/// Tests that are ignored in `test` because they take long (their names begin with `soak_`), every fuzz target, kills of the
/// window, and BottleCRM as a real server.
/// With `only`, steps whose name contains it.
pub fn soak(consent: Consent, only: Option<&str>) -> Result<()> {
    install::ensure(&[packages::BUILD, packages::TEST], consent)?;
    tools::ensure_nextest(consent)?;
    if only.is_none_or(|only| only.contains("fuzz")) {
        tools::ensure_fuzz(consent)?;
    }
    let mut steps = Steps::begin(only);
    for room in rooms_with_targets()? {
        for target in targets(&room)? {
            let mut fuzz = Command::new("cargo");
            fuzz.args(["+nightly", "fuzz", "run", &target, "--", &format!("-max_total_time={FUZZ_SECONDS}")])
                .current_dir(&room);
            // The toolchain of whoever runs us must not reach a command that names its own.
            fuzz.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
            steps.program(&format!("fuzz {} {target}", shown(&room)), Dialect::Step, fuzz)?;
        }
    }
    let mut nextest = cargo();
    nextest.args([
        "nextest",
        "run",
        "--workspace",
        "--run-ignored",
        "only",
        "--no-fail-fast",
        "-E",
        "test(/(^|::)soak_/)",
    ]);
    steps.program("long tests", Dialect::Nextest, nextest)?;
    if cfg!(target_os = "linux") {
        let mut kills = cargo();
        kills.args(KILLS).args(["--run-ignored", "only", "-E", "test(/^soak_/)"]);
        steps.program("kills", Dialect::Nextest, kills)?;
        kills_of_the_window(&mut steps)?;
        real_bottlecrm(&mut steps)?;
    }
    steps.end()
}

/// The tests of BottleCRM, against the real one where it can be had.
fn real_bottlecrm(steps: &mut Steps) -> Result<()> {
    if let Some(what) = bottlecrm::missing() {
        println!("\n── BottleCRM as a real server: left out, {what} is missing");
        return Ok(());
    }
    let mut server = None;
    steps.step("BottleCRM as a real server", || {
        server = Some(bottlecrm::start()?);
        Ok(())
    })?;
    let Some(server) = server else { return Ok(()) };
    let mut tests = cargo();
    tests.args(["nextest", "run", "-p", "crm-connect", "--test", "bottlecrm"]);
    tests.env("TIMBRE_BOTTLECRM", &server.address).env("TIMBRE_BOTTLECRM_TOKEN", &server.token);
    steps.program("BottleCRM: its tests", Dialect::Nextest, tests)
}

/// The real window, killed at the named points. It is built apart: what is shipped, and what other steps run, has none of them.
fn kills_of_the_window(steps: &mut Steps) -> Result<()> {
    let apart = paths::target().join("soak");
    steps.step("window with failpoints: interface", node::build)?;
    let mut build = cargo();
    build.args(["build", "-p", "timbre", "--features", "failpoints", "--target-dir"]).arg(&apart);
    steps.program("window with failpoints", Dialect::Step, build)?;
    let mut window = Command::new("node");
    window.args(["tests/e2e/run.mjs", "soak"]).env("TIMBRE_APP", apart.join("debug/timbre"));
    steps.program("kills of the window", Dialect::Node, window)
}

/// Rooms with a folder `fuzz`, whose targets are replayed on their corpus by ordinary tests too.
fn rooms_with_targets() -> Result<Vec<PathBuf>> {
    let mut rooms = Vec::new();
    for room in ["sip-stack", "sip-stack/rtp", "audio/headset", "crm", "agent"] {
        let room = paths::root().join(room);
        if room.join("fuzz/Cargo.toml").exists() {
            rooms.push(room);
        }
    }
    Ok(rooms)
}

fn targets(room: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(room.join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        if let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn shown(room: &Path) -> String {
    room.strip_prefix(paths::root()).unwrap_or(room).display().to_string()
}

/// What is measured, quickest first: parsing, the voice thread, looking people up, what we add to a CRM, and the bars of the
/// whole app.
const BENCHES: [&str; 5] = ["parse", "call", "lookup", "crm", "bars"];

/// The quality of heard speech over bad lines; the only bench that needs neither the programs nor a release build.
const AUDIO: &str = "audio";

/// Every figure, release build, each beside a peer measured in the same run. Takes most of an hour.
pub fn bench(consent: Consent, only: Option<&str>) -> Result<()> {
    install::ensure(&[packages::BUILD, packages::TEST, packages::BENCH], consent)?;
    let mut steps = Steps::begin(only);
    let mut missed = Vec::new();
    if only.is_none_or(|only| AUDIO.contains(only)) {
        let mut measure = cargo();
        // Codecs and signal processing are built fast in this profile, too.
        measure.args(["bench", "--profile", "dev", "--package", "audio", "--bench", "audio_lines"]);
        measure.env("TIMBRE_PYTHON", tools::ensure_python()?);
        if steps.program(AUDIO, Dialect::Step, measure).is_err() {
            missed.push(AUDIO);
        }
        if only.is_some() && !BENCHES.iter().any(|bench| only.is_some_and(|only| bench.contains(only))) {
            ensure!(missed.is_empty(), "failed: {AUDIO}");
            return steps.end();
        }
    }
    node::ensure_packages()?;
    node::build()?;
    let mut programs = cargo();
    programs.args(["build", "--release", "--package", "timbre", "--package", "timbre-cli"]);
    finish(programs)?;
    let mut empty = cargo();
    empty.args(["build", "--release", "--package", "timbre", "--example", "empty_window"]);
    finish(empty)?;
    for bench in BENCHES {
        let mut measure = cargo();
        measure.args(["bench", "--workspace", "--bench", bench]);
        // One bar missed is no reason to leave the other figures out.
        if steps.program(bench, Dialect::Step, measure).is_err() {
            missed.push(bench);
        }
    }
    ensure!(missed.is_empty(), "bars missed in: {}", missed.join(", "));
    steps.end()
}
