//! Building and opening the app.

use std::process::Command;

use anyhow::{Context, Result};

use crate::system::{Consent, finish, show};
use crate::{install, node, packages, paths};

/// Installs what is missing, builds and opens the app.
pub fn run(consent: Consent, arguments: &[String]) -> Result<()> {
    install::ensure(&[packages::BUILD], consent)?;
    node::ensure_packages()?;
    node::build()?;
    println!("App: building (the first time takes some minutes).");
    let mut cargo = cargo();
    cargo.args(["build", "--package", "timbre"]);
    finish(cargo)?;
    println!("App: opening.");
    let mut app = Command::new(paths::app("debug"));
    app.args(arguments);
    let shown = show(&app);
    app.status().with_context(|| format!("cannot start {shown}"))?;
    Ok(())
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
