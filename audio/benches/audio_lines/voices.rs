//! What becomes of the agent's voice: echo, both speaking, headsets, noise; with the time that each way takes.
//!
//! WebRTC in C++ (the Python package `pywebrtc-audio`) is measured beside ours where it is installed.

use std::time::Instant;

use audio::codec::CodecKind;
use audio::resample::Resampler;
use audio::voice::{BLOCK, Noise, VoiceSettings, processor};

use crate::room::{CHANGE_S, DOUBLE_TALK_S, RATE_HZ, Room, SCENARIOS, noisy};
use crate::speech::{Judge, PIECE_S, Reference};

const fn way(echo: bool, noise: Noise, gain: bool) -> VoiceSettings {
    VoiceSettings { echo, noise, gain }
}

/// The second is what is shipped for speakers, the sixth for headsets.
const WAYS: [(&str, VoiceSettings); 8] = [
    ("echo alone", way(true, Noise::Off, false)),
    ("echo, noise, gain (speakers)", way(true, Noise::Normal, true)),
    ("echo, noise", way(true, Noise::Normal, false)),
    ("echo, strong noise, gain", way(true, Noise::Strong, true)),
    ("nothing", VoiceSettings::OFF),
    ("noise, gain (headsets)", way(false, Noise::Normal, true)),
    ("noise", way(false, Noise::Normal, false)),
    ("strong noise", way(false, Noise::Strong, false)),
];

/// ERLE in dB, near-end STOI while both speak, and µs for 10 ms.
pub fn echo(speech: &[f32], judge: &mut Judge) {
    let near = &speech[PIECE_S * 16_000 + 8_000..];
    for scenario in &SCENARIOS {
        let room = Room::new(scenario, speech, near);
        println!("\necho, {}: ERLE dB in seconds, near-end STOI of both speaking, µs for 10 ms", scenario.name);
        println!(
            "{:30} {:>5} {:>5} {:>5} {:>5} | {:>5} {:>5} {:>5} {:>6} {:>5}",
            "", "0-1", "1-3", "3-6", "6-15", "24-25", "25-27", "27-30", "STOI", "µs"
        );
        let mut row = |name: &str, said: &[f32], us: f64| {
            let seconds =
                [0..1, 1..3, 3..6, 6..15, CHANGE_S..CHANGE_S + 1, CHANGE_S + 1..CHANGE_S + 3, CHANGE_S + 3..30];
            let [a, b, c, d, e, f, g] = seconds.map(|seconds| room.erle_db(said, seconds));
            let stoi = double_talk(&room, said, judge);
            println!("{name:30} {a:5.1} {b:5.1} {c:5.1} {d:5.1} | {e:5.1} {f:5.1} {g:5.1} {stoi:6.3} {us:5.0}");
        };
        for (name, settings) in &WAYS {
            let from = Instant::now();
            let mut processor = processor(*settings);
            let said = room.process(&mut *processor);
            row(name, &said, from.elapsed().as_micros() as f64 * BLOCK as f64 / said.len() as f64);
        }
        for (name, noise) in [("C++ WebRTC, echo alone", false), ("C++ WebRTC, echo, noise", true)] {
            if let Some(said) = Reference::process(&room.far, &room.microphone, noise) {
                row(name, &said, f64::NAN);
            }
        }
    }
}

/// PESQ and STOI of a voice in noise.
pub fn noise(speech: &[f32], judge: &mut Judge) {
    println!("\nnoise: PESQ (wideband) / STOI / delay ms at 5, 15 and 40 dB above pink noise");
    let said = &speech[..PIECE_S * 16_000];
    for (name, settings) in WAYS.iter().filter(|(_, settings)| !settings.echo) {
        let heard: Vec<Vec<f32>> = [5.0, 15.0, 40.0]
            .map(|snr_db| {
                let mut pcm = up(&noisy(said, snr_db));
                let mut processor = processor(*settings);
                pcm.chunks_exact_mut(BLOCK).for_each(|block| processor.capture(block, 0));
                down(&pcm)
            })
            .into();
        print!("{name:30}");
        for score in judge.score(CodecKind::G722, said, &heard, 0..1) {
            print!(" {:4.2}/{:.3}/{:3.0}", score.pesq, score.stoi, score.delay_ms);
        }
        println!();
    }
}

/// How well the near voice is understood while both speak.
pub fn double_talk(room: &Room, said: &[f32], judge: &mut Judge) -> f64 {
    let cut = |pcm: &[f32]| {
        let mut pcm = pcm[DOUBLE_TALK_S.start * RATE_HZ as usize..DOUBLE_TALK_S.end * RATE_HZ as usize].to_vec();
        pcm.resize(PIECE_S * RATE_HZ as usize, 0.0);
        down(&pcm)
    };
    judge.score(CodecKind::G722, &cut(&room.near), &[cut(said)], 0..1)[0].stoi
}

fn up(pcm: &[f32]) -> Vec<f32> {
    Resampler::convert(pcm, 16_000, RATE_HZ).expect("rates")
}

fn down(pcm: &[f32]) -> Vec<f32> {
    Resampler::convert(pcm, RATE_HZ, 16_000).expect("rates")
}
