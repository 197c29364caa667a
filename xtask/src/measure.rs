//! Long runs and figures.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::app::cargo;
use crate::steps::Steps;
use crate::system::Consent;
use crate::tally::Dialect;
use crate::{packages, paths, tools};

/// How long each fuzz target runs.
const FUZZ_SECONDS: u32 = 60;

/// Tests that are ignored in `test` because they take long (their names begin with `soak_`), and every fuzz target.
pub fn soak(consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::TEST], consent)?;
    tools::ensure_nextest(consent)?;
    tools::ensure_fuzz(consent)?;
    let mut steps = Steps::begin(None);
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
    // A room without long tests is no failure.
    nextest.arg("--no-tests=warn");
    steps.program("long tests", Dialect::Step, nextest)?;
    steps.end()
}

/// Rooms with a folder `fuzz`, whose targets are replayed on their corpus by ordinary tests too.
fn rooms_with_targets() -> Result<Vec<PathBuf>> {
    let mut rooms = Vec::new();
    for room in ["sip-stack", "sip-stack/rtp", "crm", "agent"] {
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

/// Benchmarks of the rooms, release build.
pub fn bench(consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::TEST], consent)?;
    let mut steps = Steps::begin(None);
    let mut benches = cargo();
    benches.args(["bench", "--workspace", "--benches"]);
    steps.program("benches", Dialect::Step, benches)?;
    steps.end()
}
