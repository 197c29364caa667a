//! Requests that no datagram takes whole go by TCP (RFC 3261 §18.1.1).

use sip_stack::message::{Request, ViaTransport};
use sip_stack::ua::{AccountConfig, Command, EndCause, Event, LegId, Secret};

use crate::peer::{self, SDP};
use crate::wire::{World, ended, has};

/// `A` whose name alone fills a datagram, and the peer `P`.
fn world() -> World {
    let mut world = World::with_peer();
    let mut config = AccountConfig::new("alice", "10.0.0.9", Secret::new("secret"));
    (config.register, config.display_name) = (false, "a".repeat(900));
    world.add_account('A', config);
    world.run_for(0);
    world
}

fn transport(request: &Request) -> ViaTransport {
    request.headers.top_via().unwrap().transport
}

#[test]
fn a_large_request_goes_by_tcp_and_small_ones_stay() {
    let mut world = world();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    assert!(invite.print().len() > 1472 && transport(&invite) == ViaTransport::Tcp, "{}", invite.print().len());
    world.say(peer::answer(&invite, 200, "t", Some(SDP)));
    assert_eq!(transport(&world.take_request("ACK")), ViaTransport::Udp, "without the description it is small");
    assert!(has(&world.events('A'), |e| *e == Event::Answered { leg: LegId(1) }));
    world.run_for(40_000);
    assert_eq!(world.count("INVITE"), 0, "streams need no copies");
    world.tell('A', Command::HangUp { leg: LegId(1) });
    assert_eq!(ended(&world.events('A')).0, EndCause::Normal);
}

#[test]
fn where_tcp_is_refused_the_large_request_goes_by_udp_at_once() {
    let mut world = world();
    world.refuse("10.0.0.9:5060");
    for leg in [1, 2] {
        world.invite('A', leg, "bob");
        world.run_for(2);
        let invite = world.take_request("INVITE");
        assert_eq!(transport(&invite), ViaTransport::Udp);
        world.say(peer::answer(&invite, 486, "t", None));
        assert_eq!(ended(&world.events('A')).0, EndCause::Busy);
    }
    assert_eq!(world.ladder().matches("A ─► P  INVITE").count(), 2, "{}", world.ladder());
}

#[test]
fn where_tcp_is_swallowed_the_large_request_goes_by_udp_after_two_seconds() {
    let mut world = world();
    world.swallow("10.0.0.9:5060");
    world.invite('A', 1, "bob");
    world.run_for(1_990);
    assert_eq!(world.count("INVITE"), 0);
    world.run_for(20);
    let invite = world.take_request("INVITE");
    assert_eq!(transport(&invite), ViaTransport::Udp);
    world.say(peer::answer(&invite, 486, "t", None));
    assert_eq!(ended(&world.events('A')).0, EndCause::Busy);
}

#[test]
fn a_large_request_whose_connection_breaks_fails_in_order() {
    let mut world = world();
    world.invite('A', 1, "bob");
    world.run_for(2);
    world.take_request("INVITE");
    world.lose_streams('A');
    assert_eq!(ended(&world.events('A')).0, EndCause::Unreachable);
    world.invite('A', 2, "bob");
    world.run_for(2);
    assert_eq!(transport(&world.take_request("INVITE")), ViaTransport::Tcp, "the next call asks again");
}
