//! The exchange goes, comes back, or stays away, while a line is registered and a call is up.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::path::Path;

use acceptance::cli::{Account, Cli};
use acceptance::desk::{Desk, text};
use acceptance::peers::User;
use acceptance::sound;

/// What was said is there to its end; how well it sounds is for the scenarios with a healthy exchange.
fn assert_went_on(said: &Path, heard: &Path) {
    let measured = sound::compare(&sound::read_wav(said).unwrap(), &sound::read_wav(heard).unwrap()).unwrap();
    assert!(measured.likeness > 0.6 && measured.longest_gap_ms <= 1_000, "{measured:?}");
}

/// The exchange restarts while a call is up: nobody hears anything of it, and the BYE finds its way.
#[test]
fn s0145_the_exchange_restarts_in_mid_call() {
    let mut desk = Desk::new();
    let (heard_a, heard_b) = (desk.path().join("a.wav"), desk.path().join("b.wav"));
    let mut bob = desk.listen(&Account::plain(User::BOB), &desk.high, &heard_b, &[]);
    let mut alice = desk.call(&Account::plain(User::ALICE), User::BOB.name, &desk.low, &heard_a, &["--duration", "8"]);
    alice.wait_for("first_rtp").unwrap();
    bob.wait_for("first_rtp").unwrap();
    desk.exchange.stop();
    desk.exchange.start_again().unwrap();
    let ended = alice.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("local")), "{ended}");
    let ended = bob.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("remote")), "{ended}");
    assert_eq!((alice.finish().unwrap().0, bob.finish().unwrap().0), (0, 0));
    assert_went_on(&desk.low, &heard_b);
    assert_went_on(&desk.high, &heard_a);
}

/// The exchange goes in mid-call and stays away: the call goes on until somebody hangs up, and ends in order here.
#[test]
fn s0146_the_exchange_is_gone_in_mid_call() {
    let mut desk = Desk::new();
    let (heard_a, heard_b) = (desk.path().join("a.wav"), desk.path().join("b.wav"));
    let mut bob = desk.listen(&Account::plain(User::BOB), &desk.high, &heard_b, &[]);
    let mut alice = desk.call(&Account::plain(User::ALICE), User::BOB.name, &desk.low, &heard_a, &["--duration", "8"]);
    alice.wait_for("first_rtp").unwrap();
    bob.wait_for("first_rtp").unwrap();
    desk.exchange.stop();
    let ended = alice.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("local")), "{ended}");
    assert!(ended["duration_ms"].as_u64().is_some_and(|ms| ms >= 7_900), "{ended}");
    assert_eq!(alice.finish().unwrap().0, 0);
    assert_went_on(&desk.high, &heard_a);
}

/// Over TCP the loss is seen at once, and the binding is back as soon as the exchange is.
#[test]
fn s0147_the_registration_comes_back_with_the_exchange() {
    let mut desk = Desk::new();
    let account = Account { transport: "tcp", ..Account::plain(User::ALICE) };
    let file = account.write(desk.path(), &desk.exchange).unwrap();
    let mut alice = Cli::start(desk.path(), &["register", "--account", text(&file)]).unwrap();
    alice.wait_for("registered").unwrap();
    desk.exchange.stop();
    let failed = alice.wait_for("registration_failed").unwrap();
    assert_eq!(failed["cause"], "unreachable", "{failed}");
    assert!(failed["retry_ms"].as_u64().is_some_and(|ms| ms <= 5_000), "{failed}");
    desk.exchange.start_again().unwrap();
    alice.wait_for("registered").unwrap();
    alice.interrupt().unwrap();
    assert_eq!(alice.finish().unwrap().0, 0);
}
