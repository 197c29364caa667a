//! Steps: each is named, timed, and stops the rest when it fails.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::system::show;
use crate::tally::{Dialect, Tally};

/// A run of steps with its sums.
pub struct Steps<'a> {
    only: Option<&'a str>,
    began: Instant,
    done: Vec<(String, Duration)>,
    tally: Tally,
}

impl<'a> Steps<'a> {
    /// Begins; with `only`, steps whose name does not contain it are left out.
    pub fn begin(only: Option<&'a str>) -> Self {
        Self { only, began: Instant::now(), done: Vec::new(), tally: Tally::default() }
    }

    /// Runs one step of our own code.
    pub fn step(&mut self, name: &str, body: impl FnOnce() -> Result<()>) -> Result<()> {
        self.timed(name, || body().map(|()| Tally { passed: 1, failed: 0 }))
    }

    /// Runs one program as a step and counts its tests.
    pub fn program(&mut self, name: &str, dialect: Dialect, command: Command) -> Result<()> {
        self.timed(name, || watch(command, dialect))
    }

    fn timed(&mut self, name: &str, body: impl FnOnce() -> Result<Tally>) -> Result<()> {
        if self.only.is_some_and(|only| !name.contains(only)) {
            return Ok(());
        }
        println!("\n── {name}");
        let began = Instant::now();
        let result = body();
        let took = began.elapsed();
        self.done.push((name.to_owned(), took));
        match result {
            Ok(tally) => {
                self.add(tally);
                println!("── {name}: done in {}", seconds(took));
                Ok(())
            }
            Err(error) => {
                if let Some(Failed { tally, .. }) = error.downcast_ref::<Failed>() {
                    self.add(Tally { failed: tally.failed.max(1), ..*tally });
                } else {
                    self.add(Tally { passed: 0, failed: 1 });
                }
                println!("── {name}: FAILED after {}", seconds(took));
                self.report();
                Err(error.context(name.to_owned()))
            }
        }
    }

    fn add(&mut self, tally: Tally) {
        self.tally.passed += tally.passed;
        self.tally.failed += tally.failed;
    }

    /// Ends well; the last line is the sum.
    pub fn end(self) -> Result<()> {
        if self.done.is_empty() {
            bail!("no step has such a name");
        }
        self.report();
        Ok(())
    }

    fn report(&self) {
        println!();
        for (name, took) in &self.done {
            println!("{:>9}  {name}", seconds(*took));
        }
        println!("{:>9}  in all", seconds(self.began.elapsed()));
        println!("{} passed, {} failed", self.tally.passed, self.tally.failed);
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[derive(Debug, thiserror::Error)]
#[error("{shown} ended with {status}")]
struct Failed {
    shown: String,
    status: std::process::ExitStatus,
    tally: Tally,
}

/// Runs a program, shows its output as it comes, and reads sums from it.
fn watch(mut command: Command, dialect: Dialect) -> Result<Tally> {
    let shown = show(&command);
    println!("$ {shown}");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {shown}"))?;
    let tally = Mutex::new(Tally::default());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| follow(out, dialect, &tally));
        scope.spawn(|| follow(err, dialect, &tally));
    });
    let status = child.wait()?;
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    if dialect == Dialect::Step && status.success() {
        tally.passed = 1;
    }
    if !status.success() || tally.failed > 0 {
        return Err(Failed { shown, status, tally }.into());
    }
    if tally.passed == 0 {
        bail!("{shown} ran no test");
    }
    Ok(tally)
}

fn follow(from: Option<impl Read>, dialect: Dialect, tally: &Mutex<Tally>) {
    let Some(from) = from else { return };
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        tally.lock().unwrap_or_else(PoisonError::into_inner).read(dialect, &text);
        line.clear();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::watch;
    use crate::tally::Dialect;

    fn script(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    #[test]
    fn a_program_that_ran_no_test_fails_although_it_ended_well() {
        assert!(watch(script("true"), Dialect::Nextest).is_err());
        assert!(watch(script("echo '1 test run: 1 passed'"), Dialect::Nextest).is_ok());
        assert!(watch(script("echo '2 tests run: 1 passed, 1 failed' >&2"), Dialect::Nextest).is_err());
    }

    #[test]
    fn a_status_other_than_zero_fails_a_step() {
        assert!(watch(script("exit 3"), Dialect::Step).is_err());
        assert_eq!(watch(script("exit 0"), Dialect::Step).unwrap().passed, 1);
    }
}
