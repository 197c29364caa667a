//! A writing program is killed at any moment: all it was told is there, and its live call is an unsaved card.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; the child tells what is acknowledged

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crm::call::Direction;
use crm::card::{CardState, Draft};
use crm::store::conformance::{T0, call};
use crm::store::{CardQuery, Store};
use crm_store::SqliteStore;

const DIRECTORY: &str = "TIMBRE_KILL_TEST_DIRECTORY";

/// The child: one live call, typed into without end. Each stored draft is told.
#[test]
#[ignore = "the child of the tests below"]
fn child_that_types() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let mut store = SqliteStore::open(Path::new(&directory)).unwrap();
    let n = store.list_cards(&CardQuery { limit: 1, ..CardQuery::default() }).unwrap().total;
    let record = call(u128::from(n), Direction::Incoming, "8555 0117");
    store.begin_call(&record, &Draft::default()).unwrap();
    let mut out = std::io::stdout();
    for edit in 0_u64.. {
        let draft = Draft { comment: format!("{edit} {}", "palabra ".repeat(edit as usize % 400)), ..Draft::default() };
        store.save_draft(record.id, &draft, T0).unwrap();
        writeln!(out, "stored {edit}").unwrap();
        out.flush().unwrap();
    }
}

/// Kills the child after it told `told` drafts; returns the last one it told.
fn kill_after(directory: &Path, told: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_types", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stored = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("stored ")?.parse::<u64>().ok());
    let mut last = stored.by_ref().take(told).last().unwrap();
    child.kill().unwrap();
    // What it told before the kill reached it counts, too.
    last = stored.last().unwrap_or(last);
    child.wait().unwrap();
    last
}

fn kill_and_look(rounds: usize, told: impl Fn(usize) -> usize) {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..rounds {
        let last = kill_after(directory.path(), told(round));
        let mut store = SqliteStore::open(directory.path()).expect("the lock goes with the killed program");
        let recovered = store.recover_calls(T0 + 1).unwrap();
        assert_eq!(recovered.len(), 1);
        let card = store.card(recovered[0]).unwrap().card;
        let found: u64 = card.draft.comment.split(' ').next().unwrap().parse().unwrap();
        assert!(found >= last, "round {round}: {last} was told, {found} is there");
        assert_eq!((card.state, card.record.party.raw.as_str()), (CardState::Unsaved, "8555 0117"));
        assert_eq!(store.counts().unwrap().to_save as usize, round + 1);
    }
}

#[test]
fn a_kill_while_typing_keeps_card_and_text() {
    kill_and_look(4, |round| [1, 30, 7, 120][round]);
}

#[test]
#[ignore = "soak: a hundred kills"]
fn soak_a_hundred_kills() {
    kill_and_look(100, |round| 1 + (round * 37) % 300);
}
