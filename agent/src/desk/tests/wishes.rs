//! Wishes to dial: policy, lines, snapshots.

use agent_api::call::{AskReason, RefuseReason};
use agent_api::error::ErrorCode;

use super::*;
use crate::port::practice::PRACTICE_LINE;

fn link(target: &str) -> Ask {
    Ask::Dial { dial: wish(target, DialOrigin::Link), warning: None }
}

fn outcome(bench: &mut Bench, ask: Ask) -> DialOutcome {
    match bench.ask(ask) {
        Ok(Reply::Dial(outcome)) => outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_link_dials_at_once_and_offers_to_cancel_for_a_second() {
    let mut bench = Bench::new();
    let DialOutcome::Started { call } = outcome(&mut bench, link("tel:+50685550117")) else { panic!("not dialled") };
    assert!(bench.view(call).from_link);
    bench.pass(Duration::from_millis(1001));
    assert!(!bench.view(call).from_link);
}

#[test]
fn a_link_while_a_call_is_up_asks_and_the_confirmed_wish_dials() {
    let mut bench = Bench::new();
    bench.talking("27");
    let asked = outcome(&mut bench, link("tel:+50685550117"));
    assert!(matches!(asked, DialOutcome::Ask { reason: AskReason::CallUp, .. }), "{asked:?}");
    assert!(bench.events().iter().any(|e| matches!(e, EventBody::LinkQuestion(Some(_)))));
    let confirmed = Dial { confirmed: true, ..wish("tel:+50685550117", DialOrigin::Link) };
    let started = outcome(&mut bench, Ask::Dial { dial: confirmed, warning: None });
    assert!(matches!(started, DialOutcome::Started { .. }));
    assert!(bench.events().contains(&&EventBody::LinkQuestion(None)));
}

#[test]
fn the_fourth_link_in_ten_seconds_asks() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        let DialOutcome::Started { call } = outcome(&mut bench, link("tel:+50685550117")) else { panic!("asked") };
        bench.ask(Ask::HangUp(call)).unwrap();
    }
    let asked = outcome(&mut bench, link("tel:+50685550117"));
    assert!(matches!(asked, DialOutcome::Ask { reason: AskReason::ManyLinks, .. }), "{asked:?}");
    bench.pass(Duration::from_secs(11));
    let started = outcome(&mut bench, link("tel:+50685550117"));
    assert!(matches!(started, DialOutcome::Started { .. }));
}

#[test]
fn a_link_without_a_country_waits_for_one_and_is_judged_by_it() {
    let mut bench = Bench::new();
    bench.put(Input::Settings(Box::new(Settings::for_country(""))));
    let national = || link("tel:8555-0117");
    let asked = outcome(&mut bench, national());
    assert!(matches!(asked, DialOutcome::Ask { reason: AskReason::NoCountry, .. }), "{asked:?}");
    assert!(bench.commands().is_empty());
    bench.put(Input::Settings(Box::new(Settings::for_country("CR"))));
    let DialOutcome::Started { call } = outcome(&mut bench, national()) else { panic!("asked again") };
    assert_eq!(bench.view(call).party.e164.as_deref(), Some("+50685550117"));
    let questions: Vec<bool> = bench
        .events()
        .iter()
        .filter_map(|event| match event {
            EventBody::LinkQuestion(question) => Some(question.is_some()),
            _ => None,
        })
        .collect();
    assert_eq!(questions, [true, false], "asked once, and answered");
}

#[test]
fn an_emergency_number_dials_from_the_keypad_and_asks_from_a_link() {
    let mut bench = Bench::new();
    bench.ask(Ask::DoNotDisturb(true)).unwrap();
    let call = bench.dial("911");
    bench.prepared(call);
    assert!(matches!(bench.commands()[..], [Command::Invite { target, .. }] if target == "911"));
    bench.ask(Ask::HangUp(call)).unwrap();
    let leg = bench.leg_of_last_invite();
    bench.ended(leg, EndCause::Cancelled, None, EndedBy::Local);
    let asked = outcome(&mut bench, link("tel:911"));
    assert!(matches!(asked, DialOutcome::Ask { reason: AskReason::Emergency, .. }), "{asked:?}");
}

#[test]
fn an_emergency_call_is_tried_on_a_line_that_is_not_registered() {
    let mut bench = Bench::new();
    bench.phone(Event::RegistrationFailed {
        account: ua::AccountId(1),
        status: Some(408),
        reason: String::new(),
        cause: EndCause::Timeout,
        retry_in: Some(Duration::from_secs(30)),
    });
    let other = bench.ask(Ask::Dial { dial: wish("27", DialOrigin::Keypad), warning: None });
    assert_eq!(other.unwrap_err().code, ErrorCode::NoLine);
    let wished = Dial { account: Some(LINE), ..wish("112", DialOrigin::Keypad) };
    let started = outcome(&mut bench, Ask::Dial { dial: wished, warning: Some(AskReason::NotAgain) });
    let DialOutcome::Started { call } = started else { panic!("{started:?}") };
    bench.prepared(call);
    assert!(matches!(bench.commands()[..], [Command::Invite { target, .. }] if target == "112"), "unmodified");
}

#[test]
fn a_row_calls_an_extension_back_over_its_line_or_the_default_if_that_is_gone() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("231");
    bench.ended(leg, EndCause::Cancelled, Some(487), EndedBy::Remote);
    let shown = bench.view(call).party.number.clone();
    for line in [LINE, OTHER] {
        let again = Dial { account: Some(line), ..wish(&shown, DialOrigin::Row) };
        let DialOutcome::Started { call } = outcome(&mut bench, Ask::Dial { dial: again, warning: None }) else {
            panic!("not dialled: {shown}")
        };
        bench.prepared(call);
        assert!(matches!(bench.commands().last(), Some(Command::Invite { target, .. }) if target == "231"));
        assert_eq!(bench.view(call).line.account, LINE);
    }
}

#[test]
fn the_practice_line_takes_no_emergency_call() {
    let mut bench = Bench::new();
    let practice = Account { practice: true, register: false, ..Account::new(OTHER, "100", "practice.test") };
    bench.put(Input::Line { account: Box::new(practice), password: None });
    let wished = Dial { account: Some(OTHER), ..wish("911", DialOrigin::Keypad) };
    let DialOutcome::Started { call } = outcome(&mut bench, Ask::Dial { dial: wished.clone(), warning: None }) else {
        panic!("not dialled")
    };
    assert_eq!(bench.view(call).line.account, LINE, "the real line has it");
    bench.ask(Ask::HangUp(call)).unwrap();
    bench.put(Input::LineGone(LINE));
    let refused = bench.ask(Ask::Dial { dial: wished, warning: None });
    assert_eq!(refused.unwrap_err().code, ErrorCode::NoLine);
}

#[test]
fn hostile_links_are_refused_and_said() {
    let mut bench = Bench::new();
    let refused = outcome(&mut bench, link("tel:+506\u{7}85550117"));
    assert_eq!(refused, DialOutcome::Refused { reason: RefuseReason::Hostile });
    assert!(bench.events().contains(&&EventBody::LinkRefused(RefuseReason::Hostile)));
}

#[test]
fn the_store_s_warning_asks_unless_confirmed() {
    let mut bench = Bench::new();
    let dial = wish("8555 0117", DialOrigin::Row);
    let asked = outcome(&mut bench, Ask::Dial { dial: dial.clone(), warning: Some(AskReason::NotAgain) });
    assert!(matches!(asked, DialOutcome::Ask { reason: AskReason::NotAgain, .. }));
    let dial = Dial { confirmed: true, ..dial };
    let started = outcome(&mut bench, Ask::Dial { dial, warning: Some(AskReason::NotAgain) });
    assert!(matches!(started, DialOutcome::Started { .. }));
}

#[test]
fn without_a_registered_line_nothing_is_dialled() {
    let mut bench = Bench::new();
    bench.phone(Event::RegistrationFailed {
        account: ua::AccountId(1),
        status: Some(503),
        reason: String::new(),
        cause: EndCause::Unreachable,
        retry_in: Some(Duration::from_secs(5)),
    });
    let error = bench.ask(Ask::Dial { dial: wish("27", DialOrigin::Keypad), warning: None }).unwrap_err();
    assert_eq!(error.code, ErrorCode::NoLine);
}

#[test]
fn a_snapshot_and_the_events_after_it_have_no_gap() {
    let mut bench = Bench::new();
    let call = bench.dial("27");
    let Ok(Reply::Snapshot(snapshot)) = bench.ask(Ask::Snapshot) else { panic!("no snapshot") };
    assert_eq!(snapshot.calls.iter().map(|c| c.id).collect::<Vec<_>>(), [call]);
    bench.done.clear();
    bench.prepared(call);
    bench.ask(Ask::HangUp(call)).unwrap();
    bench.put(Input::Tell(Box::new(EventBody::ShowCall(call))));
    let seqs: Vec<u64> =
        bench.done.iter().filter_map(|e| if let Effect::Emit(event) = e { Some(event.seq) } else { None }).collect();
    let expected: Vec<u64> = (snapshot.seq + 1..).take(seqs.len()).collect();
    assert!(!seqs.is_empty());
    assert_eq!(seqs, expected);
}

fn registration_failed(retry_in: Option<Duration>) -> Event {
    Event::RegistrationFailed {
        account: ua::AccountId(1),
        status: None,
        reason: String::new(),
        cause: EndCause::Unreachable,
        retry_in,
    }
}

fn questions(bench: &Bench) -> Vec<Option<AskReason>> {
    let reason = |event: &&EventBody| match event {
        EventBody::LinkQuestion(question) => Some(question.as_ref().map(|question| question.reason)),
        _ => None,
    };
    bench.events().iter().filter_map(reason).collect()
}

#[test]
fn a_link_that_started_the_program_waits_for_the_line_and_is_dialled() {
    let mut bench = Bench::new();
    bench.phone(Event::Registering { account: ua::AccountId(1) });
    let asked = outcome(&mut bench, link("tel:+50685550117"));
    assert!(matches!(asked, DialOutcome::Ask { reason: AskReason::NoLine, .. }), "{asked:?}");
    assert!(questions(&bench).is_empty(), "nothing is asked while the line may still come");
    bench.register();
    let Ok(Reply::Snapshot(snapshot)) = bench.ask(Ask::Snapshot) else { panic!("no snapshot") };
    assert_eq!(snapshot.calls.len(), 1);
    assert!(snapshot.calls[0].from_link);
    bench.pass(Duration::from_secs(5));
    assert!(questions(&bench).is_empty());
}

#[test]
fn a_link_without_a_line_is_asked_about_and_not_lost_by_trying() {
    let mut bench = Bench::new();
    bench.phone(Event::Registering { account: ua::AccountId(1) });
    outcome(&mut bench, link("tel:+50685550117"));
    bench.phone(registration_failed(Some(Duration::from_secs(5))));
    assert_eq!(questions(&bench), [Some(AskReason::NoLine)]);
    let confirmed = Dial { confirmed: true, ..wish("tel:+50685550117", DialOrigin::Link) };
    let error = bench.ask(Ask::Dial { dial: confirmed.clone(), warning: None }).unwrap_err();
    assert_eq!(error.code, ErrorCode::NoLine);
    assert_eq!(questions(&bench), [Some(AskReason::NoLine)], "the question stands");
    bench.register();
    assert!(matches!(outcome(&mut bench, Ask::Dial { dial: confirmed, warning: None }), DialOutcome::Started { .. }));
    assert_eq!(questions(&bench), [Some(AskReason::NoLine), None]);
}

#[test]
fn a_line_that_takes_too_long_is_not_waited_for() {
    let mut bench = Bench::new();
    bench.phone(Event::Registering { account: ua::AccountId(1) });
    outcome(&mut bench, link("tel:+50685550117"));
    bench.pass(Duration::from_millis(3_900));
    assert!(questions(&bench).is_empty());
    bench.pass(Duration::from_millis(200));
    assert_eq!(questions(&bench), [Some(AskReason::NoLine)]);
}

#[test]
fn a_transfer_needs_a_call_that_talks_and_names_nobody() {
    let mut bench = Bench::new();
    let target = |to: &str| crate::desk::Goal::Target(crate::desk::Target(to.to_owned()));
    let (ringing, _) = bench.ringing("88887777");
    assert_eq!(bench.ask(Ask::Transfer(ringing, target("231"))).unwrap_err().code, ErrorCode::WrongState);
    let (call, leg) = bench.talking("27");
    let wrong = bench.ask(Ask::Transfer(call, target(" "))).unwrap_err();
    assert_eq!((wrong.code, wrong.detail.as_deref()), (ErrorCode::Invalid, Some("to")));
    bench.ask(Ask::Transfer(call, target("8555 0117"))).unwrap();
    let sent =
        |c: &&Command| matches!(c, Command::Transfer { to: ua::TransferTo::Target(to), .. } if to == "+50685550117");
    assert!(bench.commands().iter().any(sent));
    assert!(!format!("{:?} {:?}", bench.commands(), target("8555 0117")).contains("8555"));
    bench.phone(Event::TransferFailed { leg, status: Some(404) });
    assert_eq!(bench.state(call), CallState::Talking, "as it was");
    assert!(bench.facts().iter().any(|fact| matches!(fact, What::TransferFailed { code: Some(404) })));
    let own = bench.ask(Ask::Transfer(call, crate::desk::Goal::Call(call))).unwrap_err();
    assert_eq!(own.detail.as_deref(), Some("with"));
}

#[test]
fn tones_follow_the_country_as_soon_as_it_is_chosen() {
    let mut bench = Bench::new();
    for country in ["CR", "US", "US"] {
        bench.put(Input::Settings(Box::new(Settings::for_country(country))));
    }
    let told = bench.done.iter().filter(|e| matches!(e, Effect::Media(MediaCommand::Country(code)) if code == "US"));
    assert_eq!(told.count(), 1, "{:?}", bench.done);
}

#[test]
fn a_double_click_is_one_wish() {
    let mut bench = Bench::new();
    for origin in [DialOrigin::Row, DialOrigin::Keypad, DialOrigin::Link] {
        let started = |bench: &mut Bench, account| {
            let dial = Dial { account, ..wish("tel:+50685550117", DialOrigin::Link) };
            let dial = if origin == DialOrigin::Link { dial } else { Dial { account, ..wish("8555 0117", origin) } };
            match outcome(bench, Ask::Dial { dial, warning: None }) {
                DialOutcome::Started { call } => call,
                other => panic!("{origin:?}: {other:?}"),
            }
        };
        let call = started(&mut bench, None);
        assert_eq!(started(&mut bench, None), call, "while the port is being opened");
        bench.prepared(call);
        assert_eq!(started(&mut bench, Some(LINE)), call, "while the INVITE is out");
        let leg = bench.leg_of_last_invite();
        bench.phone(Event::Answered { leg });
        assert_eq!(started(&mut bench, None), call, "it was answered at once");
        bench.ended(leg, EndCause::Normal, None, EndedBy::Remote);
        assert_ne!(started(&mut bench, None), call, "once it is over it is a new wish");
        let (again, _) = bench.desk.calls.iter().map(|(id, live)| (*id, live.stage)).next().expect("dialled again");
        bench.ask(Ask::HangUp(again)).unwrap();
        bench.pass(Duration::from_secs(11));
    }
    let invites = bench.commands().iter().filter(|command| matches!(command, Command::Invite { .. })).count();
    assert_eq!(invites, 3, "one for each wish that was prepared");
}

#[test]
fn a_row_whose_line_is_down_is_offered_another_line() {
    let mut bench = Bench::new();
    let other = Account { register: false, ..Account::new(OTHER, "8330102", "pbx.example") };
    bench.put(Input::Line { account: Box::new(other), password: None });
    bench.phone(registration_failed(Some(Duration::from_secs(30))));
    let back = Dial { account: Some(LINE), ..wish("8555 0117", DialOrigin::Row) };
    let asked = outcome(&mut bench, Ask::Dial { dial: back.clone(), warning: None });
    assert!(matches!(asked, DialOutcome::Ask { reason: AskReason::OtherLine, .. }), "{asked:?}");
    let agreed = Dial { confirmed: true, ..back.clone() };
    let DialOutcome::Started { call } = outcome(&mut bench, Ask::Dial { dial: agreed, warning: None }) else {
        panic!("not dialled")
    };
    assert_eq!(bench.view(call).line.account, OTHER);
    bench.ask(Ask::HangUp(call)).unwrap();
    bench.put(Input::LineGone(OTHER));
    let error = bench.ask(Ask::Dial { dial: back, warning: None }).unwrap_err();
    assert_eq!(error.code, ErrorCode::NoLine, "there is none to offer");
}

#[test]
fn a_demo_number_is_not_called_over_a_real_line() {
    let mut bench = Bench::new();
    let practised = Dial { account: Some(PRACTICE_LINE), ..wish("+1 202 555 0142", DialOrigin::Row) };
    let error = bench.ask(Ask::Dial { dial: practised, warning: None }).unwrap_err();
    assert_eq!(error.code, ErrorCode::NoLine);
}
