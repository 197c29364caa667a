//! Calls that are sent elsewhere by 3xx (RFC 3261 §8.1.3.4).

use sip_stack::ua::{EndCause, EndedBy, Event, LegId};

use crate::peer::{self, SDP};
use crate::wire::{World, check_ladder, ended, has};

fn redirect(request: &sip_stack::message::Request, contact: &str) -> sip_stack::message::Response {
    let mut moved = peer::answer(request, 302, "m", None);
    moved.headers.set("Contact", contact.to_owned());
    moved
}

#[test]
fn a_redirected_call_goes_on_elsewhere_by_the_same_way() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let first = world.take_request("INVITE");
    world.say(redirect(&first, "<sip:carol@elsewhere.example:5099;maddr=10.6.6.6>;q=0.5, <sip:dave@10.0.0.9>;q=0.1"));
    world.take_request("ACK");
    let second = world.take_request("INVITE");
    assert_eq!(second.uri.to_string(), "sip:carol@elsewhere.example:5099");
    assert_eq!(second.headers.cseq().unwrap().number, 2);
    for name in ["From", "To", "Call-ID"] {
        assert_eq!(second.headers.get(&name.into()), first.headers.get(&name.into()), "{name}");
    }
    world.say(peer::answer(&second, 480, "c", None));
    let third = world.take_request("INVITE");
    assert_eq!(third.uri.to_string(), "sip:dave@10.0.0.9");
    world.say(peer::answer(&third, 200, "d", Some(SDP)));
    assert!(has(&world.events('A'), |e| *e == Event::Answered { leg: LegId(1) }));
    check_ladder(&world, "a_redirected_call_goes_on_elsewhere_by_the_same_way");
}

#[test]
fn the_last_refusal_of_a_redirected_call_is_its_cause() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let first = world.take_request("INVITE");
    world.say(redirect(&first, "<sip:carol@10.0.0.9>"));
    let second = world.take_request("INVITE");
    world.say(peer::answer(&second, 486, "c", None));
    assert_eq!(ended(&world.events('A')), (EndCause::Busy, Some(486), EndedBy::Remote));
}

#[test]
fn a_decline_everywhere_ends_a_redirected_call() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let first = world.take_request("INVITE");
    world.say(redirect(&first, "<sip:carol@10.0.0.9>, <sip:dave@10.0.0.9>"));
    let second = world.take_request("INVITE");
    world.say(peer::answer(&second, 603, "c", None));
    assert_eq!(ended(&world.events('A')).0, EndCause::Declined);
    assert_eq!(world.count("INVITE"), 0);
}

#[test]
fn a_redirect_loop_and_a_redirect_to_nowhere_end() {
    for contact in ["<sip:bob@10.0.0.9>", "<sip:*72@10.0.0.9>", "<sips:bob@10.0.0.9>", "<mailto:bob@x>"] {
        let mut world = World::with_peer();
        world.invite('A', 1, "bob");
        world.run_for(2);
        let first = world.take_request("INVITE");
        world.say(redirect(&first, contact));
        assert_eq!(ended(&world.events('A')), (EndCause::NotFound, Some(302), EndedBy::Remote), "{contact}");
        assert_eq!(world.count("INVITE"), 0, "{contact}");
    }
}
