use std::sync::mpsc::{Receiver, channel};

use audio::recording::Player;
use rtrb::RingBuffer;

use super::*;

const SESSION: SessionId = SessionId(1);

/// A recorder without its thread: everything is in the ring before it runs.
fn recorder(wish: RecordingWish) -> (Recorder, Tap, Receiver<Event>) {
    let (producer, ring) = RingBuffer::new(RING);
    let (tell, events) = channel();
    let events_of = Events::new(move |event| tell.send(event).unwrap());
    let tap = Tap::new(producer, std::thread::current(), false);
    (Recorder { session: SESSION, wish, ring, events: events_of }, tap, events)
}

fn source(key: &RecordingKey) -> KeySource {
    let key = key.clone();
    std::sync::Arc::new(move || Ok(key.clone()))
}

fn wish(path: PathBuf, format: Format, key: Option<&RecordingKey>) -> RecordingWish {
    let key = key.map(source);
    RecordingWish { id: RecordingId(1), path, format, key, consent_tone: false }
}

fn push(tap: &mut Tap, blocks: usize) {
    for _ in 0..blocks {
        assert!(tap.push(&[0.5; BLOCK], &[0.25; BLOCK], false));
    }
}

fn played(path: &Path) -> [Vec<f32>; 2] {
    let mut player = Player::open(File::open(path).unwrap()).unwrap();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while player.next(&mut left, &mut right).unwrap() {}
    [left, right]
}

#[test]
fn nothing_of_what_is_said_in_a_pause_or_while_keys_are_sent_leaves_the_voice_thread() {
    let (recorder, mut tap, _events) = recorder(wish(PathBuf::new(), Format::Wav, None));
    let mut ring = recorder.ring;
    push(&mut tap, 1);
    tap.set_paused(true);
    push(&mut tap, 1);
    tap.set_paused(false);
    assert!(tap.push(&[0.5; BLOCK], &[0.25; BLOCK], true));
    push(&mut tap, 1);
    let all: Vec<f32> = ring.read_chunk(4 * PAIRS).unwrap().into_iter().collect();
    assert!(all[..PAIRS].chunks(2).all(|pair| pair == [0.5, 0.25]));
    assert!(all[PAIRS..3 * PAIRS].iter().all(|s| *s == 0.0));
    assert!(all[3 * PAIRS..].chunks(2).all(|pair| pair == [0.5, 0.25]));
}

#[test]
fn a_disk_that_stands_still_costs_sound_but_no_time() {
    let (recorder, mut tap, _events) = recorder(wish(PathBuf::new(), Format::Wav, None));
    let mut ring = recorder.ring;
    push(&mut tap, 300);
    ring.read_chunk(RING).unwrap().commit_all();
    push(&mut tap, 1);
    assert_eq!(ring.slots(), 101 * PAIRS);
    let owed: Vec<f32> = ring.read_chunk(101 * PAIRS).unwrap().into_iter().collect();
    assert!(owed[..100 * PAIRS].iter().all(|s| *s == 0.0));
    assert!(owed[100 * PAIRS..].chunks(2).all(|pair| pair == [0.5, 0.25]));
}

#[test]
fn a_full_disk_ends_the_recording_and_is_told_once() {
    let (mut recorder, mut tap, _events) = recorder(wish(PathBuf::new(), Format::Opus, None));
    push(&mut tap, 150);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (length_ms, _, problem) = recorder.record_into(full, None);
    assert_eq!((length_ms, problem), (0, Some(RecordingProblem::Full)));
    drop(recorder);
    assert!(!tap.push(&[0.0; BLOCK], &[0.0; BLOCK], false), "the call goes on without it");
}

#[test]
fn without_its_key_nothing_is_recorded_in_the_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut wished = wish(folder.path().join("call.ogg.sealed"), Format::Opus, None);
    wished.key = Some(std::sync::Arc::new(|| Err("the keychain is locked".to_owned())));
    let (recorder, mut tap, events) = recorder(wished);
    push(&mut tap, 100);
    recorder.run();
    let told: Vec<Event> = events.try_iter().collect();
    assert!(matches!(told.as_slice(), [Event::RecordingEnded { problem: Some(RecordingProblem::Locked), .. }]));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    let (recorder, mut tap, events) = recorder(wish(file.join("call.ogg"), Format::Opus, None));
    push(&mut tap, 1);
    recorder.run();
    let told: Vec<Event> = events.try_iter().collect();
    let [Event::RecordingEnded { length_ms: 0, problem: Some(problem), .. }] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert!(!matches!(problem, RecordingProblem::Full), "{problem:?}");
}

#[test]
fn each_recording_has_a_file_of_its_own_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let wished = folder.path().join("a").join("2026-11-24 +50622223333 in.ogg");
    let mut names = Vec::new();
    for _ in 0..3 {
        let (recorder, mut tap, events) = recorder(wish(wished.clone(), Format::Opus, None));
        push(&mut tap, 50);
        drop(tap);
        recorder.run();
        let mut told = events.try_iter();
        let Some(Event::RecordingStarted { path, .. }) = told.next() else { panic!("not started") };
        let ended = told.next();
        assert!(matches!(&ended, Some(Event::RecordingEnded { length_ms: 500, problem: None, .. })), "{ended:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    assert_eq!(names[1..], ["2026-11-24 +50622223333 in 2.ogg", "2026-11-24 +50622223333 in 3.ogg"]);
}

#[test]
fn a_recording_in_which_nothing_happened_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (recorder, tap, events) = recorder(wish(folder.path().join("x.ogg"), Format::Opus, None));
    drop(tap);
    recorder.run();
    assert!(matches!(events.try_iter().last(), Some(Event::RecordingEnded { length_ms: 0, problem: None, .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_encrypted_recording_is_played_with_its_key_alone_and_copied_without() {
    let folder = tempfile::tempdir().unwrap();
    let key = RecordingKey::new([7; 32]);
    for format in [Format::Opus, Format::Wav] {
        let path = folder.path().join(format!("call.{}.sealed", format.extension()));
        let (recorder, mut tap, _events) = recorder(wish(path.clone(), format, Some(&key)));
        push(&mut tap, 150);
        drop(tap);
        recorder.run();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(4).any(|w| [b"OggS", b"Opus", b"RIFF", b"WAVE"].contains(&w.try_into().unwrap())));
        assert!(crate::look_at_recording(&path, None).is_err());
        assert!(crate::look_at_recording(&path, Some(&source(&RecordingKey::new([8; 32])))).is_err());
        let facts = crate::look_at_recording(&path, Some(&source(&key))).unwrap();
        assert!(facts.length_ms.abs_diff(1_500) <= 10, "{format:?} {}", facts.length_ms);
        assert_eq!(facts.peaks.left.len(), 15);
        let to = folder.path().join(format!("copy.{}", format.extension()));
        let copy = crate::copy_recording(&path, Some(&source(&key)), &to).unwrap();
        assert!(played(&copy)[0].len().abs_diff(72_000) <= 480);
        if format == Format::Wav {
            assert_eq!(hound::WavReader::open(&copy).unwrap().duration(), 24_000);
        }
    }
}

#[test]
fn what_was_cut_by_the_end_of_the_program_is_mended_and_known() {
    let folder = tempfile::tempdir().unwrap();
    for format in [Format::Opus, Format::Wav] {
        let path = folder.path().join(format!("call.{}", format.extension()));
        let (recorder, mut tap, _events) = recorder(wish(path.clone(), format, None));
        push(&mut tap, 200);
        drop(tap);
        recorder.run();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() * 3 / 4 - 1]).unwrap();
        let facts = crate::look_at_recording(&path, None).unwrap();
        assert!((900..1_500).contains(&facts.length_ms), "{format:?} {}", facts.length_ms);
        assert_eq!(played(&path)[0].len() as u64 / 48, facts.length_ms);
        if format == Format::Wav {
            let told = u64::from(hound::WavReader::open(&path).unwrap().duration()) / 16;
            assert_eq!(told, facts.length_ms, "what others read");
        }
    }
}
