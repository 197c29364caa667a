//! Hold, resume and re-INVITE, from both sides.

use sip_stack::message::{Method, Request, Response};
use sip_stack::ua::{Command, EndCause, Event, LegId};

use crate::calls::{call_peer, talk};
use crate::peer::{self, SDP};
use crate::wire::{FAIR, Weather, World, check_ladder, ended, has};

const LEG: LegId = LegId(1);

fn media(events: &[Event]) -> Option<(bool, bool)> {
    let all = events.iter().rev();
    all.filter_map(|e| if let Event::Media { media, .. } = e { Some((media.send, media.receive)) } else { None }).next()
}

/// P asks A, in the call that A made, for a change; returns A's answer.
fn reinvite(world: &mut World, invite: &Request, cseq: u32, sdp: &str, status: u16) -> Response {
    let ask = peer::to_caller(invite, "t", Method::Invite, cseq).with_body("application/sdp", sdp.to_owned());
    world.say(ask);
    world.take_response(status, "INVITE")
}

fn ack(world: &mut World, invite: &Request, cseq: u32) {
    let mut ack = peer::to_caller(invite, "t", Method::Ack, cseq);
    ack.headers.set("Via", format!("SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKack{cseq}"));
    world.say(ack);
}

#[test]
fn hold_and_resume_from_here() {
    let mut world = World::pair(FAIR, 1);
    let leg = talk(&mut world);
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(10);
    let (a, b) = (world.events('A'), world.events('B'));
    assert!(has(&a, |e| *e == Event::Held { leg: LEG }) && media(&a) == Some((false, false)), "{a:?}");
    assert!(has(&b, |e| *e == Event::HeldByRemote { leg, held: true }) && media(&b) == Some((false, true)), "{b:?}");
    world.tell('A', Command::Resume { leg: LEG });
    world.run_for(10);
    let (a, b) = (world.events('A'), world.events('B'));
    assert!(has(&a, |e| *e == Event::Resumed { leg: LEG }) && media(&a) == Some((true, true)), "{a:?}");
    assert!(has(&b, |e| *e == Event::HeldByRemote { leg, held: false }) && media(&b) == Some((true, true)), "{b:?}");
    check_ladder(&world, "hold_and_resume_from_here");
}

#[test]
fn hold_from_the_callee_and_twice() {
    let mut world = World::pair(FAIR, 1);
    let leg = talk(&mut world);
    world.tell('B', Command::Hold { leg });
    world.tell('B', Command::Resume { leg });
    world.run_for(100);
    let b = world.events('B');
    let order: Vec<_> = b.iter().filter(|e| matches!(e, Event::Held { .. } | Event::Resumed { .. })).collect();
    assert_eq!(order, [&Event::Held { leg }, &Event::Resumed { leg }], "one after the other");
    world.tell('B', Command::Resume { leg });
    assert_eq!(world.events('B'), [Event::Resumed { leg }], "nothing to do, nothing sent");
}

#[test]
fn hold_survives_a_lossy_wire() {
    for seed in 0..20 {
        let mut world = World::pair(FAIR, seed);
        let leg = talk(&mut world);
        world.change_weather(Weather { loss_pct: 30, delay_ms: (1, 400) });
        world.tell('A', Command::Hold { leg: LEG });
        world.run_for(20_000);
        assert!(has(&world.events('A'), |e| *e == Event::Held { leg: LEG }), "seed {seed}\n{}", world.ladder());
        assert!(has(&world.events('B'), |e| *e == Event::HeldByRemote { leg, held: true }), "seed {seed}");
        world.tell('A', Command::Resume { leg: LEG });
        world.run_for(20_000);
        assert!(has(&world.events('A'), |e| *e == Event::Resumed { leg: LEG }), "seed {seed}\n{}", world.ladder());
    }
}

/// A world in which P only says 100 to A's wish to hold; the re-INVITE.
fn hold_in_vain() -> (World, Request) {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(2);
    let ask = world.take_request("INVITE");
    world.say(peer::answer(&ask, 100, "t", None));
    (world, ask)
}

#[test]
fn a_hold_that_is_never_answered_is_taken_back_and_the_call_goes_on() {
    let (mut world, ask) = hold_in_vain();
    world.run_for(31_000);
    assert_eq!(world.count("CANCEL"), 0, "it may still be answered");
    world.run_for(1_100);
    let cancel = world.take_request("CANCEL");
    world.say(peer::answer(&cancel, 200, "t", None));
    world.say(peer::answer(&ask, 487, "t", None));
    let refused = Event::HoldRefused { leg: LEG, hold: true, status: Some(487) };
    assert!(has(&world.events('A'), |e| *e == refused), "{}", world.ladder());
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(2);
    let ask = world.take_request("INVITE");
    world.say(peer::answer(&ask, 200, "t", Some(&peer::sdp("recvonly"))));
    assert!(has(&world.events('A'), |e| *e == Event::Held { leg: LEG }), "{}", world.ladder());
}

#[test]
fn rfc3261_14_1_a_side_that_answers_neither_hold_nor_cancel_is_gone() {
    let (mut world, _) = hold_in_vain();
    world.run_for(70_000);
    assert_eq!(ended(&world.events('A')).0, EndCause::Timeout, "{}", world.ladder());
    world.take_request("BYE");
}

#[test]
fn a_hold_offer_is_answered_by_its_direction() {
    for (direction, answered, held, ours) in [
        ("sendonly", "recvonly", true, (false, true)),
        ("inactive", "inactive", true, (false, false)),
        ("recvonly", "sendonly", false, (true, false)),
    ] {
        let mut world = World::with_peer();
        let invite = call_peer(&mut world, "t");
        let ok = reinvite(&mut world, &invite, 2, &peer::sdp(direction), 200);
        assert!(String::from_utf8_lossy(&ok.body).contains(&format!("a={answered}")), "{direction}");
        let events = world.events('A');
        assert_eq!(media(&events), Some(ours), "{direction}");
        assert_eq!(has(&events, |e| *e == Event::HeldByRemote { leg: LEG, held: true }), held, "{direction}");
        ack(&mut world, &invite, 2);
        let ok = reinvite(&mut world, &invite, 3, &peer::sdp("sendrecv"), 200);
        assert!(String::from_utf8_lossy(&ok.body).contains("a=sendrecv"));
        assert_eq!(media(&world.events('A')), Some((true, true)));
        ack(&mut world, &invite, 3);
    }
}

#[test]
fn an_unacceptable_reinvite_leaves_the_call_as_it_was() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    let g729 = SDP.replace("RTP/AVP 8", "RTP/AVP 18");
    reinvite(&mut world, &invite, 2, &g729, 488);
    assert!(world.events('A').is_empty());
    world.say(peer::to_caller(&invite, "t", Method::Invite, 3).with_body("application/sdp", "nonsense"));
    world.take_response(488, "INVITE");
    assert!(world.events('A').is_empty());
    reinvite(&mut world, &invite, 4, &peer::sdp("sendrecv"), 200);
    assert_eq!(media(&world.events('A')), None, "nothing has changed");
    check_ladder(&world, "an_unacceptable_reinvite_leaves_the_call_as_it_was");
}

#[test]
fn a_refused_hold_leaves_the_call_as_it_was() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(2);
    let hold = world.take_request("INVITE");
    world.say(peer::answer(&hold, 488, "t", None));
    world.take_request("ACK");
    assert_eq!(world.events('A'), [Event::HoldRefused { leg: LEG, hold: true, status: Some(488) }]);
    world.tell('A', Command::Resume { leg: LEG });
    assert_eq!(world.events('A'), [Event::Resumed { leg: LEG }], "it never was held");
}

#[test]
fn a_held_call_resumes_after_491() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(2);
    let hold = world.take_request("INVITE");
    world.say(peer::answer(&hold, 491, "t", None));
    world.run_for(2_090);
    assert_eq!(world.count("INVITE"), 0, "the caller waits 2.1 to 4 s");
    world.run_for(2_000);
    let again = world.take_request("INVITE");
    assert_eq!(again.headers.cseq().unwrap().number, hold.headers.cseq().unwrap().number + 1);
    world.say(peer::answer(&again, 200, "t", Some(&peer::sdp("recvonly"))));
    assert!(has(&world.events('A'), |e| *e == Event::Held { leg: LEG }));
}

#[test]
fn the_ack_of_a_reinvite_is_sent_for_every_copy_and_keeps_its_number() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(2);
    let hold = world.take_request("INVITE");
    let ok = peer::answer(&hold, 200, "t", Some(&peer::sdp("recvonly")));
    world.say(ok.clone());
    world.say(ok);
    for _ in 0..2 {
        assert_eq!(world.take_request("ACK").headers.cseq().unwrap().number, hold.headers.cseq().unwrap().number);
    }
}

#[test]
fn a_contact_of_a_reinvite_becomes_the_target() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    let mut ask = peer::to_caller(&invite, "t", Method::Invite, 2).with_body("application/sdp", SDP);
    ask.headers.set("Contact", "<sip:moved@pbx.example.net>");
    world.say(ask);
    ack(&mut world, &invite, 2);
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2);
    assert_eq!(world.take_request("BYE").uri.to_string(), "sip:moved@pbx.example.net");
}

#[test]
fn a_dialog_that_the_peer_forgot_is_over() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(2);
    let hold = world.take_request("INVITE");
    world.say(peer::answer(&hold, 481, "t", None));
    assert_eq!(ended(&world.events('A')).1, Some(481));
    world.take_request("BYE");
}

#[test]
fn a_reinvite_without_offer_gets_ours() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    world.say(peer::to_caller(&invite, "t", Method::Invite, 2));
    let ok = world.take_response(200, "INVITE");
    assert!(String::from_utf8_lossy(&ok.body).contains("m=audio"));
    let mut ack = peer::to_caller(&invite, "t", Method::Ack, 2).with_body("application/sdp", peer::sdp("sendonly"));
    ack.headers.set("Via", "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKlateack");
    world.say(ack);
    assert!(has(&world.events('A'), |e| *e == Event::HeldByRemote { leg: LEG, held: true }));
}

#[test]
fn no_ack_to_our_200_of_a_reinvite_ends_the_call() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    reinvite(&mut world, &invite, 2, SDP, 200);
    world.run_for(33_000);
    assert_eq!(ended(&world.events('A')).0, EndCause::Timeout);
    world.take_request("BYE");
}

#[test]
fn the_peer_is_gone_when_a_reinvite_times_out() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(33_000);
    assert_eq!(ended(&world.events('A')).0, EndCause::Timeout);
}
