//! Faults are told, and nothing is lost.

use agent_api::error::ErrorCode;
use agent_api::event::{Notice, NoticeCode};
use crm::card::Draft;
use crm::store::StoreError;

use super::*;
use crate::port::media::MediaStats;

fn faults(bench: &Bench) -> Vec<NoticeCode> {
    let lists = bench.events();
    let last = lists.iter().rev().find_map(|b| if let EventBody::Faults(list) = b { Some(list) } else { None });
    last.map(|list| list.iter().map(|notice| notice.code).collect()).unwrap_or_default()
}

#[test]
fn a_full_disk_keeps_what_is_typed_and_stores_it_when_there_is_room() {
    let mut bench = Bench::new();
    let (call, _) = bench.talking("27");
    bench.store_all();
    let draft = |subject: &str| Box::new(Draft { subject: subject.to_owned(), ..Draft::default() });
    let first = Ticket(900);
    bench.put(Input::Ask(Ask::Draft { call, edit: Some(1), draft: draft("a") }, first));
    bench.done.retain(|effect| !matches!(effect, Effect::Write(_)));
    bench.put(Input::Written(Err(StoreError::Full)));
    assert_eq!(bench.reply(first).unwrap().unwrap_err().code, ErrorCode::DiskFull);
    assert_eq!(faults(&bench), [NoticeCode::DiskFull]);

    let second = Ticket(901);
    bench.put(Input::Ask(Ask::Draft { call, edit: Some(2), draft: draft("ab") }, second));
    let Ok(Reply::LiveCard(card)) = bench.ask(Ask::LiveCard(call)) else { panic!("no card") };
    assert_eq!(card.draft.unwrap().subject, "ab");

    bench.pass(Duration::from_secs(1));
    let written = bench.store_all();
    assert!(matches!(written.last(), Some(Write::Draft { draft, .. }) if draft.subject == "ab"), "{written:?}");
    assert_eq!(bench.reply(second), Some(Ok(Reply::Done)));
    assert_eq!(faults(&bench), [], "the banner goes away");
}

#[test]
fn typing_does_not_have_the_lists_asked_again() {
    let mut bench = Bench::new();
    let (call, _) = bench.talking("27");
    bench.store_all();
    let told = |bench: &mut Bench, subject: &str, contact: Option<u128>| {
        bench.done.clear();
        let contact = contact.map(|id| crm::id::ContactId(Uuid::from_u128(id)));
        let draft = Box::new(Draft { subject: subject.to_owned(), contact, ..Draft::default() });
        bench.ticket += 1;
        bench.put(Input::Ask(Ask::Draft { call, edit: None, draft }, Ticket(bench.ticket)));
        assert_eq!(bench.store_all().len(), 1);
        bench.events().contains(&&EventBody::Changed(agent_api::event::DataTag::Cards))
    };
    assert!(told(&mut bench, "F", None), "the row shows that something is written");
    assert!(!told(&mut bench, "Fa", None));
    assert!(!told(&mut bench, "Fact", None));
    assert!(told(&mut bench, "Fact", Some(7)), "the row shows the person");
    assert!(!told(&mut bench, "Factura", Some(7)));
    assert!(told(&mut bench, "", None), "nothing is written any more");
}

#[test]
fn an_older_edit_that_comes_late_is_dropped() {
    let mut bench = Bench::new();
    let (call, _) = bench.talking("27");
    bench.store_all();
    for (edit, subject) in [(2, "new"), (1, "old")] {
        let draft = Box::new(Draft { subject: subject.to_owned(), ..Draft::default() });
        bench.put(Input::Ask(Ask::Draft { call, edit: Some(edit), draft }, Ticket(u64::from(edit) + 500)));
    }
    assert_eq!(bench.reply(Ticket(501)), Some(Ok(Reply::Done)));
    let written = bench.store_all();
    assert!(written.iter().all(|w| !matches!(w, Write::Draft { draft, .. } if draft.subject == "old")));
    // A window that begins anew counts from the start.
    bench.ask(Ask::Snapshot).unwrap();
    let draft = Box::new(Draft { subject: "again".to_owned(), ..Draft::default() });
    bench.put(Input::Ask(Ask::Draft { call, edit: Some(1), draft }, Ticket(600)));
    assert!(bench.store_all().iter().any(|w| matches!(w, Write::Draft { draft, .. } if draft.subject == "again")));
}

#[test]
fn silence_is_told_once_within_three_seconds_and_not_while_held() {
    let mut bench = Bench::new();
    let (call, _) = bench.talking("27");
    bench.pass(Duration::from_secs(10));
    let silent =
        |ms| MediaEvent::Stats { call, stats: Box::new(MediaStats { no_audio_ms: Some(ms), ..Default::default() }) };
    let told = |bench: &Bench| {
        let silence = |b: &&&EventBody| matches!(b, EventBody::Notice(Notice { code: NoticeCode::NoAudioIn, .. }));
        bench.events().iter().filter(silence).count()
    };
    bench.put(Input::Media(silent(1900)));
    assert_eq!(told(&bench), 0);
    bench.put(Input::Media(silent(2000)));
    bench.put(Input::Media(silent(4000)));
    assert_eq!(told(&bench), 1);
    bench.put(Input::Media(silent(0)));
    bench.put(Input::Media(silent(3100)));
    assert_eq!(told(&bench), 2, "a new silence is a new word");
    bench.ask(Ask::Hold(call)).unwrap();
    bench.put(Input::Media(silent(0)));
    bench.put(Input::Media(silent(9000)));
    assert_eq!(told(&bench), 2);
}

/// What is said of a call that heard these figures for three seconds from its answer.
fn said_of(agree: impl FnOnce(&mut NegotiatedMedia), stats: MediaStats) -> Vec<NoticeCode> {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("27");
    let mut media = super::agreed();
    agree(&mut media);
    bench.phone(Event::Media { leg, media: Box::new(media) });
    for _ in 0..3 {
        bench.pass(Duration::from_secs(1));
        bench.put(Input::Media(MediaEvent::Stats { call, stats: Box::new(stats) }));
    }
    let events = bench.events();
    events
        .iter()
        .filter_map(|body| if let EventBody::Notice(notice) = body { Some(notice.code) } else { None })
        .collect()
}

#[test]
fn silence_is_explained_by_what_came_and_by_the_addresses() {
    use crate::port::media::{Handshake, Instead};
    use NoticeCode::*;
    let silent = MediaStats { no_audio_ms: Some(4000), ..MediaStats::default() };
    let agree = |ours: &'static str, theirs: &'static str| {
        move |media: &mut NegotiatedMedia| {
            media.local_rtp = ours.parse().unwrap();
            media.remote_rtp = theirs.parse().unwrap();
        }
    };
    assert_eq!(said_of(|_| {}, MediaStats::default()), [], "nothing is expected");
    assert_eq!(said_of(|_| {}, silent), [NoAudioIn]);
    assert_eq!(said_of(|_| {}, MediaStats { instead: Instead::OtherCodec, ..silent }), [NoAudioInOtherCodec]);
    assert_eq!(said_of(|_| {}, MediaStats { instead: Instead::Undecipherable, ..silent }), [NoAudioInKeys]);
    let shaken = |handshake| MediaStats { handshake, nothing_sent_ms: Some(4000), ..silent };
    for (handshake, code) in [
        (Handshake::Stranger, NoAudioStranger),
        (Handshake::Failed, NoAudioHandshake),
        (Handshake::Waiting, NoAudioHandshake),
    ] {
        assert_eq!(said_of(|_| {}, shaken(handshake)), [code], "one word is enough");
    }
    assert_eq!(said_of(|_| {}, MediaStats { handshake: Handshake::Done("S"), ..silent }), [NoAudioIn]);
    let (home, office, internet) = ("192.168.1.20:4000", "10.0.0.5:4000", "203.0.113.5:4000");
    assert_eq!(said_of(agree(home, internet), silent), [NoAudioInOurAddress]);
    assert_eq!(said_of(agree(internet, office), silent), [NoAudioInTheirAddress]);
    assert_eq!(said_of(agree(home, "127.0.0.1:4000"), silent), [NoAudioInTheirAddress]);
    assert_eq!(said_of(agree(home, office), silent), [NoAudioIn], "networks may be joined");
    assert_eq!(said_of(agree("127.0.0.1:4000", "127.0.0.1:4002"), silent), [NoAudioIn]);
    let stopped = MediaStats { rx_packets: 500, ..silent };
    assert_eq!(said_of(agree(home, internet), stopped), [NoAudioIn], "sound came there before");
}

#[test]
fn what_does_not_leave_is_told_besides() {
    let mute = MediaStats { nothing_sent_ms: Some(2500), no_audio_ms: Some(0), ..MediaStats::default() };
    assert_eq!(said_of(|_| {}, mute), [NoticeCode::NoAudioOut]);
    let neither = MediaStats { no_audio_ms: Some(2500), ..mute };
    assert_eq!(said_of(|_| {}, neither), [NoticeCode::NoAudioIn, NoticeCode::NoAudioOut]);
}

#[test]
fn silence_before_the_answer_is_no_fault() {
    let mut bench = Bench::new();
    let (call, _) = bench.talking("27");
    let silent = |ms| MediaStats { no_audio_ms: Some(ms), ..MediaStats::default() };
    let told = |bench: &Bench| bench.events().iter().filter(|body| matches!(body, EventBody::Notice(_))).count();
    bench.pass(Duration::from_millis(900));
    // Early media was agreed ten seconds before somebody answered.
    bench.put(Input::Media(MediaEvent::Stats { call, stats: Box::new(silent(10_900)) }));
    assert_eq!(told(&bench), 0);
    bench.pass(Duration::from_millis(1100));
    bench.put(Input::Media(MediaEvent::Stats { call, stats: Box::new(silent(12_000)) }));
    assert_eq!(told(&bench), 1);
}

#[test]
fn a_device_that_goes_away_ends_no_call() {
    let mut bench = Bench::new();
    let (call, _) = bench.talking("27");
    use agent_api::media::AudioRole::Microphone;
    bench.put(Input::Media(MediaEvent::DeviceGone { role: Microphone }));
    bench.put(Input::Media(MediaEvent::DeviceUsed { role: Microphone, name: None }));
    assert_eq!(faults(&bench), [NoticeCode::NoMicrophone]);
    assert_eq!(bench.state(call), CallState::Talking);
    bench.put(Input::Media(MediaEvent::DeviceUsed { role: Microphone, name: Some("USB".to_owned()) }));
    assert_eq!(faults(&bench), []);
}

#[test]
fn a_change_of_devices_is_one_line() {
    let mut bench = Bench::new();
    bench.talking("27");
    use agent_api::media::AudioRole::{Ringer, Speaker};
    let mut told = |event: MediaEvent| {
        bench.done.clear();
        bench.put(Input::Media(event));
        let notice = |body: &&EventBody| match body {
            EventBody::Notice(Notice { code, subject, .. }) => Some((*code, subject.clone().unwrap_or_default())),
            _ => None,
        };
        bench.events().iter().filter_map(notice).collect::<Vec<_>>()
    };
    let used = |role, name: &str| MediaEvent::DeviceUsed { role, name: Some(name.to_owned()) };
    assert_eq!(told(used(Speaker, "USB")), [], "the first is no change");
    assert_eq!(told(MediaEvent::DeviceGone { role: Speaker }), []);
    assert_eq!(told(used(Speaker, "Built-in")), [(NoticeCode::SpeakerGone, "Built-in".to_owned())]);
    assert_eq!(told(used(Speaker, "Built-in")), []);
    assert_eq!(told(used(Speaker, "USB")), [(NoticeCode::DeviceUsed, "USB".to_owned())]);
    assert_eq!(told(MediaEvent::DeviceGone { role: Ringer }), []);
    assert_eq!(told(used(Ringer, "Built-in")), []);
}

#[test]
fn without_a_port_the_call_ends_with_its_reason() {
    let mut bench = Bench::new();
    let call = bench.dial("27");
    bench.put(Input::Media(MediaEvent::Prepared { call, local: None, ice: None }));
    assert_eq!(bench.state(call), CallState::Ended);
    assert!(bench.names().is_empty());
}

#[test]
fn shutting_down_is_answered_when_the_lines_are_quiet() {
    let mut bench = Bench::new();
    bench.talking("27");
    bench.put(Input::Ask(Ask::Shutdown, Ticket(700)));
    assert_eq!(bench.names().last().map(String::as_str), Some("Shutdown"));
    assert_eq!(bench.reply(Ticket(700)), None);
    bench.phone(Event::Idle);
    assert_eq!(bench.reply(Ticket(700)), None, "the call is not stored yet");
    bench.store_all();
    assert_eq!(bench.reply(Ticket(700)), Some(Ok(Reply::Done)));
}

#[test]
fn a_store_that_takes_nothing_does_not_keep_the_program_from_ending() {
    let mut bench = Bench::new();
    bench.talking("27");
    bench.put(Input::Written(Err(StoreError::Full)));
    bench.put(Input::Ask(Ask::Shutdown, Ticket(700)));
    bench.phone(Event::Idle);
    assert_eq!(bench.reply(Ticket(700)), Some(Ok(Reply::Done)));
}

#[test]
fn nothing_that_is_printed_names_anybody() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("88887777");
    bench.ask(Ask::Answer(call)).unwrap();
    bench.prepared(call);
    bench.phone(Event::Media { leg, media: Box::new(agreed()) });
    bench.phone(Event::Answered { leg });
    let (_, out) = bench.talking("8555 0117");
    bench.ended(out, EndCause::Normal, None, EndedBy::Local);
    let printed: Vec<String> = bench
        .done
        .iter()
        .filter_map(|effect| match effect {
            Effect::Phone(command) => Some(format!("{command:?}")),
            Effect::Fact(fact) => Some(format!("{fact:?}")),
            Effect::Lookup { number, .. } => Some(format!("{number:?}")),
            _ => None,
        })
        .collect();
    let printed = printed.join("\n");
    for secret in ["8888", "8555", "Bob", "pbx.example", "sip:"] {
        assert!(!printed.contains(secret), "{secret} in\n{printed}");
    }
}

#[test]
fn an_older_count_never_comes_after_a_newer_one() {
    let mut bench = Bench::new();
    let asked = |bench: &Bench| bench.done.iter().filter(|effect| matches!(effect, Effect::Recount)).count();
    for _ in 0..3 {
        bench.put(Input::Recount);
    }
    assert_eq!(asked(&bench), 1, "one count at a time");
    bench.put(Input::Counts(Some(Counts { missed: 1, ..Counts::default() })));
    assert_eq!(asked(&bench), 2, "counted anew: there were changes meanwhile");
    bench.put(Input::Counts(None));
    assert_eq!(asked(&bench), 2);
    bench.put(Input::Recount);
    assert_eq!(asked(&bench), 3, "a store that could not count is asked again");
}

#[test]
fn a_report_has_the_counters_or_does_not_wait_for_them_longer_than_a_second() {
    let mut bench = Bench::new();
    let asked = |bench: &mut Bench| {
        bench.ticket += 1;
        let ticket = Ticket(bench.ticket);
        bench.put(Input::Ask(Ask::Trace, ticket));
        ticket
    };
    let counted = |bench: &mut Bench, ticket| match bench.reply(ticket) {
        Some(Ok(Reply::Trace(trace))) => Some(trace.counters),
        Some(other) => panic!("{other:?}"),
        None => None,
    };
    let (first, second) = (asked(&mut bench), asked(&mut bench));
    assert_eq!(bench.names(), ["ReportCounters"], "two reports at once ask once");
    assert_eq!(counted(&mut bench, first), None);
    let counters = ua::Counters { unsolicited: 3, ..ua::Counters::default() };
    bench.phone(Event::Counters(counters));
    assert_eq!(counted(&mut bench, first), Some(Some(counters)));
    assert_eq!(counted(&mut bench, second), Some(Some(counters)));

    let third = asked(&mut bench);
    bench.pass(Duration::from_millis(999));
    assert_eq!(counted(&mut bench, third), None);
    bench.pass(Duration::from_millis(1));
    assert_eq!(counted(&mut bench, third), Some(None), "the user agent is silent");
}
