//! Type-checks the Windows and macOS code of `platform` on Debian.
//!
//! Debian's `rustc-web` comes with the source of its standard library and of everything that it is made of, so that
//! cargo can build the library itself for a target that has no packaged one.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::app::cargo;
use crate::system::{Consent, System, answers, finish};
use crate::{install, packages, paths};

const COMPILER: &str = "/usr/bin/rustc";
const TARGETS: [&str; 2] = ["x86_64-pc-windows-gnu", "aarch64-apple-darwin"];

/// Installs what is needed and checks.
pub fn run(consent: Consent) -> Result<()> {
    install::ensure(&[packages::CROSS], consent)?;
    check()
}

/// Whether this system has that compiler.
pub fn is_possible() -> bool {
    System::here() == System::Debian && answers("apt-cache", &["show", "rustc-web"])
}

/// Checks `platform` for each target.
pub fn check() -> Result<()> {
    let version = Command::new(COMPILER).arg("--version").stderr(Stdio::inherit()).output()?;
    if !version.status.success() {
        bail!("{COMPILER} does not run");
    }
    println!("Compiler: {}", String::from_utf8_lossy(&version.stdout).trim());
    for target in TARGETS {
        println!("platform for {target}");
        let mut command = cargo();
        command
            .args(["check", "--package", "platform", "-Zbuild-std=std,panic_abort", "--target", target])
            .env("RUSTC", COMPILER)
            .env("RUSTC_BOOTSTRAP", "1")
            .env_remove("RUSTUP_TOOLCHAIN")
            .env("CARGO_TARGET_DIR", paths::target().join("cross"));
        finish(command)?;
    }
    Ok(())
}
