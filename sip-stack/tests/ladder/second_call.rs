//! A second call while one is up: held and answered, swapped, declined.

use sip_stack::message::{Method, Response};
use sip_stack::ua::{Command, EndCause, EndedBy, Event, LegId};

use crate::calls::call_peer;
use crate::peer::{self, SDP};
use crate::wire::{World, check_ladder, ended, has};

const FIRST: LegId = LegId(1);

/// A talks to P, and P calls once more; the second leg.
fn knocked() -> (World, LegId) {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.say(peer::invite("second", Some(SDP)));
    let second = world.incoming('A');
    world.tell('A', Command::Ring { leg: second });
    world.run_for(2);
    world.take_response(180, "INVITE");
    (world, second)
}

/// P agrees to the re-INVITE that waits in its inbox.
fn agree(world: &mut World, direction: &str) {
    let asked = world.take_request("INVITE");
    world.say(peer::answer(&asked, 200, asked.headers.to().unwrap().tag().unwrap(), Some(&peer::sdp(direction))));
    world.take_request("ACK");
}

fn hold_and_answer(world: &mut World, second: LegId) -> Response {
    world.tell('A', Command::Hold { leg: FIRST });
    world.answer('A', second);
    world.run_for(2);
    let hold = world.take_request("INVITE");
    let ok = world.take_response(200, "INVITE");
    world.say(peer::answer(&hold, 200, "t", Some(&peer::sdp("recvonly"))));
    world.take_request("ACK");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    ok
}

#[test]
fn the_first_call_is_held_and_the_second_answered_then_swapped() {
    let (mut world, second) = knocked();
    hold_and_answer(&mut world, second);
    let events = world.events('A');
    assert!(has(&events, |e| *e == Event::Held { leg: FIRST }), "{events:?}");
    assert!(has(&events, |e| *e == Event::Answered { leg: second }), "{events:?}");
    world.tell('A', Command::Hold { leg: second });
    world.run_for(2);
    agree(&mut world, "recvonly");
    world.tell('A', Command::Resume { leg: FIRST });
    world.run_for(2);
    agree(&mut world, "sendrecv");
    let events = world.events('A');
    assert!(has(&events, |e| *e == Event::Held { leg: second }), "{events:?}");
    assert!(has(&events, |e| *e == Event::Resumed { leg: FIRST }), "{events:?}");
    check_ladder(&world, "the_first_call_is_held_and_the_second_answered_then_swapped");
}

#[test]
fn a_declined_second_call_leaves_the_first_alone() {
    let (mut world, second) = knocked();
    world.tell('A', Command::Reject { leg: second, status: 603 });
    world.run_for(2);
    world.take_response(603, "INVITE");
    assert_eq!(ended(&world.events('A')), (EndCause::Declined, Some(603), EndedBy::Local));
    world.tell('A', Command::Hold { leg: FIRST });
    world.run_for(2);
    agree(&mut world, "recvonly");
    assert!(has(&world.events('A'), |e| *e == Event::Held { leg: FIRST }), "the first is up");
}

#[test]
fn the_caller_gives_the_second_call_up_and_the_first_goes_on() {
    let (mut world, second) = knocked();
    world.say(peer::invite("second", None).cancel().unwrap());
    assert_eq!(ended(&world.events('A')).0, EndCause::Cancelled);
    world.tell('A', Command::HangUp { leg: second });
    assert!(world.events('A').is_empty());
    world.tell('A', Command::HangUp { leg: FIRST });
    assert_eq!(ended(&world.events('A')).0, EndCause::Normal);
}

#[test]
fn the_end_of_the_answered_second_call_gives_the_first_back() {
    let (mut world, second) = knocked();
    let ok = hold_and_answer(&mut world, second);
    world.events('A');
    world.say(peer::in_dialog(&ok, Method::Bye, 2));
    assert_eq!(ended(&world.events('A')), (EndCause::Normal, None, EndedBy::Remote));
    world.tell('A', Command::Resume { leg: FIRST });
    world.run_for(2);
    agree(&mut world, "sendrecv");
    assert!(has(&world.events('A'), |e| *e == Event::Resumed { leg: FIRST }));
}
