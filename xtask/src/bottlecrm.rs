//! BottleCRM as a real server on loopback, where it can be had: a Django application from PyPI on a PostgreSQL of its own, both in
//! `target/bottlecrm`. The database stays there, because to make its tables takes minutes.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::paths;
use crate::system::{answers, finish, show};

/// The release against which `crm/connect/rest/bottlecrm.toml` was written; `packaging` is used and not declared by it.
const PACKAGES: [&str; 3] = ["django-crm==1.35.0", "packaging", "gunicorn"];
/// Python 3.12 is the oldest that it runs on.
const FITS: &str = "import sys; sys.exit(sys.version_info < (3, 12))";
/// So long a server may take until it answers.
const LIMIT: Duration = Duration::from_secs(60);
/// An organisation with somebody in it, whose access token is printed last.
const SEED: &str = r"
import django; django.setup()
from django.contrib.auth import get_user_model
from common.models import Org, PersonalAccessToken, Profile
users = get_user_model().objects
user = users.filter(email='ana@company.example').first() or users.create_user(email='ana@company.example', password='soak')
org = Org.objects.filter(name='Soak').first() or Org.objects.create(name='Soak')
profile, _ = Profile.objects.get_or_create(user=user, org=org, defaults={'role': 'ADMIN', 'is_organization_admin': True, 'has_sales_access': True})
made = PersonalAccessToken.generate(profile, 'soak')
print(next(one for one in (made if isinstance(made, tuple) else [made]) if isinstance(one, str)))
";

/// The running server; it ends with this.
pub struct BottleCrm {
    /// Where it answers.
    pub address: String,
    /// Lets in.
    pub token: String,
    _server: Running,
    _database: Running,
}

/// A program that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // PostgreSQL ends its own children when it is asked to.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Why it cannot be had here; none if it can.
pub fn missing() -> Option<&'static str> {
    if postgres().is_none() {
        return Some("PostgreSQL (Debian: postgresql)");
    }
    if python().is_none() {
        return Some("Python 3.12 or newer");
    }
    None
}

/// Installs what is missing of it in `target/bottlecrm`, and starts it.
pub fn start() -> Result<BottleCrm> {
    let folder = paths::target().join("bottlecrm");
    std::fs::create_dir_all(&folder)?;
    install(&folder)?;
    let (database, port) = start_database(&folder)?;
    let django = |arguments: &[&str]| {
        let mut command = Command::new(folder.join("venv/bin/python"));
        command.args(arguments).envs(surroundings(port)).current_dir(&folder);
        command
    };
    println!("BottleCRM: makes its tables (minutes, the first time)");
    let mut migrate = django(&["-m", "django", "migrate", "--verbosity", "0"]);
    migrate.stdout(File::create(folder.join("migrate.log"))?).stderr(File::create(folder.join("migrate.err"))?);
    finish(migrate)?;
    let seeded = django(&["-c", SEED]).stderr(Stdio::inherit()).output()?;
    ensure!(seeded.status.success(), "BottleCRM: nobody could be made there");
    let token = String::from_utf8(seeded.stdout)?.lines().last().unwrap_or_default().to_owned();
    let http = free_port()?;
    let mut server = django(&["-m", "gunicorn", "crm.wsgi", "--bind", &format!("127.0.0.1:{http}"), "--workers", "2"]);
    let server = begin(&mut server, &folder.join("gunicorn.log"))?;
    waits("BottleCRM", || TcpStream::connect(("127.0.0.1", http)).is_ok())?;
    println!("BottleCRM answers at http://127.0.0.1:{http}/");
    Ok(BottleCrm { address: format!("http://127.0.0.1:{http}/"), token, _server: server, _database: database })
}

fn install(folder: &Path) -> Result<()> {
    let mark = folder.join("installed");
    let wanted = PACKAGES.join("\n");
    if std::fs::read_to_string(&mark).is_ok_and(|seen| seen == wanted) {
        return Ok(());
    }
    println!("BottleCRM: installs {} from PyPI into {}", PACKAGES.join(", "), folder.display());
    let python = python().context("no Python 3.12 or newer")?;
    let mut venv = Command::new(python);
    venv.args(["-m", "venv"]).arg(folder.join("venv"));
    finish(venv)?;
    let mut pip = Command::new(folder.join("venv/bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    finish(pip)?;
    std::fs::write(mark, wanted)?;
    Ok(())
}

/// A database server of its own on a free port, with an empty database the first time.
fn start_database(folder: &Path) -> Result<(Running, u16)> {
    let programs = postgres().context("no PostgreSQL")?;
    let books = folder.join("database");
    if !books.join("PG_VERSION").exists() {
        println!("BottleCRM: makes a database in {}", books.display());
        std::fs::create_dir_all(&books)?;
        if is_root() {
            let mut own = Command::new("chown");
            own.arg("postgres").arg(&books);
            finish(own)?;
        }
        let mut initdb = as_nobody_special(&programs.join("initdb"));
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--pgdata"]).arg(&books);
        initdb.stdout(Stdio::null());
        finish(initdb)?;
    }
    let port = free_port()?;
    let mut server = as_nobody_special(&programs.join("postgres"));
    server.arg("-D").arg(&books).args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k", ""]);
    let server = begin(&mut server, &folder.join("database.log"))?;
    // It listens before it lets anybody in.
    waits("PostgreSQL", || {
        let mut asks = Command::new(programs.join("pg_isready"));
        asks.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        asks.status().is_ok_and(|status| status.success())
    })?;
    let mut made = Command::new(programs.join("createdb"));
    made.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "postgres", "crm"]).stderr(Stdio::null());
    // It is there already, or the next step says why not.
    let _ = made.status();
    Ok((server, port))
}

fn surroundings(port: u16) -> [(&'static str, String); 10] {
    [
        ("DJANGO_SETTINGS_MODULE", "crm.settings".into()),
        ("SECRET_KEY", "of-a-test-on-loopback-and-of-nothing-else".into()),
        ("ENV_TYPE", "dev".into()),
        ("DBNAME", "crm".into()),
        ("DBUSER", "postgres".into()),
        ("DBPASSWORD", "none".into()),
        ("DBHOST", "127.0.0.1".into()),
        ("DBPORT", port.to_string()),
        // Its errands are nobody's business here, and no further server is needed.
        ("CELERY_BROKER_URL", "memory://".into()),
        ("CELERY_RESULT_BACKEND", "cache+memory://".into()),
    ]
}

/// PostgreSQL does not run as root.
fn as_nobody_special(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output();
    told.is_ok_and(|told| told.stdout.trim_ascii() == b"0")
}

/// The folder of PostgreSQL's programs: Debian keeps one for each version, off the path.
fn postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
    found.retain(|folder| folder.join("initdb").exists());
    found.sort();
    found.pop()
}

fn python() -> Option<PathBuf> {
    let own = std::env::home_dir().map(|home| home.join(".pyenv/versions"));
    let own = own.and_then(|versions| std::fs::read_dir(versions).ok()).into_iter().flatten().flatten();
    let all = ["python3", "python3.13", "python3.12"].into_iter().map(PathBuf::from);
    let mut all = all.chain(own.map(|version| version.path().join("bin/python")));
    all.find(|python| python.to_str().is_some_and(|python| answers(python, &["-c", FITS])))
}

fn begin(command: &mut Command, log: &Path) -> Result<Running> {
    println!("$ {}", show(command));
    let (out, err) = (File::create(log)?, File::options().append(true).open(log)?);
    let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
    Ok(Running(child.with_context(|| show(command))?))
}

fn waits(who: &str, is_there: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + LIMIT;
    while !is_there() {
        if Instant::now() > deadline {
            bail!("{who} does not answer");
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    Ok(())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
