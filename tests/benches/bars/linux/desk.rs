//! A desk for a windowed program: screen, window manager, session bus, sound, home folder.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use acceptance::peers::{Peer, PulseServer, wait_until};
use anyhow::{Context, Result};
use tempfile::TempDir;

use super::screen::{Area, Screen};

/// Wide enough that a main window leaves the corner of the pop-ups bare.
const SIZE: (u16, u16) = (2200, 1300);
const PATIENCE: Duration = Duration::from_secs(20);

/// A running desk.
pub struct Desk {
    display: String,
    bus: String,
    sound: PulseServer,
    folder: TempDir,
    _peers: Vec<Peer>,
}

impl Desk {
    /// Starts everything.
    pub fn open() -> Result<Self> {
        let folder = TempDir::new()?;
        let path = folder.path();
        for name in ["home", "home/data", "home/config", "home/cache"] {
            fs::create_dir(path.join(name))?;
        }
        let told = path.join("display");
        let (width, height) = SIZE;
        let mut screen = Command::new("sh");
        screen.args(["-c", r#"exec Xvfb -displayfd 3 -screen 0 "$1" -nolisten tcp -noreset 3>"$2""#, "sh"]);
        screen.arg(format!("{width}x{height}x24")).arg(&told);
        let screen = Peer::spawn("Xvfb", &mut screen, &path.join("xvfb.log"))?;
        let number = || fs::read_to_string(&told).ok().filter(|text| text.ends_with('\n'));
        wait_until("the screen is there", PATIENCE, || number().is_some())?;
        let display = format!(":{}", number().context("it was there")?.trim());

        let bus = format!("unix:path={}/bus", path.display());
        let rules = format!(
            "<busconfig><type>session</type><listen>{bus}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>"
        );
        fs::write(path.join("bus.conf"), rules)?;
        let mut daemon = Command::new("dbus-daemon");
        daemon.arg(format!("--config-file={}", path.join("bus.conf").display())).args(["--nofork", "--nopidfile"]);
        let daemon = Peer::spawn("dbus-daemon", &mut daemon, &path.join("bus.log"))?;
        wait_until("the session bus is there", PATIENCE, || path.join("bus").exists())?;

        let sound = PulseServer::start()?;
        sound.plug_in("headset")?;
        let mut desk = Self { display, bus, sound, folder, _peers: vec![daemon, screen] };
        let mut manager = desk.command("openbox");
        manager.arg("--sm-disable");
        desk._peers.insert(0, Peer::spawn("openbox", &mut manager, &desk.folder.path().join("openbox.log"))?);
        let managed = || {
            let told = desk.command("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"]).output();
            told.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains("window id"))
        };
        let log = desk.folder.path().join("openbox.log");
        wait_until("a window manager is there", PATIENCE, managed)
            .with_context(|| fs::read_to_string(log).unwrap_or_default())?;
        Ok(desk)
    }

    /// A program at this desk.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let home = self.home();
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("PULSE_SERVER", self.sound.address())
            .env("HOME", &home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("LANG", "es_CR.UTF-8")
            .env_remove("WAYLAND_DISPLAY");
        command
    }

    /// The home folder of its user.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Starts a program that stays.
    pub fn start(&self, program: &Path, arguments: &[&str]) -> Result<Peer> {
        let name = program.file_name().and_then(OsStr::to_str).unwrap_or("program");
        let log = self.folder.path().join(format!("{name}.log"));
        Peer::spawn(name, self.command(program).args(arguments), &log)
    }

    /// A look at its screen.
    pub fn screen(&self, area: Area) -> Result<Screen> {
        Screen::connect(&self.display, area)
    }

    /// A picture of the whole screen.
    pub fn picture(&self, to: &Path) -> Result<()> {
        fs::create_dir_all(to.parent().context("a file stands in a folder")?)?;
        self.command("import").args(["-window", "root"]).arg(to).status().context("import")?;
        Ok(())
    }
}
