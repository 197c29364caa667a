//! Calls from the first INVITE to the record.

use agent_api::call::{EndView, MatchView};
use agent_api::settings::AgentState;
use crm::call::Direction;

use super::*;
use crate::port::media::{Digits, Signal};

#[test]
fn the_invite_waits_for_the_port_alone() {
    let mut bench = Bench::new();
    let call = bench.dial("8555 0117");
    assert_eq!(bench.state(call), CallState::Dialing);
    assert!(bench.done.iter().any(|e| matches!(e, Effect::Lookup { .. })), "who it is, is asked at once");
    assert!(bench.names().is_empty(), "no INVITE before there is a port");
    // Neither the lookup nor the store has answered.
    bench.prepared(call);
    assert!(matches!(bench.commands()[..], [Command::Invite { target, .. }] if target == "+50685550117"));
}

#[test]
fn a_call_out_is_rung_answered_and_recorded() {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("8555 0117");
    assert_eq!(bench.state(call), CallState::Talking);
    let sounds = bench.sounds();
    assert!(sounds.contains(&&MediaCommand::Signal(Signal::Ringback)));
    assert!(sounds.contains(&&MediaCommand::Answered { call }));
    assert!(sounds.contains(&&MediaCommand::Signal(Signal::Silence)), "ringback ends with the answer");

    bench.pass(Duration::from_secs(7));
    bench.ask(Ask::HangUp(call)).unwrap();
    assert!(bench.names().contains(&format!("HangUp({})", leg.0)));
    bench.ended(leg, EndCause::Normal, None, EndedBy::Local);
    assert_eq!(bench.state(call), CallState::Ended);
    assert!(bench.events().contains(&&EventBody::CallGone(call)));
    let written = bench.store_all();
    let Some(Write::End { record, internal }) = written.last() else { panic!("{written:?}") };
    assert_eq!((record.direction, record.talk_ms, record.duration_s()), (Direction::Outgoing, 7000, 7));
    assert!(!internal);
    assert!(matches!(written[0], Write::Begin { .. }), "the record begins with the call");
    assert!(bench.facts().iter().any(|f| matches!(f, What::Ended { duration_ms: 7000, .. })));
}

#[test]
fn hanging_up_before_there_is_a_port_sends_nothing() {
    let mut bench = Bench::new();
    let call = bench.dial("27");
    bench.ask(Ask::HangUp(call)).unwrap();
    assert!(bench.names().is_empty());
    assert_eq!(bench.state(call), CallState::Ended);
    // The port that opens too late is closed again.
    bench.done.clear();
    bench.prepared(call);
    assert!(bench.names().is_empty());
    assert_eq!(bench.sounds(), [&MediaCommand::Close { call }]);
}

#[test]
fn a_busy_number_is_said_and_heard() {
    let mut bench = Bench::new();
    let call = bench.dial("27");
    bench.prepared(call);
    let leg = bench.leg_of_last_invite();
    bench.ended(leg, EndCause::Busy, Some(486), EndedBy::Remote);
    let end = bench.view(call).end;
    let expected =
        EndView { cause: agent_api::call::EndCause::Busy, sip_code: Some(486), by: agent_api::call::EndedBy::Remote };
    assert_eq!(end, Some(expected));
    assert!(bench.sounds().contains(&&MediaCommand::Signal(Signal::Busy)));
}

#[test]
fn one_match_shows_and_is_assigned_several_are_never_chosen() {
    let mut bench = Bench::new();
    let call = bench.dial("8555 0117");
    bench.put(Input::Found { call, candidates: vec![brief(1, "Ana")] });
    assert_eq!(bench.view(call).contact.as_ref().map(|c| c.name.as_str()), Some("Ana"));
    let drafts: Vec<_> = bench.store_all();
    assert!(drafts.iter().any(|w| matches!(w, Write::Draft { draft, .. } if draft.contact.is_some())));

    let call = bench.dial("8555 0119");
    bench.ask(Ask::HangUp(call)).unwrap();
    bench.store_all();
    bench.put(Input::Found { call, candidates: vec![brief(1, "Ana")] });
    let late = |w: &Write| matches!(w, Write::Draft { draft, .. } if draft.contact.is_some());
    assert!(bench.store_all().iter().any(late), "also when the call was over before");

    let call = bench.dial("8555 0118");
    bench.put(Input::Found { call, candidates: vec![brief(1, "Ana"), brief(2, "Eva")] });
    assert!(bench.view(call).contact.is_none());
    assert!(matches!(&bench.view(call).matches, MatchView::Several { contacts } if contacts.len() == 2));
}

#[test]
fn hold_silences_at_once_and_resume_holds_the_other() {
    let mut bench = Bench::new();
    let (first, first_leg) = bench.talking("27");
    let second = bench.dial("28");
    assert!(bench.view(first).held_at_ms.is_some(), "dialling holds the call that is up");
    assert!(bench.sounds().contains(&&MediaCommand::Audible { call: first, audible: false }));
    bench.prepared(second);
    let second_leg = bench.leg_of_last_invite();
    bench.phone(Event::Media { leg: second_leg, media: Box::new(agreed()) });
    bench.phone(Event::Answered { leg: second_leg });
    bench.done.clear();

    bench.ask(Ask::Resume(first)).unwrap();
    assert_eq!(
        bench.names(),
        [format!("Hold({})", second_leg.0), format!("Resume({})", first_leg.0)],
        "swap: the other is held first"
    );
    assert!(bench.view(second).held_at_ms.is_some());
    assert!(bench.view(first).held_at_ms.is_none());
}

#[test]
fn a_refused_hold_leaves_the_call_as_it_was() {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("27");
    bench.ask(Ask::Hold(call)).unwrap();
    bench.phone(Event::HoldRefused { leg, hold: true, status: Some(488) });
    assert!(bench.view(call).held_at_ms.is_none());
    assert_eq!(bench.sounds().last(), Some(&&MediaCommand::Audible { call, audible: true }));
}

#[test]
fn tones_need_a_call_that_sounds_and_are_never_printed() {
    let mut bench = Bench::new();
    let call = bench.dial("27");
    assert!(bench.ask(Ask::Dtmf(call, Digits("1".into()))).is_err());
    bench.ask(Ask::HangUp(call)).unwrap();
    let (call, _) = bench.talking("27");
    assert!(bench.ask(Ask::Dtmf(call, Digits("1x".into()))).is_err());
    bench.ask(Ask::Dtmf(call, Digits("4539#".into()))).unwrap();
    let printed = format!("{:?}", bench.sounds());
    assert!(!printed.contains("4539"), "{printed}");
}

#[test]
fn mute_survives_a_new_agreement() {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("27");
    bench.ask(Ask::Mute(call, true)).unwrap();
    bench.done.clear();
    bench.phone(Event::Media { leg, media: Box::new(NegotiatedMedia { codec: CodecKind::Opus, ..agreed() }) });
    assert!(bench.sounds().contains(&&MediaCommand::Mute { call, muted: true }));
    assert!(bench.facts().iter().any(|f| matches!(f, What::MediaChanged { .. })));
}

#[test]
fn presence_follows_the_call_and_its_card() {
    let mut bench = Bench::new();
    let presence = |bench: &Bench| bench.desk.presence.view().state;
    assert_eq!(presence(&bench), AgentState::Available);
    let (call, leg) = bench.talking("27");
    assert_eq!(presence(&bench), AgentState::OnCall);
    bench.ended(leg, EndCause::Normal, None, EndedBy::Remote);
    assert_eq!(presence(&bench), AgentState::WrapUp);
    bench.ask(Ask::CardDone(call)).unwrap();
    assert_eq!(presence(&bench), AgentState::Available);
    let (_, leg) = bench.talking("27");
    bench.ended(leg, EndCause::Normal, None, EndedBy::Remote);
    bench.pass(Duration::from_secs(601));
    assert_eq!(presence(&bench), AgentState::Available, "wrap-up shows for ten minutes at most");
}
