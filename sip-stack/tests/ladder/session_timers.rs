//! Session timers (RFC 4028) and UPDATE (RFC 3311).

use sip_stack::message::{HeaderName, Method, Request, Response};
use sip_stack::ua::{Command, EndCause, Event, LegId};

use crate::peer::{self, SDP};
use crate::wire::{World, check_ladder, ended, has};

const LEG: LegId = LegId(1);

fn session(message: &sip_stack::message::Headers) -> Option<String> {
    message.get(&HeaderName::SessionExpires).map(|raw| String::from_utf8_lossy(raw).into_owned())
}

/// A calls P, which answers with this Session-Expires; A's INVITE.
fn called(world: &mut World, expires: &str) -> Request {
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    assert_eq!(session(&invite.headers).as_deref(), Some("1800"));
    let ok = peer::answer(&invite, 200, "t", Some(SDP)).with("Require", "timer");
    world.say(ok.with("Session-Expires", expires));
    world.take_request("ACK");
    world.events('A');
    invite
}

/// P takes the refresh that is due; A's re-INVITE.
fn refreshed(world: &mut World, expires: &str) -> Request {
    let refresh = world.take_request("INVITE");
    world.say(peer::answer(&refresh, 200, "t", Some(SDP)).with("Session-Expires", expires));
    world.take_request("ACK");
    refresh
}

#[test]
fn we_refresh_at_half_the_interval_without_a_word() {
    let mut world = World::with_peer();
    called(&mut world, "600;refresher=uac");
    world.run_for(299_000);
    assert_eq!(world.count("INVITE"), 0);
    world.run_for(2_000);
    let refresh = refreshed(&mut world, "600;refresher=uac");
    assert_eq!(session(&refresh.headers).as_deref(), Some("600;refresher=uac"));
    world.run_for(300_000);
    refreshed(&mut world, "600;refresher=uac");
    assert!(world.events('A').is_empty(), "nothing that an agent would notice");
    check_ladder(&world, "we_refresh_at_half_the_interval_without_a_word");
}

#[test]
fn a_refresh_that_nobody_answers_ends_the_call_and_one_refused_is_tried_again() {
    let mut world = World::with_peer();
    called(&mut world, "600;refresher=uac");
    world.run_for(300_010);
    let refresh = world.take_request("INVITE");
    world.say(peer::answer(&refresh, 503, "t", None));
    assert!(world.events('A').is_empty(), "the call is as it was");
    world.run_for(60_010);
    world.take_request("INVITE");
    world.run_for(32_100);
    assert_eq!(ended(&world.events('A')).0, EndCause::Timeout);
}

#[test]
fn the_other_side_refreshes_or_the_call_is_over() {
    let mut world = World::with_peer();
    let invite = called(&mut world, "300;refresher=uas");
    world.run_for(260_000);
    let update = peer::to_caller(&invite, "t", Method::Update, 1).with("Supported", "timer");
    world.say(update.with("Session-Expires", "300;refresher=uac"));
    let ok = world.take_response(200, "UPDATE");
    assert_eq!(session(&ok.headers).as_deref(), Some("300;refresher=uac"));
    world.run_for(260_000);
    assert!(world.events('A').is_empty());
    world.run_for(9_000);
    assert_eq!(ended(&world.events('A')).0, EndCause::Timeout);
    world.take_request("BYE");
}

#[test]
fn a_peer_without_timers_has_none() {
    let mut world = World::with_peer();
    crate::calls::call_peer(&mut world, "t");
    world.run_for(4_000_000);
    assert!(world.events('A').is_empty());
}

#[test]
fn an_interval_too_small_is_422_both_ways() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let first = world.take_request("INVITE");
    world.say(peer::answer(&first, 422, "x", None).with("Min-SE", 3600));
    let second = world.take_request("INVITE");
    assert_eq!(session(&second.headers).as_deref(), Some("3600"));
    assert_eq!(second.headers.get(&HeaderName::MinSe).map(|v| &v[..]), Some(&b"3600"[..]));
    world.say(peer::answer(&second, 422, "x", None).with("Min-SE", 3600));
    assert_eq!(ended(&world.events('A')).1, Some(422), "it asks for nothing that was not granted");
    let small = |call| peer::invite(call, Some(SDP)).with("Session-Expires", 60);
    world.say(small("small").with("Supported", "timer"));
    let refused = world.take_response(422, "INVITE");
    assert_eq!(refused.headers.get(&HeaderName::MinSe).map(|v| &v[..]), Some(&b"90"[..]));
    assert!(world.events('A').is_empty());
    world.say(small("old"));
    world.incoming('A');
}

/// P calls A and asks that A refreshes; A's 200.
fn answered(world: &mut World) -> Response {
    let call = peer::invite("timer", Some(SDP)).with("Supported", "timer");
    world.say(call.with("Session-Expires", "200;refresher=uas"));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    world.events('A');
    ok
}

#[test]
fn a_caller_may_leave_the_refreshes_to_us_and_raise_their_interval() {
    let mut world = World::with_peer();
    let ok = answered(&mut world);
    assert_eq!(session(&ok.headers).as_deref(), Some("200;refresher=uas"));
    assert!(!ok.headers.has(&HeaderName::Require));
    world.run_for(100_010);
    let refresh = world.take_request("INVITE");
    assert_eq!(session(&refresh.headers).as_deref(), Some("200;refresher=uac"));
    world.say(peer::answer(&refresh, 422, "p1", None).with("Min-SE", 400));
    let again = world.take_request("INVITE");
    assert_eq!(session(&again.headers).as_deref(), Some("400;refresher=uac"));
    assert_eq!(again.body, refresh.body);
    world.say(peer::answer(&again, 200, "p1", Some(SDP)).with("Session-Expires", "400;refresher=uac"));
    world.run_for(199_000);
    assert_eq!(world.count("INVITE"), 0);
    world.run_for(2_000);
    world.take_request("INVITE");
}

#[test]
fn an_update_changes_the_session_and_a_bad_one_leaves_it() {
    let mut world = World::with_peer();
    let ok = answered(&mut world);
    let update = |cseq, sdp: String| peer::in_dialog(&ok, Method::Update, cseq).with_body("application/sdp", sdp);
    world.say(update(2, peer::sdp("sendonly")));
    let taken = world.take_response(200, "UPDATE");
    assert!(String::from_utf8_lossy(&taken.body).contains("a=recvonly"));
    assert!(has(&world.events('A'), |e| matches!(e, Event::HeldByRemote { held: true, .. })));
    world.say(update(3, SDP.replace("RTP/AVP 8", "RTP/AVP 18")));
    world.take_response(488, "UPDATE");
    assert!(world.events('A').is_empty());
    world.say(update(4, SDP.to_owned()));
    world.take_response(200, "UPDATE");
    assert!(has(&world.events('A'), |e| matches!(e, Event::HeldByRemote { held: false, .. })));
}

#[test]
fn an_update_against_our_own_change_is_491_and_one_before_the_answer_500() {
    let mut world = World::with_peer();
    let invite = crate::calls::call_peer(&mut world, "t");
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(2);
    world.say(peer::to_caller(&invite, "t", Method::Update, 1).with_body("application/sdp", SDP));
    world.take_response(491, "UPDATE");
    let mut early = World::with_peer();
    early.say(peer::invite("early", Some(SDP)));
    let leg = early.incoming('A');
    early.tell('A', Command::Ring { leg });
    early.run_for(2);
    let ringing = early.take_response(180, "INVITE");
    early.say(peer::in_dialog(&ringing, Method::Update, 2).with_body("application/sdp", SDP));
    assert!(early.take_response(500, "UPDATE").headers.has(&HeaderName::RetryAfter));
    early.say(peer::in_dialog(&ringing, Method::Update, 3));
    early.take_response(200, "UPDATE");
}
