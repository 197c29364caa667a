//! Races: CANCEL against answers, forks, glare, crossing BYEs.

use sip_stack::message::{HeaderName, Method};
use sip_stack::ua::{Command, EndCause, EndedBy, Event, LegId};

use crate::calls::{call_peer, talk};
use crate::peer::{self, SDP};
use crate::wire::{FAIR, World, check_ladder, ended, has};

const LEG: LegId = LegId(1);

#[test]
fn cancel_is_held_until_the_first_1xx() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(400);
    assert_eq!(ended(&world.events('A')), (EndCause::Cancelled, None, EndedBy::Local));
    assert_eq!(world.count("CANCEL"), 0);
    world.say(peer::answer(&invite, 100, "t", None));
    let cancel = world.take_request("CANCEL");
    assert_eq!(cancel.headers.top_via().unwrap().branch(), invite.headers.top_via().unwrap().branch());
    world.say(cancel.response(sip_stack::message::StatusCode::OK, Some("t")));
    world.say(peer::answer(&invite, 487, "t", None));
    world.take_request("ACK");
    assert!(world.events('A').is_empty());
    check_ladder(&world, "cancel_is_held_until_the_first_1xx");
}

#[test]
fn cancel_while_it_rings() {
    let mut world = World::pair(FAIR, 1);
    world.invite('A', 1, "bob");
    world.run_for(10);
    let leg = world.incoming('B');
    world.tell('B', Command::Ring { leg });
    world.run_for(10);
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(10);
    assert_eq!(ended(&world.events('A')), (EndCause::Cancelled, None, EndedBy::Local));
    assert_eq!(ended(&world.events('B')), (EndCause::Cancelled, Some(487), EndedBy::Remote));
    check_ladder(&world, "cancel_while_it_rings");
}

#[test]
fn a_2xx_that_crosses_our_cancel_gets_ack_then_bye() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.say(peer::answer(&invite, 180, "t", None));
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2);
    world.take_request("CANCEL");
    world.events('A');
    let ok = peer::answer(&invite, 200, "t", Some(SDP));
    world.say(ok.clone());
    world.take_request("ACK");
    world.take_request("BYE");
    world.say(ok);
    assert_eq!(world.count("ACK"), 1, "a copy gets its ACK again, and no second BYE");
    assert!(world.events('A').is_empty());
    check_ladder(&world, "a_2xx_that_crosses_our_cancel_gets_ack_then_bye");
}

#[test]
fn a_2xx_to_a_held_cancel_gets_ack_then_bye() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.tell('A', Command::HangUp { leg: LEG });
    world.say(peer::answer(&invite, 200, "t", Some(SDP)));
    world.take_request("ACK");
    world.take_request("BYE");
}

#[test]
fn a_cancel_without_final_answer_is_given_up() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.say(peer::answer(&invite, 180, "t", None));
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2);
    let cancel = world.take_request("CANCEL");
    world.say(cancel.response(sip_stack::message::StatusCode::OK, Some("t")));
    world.tell('A', Command::Shutdown);
    world.run_for(31_000);
    assert!(!has(&world.events('A'), |e| *e == Event::Idle));
    world.run_for(2_000);
    assert!(has(&world.events('A'), |e| *e == Event::Idle));
}

#[test]
fn our_487_follows_a_cancel_and_an_answer_crosses_it() {
    let mut world = World::with_peer();
    let invite = peer::invite("x", Some(SDP));
    world.say(invite.clone());
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.say(invite.cancel().unwrap());
    world.take_response(200, "INVITE");
    world.take_response(200, "CANCEL");
    assert!(!has(&world.events('A'), |e| matches!(e, Event::Ended { .. })), "too late: the call is answered");
}

#[test]
fn cancel_elsewhere_is_no_missed_call() {
    let mut world = World::with_peer();
    let invite = peer::invite("e", Some(SDP));
    world.say(invite.clone());
    world.incoming('A');
    let reason = "SIP;cause=200;text=\"Call completed elsewhere\"";
    world.say(invite.cancel().unwrap().with("Reason", reason));
    assert_eq!(ended(&world.events('A')), (EndCause::Elsewhere, Some(487), EndedBy::Remote));
}

#[test]
fn cancel_of_nothing_is_481() {
    let mut world = World::with_peer();
    world.say(peer::invite("none", None).cancel().unwrap());
    world.take_response(481, "CANCEL");
}

#[test]
fn a_forked_2xx_that_we_do_not_keep_gets_ack_then_bye() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "first");
    let fork = peer::answer(&invite, 200, "second", Some(SDP));
    world.say(fork.clone());
    let ack = world.take_request("ACK");
    assert_eq!(ack.headers.to().unwrap().tag(), Some("second"));
    assert_eq!(world.take_request("BYE").headers.to().unwrap().tag(), Some("second"));
    world.say(fork);
    assert_eq!(world.count("ACK"), 1);
    assert!(world.events('A').is_empty(), "the call that is kept notices nothing");
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2);
    assert_eq!(world.take_request("BYE").headers.to().unwrap().tag(), Some("first"));
    world.say(peer::answer(&invite, 200, "third", Some(SDP)));
    assert_eq!(world.take_request("BYE").headers.to().unwrap().tag(), Some("third"), "also after the call is over");
    check_ladder(&world, "a_forked_2xx_that_we_do_not_keep_gets_ack_then_bye");
}

#[test]
fn forks_ring_and_another_one_answers() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.say(peer::answer(&invite, 183, "one", Some(SDP)));
    let other = SDP.replace("7000", "7900");
    world.say(peer::answer(&invite, 200, "two", Some(&other)));
    let events = world.events('A');
    let ports: Vec<_> = events
        .iter()
        .filter_map(|e| if let Event::Media { media, .. } = e { Some(media.remote_rtp.port()) } else { None })
        .collect();
    assert_eq!(ports, [7000, 7900]);
}

#[test]
fn glare_of_two_holds_is_491_and_both_are_done_later() {
    let mut world = World::pair(FAIR, 3);
    let leg = talk(&mut world);
    world.tell('A', Command::Hold { leg: LEG });
    world.tell('B', Command::Hold { leg });
    world.run_for(10_000);
    let (a, b) = (world.events('A'), world.events('B'));
    assert!(has(&a, |e| *e == Event::Held { leg: LEG }), "{}", world.ladder());
    assert!(has(&b, |e| *e == Event::Held { leg }), "{}", world.ladder());
    assert_eq!(world.ladder().matches("491 INVITE").count(), 2);
    check_ladder(&world, "glare_of_two_holds_is_491_and_both_are_done_later");
}

#[test]
fn bye_against_bye() {
    let mut world = World::pair(FAIR, 1);
    let leg = talk(&mut world);
    world.tell('A', Command::HangUp { leg: LEG });
    world.tell('B', Command::HangUp { leg });
    world.run_for(40_000);
    assert_eq!(ended(&world.events('A')).0, EndCause::Normal);
    assert_eq!(ended(&world.events('B')).0, EndCause::Normal);
    assert_eq!(world.ladder().matches("481 BYE").count(), 2);
}

#[test]
fn bye_in_the_early_dialog_ends_it() {
    let mut world = World::with_peer();
    world.say(peer::invite("eb", Some(SDP)));
    let leg = world.incoming('A');
    world.tell('A', Command::Ring { leg });
    world.run_for(2);
    let ringing = world.take_response(180, "INVITE");
    world.say(peer::in_dialog(&ringing, Method::Bye, 2));
    assert_eq!(ended(&world.events('A')).0, EndCause::Cancelled);
    world.take_response(487, "INVITE");
}

#[test]
fn merged_requests_are_482() {
    let mut world = World::with_peer();
    let invite = peer::invite("m", Some(SDP));
    world.say(invite.clone());
    let mut other = invite;
    other.headers.set(HeaderName::Via, "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKother;rport");
    world.say(other);
    world.take_response(482, "INVITE");
    assert_eq!(world.events('A').len(), 1, "it rings once");
}

#[test]
fn a_second_invite_before_the_ack_is_500_with_retry_after() {
    let mut world = World::with_peer();
    world.say(peer::invite("s", Some(SDP)));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    world.say(peer::in_dialog(&ok, Method::Invite, 2).with_body("application/sdp", SDP));
    let refused = world.take_response(500, "INVITE");
    assert!(refused.headers.retry_after().unwrap().is_some_and(|s| s <= 10));
}

#[test]
fn requests_out_of_order_are_500() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    world.say(peer::to_caller(&invite, "t", Method::Options, 9));
    world.take_response(200, "OPTIONS");
    world.say(peer::to_caller(&invite, "t", Method::Options, 8));
    world.take_response(500, "OPTIONS");
    world.say(peer::to_caller(&invite, "other", Method::Options, 10));
    world.take_response(481, "OPTIONS");
}
