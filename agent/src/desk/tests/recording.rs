//! Calls that are recorded here.

use agent_api::error::ErrorCode;
use agent_api::event::NoticeCode;
use agent_api::id::RecordingId;
use agent_api::recording::{PlaybackView, RecordingFormat, RecordingState};
use crm::store::Peaks;

use super::*;
use crate::fact::RecordingFact;
use crate::port::media::{RecordingProblem, RecordingWish};
use crate::recording::RecordingFile;

impl Bench {
    /// The recordings that were asked for.
    fn recordings(&self) -> Vec<(RecordingId, &RecordingWish)> {
        let asked = self.sounds().into_iter();
        asked
            .filter_map(|command| match command {
                MediaCommand::Record { recording, wish, .. } => Some((*recording, wish)),
                _ => None,
            })
            .collect()
    }

    fn recording_starts(&mut self, recording: RecordingId) {
        let file = RecordingFile("/calls/a.ogg".into());
        self.put(Input::Media(MediaEvent::RecordingStarted { recording, file }));
    }

    fn recording_ends(&mut self, recording: RecordingId, length_ms: u64, problem: Option<RecordingProblem>) {
        let peaks = Box::new(Peaks::default());
        self.put(Input::Media(MediaEvent::RecordingEnded { recording, length_ms, peaks, problem }));
    }

    fn notices(&self) -> Vec<NoticeCode> {
        let told = self.events().into_iter();
        told.filter_map(|body| if let EventBody::Notice(notice) = body { Some(notice.code) } else { None }).collect()
    }
}

#[test]
fn a_call_is_recorded_paused_and_kept_in_the_books() {
    let mut bench = Bench::new();
    let call = bench.dial("8555 0117");
    assert_eq!(bench.ask(Ask::Record(call, true)).unwrap_err().code, ErrorCode::WrongState, "nobody has answered");
    let mut bench = Bench::new();
    let (call, _) = bench.talking("8555 0117");
    assert_eq!(bench.view(call).recording, None);
    assert_eq!(bench.ask(Ask::PauseRecording(call, true)).unwrap_err().code, ErrorCode::WrongState);
    bench.store_all();
    bench.ask(Ask::Record(call, true)).unwrap();
    bench.ask(Ask::Record(call, true)).unwrap();
    let asked = bench.recordings();
    let (id, wish) = (asked[0].0, asked[0].1.clone());
    assert_eq!(asked.len(), 1, "once is enough");
    let name = wish.file.0.file_name().unwrap().to_string_lossy().into_owned();
    assert!(wish.file.0.starts_with("/calls") && name.ends_with("8330101 +50685550117 out.ogg"), "{name}");
    assert!(!format!("{:?}", bench.sounds()).contains("85550117"), "no number in a log");
    assert_eq!(bench.view(call).recording, Some(RecordingState::Starting));
    bench.recording_starts(id);
    assert_eq!(bench.view(call).recording, Some(RecordingState::On));
    let written = bench.store_all();
    assert!(
        matches!(&written[..], [Write::Recording { recording }] if recording.file == "/calls/a.ogg"),
        "{written:?}"
    );
    bench.ask(Ask::PauseRecording(call, true)).unwrap();
    assert_eq!(bench.view(call).recording, Some(RecordingState::Paused));
    bench.ask(Ask::PauseRecording(call, false)).unwrap();
    bench.ask(Ask::Record(call, false)).unwrap();
    assert_eq!(bench.view(call).recording, None);
    let commands: Vec<_> = bench.sounds().into_iter().filter(|c| format!("{c:?}").contains("Recording")).collect();
    assert!(matches!(
        commands[1..],
        [
            MediaCommand::PauseRecording { paused: true, .. },
            MediaCommand::PauseRecording { paused: false, .. },
            MediaCommand::StopRecording { .. }
        ]
    ));
    bench.recording_ends(id, 2_500, None);
    let written = bench.store_all();
    assert!(matches!(&written[..], [Write::RecordingEnd { length_ms: 2_500, .. }]), "{written:?}");
    let facts: Vec<_> = bench.facts().into_iter().filter(|fact| matches!(fact, What::Recording { .. })).collect();
    assert!(matches!(facts[0], What::Recording { fact: RecordingFact::Started { .. } }) && facts.len() == 4);
    assert!(bench.notices().is_empty());
}

#[test]
fn a_line_that_records_does_so_from_the_answer_on_as_the_settings_say() {
    let mut bench = Bench::new();
    let account = Account { record: true, ..Account::new(LINE, "8330101", "pbx.example") };
    let mut settings = Settings::for_country("CR");
    settings.recording.format = RecordingFormat::Wav;
    (settings.recording.encrypt, settings.recording.consent_tone) = (true, true);
    settings.recording.folder = Some("/srv/rec".to_owned());
    settings.recording.names = "{direction} {number}".to_owned();
    bench.put(Input::Settings(Box::new(settings)));
    bench.put(Input::Line { account: Box::new(account), password: None });
    bench.register();
    let (call, leg) = bench.ringing("85550117");
    bench.ask(Ask::Answer(call)).unwrap();
    bench.prepared(call);
    assert!(bench.recordings().is_empty());
    bench.phone(Event::Answered { leg });
    let wish = bench.recordings()[0].1;
    assert_eq!(wish.file.0, std::path::Path::new("/srv/rec/in +50685550117.wav.sealed"));
    assert!(wish.sealed && wish.consent_tone && wish.format == RecordingFormat::Wav);
}

#[test]
fn a_file_that_cannot_be_written_is_told_in_one_line_and_the_call_goes_on() {
    for (problem, code) in [
        (RecordingProblem::Full, NoticeCode::RecordingFull),
        (RecordingProblem::Denied, NoticeCode::RecordingDenied),
        (RecordingProblem::Locked, NoticeCode::RecordingLocked),
        (RecordingProblem::Other("x".to_owned()), NoticeCode::RecordingFailed),
    ] {
        let mut bench = Bench::new();
        let (call, _) = bench.talking("8555 0117");
        bench.ask(Ask::Record(call, true)).unwrap();
        let id = bench.recordings()[0].0;
        bench.recording_ends(id, 0, Some(problem));
        assert_eq!(bench.notices(), [code]);
        assert_eq!((bench.view(call).recording, bench.state(call)), (None, CallState::Talking));
        bench.ask(Ask::Record(call, true)).unwrap();
        assert_eq!(bench.recordings().len(), 2, "it may be tried again");
    }
}

#[test]
fn the_end_of_a_call_leaves_its_recording_to_be_finished_and_leaving_waits_for_it() {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("8555 0117");
    bench.ask(Ask::Record(call, true)).unwrap();
    let id = bench.recordings()[0].0;
    bench.recording_starts(id);
    bench.ended(leg, EndCause::Normal, None, EndedBy::Remote);
    bench.ticket += 1;
    let ticket = Ticket(bench.ticket);
    bench.put(Input::Ask(Ask::Shutdown, ticket));
    bench.phone(Event::Idle);
    bench.store_all();
    assert_eq!(bench.reply(ticket), None, "the file is not complete");
    bench.recording_ends(id, 1_000, None);
    let written = bench.store_all();
    assert!(matches!(&written[..], [Write::RecordingEnd { length_ms: 1_000, .. }]), "{written:?}");
    assert_eq!(bench.reply(ticket), Some(Ok(Reply::Done)));
}

#[test]
fn nobody_listens_to_a_recording_in_a_call() {
    let view = PlaybackView { recording: RecordingId(Uuid::from_u128(9)), from_ms: 0, speed_pct: 100 };
    let play = || Ask::Play { view, file: RecordingFile("/calls/a.ogg".into()), sealed: false };
    let mut bench = Bench::new();
    bench.ask(play()).unwrap();
    bench.ringing("85550117");
    assert!(bench.sounds().iter().any(|command| matches!(command, MediaCommand::StopPlaying)));
    assert!(bench.events().contains(&&EventBody::Playback(None)));
    assert_eq!(bench.ask(play()).unwrap_err().code, ErrorCode::WrongState);

    let mut bench = Bench::new();
    bench.ask(play()).unwrap();
    bench.put(Input::Media(MediaEvent::Played { recording: view.recording, failed: true }));
    assert_eq!(bench.notices(), [NoticeCode::PlaybackFailed]);
    bench.put(Input::Media(MediaEvent::Played { recording: view.recording, failed: false }));
    assert_eq!(bench.events().iter().filter(|body| ***body == EventBody::Playback(None)).count(), 1, "told once");
}
