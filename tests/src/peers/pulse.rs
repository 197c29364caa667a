//! A private PulseAudio server with virtual sound cards.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::{Peer, wait_until};

/// A microphone that can be fed and a loudspeaker that can be heard.
#[derive(Clone, Debug)]
pub struct VirtualCard {
    /// Sink to play into so that the microphone hears it.
    pub microphone_feed: String,
    /// Source that a program records from.
    pub microphone: String,
    /// Sink that a program plays to; `.monitor` of it can be recorded.
    pub speaker: String,
}

/// A running server.
pub struct PulseServer {
    folder: TempDir,
    _peer: Peer,
}

impl PulseServer {
    /// Starts a server without any card.
    pub fn start() -> Result<Self> {
        let folder = TempDir::new()?;
        let path = folder.path();
        let mut command = Command::new("pulseaudio");
        command
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disallow-exit=yes"])
            .args(["--realtime=no", "--high-priority=no", "--log-target=stderr", "-L"])
            .arg(format!("module-native-protocol-unix socket={}/native auth-anonymous=1", path.display()))
            .env("XDG_RUNTIME_DIR", path)
            .env("XDG_CONFIG_HOME", path)
            .env("PULSE_RUNTIME_PATH", path)
            .env("PULSE_STATE_PATH", path)
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        let peer = Peer::spawn("pulseaudio", &mut command, &path.join("log"))?;
        let server = Self { folder, _peer: peer };
        wait_until("pulseaudio answers", Duration::from_secs(20), || server.pactl(&["info"]).is_ok())?;
        Ok(server)
    }

    /// For `PULSE_SERVER` of the programs that shall use it.
    pub fn address(&self) -> String {
        format!("unix:{}", self.folder.path().join("native").display())
    }

    /// Plugs in a card and makes it the default; answers what to call its parts.
    pub fn plug_in(&self, name: &str) -> Result<VirtualCard> {
        let card = VirtualCard {
            microphone_feed: format!("{name}_feed"),
            microphone: format!("{name}_mic"),
            speaker: format!("{name}_speaker"),
        };
        for sink in [&card.speaker, &card.microphone_feed] {
            self.load(&format!("module-null-sink sink_name={sink} rate=48000 channels=1 format=s16le"))?;
        }
        self.load(&format!(
            "module-remap-source source_name={} master={}.monitor source_properties=device.description={}",
            card.microphone, card.microphone_feed, card.microphone
        ))?;
        self.pactl(&["set-default-sink", &card.speaker])?;
        self.pactl(&["set-default-source", &card.microphone])?;
        Ok(card)
    }

    /// Loads a module; answers its number for [`Self::unload`].
    pub fn load(&self, module: &str) -> Result<String> {
        let words: Vec<&str> = std::iter::once("load-module").chain(module.split(' ')).collect();
        Ok(self.pactl(&words)?.trim().to_owned())
    }

    /// Unloads a module: the device it made is unplugged.
    pub fn unload(&self, number: &str) -> Result<()> {
        self.pactl(&["unload-module", number]).map(drop)
    }

    /// Runs `pactl` against this server.
    pub fn pactl(&self, arguments: &[&str]) -> Result<String> {
        let output =
            Command::new("pactl").args(arguments).env("PULSE_SERVER", self.address()).output().context("pactl")?;
        ensure!(output.status.success(), "pactl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Feeds a WAV file into a card's microphone until it ends or the answer is dropped.
    pub fn speak(&self, card: &VirtualCard, wav: &std::path::Path) -> Result<Peer> {
        let mut command = Command::new("paplay");
        command.arg("-d").arg(&card.microphone_feed).arg(wav).env("PULSE_SERVER", self.address());
        Peer::spawn("paplay", &mut command, &self.folder.path().join("paplay.log"))
    }

    /// Records what a card's loudspeaker plays, 48 kHz mono, until the answer is dropped.
    pub fn listen(&self, card: &VirtualCard, to: &std::path::Path) -> Result<Peer> {
        let mut command = Command::new("parec");
        command
            .args(["--file-format=wav", "--rate=48000", "--channels=1", "--latency-msec=20", "-d"])
            .arg(format!("{}.monitor", card.speaker))
            .arg(to)
            .env("PULSE_SERVER", self.address());
        Peer::spawn("parec", &mut command, &self.folder.path().join("parec.log"))
    }

    /// Folder for files that belong to this server.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}
