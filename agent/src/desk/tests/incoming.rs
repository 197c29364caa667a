//! Calls that come in.

use agent_api::call::MatchView;

use super::*;
use crate::port::media::Signal;

#[test]
fn it_rings_and_shows_the_number_before_anybody_is_found() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("88887777");
    assert_eq!(bench.names(), [format!("Ring({})", leg.0)]);
    let view = bench.view(call);
    assert_eq!((view.state, &view.matches), (CallState::RingingLocal, &MatchView::Searching));
    assert_eq!(view.party.number, "+506 8888 7777");
    assert_eq!(view.party.network_name.as_deref(), Some("Bob"), "the network's name is cleaned");
    assert!(bench.sounds().contains(&&MediaCommand::Signal(Signal::Ring)));
}

#[test]
fn the_fact_waits_a_quarter_second_for_the_lookup_and_no_longer() {
    let mut bench = Bench::new();
    let (call, _) = bench.ringing("88887777");
    let told = |bench: &Bench| bench.facts().iter().filter(|f| matches!(f, What::Incoming { .. })).count();
    assert_eq!(told(&bench), 0);
    bench.pass(Duration::from_millis(251));
    assert_eq!(told(&bench), 1);
    bench.put(Input::Found { call, candidates: vec![] });
    assert_eq!(told(&bench), 1, "once");
}

#[test]
fn answering_opens_a_port_and_the_acknowledged_call_talks() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("88887777");
    bench.ask(Ask::Answer(call)).unwrap();
    bench.ask(Ask::Answer(call)).unwrap();
    assert_eq!(bench.sounds().iter().filter(|s| matches!(s, MediaCommand::Prepare { .. })).count(), 1, "double click");
    bench.prepared(call);
    assert_eq!(bench.state(call), CallState::Connecting);
    assert!(bench.names().contains(&format!("Answer({})", leg.0)));
    bench.phone(Event::Media { leg, media: Box::new(agreed()) });
    bench.phone(Event::Answered { leg });
    assert_eq!(bench.state(call), CallState::Talking);
}

#[test]
fn a_cancelled_call_is_missed_and_the_ring_stops() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("88887777");
    bench.ended(leg, EndCause::Cancelled, Some(487), EndedBy::Remote);
    assert_eq!(bench.sounds().last(), Some(&&MediaCommand::Signal(Signal::Silence)));
    let written = bench.store_all();
    assert!(written.iter().any(|w| matches!(w, Write::End { record, .. } if record.missed() && record.id.0 == call.0)));
}

#[test]
fn a_call_taken_elsewhere_is_not_missed() {
    let mut bench = Bench::new();
    let (_, leg) = bench.ringing("88887777");
    bench.ended(leg, EndCause::Elsewhere, Some(487), EndedBy::Remote);
    assert!(bench.store_all().iter().any(|w| matches!(w, Write::End { record, .. } if !record.missed())));
}

#[test]
fn do_not_disturb_is_silent_and_keeps_the_missed_call() {
    let mut bench = Bench::new();
    bench.ask(Ask::DoNotDisturb(true)).unwrap();
    bench.done.clear();
    let (_, leg) = bench.ringing("88887777");
    assert_eq!(bench.names(), [format!("Reject({}, 486)", leg.0)]);
    assert!(!bench.sounds().iter().any(|s| matches!(s, MediaCommand::Signal(Signal::Ring))));
    assert!(!bench.events().iter().any(|e| matches!(e, EventBody::Call(_))), "no pop-up");
    bench.ended(leg, EndCause::Busy, Some(486), EndedBy::Local);
    assert!(bench.store_all().iter().any(|w| matches!(w, Write::End { record, .. } if record.missed())));
}

#[test]
fn a_second_call_knocks_and_hold_and_answer_holds_the_first() {
    let mut bench = Bench::new();
    let (first, first_leg) = bench.talking("27");
    bench.done.clear();
    let (second, second_leg) = bench.ringing("88887777");
    assert!(bench.sounds().contains(&&MediaCommand::Signal(Signal::CallWaiting)));
    bench.ask(Ask::Answer(second)).unwrap();
    assert!(bench.view(first).held_at_ms.is_some());
    bench.prepared(second);
    assert_eq!(
        bench.names(),
        [format!("Ring({})", second_leg.0), format!("Hold({})", first_leg.0), format!("Answer({})", second_leg.0)]
    );
}

#[test]
fn declining_says_603_and_a_talking_call_cannot_be_declined() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("88887777");
    bench.ask(Ask::Decline(call, 603)).unwrap();
    assert!(bench.names().contains(&format!("Reject({}, 603)", leg.0)));
    let (call, _) = bench.talking("27");
    assert!(bench.ask(Ask::Decline(call, 603)).is_err());
}

#[test]
fn a_caller_without_a_number_is_shown_as_it_came() {
    let mut bench = Bench::new();
    let (call, _) = bench.ringing("anonymous");
    let view = bench.view(call);
    assert_eq!((view.party.number.as_str(), &view.matches), ("anonymous", &MatchView::None));
}
