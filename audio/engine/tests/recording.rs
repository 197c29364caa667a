//! Calls are recorded while they go on, and recordings are heard.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use audio::recording::Player;
use audio_engine::{
    Backend, CodecKind, Event, FileSink, FileSource, Format, Play, RecordingId, RecordingProblem, RecordingWish,
};
use common::{DEADLINE, ID, Wire, config, write_wav};

const AGENT_HZ: f32 = 440.0;
const CUSTOMER_HZ: f32 = 1_000.0;

fn hum(folder: &Path, name: &str, hz: f32) -> Backend {
    let path = folder.join(name);
    let wave = |n: usize| 0.3 * (std::f32::consts::TAU * hz * n as f32 / 48_000.0).sin();
    write_wav(&path, 48_000, &(0..48_000 * 60).map(wave).collect::<Vec<f32>>());
    Backend::Files { mic: FileSource::Wav(path), speaker: FileSink::Null }
}

fn wish(path: PathBuf, format: Format) -> RecordingWish {
    RecordingWish { id: RecordingId(7), path, format, key: None, consent_tone: false }
}

/// Strength of one frequency, as the amplitude of a sine.
fn strength(pcm: &[f32], hz: f32) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in pcm.iter().enumerate() {
        let angle = std::f32::consts::TAU * hz * n as f32 / 48_000.0;
        re += sample * angle.cos();
        im += sample * angle.sin();
    }
    2.0 * (re * re + im * im).sqrt() / pcm.len() as f32
}

fn played(path: &Path) -> [Vec<f32>; 2] {
    let mut player = Player::open(std::fs::File::open(path).unwrap()).unwrap();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while player.next(&mut left, &mut right).unwrap() {}
    [left, right]
}

/// How the recording ended: its length in ms, and why before its time.
fn end_of(wire: &mut Wire) -> (u64, Option<RecordingProblem>) {
    let mut told = None;
    wire.carry_until("the end of the recording", |w| {
        told = told.take().or(w.a.events.try_iter().find_map(|event| match event {
            Event::RecordingEnded { length_ms, problem, recording: RecordingId(7), .. } => Some((length_ms, problem)),
            _ => None,
        }));
        told.is_some()
    });
    told.unwrap()
}

/// In hundredths of a second: which of them are silent on both sides, and the strength of each tone in the others.
fn spells(path: &Path) -> Vec<(bool, [f32; 4])> {
    let [left, right] = played(path);
    let each = left.chunks_exact(4_800).zip(right.chunks_exact(4_800));
    each.map(|(left, right)| {
        let silent = left.iter().chain(right).all(|s| s.abs() < 0.01);
        let strengths = [(left, AGENT_HZ), (left, CUSTOMER_HZ), (right, AGENT_HZ), (right, CUSTOMER_HZ)];
        (silent, strengths.map(|(pcm, hz)| strength(pcm, hz)))
    })
    .collect()
}

#[test]
fn both_sides_are_recorded_apart_and_a_pause_leaves_silence() {
    for (codec, format) in [(CodecKind::Opus, Format::Opus), (CodecKind::Pcma, Format::Wav)] {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (hum(folder.path(), "a.wav", AGENT_HZ), hum(folder.path(), "b.wav", CUSTOMER_HZ));
        let mut wire = Wire::new(a, b, config(codec));
        wire.carry_until("both talk", |w| w.a.engine.stats(ID).unwrap().received > 30);
        let path = folder.path().join("calls").join(format!("call.{}", format.extension()));
        wire.a.engine.record(ID, wish(path.clone(), format));
        let goes_on = |wire: &mut Wire, packets: u64| {
            let before = wire.a.engine.stats(ID).unwrap().received;
            wire.carry_until("more of it", |w| w.a.engine.stats(ID).unwrap().received >= before + packets);
        };
        goes_on(&mut wire, 75);
        wire.a.engine.pause_recording(ID, true);
        goes_on(&mut wire, 50);
        wire.a.engine.pause_recording(ID, false);
        goes_on(&mut wire, 50);
        wire.a.engine.send_dtmf(ID, "41");
        goes_on(&mut wire, 50);
        wire.a.engine.stop_recording(ID);
        let (length_ms, problem) = end_of(&mut wire);
        assert_eq!(problem, None);
        assert!(length_ms > 4_000, "{codec:?}: {length_ms} ms");
        let spells = spells(&path);
        let silent = spells.iter().filter(|(silent, _)| *silent).count();
        // A second of pause, and two keys with what is between them.
        assert!((11..20).contains(&silent), "{codec:?}: {silent} tenths of {}", spells.len());
        let loud: Vec<_> = spells.iter().filter(|(_, p)| p[0] > 0.2 && p[3] > 0.2).collect();
        assert!(loud.len() * 10 > spells.len() * 4, "{codec:?}: {} of {}", loud.len(), spells.len());
        assert!(loud.iter().all(|(_, p)| p[1] < 0.005 && p[2] < 0.005), "{codec:?}: {loud:?}");
        goes_on(&mut wire, 10);
    }
}

#[test]
fn a_recording_that_cannot_be_written_does_not_end_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (hum(folder.path(), "a.wav", AGENT_HZ), hum(folder.path(), "b.wav", CUSTOMER_HZ));
    let mut wire = Wire::new(a, b, config(CodecKind::Pcmu));
    let taken = folder.path().join("a.wav").join("call.ogg");
    wire.a.engine.record(ID, wish(taken, Format::Opus));
    assert!(matches!(end_of(&mut wire), (0, Some(RecordingProblem::Denied | RecordingProblem::Other(_)))));
    wire.carry_until("the call", |w| w.b.engine.stats(ID).unwrap().received > 50);
}

#[test]
fn the_other_side_hears_that_it_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let heard = folder.path().join("heard.wav");
    let silent = Backend::Files { mic: FileSource::Silence, speaker: FileSink::Null };
    let far = Backend::Files { mic: FileSource::Silence, speaker: FileSink::Wav(heard.clone()) };
    let mut wire = Wire::new(silent, far, config(CodecKind::Pcma));
    wire.carry_until("the call", |w| w.b.engine.stats(ID).unwrap().received > 20);
    let mut wished = wish(folder.path().join("call.ogg"), Format::Opus);
    wished.consent_tone = true;
    wire.a.engine.record(ID, wished);
    let begun = wire.b.engine.stats(ID).unwrap().received;
    wire.carry_until("a second", |w| w.b.engine.stats(ID).unwrap().received > begun + 50);
    wire.a.engine.close(ID);
    wire.b.engine.close(ID);
    assert_eq!(end_of(&mut wire).1, None);
    wire.carry_until("closed", |w| w.b.engine.stats(ID).is_none());
    let (_, pcm) = common::read_wav(&heard);
    let loudest = pcm.windows(4_800).step_by(480).map(|w| strength(w, 1_400.0)).fold(0.0, f32::max);
    assert!(loudest > 0.1, "{loudest}");
    let [left, _] = played(&folder.path().join("call.ogg"));
    let in_it = left.windows(4_800).step_by(480).map(|w| strength(w, 1_400.0)).fold(0.0, f32::max);
    assert!(in_it > 0.1, "who listens hears that it was told: {in_it}");
}

#[test]
fn a_recording_is_heard_to_its_end_or_from_a_place_or_faster() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (hum(folder.path(), "a.wav", AGENT_HZ), hum(folder.path(), "b.wav", CUSTOMER_HZ));
    let mut wire = Wire::new(a, b, config(CodecKind::Opus));
    wire.carry_until("both talk", |w| w.a.engine.stats(ID).unwrap().received > 10);
    let path = folder.path().join("call.ogg");
    wire.a.engine.record(ID, wish(path.clone(), Format::Opus));
    let begun = wire.a.engine.stats(ID).unwrap().received;
    wire.carry_until("two seconds", |w| w.a.engine.stats(ID).unwrap().received > begun + 100);
    wire.a.engine.close(ID);
    let (length_ms, _) = end_of(&mut wire);
    let ended = |wire: &Wire, number: u64| loop {
        match wire.a.events.recv_timeout(DEADLINE).unwrap() {
            Event::PlaybackEnded { playback, problem } if playback == number => return problem,
            _ => {}
        }
    };
    let engine = &wire.a.engine;
    let whole = Play { playback: 1, path, key: None, from_ms: 0, speed: 1.0 };
    for (number, from_ms, speed) in [(1, 0, 1.0), (2, 1_000, 1.0), (3, 0, 2.0)] {
        let played = engine.play(Play { playback: number, from_ms, speed, ..whole.clone() });
        assert_eq!(ended(&wire, number), None);
        let heard_ms = played.load(Ordering::Relaxed) / 48;
        let expected_ms = (length_ms - from_ms) as f32 / speed;
        assert!((heard_ms as f32 - expected_ms).abs() < 100.0, "{number}: {heard_ms} of {expected_ms}");
    }
    engine.play(Play { playback: 4, path: folder.path().join("gone.ogg"), ..whole });
    assert!(ended(&wire, 4).is_some());
}
