//! Kamailio as registrar and proxy: UDP, TCP and TLS, digest for every request of its own users.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::{Certificates, Peer, RtpEngine, free_port, wait_until};

/// Digest realm and SIP domain of the test exchange.
pub const REALM: &str = "timbre.test";

/// A user of the exchange.
#[derive(Clone, Copy, Debug)]
pub struct User {
    /// User part and digest name.
    pub name: &'static str,
    /// Password.
    pub password: &'static str,
}

impl User {
    /// The first of two test users.
    pub const ALICE: Self = Self { name: "8330101", password: "482916" };
    /// The second.
    pub const BOB: Self = Self { name: "8330102", password: "730255" };
    /// A third account.
    pub const CAROL: Self = Self { name: "8330103", password: "915507" };
}

/// A running exchange.
pub struct Kamailio {
    /// Where it listens.
    pub address: IpAddr,
    /// UDP and TCP port.
    pub port: u16,
    /// TLS port.
    pub tls_port: u16,
    /// Port of WebSockets; only `/ws` is one.
    pub ws_port: u16,
    /// The same over TLS.
    pub wss_port: u16,
    /// For `tls_ca`.
    pub authority: PathBuf,
    peer: Peer,
    /// It ends with the exchange.
    _relay: Option<RtpEngine>,
    folder: TempDir,
}

impl Kamailio {
    /// Starts an exchange with [`User::ALICE`], [`User::BOB`] and [`User::CAROL`], and waits until it answers OPTIONS.
    pub fn start() -> Result<Self> {
        Self::begin(Ipv4Addr::LOCALHOST.into(), "")
    }

    /// The same at another address of this machine.
    pub fn start_at(address: IpAddr) -> Result<Self> {
        Self::begin(address, "")
    }

    /// The same, which writes where descriptions of sound came from over what they say, as for telephones behind routers.
    pub fn start_for_routers(address: IpAddr) -> Result<Self> {
        Self::begin(address, "WITH_ROUTERS")
    }

    /// The same with a relay of sound, which encrypts for those who come by TLS or WebSocket.
    pub fn start_with_relay() -> Result<Self> {
        let relay = RtpEngine::start()?;
        let exchange = Self::begin_with(Ipv4Addr::LOCALHOST.into(), "WITH_RELAY", relay.port)?;
        Ok(Self { _relay: Some(relay), ..exchange })
    }

    /// The same with mailboxes and the state of lines, told by [`Self::publish`].
    pub fn start_with_presence() -> Result<Self> {
        Self::begin(Ipv4Addr::LOCALHOST.into(), "WITH_PRESENCE")
    }

    /// One of several that share the name [`REALM`]: requests of its calls are sent to whichever that name leads to, over TCP.
    pub fn start_of_several() -> Result<Self> {
        Self::begin(Ipv4Addr::LOCALHOST.into(), "WITH_NAME")
    }

    /// The same as [`Self::start`], with a note of every request that it passes on and when: [`Self::seen`].
    pub fn start_with_times() -> Result<Self> {
        Self::start_with_times_at(Ipv4Addr::LOCALHOST.into())
    }

    /// The same at another address of this machine.
    pub fn start_with_times_at(address: IpAddr) -> Result<Self> {
        Self::begin(address, "WITH_TIMES")
    }

    /// The same as [`Self::start`]; over TLS it speaks only with who shows a certificate by its own authority.
    pub fn start_wanting_certificates() -> Result<Self> {
        Self::begin(Ipv4Addr::LOCALHOST.into(), "WITH_CLIENT_CERTIFICATES")
    }

    fn begin(address: IpAddr, with: &str) -> Result<Self> {
        Self::begin_with(address, with, 0)
    }

    fn begin_with(address: IpAddr, with: &str, relay: u16) -> Result<Self> {
        let folder = TempDir::new()?;
        let certificates = Certificates::make(folder.path(), address)?;
        let (port, tls_port) = (free_port()?, free_port()?);
        let config = folder.path().join("kamailio.cfg");
        let (ws_port, wss_port) = (free_port()?, free_port()?);
        let text = configuration(address, port, tls_port, folder.path(), &modules()?);
        let text = text.replace("@WS_PORT@", &ws_port.to_string()).replace("@WSS_PORT@", &wss_port.to_string());
        let text = text.replace("@RELAY@", &relay.to_string());
        let more = if with.is_empty() { String::new() } else { format!("#!define {with}\n") };
        let text = text.replacen("#!KAMAILIO\n", &format!("#!KAMAILIO\n{more}"), 1);
        std::fs::write(&config, text)?;
        if with == "WITH_PRESENCE" {
            tables(&folder.path().join("presence"))?;
        }
        std::fs::write(
            folder.path().join("tls.cfg"),
            tls_configuration(&certificates, with == "WITH_CLIENT_CERTIFICATES"),
        )?;

        let peer = launch(folder.path(), address, port)?;
        Ok(Self {
            address,
            port,
            tls_port,
            ws_port,
            wss_port,
            authority: certificates.authority,
            peer,
            _relay: None,
            folder,
        })
    }

    /// Tells the exchange the state of one of its users, as a voicemail server does by PUBLISH (RFC 3903); `entity` is what an
    /// earlier one gave back.
    pub fn publish(&self, user: User, event: &str, kind: &str, body: &str, entity: Option<&str>) -> Result<String> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let own = socket.local_addr()?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        let (number, name) = (PUBLISHED.fetch_add(1, Ordering::Relaxed), user.name);
        let entity = entity.map(|entity| format!("SIP-If-Match: {entity}\r\n")).unwrap_or_default();
        let request = format!(
            "PUBLISH sip:{name}@{REALM} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKpub{number};rport\r\n\
             From: <sip:voicemail@office.test>;tag=p{number}\r\nTo: <sip:{name}@{REALM}>\r\nCall-ID: pub-{number}-{p}\r\n\
             CSeq: 1 PUBLISH\r\nMax-Forwards: 5\r\nEvent: {event}\r\nExpires: 600\r\n{entity}Content-Type: {kind}\r\n\
             Content-Length: {length}\r\n\r\n{body}",
            p = own.port(),
            length = body.len(),
        );
        socket.send_to(request.as_bytes(), ("127.0.0.1", self.port))?;
        let mut answer = [0; 2000];
        let length = socket.recv(&mut answer).context("no answer to PUBLISH")?;
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        anyhow::ensure!(answer.starts_with("SIP/2.0 200"), "PUBLISH was refused: {answer}\n{}", self.log());
        let entity = answer.lines().find_map(|line| line.strip_prefix("SIP-ETag: "));
        Ok(entity.context("no entity tag")?.to_owned())
    }

    /// Every request of `user` that it passed on so far, with the time since 1970 at which it came: only with [`Self::start_with_times`].
    pub fn seen(&self, user: User) -> Vec<(Duration, String)> {
        let log = self.log();
        let notes = log.lines().filter_map(|line| line.split_once("at ").map(|(_, note)| note));
        let notes = notes.filter_map(|note| {
            let mut words = note.split_whitespace();
            let (at, method, from) = (words.next()?, words.next()?, words.next()?);
            let (seconds, micros) = at.split_once('.')?;
            let at = Duration::new(seconds.parse().ok()?, micros.parse::<u32>().ok()? * 1000);
            (from == user.name).then(|| (at, method.to_owned()))
        });
        notes.collect()
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Stops it, as a failing exchange would be seen.
    pub fn stop(&mut self) {
        self.peer.end();
    }

    /// Starts it again after [`Self::stop`], on the same ports. Like a restarted exchange it has forgotten who is
    /// registered, who watches whom, and what was told.
    pub fn start_again(&mut self) -> Result<()> {
        let presence = self.folder.path().join("presence");
        if presence.exists() {
            // It cannot read the rows that it wrote.
            tables(&presence)?;
        }
        self.peer = launch(self.folder.path(), self.address, self.port)?;
        Ok(())
    }
}

/// Tells one PUBLISH from another.
static PUBLISHED: AtomicU32 = AtomicU32::new(1);

/// The empty tables that its presence modules want, as its package brings them.
fn tables(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for name in ["version", "presentity", "active_watchers", "watchers", "xcap", "pua"] {
        let from = Path::new("/usr/share/kamailio/dbtext/kamailio").join(name);
        std::fs::copy(&from, folder.join(name)).with_context(|| from.display().to_string())?;
    }
    Ok(())
}

/// Runs the configuration that lies in `folder` and waits until it answers OPTIONS.
fn launch(folder: &Path, address: IpAddr, port: u16) -> Result<Peer> {
    let log = folder.join("log");
    let mut command = Command::new("kamailio");
    command.args(["-m", "32", "-M", "8", "-DD", "-E", "-Y"]).arg(folder).arg("-f").arg(folder.join("kamailio.cfg"));
    let peer = Peer::spawn("kamailio", &mut command, &log)?;
    wait_until("kamailio answers", Duration::from_secs(20), || answers_options(address, port))
        .with_context(|| std::fs::read_to_string(&log).unwrap_or_default())?;
    Ok(peer)
}

fn modules() -> Result<PathBuf> {
    [
        "/usr/lib/x86_64-linux-gnu/kamailio/modules",
        "/usr/lib/aarch64-linux-gnu/kamailio/modules",
        "/usr/lib64/kamailio/modules",
    ]
    .iter()
    .map(PathBuf::from)
    .find(|path| path.is_dir())
    .context("kamailio's modules are not installed; `cargo xtask test` installs them")
}

fn answers_options(address: IpAddr, port: u16) -> bool {
    let Ok(socket) = UdpSocket::bind((address, 0)) else { return false };
    let Ok(own) = socket.local_addr() else { return false };
    let _ = socket.set_read_timeout(Some(Duration::from_millis(200)));
    let request = format!(
        "OPTIONS sip:{address}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKready{p};rport\r\n\
         From: <sip:ready@{REALM}>;tag=1\r\nTo: <sip:{REALM}>\r\nCall-ID: ready-{p}\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 5\r\nContent-Length: 0\r\n\r\n",
        p = own.port()
    );
    let mut answer = [0; 1500];
    socket.send_to(request.as_bytes(), (address, port)).is_ok()
        && socket.recv(&mut answer).is_ok_and(|n| answer[..n].starts_with(b"SIP/2.0 200"))
}

fn tls_configuration(certificates: &Certificates, wanting: bool) -> String {
    let wants = if wanting { "yes" } else { "no" };
    format!(
        "[server:default]\nmethod = TLSv1.2+\nverify_certificate = {wants}\nrequire_certificate = {wants}\nca_list = {}\n\
         private_key = {}\ncertificate = {}\n",
        certificates.authority.display(),
        certificates.key.display(),
        certificates.server.display()
    )
}

fn configuration(address: IpAddr, port: u16, tls_port: u16, folder: &Path, modules: &Path) -> String {
    let users: String = [User::ALICE, User::BOB, User::CAROL]
        .iter()
        .map(|u| format!("    $sht(users=>{}) = \"{}\";\n", u.name, u.password))
        .collect();
    include_str!("kamailio.cfg")
        .replace("@ADDRESS@", &address.to_string())
        .replace("@PORT@", &port.to_string())
        .replace("@TLS_PORT@", &tls_port.to_string())
        .replace("@REALM@", REALM)
        .replace("@MODULES@", &modules.display().to_string())
        .replace("@FOLDER@", &folder.display().to_string())
        .replace("@USERS@", &users)
}
