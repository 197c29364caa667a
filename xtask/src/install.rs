//! System packages get there: by apt after a question, elsewhere by the person who reads what is missing.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::packages::Package;
use crate::system::{Consent, System, answers, as_administrator, finish};

/// Sees to it that all of these are there.
///
/// On Debian and Ubuntu what is missing is installed after a question. Elsewhere it is printed, and this fails until it is
/// there; what has no known name there is printed by Debian's name and taken to be there.
pub fn ensure(lists: &[&[Package]], consent: Consent) -> Result<()> {
    let wanted: Vec<&Package> = lists.iter().copied().flatten().collect();
    match System::here() {
        System::Debian => ensure_by_apt(&wanted, consent),
        System::Fedora => {
            unnamed(wanted.iter().filter(|p| p.fedora.is_none()).copied());
            let names = wanted.iter().filter_map(|p| Some((p.fedora?, p.purpose)));
            demand(names.filter(|(name, _)| !answers("rpm", &["--query", name])), "sudo dnf install")
        }
        System::OtherLinux => {
            unnamed(wanted.into_iter());
            Ok(())
        }
        System::MacOs => {
            let tools = !answers("xcode-select", &["--print-path"]);
            let tools = tools.then_some(("xcode-select --install", "C compiler and linker"));
            let cmake = (!answers("cmake", &["--version"])).then_some(("brew install cmake", "builds the Opus codec"));
            demand(tools.into_iter().chain(cmake), "")
        }
        System::Windows => {
            let studio = !Path::new(STUDIO).exists();
            let studio = studio.then_some((
                "Microsoft.VisualStudio.2022.BuildTools",
                "compiler and linker: choose \"Desktop development with C++\"",
            ));
            let cmake = (!answers("cmake", &["--version"])).then_some(("Kitware.CMake", "builds the Opus codec"));
            demand(studio.into_iter().chain(cmake), "winget install")
        }
    }
}

/// Where Microsoft's installer says which compilers are there.
const STUDIO: &str = r"C:\Program Files (x86)\Microsoft Visual Studio\Installer\vswhere.exe";

/// Says what is missing and fails, unless nothing is.
fn demand<'a>(missing: impl Iterator<Item = (&'a str, &'a str)>, command: &str) -> Result<()> {
    let missing: Vec<(&str, &str)> = missing.collect();
    if missing.is_empty() {
        println!("System packages: all there.");
        return Ok(());
    }
    println!("System packages that are missing:");
    for (name, purpose) in &missing {
        println!("  {name:32} {purpose}");
    }
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    if command.is_empty() {
        bail!("run these, then this again:\n  {}", names.join("\n  "));
    }
    bail!("install them, then run this again:\n  {command} {}", names.join(" "))
}

/// What is looked for under Debian's name alone.
fn unnamed<'a>(packages: impl Iterator<Item = &'a Package>) {
    let mut packages = packages.peekable();
    if packages.peek().is_some() {
        println!(
            "Needed too, by Debian's names (this program does not know your system's and does not look for them):"
        );
    }
    for p in packages {
        println!("  {:32} {}", p.debian, p.purpose);
    }
}

fn ensure_by_apt(wanted: &[&Package], consent: Consent) -> Result<()> {
    let missing: Vec<&Package> = wanted.iter().filter(|p| !is_installed(p.debian)).copied().collect();
    if missing.is_empty() {
        println!("System packages: all there.");
        return Ok(());
    }
    println!("System packages that are missing:");
    for p in &missing {
        println!("  {:32} {}", p.debian, p.purpose);
    }
    println!("Their services are not started: {POLICY} forbids it while they are installed and is removed after that.");
    if !consent.to("Install them with apt-get?")? {
        let names: Vec<&str> = missing.iter().map(|p| p.debian).collect();
        bail!(
            "packages are missing; install them with:\n  sudo apt-get install --no-install-recommends {}",
            names.join(" ")
        );
    }
    let quiet = QuietServices::begin()?;
    let names: Vec<&str> = missing.iter().map(|p| p.debian).collect();
    if apt(&install_words(&names)).is_err() {
        // The lists of a fresh machine are often empty or old.
        apt(&["update"])?;
        apt(&install_words(&names)).context("apt-get install")?;
    }
    quiet.end()
}

fn install_words<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["install", "--yes", "--no-install-recommends"];
    words.extend_from_slice(names);
    words
}

fn apt(words: &[&str]) -> Result<()> {
    let mut all = vec!["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"];
    all.extend_from_slice(words);
    let mut command = as_administrator("env", &all)?;
    command.stdin(Stdio::null());
    finish(command)
}

fn is_installed(debian: &str) -> bool {
    Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", debian])
        .output()
        .is_ok_and(|out| out.stdout == b"installed")
}

/// While it lives, installed packages do not start their services: the tests start their own, on their own ports.
struct QuietServices {
    ours: bool,
}

const POLICY: &str = "/usr/sbin/policy-rc.d";

impl QuietServices {
    fn begin() -> Result<Self> {
        if std::path::Path::new(POLICY).exists() {
            return Ok(Self { ours: false });
        }
        finish(as_administrator(
            "sh",
            &["-c", &format!("printf '#!/bin/sh\\nexit 101\\n' >{POLICY} && chmod 755 {POLICY}")],
        )?)?;
        Ok(Self { ours: true })
    }

    fn end(mut self) -> Result<()> {
        self.remove()
    }

    fn remove(&mut self) -> Result<()> {
        if std::mem::take(&mut self.ours) {
            finish(as_administrator("rm", &["-f", POLICY])?)?;
        }
        Ok(())
    }
}

impl Drop for QuietServices {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            eprintln!("{POLICY} could not be removed, please remove it: {error}");
        }
    }
}
