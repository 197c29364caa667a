//! SIPp: plays one side of a call, message by message, and says which one it waited for in vain.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tempfile::TempDir;

use super::{Peer, free_port, free_port_pair_range, wait_until};

/// How long a scenario may take. Generous: a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running scenario.
pub struct Sipp {
    /// Where it listens, UDP.
    pub port: u16,
    peer: Peer,
    folder: TempDir,
}

impl Sipp {
    /// Plays `scenario`, a file of the folder `sipp` beside this one, for so many calls that the other side begins.
    pub fn answers(scenario: &str, calls: u32) -> Result<Self> {
        Self::start(scenario, "127.0.0.1", &["-m", &calls.to_string()])
    }

    fn start(scenario: &str, source: &str, more: &[&str]) -> Result<Self> {
        let folder = TempDir::new()?;
        let (port, media) = (free_port()?, free_port_pair_range(4)?);
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/peers/sipp").join(scenario);
        let mut command = Command::new("sipp");
        command.current_dir(folder.path()).arg("-sf").arg(&scenario);
        command.args(["-i", source, "-p", &port.to_string(), "-mi", source, "-mp", &media.to_string(), "-rtp_echo"]);
        command.args(["-nostdin", "-trace_err", "-trace_screen", "-error_file", "errors", "-screen_file", "screen"]);
        command.args(more);
        let log = folder.path().join("log");
        let mut sipp = Self { port, peer: Peer::spawn("sipp", &mut command, &log)?, folder };
        wait_until("sipp has its port", PATIENCE, || !sipp.peer.alive() || taken(source, port))?;
        Ok(sipp)
    }

    /// Waits until the scenario is over; an error shows what went otherwise than it says.
    pub fn finish(mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.peer.ended()? {
                Some(true) => return Ok(()),
                Some(false) => bail!("the call went otherwise than the scenario says\n{}", self.story()),
                None if Instant::now() > deadline => bail!("the scenario is not over\n{}", self.story()),
                None => std::thread::park_timeout(Duration::from_millis(20)),
            }
        }
    }

    fn story(&self) -> String {
        ["errors", "screen", "log"].map(|name| read(&self.folder.path().join(name))).join("\n")
    }
}

fn read(path: &PathBuf) -> String {
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// Whether somebody has bound this UDP port.
fn taken(address: &str, port: u16) -> bool {
    std::net::UdpSocket::bind((address, port)).is_err()
}
