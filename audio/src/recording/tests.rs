use std::io::Cursor;

use super::*;

const BLOCK: usize = 480;

fn wave(hz: f32, n: usize) -> f32 {
    0.5 * (std::f32::consts::TAU * hz * n as f32 / RATE_HZ as f32).sin()
}

/// The agent hums at 440 Hz, the other side at 1 kHz from the middle on.
fn bytes(format: Format, seconds: usize) -> Vec<u8> {
    let mut composer = Composer::new(format, 7).unwrap();
    let mut file = Vec::new();
    for block in 0..seconds * 100 {
        let at = |n: usize| block * BLOCK + n;
        let left: Vec<f32> = (0..BLOCK).map(|n| wave(440.0, at(n))).collect();
        let talks = block >= seconds * 50;
        let right: Vec<f32> = (0..BLOCK).map(|n| if talks { wave(1_000.0, at(n)) } else { 0.0 }).collect();
        composer.push(&left, &right).unwrap();
        if block % 100 == 99 {
            file.extend(composer.take().unwrap());
        }
    }
    assert_eq!(composer.length_ms(), seconds as u64 * 1000);
    file.extend(composer.finish().unwrap().0);
    file
}

fn play(bytes: &[u8], from_ms: u64) -> [Vec<f32>; 2] {
    let mut player = Player::open(Cursor::new(bytes)).unwrap();
    player.seek(from_ms).unwrap();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while player.next(&mut left, &mut right).unwrap() {}
    [left, right]
}

fn strength(pcm: &[f32], hz: f32) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in pcm.iter().enumerate() {
        let angle = std::f32::consts::TAU * hz * n as f32 / RATE_HZ as f32;
        re += sample * angle.cos();
        im += sample * angle.sin();
    }
    2.0 * (re * re + im * im).sqrt() / pcm.len() as f32
}

#[test]
fn both_sides_come_back_apart_and_in_their_time() {
    for format in [Format::Opus, Format::Wav] {
        let file = bytes(format, 4);
        let [left, right] = play(&file, 0);
        assert!(left.len().abs_diff(4 * RATE_HZ as usize) <= BLOCK, "{format:?}: {}", left.len());
        assert_eq!(left.len(), right.len());
        let (early, late) =
            (RATE_HZ as usize / 2..3 * RATE_HZ as usize / 2, 5 * RATE_HZ as usize / 2..7 * RATE_HZ as usize / 2);
        assert!((strength(&left[early.clone()], 440.0) - 0.5).abs() < 0.06, "{format:?}");
        // The other side is silent, however loud the agent is.
        assert!(right[early].iter().all(|s| s.abs() < 0.001), "{format:?}");
        assert!((strength(&right[late.clone()], 1_000.0) - 0.5).abs() < 0.06, "{format:?}");
        assert!(strength(&right[late.clone()], 440.0) < 0.005 && strength(&left[late], 1_000.0) < 0.005, "{format:?}");
    }
}

#[test]
fn playing_begins_where_it_is_asked_for() {
    for format in [Format::Opus, Format::Wav] {
        let file = bytes(format, 4);
        let whole = play(&file, 0);
        for from_ms in [0, 10, 990, 1_000, 1_950, 2_345, 3_999] {
            let [left, right] = play(&file, from_ms);
            let from = from_ms as usize * 48;
            assert_eq!(
                (left.len(), right.len()),
                (whole[0].len() - from, whole[1].len() - from),
                "{format:?} {from_ms}"
            );
            let likeness = left.iter().skip(960).zip(&whole[0][from + 960.min(left.len())..]);
            assert!(likeness.into_iter().all(|(a, b)| (a - b).abs() < 0.15), "{format:?} {from_ms}");
        }
        assert!(play(&file, 60_000)[0].is_empty());
    }
}

#[test]
fn a_file_that_was_cut_anywhere_is_played_up_to_there() {
    for format in [Format::Opus, Format::Wav] {
        let file = bytes(format, 4);
        let mut longest = 0;
        for cut in (WavHead::LENGTH + 100..file.len()).step_by(file.len() / 97) {
            let Ok(mut player) = Player::open(Cursor::new(&file[..cut])) else {
                assert!(cut < 200, "{format:?}: cut at {cut} nothing can be played");
                continue;
            };
            let (told_ms, played) = (player.length_ms(), player.peaks().unwrap());
            let played_ms = play(&file[..cut], 0)[0].len() as u64 / 48;
            assert_eq!(told_ms, played_ms, "{format:?} cut at {cut}");
            assert!((played.left.len() as u64).abs_diff(told_ms.div_ceil(100)) <= 1, "{format:?} cut at {cut}");
            assert!(
                played_ms + 1_050 >= 4_000 * cut as u64 / file.len() as u64,
                "{format:?} cut at {cut}: {played_ms}"
            );
            longest = longest.max(played_ms);
        }
        assert!(longest >= 2_900, "{format:?}: {longest}");
    }
}

#[test]
fn damage_is_passed_over_and_noise_never_panics() {
    let file = bytes(Format::Opus, 4);
    let mut broken = file.clone();
    let middle = file.len() / 2;
    broken[middle..middle + 20].fill(0x55);
    let played = play(&broken, 0)[0].len();
    assert!((2 * RATE_HZ as usize..4 * RATE_HZ as usize).contains(&played), "{played}");
    let mut state = 1_u32;
    for _ in 0..2_000 {
        let mut damaged = file.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % 600;
            damaged[at] ^= (state & 0xff) as u8;
        }
        if let Ok(mut player) = Player::open(Cursor::new(&damaged)) {
            let (mut left, mut right) = (Vec::new(), Vec::new());
            let _ = player.seek(1_500);
            while left.len() < 20_000 && player.next(&mut left, &mut right).unwrap_or(false) {}
        }
    }
    assert!(Player::open(Cursor::new(b"RIFF....WAVEfmt nothing of ours, but it is long enough")).is_err());
}

#[test]
fn columns_show_who_spoke_and_stay_few() {
    let mut composer = Composer::new(Format::Wav, 0).unwrap();
    for block in 0..30_000 {
        let quiet = [0.0; BLOCK];
        let loud = [if block < 15_000 { 0.5 } else { 0.0 }; BLOCK];
        composer.push(&loud, &quiet).unwrap();
        composer.take().unwrap();
    }
    let peaks = composer.finish().unwrap().1;
    assert_eq!((peaks.column_ms, peaks.left.len(), peaks.right.len()), (400, 750, 750));
    assert!(peaks.left[..375].iter().all(|p| *p == 128) && peaks.left[376..].iter().all(|p| *p == 0));
    assert!(peaks.right.iter().all(|p| *p == 0));
}

#[test]
fn the_head_of_a_wav_file_tells_its_length_and_is_known_again() {
    let head = WavHead::of_file(44 + 64_000);
    assert_eq!(head.sound_bytes, Some(64_000));
    assert_eq!(WavHead::read(&head.to_bytes()), Some(head));
    let open = WavHead { sound_bytes: None };
    assert_eq!(WavHead::read(&open.to_bytes()), Some(open));
    let mut other = head.to_bytes();
    other[22] = 1;
    assert_eq!(WavHead::read(&other), None);
    assert_eq!(WavHead::of_file(3).sound_bytes, Some(0));
}
