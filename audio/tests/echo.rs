//! Echo, double talk and headsets in a room that is the same each time: the bars of the voice processing, and who needs it.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_types, reason = "the score is another program's")]
#![allow(clippy::disallowed_methods, reason = "the speech is in files")]
#![allow(clippy::print_stdout, reason = "a test that shows its figures")]
#![allow(dead_code, reason = "the bench uses the rest")]

#[path = "../benches/audio_lines/room.rs"]
mod room;
#[path = "../benches/audio_lines/speech.rs"]
mod speech;
#[path = "../benches/audio_lines/voices.rs"]
mod voices;

use audio::voice::{BLOCK, EchoMeter, EchoNeed, Form, Noise, VoiceSettings, processor};
use room::{CHANGE_S, Room, SCENARIOS, Scenario};

/// As it is shipped, on speakers and on headsets.
const SHIPPED: VoiceSettings = VoiceSettings { echo: true, noise: Noise::Normal, gain: true };
const HEADSET: VoiceSettings = VoiceSettings { echo: false, ..SHIPPED };

fn room(name: &str) -> Room {
    let scenario: &Scenario = SCENARIOS.iter().find(|s| s.name == name).expect("a scenario");
    let far = speech::speech();
    let near = far[speech::PIECE_S * 16_000 + 8_000..].to_vec();
    Room::new(scenario, &far, &near)
}

#[test]
fn echo_is_gone_soon_and_stays_gone_when_its_way_changes() {
    for (name, bars) in [("speaker", [28.0, 36.0, 36.0, 36.0]), ("overdriven", [24.0, 30.0, 36.0, 36.0])] {
        let room = room(name);
        let said = room.process(&mut *processor(SHIPPED));
        let erle = [1..3, 3..6, 6..15, CHANGE_S + 3..30].map(|seconds| room.erle_db(&said, seconds));
        println!("{name}: ERLE {erle:.1?} dB");
        assert!(erle.iter().zip(bars).all(|(erle, bar)| *erle >= bar), "{name}: {erle:.1?}, bars {bars:?}");
    }
}

#[test]
fn a_voice_by_a_headset_is_as_it_was_and_one_in_double_talk_is_understood() {
    let mut judge = speech::Judge::start();
    for (name, settings, bar) in [("headset", HEADSET, 0.99), ("speaker", SHIPPED, 0.68)] {
        let room = room(name);
        let stoi = voices::double_talk(&room, &room.process(&mut *processor(settings)), &mut judge);
        println!("{name}: STOI {stoi}");
        assert!(stoi >= bar, "{name}: STOI {stoi}, bar {bar}");
    }
}

#[test]
fn who_needs_the_canceller_is_measured_within_seconds_while_both_speak() {
    for (name, form, cancels) in [
        ("speaker", Form::Headset, true),
        ("speaker", Form::Unknown, true),
        ("headset", Form::Headset, false),
        ("headset", Form::Unknown, false),
    ] {
        let room = room(name);
        let (mut meter, mut need) = (EchoMeter::default(), EchoNeed::default());
        need.plugged(form);
        let mut changes = Vec::new();
        for (n, (far, near)) in room.far.chunks_exact(BLOCK).zip(room.microphone.chunks_exact(BLOCK)).enumerate() {
            meter.render(far);
            let before = need.cancels();
            if let Some(loss_db) = meter.capture(near) {
                println!("{name} {:.1} s: {loss_db:.1} dB", n as f32 / 100.0);
                need.measured(loss_db);
            }
            if need.cancels() != before {
                changes.push(n / 100);
            }
        }
        println!("{name}, {form:?}: changes at {changes:?} s");
        assert_eq!(need.cancels(), cancels, "{name} {form:?}");
        let soon = if form == Form::Headset { 4 } else { 20 };
        assert!(changes.len() <= 1 && changes.iter().all(|at| *at <= soon), "{name} {form:?}: {changes:?}");
    }
}

#[test]
fn with_everything_off_nothing_is_touched() {
    let room = room("speaker");
    assert_eq!(room.process(&mut *processor(VoiceSettings::OFF)), room.microphone);
}
