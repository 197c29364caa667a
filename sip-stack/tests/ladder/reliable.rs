//! Provisional responses that must arrive (RFC 3262), both ways.

use sip_stack::message::{HeaderName, Method, Request, Response};
use sip_stack::ua::{Command, EndCause, Event, LegId};

use crate::peer::{self, SDP};
use crate::wire::{World, check_ladder, ended, has};

const LEG: LegId = LegId(1);

fn reliable(invite: &Request, status: u16, tag: &str, number: u32, sdp: Option<&str>) -> Response {
    peer::answer(invite, status, tag, sdp).with("Require", "100rel").with("RSeq", number)
}

fn rack(prack: &Request) -> String {
    String::from_utf8_lossy(prack.headers.get(&HeaderName::RAck).unwrap()).into_owned()
}

#[test]
fn reliable_ringing_is_acknowledged_once_and_in_order() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    assert!(invite.headers.has_token(&HeaderName::Supported, "100rel"));
    world.say(reliable(&invite, 183, "t", 8, Some(SDP)));
    let prack = world.take_request("PRACK");
    assert_eq!((rack(&prack).as_str(), prack.headers.cseq().unwrap().number), ("8 1 INVITE", 2));
    assert_eq!(prack.headers.to().unwrap().tag(), Some("t"));
    world.say(peer::answer(&prack, 200, "t", None));
    world.say(reliable(&invite, 183, "t", 8, Some(SDP)));
    world.say(reliable(&invite, 180, "t", 10, None));
    assert_eq!(world.count("PRACK"), 0, "neither the copy nor what came before its time");
    world.say(reliable(&invite, 180, "t", 9, None));
    let prack = world.take_request("PRACK");
    assert_eq!((rack(&prack).as_str(), prack.headers.cseq().unwrap().number), ("9 1 INVITE", 3));
    world.say(peer::answer(&prack, 200, "t", None));
    world.say(peer::answer(&invite, 200, "t", None));
    assert_eq!(world.take_request("ACK").headers.cseq().unwrap().number, 1);
    let events = world.events('A');
    assert!(
        matches!(
            events[..],
            [Event::Media { .. }, Event::EarlyMedia { .. }, Event::Ringing { status: 180, .. }, Event::Answered { .. }]
        ),
        "{events:?}"
    );
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2);
    assert_eq!(world.take_request("BYE").headers.cseq().unwrap().number, 4, "after the PRACKs");
    check_ladder(&world, "reliable_ringing_is_acknowledged_once_and_in_order");
}

#[test]
fn a_prack_without_answer_ends_nothing() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.say(reliable(&invite, 180, "t", 1, None));
    world.run_for(40_000);
    assert!(!has(&world.events('A'), |e| matches!(e, Event::Ended { .. })));
    world.say(peer::answer(&invite, 200, "t", Some(SDP)));
    assert!(has(&world.events('A'), |e| *e == Event::Answered { leg: LEG }));
}

#[test]
fn each_fork_has_its_own_numbers_and_the_unwanted_one_a_bye_above_them() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.say(reliable(&invite, 180, "x", 70, None));
    assert_eq!(rack(&world.take_request("PRACK")), "70 1 INVITE");
    world.say(reliable(&invite, 180, "y", 5, None));
    let prack = world.take_request("PRACK");
    assert_eq!((rack(&prack).as_str(), prack.headers.to().unwrap().tag()), ("5 1 INVITE", Some("y")));
    world.say(peer::answer(&invite, 200, "x", Some(SDP)));
    world.say(peer::answer(&invite, 200, "y", Some(SDP)));
    let bye = world.take_request("BYE");
    assert_eq!(bye.headers.to().unwrap().tag(), Some("y"));
    assert!(bye.headers.cseq().unwrap().number > prack.headers.cseq().unwrap().number);
}

/// P calls A and takes no ringing that might be lost.
fn called(world: &mut World) -> (LegId, Response) {
    world.say(peer::invite("rel", Some(SDP)).with("Require", "100rel"));
    let leg = world.incoming('A');
    world.tell('A', Command::Ring { leg });
    world.run_for(2);
    let ringing = world.take_response(180, "INVITE");
    assert!(ringing.headers.has_token(&HeaderName::Require, "100rel"));
    (leg, ringing)
}

fn prack(ringing: &Response, cseq: u32, rack: &str) -> Request {
    peer::in_dialog(ringing, Method::Prack, cseq).with("RAck", rack)
}

#[test]
fn our_ringing_is_sent_again_until_its_prack_comes() {
    let mut world = World::with_peer();
    let (leg, ringing) = called(&mut world);
    let number = String::from_utf8_lossy(ringing.headers.get(&HeaderName::RSeq).unwrap()).into_owned();
    world.run_for(3_700);
    assert_eq!(world.count("180 INVITE"), 3, "after 0.5, 1.5 and 3.5 s");
    world.say(prack(&ringing, 2, "4711 1 INVITE"));
    world.take_response(481, "PRACK");
    world.say(prack(&ringing, 3, &format!("{number} 1 INVITE")));
    world.take_response(200, "PRACK");
    world.run_for(20_000);
    assert_eq!(world.count("180 INVITE"), 0);
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    assert!(has(&world.events('A'), |e| matches!(e, Event::Answered { .. })));
}

#[test]
fn ringing_that_never_arrives_ends_the_call() {
    let mut world = World::with_peer();
    called(&mut world);
    world.run_for(33_000);
    assert_eq!(ended(&world.events('A')).0, EndCause::Timeout);
    world.take_response(504, "INVITE");
}

#[test]
fn an_answer_ends_the_wait_for_the_prack() {
    let mut world = World::with_peer();
    let (leg, _) = called(&mut world);
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    world.events('A');
    world.run_for(40_000);
    assert!(world.events('A').is_empty());
    assert_eq!(world.count("180 INVITE"), 0);
}
