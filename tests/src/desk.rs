//! What a scenario between two people needs: an exchange, voices, and the command line at both ends.
#![allow(clippy::unwrap_used, clippy::new_without_default, reason = "a test says by where it panics what is wrong")]

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::cli::{Account, Cli};
use crate::peers::Kamailio;
use crate::sound::{self, Voice};

/// An exchange, two voices, and a folder for what is said and heard.
pub struct Desk {
    folder: TempDir,
    /// Speech of a man.
    pub low: PathBuf,
    /// Speech of a woman.
    pub high: PathBuf,
    /// Where everybody is registered.
    pub exchange: Kamailio,
}

impl Desk {
    /// Starts the exchange.
    pub fn new() -> Self {
        Self::at(Kamailio::start().unwrap())
    }

    /// At another exchange.
    pub fn at(exchange: Kamailio) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let low = sound::speech(folder.path(), Voice::Low).unwrap();
        let high = sound::speech(folder.path(), Voice::High).unwrap();
        Self { folder, low, high, exchange }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes one call, saying `speech` and writing what is `heard`; returns when it listens.
    pub fn listen(&self, account: &Account, speech: &Path, heard: &Path, more: &[&str]) -> Cli {
        let file = account.write(self.path(), &self.exchange).unwrap();
        let mut arguments =
            vec!["listen", "--account", text(&file), "--calls", "1", "--mic", text(speech), "--speaker", text(heard)];
        arguments.extend(more);
        let mut cli = Cli::start(self.path(), &arguments).unwrap();
        cli.wait_for("listening").unwrap();
        cli
    }

    /// Calls `to`, saying `speech` and writing what is `heard`.
    pub fn call(&self, account: &Account, to: &str, speech: &Path, heard: &Path, more: &[&str]) -> Cli {
        let file = account.write(self.path(), &self.exchange).unwrap();
        let mut arguments = vec!["call", to, "--account", text(&file), "--mic", text(speech), "--speaker", text(heard)];
        arguments.extend(more);
        Cli::start(self.path(), &arguments).unwrap()
    }
}

/// A path of a test, which is made of plain characters.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
