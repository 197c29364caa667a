//! Long runs and figures.

use anyhow::Result;

use crate::app::cargo;
use crate::steps::Steps;
use crate::system::Consent;
use crate::tally::Dialect;
use crate::{packages, tools};

/// Tests that are ignored in `test` because they take long: their names begin with `soak_`.
pub fn soak(consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::TEST], consent)?;
    tools::ensure_nextest(consent)?;
    let mut steps = Steps::begin(None);
    let mut nextest = cargo();
    nextest.args([
        "nextest",
        "run",
        "--workspace",
        "--run-ignored",
        "only",
        "--no-fail-fast",
        "-E",
        "test(/(^|::)soak_/)",
    ]);
    steps.program("soak", Dialect::Nextest, nextest)?;
    steps.end()
}

/// Benchmarks of the crates.
pub fn bench(consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::TEST], consent)?;
    let mut steps = Steps::begin(None);
    let mut benches = cargo();
    benches.args(["bench", "--workspace", "--benches"]);
    steps.program("benches", Dialect::Step, benches)?;
    steps.end()
}
