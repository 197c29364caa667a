//! What an account tells of itself (RFC 3903).

use sip_stack::message::{HeaderName, Message, Method, Request, Response};
use sip_stack::ua::{AccountConfig, Activity, Command, Presence, Secret};

use crate::peer;
use crate::wire::{ACCOUNT, World, check_ladder};

const CHALLENGE: &str = "Digest realm=\"pbx\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"";

fn presence(activity: Option<Activity>) -> Presence {
    Presence { open: Some(true), activity, note: None }
}

fn publish(world: &mut World, activity: Option<Activity>) {
    world.tell('A', Command::Publish { account: ACCOUNT, presence: presence(activity) });
    world.run_for(2);
}

fn world() -> World {
    let mut world = World::with_peer();
    let mut config = AccountConfig::new("alice", "10.0.0.9", Secret::new("secret"));
    config.register = false;
    world.add_account('A', config);
    world.run_for(0);
    world
}

/// Tag that it builds on, and what it says; none for a refresh.
fn told(request: &Request) -> (Option<String>, Option<Presence>) {
    let tag = request.headers.get(&HeaderName::SipIfMatch).map(|tag| String::from_utf8_lossy(tag).into_owned());
    (tag, Presence::parse(&request.body))
}

/// Time passes, at most so many seconds, until A tells again.
fn within(world: &mut World, seconds: u32) -> Request {
    for _ in 0..seconds * 10 {
        world.run_for(100);
        while let Some(message) = world.take('P') {
            if let Message::Request(request) = message
                && request.method == Method::Publish
            {
                return request;
            }
        }
    }
    panic!("A did not tell\n{}", world.ladder())
}

fn taken(request: &Request, tag: &str, expires_s: u32) -> Response {
    peer::answer(request, 200, "t", None).with("SIP-ETag", tag.to_owned()).with("Expires", expires_s)
}

#[test]
fn rfc3903_4_a_state_is_told_refreshed_and_replaced() {
    let mut world = world();
    publish(&mut world, None);
    let first = world.take_request("PUBLISH");
    assert_eq!(first.uri.to_string(), "sip:alice@10.0.0.9");
    assert_eq!(told(&first), (None, Some(presence(None))));
    world.say(peer::answer(&first, 401, "t", None).with("WWW-Authenticate", CHALLENGE));
    let signed = world.take_request("PUBLISH");
    assert!(signed.headers.has(&HeaderName::Authorization));
    publish(&mut world, Some(Activity::OnThePhone));
    assert_eq!(world.count("PUBLISH"), 0, "one after the other");
    world.say(taken(&signed, "e1", 100));
    let second = world.take_request("PUBLISH");
    assert_eq!(told(&second), (Some("e1".to_owned()), Some(presence(Some(Activity::OnThePhone)))));
    world.say(taken(&second, "e2", 100));
    publish(&mut world, Some(Activity::OnThePhone));
    assert_eq!(world.count("PUBLISH"), 0, "the same is no news");
    let refresh = within(&mut world, 91);
    assert_eq!(told(&refresh), (Some("e2".to_owned()), None));
    world.say(taken(&refresh, "e3", 100));
    world.tell('A', Command::Shutdown);
    world.run_for(2);
    let last = world.take_request("PUBLISH");
    assert_eq!(told(&last), (Some("e3".to_owned()), None));
    assert_eq!(last.headers.expires().unwrap(), Some(0));
    check_ladder(&world, "a_state_is_told_refreshed_and_replaced");
}

#[test]
fn rfc3903_4_5_what_the_exchange_forgot_is_told_anew() {
    let mut world = world();
    publish(&mut world, None);
    let first = world.take_request("PUBLISH");
    world.say(taken(&first, "e1", 100));
    let refresh = within(&mut world, 91);
    world.say(peer::answer(&refresh, 412, "t", None));
    let anew = world.take_request("PUBLISH");
    assert_eq!(told(&anew), (None, Some(presence(None))));
    world.say(peer::answer(&anew, 423, "t", None).with("Min-Expires", 7200));
    let longer = world.take_request("PUBLISH");
    assert_eq!(longer.headers.expires().unwrap(), Some(7200));
}

#[test]
fn an_exchange_without_presence_is_not_asked_again() {
    let mut world = world();
    publish(&mut world, None);
    let first = world.take_request("PUBLISH");
    world.say(peer::answer(&first, 489, "t", None));
    world.run_for(7_200_000);
    assert_eq!(world.count("PUBLISH"), 0);
    publish(&mut world, Some(Activity::Busy));
    let other = world.take_request("PUBLISH");
    world.say(peer::answer(&other, 503, "t", None));
    assert_eq!(
        told(&within(&mut world, 31)),
        (None, Some(presence(Some(Activity::Busy)))),
        "what may pass is tried again"
    );
}
