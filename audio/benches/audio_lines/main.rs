//! How well recorded speech is heard over bad lines: our jitter buffer and its codecs beside simpler ways, in virtual time.
//!
//! ```text
//!   speech ─► encoder ─► line (loss, jitter, doubles, drift, all by a seed) ─► way ─► PESQ, STOI, mean delay
//! ```
//!
//! `cargo xtask bench audio`; `… --bench audio_lines -- opus quick` does one codec with two seeds, `… -- voice` what becomes of
//! the agent's voice (`voices.rs`). The start of each call counts.
//! The delay is from the moment at which a packet leaves to its sound, so the 20 ms that fill the packet come on top.
#![allow(clippy::disallowed_types, reason = "the score is another program's")]
#![allow(clippy::disallowed_methods, reason = "the speech is in files; Instant::now is the zero of the virtual clock")]
#![allow(clippy::print_stdout, reason = "a bench that prints its figures")]

mod line;
mod room;
mod speech;
mod voices;
mod ways;

use std::ops::Range;
use std::time::Instant;

use audio::codec::{CodecKind, Encoder, OpusSettings};
use audio::resample::Resampler;

use line::{JITTERS, LOSSES, Line, Loss};
use speech::{Judge, PIECES, Score};
use ways::Way;

const SEEDS: u64 = 5;

struct Codec {
    kind: CodecKind,
    name: &'static str,
}

const CODECS: [Codec; 3] = [
    Codec { kind: CodecKind::Opus, name: "opus" },
    Codec { kind: CodecKind::G722, name: "g722" },
    Codec { kind: CodecKind::Pcma, name: "g711" },
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let asked = |word: &str| words.iter().any(|w| w == word);
    let seeds = if asked("quick") { 2 } else { SEEDS };
    let speech = speech::speech();
    let mut judge = Judge::start();
    if asked("voice") || !CODECS.iter().any(|c| asked(c.name)) {
        voices::echo(&speech, &mut judge);
        voices::noise(&speech, &mut judge);
    }
    if asked("voice") {
        return;
    }
    for codec in &CODECS {
        if CODECS.iter().any(|c| asked(c.name)) && !asked(codec.name) {
            continue;
        }
        let mut bench = Bench::new(codec, &speech, seeds, &mut judge);
        if !asked("jitter") {
            bench.table(
                "loss, %",
                &LOSSES,
                &[Way::Silence, Way::Plain, Way::Fixed(20), Way::Fixed(40), Way::Ours],
                0..PIECES,
            );
        }
        if !asked("loss") {
            let fixed = [20, 40, 60, 80, 90, 100, 110, 120].map(Way::Fixed);
            let ways = [fixed.as_slice(), &[Way::Ours]].concat();
            bench.table("jitter, first 10 s", &JITTERS, &ways, 0..1);
            bench.table("jitter, after 10 s", &JITTERS, &ways, 1..PIECES);
        }
    }
}

struct Bench<'a> {
    codec: &'a Codec,
    said: Vec<f32>,
    /// As they are sent over a line that loses nothing, and over one that does.
    packets: [Vec<Vec<u8>>; 2],
    seeds: u64,
    judge: &'a mut Judge,
}

impl<'a> Bench<'a> {
    fn new(codec: &'a Codec, speech: &[f32], seeds: u64, judge: &'a mut Judge) -> Self {
        let said = Resampler::convert(speech, 16_000, codec.kind.sample_rate_hz()).expect("rates");
        let usual = OpusSettings::default();
        let packets = [usual, usual.against_loss()].map(|settings| encode(codec.kind, &settings, &said));
        Self { codec, said, packets, seeds, judge }
    }

    /// One table: ways down, lines across; PESQ, below it STOI and delay.
    fn table(&mut self, what: &str, lines: &[Line], ways: &[Way], pieces: Range<usize>) {
        let scale = if self.codec.kind.sample_rate_hz() == 8_000 { "narrowband" } else { "wideband" };
        println!(
            "\n{}, {what}: PESQ ({scale}) / STOI / mean delay ms, medians of {} seeds",
            self.codec.name, self.seeds
        );
        print!("{:10}", "");
        lines.iter().for_each(|line| print!(" {:>14}", line.name));
        println!();
        let columns: Vec<Vec<Score>> = lines.iter().map(|line| self.column(line, ways, pieces.clone())).collect();
        for (n, way) in ways.iter().enumerate() {
            print!("{:10}", way.name());
            for column in &columns {
                let Score { pesq, stoi, delay_ms } = column[n];
                print!(" {pesq:4.2}/{stoi:.3}/{delay_ms:3.0}");
            }
            println!();
        }
    }

    /// Medians of one line for all ways.
    fn column(&mut self, line: &Line, ways: &[Way], pieces: Range<usize>) -> Vec<Score> {
        let zero = Instant::now();
        let mut heard = Vec::new();
        // What the engine does once the other side has told of it.
        let packets = &self.packets[usize::from(line.loss != Loss::Random(0.0))];
        for seed in 1..=self.seeds {
            let coming = line.carry(self.codec.kind, packets, seed, zero);
            for way in ways {
                let (pcm, stats) = way.hear(self.codec.kind, packets.len(), &coming, zero);
                if let Some(stats) = stats.filter(|_| seed == 1) {
                    eprintln!("{} {}: {stats:?}", self.codec.name, line.name);
                }
                heard.push(pcm);
            }
        }
        let scores = self.judge.score(self.codec.kind, &self.said, &heard, pieces);
        (0..ways.len())
            .map(|n| {
                let of = |value: fn(&Score) -> f64| median(scores.iter().skip(n).step_by(ways.len()).map(value));
                Score { pesq: of(|s| s.pesq), stoi: of(|s| s.stoi), delay_ms: of(|s| s.delay_ms) }
            })
            .collect()
    }
}

fn encode(kind: CodecKind, settings: &OpusSettings, said: &[f32]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(kind, settings).expect("an encoder");
    let mut room = [0; 1500];
    said.chunks_exact(kind.sample_rate_hz() as usize / 50)
        .map(|frame| {
            let bytes = encoder.encode(frame, &mut room).expect("encoded");
            room[..bytes].to_vec()
        })
        .collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
