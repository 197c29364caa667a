//! The measurements, each in its file, and what they share.

mod call;
mod cost;
mod desk;
mod exchange;
mod figures;
mod phone;
mod screen;
mod setup;
mod window;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use self::figures::Report;

/// How much of each is measured.
struct Plan {
    rounds: usize,
    only: Option<String>,
    programs: PathBuf,
}

type Measurement = fn(&Plan, &mut Report) -> Result<()>;

/// Measures what the arguments ask for.
pub fn main() -> ExitCode {
    let plan = match plan() {
        Ok(plan) => plan,
        Err(error) => {
            println!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    let measurements: [(&str, Measurement); 7] = [
        ("ring", setup::ring),
        ("set-up", setup::set_up),
        ("call", call::call),
        ("idle", window::idle),
        ("popup", window::popup),
        ("warm", window::warm),
        ("cold", window::cold),
    ];
    let mut report = Report::default();
    for (name, measure) in measurements {
        if plan.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
            && let Err(error) = measure(&plan, &mut report)
        {
            report.failed(name, &error);
        }
    }
    if report.end() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn plan() -> Result<Plan> {
    let rounds = std::env::var("TIMBRE_BENCH_ROUNDS").ok().map_or(Ok(200), |text| text.parse())?;
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let own = std::env::current_exe()?;
    let programs = own.parent().and_then(Path::parent).context("benches stand in a folder of the build")?.to_owned();
    for program in ["timbre", "timbre-cli"] {
        ensure!(programs.join(program).exists(), "build it first: cargo build --release -p {program}");
    }
    Ok(Plan { rounds, only, programs })
}
