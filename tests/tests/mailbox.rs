//! The exchange tells what waits in the mailbox of a line.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Kamailio, User};

const KIND: &str = "application/simple-message-summary";

fn summary(new: u32, old: u32) -> String {
    let waiting = if new > 0 { "yes" } else { "no" };
    format!(
        "Messages-Waiting: {waiting}\r\nMessage-Account: sip:*97@timbre.test\r\nVoice-Message: {new}/{old} (0/0)\r\n"
    )
}

#[test]
fn s0160_what_waits_in_the_mailbox_is_told_by_the_exchange() {
    for transport in ["udp", "tcp", "tls"] {
        let folder = tempfile::tempdir().unwrap();
        let exchange = Kamailio::start_with_presence().unwrap();
        let publish = |new, old, entity: Option<&str>| {
            exchange.publish(User::ALICE, "message-summary", KIND, &summary(new, old), entity).unwrap()
        };
        let entity = publish(2, 1, None);
        let account = Account { transport, ..Account::plain(User::ALICE) };
        let file = account.write(folder.path(), &exchange).unwrap();
        let sound = ["--mic", "silence", "--speaker", "null"];
        let listens = [&["listen", "--calls", "1", "--account", file.to_str().unwrap()], &sound[..]].concat();
        let mut alice = Cli::start(folder.path(), &listens).unwrap();
        let told = |alice: &mut Cli| {
            let line = alice.wait_for("mailbox").unwrap();
            (line["waiting"].as_bool(), line["new"].as_u64(), line["old"].as_u64())
        };
        assert_eq!(told(&mut alice), (Some(true), Some(2), Some(1)), "{transport}\n{}", exchange.log());
        let entity = publish(3, 1, Some(&entity));
        assert_eq!(told(&mut alice), (Some(true), Some(3), Some(1)), "{transport}: a message came");
        publish(0, 4, Some(&entity));
        assert_eq!(told(&mut alice), (Some(false), Some(0), Some(4)), "{transport}: all were heard");
        alice.interrupt().unwrap();
        alice.finish().unwrap();
    }
}

#[test]
fn s0161_an_exchange_that_restarts_is_asked_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut exchange = Kamailio::start_with_presence().unwrap();
    let account = Account { transport: "tcp", ..Account::plain(User::ALICE) };
    let file = account.write(folder.path(), &exchange).unwrap();
    let listens =
        ["listen", "--calls", "1", "--account", file.to_str().unwrap(), "--mic", "silence", "--speaker", "null"];
    let mut alice = Cli::start(folder.path(), &listens).unwrap();
    exchange.publish(User::ALICE, "message-summary", KIND, &summary(1, 0), None).unwrap();
    alice.wait_where("one message", |line| line["event"] == "mailbox" && line["new"] == 1).unwrap();
    exchange.stop();
    exchange.start_again().unwrap();
    exchange.publish(User::ALICE, "message-summary", KIND, &summary(5, 0), None).unwrap();
    alice.wait_where("five messages", |line| line["event"] == "mailbox" && line["new"] == 5).unwrap();
    alice.interrupt().unwrap();
    alice.finish().unwrap();
}
