//! Where the program keeps its data, by the customs of each system.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::APPLICATION_ID;

/// The folder of the agent's data: `$XDG_DATA_HOME` or `~/.local/share` on Linux, `~/Library/Application Support` on
/// macOS, `%LOCALAPPDATA%` on Windows, each with the application id. None when the environment names no home.
pub fn data() -> Option<PathBuf> {
    below(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

#[cfg(target_os = "windows")]
fn below(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    Some(PathBuf::from(variable("LOCALAPPDATA")?).join(APPLICATION_ID))
}

#[cfg(target_os = "macos")]
fn below(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    Some(PathBuf::from(variable("HOME")?).join("Library/Application Support").join(APPLICATION_ID))
}

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn below(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // XDG Base Directory: a relative path is to be ignored.
    let stated = variable("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = match stated {
        Some(base) => base,
        None => PathBuf::from(variable("HOME")?).join(".local/share"),
    };
    Some(base.join(APPLICATION_ID))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::ffi::OsString;
    use std::path::PathBuf;

    use super::below;
    use crate::APPLICATION_ID;

    fn with(variables: &'static [(&str, &str)]) -> Option<PathBuf> {
        below(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn the_data_folder_follows_the_base_directory_rules() {
        assert_eq!(with(&[("HOME", "/h")]), Some(PathBuf::from("/h/.local/share").join(APPLICATION_ID)));
        assert_eq!(with(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")]), Some(PathBuf::from("/d").join(APPLICATION_ID)));
        assert_eq!(
            with(&[("HOME", "/h"), ("XDG_DATA_HOME", "d")]),
            Some(PathBuf::from("/h/.local/share").join(APPLICATION_ID))
        );
        assert_eq!(with(&[]), None);
    }
}
