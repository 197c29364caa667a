//! The interface: Node, its packages, its build.

use std::process::Command;

use anyhow::{Result, bail};

use crate::paths;
use crate::system::{answers, finish};

/// Node's package program, by its name on this system.
pub fn npm() -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(paths::ui());
    command
}

/// A script of `ui/package.json`.
pub fn script(name: &str) -> Command {
    let mut command = npm();
    command.args(["run", name]);
    command
}

/// Installs the interface's packages exactly as its lock file says, unless that was done for this lock file.
pub fn ensure_packages() -> Result<()> {
    if !answers(if cfg!(windows) { "npm.cmd" } else { "npm" }, &["--version"]) {
        bail!(
            "Node is not installed: version 20.19 or newer is needed (https://nodejs.org, or your system's `nodejs` and `npm`)"
        );
    }
    let lock = std::fs::read(paths::ui().join("package-lock.json"))?;
    let mark = paths::ui().join("node_modules/.timbre-lock");
    if std::fs::read(&mark).is_ok_and(|seen| seen == lock) {
        println!("Packages of the interface: all there.");
        return Ok(());
    }
    println!("Packages of the interface: installing what ui/package-lock.json names.");
    let mut command = npm();
    command.args(["ci", "--no-audit", "--no-fund"]);
    finish(command)?;
    std::fs::write(mark, lock)?;
    Ok(())
}

/// Builds the interface into `ui/dist`.
pub fn build() -> Result<()> {
    println!("Interface: building ui/dist.");
    finish(script("build"))
}
