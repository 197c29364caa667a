//! rtpengine as an exchange's relay of sound: RTP on one side, SRTP with either kind of keys on the other. Without its kernel module.

use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::{Peer, free_port, free_port_pair_range, wait_until};

/// A running relay on loopback.
pub struct RtpEngine {
    /// Where an exchange asks it (UDP, its protocol `ng`).
    pub port: u16,
    _peer: Peer,
    folder: TempDir,
}

impl RtpEngine {
    /// Starts it and waits until it answers.
    pub fn start() -> Result<Self> {
        let folder = TempDir::new()?;
        let (port, media) = (free_port()?, free_port_pair_range(40)?);
        let log = folder.path().join("log");
        let mut command = Command::new("rtpengine");
        command.args(["--config-file=none", "--foreground", "--log-stderr", "--log-level=6", "--table=-1"]);
        command.args(["--interface=127.0.0.1", "--no-redis-required", "--num-threads=2", "--timeout=60"]);
        command
            .arg(format!("--listen-ng=127.0.0.1:{port}"))
            .arg(format!("--pidfile={}", folder.path().join("pid").display()));
        command.arg(format!("--port-min={media}")).arg(format!("--port-max={}", media + 39));
        let peer = Peer::spawn("rtpengine", &mut command, &log)?;
        let relay = Self { port, _peer: peer, folder };
        wait_until("rtpengine answers", Duration::from_secs(20), || answers(port)).with_context(|| relay.log())?;
        Ok(relay)
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn answers(port: u16) -> bool {
    let Ok(socket) = UdpSocket::bind("127.0.0.1:0") else { return false };
    let _ = socket.set_read_timeout(Some(Duration::from_millis(200)));
    let mut answer = [0; 100];
    socket.send_to(b"1 d7:command4:pinge", ("127.0.0.1", port)).is_ok()
        && socket.recv(&mut answer).is_ok_and(|length| answer[..length].windows(4).any(|part| part == b"pong"))
}
