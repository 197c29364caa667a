//! The other side sends us elsewhere: we go, ask, or stay.

use agent_api::call::{AskReason, SentTo};
use agent_api::error::ErrorCode;

use super::*;

const DOMAIN: &str = "pbx.example";

fn party(user: &str, host: &str) -> Party {
    let (user, host) = (user.to_owned(), host.to_owned());
    Party { uri: format!("sip:{user}@{host}"), user, host, display_name: None }
}

/// A call, and the other side's wish.
fn sent(user: &str, host: &str) -> (Bench, CallId, LegId) {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("8555 0117");
    bench.phone(Event::TransferAsked { leg, to: party(user, host), joins: false });
    (bench, call, leg)
}

fn asked(bench: &Bench, call: CallId) -> Option<AskReason> {
    bench.view(call).sent_to.as_ref().map(|SentTo { reason, .. }| *reason)
}

/// The call that began after `old`.
fn new_call(bench: &mut Bench, old: CallId) -> CallId {
    let Ok(Reply::Snapshot(snapshot)) = bench.ask(Ask::Snapshot) else { panic!("a snapshot") };
    snapshot.calls.iter().map(|call| call.id).find(|id| *id != old).expect("a second call")
}

fn followed(bench: &Bench, on: LegId) -> Option<LegId> {
    bench.commands().iter().find_map(|c| match c {
        Command::FollowTransfer { leg, new, .. } if *leg == on => Some(*new),
        _ => None,
    })
}

fn declined(bench: &Bench, on: LegId) -> bool {
    bench.commands().iter().any(|c| matches!(c, Command::DeclineTransfer { leg } if *leg == on))
}

#[test]
fn to_a_colleague_of_the_same_exchange_we_go_at_once() {
    let (mut bench, call, leg) = sent("231", DOMAIN);
    assert_eq!(asked(&bench, call), None);
    let new = new_call(&mut bench, call);
    bench.prepared(new);
    assert_eq!(bench.view(call).held_at_ms, None, "who sends us may go on talking until we are there");
    let new_leg = followed(&bench, leg).expect("the user agent follows");
    assert_eq!(bench.view(new).party.number, "ext. 231");
    bench.phone(Event::Media { leg: new_leg, media: Box::new(agreed()) });
    bench.phone(Event::Answered { leg: new_leg });
    let holds = |bench: &Bench| bench.commands().iter().any(|c| matches!(c, Command::Hold { .. }));
    let silent = |c: &&MediaCommand| matches!(c, MediaCommand::Audible { call: of, audible: false } if *of == call);
    assert!(!holds(&bench) && bench.sounds().iter().any(silent), "a re-INVITE would cross the BYE");
    bench.pass(Duration::from_secs(2));
    assert!(holds(&bench) && bench.view(call).held_at_ms.is_some(), "who stays is held");
    bench.ended(leg, EndCause::Normal, None, EndedBy::Remote);
    assert!(bench.view(new).answered_at_ms.is_some() && bench.view(new).held_at_ms.is_none());
}

#[test]
fn who_is_not_there_leaves_us_where_we_are() {
    let (mut bench, call, leg) = sent("231", DOMAIN);
    let new = new_call(&mut bench, call);
    bench.prepared(new);
    let new_leg = followed(&bench, leg).unwrap();
    bench.ended(new_leg, EndCause::Busy, Some(486), EndedBy::Remote);
    assert_eq!(bench.state(call), CallState::Talking);
    assert!(bench.view(call).held_at_ms.is_none());
}

#[test]
fn what_costs_or_leads_out_is_asked_about_and_the_answer_is_done() {
    for (user, host, reason) in [
        ("9001234567", DOMAIN, AskReason::Premium),
        ("*21*88887777#", DOMAIN, AskReason::ServiceCode),
        ("911", DOMAIN, AskReason::Emergency),
        ("231", "198.51.100.7", AskReason::Outside),
        ("+34600123456", DOMAIN, AskReason::Outside),
    ] {
        let (mut bench, call, leg) = sent(user, host);
        assert_eq!(asked(&bench, call), Some(reason), "{user}@{host}");
        assert!(!declined(&bench, leg));
        bench.ask(Ask::AnswerTransfer(call, false)).unwrap();
        assert!(declined(&bench, leg) && asked(&bench, call).is_none());
        assert_eq!(bench.ask(Ask::AnswerTransfer(call, true)).unwrap_err().code, ErrorCode::WrongState, "asked once");

        let (mut bench, call, leg) = sent(user, host);
        bench.ask(Ask::AnswerTransfer(call, true)).unwrap();
        assert_eq!(asked(&bench, call), None);
        let new = new_call(&mut bench, call);
        bench.prepared(new);
        assert!(followed(&bench, leg).is_some() && !declined(&bench, leg));
    }
}

#[test]
fn a_question_that_nobody_answers_means_no() {
    let (mut bench, call, leg) = sent("9001234567", DOMAIN);
    bench.pass(Duration::from_secs(19));
    assert!(!declined(&bench, leg));
    bench.pass(Duration::from_secs(2));
    assert!(declined(&bench, leg) && asked(&bench, call).is_none());
}

#[test]
fn a_call_whose_sender_has_gone_ends_when_the_user_agent_says_so() {
    let (mut bench, call, leg) = sent("231", DOMAIN);
    let new = new_call(&mut bench, call);
    bench.ended(leg, EndCause::Normal, None, EndedBy::Remote);
    bench.prepared(new);
    let own = bench.commands().iter().find_map(|c| match c {
        Command::FollowTransfer { leg, new, .. } if leg == new => Some(*new),
        _ => None,
    });
    bench.ended(own.expect("it is asked for all the same"), EndCause::Cancelled, None, EndedBy::Local);
}

#[test]
fn who_was_silenced_is_heard_again_when_the_new_call_is_over_at_once() {
    let (mut bench, call, leg) = sent("231", DOMAIN);
    let new = new_call(&mut bench, call);
    bench.prepared(new);
    let new_leg = followed(&bench, leg).unwrap();
    bench.phone(Event::Answered { leg: new_leg });
    bench.ended(new_leg, EndCause::Normal, None, EndedBy::Remote);
    bench.pass(Duration::from_secs(2));
    let last = bench.sounds().into_iter().rev().find_map(|c| match c {
        MediaCommand::Audible { call: of, audible } if *of == call => Some(*audible),
        _ => None,
    });
    assert_eq!(last, Some(true));
}
