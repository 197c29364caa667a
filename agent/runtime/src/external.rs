//! The system's programs for pages and mail.

use std::process::Stdio;

use agent::port::external::{External, OpenError};
use platform::program::command;

/// Asks the system to open an address. The address is one argument of a program, never a line of a shell.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemPrograms;

impl External for SystemPrograms {
    fn open(&self, url: &str) -> Result<(), OpenError> {
        let (program, first): (&str, &[&str]) = if cfg!(target_os = "macos") {
            ("open", &[])
        } else if cfg!(target_os = "windows") {
            ("rundll32", &["url.dll,FileProtocolHandler"])
        } else {
            ("xdg-open", &[])
        };
        let status = command(program)
            .args(first)
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match status {
            Ok(status) if status.success() => Ok(()),
            _ => Err(OpenError),
        }
    }
}
