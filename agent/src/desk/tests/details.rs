//! What is known of how a call went technically, while it lasts and after.

use agent_api::details::CallDetails;
use sip_stack::ua::LadderLine;

use super::*;
use crate::port::media::MediaStats;

fn line(leg: Option<LegId>, sent: bool, what: &str) -> Event {
    let media = (what == "INVITE").then(|| "sdp sendrecv PCMA".to_owned());
    Event::Ladder(LadderLine { sent, leg, exchange: 7, what: what.to_owned(), cseq: 1, length: 500, media })
}

fn heard(bench: &mut Bench, call: CallId, lost: f32) {
    let stats = MediaStats { rx_packets: 50, recent_lost_pct: lost, mos: Some(4.2), ..MediaStats::default() };
    bench.put(Input::Media(MediaEvent::Stats { call, stats: Box::new(stats) }));
}

fn details(bench: &mut Bench, call: CallId) -> Option<Box<CallDetails>> {
    match bench.ask(Ask::Details(call)) {
        Ok(Reply::Details(details)) => details,
        other => panic!("{other:?}"),
    }
}

fn stored(bench: &mut Bench) -> Vec<CallDetails> {
    let writes = bench.store_all().into_iter();
    let texts = writes.filter_map(|write| if let Write::Details { text, .. } = write { Some(text) } else { None });
    texts.map(|text| crate::desk::details::read(&text).expect("what is stored can be read")).collect()
}

/// A call with two messages and eleven seconds of sound, the last of them bad.
fn talked(bench: &mut Bench) -> (CallId, LegId) {
    let (call, leg) = bench.talking("8555 0117");
    bench.phone(line(Some(leg), true, "INVITE"));
    bench.phone(line(Some(leg), false, "200 INVITE"));
    bench.phone(Event::Media { leg, media: Box::new(agreed()) });
    for second in 0..11 {
        heard(bench, call, if second == 10 { 12.5 } else { 0.0 });
        bench.pass(Duration::from_secs(1));
    }
    (call, leg)
}

#[test]
fn a_live_call_shows_its_messages_and_figures_over_time() {
    let mut bench = Bench::new();
    let (call, _) = talked(&mut bench);
    let shown = details(&mut bench, call).expect("it is live");
    assert!(shown.live && shown.end.is_none());
    let what: Vec<_> = shown.steps.iter().map(|step| (step.sent, step.what.as_str())).collect();
    assert_eq!(what, [(true, "INVITE"), (false, "200 INVITE")]);
    let loss: Vec<_> = shown.points.iter().map(|point| point.loss_pct).collect();
    assert_eq!(loss, [0.0, 0.0, 12.5]);
    assert_eq!(shown.agreed.as_ref().map(|agreed| agreed.codec.as_str()), Some("PCMA"));
    assert_eq!(details(&mut bench, CallId(Uuid::nil())), None);
    assert!(stored(&mut bench).is_empty(), "not while it lasts");
}

#[test]
fn the_answer_to_the_bye_is_stored_with_the_call() {
    let mut bench = Bench::new();
    let (call, leg) = talked(&mut bench);
    bench.phone(line(Some(leg), true, "BYE"));
    bench.ended(leg, EndCause::Normal, None, EndedBy::Local);
    assert!(stored(&mut bench).is_empty());
    bench.pass(Duration::from_millis(300));
    bench.phone(line(None, false, "200 BYE"));
    bench.pass(Duration::from_secs(2));
    let kept = stored(&mut bench);
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].call, kept[0].live, kept[0].points.len()), (call, false, 3));
    assert_eq!(kept[0].steps.last().map(|step| step.what.as_str()), Some("200 BYE"));
    assert_eq!(kept[0].end.map(|end| end.talk_ms), Some(11_000));
    assert_eq!(details(&mut bench, call).as_deref(), Some(&kept[0]), "the desk says the same");
    bench.pass(Duration::from_secs(10));
    assert!(stored(&mut bench).is_empty(), "once");
}

#[test]
fn the_end_of_the_program_stores_what_is_left() {
    let mut bench = Bench::new();
    let (call, leg) = talked(&mut bench);
    bench.ended(leg, EndCause::Normal, None, EndedBy::Local);
    bench.put(Input::Ask(Ask::Shutdown, Ticket(700)));
    bench.phone(Event::Idle);
    assert_eq!(bench.reply(Ticket(700)), None);
    assert_eq!(stored(&mut bench).iter().map(|kept| kept.call).collect::<Vec<_>>(), [call]);
    assert_eq!(bench.reply(Ticket(700)), Some(Ok(Reply::Done)));
}

#[test]
fn the_longest_details_fit_into_the_store_and_name_nobody() {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("8555 0117");
    let media = Some(format!("sdp sendrecv {} crypto", ["telephone-event"; 12].join(",")));
    for _ in 0..400 {
        let line = LadderLine {
            sent: true,
            leg: Some(leg),
            exchange: u64::MAX,
            what: "200 SUBSCRIBE".to_owned(),
            cseq: u32::MAX,
            length: 65_535,
            media: media.clone(),
        };
        bench.phone(Event::Ladder(line));
    }
    for _ in 0..3 * 3600 {
        heard(&mut bench, call, 33.33);
        bench.now = bench.now.plus(Duration::from_secs(1));
    }
    bench.ended(leg, EndCause::Normal, None, EndedBy::Local);
    bench.done.retain(|effect| matches!(effect, Effect::Write(_)));
    bench.pass(Duration::from_secs(3));
    let writes = bench.store_all();
    let text = writes.iter().find_map(|write| if let Write::Details { text, .. } = write { Some(text) } else { None });
    let text = text.expect("it is stored");
    assert!(text.len() <= crm::store::DETAILS_LEN_MAX, "{} bytes", text.len());
    assert!(text.len() > crm::store::DETAILS_LEN_MAX / 4, "a long call: {} bytes", text.len());
    for never in ["8555", "8330101", "192.0.2", "pbx.example", "sip:"] {
        assert!(!text.contains(never), "{never}");
    }
}
