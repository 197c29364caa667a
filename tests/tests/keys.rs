//! Keys pressed in a call, as baresip gets them: as sound, and by INFO.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use acceptance::cli::{Account, Cli};
use acceptance::desk::{Desk, text};
use acceptance::peers::{Baresip, BaresipConfig, User};

/// The keys that sound in a recording, each once: blocks with exactly one frequency of each group (ITU-T Q.23). 30 ms
/// tell 697 from 770 Hz, and fit twice into a key and once into a pause wherever they begin.
fn keys_heard(recording: &[f32]) -> String {
    const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
    let loudest = |block: &[f32], group: &[f32; 4]| {
        let mut found: Vec<_> = group.iter().map(|hz| goertzel(block, *hz)).enumerate().collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        (found[0].1 > 0.05 && found[0].1 > 4.0 * found[1].1).then_some(found[0].0)
    };
    let (mut keys, mut last, mut blocks) = (String::new(), None, 0);
    for block in recording.chunks_exact(1_440) {
        let key = loudest(block, &ROWS).zip(loudest(block, &COLUMNS));
        blocks = if key == last { blocks + 1 } else { 1 };
        last = key;
        if let Some((row, column)) = key.filter(|_| blocks == 2) {
            keys.push(char::from(b"123A456B789C*0#D"[row * 4 + column]));
        }
    }
    keys
}

/// Amplitude of one frequency in a block at 48 kHz.
fn goertzel(block: &[f32], hz: f32) -> f32 {
    let turn = 2.0 * (std::f32::consts::TAU * hz / 48_000.0).cos();
    let (one, two) = block.iter().fold((0.0, 0.0), |(one, two), sample| (sample + turn * one - two, one));
    2.0 * (one * one + two * two - turn * one * two).max(0.0).sqrt() / block.len() as f32
}

/// Calls baresip with keys sent this way; what it printed and what keys it heard as sound.
fn keys_at_baresip(dtmf: &str) -> (String, String) {
    let desk = Desk::new();
    let (codecs, speech) = ("pcma", desk.high.as_path());
    let config = BaresipConfig { user: User::BOB, transport: "udp", codecs, speech, answers: true, more: "", menc: "" };
    let bob = Baresip::start(&desk.exchange, &config).unwrap();
    let file = Account::plain(User::ALICE).write(desk.path(), &desk.exchange).unwrap();
    let text_of = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text_of.replace("[account]\n", &format!("[account]\ndtmf = \"{dtmf}\"\n"))).unwrap();
    let options = ["--mic", "silence", "--speaker", "null", "--duration", "6", "--dtmf", ",147*2580369#ABCD"];
    let arguments = [&["call", User::BOB.name, "--account", text(&file)][..], &options].concat();
    let mut alice = Cli::start(desk.path(), &arguments).unwrap();
    alice.wait_for("ended").unwrap();
    assert_eq!(alice.finish().unwrap().0, 0);
    let heard = acceptance::sound::read_wav(&bob.heard().unwrap()).unwrap();
    (bob.log(), keys_heard(&heard))
}

#[test]
fn s0196_keys_as_sound_are_heard_by_baresip_as_their_two_frequencies() {
    assert_eq!(keys_at_baresip("inband").1, "147*2580369#ABCD");
}

#[test]
fn s0197_keys_by_info_are_told_by_baresip() {
    let (log, heard) = keys_at_baresip("info");
    let told: String = log.lines().filter_map(|line| line.split("received DTMF: '").nth(1)?.chars().next()).collect();
    assert_eq!(told, "147*2580369#ABCD", "{log}");
    assert_eq!(heard, "", "not as sound, too");
}
