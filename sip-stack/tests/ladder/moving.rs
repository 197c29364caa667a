//! The network changes while a call rings.

use sip_stack::message::{Headers, Message, Method};
use sip_stack::ua::{Command, EndCause, Event, LegId};

use crate::peer::{self, SDP};
use crate::wire::{World, check_ladder, ended, has};

const LEG: LegId = LegId(1);
const ELSEWHERE: &str = "10.0.7.7:5062";

/// The answer tells the new address, for what is said and for what is heard.
fn is_of_there(message: &Headers, body: &[u8]) {
    let contact = message.contact().unwrap().unwrap().to_string();
    assert!(contact.contains("10.0.7.7"), "{contact}");
    assert!(String::from_utf8_lossy(body).contains("c=IN IP4 10.0.7.7"));
}

fn rings() -> (World, LegId) {
    let mut world = World::with_peer();
    world.say(peer::invite("moving", Some(SDP)));
    let leg = world.incoming('A');
    world.tell('A', Command::Ring { leg });
    world.run_for(2);
    (world, leg)
}

#[test]
fn a_call_that_rings_here_is_answered_from_the_new_address() {
    let (mut world, leg) = rings();
    world.move_home('A', ELSEWHERE);
    world.run_for(10);
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    is_of_there(&ok.headers, &ok.body);
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    assert!(has(&world.events('A'), |e| matches!(e, Event::Answered { .. })), "{}", world.ladder());
    check_ladder(&world, "a_call_that_rings_here_is_answered_from_the_new_address");
}

#[test]
fn an_answer_that_is_not_acknowledged_yet_moves() {
    let (mut world, leg) = rings();
    world.answer('A', leg);
    world.run_for(100);
    let before = world.take_response(200, "INVITE");
    world.move_home('A', ELSEWHERE);
    world.run_for(500);
    let ok = world.take_response(200, "INVITE");
    assert_eq!(ok.body, before.body, "a copy is a copy");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    assert!(has(&world.events('A'), |e| matches!(e, Event::Answered { .. })), "{}", world.ladder());
    let moved = world.take_request("INVITE");
    is_of_there(&moved.headers, &moved.body);
}

#[test]
fn a_call_that_rings_there_is_withdrawn_and_made_anew() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let first = world.take_request("INVITE");
    world.say(peer::answer(&first, 180, "t", None));
    world.move_home('A', ELSEWHERE);
    world.run_for(2);
    let cancel = world.take_request("CANCEL");
    assert_eq!(cancel.headers.top_via().unwrap(), first.headers.top_via().unwrap(), "RFC 3261 §9.1");
    world.say(peer::answer(&cancel, 200, "t", None));
    assert_eq!(world.count("INVITE"), 0, "the withdrawal has time to get there first");
    world.run_for(500);
    let second = world.take_request("INVITE");
    is_of_there(&second.headers, &second.body);
    world.say(peer::answer(&second, 200, "u", Some(SDP)));
    world.take_request("ACK");
    let a = world.events('A');
    assert!(has(&a, |e| *e == Event::Answered { leg: LEG }) && !has(&a, |e| matches!(e, Event::Ended { .. })));
    check_ladder(&world, "a_call_that_rings_there_is_withdrawn_and_made_anew");
}

#[test]
fn a_call_that_heard_nothing_yet_goes_from_the_new_address() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    world.take_request("INVITE");
    world.move_home('A', ELSEWHERE);
    world.run_for(2);
    let second = world.take_request("INVITE");
    world.say(peer::answer(&second, 200, "u", Some(SDP)));
    assert!(has(&world.events('A'), |e| *e == Event::Answered { leg: LEG }), "{}", world.ladder());
}

#[test]
fn who_hangs_up_while_it_is_made_anew_calls_nobody() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let first = world.take_request("INVITE");
    world.say(peer::answer(&first, 180, "t", None));
    world.move_home('A', ELSEWHERE);
    world.run_for(2);
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2_000);
    assert_eq!(ended(&world.events('A')).0, EndCause::Cancelled);
    let mut said = std::iter::from_fn(|| world.take('P'));
    assert!(!said.any(|m| matches!(m, Message::Request(request) if request.method.as_str() == "INVITE")));
}
