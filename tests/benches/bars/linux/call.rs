//! What one Opus call costs `timbre-cli`, beside baresip at the other end of the same call.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Baresip, BaresipConfig, Kamailio, User};
use acceptance::sound::{RATE, Voice, read_wav, speech};
use anyhow::{Result, ensure};

use super::Plan;
use super::cost;
use super::figures::{Report, Sample};

/// Ours over baresip's.
const PROCESSOR_BAR: f64 = 1.5;
/// MB.
const MEMORY_BAR: f64 = 30.0;
const WINDOW: Duration = Duration::from_secs(1);

/// One call, as long as there are rounds, in seconds. Both ends: 32 kbit/s, complexity 5, 20 ms, in-band FEC for 10 %
/// loss, no voice processing, speech from a file and what is heard into a file.
pub fn call(plan: &Plan, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let seconds = plan.rounds as f64 + 20.0;
    let ours = speech_for(seconds, folder.path(), Voice::Low)?;
    let theirs = speech_for(seconds, folder.path(), Voice::High)?;
    let exchange = Kamailio::start()?;
    let baresip = Baresip::start(
        &exchange,
        &BaresipConfig {
            user: User::BOB,
            transport: "udp",
            codecs: "opus/48000/2",
            speech: &theirs,
            answers: true,
            more: "",
            menc: "",
        },
    )?;
    let account = Account { codecs: &["opus"], ..Account::plain(User::ALICE) }.write(folder.path(), &exchange)?;
    let heard = folder.path().join("heard.wav");
    let mut cli = Cli::start(
        folder.path(),
        &[
            "call",
            User::BOB.name,
            "--account",
            &account.display().to_string(),
            "--mic",
            &ours.display().to_string(),
            "--speaker",
            &heard.display().to_string(),
        ],
    )?;
    cli.wait_for("answered")?;
    let (us, them) = ([cli.id()], [baresip.id()]);
    let mut costs = [Sample::default(), Sample::default()];
    let mut memory = [Sample::default(), Sample::default()];
    let mut used = [cost::processor(&us)?, cost::processor(&them)?];
    let began = Instant::now();
    for round in 1..=plan.rounds {
        std::thread::park_timeout((began + WINDOW * round as u32).saturating_duration_since(Instant::now()));
        for (place, process) in [us, them].iter().enumerate() {
            let now = cost::processor(process)?;
            costs[place].add((now - used[place]).as_secs_f64() * 100.0);
            used[place] = now;
            memory[place].add(cost::memory_mb(process)?);
        }
    }
    cli.interrupt()?;
    cli.finish()?;
    let ratio = costs[0].mean() / costs[1].mean();
    report.bar(
        "Opus call: processor, ours ÷ baresip's (% of a core each second)",
        "",
        &costs[0],
        ratio,
        PROCESSOR_BAR,
        &[("baresip", &costs[1])],
    );
    report.bar("Opus call: memory (PSS)", "MB", &memory[0], memory[0].at(1.0), MEMORY_BAR, &[("baresip", &memory[1])]);
    Ok(())
}

/// The same words again and again.
fn speech_for(seconds: f64, folder: &Path, voice: Voice) -> Result<PathBuf> {
    let once = speech(folder, voice)?;
    let length = read_wav(&once)?.len() as f64 / RATE as f64;
    let long = folder.join(format!("{voice:?}-long.wav"));
    let times = (seconds / length).ceil().to_string();
    ensure!(Command::new("sox").arg(&once).arg(&long).args(["repeat", &times]).status()?.success(), "sox failed");
    Ok(long)
}
