//! Codes of the exchange, used on a real one: its numbers stand for what a code reaches.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::io::Write;
use std::path::Path;

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Baresip, BaresipConfig, Kamailio, User};
use acceptance::sound::{self, Voice};
use serde_json::json;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn s0260_a_call_is_parked_by_the_code_of_the_account() {
    let folder = tempfile::tempdir().unwrap();
    let speech = sound::speech(folder.path(), Voice::High).unwrap();
    let exchange = Kamailio::start().unwrap();
    let start = |user: User, codes: &str, arguments: &[&str]| {
        let file = Account::plain(user).write(folder.path(), &exchange).unwrap();
        let mut opened = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
        writeln!(opened, "profile = \"asterisk\"\n{codes}").unwrap();
        let sound = ["--account", text(&file), "--mic", "silence", "--speaker", "null"];
        Cli::start(folder.path(), &[arguments, &sound].concat()).unwrap()
    };
    let mut lot = start(User::CAROL, "", &["listen", "--calls", "1"]);
    lot.wait_for("listening").unwrap();
    let config = BaresipConfig {
        user: User::BOB,
        transport: "udp",
        codecs: "pcma",
        speech: &speech,
        answers: true,
        more: "",
        menc: "",
    };
    let bob = Baresip::start(&exchange, &config).unwrap();
    let codes = format!("codes = {{ park = \"{}\" }}", User::CAROL.name);
    let mut alice = start(User::ALICE, &codes, &["call", User::BOB.name, "--control"]);
    alice.wait_for("first_rtp").unwrap();

    alice.control(&json!({ "do": "call_code", "code": "to_voicemail", "number": "999" })).unwrap();
    let failed = alice.wait_for("transfer_failed").unwrap();
    assert_eq!(failed["code"], 404, "this exchange has no mailboxes at *999, and the call goes on: {failed}");

    alice.control(&json!({ "do": "call_code", "code": "park" })).unwrap();
    let incoming = lot.wait_for("incoming").unwrap();
    assert!(incoming["from"].as_str().is_some_and(|from| from.contains(User::BOB.name)), "{incoming}");
    lot.wait_for("first_rtp").unwrap();
    alice.wait_for("transferred").unwrap();
    assert_eq!(alice.wait_for("ended").unwrap()["cause"], "normal");
    assert_eq!(alice.finish().unwrap().0, 0);
    bob.hang_up().unwrap();
    lot.wait_for("ended").unwrap();
    assert_eq!(lot.finish().unwrap().0, 0);
}
