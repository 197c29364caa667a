//! The same agent without a window.

mod account;
mod args;
mod books;
mod connector;
mod control;
mod details;
mod facts;
mod line;
mod schema;
mod session;
mod signals;
mod sound;
mod timers;

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent::port::secret::Entry;
use agent::settings::Colleague;
use agent_api::id::{AccountId, ColleagueId};
use anyhow::{Context, Result};
use clap::Parser;
use runtime::{Backend, LinesFrom, Runtime, RuntimeConfig, Secret, SecretsIn};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use uuid::Uuid;

use crate::account::Line;
use crate::args::{Cli, Command};
use crate::facts::Shows;
use crate::line::Lines;
use crate::session::{Account, CallGoal, Goal, ListenGoal, Session};

/// Usage, configuration, a locked data directory, an unsupported transport.
const CANNOT: u8 = 2;

/// Crates whose log names nobody at any level.
const OWN_CRATES: [&str; 12] = [
    "timbre_cli",
    "runtime",
    "agent",
    "platform",
    "practice",
    "crm",
    "crm_store",
    "crm_connect",
    "sip_stack",
    "sip_net",
    "rtp_net",
    "audio_engine",
];

fn main() -> ExitCode {
    let start = Instant::now();
    let cli = Cli::parse();
    let lines = Lines::new(start, cli.json);
    let done = watch_log(&cli.log).and_then(|()| {
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        threads.block_on(run(cli, start))
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            lines.error("internal", &format!("{error:#}"));
            ExitCode::from(CANNOT)
        }
    }
}

fn watch_log(level: &str) -> Result<()> {
    let level: tracing::Level = level.parse().ok().with_context(|| format!("--log {level}"))?;
    // Other people's crates print names of servers and bytes of messages below a warning.
    let ours = OWN_CRATES.iter().map(|name| (*name, level));
    let filter = Targets::new().with_default(level.min(tracing::Level::WARN)).with_targets(ours);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    Ok(())
}

/// What a run on the lines is made of.
struct Plan {
    goal: Goal,
    files: Vec<PathBuf>,
    audio: Backend,
    stats_every: Option<Duration>,
    control: bool,
    ladder: bool,
    headset: bool,
    watch: Vec<String>,
    record: Option<PathBuf>,
}

fn register(options: args::Register) -> Result<Plan> {
    let ladder = options.ladder;
    let goal = Goal::Register { once: options.once, duration: options.duration.map(seconds).transpose()? };
    Ok(Plan {
        goal,
        files: options.account,
        audio: Backend::Null,
        stats_every: None,
        control: false,
        ladder,
        headset: false,
        watch: Vec::new(),
        record: None,
    })
}

fn call(options: args::Call) -> Result<Plan> {
    let goal = CallGoal {
        target: options.target,
        register_limit: seconds(options.register_timeout)?,
        ring_limit: seconds(options.ring_timeout)?,
        duration: options.duration.map(seconds).transpose()?,
        hold_after: options.hold_after.map(seconds).transpose()?,
        resume_after: options.resume_after.map(seconds).transpose()?,
        tones: options.dtmf.as_deref().map(tones).transpose()?,
    };
    with_sound(Goal::Call(goal), options.account, &options.sound)
}

fn listen(options: args::Listen) -> Result<Plan> {
    let answer_after = match options.answer_after {
        None if options.sound.control => None,
        after => Some(Duration::from_millis(after.unwrap_or(0))),
    };
    let goal = ListenGoal {
        calls: options.calls,
        answer_after,
        reject: options.reject,
        duration: options.duration.map(seconds).transpose()?,
    };
    let plan = with_sound(Goal::Listen(goal), options.account, &options.sound)?;
    Ok(Plan { watch: options.watch, ..plan })
}

fn with_sound(goal: Goal, files: Vec<PathBuf>, sound: &args::Sound) -> Result<Plan> {
    let stats_every = every(sound.stats_interval)?;
    Ok(Plan {
        goal,
        files,
        audio: sound::backend(sound),
        stats_every,
        control: sound.control,
        ladder: sound.ladder,
        headset: sound.headset,
        watch: Vec::new(),
        record: sound.record.clone(),
    })
}

async fn run(cli: Cli, start: Instant) -> Result<bool> {
    let lines = Lines::new(start, cli.json);
    let digits = cli.log.eq_ignore_ascii_case("trace");
    let place = cli.data_dir;
    let plan = match cli.command {
        Command::Register(options) => register(options)?,
        Command::Call(options) => call(options)?,
        Command::Listen(options) => listen(options)?,
        Command::Schema => {
            books::print(&serde_json::to_string_pretty(&schema::schema())?);
            return Ok(true);
        }
        Command::Connector(args::Connector::Check(options)) => return connector::check(options, &lines).await,
        other => return books::run(other, place, &lines).await,
    };
    let accounts = account::read(&plan.files, place.as_deref())?;
    let names = accounts.iter().map(|Line { account, .. }| {
        let name = format!("{}@{}", account.user, account.domain);
        (account.id, Account { name, registers: account.register })
    });
    let names = names.collect();
    let first = accounts.first().map(|line| line.account.id);
    let turn = accounts.iter().filter_map(|line| Some((Entry::Turn(line.account.id), line.turn_password.clone()?)));
    let secrets = SecretsIn::Memory(turn.collect());
    let throw_away = tempfile::Builder::new().prefix("timbre-cli-").tempdir()?;
    let config = RuntimeConfig {
        data_dir: place.unwrap_or_else(|| throw_away.path().to_owned()),
        audio: plan.audio,
        headsets: plan.headset,
        lines: LinesFrom::Given(lines_of(accounts, plan.record.is_some())),
        secrets,
        recordings: plan.record,
        downloads: None,
        external: Arc::new(runtime::SystemPrograms),
        want_facts: true,
    };
    let mut runtime = Runtime::start(config).await?;
    let facts = runtime.take_facts().context("facts were asked for")?;
    let mut session = Session::new(runtime.agent.clone(), facts, lines, plan.goal);
    session.accounts = names;
    session.stats_every = plan.stats_every;
    session.shows = Shows { digits, ladder: plan.ladder };
    session.control = plan.control;
    runtime.agent.watch_colleagues(watched(&plan.watch, first));
    let (reached, limit) = session.run().await;
    // Calls and lines have ended politely; what is left is to close files and records.
    runtime.shut_down_by(limit).await;
    Ok(reached)
}

/// The lines of this run; they record if that is asked for.
fn lines_of(accounts: Vec<Line>, record: bool) -> Vec<(agent::settings::Account, Option<Secret>)> {
    let line = |line: Line| {
        let record = record || line.account.record;
        (agent::settings::Account { record, ..line.account }, line.password)
    };
    accounts.into_iter().map(line).collect()
}

/// Colleagues of this run alone.
fn watched(targets: &[String], account: Option<AccountId>) -> Vec<Colleague> {
    let Some(account) = account else { return Vec::new() };
    let named = |(place, target): (usize, &String)| Colleague {
        id: ColleagueId(Uuid::from_u128(place as u128 + 1)),
        name: target.clone(),
        account,
        target: target.clone(),
    };
    targets.iter().enumerate().map(named).collect()
}

fn seconds(value: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(value).with_context(|| format!("{value} seconds"))
}

fn every(value: f64) -> Result<Option<Duration>> {
    Ok(Some(seconds(value)?).filter(|every| !every.is_zero()))
}

/// Digits from a file, stdin or the command line itself.
fn tones(option: &str) -> Result<String> {
    let text = match option.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).with_context(|| format!("--dtmf @{file}"))?,
        None if option == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        None => option.to_owned(),
    };
    Ok(text.trim().to_owned())
}
