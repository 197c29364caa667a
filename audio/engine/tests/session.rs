//! Sessions with files in the place of devices.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use audio_engine::{Backend, CodecKind, Event, FileSink, FileSource};
use common::{DEADLINE, ID, Wire, config, read_wav, speech, write_wav};

fn files(mic: FileSource, speaker: FileSink) -> Backend {
    Backend::Files { mic, speaker }
}

#[test]
fn a_file_is_sent_whole_and_evenly_with_every_codec() {
    for codec in [CodecKind::Opus, CodecKind::G722, CodecKind::Pcma, CodecKind::Pcmu] {
        one_way(codec, &speech(48_000, 1.5, 1));
    }
}

/// Speaks into one end. How it sounds at the other is measured in virtual time, in the tests of the voice thread.
fn one_way(codec: CodecKind, said: &[f32]) {
    let folder = tempfile::tempdir().unwrap();
    let (mic, speaker) = (folder.path().join("mic.wav"), folder.path().join("speaker.wav"));
    write_wav(&mic, 48_000, said);
    let mut wire = Wire::new(
        files(FileSource::Wav(mic), FileSink::Null),
        files(FileSource::Silence, FileSink::Wav(speaker.clone())),
        config(codec),
    );
    wire.carry_until("two seconds of packets", |w| w.a.sent.len() >= 100);
    let received = |w: &Wire| w.b.engine.stats(ID).unwrap();
    wire.carry_until("they arrive", |w| received(w).received >= 90);
    assert_eq!(received(&wire).refused, 0, "{codec:?}");
    wire.a.engine.shutdown();
    wire.b.engine.shutdown();
    let events: Vec<Event> = wire.a.events.try_iter().collect();
    assert!(events.contains(&Event::MicFileFinished { session: ID }), "{events:?}");
    assert!(wire.b.events.try_iter().any(|e| e == Event::FirstRtp { session: ID }));
    let (spec, heard) = read_wav(&speaker);
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 48_000, 16));
    assert!(heard.iter().any(|s| s.abs() > 0.05), "{codec:?}");
    // The first packet carries the marker, and time goes on evenly.
    let step = codec.rtp_clock_hz() / 50;
    assert!(wire.a.sent[0].0 && wire.a.sent[1..].iter().all(|p| !p.0));
    assert!(wire.a.sent.windows(2).all(|p| p[1].2 == p[0].2 + step));
}

#[test]
fn keys_arrive_once_each_and_in_order() {
    let mut wire = Wire::new(Backend::Null, Backend::Null, config(CodecKind::Opus));
    wire.a.engine.send_dtmf(ID, "1x9#,*");
    let (mut sent, mut received) = (String::new(), String::new());
    wire.carry_until("four keys", |w| {
        sent.extend(w.a.events.try_iter().filter_map(|e| match e {
            Event::DtmfSent { digit, .. } => Some(digit),
            _ => None,
        }));
        received.extend(w.b.events.try_iter().filter_map(|e| match e {
            Event::DtmfReceived { digit, duration_ms, .. } => {
                assert_eq!(duration_ms, 100);
                Some(digit)
            }
            _ => None,
        }));
        sent.len() >= 4
    });
    assert_eq!((sent.as_str(), received.as_str()), ("19#*", "19#*"));
    let marked: Vec<_> = wire.a.sent.iter().filter(|p| p.0 && p.1 == 101).collect();
    assert_eq!(marked.len(), 4);
}

#[test]
fn hold_stops_both_ways_and_mute_only_the_voice() {
    let folder = tempfile::tempdir().unwrap();
    let mic = folder.path().join("mic.wav");
    write_wav(&mic, 16_000, &speech(16_000, 20.0, 1));
    let mut wire = Wire::new(files(FileSource::Wav(mic), FileSink::Null), Backend::Null, config(CodecKind::Pcma));
    let loud = |w: &mut Wire| w.b.engine.levels(ID).unwrap().remote_dbfs > -40.0;
    wire.carry_until("the voice", loud);
    wire.a.engine.mute(ID, true);
    wire.carry_until("silence by mute", |w| w.b.engine.levels(ID).unwrap().remote_dbfs < -60.0);
    assert!(wire.a.engine.levels(ID).unwrap().microphone_dbfs < -60.0);
    wire.a.engine.mute(ID, false);
    wire.carry_until("the voice again", loud);

    wire.a.engine.set_direction(ID, false, false);
    let last = |w: &Wire| w.a.engine.stats(ID).unwrap().sent;
    let mut before = u64::MAX;
    // Two looks in accord, 100 ms of the other side's packets apart.
    wire.carry_until("no packets in a hold", |w| {
        let far = w.b.sent.len();
        if far % 10 != 0 {
            return false;
        }
        std::mem::replace(&mut before, last(w)) == last(w)
    });
    let held_at = wire.a.sent.last().unwrap().2;
    wire.a.engine.set_direction(ID, true, true);
    wire.carry_until("packets again", |w| last(w) > before + 5);
    wire.carry_until("the voice after the hold", loud);
    let first_after = wire.a.sent.iter().find(|p| p.2 > held_at).unwrap();
    assert!(first_after.0, "the first packet after a hold is marked");
    assert!(first_after.2 >= held_at + 160 * 5, "time went on in the hold");
}

#[test]
fn the_recording_begins_at_the_answer_and_keeps_the_gap_of_a_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (mic, speaker) = (folder.path().join("mic.wav"), folder.path().join("speaker.wav"));
    write_wav(&mic, 8_000, &speech(8_000, 20.0, 1));
    let mut unanswered = config(CodecKind::Pcmu);
    unanswered.answered = false;
    let mut wire = Wire::new(
        files(FileSource::Wav(mic), FileSink::Null),
        files(FileSource::Silence, FileSink::Wav(speaker.clone())),
        unanswered,
    );
    wire.carry_until("early media", |w| w.b.engine.stats(ID).unwrap().received > 20);
    assert_eq!(read_wav(&speaker).1.len(), 0);
    wire.b.engine.answered(ID);
    let answered_at = wire.b.engine.stats(ID).unwrap().received;
    wire.carry_until("a second", |w| w.b.engine.stats(ID).unwrap().received > answered_at + 50);
    wire.b.engine.set_direction(ID, false, false);
    wire.carry_until("a second of hold", |w| w.b.engine.stats(ID).unwrap().received > answered_at + 100);
    wire.b.engine.set_direction(ID, true, true);
    wire.carry_until("a second after it", |w| w.b.engine.stats(ID).unwrap().received > answered_at + 150);
    wire.b.engine.close(ID);
    wire.carry_until("closed", |w| w.b.engine.stats(ID).is_none());
    let (_, heard) = read_wav(&speaker);
    // Hundredths of a second. What the jitter buffer still held when it was closed is not heard.
    let silent: Vec<bool> = heard.chunks(480).map(|part| part.iter().all(|s| s.abs() < 1e-4)).collect();
    let mut at = 0;
    let runs = silent.chunk_by(|one, next| one == next).map(|run| {
        at += run.len();
        (if run[0] { run.len() } else { 0 }, at)
    });
    let (gap, ends) = runs.max().unwrap();
    assert!(gap >= 60, "the hold leaves a gap: {gap} cs of {}", silent.len());
    let (before, after) = (&silent[..ends - gap], &silent[ends..]);
    for (heard, least) in [(before, 60), (after, 40)] {
        let voiced = heard.iter().filter(|silent| !**silent).count();
        assert!(voiced >= least, "{voiced} of {} cs of voice", heard.len());
    }
}

#[test]
fn packets_of_another_agreed_codec_are_understood() {
    let mut wire = Wire::new(Backend::Null, Backend::Null, config(CodecKind::Opus));
    wire.a.engine.reconfigure(ID, config(CodecKind::Pcmu));
    wire.carry_until("PCMU", |w| w.a.sent.iter().filter(|p| p.1 == 0).count() > 30);
    let stats = wire.b.engine.stats(ID).unwrap();
    assert_eq!(stats.refused, 0);
    wire.a.engine.reconfigure(ID, config(CodecKind::Opus));
    wire.carry_until("Opus", |w| w.a.sent.iter().rev().take_while(|p| p.1 == 111).count() > 30);
    assert_eq!(wire.b.engine.stats(ID).unwrap().refused, 0);
}

#[test]
fn an_unreadable_microphone_file_is_told_at_the_start() {
    let nowhere = std::path::PathBuf::from("/nowhere/mic.wav");
    let started = audio_engine::Engine::start(files(FileSource::Wav(nowhere), FileSink::Null), |_| {});
    assert!(matches!(started, Err(audio_engine::EngineError::MicFile { .. })));
}

/// Times that the thread called `voice` of this process was put to sleep or taken off its processor.
#[cfg(target_os = "linux")]
fn voice_switches() -> u64 {
    let mut switches = 0;
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let comm = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if comm.trim() == "voice" {
            let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
            switches += status
                .lines()
                .filter(|l| l.contains("ctxt_switches"))
                .filter_map(|l| l.split_whitespace().last()?.parse::<u64>().ok())
                .sum::<u64>();
        }
    }
    switches
}

#[test]
#[cfg(target_os = "linux")]
fn without_sessions_the_voice_thread_sleeps() {
    let mut wire = Wire::new(Backend::Null, Backend::Null, config(CodecKind::Pcma));
    wire.carry_until("a call", |w| w.b.engine.stats(ID).unwrap().received > 10);
    let busy = voice_switches();
    wire.carry_until("more of it", |w| w.b.engine.stats(ID).unwrap().received > 60);
    assert!(voice_switches() > busy + 100, "a call ticks");
    wire.a.engine.close(ID);
    wire.b.engine.close(ID);
    wire.carry_until("closed", |w| w.a.engine.stats(ID).is_none() && w.b.engine.stats(ID).is_none());
    let idle = voice_switches();
    // Nothing may come for half a second.
    let half = DEADLINE / 60;
    assert!(wire.a.events.try_iter().all(|e| e == Event::FirstRtp { session: ID }));
    assert!(wire.b.events.try_iter().all(|e| e == Event::FirstRtp { session: ID }));
    assert!(wire.b.events.recv_timeout(half).is_err());
    assert!(voice_switches() <= idle + 6, "{} switches while idle", voice_switches() - idle);
}
