//! Calls are recorded, listed, heard, copied and deleted, through the real agent, engine and store, with the practice line's echo.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod house;

use std::path::{Path, PathBuf};

use agent_api::call::{CallRef, CallState, Dial, DialOrigin, DialOutcome};
use agent_api::card::{CardFilter, ListCards};
use agent_api::command::{Commands, Nothing};
use agent_api::error::ErrorCode;
use agent_api::event::{DataTag, EventBody, NoticeCode};
use agent_api::id::CallId;
use agent_api::recording::{
    PauseRecording, PlayRecording, RecordCall, RecordingFormat, RecordingRef, RecordingSettings, RecordingState,
    RecordingView,
};
use crm::store::{Recording, Recordings};
use crm_store::SqliteStore;
use house::{House, PATIENCE, config};
use runtime::{Backend, FileSink, FileSource, Runtime, RuntimeConfig};

/// Somebody hums; what is said by the agent comes back from the echo.
fn hum(folder: &Path) -> PathBuf {
    let path = folder.join("hum.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for n in 0..16_000 * 60 {
        let wave = (std::f32::consts::TAU * 440.0 * n as f32 / 16_000.0).sin();
        writer.write_sample((wave * 8_000.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
    path
}

async fn on(folder: &Path) -> House {
    let mic = FileSource::Wav(hum(folder));
    let config = RuntimeConfig {
        audio: Backend::Files { mic, speaker: FileSink::Null },
        downloads: Some(folder.join("downloads")),
        ..config(folder.join("profile"))
    };
    std::fs::create_dir_all(folder.join("downloads")).unwrap();
    let runtime = Runtime::start(config).await.unwrap();
    let events = runtime.agent.events();
    House { runtime, events }
}

async fn dialled(house: &mut House) -> CallId {
    let dial =
        Dial { target: "600".into(), origin: DialOrigin::Keypad, account: None, contact: None, confirmed: false };
    let DialOutcome::Started { call } = house.runtime.agent.dial(dial).await.unwrap() else { panic!("not dialled") };
    house.call_in("the echo's answer", |view| view.id == call && view.state == CallState::Talking).await;
    call
}

/// Two and a half seconds of a call, measured by its levels.
async fn goes_on(house: &House) {
    let mut levels = house.runtime.agent.levels();
    for _ in 0..25 {
        tokio::time::timeout(PATIENCE, levels.recv()).await.unwrap().unwrap();
    }
}

/// A call that was recorded for a while, and is over.
async fn recorded(house: &mut House) -> RecordingView {
    let call = dialled(house).await;
    house.runtime.agent.record_call(RecordCall { call, on: true }).await.unwrap();
    let on = |state| move |view: &agent_api::call::CallView| view.id == call && view.recording == Some(state);
    house.call_in("the recording", on(RecordingState::On)).await;
    goes_on(house).await;
    house.runtime.agent.pause_recording(PauseRecording { call, paused: true }).await.unwrap();
    house.call_in("the pause", on(RecordingState::Paused)).await;
    house.runtime.agent.hang_up(CallRef { call }).await.unwrap();
    finished(house, call).await
}

async fn finished(house: &mut House, call: CallId) -> RecordingView {
    loop {
        let list = house.runtime.agent.list_recordings(CallRef { call }).await.unwrap().list;
        match list.first() {
            Some(view) if view.length_ms.is_some() => return view.clone(),
            _ => house.wait("the books", |body| (*body == EventBody::Changed(DataTag::Recordings)).then_some(())).await,
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("profile/recordings"));
    entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_recorded_encrypted_heard_copied_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = on(folder.path()).await;
    let agent = house.runtime.agent.clone();
    house.practise().await;
    let settings = RecordingSettings { encrypt: true, ..RecordingSettings::default() };
    let view = agent.save_recording_settings(settings).await.unwrap();
    assert!(view.example.ends_with("+50622223333 in.ogg.sealed"), "{view:?}");

    let recording = recorded(&mut house).await;
    assert!(recording.length_ms.unwrap() > 2_000 && recording.encrypted, "{recording:?}");
    let loud = |columns: &[u8]| columns.iter().filter(|peak| **peak > 20).count();
    assert!(loud(&recording.agent) > 15 && loud(&recording.other) > 10, "{recording:?}");
    let file = files(folder.path()).remove(0);
    let bytes = std::fs::read(&file).unwrap();
    assert!(file.to_string_lossy().ends_with("600 out.ogg.sealed") && bytes.starts_with(b"TIMBREC1"));
    let listed = ListCards {
        filter: CardFilter::History,
        direction: None,
        contact: None,
        text: String::new(),
        after: None,
        skip: 0,
        limit: 10,
    };
    assert!(agent.list_cards(listed).await.unwrap().rows[0].recorded);

    let one = RecordingRef { recording: recording.id };
    let copy = agent.save_recording(one).await.unwrap().path;
    assert!(copy.ends_with("600 out.ogg") && std::fs::read(&copy).unwrap().starts_with(b"OggS"), "{copy}");

    let from_ms = recording.length_ms.unwrap() - 500;
    let play = |from_ms| PlayRecording { recording: recording.id, from_ms, speed_pct: 200 };
    agent.play_recording(play(from_ms)).await.unwrap();
    let playback = |body: &EventBody| if let EventBody::Playback(view) = body { Some(*view) } else { None };
    assert_eq!(house.wait("it plays", playback).await.unwrap().from_ms, from_ms);
    assert_eq!(house.wait("its end", playback).await, None);
    assert_eq!(
        agent.play_recording(PlayRecording { speed_pct: 900, ..play(0) }).await.unwrap_err().code,
        ErrorCode::Invalid
    );

    agent.delete_recording(one).await.unwrap();
    assert!(files(folder.path()).is_empty());
    assert!(agent.list_recordings(CallRef { call: recording.call }).await.unwrap().list.is_empty());
    assert_eq!(agent.play_recording(play(0)).await.unwrap_err().code, ErrorCode::NotFound);

    let again = recorded(&mut house).await;
    assert_eq!(files(folder.path()).len(), 1);
    agent.end_practice(Nothing {}).await.unwrap();
    house
        .wait("the file of a call that is gone", |body| {
            (*body == EventBody::Changed(DataTag::Recordings)).then_some(())
        })
        .await;
    assert!(files(folder.path()).is_empty(), "{again:?}");
    house.runtime.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_told_and_the_call_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = on(folder.path()).await;
    let agent = house.runtime.agent.clone();
    house.practise().await;
    let taken = folder.path().join("hum.wav").to_string_lossy().into_owned();
    agent.save_recording_settings(RecordingSettings { folder: Some(taken), ..Default::default() }).await.unwrap();
    let refused = RecordingSettings { folder: Some("calls".to_owned()), ..Default::default() };
    assert_eq!(agent.save_recording_settings(refused).await.unwrap_err().detail.as_deref(), Some("folder"));
    let call = dialled(&mut house).await;
    agent.record_call(RecordCall { call, on: true }).await.unwrap();
    let told = |body: &EventBody| if let EventBody::Notice(notice) = body { Some(notice.code) } else { None };
    let told = house.wait("one line", told).await;
    assert!(matches!(told, NoticeCode::RecordingDenied | NoticeCode::RecordingFailed), "{told:?}");
    goes_on(&house).await;
    let live = house.snapshot().await.calls;
    assert_eq!((live[0].state, live[0].recording), (CallState::Talking, None));
    house.runtime.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_a_kill_cut_short_is_heard_up_to_there_after_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = on(folder.path()).await;
    house.practise().await;
    let settings = RecordingSettings { format: RecordingFormat::Wav, ..RecordingSettings::default() };
    house.runtime.agent.save_recording_settings(settings).await.unwrap();
    let whole = recorded(&mut house).await;
    house.runtime.shut_down().await;

    // As a kill leaves it: the last second not written, the books without an end.
    let file = files(folder.path()).remove(0);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 64_001]).unwrap();
    let mut books = SqliteStore::open(&folder.path().join("profile")).unwrap();
    let row = books.recording(crm::id::RecordingId(whole.id.0)).unwrap();
    books.drop_recording(row.id).unwrap();
    books.begin_recording(&Recording { length_ms: None, ..row.clone() }).unwrap();
    let gone = crm::id::RecordingId(uuid::Uuid::from_u128(7));
    let lost = Recording { id: gone, file: file.with_extension("gone").to_string_lossy().into_owned(), ..row };
    books.begin_recording(&lost).unwrap();
    drop(books);

    let mut house = on(folder.path()).await;
    let mended = finished(&mut house, whole.call).await;
    let short_ms = whole.length_ms.unwrap() - mended.length_ms.unwrap();
    assert!((990..=1_020).contains(&short_ms), "{short_ms}");
    assert!(!mended.agent.is_empty() && mended.agent.len() == mended.other.len());
    let list = house.runtime.agent.list_recordings(CallRef { call: whole.call }).await.unwrap().list;
    assert_eq!(list.len(), 1, "whose file is gone is known no more");
    let told = u64::from(hound::WavReader::open(&file).unwrap().duration()) / 16;
    assert_eq!(told, u64::from(mended.length_ms.unwrap()));
    house.runtime.shut_down().await;
    assert!(SqliteStore::open(&folder.path().join("profile")).unwrap().open_recordings().unwrap().is_empty());
}
