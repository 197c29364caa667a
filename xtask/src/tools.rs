//! Tools that are not system packages: cargo-nextest, and Python and Node modules in environments of their own.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::app::cargo;
use crate::system::{Consent, answers, finish};
use crate::{node, paths};

/// Sees to it that cargo-nextest runs; builds it from source if it is missing.
pub fn ensure_nextest(consent: Consent) -> Result<()> {
    if answers("cargo", &["nextest", "--version"]) {
        return Ok(());
    }
    if !consent.to("cargo-nextest (runs the Rust tests) is missing. Install it with cargo?")? {
        bail!("cargo-nextest is missing: cargo install cargo-nextest --locked");
    }
    let mut command = cargo();
    command.args(["install", "--locked", "cargo-nextest"]);
    finish(command)
}

/// Sees to it that cargo-fuzz and a nightly compiler are there; installs cargo-fuzz from source.
pub fn ensure_fuzz(consent: Consent) -> Result<()> {
    if !answers("cargo", &["+nightly", "--version"]) {
        bail!("fuzzing needs a nightly compiler: rustup toolchain install nightly --profile minimal");
    }
    if answers("cargo", &["fuzz", "--version"]) {
        return Ok(());
    }
    if !consent.to("cargo-fuzz (runs the fuzz targets) is missing. Install it with cargo?")? {
        bail!("cargo-fuzz is missing: cargo install cargo-fuzz --locked");
    }
    let mut command = cargo();
    command.args(["install", "--locked", "cargo-fuzz"]);
    finish(command)
}

/// A Python with the modules that score speech, and with CRM clients of others, in `target/python`.
///
/// The packages come from PyPI; versions are those of `tests/requirements.txt`.
pub fn ensure_python() -> Result<PathBuf> {
    let folder = paths::target().join("python");
    let python = folder.join("bin/python");
    let requirements = std::fs::read(paths::root().join("tests/requirements.txt"))?;
    let mark = folder.join("requirements.txt");
    if std::fs::read(&mark).is_ok_and(|seen| seen == requirements) {
        return Ok(python);
    }
    let mut venv = Command::new("/usr/bin/python3");
    venv.args(["-m", "venv"]).arg(&folder);
    finish(venv)?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
        "tests/requirements.txt",
    ]);
    finish(pip)?;
    std::fs::write(mark, requirements)?;
    Ok(python)
}

/// CRM clients of others for Node, in `target/node`: a folder whose `node_modules` has them.
///
/// The packages come from npm exactly as `tests/package-lock.json` says; none of them runs a script.
pub fn ensure_node_clients() -> Result<PathBuf> {
    let folder = paths::target().join("node");
    let tests = paths::root().join("tests");
    let lock = std::fs::read(tests.join("package-lock.json"))?;
    let mark = folder.join("node_modules/.timbre-lock");
    if std::fs::read(&mark).is_ok_and(|seen| seen == lock) {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder)?;
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(tests.join(name), folder.join(name))?;
    }
    let mut command = node::npm();
    command.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    finish(command)?;
    std::fs::write(mark, lock)?;
    Ok(folder)
}
