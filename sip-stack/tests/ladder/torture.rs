//! The RFC 4475 messages, sent by the exchange to a user agent that is in a call: what it answers, and that the call
//! goes on.

use sip_stack::message::{Message, parse};
use sip_stack::ua::{Command, Event, LegId};

use crate::calls::call_peer;
use crate::wire::{World, ended};

fn message(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/torture/rfc4475/{name}.dat", env!("CARGO_MANIFEST_DIR"));
    let mut file = std::fs::OpenOptions::new().read(true).open(path).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    bytes
}

/// What the user agent says to each message: statuses in order, none where it stays silent (responses and ACKs, calls
/// to users that are not ours).
const ANSWERS: [(&str, &[&str]); 49] = [
    ("badaspec", &["200 OPTIONS"]),
    ("badbranch", &["200 OPTIONS"]),
    ("baddate", &["100 INVITE"]),
    ("baddn", &["400 OPTIONS"]),
    ("badinv01", &["400 INVITE"]),
    ("badvers", &["505 OPTIONS"]),
    ("bcast", &[]),
    ("bext01", &["420 OPTIONS"]),
    ("bigcode", &[]),
    ("clerr", &["400 INVITE"]),
    ("cparam01", &["405 REGISTER"]),
    ("cparam02", &["405 REGISTER"]),
    ("dblreq", &["405 REGISTER"]),
    ("esc01", &["100 INVITE"]),
    ("esc02", &["501 RE%47IST%45R"]),
    ("escnull", &["405 REGISTER"]),
    ("escruri", &["400 INVITE"]),
    ("insuf", &["400 INVITE"]),
    ("intmeth", &["501 !interesting-Method0123456789_*+`.%indeed'~"]),
    ("inv2543", &["100 INVITE"]),
    ("invut", &["415 INVITE"]),
    ("longreq", &["100 INVITE"]),
    ("ltgtruri", &["400 INVITE"]),
    ("lwsdisp", &["200 OPTIONS"]),
    ("lwsruri", &["400 INVITE"]),
    ("lwsstart", &["400 INVITE"]),
    ("mcl01", &["400 OPTIONS"]),
    ("mismatch01", &["400 INVITE"]),
    ("mismatch02", &["400 INVITE"]),
    ("mpart01", &["405 MESSAGE"]),
    ("multi01", &["400 ?"]),
    ("ncl", &["400 INVITE"]),
    ("noreason", &[]),
    ("novelsc", &["416 OPTIONS"]),
    ("quotbal", &["400 INVITE"]),
    ("regaut01", &["405 REGISTER"]),
    ("regbadct", &["400 REGISTER"]),
    ("regescrt", &["405 REGISTER"]),
    ("scalar02", &["400 ?"]),
    ("scalarlg", &[]),
    ("sdp01", &["406 INVITE"]),
    ("semiuri", &["200 OPTIONS"]),
    ("transports", &["200 OPTIONS"]),
    ("trws", &["400 OPTIONS"]),
    ("unkscm", &["416 OPTIONS"]),
    ("unksm2", &["405 REGISTER"]),
    ("unreason", &[]),
    ("wsinv", &["481 INVITE"]),
    ("zeromf", &["200 OPTIONS"]),
];

/// The user that the message calls, so that a call is one for us.
fn called(bytes: &[u8]) -> String {
    match parse::datagram(bytes) {
        Ok(Message::Request(request)) => request.uri.user().map_or("alice".to_owned(), std::borrow::Cow::into_owned),
        _ => "alice".to_owned(),
    }
}

#[test]
fn every_message_has_its_answer_and_the_call_goes_on() {
    let mut wrong = Vec::new();
    for (name, expected) in ANSWERS {
        let bytes = message(name);
        let mut world = World::with_peer_calling(&called(&bytes));
        call_peer(&mut world, "t");
        let before = world.ladder().len();
        world.say_raw(&bytes);
        let said = world.ladder()[before..].lines().filter(|line| line.contains("A ─►"));
        let answers: Vec<_> = said.map(|line| line.split_whitespace().skip(4).collect::<Vec<_>>().join(" ")).collect();
        if answers != expected {
            wrong.push(format!("    (\"{name}\", &{answers:?}),"));
        }
        assert!(world.events('A').iter().all(|e| matches!(e, Event::Incoming { .. })), "{name}");
        world.tell('A', Command::HangUp { leg: LegId(1) });
        ended(&world.events('A'));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
