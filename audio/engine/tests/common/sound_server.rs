//! Private sound servers with virtual devices, for this test alone.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test helper")]
#![allow(unsafe_code, reason = "the environment decides which server cpal speaks to")]

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use pulseaudio::protocol::{
    self, AuthParams, AuthReply, ClientInfo, ClientInfoList, Command, Prop, Props, SetClientNameReply,
};

use tempfile::TempDir;

/// Children that end with the test, the newest first.
pub struct SoundServer {
    folder: TempDir,
    socket: PathBuf,
    /// Loads a virtual speaker whose name takes the place of `NAME`.
    speaker_module: &'static str,
    children: Vec<Child>,
    /// Players and recorders.
    tools: Vec<Child>,
}

/// A virtual microphone: it hears what is played into the sink `NAME_feed`.
pub struct Microphone {
    feed: String,
    source: String,
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        self.end_tools();
        end(&mut self.children);
    }
}

fn end(children: &mut Vec<Child>) {
    for mut child in children.drain(..).rev() {
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl SoundServer {
    /// PulseAudio without any device.
    pub fn pulse() -> Self {
        let mut server = Self::prepare("module-null-sink sink_name=NAME rate=48000 channels=1 format=float32le");
        let mut command = std::process::Command::new("pulseaudio");
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
        let mut server =
            Self::prepare("module-null-sink media.class=Audio/Sink sink_name=NAME channel_map=mono rate=48000");
        let mut bus = std::process::Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]).stdout(Stdio::piped());
        let mut bus = server.spawn(bus);
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        server.children.push(bus);
        // SAFETY: a test process with one test; no other thread reads the environment yet.
        unsafe { std::env::set_var("DBUS_SESSION_BUS_ADDRESS", address.trim()) };
        server.start(std::process::Command::new("pipewire"));
        wait_until("pipewire's socket", || server.path().join("pipewire-0").exists());
        server.start(std::process::Command::new("wireplumber"));
        server.start(std::process::Command::new("pipewire-pulse"));
        server.wait_for_answer();
        server
    }

    fn prepare(speaker_module: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::create_dir_all(path.join("pulse")).unwrap();
        for (name, value) in [
            // A user without a cookie: nothing here asks for one.
            ("HOME", path.to_owned()),
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
        Self { folder, socket: PathBuf::new(), speaker_module, children: Vec::new(), tools: Vec::new() }
    }

    /// Folder for files of this test.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn spawn(&self, mut command: std::process::Command) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.path().join("log")).unwrap();
        command.stderr(log).stdin(Stdio::null());
        command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    /// Starts a program that ends with the test.
    pub fn start(&mut self, command: std::process::Command) {
        let child = self.spawn(command);
        self.children.push(child);
    }

    fn wait_for_answer(&mut self) {
        let socket = [self.path().join("native"), self.path().join("pulse/native")];
        wait_until("the server's socket", || socket.iter().any(|s| s.exists()));
        let socket = socket.iter().find(|s| s.exists()).unwrap();
        self.socket.clone_from(socket);
        // SAFETY: as above.
        unsafe { std::env::set_var("PULSE_SERVER", format!("unix:{}", socket.display())) };
        wait_until("the server's answer", || {
            std::process::Command::new("pactl").arg("info").output().is_ok_and(|out| out.status.success())
        });
    }

    /// Runs `pactl`; its answer.
    pub fn pactl(&self, arguments: &[&str]) -> String {
        let output = std::process::Command::new("pactl").args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "pactl {arguments:?}: {errors}\n{}", self.log());
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Makes a `sink` or `source` the default, as soon as the server can: its session manager may not be up yet.
    pub fn set_default(&self, what: &str, name: &str) {
        wait_until("the server takes a default", || {
            let mut command = std::process::Command::new("pactl");
            command.arg(format!("set-default-{what}")).arg(name).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        });
    }

    /// Plugs in a virtual device; its number for unplugging.
    pub fn load(&self, module: &str) -> String {
        let words: Vec<&str> = std::iter::once("load-module").chain(module.split(' ')).collect();
        self.pactl(&words)
    }

    /// Plugs in a speaker; its number for unplugging.
    pub fn load_speaker(&self, name: &str) -> String {
        self.load(&self.speaker_module.replace("NAME", name))
    }

    /// Plugs in a microphone.
    pub fn load_microphone(&self, name: &str) -> Microphone {
        let feed = self.load_speaker(&format!("{name}_feed"));
        let source = self.load(&format!("module-remap-source source_name={name} master={name}_feed.monitor"));
        Microphone { feed, source }
    }

    /// Unplugs a device.
    pub fn unload(&self, number: &str) {
        self.pactl(&["unload-module", number]);
    }

    /// Unplugs a microphone.
    pub fn unload_microphone(&self, microphone: &Microphone) {
        self.unload(&microphone.source);
        self.unload(&microphone.feed);
    }

    /// Ends all players and recorders.
    pub fn end_tools(&mut self) {
        end(&mut self.tools);
    }

    fn use_tool(&mut self, command: std::process::Command) {
        let child = self.spawn(command);
        self.tools.push(child);
    }

    /// Plays a WAV file into a sink until it ends, as close to its time as our own program plays.
    pub fn play(&mut self, wav: &Path, sink: &str) {
        let mut command = std::process::Command::new("paplay");
        command.args(["--latency-msec=25", "-d"]).arg(sink).arg(wav);
        self.use_tool(command);
    }

    /// Records what a source hears; what a sink plays is the source `NAME.monitor`.
    pub fn record(&mut self, source: &str, wav: &Path) {
        let mut command = std::process::Command::new("parec");
        command
            .args(["--file-format=wav", "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=20", "-d"])
            .arg(source)
            .arg(wav);
        self.use_tool(command);
        wait_until("the recorder", || std::fs::metadata(wav).is_ok_and(|m| m.len() > 44));
    }

    /// How many connections to the server this process has. `kick` ends them, as a server does with a client that it
    /// does not understand.
    pub fn our_connections(&self, kick: bool) -> usize {
        let mut to = UnixStream::connect(&self.socket).unwrap();
        let mut from = BufReader::new(to.try_clone().unwrap());
        let version = protocol::MAX_VERSION;
        let mut sequence = 0;
        let mut say = |command: &Command| {
            sequence += 1;
            protocol::write_command_message(&mut to, sequence, command, version).unwrap();
        };
        let auth = AuthParams { version, supports_shm: false, supports_memfd: false, cookie: vec![0; 256] };
        say(&Command::Auth(auth));
        protocol::read_reply_message::<AuthReply>(&mut from, version).unwrap();
        say(&Command::SetClientName(Props::new()));
        protocol::read_reply_message::<SetClientNameReply>(&mut from, version).unwrap();
        say(&Command::GetClientInfoList);
        let clients = protocol::read_reply_message::<ClientInfoList>(&mut from, version).unwrap().1;
        let ours = |client: &&ClientInfo| {
            client.props.get(Prop::ApplicationName).is_some_and(|name| name.starts_with(b"Timbre"))
        };
        let ours: Vec<u32> = clients.iter().filter(ours).map(|c| c.index).collect();
        for index in ours.iter().filter(|_| kick) {
            say(&Command::KillClient(*index));
            protocol::read_ack_message(&mut from).unwrap();
        }
        ours.len()
    }

    /// What the server's programs said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }
}

/// What the server says of itself, and the end of its log, for a test that fails.
pub fn server_story(log: &Path) -> String {
    /// Enough to see what went wrong; a server in trouble repeats itself a thousand times.
    const LINES: usize = 20;
    let answer = |arguments: &[&str]| {
        let output = std::process::Command::new("pactl").args(arguments).output();
        output.map_or_else(|error| error.to_string(), |out| String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let [info, sinks, sources] =
        [&["info"][..], &["list", "short", "sinks"], &["list", "short", "sources"]].map(answer);
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    let log = lines[lines.len().saturating_sub(LINES)..].join("\n");
    format!("{info}{sinks}{sources}log of {} lines:\n{log}", lines.len())
}

/// Looks until it is so; a minute at most.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "deadline: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// The last seconds of a WAV file that is being written (48 kHz, mono, 16 bit), or what there is of them.
pub fn last_seconds(path: &Path, seconds: u64) -> Vec<f32> {
    /// The longest header of those who write here.
    const HEADER: u64 = 64;
    let mut file = std::fs::File::open(path).unwrap();
    let length = file.metadata().unwrap().len() & !1;
    let wished = seconds * 48_000 * 2;
    file.seek(SeekFrom::Start(length.saturating_sub(wished).max(HEADER.min(length)))).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect()
}
