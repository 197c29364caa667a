//! What the whole chain does to recorded speech, scored by PESQ in virtual time.
//!
//! ```text
//!   speech ─► encoder ─┬────────────────────────────────────────► decoder ─► plain
//!                      └─► RTP packets ─► line ─► jitter buffer ─► decoder ─► chain     chain ≥ plain − 0.1
//! ```
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_types, reason = "the score is another program's")]
#![allow(clippy::disallowed_methods, reason = "the speech is in files; Instant::now is the zero of the virtual clock")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that shows its figures")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use audio::codec::{CodecKind, Decoder, Encoder, MAX_PACKET_SAMPLES, OpusSettings, to_i16};
use audio::jitter::{JitterBuffer, Playout, PlayoutStats};
use audio::resample::Resampler;
use rtp::packet::InPacket;

/// Recordings of Debian's `asterisk-core-sounds-en-g722`.
const RECORDINGS: [&str; 2] = ["demo-congrats.g722", "priv-callee-options.g722"];

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { find(&path, name) } else { Some(path).filter(|p| p.ends_with(name)) }
    })
}

/// Ten seconds of a recording at 16 kHz, silence at the end.
fn speech(name: &str) -> Vec<f32> {
    let path = find(Path::new("/usr/share/asterisk/sounds"), name)
        .unwrap_or_else(|| panic!("{name}: install the Debian package asterisk-core-sounds-en-g722"));
    let mut decoder = Decoder::new(CodecKind::G722).unwrap();
    let mut frame = [0.0; MAX_PACKET_SAMPLES];
    let mut pcm = Vec::new();
    for payload in std::fs::read(path).unwrap().chunks(160).take(480) {
        let samples = decoder.decode(payload, &mut frame).unwrap();
        pcm.extend_from_slice(&frame[..samples]);
    }
    // The delay of the chain cuts off silence, not speech.
    pcm.resize(pcm.len() + 6_400, 0.0);
    pcm
}

fn packets(kind: CodecKind, settings: &OpusSettings, pcm: &[f32]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(kind, settings).unwrap();
    let mut room = [0; 1500];
    pcm.chunks_exact(kind.sample_rate_hz() as usize / 50)
        .map(|frame| {
            let bytes = encoder.encode(frame, &mut room).unwrap();
            room[..bytes].to_vec()
        })
        .collect()
}

fn plain(kind: CodecKind, packets: &[Vec<u8>]) -> Vec<f32> {
    let mut decoder = Decoder::new(kind).unwrap();
    let mut frame = [0.0; MAX_PACKET_SAMPLES];
    let mut pcm = Vec::new();
    for packet in packets {
        let samples = decoder.decode(packet, &mut frame).unwrap();
        pcm.extend_from_slice(&frame[..samples]);
    }
    pcm
}

/// What happens to packets on their way; everything by a seed.
#[derive(Clone, Copy, Default)]
struct Line {
    /// Delays are exponential with this mean, µs.
    jitter_us: f64,
    /// Of 1.
    loss: f64,
    /// Sender's clock against ours.
    ppm: f64,
}

fn chain(kind: CodecKind, packets: &[Vec<u8>], line: Line) -> (Vec<f32>, PlayoutStats) {
    let mut seed = 0x1234_5678_9abc_def1_u64;
    let mut roll = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    let zero = Instant::now();
    let ticks = kind.rtp_clock_hz() / 50;
    let mut coming = Vec::new();
    for (n, payload) in packets.iter().enumerate() {
        let late = -line.jitter_us * (1.0 - roll()).ln();
        if roll() < line.loss {
            continue;
        }
        let sent = n as f64 * 20_000.0 * (1.0 - line.ppm * 1e-6);
        coming.push(InPacket {
            arrival: zero + Duration::from_micros((sent + late) as u64),
            payload_type: 96,
            marker: n == 0,
            sequence: (n as u16).wrapping_add(65_400),
            timestamp: (n as u32 * ticks).wrapping_sub(99_999),
            ssrc: 5,
            payload: payload.as_slice().try_into().unwrap(),
        });
    }
    coming.sort_by_key(|p| p.arrival);
    let mut buffer = JitterBuffer::new(kind).unwrap();
    let mut pcm = Vec::new();
    let mut block = vec![0.0; kind.sample_rate_hz() as usize / 100];
    let mut coming = coming.iter().peekable();
    for pull in 0..packets.len() * 2 {
        let now = zero + Duration::from_millis(pull as u64 * 10 + 4);
        while let Some(packet) = coming.next_if(|p| p.arrival <= now) {
            buffer.insert(packet);
        }
        buffer.pull(now, &mut block);
        pcm.extend_from_slice(&block);
    }
    (pcm, buffer.stats())
}

/// Scores several sounds against what was said; all at the rate of the codec, wideband unless it is 8 kHz.
fn score(kind: CodecKind, said: &[f32], heard: &[&[f32]]) -> Vec<f64> {
    let folder = std::env::temp_dir().join(format!("timbre-pesq-{}-{kind:?}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (mode, to_hz) = if kind.sample_rate_hz() == 8_000 { ("nb", 8_000) } else { ("wb", 16_000) };
    let write = |name: String, pcm: &[f32]| {
        let pcm = Resampler::convert(pcm, kind.sample_rate_hz(), to_hz).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, pcm.iter().flat_map(|s| to_i16(*s).to_le_bytes()).collect::<Vec<_>>()).unwrap();
        path
    };
    let python = std::env::var_os("TIMBRE_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/score/pesq.py");
    let mut command = Command::new(python);
    command.arg(script).arg(mode).arg(write("said".to_owned(), said));
    command.args(heard.iter().enumerate().map(|(n, pcm)| write(format!("heard{n}"), pcm)));
    let output = command.output().expect("python runs");
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| line.parse().unwrap()).collect()
}

/// The best line and a local network: the chain is as good as the codec.
fn check(kind: CodecKind, settings: &OpusSettings) {
    for name in RECORDINGS {
        let said = Resampler::convert(&speech(name), 16_000, kind.sample_rate_hz()).unwrap();
        let packets = packets(kind, settings, &said);
        let alone = plain(kind, &packets);
        let lines = [
            ("clean", Line::default()),
            ("4 ms jitter", Line { jitter_us: 2_000.0, ..Line::default() }),
            ("200 ppm", Line { ppm: 200.0, ..Line::default() }),
            ("-200 ppm", Line { ppm: -200.0, ..Line::default() }),
        ];
        let heard: Vec<_> = lines.iter().map(|(_, line)| chain(kind, &packets, *line)).collect();
        let sounds: Vec<&[f32]> =
            std::iter::once(alone.as_slice()).chain(heard.iter().map(|h| h.0.as_slice())).collect();
        let scores = score(kind, &said, &sounds);
        for (((what, _), (_, stats)), pesq) in lines.iter().zip(&heard).zip(&scores[1..]) {
            println!("{kind:?} {name} {what}: {pesq} (codec alone {}) {stats:?}", scores[0]);
            assert!(*pesq >= scores[0] - 0.1, "{kind:?} {name} {what}: {pesq}, codec alone {} {stats:?}", scores[0]);
        }
    }
}

#[test]
fn opus_through_the_chain_is_as_good_as_opus() {
    check(CodecKind::Opus, &OpusSettings::default());
}

#[test]
fn g722_through_the_chain_is_as_good_as_g722() {
    check(CodecKind::G722, &OpusSettings::default());
}

#[test]
fn g711_through_the_chain_is_as_good_as_g711() {
    check(CodecKind::Pcma, &OpusSettings::default());
    check(CodecKind::Pcmu, &OpusSettings::default());
}

/// Loss: what concealment and FEC must reach at least (MOS-LQO; means over the recordings).
#[test]
fn loss_costs_no_more_than_it_must() {
    let settings = OpusSettings { packet_loss_pct: 10, ..OpusSettings::default() };
    let floors = [
        (CodecKind::Opus, [(0.01, 3.6), (0.05, 3.4), (0.10, 3.1)]),
        (CodecKind::G722, [(0.01, 3.5), (0.05, 2.05), (0.10, 1.35)]),
        (CodecKind::Pcma, [(0.01, 3.5), (0.05, 3.1), (0.10, 2.6)]),
    ];
    for (kind, losses) in floors {
        let mut sums = [0.0; 3];
        for name in RECORDINGS {
            let said = Resampler::convert(&speech(name), 16_000, kind.sample_rate_hz()).unwrap();
            let packets = packets(kind, &settings, &said);
            let heard =
                losses.map(|(loss, _)| chain(kind, &packets, Line { loss, jitter_us: 1_000.0, ..Line::default() }).0);
            let sounds: Vec<&[f32]> = heard.iter().map(Vec::as_slice).collect();
            for (sum, pesq) in sums.iter_mut().zip(score(kind, &said, &sounds)) {
                *sum += pesq / RECORDINGS.len() as f64;
            }
        }
        println!("{kind:?} at 1, 5, 10 % loss: {sums:.2?}");
        for ((loss, floor), pesq) in losses.iter().zip(sums) {
            assert!(pesq >= *floor, "{kind:?} at {loss}: {pesq:.2}");
        }
    }
}
