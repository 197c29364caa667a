//! baresip as the other side: it answers by itself or dials, speaks a WAV file and records what it hears.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::{Kamailio, Peer, REALM, User, free_port, free_port_pair_range, wait_until};

/// How baresip takes part.
pub struct BaresipConfig<'a> {
    /// Its account.
    pub user: User,
    /// `udp`, `tcp` or `tls`.
    pub transport: &'a str,
    /// Codecs as baresip names them: `opus/48000/2`, `pcma`, `g722` …
    pub codecs: &'a str,
    /// What it says: 48 kHz mono; it ends the call at the end of the file.
    pub speech: &'a Path,
    /// Answers by itself.
    pub answers: bool,
    /// More lines of its configuration, such as `rtcp_mux yes`.
    pub more: &'a str,
    /// How it encrypts media, `srtp`, `dtls_srtp` …, or nothing; or parameters of its account as they are, such as `medianat=ice`.
    pub menc: &'a str,
}

/// A running baresip that is registered.
pub struct Baresip {
    control: u16,
    peer: Peer,
    folder: TempDir,
}

/// Where it registers.
struct Registrar<'a> {
    address: IpAddr,
    port: u16,
    tls_port: u16,
    authority: Option<&'a Path>,
}

impl Baresip {
    /// Starts it at `exchange` and waits until it is registered.
    pub fn start(exchange: &Kamailio, config: &BaresipConfig<'_>) -> Result<Self> {
        let (address, port, tls_port) = (exchange.address, exchange.port, exchange.tls_port);
        Self::register(&Registrar { address, port, tls_port, authority: Some(&exchange.authority) }, config)
    }

    /// Starts it at another exchange on this port of loopback.
    pub fn start_at(port: u16, config: &BaresipConfig<'_>) -> Result<Self> {
        let address = Ipv4Addr::LOCALHOST.into();
        Self::register(&Registrar { address, port, tls_port: port, authority: None }, config)
    }

    fn register(exchange: &Registrar<'_>, config: &BaresipConfig<'_>) -> Result<Self> {
        let folder = TempDir::new()?;
        let (sip, control) = (free_port()?, free_port()?);
        let rtp = free_port_pair_range(40)?;
        std::fs::create_dir(folder.path().join("heard"))?;
        std::fs::write(
            folder.path().join("config"),
            configuration(sip, control, rtp, exchange, config, folder.path())?,
        )?;
        std::fs::write(folder.path().join("accounts"), account(exchange, config))?;
        let contact = format!("\"Alice\" <sip:{}@{REALM}>\n", User::ALICE.name);
        std::fs::write(folder.path().join("contacts"), contact)?;

        let log = folder.path().join("log");
        let mut command = Command::new("baresip");
        command.arg("-f").arg(folder.path()).arg("-v").current_dir(folder.path());
        let peer = Peer::spawn("baresip", &mut command, &log)?;
        let started = Self { control, peer, folder };
        wait_until("baresip is registered", Duration::from_secs(20), || started.log().contains("200 OK"))
            .with_context(|| started.log())?;
        Ok(started)
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Dials a user of the exchange.
    pub fn dial(&self, user: &str) -> Result<()> {
        self.command("dial", &format!("sip:{user}@{REALM}"))
    }

    /// Answers a call that rings.
    pub fn accept(&self) -> Result<()> {
        self.command("accept", "")
    }

    /// Ends the call.
    pub fn hang_up(&self) -> Result<()> {
        self.command("hangup", "")
    }

    /// Writes to [`User::ALICE`], its one contact.
    pub fn write(&self, text: &str) -> Result<()> {
        self.command("message", text)
    }

    /// The recording of what it heard, once there is one.
    pub fn heard(&self) -> Option<PathBuf> {
        let mut found: Vec<PathBuf> = std::fs::read_dir(self.folder.path().join("heard"))
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.to_string_lossy().ends_with("dec.wav"))
            .collect();
        found.sort();
        found.pop()
    }

    /// Process id, for measuring.
    pub fn id(&self) -> u32 {
        self.peer.id()
    }

    fn command(&self, command: &str, parameters: &str) -> Result<()> {
        let text = serde_json::json!({"command": command, "params": parameters, "token": "t"}).to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.control))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "{}:{text},", text.len())?;
        let mut answer = [0; 4096];
        let read = stream.read(&mut answer)?;
        anyhow::ensure!(read > 0, "baresip closed its control connection");
        Ok(())
    }
}

fn account(exchange: &Registrar<'_>, config: &BaresipConfig<'_>) -> String {
    let port = if config.transport == "tls" { exchange.tls_port } else { exchange.port };
    let address = exchange.address;
    let User { name, password } = config.user;
    let (transport, codecs) = (config.transport, config.codecs);
    let menc = match config.menc {
        "" => String::new(),
        parameters if parameters.contains('=') => format!(";{parameters}"),
        menc => format!(";mediaenc={menc}"),
    };
    let mode = if config.answers { "auto" } else { "manual" };
    format!(
        "<sip:{name}@{REALM};transport={transport}>;auth_pass={password};\
         outbound=\"sip:{address}:{port};transport={transport}\";regint=300;answermode={mode};\
         audio_codecs={codecs};ptime=20;mwi=no{menc}\n"
    )
}

/// No module that plays is loaded: then the `sndfile` filter records, and nothing asks for a loudspeaker.
fn configuration(
    sip: u16,
    control: u16,
    rtp: u16,
    exchange: &Registrar<'_>,
    config: &BaresipConfig<'_>,
    folder: &Path,
) -> Result<String> {
    let modules = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"]
        .into_iter()
        .find(|path| Path::new(path).is_dir())
        .context("baresip's modules are not installed; `cargo xtask test` installs them")?;
    let address = exchange.address;
    let mut text = format!(
        "poll_method epoll\nsip_listen {address}:{sip}\ncall_local_timeout 120\ncall_max_calls 4\n\
         audio_source aufile,{}\naudio_player aufile,{}\naudio_alert aufile,/dev/null\n\
         ausrc_srate 48000\nauplay_srate 48000\nausrc_channels 1\nauplay_channels 1\naudio_txmode poll\naudio_level no\n\
         ausrc_format s16\nauplay_format s16\nauenc_format s16\naudec_format s16\naudio_buffer 20-160\n\
         net_interface {address}\nrtp_ports {rtp}-{}\njitter_buffer_delay 5-10\nrtp_stats yes\n",
        config.speech.display(),
        folder.join("played.wav").display(),
        rtp + 39,
    );
    if let Some(authority) = exchange.authority {
        writeln!(text, "sip_cafile {}", authority.display())?;
    }
    writeln!(text, "module_path {modules}")?;
    for module in ["stdio", "opus", "g711", "g722", "aufile", "sndfile", "srtp", "dtls_srtp"] {
        writeln!(text, "module {module}.so")?;
    }
    text.push_str("module_tmp uuid.so\nmodule_tmp account.so\n");
    for module in ["menu", "contact", "ctrl_tcp", "debug_cmd"] {
        writeln!(text, "module_app {module}.so")?;
    }
    write!(
        text,
        "ctrl_tcp_listen 127.0.0.1:{control}\nsnd_path {}\nopus_bitrate 32000\nopus_inbandfec yes\n\
         menu_bell no\nmenu_ringback no\n",
        folder.join("heard").display()
    )?;
    writeln!(text, "{}", config.more)?;
    Ok(text)
}
