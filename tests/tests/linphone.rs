//! linphone as the other side: calls both ways, keys in signalling, tones, hold.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use acceptance::cli::Account;
use acceptance::desk::Desk;
use acceptance::peers::{Linphone, User};
use acceptance::sound::{self, RATE};
use serde_json::json;

/// What Timbre and linphone hum.
const HUMS: [f32; 2] = [400.0, 700.0];

fn loudest(file: &std::path::Path, hz: f32) -> f32 {
    let all = sound::read_wav(file).unwrap();
    all.chunks(RATE / 2).map(|part| sound::strength(part, hz)).fold(0.0, f32::max)
}

#[test]
fn s0240_timbre_calls_linphone_with_keys_in_signalling_and_tones_arrive() {
    let desk = Desk::new();
    let [own, other] = HUMS.map(|hz| sound::hum(desk.path(), hz, 60).unwrap());
    let bob = Linphone::speaking(&desk.exchange, User::BOB, &other, "srtp", true).unwrap();
    let account = Account { srtp: "required", codecs: &["pcmu"], ..Account::plain(User::ALICE) };
    let heard = desk.path().join("a.wav");
    let mut alice = desk.call(&account, User::BOB.name, &own, &heard, &["--control", "--stats-interval", "0.5"]);
    let answered = alice.wait_for("answered").unwrap();
    assert_eq!(answered["keying"], "sdes", "{answered}");
    alice.wait_for("first_rtp").unwrap();
    alice.control(&json!({ "do": "dtmf", "digits": "42" })).unwrap();
    for digit in ['4', '2'] {
        bob.reaches(&format!("Receiving dtmf {digit}")).unwrap();
    }
    for _ in 0..5 {
        alice.wait_for("stats").unwrap();
    }
    alice.control(&json!({ "do": "hangup" })).unwrap();
    alice.wait_for("ended").unwrap();
    assert_eq!(alice.finish().unwrap().0, 0);
    bob.reaches("LinphoneCallReleased").unwrap();
    let recorded = desk.path().join("b.wav");
    bob.finish(&recorded).unwrap();
    let (here, there) = (loudest(&heard, HUMS[1]), loudest(&recorded, HUMS[0]));
    assert!(here > 0.05 && there > 0.05, "{here} here, {there} there");
}

#[test]
fn s0241_linphone_calls_timbre_and_holds_it() {
    let desk = Desk::new();
    let [own, other] = HUMS.map(|hz| sound::hum(desk.path(), hz, 60).unwrap());
    let heard = desk.path().join("a.wav");
    let account = Account { codecs: &["pcmu"], ..Account::plain(User::ALICE) };
    let options = ["--answer-after", "0", "--control", "--stats-interval", "0.5"];
    let mut alice = desk.listen(&account, &own, &heard, &options);
    let mut bob = Linphone::speaking(&desk.exchange, User::BOB, &other, "none", false).unwrap();
    bob.dial(User::ALICE.name).unwrap();
    alice.wait_for("first_rtp").unwrap();
    for _ in 0..5 {
        alice.wait_for("stats").unwrap();
    }
    bob.hold().unwrap();
    assert_eq!(alice.wait_for("held").unwrap()["by"], "remote");
    bob.reaches("LinphoneCallPaused").unwrap();
    alice.control(&json!({ "do": "hangup" })).unwrap();
    alice.wait_for("ended").unwrap();
    assert_eq!(alice.finish().unwrap().0, 0);
    assert!(loudest(&heard, HUMS[1]) > 0.05);
}
