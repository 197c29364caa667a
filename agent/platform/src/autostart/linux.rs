//! Linux: a desktop file in the person's `autostart` folder (Desktop Application Autostart Specification 0.5).

use std::path::{Path, PathBuf};

use super::{AutostartError, HIDDEN, file};
use crate::{APPLICATION_ID, APPLICATION_NAME};

pub fn is_on() -> Result<bool, AutostartError> {
    Ok(std::fs::read_to_string(place()?).is_ok_and(|text| starts(&text)))
}

pub fn set(on: bool) -> Result<(), AutostartError> {
    let place = place()?;
    if on { file::write(&place, &entry(&std::env::current_exe()?)) } else { file::remove(&place) }
}

fn place() -> Result<PathBuf, AutostartError> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
    Ok(config.ok_or(AutostartError::NoHome)?.join("autostart").join(format!("{APPLICATION_ID}.desktop")))
}

/// Desktops turn an entry off by these lines, without taking the file away.
fn starts(text: &str) -> bool {
    let off = ["hidden=true", "x-gnome-autostart-enabled=false"];
    !text.lines().any(|line| off.contains(&line.replace(' ', "").to_lowercase().as_str()))
}

fn entry(program: &Path) -> String {
    let program = quoted(&program.display().to_string());
    format!("[Desktop Entry]\nType=Application\nName={APPLICATION_NAME}\nExec={program} {HIDDEN}\nTerminal=false\n")
}

/// A path as an `Exec` line wants it: quoted, and with the escapes of a string of a desktop file on top.
fn quoted(path: &str) -> String {
    let mut out = String::from("\"");
    for c in path.chars() {
        match c {
            '"' | '`' | '$' => out.push_str(&format!("\\\\{c}")),
            '\\' => out.push_str("\\\\\\\\"),
            '%' => out.push_str("%%"),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{entry, starts};

    #[test]
    fn the_entry_starts_this_program_hidden() {
        let text = entry(Path::new("/opt/My Phone/timbre"));
        assert!(text.contains("\nExec=\"/opt/My Phone/timbre\" --hidden\n"), "{text}");
        assert!(starts(&text));
        let odd = entry(Path::new("/a$b/100%/t"));
        assert!(odd.contains("\nExec=\"/a\\\\$b/100%%/t\" --hidden\n"), "{odd}");
    }

    #[test]
    fn an_entry_that_the_desktop_turned_off_does_not_start() {
        assert!(!starts("[Desktop Entry]\nExec=timbre\nHidden=true\n"));
        assert!(!starts("[Desktop Entry]\nExec=timbre\nX-GNOME-Autostart-enabled = false\n"));
    }
}
