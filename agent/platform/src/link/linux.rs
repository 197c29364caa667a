//! Linux: the desktop file's `MimeType` offers us; `xdg-mime` tells and sets the default.

use std::process::Command;

use super::{Change, Handler, LinkError, SCHEMES};
use crate::program;

/// The desktop file that our packages install.
const DESKTOP_FILE: &str = "Timbre.desktop";

pub fn handler(scheme: &str) -> Result<Handler, LinkError> {
    let mut ask = program::command("xdg-mime");
    ask.args(["query", "default", &mime_type(scheme)]);
    Ok(told(&run(ask)?))
}

pub fn become_default() -> Result<Change, LinkError> {
    let mut set = program::command("xdg-mime");
    set.args(["default", DESKTOP_FILE]).args(SCHEMES.map(mime_type));
    run(set)?;
    // xdg-mime also accepts a file that is not installed: look what came of it.
    match handler(SCHEMES[0])? {
        Handler::Ours => Ok(Change::Done),
        _ => Err(LinkError::NotInstalled),
    }
}

fn mime_type(scheme: &str) -> String {
    format!("x-scheme-handler/{scheme}")
}

fn told(answer: &str) -> Handler {
    match answer.trim() {
        "" => Handler::Nobody,
        DESKTOP_FILE => Handler::Ours,
        other => Handler::Other(other.trim_end_matches(".desktop").to_owned()),
    }
}

fn run(mut command: Command) -> Result<String, LinkError> {
    let out = command.output().map_err(|_| LinkError::Missing("xdg-mime"))?;
    if !out.status.success() {
        return Err(LinkError::Refused(String::from_utf8_lossy(&out.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Handler, told};

    #[test]
    fn the_answer_of_the_desktop_is_understood() {
        assert_eq!(told("Timbre.desktop\n"), Handler::Ours);
        assert_eq!(told("\n"), Handler::Nobody);
        assert_eq!(told("org.gnome.Calls.desktop\n"), Handler::Other("org.gnome.Calls".into()));
    }
}
