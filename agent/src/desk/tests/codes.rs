//! Codes of the exchange: what is dialled, pressed and sent for them.

use agent_api::error::ErrorCode;
use agent_api::pbx::{CallCode, DialCode, PbxCode, PbxCodes};
use sip_stack::ua::TransferTo;

use super::*;
use crate::port::media::Digits;

fn bench(profile: &str, own: &[(PbxCode, &str)]) -> Bench {
    let mut bench = Bench::new();
    let own_codes: PbxCodes = own.iter().map(|(code, keys)| (*code, (*keys).to_owned())).collect();
    let account = Account { profile: profile.to_owned(), own_codes, ..Account::new(LINE, "8330101", "pbx.example") };
    bench.put(Input::Line { account: Box::new(account), password: None });
    bench.register();
    bench.done.clear();
    bench
}

fn code(code: PbxCode, number: Option<&str>) -> Ask {
    Ask::DialCode(DialCode { account: LINE, code, number: number.map(str::to_owned) })
}

/// What a code does to a call that is up: where it is sent, or what is pressed.
fn done_to_call(bench: &mut Bench, code: PbxCode, number: Option<&str>) -> Result<String, ErrorCode> {
    let (call, leg) = bench.talking("8555 0117");
    bench.done.clear();
    let wish = CallCode { call, code, number: number.map(str::to_owned) };
    bench.ask(Ask::CallCode(wish)).map_err(|error| error.code)?;
    let done = bench.done.iter().find_map(|effect| match effect {
        Effect::Phone(Command::Transfer { leg: of, to: TransferTo::Target(to) }) if *of == leg => {
            Some(format!("to {to}"))
        }
        Effect::Media(MediaCommand::Dtmf { digits: Digits(digits), .. }) => Some(format!("press {digits}")),
        _ => None,
    });
    done.ok_or(ErrorCode::Internal)
}

#[test]
fn a_call_is_parked_as_its_exchange_wants_it() {
    let parked = |profile, slot| done_to_call(&mut bench(profile, &[]), PbxCode::Park, slot);
    assert_eq!(parked("asterisk", None).as_deref(), Ok("to 70"));
    assert_eq!(parked("freeswitch", Some("01")).as_deref(), Ok("to *5901"));
    assert_eq!(parked("freeswitch", None), Err(ErrorCode::Invalid), "a slot has to be chosen there");
    assert_eq!(parked("yeastar", None).as_deref(), Ok("press *5"));
    assert_eq!(parked("generic", None), Err(ErrorCode::NotFound));
    let mut own = bench("generic", &[(PbxCode::Park, "*68")]);
    assert_eq!(done_to_call(&mut own, PbxCode::Park, None).as_deref(), Ok("to *68"));
}

#[test]
fn a_call_goes_to_a_mailbox_or_is_recorded_there() {
    let done = |code, number| done_to_call(&mut bench("asterisk", &[]), code, number);
    assert_eq!(done(PbxCode::ToVoicemail, Some("231")).as_deref(), Ok("to *231"));
    assert_eq!(done(PbxCode::Record, None).as_deref(), Ok("press *1"));
    assert_eq!(done(PbxCode::DndOn, None), Err(ErrorCode::Invalid), "it is about no call");
}

#[test]
fn a_code_is_dialled_without_a_question_on_its_own_line() {
    let mut exchange = bench("asterisk", &[]);
    let Ok(Reply::Dial(DialOutcome::Started { call })) = exchange.ask(code(PbxCode::DndOn, None)) else {
        panic!("not dialled")
    };
    assert_eq!(exchange.view(call).party.number, "*78");
    for (asked, error) in [
        (code(PbxCode::Park, None), ErrorCode::Invalid),
        (code(PbxCode::Retrieve, None), ErrorCode::Invalid),
        (code(PbxCode::Retrieve, Some("7@evil.example")), ErrorCode::Invalid),
        (code(PbxCode::ParkKeys, None), ErrorCode::Invalid),
    ] {
        assert_eq!(exchange.ask(asked).unwrap_err().code, error);
    }
    assert_eq!(bench("generic", &[]).ask(code(PbxCode::DndOn, None)).unwrap_err().code, ErrorCode::NotFound);
}

/// Whether the end of a call to this code asks for no wrap-up.
fn asks_no_wrap_up(asked: Ask) -> bool {
    let mut exchange = bench("asterisk", &[]);
    let Ok(Reply::Dial(DialOutcome::Started { call })) = exchange.ask(asked) else { panic!("not dialled") };
    exchange.prepared(call);
    let leg = exchange.leg_of_last_invite();
    exchange.phone(Event::Media { leg, media: Box::new(agreed()) });
    exchange.phone(Event::Answered { leg });
    exchange.ask(Ask::HangUp(call)).unwrap();
    exchange.phone(Event::Ended {
        leg,
        cause: ua::EndCause::Normal,
        status: None,
        by: ua::EndedBy::Local,
        reason: String::new(),
    });
    let mut ends = exchange.store_all().into_iter().filter_map(|write| match write {
        Write::End { internal, .. } => Some(internal),
        _ => None,
    });
    ends.next_back().expect("it ended")
}

#[test]
fn who_fetches_a_call_talks_to_somebody_and_who_hears_messages_does_not() {
    assert!(!asks_no_wrap_up(code(PbxCode::Retrieve, Some("71"))));
    assert!(!asks_no_wrap_up(code(PbxCode::Pickup, Some("231"))));
    assert!(asks_no_wrap_up(code(PbxCode::Voicemail, None)));
    assert!(asks_no_wrap_up(code(PbxCode::QueuePause, None)));
}

#[test]
fn a_mailbox_without_a_star_asks_for_no_wrap_up_either() {
    let mut exchange = bench("generic", &[]);
    let account = Account { voicemail: Some("555".to_owned()), ..Account::new(LINE, "8330101", "pbx.example") };
    exchange.put(Input::Line { account: Box::new(account), password: None });
    exchange.register();
    let (call, leg) = exchange.talking("555");
    exchange.ask(Ask::HangUp(call)).unwrap();
    exchange.phone(Event::Ended {
        leg,
        cause: ua::EndCause::Normal,
        status: None,
        by: ua::EndedBy::Local,
        reason: String::new(),
    });
    let internal = exchange.store_all().into_iter().any(|write| matches!(write, Write::End { internal: true, .. }));
    assert!(internal);
}
