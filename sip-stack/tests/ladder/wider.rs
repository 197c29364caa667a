//! Challenges in calls, change of network in calls, sizes.

use sip_stack::message::{HeaderName, Method};
use sip_stack::transport::SAFE_DATAGRAM;
use sip_stack::ua::{CodecKind, Command, EndCause, Event, LegId, LocalMedia, SrtpPolicy};

use crate::calls::{call_peer, talk};
use crate::peer::{self, SDP};
use crate::wire::{ACCOUNT, FAIR, World, check_ladder, ended, has, media};

const LEG: LegId = LegId(1);

fn challenge(realm: &str) -> String {
    format!("Digest realm=\"{realm}\", nonce=\"n-{realm}\", algorithm=MD5, qop=\"auth\"")
}

#[test]
fn an_invite_is_challenged_by_proxy_and_callee() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let first = world.take_request("INVITE");
    world.say(peer::answer(&first, 407, "x", None).with("Proxy-Authenticate", challenge("proxy")));
    world.take_request("ACK");
    let second = world.take_request("INVITE");
    assert_eq!(second.headers.call_id(), first.headers.call_id());
    assert_eq!(second.headers.cseq().unwrap().number, 2);
    assert_ne!(second.headers.top_via().unwrap().branch(), first.headers.top_via().unwrap().branch());
    world.say(peer::answer(&second, 401, "x", None).with("WWW-Authenticate", challenge("callee")));
    world.take_request("ACK");
    let third = world.take_request("INVITE");
    assert!(third.headers.has(&HeaderName::ProxyAuthorization) && third.headers.has(&HeaderName::Authorization));
    world.say(peer::answer(&third, 200, "t", Some(SDP)));
    let ack = world.take_request("ACK");
    assert!(ack.headers.has(&HeaderName::ProxyAuthorization), "RFC 3261 §22.1");
    assert!(has(&world.events('A'), |e| *e == Event::Answered { leg: LEG }));
    check_ladder(&world, "an_invite_is_challenged_by_proxy_and_callee");
}

#[test]
fn a_wrong_password_of_a_call_is_told_once() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    for _ in 0..2 {
        world.run_for(2);
        let invite = world.take_request("INVITE");
        world.say(peer::answer(&invite, 407, "x", None).with("Proxy-Authenticate", challenge("proxy")));
    }
    assert_eq!(ended(&world.events('A')).0, EndCause::Auth);
    assert_eq!(world.count("INVITE"), 0);
}

#[test]
fn optional_encryption_is_offered_again_to_who_takes_nothing_else() {
    let mut world = World::with_peer();
    let media = LocalMedia { srtp: SrtpPolicy::Optional, ..media(4000) };
    world.tell('A', Command::Invite { leg: LEG, account: ACCOUNT, target: "bob".to_owned(), media });
    world.run_for(2);
    let first = world.take_request("INVITE");
    assert!(String::from_utf8_lossy(&first.body).contains("RTP/AVP"));
    world.say(peer::answer(&first, 488, "x", None));
    let second = world.take_request("INVITE");
    let offer = String::from_utf8_lossy(&second.body).into_owned();
    assert!(offer.contains("RTP/SAVP") && second.headers.cseq().unwrap().number == 2);
    let key = offer.lines().find(|line| line.starts_with("a=crypto:1 ")).unwrap().to_owned();
    let answer = SDP.replace("RTP/AVP", "RTP/SAVP") + &key + "\r\n";
    world.say(peer::answer(&second, 200, "t", Some(&answer)));
    let encrypted = |e: &Event| matches!(e, Event::Media { media, .. } if media.srtp.is_some());
    assert!(has(&world.events('A'), encrypted));
    let mut refused = World::with_peer();
    refused.invite('A', 1, "bob");
    refused.run_for(2);
    let invite = refused.take_request("INVITE");
    refused.say(peer::answer(&invite, 488, "x", None));
    assert_eq!(ended(&refused.events('A')).0, EndCause::MediaIncompatible);
}

#[test]
fn a_challenged_bye_is_sent_once_more() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2);
    let bye = world.take_request("BYE");
    world.say(peer::answer(&bye, 407, "t", None).with("Proxy-Authenticate", challenge("proxy")));
    let again = world.take_request("BYE");
    assert!(again.headers.has(&HeaderName::ProxyAuthorization));
    assert_eq!(again.headers.cseq().unwrap().number, bye.headers.cseq().unwrap().number + 1);
    world.say(peer::answer(&again, 407, "t", None).with("Proxy-Authenticate", challenge("proxy")));
    assert_eq!(world.count("BYE"), 0);
}

#[test]
fn a_challenged_hold_is_sent_again() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(2);
    let hold = world.take_request("INVITE");
    world.say(peer::answer(&hold, 407, "t", None).with("Proxy-Authenticate", challenge("proxy")));
    world.take_request("ACK");
    let again = world.take_request("INVITE");
    assert_eq!((again.body.clone(), again.headers.has(&HeaderName::ProxyAuthorization)), (hold.body, true));
    world.say(peer::answer(&again, 200, "t", Some(&peer::sdp("recvonly"))));
    assert!(has(&world.events('A'), |e| *e == Event::Held { leg: LEG }));
}

#[test]
fn calls_that_are_up_move_with_the_network() {
    let mut world = World::pair(FAIR, 1);
    let leg = talk(&mut world);
    world.move_home('A', "10.0.7.7:5062");
    world.run_for(100);
    let b = world.events('B');
    let moved = |e: &Event| matches!(e, Event::Media { media, .. } if media.remote_rtp.ip().to_string() == "10.0.7.7");
    assert!(has(&b, moved), "{}", world.ladder());
    world.tell('B', Command::HangUp { leg });
    world.run_for(100);
    assert_eq!(ended(&world.events('A')).0, EndCause::Normal);
    check_ladder(&world, "calls_that_are_up_move_with_the_network");
}

#[test]
fn a_lost_stream_ends_what_waits_on_it() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    world.lose_flows('A');
    assert_eq!(ended(&world.events('A')).0, EndCause::Unreachable);
}

#[test]
fn a_call_outlives_its_flow_and_owes_its_bye() {
    let mut world = World::pair(FAIR, 1);
    talk(&mut world);
    world.lose_flows('A');
    assert!(world.events('A').is_empty(), "the call goes on");
    world.run_for(31_000);
    let b = world.events('B');
    assert!(!has(&b, |e| matches!(e, Event::Ended { .. })));
    assert!(
        world.ladder().matches("A ─► B  INVITE").count() == 2,
        "the call moves to the new flow\n{}",
        world.ladder()
    );
    world.lose_flows('A');
    world.tell('A', Command::HangUp { leg: LEG });
    assert_eq!(ended(&world.events('A')).0, EndCause::Normal);
    world.run_for(31_000);
    assert_eq!(ended(&world.events('B')).0, EndCause::Normal, "{}", world.ladder());
}

#[test]
fn the_log_of_a_whole_call_names_nobody() {
    let mut world = World::with_peer_calling("8330101");
    let mut call =
        peer::invite("log", Some(SDP)).with("P-Asserted-Identity", "\"Ana Mora\" <sip:+50688887777@10.0.0.9>");
    call.uri = "sip:8330101@10.0.0.1".parse().unwrap();
    call.headers.set(HeaderName::To, "<sip:8330101@10.0.0.9>");
    world.say(call.with("Diversion", "<sip:+50640001000@10.0.0.9>"));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    world.say(peer::in_dialog(&ok, Method::Bye, 2).with("Reason", "SIP;text=\"Ana hung up\""));
    world.events('A');
    world.tell(
        'A',
        Command::Invite { leg: LEG, account: ACCOUNT, target: "+506 8888 7777".to_owned(), media: media(4000) },
    );
    world.run_for(2);
    let invite = world.take_request("INVITE");
    world.say(peer::answer(&invite, 404, "t", None).with_reason("+50688887777 is nobody"));
    assert_eq!(ended(&world.events('A')).1, Some(404));
    for secret in ["Ana", "88887777", "8888 7777", "8330101", "40001000", "22220000", "secret", "sip:"] {
        assert!(!world.log().contains(secret), "{secret} stands in the log:\n{}", world.log());
    }
    assert!(world.log().contains("Incoming(") && world.log().contains("404 INVITE"), "the log is one");
}

#[test]
fn the_largest_offer_fits_a_datagram() {
    let mut world = World::with_peer_calling("8330101-a-rather-long-user-name");
    let media = LocalMedia { srtp: SrtpPolicy::Optional, codecs: CodecKind::ALL.to_vec(), ..media(30_000) };
    let target = "+5068555011712345".to_owned();
    world.tell('A', Command::Invite { leg: LEG, account: ACCOUNT, target, media });
    world.run_for(2);
    let invite = world.take_request("INVITE");
    assert_eq!(invite.method, Method::Invite);
    let length = invite.print().len();
    assert!(length <= SAFE_DATAGRAM, "{length} bytes");
    let long = format!("Digest realm=\"{0}\", nonce=\"{0}{0}\", algorithm=SHA-256, qop=\"auth\"", "0123456789abcdef");
    world.say(peer::answer(&invite, 407, "x", None).with("Proxy-Authenticate", long));
    let length = world.take_request("INVITE").print().len();
    assert!(length <= 1472, "{length} bytes with credentials are more than an Ethernet frame takes");
}
