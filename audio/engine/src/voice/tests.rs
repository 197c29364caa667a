//! Two voice threads joined by a wire, both ticked by hand: no clock, no thread, the same every time.

use std::path::Path;
use std::sync::mpsc::channel;

use audio::codec::CodecKind;
use rtrb::RingBuffer;

use super::*;

#[path = "../../tests/common/sound.rs"]
mod sound;

const ID: SessionId = SessionId(1);

struct End {
    voice: Voice,
    into: Producer<InPacket>,
    out: Consumer<OutPacket>,
    sequence: u16,
}

impl End {
    fn new(microphone: Microphone, file: Option<SpeakerFile>, codec: CodecKind) -> Self {
        let speaker = if file.is_some() { Speaker::File(PathBuf::new()) } else { Speaker::Null };
        let mut voice = Voice::new(VoiceStart {
            commands: channel().1,
            events: Events::new(|_| {}),
            shared: Arc::new(Shared::new(&[], [100; 3])),
            microphone,
            speaker,
            first_file: file,
            keepers: BTreeMap::new(),
            volume_pct: [100; 3],
        });
        let (into, packets) = RingBuffer::new(64);
        let (out_ring, out) = RingBuffer::new(64);
        let fixed = (0..96).find(|number| CodecKind::of_static_payload_type(*number) == Some(codec));
        let payload_type = fixed.unwrap_or(111);
        let config = SessionConfig { answered: true, ..SessionConfig::new(codec, payload_type) };
        voice.obey(Command::Open { id: ID, config, packets, out: out_ring, wake: Arc::new(|| {}) });
        Self { voice, into, out, sequence: 65_500 }
    }
}

/// Speaks for the length of `said` through two ends; `lost` says which packets do not arrive. What the other records.
fn heard(folder: &Path, said: &[f32], codec: CodecKind, lost: impl Fn(u32) -> bool) -> Vec<f32> {
    let (mic, speaker) = (folder.join("mic.wav"), folder.join(format!("{codec:?}.wav")));
    sound::write_wav(&mic, MIX_HZ, said);
    let mut a = End::new(Microphone::Clip(Clip::open(&mic).unwrap()), None, codec);
    let mut b = End::new(Microphone::Silence, Some(SpeakerFile::create(&speaker).unwrap()), codec);
    let start = Instant::now();
    let mut number = 0;
    for tick in 0..(said.len() / BLOCK) as u32 + 20 {
        let now = start + TICK * tick;
        a.voice.tick(now);
        while let Ok(packet) = a.out.pop() {
            a.sequence = a.sequence.wrapping_add(1);
            number += 1;
            if !lost(number) {
                let packet = InPacket {
                    arrival: now,
                    payload_type: packet.payload_type,
                    marker: packet.marker,
                    sequence: a.sequence,
                    timestamp: packet.timestamp.wrapping_add(0xffff_f000),
                    ssrc: 77,
                    payload: packet.payload,
                };
                b.into.push(packet).unwrap();
            }
        }
        b.voice.tick(now);
    }
    assert_eq!(b.voice.sessions[&ID].stats().refused, 0);
    b.voice.obey(Command::Close { id: ID });
    let mut reader = hound::WavReader::open(&speaker).unwrap();
    reader.samples::<i16>().map(|s| f32::from(s.unwrap()) / 32_768.0).collect()
}

#[test]
fn what_is_said_here_is_heard_there_with_every_codec() {
    let folder = tempfile::tempdir().unwrap();
    let (said, other) = (sound::speech(MIX_HZ, 6.0, 1), sound::speech(MIX_HZ, 6.0, 2));
    for codec in [CodecKind::Opus, CodecKind::G722, CodecKind::Pcma, CodecKind::Pcmu] {
        let heard = heard(folder.path(), &said, codec, |_| false);
        let (same, another) = (sound::likeness_of_pieces(&heard, &said), sound::likeness_of_pieces(&heard, &other));
        assert!(same > 0.97 && another < 0.7, "{codec:?}: {same} {another}");
    }
}

#[test]
fn what_is_lost_on_the_way_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let said = sound::speech(MIX_HZ, 6.0, 1);
    for codec in [CodecKind::Opus, CodecKind::Pcma] {
        let heard = heard(folder.path(), &said, codec, |number| number % 10 == 0);
        let likeness = sound::likeness_of_pieces(&heard, &said);
        assert!(likeness > 0.9, "{codec:?}: {likeness}");
    }
}

#[test]
fn a_line_that_loses_gets_more_bits_until_it_has_been_calm_for_half_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let mic = folder.path().join("mic.wav");
    sound::write_wav(&mic, MIX_HZ, &sound::speech(MIX_HZ, 45.0, 1));
    let mut a = End::new(Microphone::Clip(Clip::open(&mic).unwrap()), None, CodecKind::Opus);
    let start = Instant::now();
    let mut bytes = [0_usize; 45];
    for second in 0..45 {
        // Lost packets are told of in the second second only.
        a.voice.obey(Command::Lost { id: ID, share: if second == 1 { 0.04 } else { 0.0 } });
        for tick in 0..100 {
            a.voice.tick(start + TICK * (second * 100 + tick));
            while let Ok(packet) = a.out.pop() {
                bytes[second as usize] += packet.payload.len();
            }
        }
    }
    let mean = |seconds: std::ops::Range<usize>| bytes[seconds.clone()].iter().sum::<usize>() / seconds.len();
    let (lossy, calm) = (mean(1..31), mean(32..45));
    assert!(lossy * 100 > calm * 110, "{bytes:?}");
}

/// Strength of one frequency, as the amplitude of a sine.
fn strength(pcm: &[f32], hz: f32) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in pcm.iter().enumerate() {
        let angle = std::f32::consts::TAU * hz * n as f32 / MIX_HZ as f32;
        re += sample * angle.cos();
        im += sample * angle.sin();
    }
    2.0 * (re * re + im * im).sqrt() / pcm.len() as f32
}

/// The desk with two calls: somebody at 700 Hz by Opus and somebody at 1100 Hz by G.711. The agent hums at 400 Hz.
struct Three {
    desk: End,
    others: [End; 2],
    into: [Producer<InPacket>; 2],
    out: [Consumer<OutPacket>; 2],
    now: Instant,
}

const AGENT: f32 = 400.0;
const PEOPLE: [f32; 2] = [700.0, 1100.0];
const CODECS: [CodecKind; 2] = [CodecKind::Opus, CodecKind::Pcma];

impl Three {
    fn new(folder: &Path) -> Self {
        let hum = |name: &str, hz: f32| {
            let file = folder.join(name);
            let wave = |n: u32| 0.3 * (std::f32::consts::TAU * hz * n as f32 / MIX_HZ as f32).sin();
            sound::write_wav(&file, MIX_HZ, &(0..MIX_HZ * 6).map(wave).collect::<Vec<f32>>());
            Microphone::Clip(Clip::open(&file).unwrap())
        };
        let far = |n: usize| {
            let file = SpeakerFile::create(&folder.join(format!("heard{n}.wav"))).unwrap();
            End::new(hum(&format!("{n}.wav"), PEOPLE[n]), Some(file), CODECS[n])
        };
        let others = [far(0), far(1)];
        let mut desk = End::new(hum("agent.wav", AGENT), None, CODECS[0]);
        desk.voice.obey(Command::Close { id: ID });
        desk.voice.start.speaker = Speaker::Device;
        let mut call = |n: usize| {
            let (into, packets) = RingBuffer::new(64);
            let (out_ring, out) = RingBuffer::new(64);
            let config = SessionConfig { answered: true, ..SessionConfig::new(CODECS[n], [111, 8][n]) };
            let id = SessionId(10 + n as u64);
            desk.voice.obey(Command::Open { id, config, packets, out: out_ring, wake: Arc::new(|| {}) });
            (into, out)
        };
        let ((into0, out0), (into1, out1)) = (call(0), call(1));
        Self { desk, others, into: [into0, into1], out: [out0, out1], now: Instant::now() }
    }

    fn join(&mut self, n: usize, joined: bool) {
        self.desk.voice.obey(Command::Join { id: SessionId(10 + n as u64), joined });
    }

    fn run(&mut self, ticks: u32) {
        for _ in 0..ticks {
            self.now += TICK;
            self.desk.voice.tick(self.now);
            for n in 0..2 {
                let far = &mut self.others[n];
                far.voice.tick(self.now);
                while let Ok(packet) = far.out.pop() {
                    self.into[n].push(arrived(&packet, self.now, &mut far.sequence)).unwrap();
                }
                while let Ok(packet) = self.out[n].pop() {
                    far.into.push(arrived(&packet, self.now, &mut self.desk.sequence)).unwrap();
                }
            }
        }
    }

    /// What each of them heard of the agent, of the first and of the second, in the last second.
    fn end(mut self, folder: &Path) -> [[f32; 3]; 2] {
        [0, 1].map(|n| {
            self.others[n].voice.obey(Command::Close { id: ID });
            let mut reader = hound::WavReader::open(folder.join(format!("heard{n}.wav"))).unwrap();
            let heard: Vec<f32> = reader.samples::<i16>().map(|s| f32::from(s.unwrap()) / 32_768.0).collect();
            let last = &heard[heard.len() - MIX_HZ as usize..];
            [AGENT, PEOPLE[0], PEOPLE[1]].map(|hz| strength(last, hz))
        })
    }
}

fn arrived(packet: &OutPacket, arrival: Instant, sequence: &mut u16) -> InPacket {
    *sequence = sequence.wrapping_add(1);
    let (payload_type, marker, timestamp) = (packet.payload_type, packet.marker, packet.timestamp);
    InPacket { arrival, payload_type, marker, sequence: *sequence, timestamp, ssrc: 7, payload: packet.payload.clone() }
}

#[test]
fn in_a_conference_each_hears_the_others_and_not_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut three = Three::new(folder.path());
    three.join(0, true);
    three.join(1, true);
    three.run(300);
    let [first, second] = three.end(folder.path());
    let (loud, silent) = (0.2..0.4, 0.0..0.02);
    assert!(loud.contains(&first[0]) && loud.contains(&first[2]) && silent.contains(&first[1]), "{first:?}");
    assert!(loud.contains(&second[0]) && loud.contains(&second[1]) && silent.contains(&second[2]), "{second:?}");
}

#[test]
fn outside_of_a_conference_and_after_it_only_the_agent_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let mut three = Three::new(folder.path());
    three.join(0, true);
    three.join(1, true);
    three.run(100);
    three.join(1, false);
    three.run(250);
    for heard in three.end(folder.path()) {
        assert!(heard[0] > 0.2 && heard[1] < 0.02 && heard[2] < 0.02, "{heard:?}");
    }
}

#[test]
fn a_muted_agent_does_not_silence_the_conference() {
    let folder = tempfile::tempdir().unwrap();
    let mut three = Three::new(folder.path());
    for n in 0..2 {
        three.join(n, true);
        three.desk.voice.obey(Command::Mute { id: SessionId(10 + n as u64), muted: true });
    }
    three.run(300);
    let [first, second] = three.end(folder.path());
    assert!(first[0] < 0.02 && first[2] > 0.2 && second[0] < 0.02 && second[1] > 0.2, "{first:?} {second:?}");
}
