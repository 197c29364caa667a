//! Recorded speech, and how well it is heard.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use audio::codec::{CodecKind, Decoder, MAX_PACKET_SAMPLES, to_i16};
use audio::resample::Resampler;

/// Recordings of Debian's `asterisk-core-sounds-en-g722`, which may be passed on (CC BY-SA 3.0).
const RECORDINGS: [&str; 3] = ["demo-congrats.g722", "priv-callee-options.g722", "demo-instruct.g722"];
/// Of each this much, with silence behind it.
pub const PIECE_S: usize = 10;
pub const PIECES: usize = RECORDINGS.len();
/// The silence, s; delays cut off this and no speech.
const SILENCE_S: f32 = 0.6;
const RATE_HZ: usize = 16_000;

/// All recordings one after the other, 16 kHz.
pub fn speech() -> Vec<f32> {
    RECORDINGS.iter().flat_map(|name| recording(name)).collect()
}

fn recording(name: &str) -> Vec<f32> {
    let path = find(Path::new("/usr/share/asterisk/sounds"), name)
        .unwrap_or_else(|| panic!("{name}: install the Debian package asterisk-core-sounds-en-g722"));
    let mut decoder = Decoder::new(CodecKind::G722).expect("a decoder");
    let mut frame = [0.0; MAX_PACKET_SAMPLES];
    let mut pcm = Vec::new();
    for payload in std::fs::read(path).expect("the recording").chunks(160) {
        let samples = decoder.decode(payload, &mut frame).expect("G.722");
        pcm.extend_from_slice(&frame[..samples]);
    }
    pcm.truncate(RATE_HZ * PIECE_S - (RATE_HZ as f32 * SILENCE_S) as usize);
    pcm.resize(RATE_HZ * PIECE_S, 0.0);
    pcm
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { find(&path, name) } else { Some(path).filter(|p| p.ends_with(name)) }
    })
}

/// How one piece was heard.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// MOS-LQO, wideband unless the codec is of 8 kHz.
    pub pesq: f64,
    pub stoi: f64,
    /// Not a number where nothing was found again.
    pub delay_ms: f64,
}

/// The program that scores.
pub struct Judge {
    child: Child,
    lines: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
}

/// WebRTC's voice processing in C++.
pub struct Reference;

impl Reference {
    /// What it makes of a microphone, everything at 48 kHz; none where it is not installed.
    pub fn process(far: &[f32], microphone: &[f32], noise: bool) -> Option<Vec<f32>> {
        let folder = std::env::temp_dir().join(format!("timbre-voice-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let paths = ["far", "near", "said"].map(|name| folder.join(name));
        for (path, pcm) in paths.iter().zip([far, microphone]) {
            std::fs::write(path, pcm.iter().flat_map(|s| s.to_le_bytes()).collect::<Vec<u8>>()).expect("room");
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/score/voice.py");
        let ended = Command::new(python()).arg(script).args(&paths).arg(if noise { "noise" } else { "plain" }).status();
        let said = ended.expect("python runs").success().then(|| std::fs::read(&paths[2]).expect("its answer"));
        let _ = std::fs::remove_dir_all(&folder);
        said.map(|bytes| bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }
}

fn python() -> std::ffi::OsString {
    std::env::var_os("TIMBRE_PYTHON").unwrap_or_else(|| "python3".into())
}

impl Judge {
    pub fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/score/speech.py");
        let mut child = Command::new(python())
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs");
        let folder = std::env::temp_dir().join(format!("timbre-audio-lines-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let lines = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, lines, answers, folder }
    }

    /// Scores of each heard sound, the means over some of its pieces; `said` and `heard` at the codec's rate.
    pub fn score(
        &mut self,
        kind: CodecKind,
        said: &[f32],
        heard: &[Vec<f32>],
        pieces: std::ops::Range<usize>,
    ) -> Vec<Score> {
        let rate_hz = kind.sample_rate_hz() as usize;
        let mut batch = String::new();
        for piece in pieces.clone() {
            let cut = |pcm: &[f32]| {
                let (from, to) = (piece * PIECE_S * rate_hz, (piece + 1) * PIECE_S * rate_hz);
                pcm[from.min(pcm.len())..to.min(pcm.len())].to_vec()
            };
            let (mode, said) = self.write(kind, &format!("said{piece}"), &cut(said));
            for (n, pcm) in heard.iter().enumerate() {
                let (_, heard) = self.write(kind, &format!("heard{piece}-{n}"), &cut(pcm));
                batch += &format!("{mode} {} {}\n", said.display(), heard.display());
            }
        }
        writeln!(self.lines, "{batch}").expect("python listens");
        self.lines.flush().expect("python listens");
        let scores: Vec<Score> = (0..pieces.len() * heard.len()).map(|_| self.answer()).collect();
        (0..heard.len()).map(|n| mean(scores.iter().skip(n).step_by(heard.len()))).collect()
    }

    fn answer(&mut self) -> Score {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("python answers");
        let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [pesq, stoi, delay_ms] = numbers[..] else { panic!("python answered {line:?}") };
        Score { pesq, stoi, delay_ms }
    }

    fn write(&self, kind: CodecKind, name: &str, pcm: &[f32]) -> (&'static str, PathBuf) {
        let (mode, to_hz) = if kind.sample_rate_hz() == 8_000 { ("nb", 8_000) } else { ("wb", 16_000) };
        let pcm = Resampler::convert(pcm, kind.sample_rate_hz(), to_hz).expect("rates");
        let path = self.folder.join(name);
        let bytes: Vec<u8> = pcm.iter().flat_map(|s| to_i16(*s).to_le_bytes()).collect();
        std::fs::write(&path, bytes).expect("room for the sound");
        (mode, path)
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mean<'a>(scores: impl Iterator<Item = &'a Score> + Clone) -> Score {
    let over = |of: fn(&Score) -> f64| {
        let known: Vec<f64> = scores.clone().map(of).filter(|v| !v.is_nan()).collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    Score { pesq: over(|s| s.pesq), stoi: over(|s| s.stoi), delay_ms: over(|s| s.delay_ms) }
}
