//! Which system this is, how to ask, and how to run things.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Whether questions are answered beforehand.
#[derive(Clone, Copy)]
pub struct Consent {
    /// Every answer is yes.
    pub yes: bool,
}

impl Consent {
    /// Asks; without a terminal the answer is no unless `--yes` was given.
    pub fn to(self, question: &str) -> Result<bool> {
        if self.yes {
            println!("{question} yes (--yes)");
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() {
            println!("{question} no (no terminal to ask; --yes answers)");
            return Ok(false);
        }
        print!("{question} [y/N] ");
        std::io::stdout().flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "s" | "S" | "si" | "sí"))
    }
}

/// The systems that installing differs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Debian, Ubuntu and what is made of them: packages come by apt.
    Debian,
    /// Fedora and its family: what to install is printed.
    Fedora,
    /// Another Linux: what to install is printed by Debian's names.
    OtherLinux,
    /// macOS: what to install is printed.
    MacOs,
    /// Windows: what to install is printed.
    Windows,
}

impl System {
    /// This machine's system.
    pub fn here() -> Self {
        if cfg!(target_os = "macos") {
            return Self::MacOs;
        }
        if cfg!(target_os = "windows") {
            return Self::Windows;
        }
        Self::of_os_release(&std::fs::read_to_string("/etc/os-release").unwrap_or_default())
    }

    fn of_os_release(text: &str) -> Self {
        let words: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .flat_map(|value| value.trim_matches('"').split_whitespace())
            .collect();
        if words.iter().any(|word| matches!(*word, "debian" | "ubuntu")) {
            Self::Debian
        } else if words.iter().any(|word| matches!(*word, "fedora" | "rhel" | "centos")) {
            Self::Fedora
        } else {
            Self::OtherLinux
        }
    }
}

/// Whether a program is found and answers.
pub fn answers(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a prepared command to its end; an exit status other than 0 is an error.
pub fn finish(mut command: Command) -> Result<()> {
    let shown = show(&command);
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

/// The command as one would type it.
pub fn show(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Runs a program as the machine's administrator: directly if we are it, else through sudo.
pub fn as_administrator(program: &str, arguments: &[&str]) -> Result<Command> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0");
    if is_root {
        let mut command = Command::new(program);
        command.args(arguments);
        return Ok(command);
    }
    if !answers("sudo", &["--version"]) {
        bail!("{program} needs administrator rights, and there is no sudo: run as root, or install sudo");
    }
    let mut command = Command::new("sudo");
    command.arg(program).args(arguments);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::System;

    #[test]
    fn systems_are_told_by_their_family() {
        assert_eq!(
            System::of_os_release("NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"),
            System::Debian
        );
        assert_eq!(System::of_os_release("ID=debian\n"), System::Debian);
        assert_eq!(System::of_os_release("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), System::Fedora);
        assert_eq!(System::of_os_release("ID=arch\n"), System::OtherLinux);
    }
}
