//! Calls between two user agents, and against a scripted peer.

use sip_stack::message::{HeaderName, Method};
use sip_stack::ua::{Command, EndCause, EndedBy, Event, LegId, SrtpPolicy};

use crate::peer::{self, SDP};
use crate::wire::{FAIR, Weather, World, check_ladder, ended, has, media, name_of};

const LEG: LegId = LegId(1);

/// A calls B, B answers: both are up.
pub fn talk(world: &mut World) -> LegId {
    world.invite('A', 1, "bob");
    world.run_for(10);
    let leg = world.incoming('B');
    world.tell('B', Command::Ring { leg });
    world.run_for(10);
    world.answer('B', leg);
    world.run_for(10);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Answered { leg: LEG })), "{}", world.ladder());
    assert!(has(&world.events('B'), |e| matches!(e, Event::Answered { .. })), "{}", world.ladder());
    leg
}

/// A calls B, B answers, on a wire that needs its time.
pub fn talk_slowly(world: &mut World) {
    world.invite('A', 1, "bob");
    world.run_for(10);
    let leg = world.incoming('B');
    world.answer('B', leg);
    world.run_for(5_000);
    assert!(has(&world.events('B'), |e| matches!(e, Event::Answered { .. })), "{}", world.ladder());
}

/// A calls P, P answers with `tag`; returns A's INVITE.
pub fn call_peer(world: &mut World, tag: &str) -> sip_stack::message::Request {
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.say(peer::answer(&invite, 200, tag, Some(SDP)));
    world.take_request("ACK");
    world.events('A');
    invite
}

#[test]
fn dial_ring_answer_hang_up() {
    let mut world = World::pair(FAIR, 1);
    let leg = talk(&mut world);
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(10);
    assert_eq!(ended(&world.events('A')), (EndCause::Normal, None, EndedBy::Local));
    assert_eq!(ended(&world.events('B')), (EndCause::Normal, None, EndedBy::Remote));
    world.tell('B', Command::HangUp { leg });
    assert!(world.events('B').is_empty(), "a leg that is over takes no command");
    check_ladder(&world, "dial_ring_answer_hang_up");
}

#[test]
fn the_callee_hangs_up() {
    let mut world = World::pair(FAIR, 1);
    let leg = talk(&mut world);
    world.tell('B', Command::HangUp { leg });
    world.run_for(10);
    assert_eq!(ended(&world.events('A')).2, EndedBy::Remote);
    assert_eq!(ended(&world.events('B')).2, EndedBy::Local);
}

#[test]
fn incoming_tells_who_calls_and_what_is_offered() {
    let mut world = World::with_peer();
    world.say(peer::invite("c1", Some(SDP)).with("P-Asserted-Identity", "\"Ana\" <sip:+50688887777@10.0.0.9>"));
    let events = world.events('A');
    let Some(Event::Incoming { from, to_user, called, offer, local_ip, .. }) = events.first() else {
        panic!("{events:?}");
    };
    assert_eq!((from.user.as_str(), from.display_name.as_deref()), ("+50688887777", Some("Ana")));
    assert_eq!((to_user.as_str(), called.as_deref(), local_ip.to_string().as_str()), ("alice", None, "10.0.0.1"));
    assert_eq!(offer.as_ref().map(|o| o.codecs.len()), Some(1));
}

#[test]
fn a_call_survives_a_wire_that_loses_a_third() {
    for seed in 0..40 {
        let mut world = World::pair(Weather { loss_pct: 33, delay_ms: (1, 300) }, seed);
        world.invite('A', 1, "bob");
        world.run_for(20_000);
        let Some(leg) = world.events('B').iter().find_map(|e| match e {
            Event::Incoming { leg, .. } => Some(*leg),
            _ => None,
        }) else {
            panic!("seed {seed}: no call came\n{}", world.ladder());
        };
        world.tell('B', Command::Ring { leg });
        world.answer('B', leg);
        world.run_for(20_000);
        let up = |events: &[Event]| has(events, |e| matches!(e, Event::Answered { .. }));
        assert!(up(&world.events('A')) && up(&world.events('B')), "seed {seed}\n{}", world.ladder());
        world.tell('B', Command::HangUp { leg });
        world.run_for(40_000);
        assert_eq!(ended(&world.events('A')).0, EndCause::Normal, "seed {seed}\n{}", world.ladder());
        assert_eq!(ended(&world.events('B')).0, EndCause::Normal, "seed {seed}");
    }
}

#[test]
fn refusals_have_their_cause() {
    for (status, cause) in [
        (486, EndCause::Busy),
        (600, EndCause::Busy),
        (603, EndCause::Declined),
        (408, EndCause::NoAnswer),
        (480, EndCause::NoAnswer),
        (404, EndCause::NotFound),
        (410, EndCause::NotFound),
        (484, EndCause::NotFound),
        (604, EndCause::NotFound),
        (403, EndCause::Forbidden),
        (401, EndCause::Auth),
        (407, EndCause::Auth),
        (488, EndCause::MediaIncompatible),
        (606, EndCause::MediaIncompatible),
        (500, EndCause::Internal),
        (503, EndCause::Unreachable),
    ] {
        let mut world = World::with_peer();
        world.invite('A', 1, "bob");
        world.run_for(2);
        let invite = world.take_request("INVITE");
        world.say(peer::answer(&invite, status, "t", None));
        assert_eq!(ended(&world.events('A')), (cause, Some(status), EndedBy::Remote));
        world.take_request("ACK");
    }
}

#[test]
fn the_callee_declines_or_is_busy() {
    for (status, ours, theirs) in [
        (486, EndCause::Busy, EndCause::Busy),
        (603, EndCause::Declined, EndCause::Declined),
        (480, EndCause::NoAnswer, EndCause::NoAnswer),
        (200, EndCause::NoAnswer, EndCause::NoAnswer),
    ] {
        let mut world = World::pair(FAIR, 1);
        world.invite('A', 1, "bob");
        world.run_for(10);
        let leg = world.incoming('B');
        world.tell('B', Command::Reject { leg, status });
        world.run_for(10);
        assert_eq!(ended(&world.events('A')).0, theirs);
        assert_eq!(ended(&world.events('B')), (ours, Some(if status == 200 { 480 } else { status }), EndedBy::Local));
    }
}

#[test]
fn nobody_answers_at_either_end() {
    let mut world = World::pair(FAIR, 1);
    world.invite('A', 1, "bob");
    world.run_for(10);
    world.incoming('B');
    world.run_for(181_000);
    assert_eq!(ended(&world.events('B')), (EndCause::NoAnswer, Some(480), EndedBy::Local));
    assert_eq!(ended(&world.events('A')).0, EndCause::NoAnswer);
}

#[test]
fn early_media_then_answer() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.say(peer::answer(&invite, 183, "t", Some(SDP)));
    world.say(peer::answer(&invite, 180, "t", None));
    world.say(peer::answer(&invite, 200, "t", Some(SDP)));
    let events: Vec<_> = world.events('A');
    let media = events.iter().filter(|e| matches!(e, Event::Media { .. })).count();
    assert_eq!(media, 1, "the same answer again is no news: {events:?}");
    assert!(matches!(
        events[..],
        [Event::Media { .. }, Event::EarlyMedia { .. }, Event::Ringing { status: 180, .. }, Event::Answered { .. }]
    ));
    check_ladder(&world, "early_media_then_answer");
}

#[test]
fn late_offer_is_answered_in_the_ack() {
    let mut world = World::with_peer();
    world.say(peer::invite("late", None));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    assert!(String::from_utf8_lossy(&ok.body).contains("m=audio"));
    world.say(peer::in_dialog(&ok, Method::Ack, 1).with_body("application/sdp", SDP));
    let events = world.events('A');
    assert!(matches!(events[..], [Event::Media { .. }, Event::Answered { .. }]), "{events:?}");
    check_ladder(&world, "late_offer_is_answered_in_the_ack");
}

#[test]
fn late_offer_without_answer_ends_the_call() {
    let mut world = World::with_peer();
    world.say(peer::invite("late", None));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    assert_eq!(ended(&world.events('A')).0, EndCause::MediaIncompatible);
    world.take_request("BYE");
}

#[test]
fn no_common_codec_is_488_both_ways() {
    let g729 = SDP.replace("RTP/AVP 8", "RTP/AVP 18");
    let mut world = World::with_peer();
    world.say(peer::invite("c", Some(&g729)));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    world.take_response(488, "INVITE");
    assert_eq!(ended(&world.events('A')), (EndCause::MediaIncompatible, Some(488), EndedBy::Local));
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.say(peer::answer(&invite, 200, "t", Some(&g729)));
    world.take_request("ACK");
    world.take_request("BYE");
    assert_eq!(ended(&world.events('A')).0, EndCause::MediaIncompatible);
}

#[test]
fn encryption_required_and_not_offered() {
    let mut world = World::with_peer();
    world.say(peer::invite("c", Some(SDP)));
    let leg = world.incoming('A');
    let media = sip_stack::ua::LocalMedia { srtp: SrtpPolicy::Required, ..media(6000) };
    world.tell('A', Command::Answer { leg, media });
    world.run_for(2);
    world.take_response(488, "INVITE");
    assert_eq!(ended(&world.events('A')).0, EndCause::MediaIncompatible);
}

#[test]
fn two_calls_at_once_and_no_more_than_the_limit() {
    let mut world = World::with_peer();
    for call in ["c1", "c2", "c3", "c4"] {
        world.say(peer::invite(call, Some(SDP)));
        world.incoming('A');
    }
    world.say(peer::invite("c5", Some(SDP)));
    world.take_response(486, "INVITE");
    assert!(world.events('A').is_empty());
    world.invite('A', 9, "bob");
    assert_eq!(ended(&world.events('A')).0, EndCause::Internal);
}

#[test]
fn requests_in_a_dialog_go_to_the_flow_with_the_routes() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    let mut ok = peer::answer(&invite, 200, "t", Some(SDP)).with("Record-Route", "<sip:p2;lr>, <sip:p1;lr>");
    ok.headers.set(HeaderName::Contact, "<sip:bob@192.168.77.7:5099>");
    world.say(ok);
    let ack = world.take_request("ACK");
    assert_eq!(ack.uri.to_string(), "sip:bob@192.168.77.7:5099");
    let routes = ack.headers.addresses(&HeaderName::Route).unwrap();
    assert_eq!(routes.iter().map(|r| r.uri.to_string()).collect::<Vec<_>>(), ["sip:p1;lr", "sip:p2;lr"]);
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2);
    assert_eq!(world.take_request("BYE").uri.to_string(), "sip:bob@192.168.77.7:5099");
}

#[test]
fn rport_is_asked_for_always() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    assert!(invite.headers.top_via().unwrap().has_rport());
    assert_eq!(name_of(&invite.into()), "INVITE");
}

#[test]
fn dialled_targets_that_cannot_be_called() {
    let mut world = World::with_peer();
    for (target, cause) in [("", EndCause::NotFound), ("a b", EndCause::NotFound), ("sips:x@h", EndCause::Tls)] {
        world.invite('A', 1, target);
        assert_eq!(ended(&world.events('A')).0, cause, "{target:?}");
    }
}

#[test]
fn a_peer_that_requires_session_timers_refreshes_itself() {
    let mut world = World::with_peer();
    world.say(peer::invite("timer", Some(SDP)).with("Require", "timer").with("Session-Expires", "1800"));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    let expires = ok.headers.parametrised(&HeaderName::SessionExpires).unwrap().unwrap();
    assert_eq!((expires.value.as_str(), expires.params.get("refresher")), ("1800", Some("uac")));
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    world.run_for(1_700_000);
    world.events('A');
    let refresh = peer::in_dialog(&ok, Method::Invite, 2).with_body("application/sdp", SDP);
    world.say(refresh.with("Require", "timer").with("Session-Expires", "1800;refresher=uac"));
    let again = world.take_response(200, "INVITE");
    world.say(peer::in_dialog(&again, Method::Ack, 2));
    world.run_for(1_700_000);
    assert!(!has(&world.events('A'), |e| matches!(e, Event::Ended { .. })));
    world.run_for(100_000);
    assert_eq!(ended(&world.events('A')).0, EndCause::Timeout);
    world.take_request("BYE");
}
