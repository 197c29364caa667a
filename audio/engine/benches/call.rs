//! What one call costs: CPU time of the voice thread per 10 ms, two engines joined in this process.
//!
//! `cargo bench -p audio-engine` prints a line for each codec. Linux only: the time is read from `/proc`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that prints its figures")]

#[path = "../tests/common/mod.rs"]
mod common;

use audio_engine::{Backend, CodecKind, FileSink, FileSource};
use common::{ID, Wire, config, speech, write_wav};

/// CPU time of all threads called `voice`, ns.
fn voice_ns() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let voices = tasks.filter(|t| std::fs::read_to_string(t.path().join("comm")).is_ok_and(|c| c.trim() == "voice"));
    voices
        .filter_map(|t| {
            std::fs::read_to_string(t.path().join("schedstat")).ok()?.split(' ').next()?.parse::<u64>().ok()
        })
        .sum()
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mic = folder.path().join("mic.wav");
    write_wav(&mic, 48_000, &speech(48_000, 30.0, 1));
    for codec in [CodecKind::Opus, CodecKind::G722, CodecKind::Pcma] {
        for record in [false, true] {
            let sink = |name: &str| {
                if record { FileSink::Wav(folder.path().join(format!("{name}-{codec:?}.wav"))) } else { FileSink::Null }
            };
            let end = |name: &str| Backend::Files { mic: FileSource::Wav(mic.clone()), speaker: sink(name) };
            let mut wire = Wire::new(end("a"), end("b"), config(codec));
            let received = |w: &Wire| w.b.engine.stats(ID).unwrap().received;
            wire.carry_until("warm", |w| received(w) > 25);
            let (from, packets) = (voice_ns(), received(&wire));
            wire.carry_until("ten seconds", |w| received(w) >= packets + 500);
            // Two engines, 20 ms a packet.
            let blocks = (received(&wire) - packets) * 2 * 2;
            let us = (voice_ns() - from) as f64 / 1_000.0 / blocks as f64;
            println!("{codec:?}, recording {record}: {us:.1} µs per 10 ms and end = {:.2} % of a core", us / 100.0);
            wire.a.engine.shutdown();
            wire.b.engine.shutdown();
        }
    }
}
