//! The ear of the device tests itself: it understands what is whole, and never what is damaged.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "common/code.rs"]
mod code;

use audio::codec::{Decoder, Encoder, MAX_PACKET_SAMPLES, OpusSettings};
use audio::resample::Resampler;
use audio_engine::CodecKind;
use code::{Understood, listen, voice};

const SECONDS: f32 = 4.0;

fn said() -> Vec<f32> {
    voice(0, 10)[48_000..48_000 * 5].to_vec()
}

/// What `damage` leaves of the voice.
fn damaged(damage: impl FnOnce(&mut Vec<f32>)) -> Understood {
    let mut sound = said();
    damage(&mut sound);
    listen(&sound, 0, SECONDS)
}

#[test]
fn a_voice_in_a_file_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("voice.wav");
    code::write_voice(&wav, 1, 3);
    let mut reader = hound::WavReader::open(&wav).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample, reader.len()), (1, 48_000, 16, 144_000));
    let pairs = reader.samples::<i16>().zip(voice(1, 3));
    assert!(pairs.into_iter().all(|(a, b)| (f32::from(a.unwrap()) / 32_767.0 - b).abs() < 1e-4));
}

#[test]
fn every_codec_is_understood_whole() {
    for kind in [CodecKind::Opus, CodecKind::G722, CodecKind::Pcma, CodecKind::Pcmu] {
        let rate_hz = kind.sample_rate_hz();
        let pcm = Resampler::convert(&said(), 48_000, rate_hz).unwrap();
        let mut encoder = Encoder::new(kind, &OpusSettings::default()).unwrap();
        let mut decoder = Decoder::new(kind).unwrap();
        let (mut room, mut frame, mut heard) = ([0; 1500], [0.0; MAX_PACKET_SAMPLES], Vec::new());
        for piece in pcm.chunks_exact(rate_hz as usize / 50) {
            let bytes = encoder.encode(piece, &mut room).unwrap();
            let samples = decoder.decode(&room[..bytes], &mut frame).unwrap();
            heard.extend_from_slice(&frame[..samples]);
        }
        let understood = listen(&Resampler::convert(&heard, rate_hz, 48_000).unwrap(), 0, SECONDS);
        assert!(
            understood.words > 0.95 && understood.other == 0.0 && understood.silent < 0.02,
            "{kind:?}: {understood:?}"
        );
    }
}

#[test]
fn short_holes_and_another_delay_leave_the_words() {
    let whole = damaged(|_| {});
    assert!(whole.words > 0.95 && whole.other == 0.0 && whole.silent < 0.02, "{whole:?}");
    let stretched = damaged(|sound| {
        for at in (0..9).rev() {
            let piece = sound[at * 19_200..][..960].to_vec();
            sound.splice(at * 19_200..at * 19_200, piece);
        }
        sound.truncate(48_000 * 4);
    });
    assert!(stretched.words > 0.9, "{stretched:?}");
    let holes = damaged(|sound| sound.chunks_mut(4_800).for_each(|c| c[2_000..2_960].fill(0.0)));
    assert!(holes.words > 0.9 && holes.silent > 0.05, "{holes:?}");
}

#[test]
fn damaged_sound_is_not_understood() {
    let low = |what: &str, understood: Understood| assert!(understood.words < 0.5, "{what}: {understood:?}");
    low("silence", damaged(|sound| sound.fill(0.0)));
    low("nothing", listen(&[], 0, SECONDS));
    low("half of it", damaged(|sound| sound.truncate(48_000 * 2)));
    low("every third tone lost", damaged(|sound| sound.chunks_mut(14_400).for_each(|c| c[..4_800].fill(0.0))));
    low("pieces mixed up", damaged(|sound| sound.chunks_exact_mut(19_200).for_each(|c| c.rotate_left(9_600))));
    low("one second again and again", damaged(|sound| *sound = sound[..48_000].repeat(4)));
    low("backwards", damaged(|sound| sound.reverse()));
    low("at another pitch", damaged(|sound| *sound = Resampler::convert(sound, 48_000, 44_100).unwrap()));
    let mut state = 1_u32;
    low(
        "noise",
        damaged(|sound| {
            sound.iter_mut().for_each(|s| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *s += (state >> 8) as f32 / 8_388_608.0 - 1.0;
            })
        }),
    );
    low("over another voice", damaged(|sound| sound.iter_mut().zip(voice(1, 4)).for_each(|(a, b)| *a += b)));
    let other = listen(&voice(1, 4), 0, SECONDS);
    assert!(other.words == 0.0 && other.other > 0.9, "{other:?}");
}
