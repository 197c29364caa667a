//! Every check and test, in the order in which they fail soonest.

use anyhow::Result;

use crate::app::cargo;
use crate::bundle::ENCRYPTED;
use crate::steps::Steps;
use crate::system::Consent;
use crate::tally::Dialect;
use crate::{bindings, bundle, cross, install, node, packages, paths, tools};

/// Of the rooms that know encryption at rest: its own tests, and the suite of every store once more with a key.
const SEALED: &str = "test(encrypted) + test(records::) + binary(encrypted)";

/// The whole agent, killed at named points which no other build has.
pub const KILLS: [&str; 8] = ["nextest", "run", "-p", "runtime", "--features", "failpoints", "--test", "kills"];

/// Runs all steps, or those whose name contains `only`.
pub fn run(consent: Consent, only: Option<&str>) -> Result<()> {
    let linux = cfg!(target_os = "linux");
    let cross = cross::is_possible();
    let mut steps = Steps::begin(only);
    steps.step("packages", || {
        let cross = if cross { packages::CROSS } else { &[] };
        install::ensure(&[packages::BUILD, packages::TEST, cross], consent)
    })?;
    steps.step("tools", || {
        tools::ensure_nextest(consent)?;
        node::ensure_packages()
    })?;
    steps.program("format", Dialect::Step, with(cargo(), &["fmt", "--all", "--check"]))?;
    steps.step("bindings", || bindings::run(true))?;
    steps.program("interface: types", Dialect::Step, node::script("check"))?;
    steps.program("interface: lint", Dialect::Step, node::script("lint"))?;
    steps.step("interface: build", node::build)?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    steps.program("lint", Dialect::Step, with(cargo(), &clippy))?;
    if cross {
        steps.step("platform on Windows and macOS", cross::check)?;
    }
    steps.program("build", Dialect::Step, with(cargo(), &["build", "--workspace", "--all-targets"]))?;
    let mut nextest = with(cargo(), &["nextest", "run", "--workspace", "--no-fail-fast"]);
    if linux {
        nextest.env("TIMBRE_PYTHON", tools::ensure_python()?).env("TIMBRE_NODE_CLIENTS", tools::ensure_node_clients()?);
    }
    steps.program("tests", Dialect::Nextest, nextest)?;
    let sealed = ["nextest", "run", "-p", "crm-store", "-p", "runtime", "--features", ENCRYPTED, "-E", SEALED];
    steps.program("records, encrypted", Dialect::Nextest, with(cargo(), &sealed))?;
    if linux {
        steps.program("kills", Dialect::Nextest, with(cargo(), &KILLS))?;
    }
    steps.program("interface: tests", Dialect::Vitest, node::script("test"))?;
    if linux {
        steps.step("package", bundle::debian_package_of_built_app)?;
        let mut window = std::process::Command::new("node");
        window.arg("tests/e2e/run.mjs").env("TIMBRE_APP", paths::app("debug"));
        steps.program("window", Dialect::Node, window)?;
    }
    steps.end()
}

fn with(mut command: std::process::Command, arguments: &[&str]) -> std::process::Command {
    command.args(arguments);
    command
}
