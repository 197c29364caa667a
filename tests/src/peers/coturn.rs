//! coturn: STUN and TURN over UDP.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::{Peer, free_port, wait_until};

/// A running server with one user.
pub struct Coturn {
    /// Where it listens.
    pub address: SocketAddr,
    _peer: Peer,
    folder: TempDir,
}

impl Coturn {
    /// Its user.
    pub const USER: &'static str = "agents";
    /// Its user's password.
    pub const PASSWORD: &'static str = "relay-481516";

    /// Starts it on an address of this machine.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start_at(ip: IpAddr) -> Result<Self> {
        let folder = TempDir::new()?;
        let port = free_port()?;
        let user = format!("{}:{}", Self::USER, Self::PASSWORD);
        let (ip_text, log) = (ip.to_string(), folder.path().join("log"));
        let mut command = Command::new("turnserver");
        command.current_dir(folder.path());
        // `-n`: no configuration of the machine's own.
        command.args([
            "-n",
            "--no-cli",
            "--no-tls",
            "--no-dtls",
            "--no-tcp",
            "--fingerprint",
            "--lt-cred-mech",
            "--verbose",
        ]);
        command.args(["--listening-ip", &ip_text, "--listening-port", &port.to_string(), "--relay-ip", &ip_text]);
        command.args(["--min-port", "55000", "--max-port", "55999", "--user", &user, "--realm", "timbre.test"]);
        command.args(["--allow-loopback-peers", "--log-file", "stdout", "--pidfile", "pid", "--userdb", "users"]);
        let peer = Peer::spawn("turnserver", &mut command, &log)?;
        let address = SocketAddr::new(ip, port);
        wait_until("coturn answers", Duration::from_secs(20), || answers(address))
            .with_context(|| std::fs::read_to_string(&log).unwrap_or_default())?;
        Ok(Self { address, _peer: peer, folder })
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn answers(address: SocketAddr) -> bool {
    let Ok(socket) = UdpSocket::bind(SocketAddr::new(address.ip(), 0)) else { return false };
    let _ = socket.set_read_timeout(Some(Duration::from_millis(200)));
    // RFC 8489 §5: a binding request without attributes.
    let question = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    socket.send_to(&question, address).is_ok() && socket.recv(&mut [0; 600]).is_ok()
}
