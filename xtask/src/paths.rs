//! Where things stand in the working copy.

use std::path::{Path, PathBuf};

/// The folder with the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder of the interface.
pub fn ui() -> PathBuf {
    root().join("ui")
}

/// The program of the app as `cargo build` leaves it.
pub fn app(profile: &str) -> PathBuf {
    target().join(profile).join(format!("timbre{}", std::env::consts::EXE_SUFFIX))
}
