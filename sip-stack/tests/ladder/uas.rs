//! What a user agent answers to requests that it must refuse, and to whom it does not speak at all.

use sip_stack::message::{HeaderName, Method, Request, Response};
use sip_stack::ua::{AccountConfig, Command, Counters, Event, Secret};

use crate::peer::{self, SDP};
use crate::wire::World;

fn counters(world: &mut World) -> Counters {
    world.tell('A', Command::ReportCounters);
    let events = world.events('A');
    let found = events.iter().find_map(|e| if let Event::Counters(counters) = e { Some(*counters) } else { None });
    found.expect("counters were asked for")
}

fn options() -> Request {
    let mut options = peer::invite("o", None);
    options.method = Method::Options;
    options.headers.set("CSeq", "1 OPTIONS");
    options
}

#[test]
fn options_tells_capabilities() {
    let mut world = World::with_peer();
    world.say(options());
    let ok = world.take_response(200, "OPTIONS");
    let allow = ok.headers.tokens(&HeaderName::Allow).unwrap();
    assert_eq!(allow, ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "PRACK", "UPDATE", "REFER", "NOTIFY", "INFO"]);
    assert!(ok.headers.has(&HeaderName::Accept) && ok.headers.to().unwrap().tag().is_some());
}

#[test]
fn known_and_unknown_methods() {
    let mut world = World::with_peer();
    for (method, status) in [
        ("MESSAGE", 405),
        ("INFO", 481),
        ("REFER", 603),
        ("NOTIFY", 489),
        ("REGISTER", 405),
        ("FROBNICATE", 501),
        ("BYE", 481),
    ] {
        let mut request = peer::invite(method, None);
        request.method = Method::parse(method.as_bytes()).unwrap();
        request.headers.set("CSeq", format!("1 {method}"));
        world.say(request);
        let response = world.take_response(status, method);
        assert_eq!(response.headers.has(&HeaderName::Allow), matches!(status, 405 | 501), "{method}");
    }
}

#[test]
fn requirements_that_we_lack() {
    let mut world = World::with_peer();
    world.say(peer::invite("420", Some(SDP)).with("Require", "100rel, timer, nothingSupportsThis"));
    let refused = world.take_response(420, "INVITE");
    assert_eq!(refused.headers.tokens(&HeaderName::Unsupported).unwrap(), ["nothingSupportsThis"]);
    world.say(peer::invite("415", None).with_body("text/plain", "hello"));
    assert!(world.take_response(415, "INVITE").headers.has(&HeaderName::Accept));
    world.say(peer::invite("406", Some(SDP)).with("Accept", "text/plain"));
    world.take_response(406, "INVITE");
    assert!(world.events('A').is_empty());
}

/// News that no subscription asked for.
fn unasked(call: &str, event: &str, kind: &str) -> Request {
    let mut notify = peer::invite(call, None);
    notify.method = Method::Notify;
    notify.headers.set("CSeq", "1 NOTIFY");
    notify
        .with("Event", event.to_owned())
        .with("Subscription-State", "active")
        .with_body(kind, "Messages-Waiting: yes\r\n")
}

#[test]
fn bodies_are_judged_by_method_and_package() {
    const SUMMARY: &str = "application/simple-message-summary";
    let mut world = World::with_peer();
    for (number, (event, kind, status)) in [
        ("message-summary", SUMMARY, 200),
        ("Message-Summary", "Application/Simple-Message-Summary", 200),
        ("message-summary", "application/sdp", 415),
        ("refer", "message/sipfrag;version=2.0", 481),
        ("refer", SUMMARY, 415),
        ("presence", "application/pidf+xml", 481),
        ("reg", "application/reginfo+xml", 489),
    ]
    .into_iter()
    .enumerate()
    {
        world.say(unasked(&format!("b{number}"), event, kind));
        let response = world.take_response(status, "NOTIFY");
        let named = match status {
            415 => response.headers.has(&HeaderName::Accept),
            489 => response.headers.has(&HeaderName::AllowEvents),
            _ => true,
        };
        assert!(named, "{event} {kind}: {response:?}");
    }
    world.say(peer::invite("summary", None).with_body(SUMMARY, "Messages-Waiting: yes\r\n"));
    world.take_response(415, "INVITE");
}

#[test]
fn malformed_requests() {
    let mut world = World::with_peer();
    let good = String::from_utf8(peer::invite("bad", Some(SDP)).print().to_vec()).unwrap();
    for (from, to, status) in [
        ("CSeq: 1 INVITE", "CSeq: 1 OPTIONS", 400),
        ("INVITE sip:alice@10.0.0.1 SIP/2.0", "INVITE nobodyKnowsThisScheme:x SIP/2.0", 416),
        ("INVITE sip:alice@10.0.0.1 SIP/2.0", "INVITE sip:alice@10.0.0.1 SIP/7.0", 505),
        ("INVITE sip:alice@10.0.0.1 SIP/2.0", "INVITE <sip:alice@10.0.0.1> SIP/2.0", 400),
        ("Max-Forwards: 70", "Max-Forwards: 300", 400),
        ("Contact: <sip:p@10.0.0.9>", "X: y", 400),
        ("Contact: <sip:p@10.0.0.9>", "Contact: \"p <sip:p@10.0.0.9>", 400),
    ] {
        let text = good.replace(from, to).replace("z9hG4bKbad", &format!("z9hG4bK{status}{}", to.len()));
        let text = text.replace("Call-ID: bad", &format!("Call-ID: bad{status}{}", to.len()));
        assert_ne!(text, good);
        world.say_raw(text.as_bytes());
        let found = loop {
            match world.take('P') {
                Some(sip_stack::message::Message::Response(r)) if r.status.code() >= 200 => break r.status.code(),
                Some(_) => {}
                None => panic!("no answer to {to}\n{}", world.ladder()),
            }
        };
        assert_eq!(found, status, "{to}");
    }
    assert!(world.events('A').is_empty(), "none of them rings");
}

#[test]
fn strangers_are_dropped_silently_and_counted() {
    let mut world = World::with_peer();
    let invite = peer::invite("spam", Some(SDP)).print();
    world.say_from("203.0.113.66:5060", &invite);
    world.say_from("203.0.113.66:5060", &options().print());
    world.say_from("203.0.113.66:5060", &peer::invite("spam", None).cancel().unwrap().print());
    let mut wrong_user = peer::invite("scan", Some(SDP));
    wrong_user.uri = "sip:100@10.0.0.1".parse().unwrap();
    world.say(wrong_user);
    world.say_from("203.0.113.66:5060", b"INVITE sip:x SIP/7.0\r\nVia: SIP/2.0/UDP h\r\nCSeq: 1 INVITE\r\n\r\n");
    assert_eq!(world.ladder().matches("A ─►").count(), 0, "{}", world.ladder());
    assert!(world.events('A').is_empty());
    let counters = counters(&mut world);
    assert_eq!((counters.unsolicited, counters.malformed), (4, 1));
}

#[test]
fn peers_of_the_allow_list_may_call() {
    let mut world = World::with_peer();
    let config = AccountConfig {
        register: false,
        allow_from: vec!["203.0.113.0/24".parse().unwrap()],
        ..AccountConfig::new("alice", "10.0.0.9", Secret::new("x"))
    };
    world.add_account('A', config);
    world.say_from("203.0.113.66:5060", &peer::invite("friend", Some(SDP)).print());
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(700);
    let sent = world.ladder().lines().filter(|line| line.contains("A ─► ?  200 INVITE")).count();
    assert_eq!(sent, 2, "the answer and its copies go where the call came from");
}

#[test]
fn an_account_that_registers_is_called_by_its_contact_only() {
    let mut world = World::with_peer();
    world.add_account('A', AccountConfig::new("alice", "10.0.0.9", Secret::new("x")));
    world.run_for(2);
    let register = world.take_request("REGISTER");
    let contact = register.headers.contact().unwrap().unwrap();
    world.say(peer::invite("direct", Some(SDP)));
    assert!(world.events('A').iter().all(|e| !matches!(e, Event::Incoming { .. })));
    let mut invite = peer::invite("routed", Some(SDP));
    invite.uri = contact.uri;
    world.say(invite);
    world.incoming('A');
}

#[test]
fn news_that_nobody_asked_for_name_our_contact_and_come_from_the_exchange() {
    let mut world = World::with_peer();
    world.add_account('A', AccountConfig::new("alice", "10.0.0.9", Secret::new("x")));
    world.run_for(2);
    let contact = world.take_request("REGISTER").headers.contact().unwrap().unwrap();
    let summary = |call: &str| unasked(call, "message-summary", "application/simple-message-summary");
    world.events('A');
    world.say(summary("guessed"));
    let mut ours = summary("ours");
    ours.uri = contact.uri;
    world.say_from("203.0.113.66:5060", &ours.print());
    assert!(world.events('A').is_empty() && world.count("200 NOTIFY") == 0, "{}", world.ladder());
    world.say(ours);
    world.take_response(200, "NOTIFY");
    let events = world.events('A');
    assert!(
        matches!(&events[..], [Event::Mailbox { subscription: None, summary, .. }] if summary.waiting),
        "{events:?}"
    );
    assert_eq!(counters(&mut world).unsolicited, 2);
}

#[test]
fn responses_without_transaction_are_counted() {
    let mut world = World::with_peer();
    let stray = Response::new(sip_stack::message::StatusCode::OK)
        .with("Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKnone")
        .with("From", "<sip:a@h>;tag=1")
        .with("To", "<sip:b@h>;tag=2")
        .with("Call-ID", "x")
        .with("CSeq", "1 INVITE");
    world.say(stray);
    assert_eq!(counters(&mut world).stray, 1);
}

#[test]
fn rfc2543_peers_without_cookie_match_by_everything_else() {
    let mut world = World::with_peer();
    let mut invite = peer::invite("old", Some(SDP));
    invite.headers.set(HeaderName::Via, "SIP/2.0/UDP 10.0.0.9:5060");
    world.say(invite.clone());
    world.say(invite.clone());
    let leg = world.incoming('A');
    assert_eq!(world.count("100 INVITE"), 2, "the copy is answered alike");
    world.tell('A', Command::Reject { leg, status: 486 });
    world.run_for(2);
    let busy = world.take_response(486, "INVITE");
    world.say(invite.ack_of_failure(&busy).unwrap());
    world.run_for(10_000);
    assert_eq!(world.count("486 INVITE"), 0, "the ACK was matched");
}

/// So many requests of this method, none like another.
fn flood(world: &mut World, method: &str, count: usize) {
    for n in 0..count {
        let mut request = options();
        request.method = Method::parse(method.as_bytes()).unwrap();
        request.headers.set(HeaderName::Via, format!("SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKflood{n};rport"));
        request.headers.set(HeaderName::CallId, format!("flood{n}"));
        request.headers.set(HeaderName::CSeq, format!("1 {method}"));
        world.say(request);
    }
}

#[test]
fn the_limit_of_transactions_holds_and_leaves_room_for_calls() {
    let mut world = World::with_peer();
    flood(&mut world, "BYE", 600);
    assert!(counters(&mut world).over_limit >= 80);
    world.say(peer::invite("urgent", Some(SDP)));
    world.incoming('A');
}

#[test]
fn rfc3261_8_2_7_questions_are_answered_without_state() {
    let mut world = World::with_peer();
    flood(&mut world, "OPTIONS", 2_000);
    assert_eq!(world.count("200 OPTIONS"), 2_000);
    assert_eq!(counters(&mut world).over_limit, 0);
    let mut copies = [0, 0].map(|_| {
        world.say(options());
        world.take_response(200, "OPTIONS")
    });
    let tags = copies.each_mut().map(|copy| copy.headers.to().unwrap().tag().map(str::to_owned));
    assert!(tags[0].is_some() && tags[0] == tags[1], "{tags:?}");
}
