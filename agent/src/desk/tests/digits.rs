//! Keys pressed in a call: which way they go, and what is told of them.

use agent_api::account::Dtmf;
use agent_api::event::NoticeCode;

use super::*;
use crate::port::media::{Digits, DigitsBy};

/// What goes out for a `1` on a line that wishes so, in a call whose other side takes these.
fn way_of_a_key(wished: Dtmf, events: bool, info: bool) -> Option<String> {
    let mut bench = Bench::new();
    let account = Account { dtmf: wished, ..Account::new(LINE, "8330101", "pbx.example") };
    bench.put(Input::Line { account: Box::new(account), password: None });
    bench.register();
    let (call, leg) = bench.talking("27");
    let dtmf_payload_type = events.then_some(101);
    bench.phone(Event::Media { leg, media: Box::new(NegotiatedMedia { dtmf_payload_type, ..agreed() }) });
    bench.phone(Event::TakesInfo { leg, takes: info });
    bench.done.clear();
    bench.ask(Ask::Dtmf(call, Digits("1".into()))).unwrap();
    bench.done.iter().find_map(|effect| match effect {
        Effect::Media(MediaCommand::Dtmf { by, .. }) => Some(format!("{by:?}")),
        Effect::Phone(Command::SendDigits { leg: of, .. }) if *of == leg => Some("Info".to_owned()),
        _ => None,
    })
}

#[test]
fn keys_go_the_way_that_the_line_wishes_or_the_other_side_understands() {
    for (wished, events, info, way) in [
        (Dtmf::Auto, true, true, "Events"),
        (Dtmf::Auto, false, true, "Info"),
        (Dtmf::Auto, false, false, "Tones"),
        (Dtmf::Rfc4733, true, true, "Events"),
        (Dtmf::Info, true, false, "Info"),
        (Dtmf::Inband, true, true, "Tones"),
    ] {
        assert_eq!(way_of_a_key(wished, events, info).as_deref(), Some(way), "{wished:?} {events} {info}");
    }
}

#[test]
fn keys_by_info_are_told_and_a_refusal_is_said() {
    let mut bench = Bench::new();
    let account = Account { dtmf: Dtmf::Info, ..Account::new(LINE, "8330101", "pbx.example") };
    bench.put(Input::Line { account: Box::new(account), password: None });
    bench.register();
    let (_, leg) = bench.talking("27");
    bench.done.clear();
    bench.phone(Event::DigitReceived { leg, digit: '5', duration_ms: 100 });
    bench.phone(Event::DigitSent { leg, digit: '6' });
    bench.phone(Event::DigitsRefused { leg, digits: "12".into(), status: Some(415) });
    let facts = bench.facts();
    let key = |digit: &str, of: bool| {
        facts.iter().any(|f| matches!(f, What::Dtmf { digits, sent } if digits.0 == digit && *sent == of))
    };
    assert!(key("5", false) && key("6", true));
    assert!(facts.iter().any(|f| matches!(f, What::DtmfRefused { code: Some(415) })));
    let said = |body: &&&EventBody| matches!(body, EventBody::Notice(n) if n.code == NoticeCode::TonesRefused);
    assert_eq!(bench.events().iter().filter(said).count(), 1);
}

#[test]
fn automatic_keys_that_info_does_not_carry_go_as_sound_and_so_do_the_next() {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("27");
    bench.phone(Event::Media { leg, media: Box::new(NegotiatedMedia { dtmf_payload_type: None, ..agreed() }) });
    bench.phone(Event::TakesInfo { leg, takes: true });
    bench.ask(Ask::Dtmf(call, Digits("1,2".into()))).unwrap();
    bench.done.clear();
    bench.phone(Event::DigitsRefused { leg, digits: "1,2".into(), status: Some(501) });
    bench.ask(Ask::Dtmf(call, Digits("3".into()))).unwrap();
    let sounded = bench.done.iter().filter_map(|effect| match effect {
        Effect::Media(MediaCommand::Dtmf { digits, by: DigitsBy::Tones, .. }) => Some(digits.0.clone()),
        _ => None,
    });
    assert_eq!(sounded.collect::<Vec<_>>(), ["1,2", "3"]);
    assert!(!bench.events().iter().any(|body| matches!(body, EventBody::Notice(_))), "nothing is lost");

    // Nobody can know whether a key that is not answered was heard: it is not pressed twice.
    bench.phone(Event::TakesInfo { leg, takes: true });
    bench.done.clear();
    bench.phone(Event::DigitsRefused { leg, digits: "4".into(), status: None });
    assert!(!bench.done.iter().any(|effect| matches!(effect, Effect::Media(MediaCommand::Dtmf { .. }))));
    let said = |body: &EventBody| matches!(body, EventBody::Notice(n) if n.code == NoticeCode::TonesRefused);
    assert!(bench.events().iter().any(|body| said(body)));
}
