//! RFC 4475: each of its 49 messages with what this stack must make of it: accepted or not, the status answered, and what
//! the fields say. Where the RFC leaves a choice, ours stands in `CONFORMANCE.md`.

#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

#[path = "../corpus/mod.rs"]
#[allow(dead_code)] // the messages from the field are for other tests
mod corpus;

mod application;
mod invalid;
mod valid;

use sip_stack::message::validate::{self, Capabilities};
use sip_stack::message::{Headers, Message, Method, NameAddr, Request, Response, parse};

/// What a phone can do.
const PHONE: Capabilities<'_> = Capabilities {
    methods: &[Method::Invite, Method::Bye, Method::Options, Method::Notify, Method::Info],
    extensions: &["timer"],
    body_types: &["application/sdp"],
};

fn bytes(name: &str) -> &'static [u8] {
    corpus::RFC4475.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no message {name}")).1
}

/// The request, which must be readable and fit to act on.
fn accepted(name: &str) -> Request {
    match parse::datagram(bytes(name)) {
        Ok(Message::Request(request)) => {
            assert_eq!(validate::form(&request), Ok(()), "{name}");
            request
        }
        other => panic!("{name}: {other:?}"),
    }
}

/// The response, which must be readable and fit to act on.
fn accepted_response(name: &str) -> Response {
    match parse::datagram(bytes(name)) {
        Ok(Message::Response(response)) => {
            assert_eq!(validate::response(&response), Ok(()), "{name}");
            response
        }
        other => panic!("{name}: {other:?}"),
    }
}

/// The answer to a request that a phone does not act on, by whichever level refuses it.
fn answer(name: &str) -> Response {
    match parse::datagram(bytes(name)) {
        Err(error) => *error.reply.unwrap_or_else(|| panic!("{name}: {} without an answer", error.kind)),
        Ok(Message::Request(request)) => {
            let rejection = validate::request(&request, &PHONE).expect_err(name);
            rejection.response(&request, &PHONE).unwrap_or_else(|| panic!("{name}: no answer"))
        }
        Ok(other) => panic!("{name}: {other:?}"),
    }
}

fn status(name: &str) -> u16 {
    let answer = answer(name);
    // An answer that cannot be read would be worse than none: it goes out, and what it copies is still there.
    let printed = parse::datagram(&answer.print()).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(printed.headers().iter().count(), answer.headers.len() + 1, "{name}");
    answer.status.code()
}

/// A response that must be dropped.
fn dropped(name: &str) {
    match parse::datagram(bytes(name)) {
        Err(error) => assert_eq!(error.reply, None, "{name}"),
        Ok(Message::Response(response)) => assert!(validate::response(&response).is_err(), "{name}"),
        Ok(other) => panic!("{name}: {other:?}"),
    }
}

fn raw(headers: &Headers, name: &str) -> String {
    headers.get(&name.into()).map(|v| String::from_utf8_lossy(v).into_owned()).unwrap_or_default()
}

fn contacts(request: &Request) -> Vec<NameAddr> {
    request.headers.addresses(&"Contact".into()).unwrap()
}

#[test]
fn all_49_are_here() {
    assert_eq!(corpus::RFC4475.len(), 49);
    assert!(corpus::RFC4475[..corpus::VALID].iter().any(|(name, _)| *name == "noreason"));
}
