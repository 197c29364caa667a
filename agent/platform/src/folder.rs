//! Where the program keeps its data, and where people look for what they saved, by the customs of each system.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::APPLICATION_ID;

/// The folder of the agent's data: `$XDG_DATA_HOME` or `~/.local/share` on Linux, `~/Library/Application Support` on
/// macOS, `%LOCALAPPDATA%` on Windows, each with the application id. None when the environment names no home.
pub fn data() -> Option<PathBuf> {
    below(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

/// The person's home.
pub fn home() -> Option<PathBuf> {
    let name = if cfg!(target_os = "windows") { "USERPROFILE" } else { "HOME" };
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The folder of downloads as the person or the system has named it.
pub fn downloads() -> Option<PathBuf> {
    let home = home()?;
    Some(chosen_downloads(&home).unwrap_or_else(|| home.join("Downloads")))
}

#[cfg(target_os = "windows")]
fn chosen_downloads(_home: &std::path::Path) -> Option<PathBuf> {
    const FOLDERS: &str = r"Software\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders";
    const DOWNLOADS: &str = "{374DE290-123F-4565-9164-39C4925E467B}";
    windows_registry::CURRENT_USER.open(FOLDERS).ok()?.get_string(DOWNLOADS).ok().map(PathBuf::from)
}

#[cfg(target_os = "macos")]
fn chosen_downloads(_home: &std::path::Path) -> Option<PathBuf> {
    None
}

/// What `user-dirs.dirs` says; the file is there where a desktop made it.
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn chosen_downloads(home: &std::path::Path) -> Option<PathBuf> {
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let file = config.unwrap_or_else(|| home.join(".config")).join("user-dirs.dirs");
    named_downloads(&std::fs::read_to_string(file).ok()?, home)
}

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn named_downloads(text: &str, home: &std::path::Path) -> Option<PathBuf> {
    let value = text.lines().rev().find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?;
    let value = value.trim_matches('"');
    let path = match value.strip_prefix("$HOME") {
        Some(below) => home.join(below.trim_start_matches('/')),
        None => PathBuf::from(value),
    };
    // The home itself means that there is no such folder.
    (path.is_absolute() && path != home).then_some(path)
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
    fn the_folder_of_downloads_is_the_one_that_the_person_named() {
        let named = |text| super::named_downloads(text, std::path::Path::new("/h"));
        assert_eq!(named("# x\nXDG_DOWNLOAD_DIR=\"$HOME/Descargas\"\n"), Some(PathBuf::from("/h/Descargas")));
        assert_eq!(named("XDG_DOWNLOAD_DIR=\"/mnt/d\""), Some(PathBuf::from("/mnt/d")));
        for none in ["XDG_DOWNLOAD_DIR=\"$HOME/\"", "XDG_DOWNLOAD_DIR=\"d\"", "XDG_MUSIC_DIR=\"/m\"", ""] {
            assert_eq!(named(none), None, "{none}");
        }
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
