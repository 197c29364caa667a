//! How long our side keeps a call waiting: as the callee, until it says that it rings; as the caller, until the call is up.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Baresip, BaresipConfig, Kamailio, User, wait_until};
use acceptance::sound::{Voice, speech};
use anyhow::{Context, Result};
use serde_json::json;

use super::Plan;
use super::exchange::Exchange;
use super::figures::{Report, Sample};

/// Of INVITE → 180, in ms, at the 99th percentile.
const RING_BAR: f64 = 1.0;
/// Of the whole set-up: the median of ours over baresip's.
const SET_UP_BAR: f64 = 1.0;
/// Percentiles want more rounds than a window could give.
const RINGS_EACH_ROUND: usize = 5;
/// Faster than this no exchange calls one agent, and what is over is remembered for 32 s.
const BETWEEN: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(30);
const CALLER: &str = "22223333";

/// INVITE on the wire to 180 on the wire, loopback and both kernels' queues included.
pub fn ring(plan: &Plan, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let words = speech(folder.path(), Voice::High)?;
    let (mut ours_at, mut theirs_at) = (Exchange::start()?, Exchange::start()?);
    let account = folder.path().join("account.toml");
    let (ip, port) = (ours_at.address.ip(), ours_at.address.port());
    let text = format!(
        "[account]\nuser = \"8330101\"\ndomain = \"{ip}\"\nport = {port}\nsrtp = \"off\"\ncodecs = [\"pcma\"]\n"
    );
    std::fs::write(&account, text)?;
    let account = account.display().to_string();
    let mut cli = Cli::start(
        folder.path(),
        &["listen", "--control", "--account", &account, "--mic", "silence", "--speaker", "null"],
    )?;
    cli.wait_for("listening")?;
    let _baresip = Baresip::start_at(theirs_at.address.port(), &manual(User::BOB, &words))?;
    theirs_at.wait_for_registration()?;
    let mut samples = [Sample::default(), Sample::default()];
    let began = Instant::now();
    for round in 0..plan.rounds * RINGS_EACH_ROUND {
        std::thread::park_timeout((began + BETWEEN * round as u32).saturating_duration_since(Instant::now()));
        for (exchange, sample) in [&mut ours_at, &mut theirs_at].into_iter().zip(&mut samples) {
            let call = exchange.ring(CALLER)?;
            sample.add_time(exchange.wait_for_ringing(&call)?.duration_since(call.sent));
            exchange.give_up(&call, CALLER)?;
        }
    }
    let [ours, theirs] = &samples;
    report.bar("INVITE → 180, p99", "ms", ours, ours.at(0.99), RING_BAR, &[("baresip", theirs)]);
    cli.interrupt()
}

/// From the command to dial to the ACK at the exchange; the callee is the same, and answers at once.
pub fn set_up(plan: &Plan, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let words = speech(folder.path(), Voice::High)?;
    let exchange = Kamailio::start_with_times()?;
    let _callee = Baresip::start(&exchange, &BaresipConfig { answers: true, ..manual(User::BOB, &words) })?;
    let baresip = Baresip::start(&exchange, &manual(User::CAROL, &words))?;
    let account = Account { codecs: &["pcma"], ..Account::plain(User::ALICE) }.write(folder.path(), &exchange)?;
    let account = account.display().to_string();
    let mut cli = Cli::start(
        folder.path(),
        &["listen", "--control", "--account", &account, "--mic", "silence", "--speaker", "null"],
    )?;
    cli.wait_for("listening")?;
    let (mut ours, mut theirs) = (Sample::default(), Sample::default());
    for _ in 0..plan.rounds {
        let dialled = SystemTime::now();
        cli.control(&json!({"do": "dial", "to": User::BOB.name}))?;
        ours.add_time(until(&exchange, User::ALICE, "ACK", dialled)?);
        cli.wait_for("answered")?;
        cli.control(&json!({"do": "hangup"}))?;
        until(&exchange, User::ALICE, "BYE", dialled)?;
        cli.wait_for("summary")?;

        let dialled = SystemTime::now();
        baresip.dial(User::BOB.name)?;
        theirs.add_time(until(&exchange, User::CAROL, "ACK", dialled)?);
        baresip.hang_up()?;
        until(&exchange, User::CAROL, "BYE", dialled)?;
    }
    let ratio = ours.at(0.5) / theirs.at(0.5);
    report.bar("set-up through Kamailio, ours ÷ baresip's (ms)", "", &ours, ratio, SET_UP_BAR, &[("baresip", &theirs)]);
    cli.interrupt()
}

/// How long after `since` the exchange passed this of `user` on.
fn until(exchange: &Kamailio, user: User, method: &str, since: SystemTime) -> Result<Duration> {
    let since = since.duration_since(SystemTime::UNIX_EPOCH)?;
    let found = || {
        let seen = exchange.seen(user);
        seen.into_iter().find(|(at, seen)| *at > since && seen == method).map(|(at, _)| at - since)
    };
    wait_until(method, PATIENCE, || found().is_some()).with_context(|| exchange.log())?;
    found().context("it was there")
}

fn manual(user: User, words: &Path) -> BaresipConfig<'_> {
    BaresipConfig { user, transport: "udp", codecs: "pcma", speech: words, answers: false, more: "", menc: "" }
}
