//! Short messages (RFC 3428).

use sip_stack::message::{HeaderName, Method, Request, ViaTransport};
use sip_stack::ua::{AccountConfig, AccountId, Command, Event, MessageFailure, MessageId, Secret};

use crate::peer;
use crate::wire::{ACCOUNT, World, check_ladder};

const TEXT: &str = "¿Me llama cuando pueda?\r\nGracias, Ana";
const CHALLENGE: &str = "Digest realm=\"pbx\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"";

/// A world whose account takes messages.
fn world() -> World {
    let mut world = World::with_peer();
    let mut config = AccountConfig::new("alice", "10.0.0.9", Secret::new("secret"));
    (config.register, config.takes_messages) = (false, true);
    world.add_account('A', config);
    world.run_for(0);
    world
}

fn send(world: &mut World, id: u64, text: &str) {
    let (message, to) = (MessageId(id), "231".to_owned());
    world.tell('A', Command::SendMessage { message, account: ACCOUNT, to, text: text.to_owned() });
    world.run_for(2);
}

fn transport_of(request: &Request) -> ViaTransport {
    request.headers.top_via().unwrap().transport
}

/// A message from P to A.
fn message(call: &str, kind: &str, body: impl Into<Vec<u8>>) -> Request {
    let mut message = peer::invite(call, None);
    message.method = Method::Message;
    message.headers.set("CSeq", "1 MESSAGE");
    message.headers.remove(&HeaderName::Contact);
    message.with_body(kind, body.into())
}

/// The texts that A got; each is kept and answered.
fn texts(world: &mut World) -> Vec<String> {
    let mut texts = Vec::new();
    for event in world.events('A') {
        let Event::MessageReceived { message, text, .. } = event else { panic!("{event:?}") };
        world.tell('A', Command::AnswerMessage { message, kept: true });
        texts.push(text);
    }
    world.run_for(2);
    texts
}

#[test]
fn rfc3428_4_a_message_goes_out_and_its_fate_is_told() {
    let mut world = world();
    send(&mut world, 5, TEXT);
    let sent = world.take_request("MESSAGE");
    assert_eq!(sent.uri.to_string(), "sip:231@10.0.0.9");
    assert_eq!(sent.headers.get(&HeaderName::ContentType).map(|v| &v[..]), Some(&b"text/plain;charset=UTF-8"[..]));
    assert!(!sent.headers.has(&HeaderName::Contact), "RFC 3428 §4");
    assert_eq!(&sent.body[..], TEXT.as_bytes());
    world.say(peer::answer(&sent, 407, "t", None).with("Proxy-Authenticate", CHALLENGE));
    let signed = world.take_request("MESSAGE");
    assert!(signed.headers.has(&HeaderName::ProxyAuthorization));
    assert_eq!(signed.headers.cseq().unwrap().number, 2);
    assert_eq!(signed.headers.all(&HeaderName::UserAgent).count(), 1);
    assert_eq!(&signed.body[..], TEXT.as_bytes());
    world.say(peer::answer(&signed, 202, "t", None));
    assert_eq!(world.events('A'), [Event::MessageSent { message: MessageId(5), status: 202 }]);
    check_ladder(&world, "a_message_goes_out_and_its_fate_is_told");
}

#[test]
fn a_message_that_fails_says_so_once() {
    let mut world = world();
    send(&mut world, 1, TEXT);
    let sent = world.take_request("MESSAGE");
    world.say(peer::answer(&sent, 404, "t", None));
    assert_eq!(
        world.events('A'),
        [Event::MessageFailed { message: MessageId(1), cause: MessageFailure::Refused(404) }]
    );
    send(&mut world, 2, TEXT);
    world.run_for(32_100);
    assert_eq!(world.events('A'), [Event::MessageFailed { message: MessageId(2), cause: MessageFailure::Unknown }]);
    send(&mut world, 3, TEXT);
    world.count("MESSAGE");
    world.tell('A', Command::RemoveAccount { account: ACCOUNT });
    assert_eq!(world.events('A'), [Event::MessageFailed { message: MessageId(3), cause: MessageFailure::Unknown }]);
    send(&mut world, 4, TEXT);
    assert_eq!(
        world.events('A'),
        [Event::MessageFailed { message: MessageId(4), cause: MessageFailure::NotSent }],
        "nobody sends it"
    );
}

#[test]
fn what_cannot_be_a_message_is_not_sent_and_messages_are_bounded() {
    let mut world = world();
    for (id, text) in [(1, String::new()), (2, "x".repeat(8193))] {
        send(&mut world, id, &text);
        assert_eq!(world.events('A'), [Event::MessageFailed { message: MessageId(id), cause: MessageFailure::Size }]);
    }
    let (message, text) = (MessageId(3), TEXT.to_owned());
    world.tell('A', Command::SendMessage { message, account: AccountId(9), to: "231".to_owned(), text });
    assert_eq!(world.events('A'), [Event::MessageFailed { message, cause: MessageFailure::NotSent }]);
    assert_eq!(world.count("MESSAGE"), 0);
    for id in 10..75 {
        send(&mut world, id, TEXT);
    }
    assert_eq!(world.events('A'), [Event::MessageFailed { message: MessageId(74), cause: MessageFailure::NotSent }]);
}

#[test]
fn rfc3428_7_a_message_comes_in_and_makes_no_dialog() {
    let mut world = world();
    world.say(message("m1", "text/plain;charset=UTF-8", TEXT));
    let events = world.events('A');
    let [Event::MessageReceived { message: id, account: ACCOUNT, from, to_user, text }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(world.count("200 MESSAGE"), 0, "it is not kept yet");
    world.tell('A', Command::AnswerMessage { message: *id, kept: true });
    world.run_for(2);
    let ok = world.take_response(200, "MESSAGE");
    assert!(!ok.headers.has(&HeaderName::Contact) && ok.body.is_empty());
    assert_eq!((from.user.as_str(), from.display_name.as_deref()), ("+50622220000", Some("Peer")));
    assert_eq!((to_user.as_str(), text.as_str()), ("alice", TEXT));
    let shown = format!("{events:?}");
    assert!(!shown.contains("llama") && !shown.contains("Peer") && !shown.contains("2222"), "{shown}");
    world.say(message("m2", "text/plain", b"caf\xe9".to_vec()));
    assert_eq!(texts(&mut world), ["café"]);
    check_ladder(&world, "a_message_comes_in_and_makes_no_dialog");
}

#[test]
fn a_copy_of_a_message_is_one_message() {
    let mut world = world();
    for _ in 0..3 {
        world.say(message("copy", "text/plain", TEXT));
    }
    assert_eq!(texts(&mut world), [TEXT]);
    assert_eq!(world.count("200 MESSAGE"), 1);
    world.say(message("copy", "text/plain", TEXT));
    assert_eq!(world.count("200 MESSAGE"), 1, "the answer may have been lost");
    assert!(world.events('A').is_empty());
}

#[test]
fn what_cannot_be_kept_is_told_to_its_sender_and_unanswered_messages_are_bounded() {
    let mut world = world();
    world.say(message("full", "text/plain", TEXT));
    let events = world.events('A');
    let [Event::MessageReceived { message: id, .. }] = &events[..] else { panic!("{events:?}") };
    world.tell('A', Command::AnswerMessage { message: *id, kept: false });
    world.run_for(2);
    world.take_response(503, "MESSAGE");
    for n in 0..65 {
        world.say(message(&format!("many{n}"), "text/plain", TEXT));
    }
    assert_eq!((world.events('A').len(), world.count("503 MESSAGE")), (64, 1));
    world.run_for(33_000);
    world.say(message("later", "text/plain", TEXT));
    assert_eq!(texts(&mut world), [TEXT], "whoever waited has given up");
}

#[test]
fn messages_that_cannot_be_shown_or_are_not_wanted_are_refused() {
    let mut world = world();
    for (call, kind, body, status) in [
        ("r1", "text/html", "<b>x</b>".to_owned(), 415),
        ("r2", "application/sdp", peer::SDP.to_owned(), 415),
        ("r3", "text/plain", String::new(), 400),
        ("r4", "text/plain", "x".repeat(8193), 413),
    ] {
        world.say(message(call, kind, body));
        let refused = world.take_response(status, "MESSAGE");
        assert_eq!(refused.headers.has(&HeaderName::Accept), status == 415);
    }
    assert!(world.events('A').is_empty());
    let mut closed = World::with_peer();
    closed.say(message("r5", "text/plain", TEXT));
    let refused = closed.take_response(405, "MESSAGE");
    assert!(!refused.headers.tokens(&HeaderName::Allow).unwrap().contains(&"MESSAGE".to_owned()));
    assert!(closed.events('A').is_empty());
}

#[test]
fn a_message_within_a_call_is_one_of_the_account() {
    let mut world = world();
    world.say(peer::invite("call", Some(peer::SDP)));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    let allow = ok.headers.tokens(&HeaderName::Allow).unwrap();
    assert!(allow.contains(&"MESSAGE".to_owned()), "{allow:?}");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    world.events('A');
    let mut within = peer::in_dialog(&ok, Method::Message, 2);
    within.set_body("text/plain", TEXT);
    world.say(within);
    assert_eq!(texts(&mut world), [TEXT]);
    world.take_response(200, "MESSAGE");
}

#[test]
fn only_the_exchange_brings_messages_and_only_to_our_contact() {
    let mut world = World::with_peer();
    let config = AccountConfig { takes_messages: true, ..AccountConfig::new("alice", "10.0.0.9", Secret::new("x")) };
    world.add_account('A', config);
    world.run_for(2);
    let register = world.take_request("REGISTER");
    assert!(register.headers.tokens(&HeaderName::Allow).unwrap().contains(&"MESSAGE".to_owned()));
    let contact = register.headers.contact().unwrap().unwrap();
    world.events('A');
    world.say(message("spam", "text/plain", TEXT));
    let mut ours = message("ours", "text/plain", TEXT);
    ours.uri = contact.uri;
    world.say_from("203.0.113.66:5060", &ours.print());
    assert!(world.events('A').is_empty() && world.count("200 MESSAGE") == 0, "{}", world.ladder());
    world.say(ours);
    assert_eq!(texts(&mut world), [TEXT]);
    world.take_response(200, "MESSAGE");
}

#[test]
fn rfc3428_8_a_long_message_goes_by_tcp_and_never_by_a_large_datagram() {
    let mut world = world();
    send(&mut world, 1, &"ñ".repeat(300));
    let short = world.take_request("MESSAGE");
    assert!(short.print().len() <= 1300 && transport_of(&short) == ViaTransport::Udp, "{}", short.print().len());
    send(&mut world, 2, &"🙂".repeat(250));
    let long = world.take_request("MESSAGE");
    assert!((1301..1472).contains(&long.print().len()), "{}", long.print().len());
    assert_eq!(transport_of(&long), ViaTransport::Tcp);
    world.say(peer::answer(&short, 200, "t", None));
    world.say(peer::answer(&long, 200, "t", None));
    let told = |id| Event::MessageSent { message: MessageId(id), status: 200 };
    assert_eq!(world.events('A'), [told(1), told(2)]);
}

#[test]
fn where_no_tcp_is_taken_a_long_message_does_not_leave_and_says_so() {
    let mut world = world();
    world.refuse("10.0.0.9:5060");
    for id in [1, 2] {
        send(&mut world, id, &"x".repeat(1300));
        world.run_for(5_000);
        let cause = MessageFailure::Size;
        assert_eq!(world.events('A'), [Event::MessageFailed { message: MessageId(id), cause }]);
    }
    assert_eq!(world.count("MESSAGE"), 0, "{}", world.ladder());
    send(&mut world, 3, TEXT);
    assert_eq!(transport_of(&world.take_request("MESSAGE")), ViaTransport::Udp, "short ones go on");
}

#[test]
fn rfc3994_that_somebody_writes_is_taken_quietly() {
    let mut world = world();
    let body = "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>active</state></isComposing>";
    world.say(message("c1", "application/im-iscomposing+xml", body));
    assert!(world.take_response(200, "MESSAGE").body.is_empty());
    assert!(world.events('A').is_empty());
}

#[test]
fn a_text_is_read_in_the_character_set_that_it_names() {
    let mut world = world();
    for (call, kind, body, text) in [
        ("s1", "text/plain", "mañana 🙂".as_bytes(), "mañana 🙂"),
        ("s2", "text/plain;charset=\"utf-8\"", "ñ".as_bytes(), "ñ"),
        ("s3", "text/plain; charset=ISO-8859-1", b"ma\xf1ana", "mañana"),
        ("s4", "text/plain; charset=iso-8859-1", b"\xc3\xb1", "Ã±"),
    ] {
        world.say(message(call, kind, body));
        assert_eq!(texts(&mut world), [text], "{call}");
        world.take_response(200, "MESSAGE");
    }
    world.say(message("s5", "text/plain;charset=utf-16", b"\0h\0i".to_vec()));
    let refused = world.take_response(415, "MESSAGE");
    assert_eq!(refused.headers.get(&HeaderName::Accept).map(|v| &v[..]), Some(&b"text/plain;charset=UTF-8"[..]));
    assert!(world.events('A').is_empty());
}
