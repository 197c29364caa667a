//! Packages of the app.

use anyhow::Result;

use crate::system::{Consent, finish};
use crate::{node, packages, paths};

/// Makes the packages of this operating system by Tauri's own tool.
pub fn run(consent: Consent, debug: bool) -> Result<()> {
    packages::ensure(&[packages::BUILD], consent)?;
    node::ensure_packages()?;
    node::build()?;
    let mut command = node::npm();
    command.current_dir(paths::root());
    command.args([
        "exec",
        "--prefix",
        "ui",
        "--",
        "tauri",
        "build",
        "--config",
        r#"{"build":{"beforeBuildCommand":""}}"#,
    ]);
    if debug {
        command.arg("--debug");
    }
    if cfg!(target_os = "linux") {
        command.args(["--bundles", "deb,rpm"]);
    }
    finish(command)
}
