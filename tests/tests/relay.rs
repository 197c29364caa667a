//! Between a line that encrypts and a telephone that does not, the exchange's relay stands.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use acceptance::cli::Account;
use acceptance::desk::Desk;
use acceptance::peers::{Baresip, BaresipConfig, Kamailio, User};
use acceptance::verdict::{Made, Spoken, clearly};

fn line(transport: &'static str, srtp_keys: &'static str) -> Account {
    Account { transport, srtp: "required", srtp_keys, codecs: &["pcma"], ..Account::plain(User::ALICE) }
}

fn baresip(desk: &Desk, answers: bool) -> Baresip {
    let (user, transport, speech) = (User::BOB, "udp", &desk.high);
    let config = BaresipConfig { user, transport, codecs: "pcma", speech, answers, more: "", menc: "" };
    Baresip::start(&desk.exchange, &config).unwrap()
}

fn concealed(story: &[serde_json::Value]) -> u64 {
    let summary = story.iter().find(|event| event["event"] == "summary").expect("a call ends with its summary");
    summary["concealed_ms"].as_u64().unwrap_or(u64::MAX)
}

/// Timbre calls with encryption, baresip answers without.
fn calls(account: &Account) -> Made<Desk> {
    let desk = Desk::at(Kamailio::start_with_relay().unwrap());
    let heard = desk.path().join("a.wav");
    let bob = baresip(&desk, true);
    let mut alice = desk.call(account, User::BOB.name, &desk.low, &heard, &["--duration", "7"]);
    let answered = alice.wait_for("answered").unwrap();
    assert_eq!(answered["keying"].as_str(), Some(account.srtp_keys), "{answered}");
    alice.wait_for("ended").unwrap();
    let (code, story) = alice.finish().unwrap();
    assert_eq!(code, 0);
    let recorded = desk.path().join("b.wav");
    std::fs::copy(bob.heard().unwrap(), &recorded).unwrap();
    let to_alice = Spoken { said: desk.high.clone(), heard, other: desk.low.clone() };
    let to_bob = Spoken { said: desk.low.clone(), heard: recorded, other: desk.high.clone() };
    Made { spoken: vec![to_alice, to_bob], concealed_ms: concealed(&story), keeps: desk }
}

/// baresip calls without encryption, Timbre answers with.
fn is_called(account: &Account) -> Made<Desk> {
    let desk = Desk::at(Kamailio::start_with_relay().unwrap());
    let heard = desk.path().join("a.wav");
    let mut alice = desk.listen(account, &desk.low, &heard, &["--answer-after", "0"]);
    let bob = baresip(&desk, false);
    bob.dial(User::ALICE.name).unwrap();
    let answered = alice.wait_for("answered").unwrap();
    assert_eq!(answered["keying"].as_str(), Some(account.srtp_keys), "{answered}");
    let ended = alice.wait_for("ended").unwrap();
    assert_eq!(ended["by"], "remote", "{ended}");
    let story = alice.finish().unwrap().1;
    let to_alice = Spoken { said: desk.high.clone(), heard, other: desk.low.clone() };
    Made { spoken: vec![to_alice], concealed_ms: concealed(&story), keeps: desk }
}

fn both_ways(account: &Account) {
    for call in [calls, is_called] {
        clearly(|| call(account)).unwrap_or_else(|fault| panic!("{fault:#}"));
    }
}

#[test]
fn s0230_srtp_here_and_rtp_there_both_ways() {
    both_ways(&line("tls", "sdes"));
}

/// As a browser comes.
#[test]
fn s0231_dtls_srtp_over_a_websocket_here_and_rtp_there_both_ways() {
    both_ways(&line("wss", "dtls"));
}
