//! Replays the corpus of the fuzz targets, so that what fuzzing once found stays found.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(clippy::disallowed_methods)] // the crate is pure; this test reads its corpus from files

mod fuzzed;

use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut replayed = 0;
    for entry in std::fs::read_dir(&corpus).unwrap() {
        let input = std::fs::read(entry.unwrap().path()).unwrap();
        run(&input);
        // Neighbours of every input too: cut short anywhere, and with each byte turned.
        (0..input.len()).for_each(|end| run(&input[..end]));
        for at in 0..input.len().min(128) {
            let mut turned = input.clone();
            turned[at] = !turned[at];
            run(&turned);
        }
        replayed += 1;
    }
    assert!(replayed >= 3, "the corpus of {target} is missing");
}

#[test]
fn header() {
    replay("header", fuzzed::header);
}

#[test]
fn rtcp() {
    replay("rtcp", fuzzed::rtcp);
}

#[test]
fn srtp() {
    replay("srtp", fuzzed::srtp);
}

#[test]
fn telephone_event() {
    replay("telephone_event", fuzzed::telephone_event);
}
