//! linphonec as the other side: a telephone that knows RFC 3891; it speaks a file and writes down what it hears, if it is told so.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::{Kamailio, Peer, REALM, User, free_port, free_port_pair_range, wait_until};

/// A running linphonec that is registered over UDP.
pub struct Linphone {
    input: ChildStdin,
    peer: Peer,
    folder: TempDir,
}

impl Linphone {
    /// Starts it at `exchange` and waits until it is registered; it neither speaks nor answers by itself.
    pub fn start(exchange: &Kamailio, user: User) -> Result<Self> {
        Self::begin(exchange, user, "none", false)
    }

    /// The same, speaking a WAV file. `encryption` is `none` or `srtp` (SDES); with `answers` it takes calls by itself.
    pub fn speaking(exchange: &Kamailio, user: User, speech: &Path, encryption: &str, answers: bool) -> Result<Self> {
        let mut started = Self::begin(exchange, user, encryption, answers)?;
        started.say(&format!("play {}", speech.display()))?;
        started.say(&format!("record {}", started.heard().display()))?;
        Ok(started)
    }

    fn begin(exchange: &Kamailio, user: User, encryption: &str, answers: bool) -> Result<Self> {
        let folder = TempDir::new()?;
        std::fs::create_dir_all(folder.path().join(".local/share/linphone"))?;
        let file = folder.path().join("rc");
        std::fs::write(&file, configuration(exchange, user, encryption)?)?;
        let mut command = Command::new("linphonec");
        command
            .args(answers.then_some("-a"))
            .arg("-c")
            .arg(&file)
            .args(["-d", "6", "-l"])
            .arg(folder.path().join("debug"));
        command.env("HOME", folder.path()).current_dir(folder.path()).stdin(Stdio::piped());
        let mut peer = Peer::spawn("linphonec", &mut command, &folder.path().join("log"))?;
        let input = peer.input().context("linphonec takes commands")?;
        let mut started = Self { input, peer, folder };
        // What it prints comes late: it is held back in its own pipe.
        let registered = || started.story().contains("LinphoneRegistrationOk");
        wait_until("linphonec is registered", Duration::from_secs(20), registered).with_context(|| started.story())?;
        started.say("soundcard use files")?;
        Ok(started)
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Everything that it did, for a failing test.
    pub fn story(&self) -> String {
        let bytes = std::fs::read(self.folder.path().join("debug")).unwrap_or_default();
        format!("{}\n{}", self.log(), String::from_utf8_lossy(&bytes))
    }

    /// Dials a user of the exchange.
    pub fn dial(&mut self, user: &str) -> Result<()> {
        self.say(&format!("call sip:{user}@{REALM}"))
    }

    /// Answers the second call, which rings while the first does; one with Replaces takes its place (RFC 3891).
    pub fn accept_second(&mut self) -> Result<()> {
        self.say("answer 2")
    }

    /// Ends the call.
    pub fn hang_up(&mut self) -> Result<()> {
        self.say("terminate")
    }

    /// Ends it; only then what it heard is whole, and is copied to `file`.
    pub fn finish(mut self, file: &Path) -> Result<()> {
        self.say("quit")?;
        wait_until("linphonec ends", Duration::from_secs(20), || !self.peer.alive()).with_context(|| self.story())?;
        // It leaves a header without the length of what follows.
        let mut sox = Command::new("sox");
        let status = sox.args(["-V1", "--ignore-length"]).arg(self.heard()).arg(file).status().context("sox")?;
        anyhow::ensure!(status.success(), "sox failed");
        Ok(())
    }

    /// Waits until it went through this state of a call, as it calls it itself.
    pub fn reaches(&self, state: &str) -> Result<()> {
        wait_until(state, Duration::from_secs(30), || self.story().contains(state)).with_context(|| self.story())
    }

    fn heard(&self) -> PathBuf {
        self.folder.path().join("heard.wav")
    }

    /// Holds its call.
    pub fn hold(&mut self) -> Result<()> {
        self.say("pause")
    }

    fn say(&mut self, command: &str) -> Result<()> {
        writeln!(self.input, "{command}")?;
        Ok(self.input.flush()?)
    }
}

fn configuration(exchange: &Kamailio, user: User, encryption: &str) -> Result<String> {
    let (sip, rtp, port) = (free_port()?, free_port_pair_range(4)?, exchange.port);
    let User { name, password } = user;
    Ok(format!(
        "[sip]\nsip_port={sip}\nsip_tcp_port=-1\nsip_tls_port=-1\nbind_address=127.0.0.1\ndefault_proxy=0\nuse_ipv6=0\n\
         guess_hostname=0\nmedia_encryption={encryption}\ncontact=<sip:{name}@127.0.0.1>\nregister_only_when_network_is_up=0\n\
         [rtp]\naudio_rtp_port={rtp}\n[sound]\nechocancellation=0\nremote_ring=\nlocal_ring=\n\
         [net]\nfirewall_policy=none\n\
         [auth_info_0]\nusername={name}\npasswd={password}\nrealm={REALM}\ndomain={REALM}\nalgorithm=MD5\n\
         [proxy_0]\nreg_proxy=<sip:127.0.0.1:{port};transport=udp>\nreg_route=<sip:127.0.0.1:{port};transport=udp;lr>\n\
         reg_identity=sip:{name}@{REALM}\nreg_expires=600\nreg_sendregister=1\npublish=0\nquality_reporting_enabled=0\n"
    ))
}
