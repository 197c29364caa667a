//! Packages of the app.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::system::{Consent, finish};
use crate::{install, node, packages, paths};

/// Tauri's tool, at the version of the window library. It stands apart from the interface's packages, whose lock file would
/// otherwise have to name its builds for every system.
const TAURI_TOOL: &str = "@tauri-apps/cli@2.12.5";

/// What only shipped packages have: records encrypted at rest. On Windows with an OpenSSL of its own, elsewhere with the
/// system's.
pub const ENCRYPTED: &str = if cfg!(windows) { "vendored-openssl" } else { "encrypted-store" };

/// The variable that names a failpoint.
const FAILPOINT: &[u8] = b"TIMBRE_FAILPOINT";

/// Makes the packages of this operating system by Tauri's own tool.
pub fn run(consent: Consent, debug: bool) -> Result<()> {
    install::ensure(&[packages::BUILD], consent)?;
    node::ensure_packages()?;
    node::build()?;
    let mut command = Command::new(tauri_tool()?);
    command.current_dir(paths::root());
    command.args(["build", "--config", r#"{"build":{"beforeBuildCommand":""}}"#]);
    if debug {
        command.arg("--debug");
    } else {
        command.args(["--features", ENCRYPTED]);
    }
    if cfg!(target_os = "linux") {
        command.args(["--bundles", "deb,rpm"]);
    }
    finish(command)?;
    without_failpoints(&paths::app(if debug { "debug" } else { "release" }))
}

/// What is shipped cannot be killed by a word in its environment.
fn without_failpoints(program: &Path) -> Result<()> {
    let bytes = std::fs::read(program)?;
    let found = bytes.windows(FAILPOINT.len()).any(|part| part == FAILPOINT);
    ensure!(!found, "{} was built with failpoints", program.display());
    Ok(())
}

/// A `.deb` of the debug program as it stands, without building it again: the link scenarios use its desktop file.
pub fn debian_package_of_built_app() -> Result<()> {
    without_failpoints(&paths::app("debug"))?;
    let mut command = Command::new(tauri_tool()?);
    command.current_dir(paths::root());
    command.args(["bundle", "--debug", "--bundles", "deb"]);
    finish(command)
}

/// Installs Tauri's tool below `target/` unless it is there.
fn tauri_tool() -> Result<PathBuf> {
    let folder = paths::root().join("target/tauri-cli");
    let tool = folder.join("node_modules/.bin").join(if cfg!(windows) { "tauri.cmd" } else { "tauri" });
    if !tool.exists() {
        println!("Packages: installing {TAURI_TOOL} in target/tauri-cli.");
        std::fs::create_dir_all(&folder)?;
        let mut install = node::npm();
        install.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(&folder).arg(TAURI_TOOL);
        finish(install)?;
    }
    Ok(tool)
}

#[cfg(test)]
mod tests {
    use super::{FAILPOINT, without_failpoints};

    #[test]
    fn a_program_with_failpoints_is_not_shipped() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("timbre");
        std::fs::write(&program, b"\x7fELF and nothing more").unwrap();
        assert!(without_failpoints(&program).is_ok());
        std::fs::write(&program, [b"\x7fELF", FAILPOINT, b"\0"].concat()).unwrap();
        assert!(without_failpoints(&program).is_err());
    }
}
