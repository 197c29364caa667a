//! The command line as `--help` tells it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use uuid::Uuid;

/// The same agent as the window's, for scripts, monitoring and tests.
#[derive(Debug, Parser)]
#[command(name = "timbre-cli", version, about)]
pub struct Cli {
    /// Keeps settings, contacts and history here. Without it, register, call and listen use a folder that is thrown away,
    /// the others the application's own.
    #[arg(long, global = true, value_name = "D")]
    pub data_dir: Option<PathBuf>,
    /// What goes to stderr: error, warn, info, debug or trace.
    #[arg(long, global = true, value_name = "LEVEL", default_value = "warn")]
    pub log: String,
    /// One JSON object a line on stdout.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Registers, and unregisters at the end.
    Register(Register),
    /// Calls a number, extension or SIP address.
    Call(Call),
    /// Waits for calls and answers them.
    Listen(Listen),
    /// Tells what would become of a link.
    ParseLink {
        /// A `tel:`, `callto:`, `sip:` or `sips:` link.
        uri: String,
    },
    /// People.
    #[command(subcommand)]
    Contacts(Contacts),
    /// Calls of the past.
    #[command(subcommand)]
    History(History),
    /// Activities on their way to a CRM.
    #[command(subcommand)]
    Outbox(Outbox),
    /// Connections to CRMs.
    #[command(subcommand)]
    Connector(Connector),
    /// Prints the JSON Schema of every line.
    Schema,
}

/// Options of `register`.
#[derive(Debug, Args)]
pub struct Register {
    /// Account file; may repeat.
    #[arg(long, required = true, value_name = "FILE")]
    pub account: Vec<PathBuf>,
    /// Ends after the first answer of the exchange.
    #[arg(long, conflicts_with = "duration")]
    pub once: bool,
    /// Ends so many seconds after the first `registered`.
    #[arg(long, value_name = "S")]
    pub duration: Option<f64>,
    /// Tells each message of signalling, without names, numbers and addresses.
    #[arg(long)]
    pub ladder: bool,
}

/// Options of sound, common to `call` and `listen`.
#[derive(Debug, Args)]
pub struct Sound {
    /// What is said: a WAV file, a device, or `silence`.
    #[arg(long, value_name = "WAV|DEVICE|silence")]
    pub mic: Option<String>,
    /// Where what is heard goes: a WAV file, a device, or `null`.
    #[arg(long, value_name = "WAV|DEVICE|null")]
    pub speaker: Option<String>,
    /// Seconds between two `stats`; 0 for none.
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    pub stats_interval: f64,
    /// Reads commands from stdin, one JSON object a line: `{"do": "hangup", "call": ID}`. Calls are then answered by
    /// command alone, unless --answer-after says otherwise.
    #[arg(long)]
    pub control: bool,
    /// Records every call from its answer on, into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub record: Option<PathBuf>,
    /// Tells each message of signalling, without names, numbers and addresses.
    #[arg(long)]
    pub ladder: bool,
    /// Follows the buttons and lamps of headsets.
    #[arg(long)]
    pub headset: bool,
}

/// Options of `call`.
#[derive(Debug, Args)]
pub struct Call {
    /// A number, extension, user or SIP address.
    pub target: String,
    /// Account file; may repeat, the first one calls.
    #[arg(long, required = true, value_name = "FILE")]
    pub account: Vec<PathBuf>,
    /// Gives registration so many seconds.
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    pub register_timeout: f64,
    /// Lets it ring so many seconds.
    #[arg(long, value_name = "S", default_value_t = 60.0)]
    pub ring_timeout: f64,
    /// Hangs up so many seconds after the answer.
    #[arg(long, value_name = "S")]
    pub duration: Option<f64>,
    /// Holds so many seconds after the answer.
    #[arg(long, value_name = "S")]
    pub hold_after: Option<f64>,
    /// Resumes so many seconds after the hold.
    #[arg(long, value_name = "S")]
    pub resume_after: Option<f64>,
    /// Tones half a second after the answer: @FILE, - for stdin, or the digits themselves (for tests: others can read
    /// them in the list of processes).
    #[arg(long, value_name = "@FILE|-|DIGITS")]
    pub dtmf: Option<String>,
    /// Sound and control.
    #[command(flatten)]
    pub sound: Sound,
}

/// Options of `listen`.
#[derive(Debug, Args)]
pub struct Listen {
    /// Account file; may repeat.
    #[arg(long, required = true, value_name = "FILE")]
    pub account: Vec<PathBuf>,
    /// Ends after so many calls.
    #[arg(long, value_name = "N")]
    pub calls: Option<u32>,
    /// Answers so many milliseconds after a call comes in.
    #[arg(long, value_name = "MS")]
    pub answer_after: Option<u64>,
    /// Refuses calls with this SIP status.
    #[arg(long, value_name = "CODE", value_parser = clap::value_parser!(u16).range(400..700), conflicts_with = "answer_after")]
    pub reject: Option<u16>,
    /// Watches the calls of a colleague, an extension or SIP address, over the first account; may repeat.
    #[arg(long, value_name = "TARGET")]
    pub watch: Vec<String>,
    /// Ends so many seconds after `listening`.
    #[arg(long, value_name = "S")]
    pub duration: Option<f64>,
    /// Sound and control.
    #[command(flatten)]
    pub sound: Sound,
}

/// What to do with people.
#[derive(Debug, Subcommand)]
pub enum Contacts {
    /// Takes people from a CSV or vCard file; who is known already is not taken twice, a wrong format imports nobody.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Writes all people to a CSV file.
    Export {
        /// The file.
        file: PathBuf,
    },
    /// Finds people by name, company, document, e-mail, number, extension or address.
    Find {
        /// What to look for.
        text: String,
    },
}

/// What to do with calls of the past.
#[derive(Debug, Subcommand)]
pub enum History {
    /// Writes all calls to a CSV file.
    Export {
        /// The file.
        file: PathBuf,
    },
    /// Shows how a call went technically: its messages, and its figures over time; no names, numbers and addresses.
    Details {
        /// The call; without it the last one of which that is known.
        call: Option<Uuid>,
    },
}

/// What to do with activities on their way.
#[derive(Debug, Subcommand)]
pub enum Outbox {
    /// Lists them, oldest first.
    List,
}

/// What to do with connections to CRMs.
#[derive(Debug, Subcommand)]
pub enum Connector {
    /// Tries every operation of a file that describes a CRM. It makes a contact, a lead and a call there: use a test
    /// organisation.
    Check(Check),
}

/// Options of `connector check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The file.
    pub file: PathBuf,
    /// Where the CRM is, unless the file says it.
    #[arg(long, value_name = "URL")]
    pub address: Option<String>,
    /// A setting of the file; may repeat.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// User, for files that want one.
    #[arg(long)]
    pub user: Option<String>,
    /// The environment variable that has the key or password.
    #[arg(long, value_name = "VARIABLE")]
    pub key_env: Option<String>,
    /// The client's name at the CRM, for files that sign in by OAuth.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// The environment variable that has the client's secret.
    #[arg(long, value_name = "VARIABLE")]
    pub client_secret_env: Option<String>,
    /// The port of the redirect; may repeat, 0 is any.
    #[arg(long, value_name = "PORT", default_value = "0")]
    pub port: Vec<u16>,
    /// The region in which numbers without country code are meant.
    #[arg(long, value_name = "ISO", default_value = "US")]
    pub country: String,
    /// A number that nobody in the CRM has.
    #[arg(long, value_name = "E164", default_value = "+12025550143")]
    pub number: String,
    /// Makes nothing there: tries what only reads.
    #[arg(long)]
    pub read_only: bool,
}
