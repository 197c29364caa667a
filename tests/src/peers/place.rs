//! Machines with networks of their own, joined by cables and routers of the kernel; no privilege is needed, and nothing of
//! the real network is seen.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Says to a test that it is alone already.
const ALONE: &str = "TIMBRE_TEST_ALONE";

/// Runs the body of the test `name` in a network where it is root. It fails where the system gives no namespaces: what cannot
/// be tested is not passed over.
///
/// # Errors
/// The system gives none, or the body failed there.
pub fn alone(name: &str, body: impl FnOnce() -> Result<()>) -> Result<()> {
    if std::env::var_os(ALONE).is_some() {
        run("ip", &["link", "set", "lo", "up"])?;
        return body();
    }
    let own = || {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net"]);
        command
    };
    done(own().arg("true"))
        .context("this test needs namespaces without privileges (kernel.unprivileged_userns_clone)")?;
    let test = [name, "--exact", "--include-ignored", "--nocapture"];
    let status = own().arg(std::env::current_exe()?).args(test).env(ALONE, "1").status()?;
    ensure!(status.success(), "see above");
    Ok(())
}

/// Runs a program in this network.
///
/// # Errors
/// It failed.
pub fn run(program: &str, words: &[&str]) -> Result<String> {
    done(Command::new(program).args(words))
}

/// `ip WORDS` in this network.
///
/// # Errors
/// It failed.
pub fn ip(words: &str) -> Result<()> {
    run("ip", &words.split(' ').collect::<Vec<_>>()).map(drop)
}

fn done(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A machine beside the one that the test runs on. Its network goes with it.
pub struct Place {
    /// It does nothing but keep the network.
    keeper: Child,
}

impl Place {
    /// A machine without a cable.
    ///
    /// # Errors
    /// The system gives none; only a test that is [`alone`] may have one.
    pub fn new() -> Result<Self> {
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-c", "ip link set lo up && echo ready && exec cat"]);
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("unshare")?;
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().context("stdout was piped")?).read_line(&mut line)?;
        ensure!(line == "ready\n", "no network of its own: {line}");
        Ok(Self { keeper })
    }

    /// A program there.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.keeper.id().to_string(), "--net", "--"]).arg(program);
        command
    }

    /// Runs a program there.
    ///
    /// # Errors
    /// It failed.
    pub fn run(&self, program: &str, words: &[&str]) -> Result<String> {
        done(self.command(program).args(words))
    }

    /// `ip WORDS` there.
    ///
    /// # Errors
    /// It failed.
    pub fn ip(&self, words: &str) -> Result<()> {
        self.run("ip", &words.split(' ').collect::<Vec<_>>()).map(drop)
    }

    /// Puts the end `name` of a cable into it; the other end stays here as `here`. Both are without an address, and up.
    ///
    /// # Errors
    /// `ip` failed.
    pub fn plug_in(&self, name: &str, here: &str) -> Result<()> {
        ip(&format!("link add {name} netns {} type veth peer name {here}", self.keeper.id()))?;
        ip(&format!("link set {here} up"))?;
        self.ip(&format!("link set {name} up"))
    }

    /// Puts the end `name` of a cable into it, and the other end, `there`, into another.
    ///
    /// # Errors
    /// `ip` failed.
    pub fn join(&self, name: &str, other: &Self, there: &str) -> Result<()> {
        let (own, others) = (self.keeper.id(), other.keeper.id());
        ip(&format!("link add {name} netns {own} type veth peer name {there} netns {others}"))?;
        self.ip(&format!("link set {name} up"))?;
        other.ip(&format!("link set {there} up"))
    }

    /// Rules of the packet filter, in the language of `nft`.
    ///
    /// # Errors
    /// `nft` is not installed, or refuses them.
    pub fn filter(&self, rules: &str) -> Result<()> {
        self.run("nft", &[rules]).map(drop)
    }

    /// Counts packets that come in and that `matches` describes, from now on.
    ///
    /// # Errors
    /// As [`Self::filter`].
    pub fn count(&self, name: &str, matches: &str) -> Result<()> {
        self.filter(&counting(name, matches))
    }

    /// Begins to count anew.
    ///
    /// # Errors
    /// Nothing is counted by that name.
    pub fn forget(&self, name: &str) -> Result<()> {
        self.run("nft", &["reset", "counter", "inet", "count", name]).map(drop)
    }

    /// How many came, of those that are counted as `name`.
    ///
    /// # Errors
    /// As [`Self::filter`], or nothing is counted by that name.
    pub fn counted(&self, name: &str) -> Result<u64> {
        packets(&self.run("nft", &["list", "counter", "inet", "count", name])?)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

/// [`Place::count`] on the machine that the test runs on.
///
/// # Errors
/// As there.
pub fn count(name: &str, matches: &str) -> Result<()> {
    run("nft", &[&counting(name, matches)]).map(drop)
}

/// [`Place::counted`] on the machine that the test runs on.
///
/// # Errors
/// As there.
pub fn counted(name: &str) -> Result<u64> {
    packets(&run("nft", &["list", "counter", "inet", "count", name])?)
}

/// Begins to count anew.
///
/// # Errors
/// Nothing is counted by that name.
pub fn forget(name: &str) -> Result<()> {
    run("nft", &["reset", "counter", "inet", "count", name]).map(drop)
}

fn counting(name: &str, matches: &str) -> String {
    // Before the router's chains change an address, and after the kernel put fragments together.
    format!(
        "add table inet count; add chain inet count in {{ type filter hook prerouting priority -150; }}; \
         add counter inet count {name}; add rule inet count in {matches} counter name {name}"
    )
}

fn packets(listed: &str) -> Result<u64> {
    let mut words = listed.split_whitespace().skip_while(|word| *word != "packets");
    words.nth(1).and_then(|word| word.parse().ok()).with_context(|| format!("no counter in {listed}"))
}
