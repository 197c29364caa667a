//! The windowed softphones that are compared: Timbre, and Twinkle as Debian packs it.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use acceptance::peers::{Peer, free_port, free_port_pair_range};
use anyhow::{Context, Result};

use super::desk::Desk;
use super::exchange::Exchange;
use super::screen::Area;

/// Settings files and what they say.
type Files = Vec<(PathBuf, String)>;

/// A windowed softphone.
#[derive(Clone)]
pub struct Phone {
    /// For the report.
    pub name: &'static str,
    program: PathBuf,
    registers: bool,
    settings: fn(&Desk, SocketAddr) -> Result<Files>,
    /// Arguments of a start without a link, and those before a link.
    idle: &'static [&'static str],
    link: &'static [&'static str],
    scheme: &'static str,
    /// Where a call is announced.
    pub area: Area,
}

impl Phone {
    /// The program under measurement.
    pub fn timbre(program: PathBuf) -> Self {
        Self {
            name: "timbre",
            program,
            registers: true,
            settings: timbre_settings,
            idle: &[],
            link: &[],
            scheme: "tel:",
            area: Area::Corner,
        }
    }

    /// Twinkle, if it is installed.
    pub fn twinkle() -> Option<Self> {
        let program = PathBuf::from("/usr/bin/twinkle");
        program.exists().then_some(Self {
            name: "twinkle",
            program,
            registers: true,
            settings: twinkle_settings,
            idle: &["-f", "bench"],
            link: &["--immediate", "--call"],
            scheme: "sip:",
            area: Area::Everywhere,
        })
    }

    /// No softphone: an empty window of the library that ours is made with.
    pub fn empty_window(program: PathBuf) -> Self {
        Self {
            name: "empty",
            program,
            registers: false,
            settings: |_, _| Ok(Vec::new()),
            ..Self::timbre(PathBuf::new())
        }
    }

    /// A desk of its own with this phone set up on an exchange of its own.
    pub fn set_up(&self) -> Result<(Desk, Exchange)> {
        let (desk, exchange) = (Desk::open()?, Exchange::start()?);
        for (file, text) in (self.settings)(&desk, exchange.address)? {
            fs::create_dir_all(file.parent().context("a file stands in a folder")?)?;
            fs::write(file, text)?;
        }
        Ok((desk, exchange))
    }

    /// Starts it and waits until it is registered, if it is one that registers.
    pub fn start(&self, desk: &Desk, exchange: &Exchange) -> Result<Peer> {
        let running = desk.start(&self.program, self.idle)?;
        if self.registers {
            exchange.wait_for_registration().with_context(|| format!("{} does not register", self.name))?;
        }
        Ok(running)
    }

    /// What its user clicks to call `number`.
    pub fn link_to(&self, number: &str) -> String {
        format!("{}{number}", self.scheme)
    }

    /// Starts it with a link, as the desktop file does while it does not run yet.
    pub fn start_by_link(&self, desk: &Desk, link: &str) -> Result<(Instant, Peer)> {
        let arguments: Vec<&str> = self.idle.iter().chain(self.link).copied().chain([link]).collect();
        let started = Instant::now();
        Ok((started, desk.start(&self.program, &arguments)?))
    }

    /// Hands a link to the running program, as the desktop file does; answers when that began.
    pub fn open_link(&self, desk: &Desk, link: &str) -> Result<(Instant, std::process::Child)> {
        let mut command: Command = desk.command(&self.program);
        command.args(self.link).arg(link).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        Ok((started, command.spawn()?))
    }
}

fn timbre_settings(desk: &Desk, exchange: SocketAddr) -> Result<Files> {
    let text = format!(
        "[general]\ncountry = \"CR\"\nlocale = \"es\"\n\n[[account]]\nid = \"0190b3f0-0000-7000-8000-000000000001\"\n\
         user = \"8330101\"\ndomain = \"{}\"\nport = {}\ntransport = \"udp\"\nsrtp = \"off\"\n",
        exchange.ip(),
        exchange.port()
    );
    Ok(vec![(desk.home().join("data/app.timbre.desktop/settings.toml"), text)])
}

/// One profile without a question to its user, and ALSA's default device on the desk's sound server.
fn twinkle_settings(desk: &Desk, exchange: SocketAddr) -> Result<Files> {
    let profile = format!(
        "user_name=8330101\nuser_domain={exchange}\noutbound_proxy={exchange}\nall_requests_to_proxy=yes\n\
         registrar={exchange}\nregister_at_startup=yes\nregistration_time=300\ncodecs=g711a\nuse_stun=no\n\
         sip_transport=udp\nscript_incoming_call=\n"
    );
    let (sip, rtp) = (free_port()?, free_port_pair_range(20)?);
    let system = format!(
        "sip_port={sip}\nrtp_port={rtp}\ndev_ringtone=alsa:default\ndev_speaker=alsa:default\ndev_mic=alsa:default\n\
         gui_use_systray=no\nwarn_hide_user=no\nstart_user_profile=bench\nstart_user_host=127.0.0.1\n\
         gui_auto_show_incoming=yes\ngui_auto_show_timeout=0\nvalidate_audio_dev=no\n"
    );
    let alsa = "pcm.!default pulse\nctl.!default pulse\n".to_owned();
    let home = desk.home();
    Ok(vec![
        (home.join(".twinkle/bench.cfg"), profile),
        (home.join(".twinkle/twinkle.sys"), system),
        (home.join(".asoundrc"), alsa),
    ])
}
