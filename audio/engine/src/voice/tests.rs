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
