//! `timbre-cli` as a process: events are read as they come, waiting is for events, never for time.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

#[cfg(target_os = "linux")]
use crate::peers::place::Place;
use crate::peers::{Coturn, Kamailio, REALM, User};

/// How long any one event may take. Generous: a loaded machine is slow, a broken program is never done.
const PATIENCE: Duration = Duration::from_secs(60);

/// An account file for the command line.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub user: User,
    /// `udp`, `tcp`, `tls`, `ws` or `wss`.
    pub transport: &'static str,
    /// `off`, `optional` or `required`.
    pub srtp: &'static str,
    /// How its keys are asked for: `sdes` or `dtls`.
    pub srtp_keys: &'static str,
    /// RTCP is offered on the port of RTP.
    pub rtcp_mux: bool,
    /// Ways through NAT are looked for with this server's help.
    pub ice: Option<SocketAddr>,
    /// In order of preference.
    pub codecs: &'static [&'static str],
    /// Overrides the password, to be wrong on purpose.
    pub password: Option<&'static str>,
}

impl Account {
    /// A UDP account with all codecs and without encryption.
    pub fn plain(user: User) -> Self {
        let codecs = &["opus", "g722", "pcma", "pcmu"];
        Self {
            user,
            transport: "udp",
            srtp: "off",
            srtp_keys: "sdes",
            rtcp_mux: false,
            ice: None,
            codecs,
            password: None,
        }
    }

    /// Writes the file into `folder`.
    pub fn write(&self, folder: &Path, exchange: &Kamailio) -> Result<PathBuf> {
        let address = exchange.address;
        let proxy = match self.transport {
            "ws" => format!("ws://{address}:{}/ws", exchange.ws_port),
            "wss" => format!("wss://{address}:{}/ws", exchange.wss_port),
            "tls" => format!("sip:{address}:{};transport=tls;lr", exchange.tls_port),
            other => format!("sip:{address}:{};transport={other};lr", exchange.port),
        };
        let mut account = toml::Table::new();
        for (key, value) in [
            ("display_name", self.user.name),
            ("user", self.user.name),
            ("domain", REALM),
            ("password", self.password.unwrap_or(self.user.password)),
            ("transport", self.transport),
            ("proxy", &proxy),
            ("srtp", self.srtp),
            ("srtp_keys", self.srtp_keys),
        ] {
            account.insert(key.into(), value.into());
        }
        account.insert("rtcp_mux".into(), self.rtcp_mux.into());
        if let Some(server) = self.ice {
            account.insert("ice".into(), true.into());
            let server = server.to_string();
            let words = [
                ("stun", &*server),
                ("turn", &server),
                ("turn_user", Coturn::USER),
                ("turn_password", Coturn::PASSWORD),
            ];
            account.extend(words.map(|(key, value)| (key.to_owned(), value.into())));
        }
        account.insert("codecs".into(), self.codecs.to_vec().into());
        if ["tls", "wss"].contains(&self.transport) {
            account.insert("tls_ca".into(), exchange.authority.display().to_string().into());
        }
        let mut file = toml::Table::new();
        file.insert("account".into(), account.into());
        let path = folder.join(format!("{}-{}.toml", self.user.name, self.transport));
        std::fs::write(&path, toml::to_string(&file)?)?;
        Ok(path)
    }
}

/// A running command.
pub struct Cli {
    child: Child,
    events: Receiver<Value>,
    seen: Vec<Value>,
    input: Option<ChildStdin>,
    log: PathBuf,
    schema: Value,
}

impl Cli {
    /// Starts `timbre-cli ARGUMENTS --json`; what it logs goes to a file in `folder`.
    pub fn start(folder: &Path, arguments: &[&str]) -> Result<Self> {
        Self::run(Command::new(program()?), folder, arguments)
    }

    /// The same with the headset that umockdev plays: what it is told and answers stands in `script`; another lamp ends the program.
    #[cfg(target_os = "linux")]
    pub fn start_with_headset(folder: &Path, script: &str, arguments: &[&str]) -> Result<Self> {
        let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../agent/platform/tests/hid/blackwire.umockdev");
        let file = folder.join("headset.script");
        std::fs::write(&file, script)?;
        let mut command = Command::new("umockdev-run");
        command.arg("--device").arg(recorded).arg("--script").arg(format!("/dev/hidraw0={}", file.display()));
        command.arg("--").arg(program()?);
        Self::run(command, folder, arguments)
    }

    /// The same on another machine.
    #[cfg(target_os = "linux")]
    pub fn start_at(place: &Place, folder: &Path, arguments: &[&str]) -> Result<Self> {
        Self::run(place.command(program()?), folder, arguments)
    }

    fn run(mut command: Command, folder: &Path, arguments: &[&str]) -> Result<Self> {
        let log =
            tempfile::Builder::new().prefix("cli-").suffix(".log").tempfile_in(folder)?.into_temp_path().keep()?;
        let mut child = command
            // The country of numbers without a country code; a machine of tests has none of its own.
            .envs([("LC_ALL", "C.UTF-8"), ("LC_TELEPHONE", "es_CR.UTF-8")])
            .args(["--log", "debug"])
            .args(arguments)
            .arg("--json")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .spawn()
            .context("timbre-cli")?;
        let output = child.stdout.take().context("stdout was piped")?;
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line)
                    .unwrap_or_else(|_| serde_json::json!({"event": "NOT JSON", "line": line}));
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take();
        Ok(Self { child, events, seen: Vec::new(), input, log, schema: schema()? })
    }

    /// Waits for the next event of this name and answers it whole.
    pub fn wait_for(&mut self, name: &str) -> Result<Value> {
        self.wait_where(name, |event| event["event"] == name)
    }

    /// Waits for the next event that fits.
    pub fn wait_where(&mut self, what: &str, mut fits: impl FnMut(&Value) -> bool) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(event) => {
                    self.take(&event)?;
                    if fits(&event) {
                        return Ok(event);
                    }
                }
                Err(RecvTimeoutError::Timeout) => bail!("waited in vain for {what}\n{}", self.story()),
                Err(RecvTimeoutError::Disconnected) => bail!("it ended before {what}\n{}", self.story()),
            }
        }
    }

    /// Sends a control line.
    pub fn control(&mut self, line: &Value) -> Result<()> {
        let input = self.input.as_mut().context("stdin is open")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    /// Interrupts it as Ctrl-C does.
    pub fn interrupt(&self) -> Result<()> {
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status()?;
        Ok(())
    }

    /// Waits until it ends; answers its exit code and the events that were not waited for.
    pub fn finish(mut self) -> Result<(i32, Vec<Value>)> {
        let deadline = Instant::now() + PATIENCE;
        let status: ExitStatus = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if Instant::now() > deadline {
                bail!("it does not end\n{}", self.story());
            }
            std::thread::park_timeout(Duration::from_millis(20));
        };
        while let Ok(event) = self.events.recv_timeout(Duration::from_secs(5)) {
            self.take(&event)?;
        }
        Ok((status.code().unwrap_or(-1), std::mem::take(&mut self.seen)))
    }

    /// Every line is one of the schema's.
    fn take(&mut self, event: &Value) -> Result<()> {
        self.seen.push(event.clone());
        crate::schema::fits(&self.schema, event).map_err(|why| anyhow::anyhow!("{event}: {why}"))
    }

    /// Process id, for measuring.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it said and logged, for a failing test.
    pub fn story(&self) -> String {
        let events: Vec<String> = self.seen.iter().map(Value::to_string).collect();
        format!("{}\n--- log ---\n{}", events.join("\n"), self.log())
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Cli {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `timbre-cli schema` prints.
fn schema() -> Result<Value> {
    let output = Command::new(program()?).arg("schema").output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The program under test stands beside the test's own folder of the same build.
pub fn program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).context("tests stand in a folder of the build")?;
    let program = folder.join(format!("timbre-cli{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        bail!("build it first: cargo build -p timbre-cli");
    }
    Ok(program)
}
