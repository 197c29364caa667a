//! A call by the buttons of a headset: a real caller, a real exchange, and `/dev/hidraw0` by umockdev.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Kamailio, User};

/// What a Blackwire 3220 is told (`w`) and answers (`r`, after so many ms): report ids 9 mute, 17 off-hook, 18 ring, 1e speaker, 20 hold, 2a
/// on-line; its answers have id 8 and mute, hook and flash in bits 0 to 2. Anything else that is written ends the program.
const SCRIPT: &str = "d 0 /dev/hidraw0
w 0 ^I^@^W^@^X^A^^^@ ^@*^@
r 300 ^H^B
w 0 ^W^A^X^@^^^A*^A
r 900 ^H^C
w 0 ^I^A
r 200 ^H^B
r 300 ^H^F
w 0 ^W^@^^^@ ^A*^@
r 200 ^H^@
r 300 ^H^D
w 0 ^W^A^^^A*^A ^@
r 200 ^H^B
r 900 ^H^@
w 0 ^W^@^^^@*^@^I^@
";

#[test]
fn s0280_a_call_goes_by_the_buttons_of_a_headset() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start().unwrap();
    let account = |user: User| Account::plain(user).write(folder.path(), &exchange).unwrap();
    let (ours, theirs) = (account(User::BOB), account(User::ALICE));
    let sound = ["--mic", "silence", "--speaker", "null", "--account"];
    let listen = ["listen", "--calls", "1", "--headset", "--control"];
    let arguments = [&listen[..], &sound, &[ours.to_str().unwrap()]].concat();
    let mut bob = Cli::start_with_headset(folder.path(), SCRIPT, &arguments).unwrap();
    let there = bob.wait_for("headset").unwrap();
    assert_eq!(there["name"], "Plantronics Blackwire 3220 Series");
    assert_eq!(there["state"], "ready");
    bob.wait_for("listening").unwrap();
    let arguments = [&["call", User::BOB.name, "--control"][..], &sound, &[theirs.to_str().unwrap()]].concat();
    let mut alice = Cli::start(folder.path(), &arguments).unwrap();
    let mut pressed = |wish: &str| {
        let heard = bob.wait_for("headset_pressed").unwrap();
        assert_eq!(heard["wish"], wish, "{heard}");
        heard["t_ms"].as_u64().unwrap()
    };
    pressed("answer");
    alice.wait_for("answered").unwrap();
    pressed("mute");
    pressed("hold");
    alice.wait_for("held").unwrap();
    pressed("resume");
    alice.wait_for("resumed").unwrap();
    pressed("hangup");
    assert_eq!(alice.wait_for("ended").unwrap()["by"], "remote");
    assert_eq!(bob.wait_for("ended").unwrap()["by"], "local");
    assert_eq!(alice.finish().unwrap().0, 0);
    assert_eq!(bob.finish().unwrap().0, 0, "umockdev ends with another code where a lamp was wrong");
}
