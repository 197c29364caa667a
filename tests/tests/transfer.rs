//! A call is sent elsewhere through the exchange.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::path::Path;

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Baresip, BaresipConfig, Kamailio, User};
use acceptance::sound::{self, Voice};
use serde_json::json;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn s0150_the_other_side_is_sent_to_a_third_and_the_call_ends_here() {
    let folder = tempfile::tempdir().unwrap();
    let speech = sound::speech(folder.path(), Voice::High).unwrap();
    let exchange = Kamailio::start().unwrap();
    let start = |user: User, arguments: &[&str]| {
        let file = Account::plain(user).write(folder.path(), &exchange).unwrap();
        let sound = ["--account", text(&file), "--mic", "silence", "--speaker", "null"];
        Cli::start(folder.path(), &[arguments, &sound].concat()).unwrap()
    };
    let mut carol = start(User::CAROL, &["listen", "--calls", "1"]);
    carol.wait_for("listening").unwrap();
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
    let mut alice = start(User::ALICE, &["call", User::BOB.name, "--control"]);
    alice.wait_for("first_rtp").unwrap();

    alice.control(&json!({ "do": "transfer", "to": "9999999" })).unwrap();
    let failed = alice.wait_for("transfer_failed").unwrap();
    assert_eq!(failed["code"], 404, "nobody has that number, and the call goes on: {failed}");

    alice.control(&json!({ "do": "transfer", "to": User::CAROL.name })).unwrap();
    let incoming = carol.wait_for("incoming").unwrap();
    assert!(incoming["from"].as_str().is_some_and(|from| from.contains(User::BOB.name)), "{incoming}");
    carol.wait_for("first_rtp").unwrap();
    alice.wait_for("transferred").unwrap();
    let ended = alice.wait_for("ended").unwrap();
    assert_eq!(ended["cause"], "normal", "{ended}");
    assert_eq!(alice.finish().unwrap().0, 0);
    bob.hang_up().unwrap();
    carol.wait_for("ended").unwrap();
    assert_eq!(carol.finish().unwrap().0, 0);
}
