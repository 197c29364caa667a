//! Screenshots from the running app.

use std::process::Command;

use anyhow::Result;

use crate::app::cargo;
use crate::system::{Consent, finish};
use crate::{install, node, packages, paths};

/// Builds the app and has the window scenarios take their pictures into `docs/shots/`.
pub fn run(consent: Consent) -> Result<()> {
    install::ensure(&[packages::BUILD, packages::TEST], consent)?;
    node::ensure_packages()?;
    node::build()?;
    let mut build = cargo();
    build.args(["build", "--package", "timbre", "--package", "timbre-cli"]);
    finish(build)?;
    let mut pictures = Command::new("node");
    pictures.args(["tests/e2e/run.mjs", "shots"]).env("TIMBRE_APP", paths::app("debug"));
    finish(pictures)
}
