//! Digits by INFO, out and in.

use sip_stack::message::{HeaderName, Method, Request};
use sip_stack::ua::{Command, EndCause, EndedBy, Event, LegId};

use crate::calls::{call_peer, talk};
use crate::peer::{self, SDP};
use crate::wire::{FAIR, World, check_ladder, ended, has};

const LEG: LegId = LegId(1);
const CHALLENGE: &str = "Digest realm=\"pbx\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";

fn send(world: &mut World, digits: &str) {
    world.tell('A', Command::SendDigits { leg: LEG, digits: digits.to_owned() });
    world.run_for(2);
}

fn body(info: &Request) -> String {
    assert!(info.headers.content_type().unwrap().unwrap().is("application/dtmf-relay"));
    String::from_utf8(info.body.to_vec()).unwrap()
}

fn sent(events: &[Event]) -> String {
    events.iter().filter_map(|e| if let Event::DigitSent { digit, .. } = e { Some(*digit) } else { None }).collect()
}

fn received(events: &[Event]) -> Vec<(char, u32)> {
    let digit = |e: &Event| match e {
        Event::DigitReceived { digit, duration_ms, .. } => Some((*digit, *duration_ms)),
        _ => None,
    };
    events.iter().filter_map(digit).collect()
}

fn refused(events: &[Event]) -> Option<Option<u16>> {
    events.iter().find_map(|e| if let Event::DigitsRefused { status, .. } = e { Some(*status) } else { None })
}

/// An INFO of P in the call that A made.
fn info(invite: &Request, cseq: u32, kind: &'static str, body: &'static str) -> Request {
    peer::to_caller(invite, "t", Method::Info, cseq).with_body(kind, body)
}

#[test]
fn digits_go_by_info_and_come_out_the_same() {
    let mut world = World::pair(FAIR, 1);
    talk(&mut world);
    world.tell('A', Command::SendDigits { leg: LEG, digits: "1d*,#".to_owned() });
    world.run_for(3_000);
    assert_eq!(sent(&world.events('A')), "1D*#");
    let digits: Vec<_> = "1D*#".chars().map(|digit| (digit, 100)).collect();
    assert_eq!(received(&world.events('B')), digits);
    check_ladder(&world, "digits_go_by_info_and_come_out_the_same");
}

#[test]
fn each_digit_waits_for_the_answer_to_the_one_before_and_for_its_own_length() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    send(&mut world, "45");
    let first = world.take_request("INFO");
    assert_eq!(body(&first), "Signal=4\r\nDuration=100\r\n");
    world.run_for(5_000);
    let again = world.take_request("INFO");
    assert_eq!(again.headers.cseq().unwrap(), first.headers.cseq().unwrap(), "a copy, not the next one");
    world.say(peer::answer(&first, 200, "t", None));
    assert!(world.count("INFO") > 1, "copies");
    world.run_for(150);
    assert_eq!(world.count("INFO"), 0, "the other side still sounds it");
    world.run_for(30);
    assert_eq!(body(&world.take_request("INFO")), "Signal=5\r\nDuration=100\r\n");
}

#[test]
fn a_challenged_digit_is_sent_again_with_credentials() {
    for (status, name, answer) in [
        (401, "WWW-Authenticate", HeaderName::Authorization),
        (407, "Proxy-Authenticate", HeaderName::ProxyAuthorization),
    ] {
        let mut world = World::with_peer();
        call_peer(&mut world, "t");
        send(&mut world, "7");
        let first = world.take_request("INFO");
        world.say(peer::answer(&first, status, "t", None).with(name, CHALLENGE));
        let again = world.take_request("INFO");
        assert!(again.headers.has(&answer));
        assert_eq!(body(&again), body(&first));
        world.say(peer::answer(&again, 200, "t", None));
        assert_eq!(sent(&world.events('A')), "7");
    }
}

#[test]
fn a_refused_digit_is_told_and_takes_those_behind_it_along() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    send(&mut world, "123");
    let first = world.take_request("INFO");
    world.say(peer::answer(&first, 415, "t", None));
    world.run_for(2_000);
    let events = world.events('A');
    assert_eq!(refused(&events), Some(Some(415)));
    let left = |e: &Event| matches!(e, Event::DigitsRefused { digits, .. } if digits == "123");
    assert!(has(&events, left), "all that did not get there, for another way");
    assert!(!has(&events, |e| matches!(e, Event::Ended { .. })), "the call is up");
    assert_eq!(world.count("INFO"), 0, "those behind it");
    send(&mut world, "9");
    assert_eq!(body(&world.take_request("INFO")), "Signal=9\r\nDuration=100\r\n", "and may be tried again");
}

#[test]
fn silence_after_a_digit_is_a_refusal_and_an_unknown_call_is_over() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    send(&mut world, "1");
    world.run_for(32_100);
    let events = world.events('A');
    assert_eq!(refused(&events), Some(None));
    assert!(!has(&events, |e| matches!(e, Event::Ended { .. })), "the call is up");

    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    send(&mut world, "1");
    let info = world.take_request("INFO");
    world.say(peer::answer(&info, 481, "t", None));
    let events = world.events('A');
    assert_eq!(refused(&events), Some(Some(481)));
    assert_eq!(ended(&events).2, EndedBy::Remote);
    assert_ne!(ended(&events).0, EndCause::Normal);
}

#[test]
fn digits_outside_of_a_call_that_is_up_are_refused_at_once() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    send(&mut world, "1");
    assert_eq!(refused(&world.events('A')), Some(None));
    assert_eq!(world.count("INFO"), 0);
}

#[test]
fn digits_come_in_as_they_are_written_out_there() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    let relay = "application/dtmf-relay";
    let bodies = [
        (relay, "Signal=5\r\nDuration=160\r\n", ('5', 160)),
        (relay, "signal= *\nduration= 250", ('*', 250)),
        (relay, "Duration=80\r\nSignal=11", ('#', 80)),
        (relay, "Signal=c\r\nDuration=99999999", ('C', 10_000)),
        ("application/dtmf", "8", ('8', 100)),
        ("Application/DTMF", "10\r\n", ('*', 100)),
    ];
    for (cseq, (kind, body, digit)) in (1..).zip(bodies) {
        world.say(info(&invite, cseq, kind, body));
        world.take_response(200, "INFO");
        assert_eq!(received(&world.events('A')), [digit], "{body}");
    }
}

#[test]
fn info_without_a_digit_is_answered_and_tells_nothing() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    world.say(peer::to_caller(&invite, "t", Method::Info, 1));
    world.take_response(200, "INFO");
    world.say(info(&invite, 2, "application/dtmf-relay", "Signal=!\r\nDuration=160\r\n"));
    world.take_response(200, "INFO");
    world.say(info(&invite, 3, "text/plain", "1").with("Content-Disposition", "render;handling=optional"));
    world.take_response(200, "INFO");
    world.say(info(&invite, 4, "application/dtmf-relay", "Duration=160\r\n"));
    world.take_response(400, "INFO");
    world.say(info(&invite, 5, "application/dtmf-relay", "Signal=77\r\n"));
    world.take_response(400, "INFO");
    assert_eq!(received(&world.events('A')), []);
}

#[test]
fn rfc6086_other_bodies_and_packages_are_refused_with_what_is_taken() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    world.say(info(&invite, 1, "application/media_control+xml", "<media_control/>"));
    let refused = world.take_response(415, "INFO");
    let accept = refused.headers.get(&HeaderName::Accept).map(|value| value.to_vec());
    assert_eq!(accept.unwrap(), b"application/dtmf-relay, application/dtmf");
    world.say(info(&invite, 2, "application/dtmf-relay", "Signal=5").with("Info-Package", "foo"));
    let refused = world.take_response(469, "INFO");
    assert!(refused.headers.has(&"Recv-Info".into()));
    assert_eq!(received(&world.events('A')), []);
}

#[test]
fn a_copy_of_an_info_is_one_digit_and_one_without_a_call_is_none() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    let digit = info(&invite, 1, "application/dtmf-relay", "Signal=5\r\n");
    world.say(digit.clone());
    world.take_response(200, "INFO");
    world.say(digit);
    world.take_response(200, "INFO");
    assert_eq!(received(&world.events('A')), [('5', 100)]);
    world.say(peer::to_caller(&invite, "other", Method::Info, 2).with_body("application/dtmf-relay", "Signal=5\r\n"));
    world.take_response(481, "INFO");
    assert_eq!(received(&world.events('A')), []);
}

#[test]
fn who_takes_info_says_so_in_allow() {
    let takes = |world: &mut World| {
        let events = world.events('A');
        events.iter().rev().find_map(|e| if let Event::TakesInfo { takes, .. } = e { Some(*takes) } else { None })
    };
    for (allow, expected) in [("INVITE, ACK, BYE, INFO", Some(true)), ("INVITE, ACK, BYE", None)] {
        let mut world = World::with_peer();
        world.invite('A', 1, "bob");
        world.run_for(2);
        let invite = world.take_request("INVITE");
        assert!(invite.headers.tokens(&HeaderName::Allow).unwrap().iter().any(|m| m == "INFO"));
        world.say(peer::answer(&invite, 200, "t", Some(SDP)).with("Allow", allow));
        assert_eq!(takes(&mut world), expected, "{allow}");
        world.say(peer::to_caller(&invite, "t", Method::Update, 1).with("Allow", "INVITE, ACK, BYE, UPDATE"));
        assert_eq!(takes(&mut world), expected.map(|_| false), "and may say otherwise later");
    }
    let mut world = World::with_peer();
    world.say(peer::invite("c", Some(SDP)).with("Allow", "INVITE, INFO"));
    assert_eq!(takes(&mut world), Some(true));
}
