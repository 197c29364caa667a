//! The command line is steered by lines on stdin, and knows people of its data directory.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::path::Path;

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Kamailio, User};
use serde_json::{Value, json};
use tempfile::TempDir;

struct Desk {
    folder: TempDir,
    exchange: Kamailio,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), exchange: Kamailio::start().unwrap() }
    }

    fn start(&self, user: User, arguments: &[&str]) -> Cli {
        let file = Account::plain(user).write(self.folder.path(), &self.exchange).unwrap();
        let sound = ["--account", text(&file), "--mic", "silence", "--speaker", "null"];
        Cli::start(self.folder.path(), &[arguments, &sound].concat()).unwrap()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn by(event: &Value) -> &str {
    event["by"].as_str().unwrap_or_default()
}

#[test]
fn s0160_every_verb_of_control_does_what_it_says() {
    let desk = Desk::new();
    let mut bob = desk.start(User::BOB, &["listen", "--calls", "2", "--control"]);
    bob.wait_for("listening").unwrap();
    let mut refused = desk.start(User::ALICE, &["call", User::BOB.name]);
    bob.wait_for("incoming").unwrap();
    bob.control(&json!({ "do": "reject", "code": 486 })).unwrap();
    assert_eq!(refused.wait_for("ended").unwrap()["cause"], "busy");
    assert_eq!(refused.finish().unwrap().0, 1);

    let mut alice = desk.start(User::ALICE, &["call", User::BOB.name, "--control"]);
    let call = bob.wait_for("incoming").unwrap()["call"].clone();
    bob.control(&json!({ "do": "answer", "call": call })).unwrap();
    alice.wait_for("first_rtp").unwrap();
    bob.wait_for("first_rtp").unwrap();
    bob.control(&json!({ "do": "hold" })).unwrap();
    assert_eq!(by(&bob.wait_for("held").unwrap()), "local");
    assert_eq!(by(&alice.wait_for("held").unwrap()), "remote");
    bob.control(&json!({ "do": "resume" })).unwrap();
    assert_eq!(by(&bob.wait_for("resumed").unwrap()), "local");
    assert_eq!(by(&alice.wait_for("resumed").unwrap()), "remote");
    alice.control(&json!({ "do": "mute" })).unwrap();
    alice.control(&json!({ "do": "unmute" })).unwrap();
    alice.control(&json!({ "do": "dtmf", "digits": "5" })).unwrap();
    bob.wait_where("the tone", |event| event["event"] == "dtmf" && event["direction"] == "in").unwrap();

    for wrong in [json!({ "do": "fly" }), json!({ "do": "transfer" }), json!({ "do": "dtmf", "digits": "x" })] {
        alice.control(&wrong).unwrap();
        alice.wait_for("error").unwrap();
    }
    alice.control(&json!({ "do": "hangup" })).unwrap();
    let ended = alice.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), by(&ended)), (Some("normal"), "local"), "wrong lines do no harm: {ended}");
    assert_eq!(by(&bob.wait_for("ended").unwrap()), "remote");
    assert_eq!(alice.finish().unwrap().0, 0);
    assert_eq!(bob.finish().unwrap().0, 0);
}

#[test]
fn s0161_a_caller_whom_the_data_directory_knows_has_a_name() {
    let desk = Desk::new();
    let place = desk.folder.path().join("profile");
    let people = desk.folder.path().join("people.csv");
    let rows = format!("first_name,last_name,phone\r\nAna,Mora,{}\r\n", User::ALICE.name);
    std::fs::write(&people, rows).unwrap();
    let import = Cli::start(desk.folder.path(), &["--data-dir", text(&place), "contacts", "import", text(&people)]);
    assert_eq!(import.unwrap().finish().unwrap().0, 0);
    let mut bob = desk.start(User::BOB, &["--data-dir", text(&place), "listen", "--calls", "1"]);
    bob.wait_for("listening").unwrap();
    let alice = desk.start(User::ALICE, &["call", User::BOB.name, "--duration", "1"]);
    let incoming = bob.wait_for("incoming").unwrap();
    assert_eq!((incoming["contact"]["name"].as_str(), incoming["matches"].as_u64()), (Some("Ana Mora"), Some(1)));
    assert_eq!(alice.finish().unwrap().0, 0);
    assert_eq!(bob.finish().unwrap().0, 0);
}
