//! A child process that ends with its owner, and waiting for what it does.

use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A peer process. Dropping it ends the process that we started, and no other.
pub struct Peer {
    child: Child,
}

impl Peer {
    /// Starts `command` with its output in `log`.
    pub fn spawn(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let out = File::create(log).with_context(|| format!("log of {name}"))?;
        let child = command
            .stdin(Stdio::piped())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("{name} is not installed; `cargo xtask test` installs it"))?;
        Ok(Self { child })
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard input, once.
    pub fn input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether it ended, and if so, whether well.
    pub fn ended(&mut self) -> Result<Option<bool>> {
        Ok(self.child.try_wait()?.map(|status| status.success()))
    }

    /// Asks it to end, and insists after two seconds.
    pub fn end(&mut self) {
        if !self.alive() {
            return;
        }
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let deadline = Instant::now() + Duration::from_secs(2);
        while self.alive() && Instant::now() < deadline {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.end();
    }
}

static PORTS: Mutex<()> = Mutex::new(());

/// A port that is free for UDP and TCP on loopback at this moment.
pub fn free_port() -> Result<u16> {
    let _one_at_a_time = PORTS.lock().expect("no test panics while it holds this lock");
    for _ in 0..100 {
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        let port = tcp.local_addr()?.port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port on loopback")
}

/// The first of `count` ports in a row that are free for UDP; even, as RTP wants it.
pub fn free_port_pair_range(count: u16) -> Result<u16> {
    for _ in 0..100 {
        let start = free_port()? & !1;
        let Some(last) = start.checked_add(count) else { continue };
        if (start..last).all(|port| UdpSocket::bind(("127.0.0.1", port)).is_ok()) {
            return Ok(start);
        }
    }
    bail!("no free range of {count} ports on loopback")
}

/// Asks `done` again and again until it says yes; an error names `what` after `limit`.
pub fn wait_until(what: &str, limit: Duration, mut done: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + limit;
    while !done() {
        if Instant::now() > deadline {
            bail!("waited {limit:?} in vain for: {what}");
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}
