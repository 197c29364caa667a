//! The project's own commands.
//!
//! `cargo xtask run` and `cargo xtask test` work on a fresh machine that has Rust and Node: they say what is
//! missing, ask before they touch the system (`--yes` answers), build, and go on.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to a developer at a terminal")]

mod app;
mod bindings;
mod bottlecrm;
mod bundle;
mod cross;
mod install;
mod measure;
mod node;
mod packages;
mod paths;
mod shots;
mod steps;
mod system;
mod tally;
mod test;
mod tools;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::system::Consent;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands.")]
struct Arguments {
    /// Answer every question with yes (installing packages is the only thing that asks).
    #[arg(long, short, global = true)]
    yes: bool,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing, build and open the app.
    Run {
        /// Arguments for the app, such as a `tel:` link.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Install what the tests need, then run every check and test.
    Test {
        /// Run only the steps whose name contains this.
        #[arg(long)]
        only: Option<String>,
    },
    /// Long runs: every fuzz target for a minute, kills and power cuts by the hundred, BottleCRM as a real server.
    Soak {
        /// Run only the steps whose name contains this.
        #[arg(long)]
        only: Option<String>,
    },
    /// Figures against the bars and beside peers, release build; most of an hour. `TIMBRE_BENCH_ROUNDS` makes it shorter.
    Bench {
        /// Run only the benches whose name contains this: audio, parse, call, lookup, crm, bars.
        #[arg(long, value_name = "NAME")]
        only: Option<String>,
        /// The same.
        #[arg(conflicts_with = "only")]
        name: Option<String>,
    },
    /// Screenshots of the running app for the README.
    Shots,
    /// Write `ui/src/bindings/api.ts` from `agent-api`.
    Bindings {
        /// Only compare; fail on a difference.
        #[arg(long)]
        check: bool,
    },
    /// Packages for this operating system.
    Bundle {
        /// Unoptimised, quicker to make.
        #[arg(long)]
        debug: bool,
    },
    /// Type-check the Windows and macOS code of `platform` on this machine.
    CiCross,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let consent = Consent { yes: arguments.yes };
    std::env::set_current_dir(paths::root())?;
    match arguments.task {
        Task::Run { arguments } => app::run(consent, &arguments),
        Task::Test { only } => test::run(consent, only.as_deref()),
        Task::Soak { only } => measure::soak(consent, only.as_deref()),
        Task::Bench { only, name } => measure::bench(consent, only.or(name).as_deref()),
        Task::Shots => shots::run(consent),
        Task::Bindings { check } => bindings::run(check),
        Task::Bundle { debug } => bundle::run(consent, debug),
        Task::CiCross => cross::run(consent),
    }
}
