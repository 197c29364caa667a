//! Short messages through a real exchange, with a telephone of somebody else.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::path::Path;
use std::time::Duration;

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Baresip, BaresipConfig, Kamailio, User, wait_until};
use acceptance::sound;
use serde_json::{Value, json};

fn telephone<'a>(transport: &'a str, speech: &'a Path) -> BaresipConfig<'a> {
    BaresipConfig { user: User::BOB, transport, codecs: "pcma", speech, answers: true, more: "", menc: "" }
}

fn agent(folder: &Path, exchange: &Kamailio, user: User, transport: &'static str) -> Cli {
    let file = Account { transport, ..Account::plain(user) }.write(folder, exchange).unwrap();
    let listens = ["listen", "--control", "--account", file.to_str().unwrap(), "--mic", "silence", "--speaker", "null"];
    let mut agent = Cli::start(folder, &listens).unwrap();
    agent.wait_for("listening").unwrap();
    agent
}

/// Writes and waits for what became of it.
fn write(agent: &mut Cli, to: &str, text: &str) -> Value {
    agent.control(&json!({ "do": "message", "to": to, "text": text })).unwrap();
    let id = agent.wait_for("message_written").unwrap()["message"].clone();
    let settled = agent.wait_where("its fate", |line| line["event"] == "message_settled" && line["message"] == id);
    settled.unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn s0280_messages_go_both_ways_with_another_telephone() {
    for transport in ["udp", "tcp", "tls"] {
        let folder = tempfile::tempdir().unwrap();
        let exchange = Kamailio::start().unwrap();
        let speech = sound::hum(folder.path(), 440.0, 5).unwrap();
        let bob = Baresip::start(&exchange, &telephone(transport, &speech)).unwrap();
        let mut alice = agent(folder.path(), &exchange, User::ALICE, transport);
        let sent = write(&mut alice, User::BOB.name, "¿Me llama mañana? 🙂");
        assert_eq!(sent["state"], "sent", "{transport} {sent}\n{}", exchange.log());
        wait_until("it is read there", Duration::from_secs(10), || bob.log().contains("¿Me llama mañana? 🙂"))
            .unwrap_or_else(|why| panic!("{why}\n{}", bob.log()));
        bob.write("A las diez, señora").unwrap();
        let came = alice.wait_for("message_received").unwrap_or_else(|why| panic!("{why}\n{}", bob.log()));
        assert_eq!((came["from"].as_str(), came["text"].as_str()), (Some(User::BOB.name), Some("A las diez, señora")));
        let nobody = write(&mut alice, "999", "¿Hay alguien?");
        assert_eq!((nobody["state"].as_str(), nobody["code"].as_u64()), (Some("failed"), Some(404)), "{nobody}");
        alice.interrupt().unwrap();
        alice.finish().unwrap();
    }
}

#[test]
fn s0281_a_long_message_arrives_whole() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start().unwrap();
    let mut alice = agent(folder.path(), &exchange, User::ALICE, "udp");
    let mut carol = agent(folder.path(), &exchange, User::CAROL, "tcp");
    let text: String = (0..400).map(|n| format!("línea {n}, ")).collect();
    let text = text.trim();
    let sent = write(&mut alice, User::CAROL.name, text);
    assert_eq!(sent["state"], "sent", "{sent}\n{}", exchange.log());
    assert_eq!(carol.wait_for("message_received").unwrap()["text"], text);
    for one in [alice, carol] {
        one.interrupt().unwrap();
        one.finish().unwrap();
    }
}
