//! Private sound servers with virtual devices, for this test alone.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test helper")]
#![allow(unsafe_code, reason = "the environment decides which server cpal speaks to")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Children that end with the test, the newest first.
pub struct SoundServer {
    folder: TempDir,
    children: Vec<Child>,
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl SoundServer {
    /// PulseAudio without any device.
    pub fn pulse() -> Self {
        let mut server = Self::prepare();
        let mut command = Command::new("pulseaudio");
        command
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disallow-exit=yes"])
            .args(["--realtime=no", "--high-priority=no", "--log-target=stderr", "-L"])
            .arg(format!("module-native-protocol-unix socket={}/native auth-anonymous=1", server.path().display()));
        server.start(command);
        server.wait_for_answer();
        server
    }

    /// PipeWire with its PulseAudio door, without any device.
    pub fn pipewire() -> Self {
        let mut server = Self::prepare();
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]).stdout(Stdio::piped());
        let mut bus = server.spawn(bus);
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        server.children.push(bus);
        // SAFETY: a test process with one test; no other thread reads the environment yet.
        unsafe { std::env::set_var("DBUS_SESSION_BUS_ADDRESS", address.trim()) };
        server.start(Command::new("pipewire"));
        wait_until("pipewire's socket", || server.path().join("pipewire-0").exists());
        server.start(Command::new("wireplumber"));
        server.start(Command::new("pipewire-pulse"));
        server.wait_for_answer();
        server
    }

    fn prepare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::create_dir_all(path.join("pulse")).unwrap();
        for (name, value) in [
            ("XDG_RUNTIME_DIR", path.to_owned()),
            ("XDG_CONFIG_HOME", path.join("config")),
            ("XDG_STATE_HOME", path.join("state")),
            ("PULSE_RUNTIME_PATH", path.join("pulse")),
            ("PULSE_STATE_PATH", path.join("state")),
        ] {
            // SAFETY: a test process with one test; no other thread reads the environment yet.
            unsafe { std::env::set_var(name, value) };
        }
        // SAFETY: as above.
        unsafe { std::env::remove_var("DBUS_SESSION_BUS_ADDRESS") };
        Self { folder, children: Vec::new() }
    }

    /// Folder for files of this test.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn spawn(&self, mut command: Command) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.path().join("log")).unwrap();
        command.stderr(log).stdin(Stdio::null());
        command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    /// Starts a program that ends with the test.
    pub fn start(&mut self, command: Command) {
        let child = self.spawn(command);
        self.children.push(child);
    }

    fn wait_for_answer(&self) {
        let socket = [self.path().join("native"), self.path().join("pulse/native")];
        wait_until("the server's socket", || socket.iter().any(|s| s.exists()));
        let socket = socket.iter().find(|s| s.exists()).unwrap();
        // SAFETY: as above.
        unsafe { std::env::set_var("PULSE_SERVER", format!("unix:{}", socket.display())) };
        wait_until("the server's answer", || {
            Command::new("pactl").arg("info").output().is_ok_and(|out| out.status.success())
        });
    }

    /// Runs `pactl`; its answer.
    pub fn pactl(&self, arguments: &[&str]) -> String {
        let output = Command::new("pactl").args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        let log = std::fs::read_to_string(self.path().join("log")).unwrap_or_default();
        assert!(output.status.success(), "pactl {arguments:?}: {errors}\n{log}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Plugs in a virtual device; its number for unplugging.
    pub fn load(&self, module: &str) -> String {
        let words: Vec<&str> = std::iter::once("load-module").chain(module.split(' ')).collect();
        self.pactl(&words)
    }

    /// Plays a WAV file into a sink until it ends.
    pub fn play(&mut self, wav: &Path, sink: &str) {
        let mut command = Command::new("paplay");
        command.arg("-d").arg(sink).arg(wav);
        self.start(command);
    }

    /// Records what a sink plays.
    pub fn record(&mut self, sink: &str, wav: &Path) {
        let mut command = Command::new("parec");
        command
            .args(["--file-format=wav", "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=20", "-d"])
            .arg(format!("{sink}.monitor"))
            .arg(wav);
        self.start(command);
        wait_until("the recorder", || std::fs::metadata(wav).is_ok_and(|m| m.len() > 44));
    }
}

/// Looks until it is so; 30 s at most.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "deadline: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Samples of a WAV file whose header may not be finished.
pub fn read_growing(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let data = bytes.windows(4).position(|w| w == b"data").map_or(bytes.len(), |at| at + 8).min(bytes.len());
    bytes[data..].chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect()
}
