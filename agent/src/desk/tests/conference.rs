//! Several calls in one conversation.

use agent_api::error::ErrorCode;

use super::*;

/// One call held, another up, and the conference of both.
fn conference() -> (Bench, (CallId, LegId), (CallId, LegId)) {
    let mut bench = Bench::new();
    let first = bench.talking("8555 0117");
    let second = bench.talking("231");
    bench.phone(Event::Held { leg: first.1 });
    bench.done.clear();
    bench.ask(Ask::Conference(second.0, first.0)).unwrap();
    (bench, first, second)
}

fn joined(bench: &Bench) -> Vec<(CallId, bool)> {
    let told = bench.sounds().into_iter().filter_map(|c| match c {
        MediaCommand::Join { call, joined } => Some((*call, *joined)),
        _ => None,
    });
    told.collect()
}

fn held(bench: &Bench, call: CallId) -> bool {
    bench.view(call).held_at_ms.is_some()
}

#[test]
fn who_waited_comes_back_and_all_three_hear_each_other() {
    let (bench, first, second) = conference();
    assert_eq!(joined(&bench).len(), 2);
    assert!(joined(&bench).iter().all(|(_, joined)| *joined));
    assert!(bench.view(first.0).conference && bench.view(second.0).conference);
    assert!(!held(&bench, first.0) && !held(&bench, second.0));
    assert!(bench.commands().iter().any(|c| matches!(c, Command::Resume { leg } if *leg == first.1)));
    assert!(!bench.commands().iter().any(|c| matches!(c, Command::Hold { .. })), "nobody is held for it");
}

#[test]
fn it_is_held_resumed_and_muted_as_a_whole() {
    let (mut bench, first, second) = conference();
    bench.ask(Ask::Hold(first.0)).unwrap();
    assert!(held(&bench, first.0) && held(&bench, second.0));
    bench.ask(Ask::Resume(second.0)).unwrap();
    assert!(!held(&bench, first.0) && !held(&bench, second.0));
    bench.ask(Ask::Mute(first.0, true)).unwrap();
    assert!(bench.view(first.0).muted && bench.view(second.0).muted);
}

#[test]
fn a_new_call_holds_all_of_it_and_it_comes_back_whole() {
    let (mut bench, first, second) = conference();
    let (third, leg) = bench.talking("8555 0199");
    assert!(held(&bench, first.0) && held(&bench, second.0));
    bench.ended(leg, EndCause::Normal, None, EndedBy::Remote);
    bench.ask(Ask::Resume(first.0)).unwrap();
    assert!(!held(&bench, first.0) && !held(&bench, second.0));
    assert_ne!(third, first.0);
}

#[test]
fn when_one_leaves_the_other_two_go_on_in_a_call_like_any_other() {
    let (mut bench, first, second) = conference();
    bench.done.clear();
    bench.ended(first.1, EndCause::Normal, None, EndedBy::Remote);
    assert_eq!(joined(&bench), [(second.0, false)]);
    assert!(!bench.view(second.0).conference && !held(&bench, second.0));
}

#[test]
fn split_one_goes_on_and_the_others_wait() {
    let (mut bench, first, second) = conference();
    bench.ask(Ask::SplitConference(first.0)).unwrap();
    assert!(!bench.view(first.0).conference && !bench.view(second.0).conference);
    assert!(!held(&bench, first.0) && held(&bench, second.0));
    assert_eq!(bench.ask(Ask::SplitConference(first.0)).unwrap_err().code, ErrorCode::WrongState);
}

#[test]
fn nobody_joins_who_does_not_talk_yet_and_nobody_joins_themselves() {
    let mut bench = Bench::new();
    let (first, _) = bench.talking("8555 0117");
    let (ringing, _) = bench.ringing("88887777");
    assert_eq!(bench.ask(Ask::Conference(first, ringing)).unwrap_err().code, ErrorCode::WrongState);
    assert_eq!(bench.ask(Ask::Conference(first, first)).unwrap_err().code, ErrorCode::Invalid);
    assert!(!bench.view(first).conference);
}

#[test]
fn a_third_call_joins_the_two() {
    let (mut bench, first, second) = conference();
    let (third, _) = bench.talking("8555 0199");
    bench.ask(Ask::Conference(third, first.0)).unwrap();
    assert!([first.0, second.0, third].iter().all(|call| bench.view(*call).conference && !held(&bench, *call)));
}
