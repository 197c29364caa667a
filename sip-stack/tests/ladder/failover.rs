//! Calls whose first hop gives no service (RFC 3263 §4.3).

use std::cell::RefCell;
use std::rc::Rc;

use sip_stack::message::{Message, Method, Request};
use sip_stack::ua::{AccountConfig, EndCause, EndedBy, Event, LegId, Secret};

use crate::peer::{self, SDP};
use crate::registrar::{Book, PASSWORD, registrar};
use crate::wire::{FAIR, World, check_ladder, ended, has};

const FIRST: &str = "10.0.0.5:5060";
const SECOND: &str = "10.0.0.6:5060";

type Heard = Rc<RefCell<Vec<Request>>>;

/// `A`, registered at the first of two servers of `pbx.example`; the second answers every call.
fn world() -> (World, Heard) {
    let mut world = World::new(FAIR, 1);
    world.add_agent('A', "10.0.0.1:5060");
    world.add_script('R', FIRST, registrar(&Rc::new(RefCell::new(Book::default()))));
    let heard = Heard::default();
    let (ear, mut register) = (Rc::clone(&heard), registrar(&Rc::new(RefCell::new(Book::default()))));
    let script = Box::new(move |from, message: &Message| match message {
        Message::Request(request) if request.method == Method::Invite => {
            ear.borrow_mut().push(request.clone());
            vec![peer::answer(request, 200, "s", Some(SDP)).print().to_vec()]
        }
        other => register(from, other),
    });
    world.add_script('S', SECOND, script);
    world.resolve("pbx.example", Ok(vec![FIRST, SECOND]));
    world.add_account('A', AccountConfig::new("alice", "pbx.example", Secret::new(PASSWORD)));
    world.run_for(100);
    assert!(has(
        &world.events('A'),
        |e| matches!(e, Event::Registered { flow, .. } if flow.remote.to_string() == FIRST)
    ));
    (world, heard)
}

/// From now on the first server answers INVITE with these statuses, and nothing else.
fn first_says(world: &mut World, statuses: &'static [u16]) {
    let script = Box::new(move |_, message: &Message| match message {
        Message::Request(request) if request.method == Method::Invite => {
            statuses.iter().map(|status| peer::answer(request, *status, "r", None).print().to_vec()).collect()
        }
        _ => Vec::new(),
    });
    world.add_script('R', FIRST, script);
}

#[test]
fn rfc3263_4_3_a_call_that_hears_nothing_goes_to_the_next_target() {
    let (mut world, heard) = world();
    first_says(&mut world, &[]);
    world.invite('A', 1, "231");
    world.run_for(3_900);
    assert!(heard.borrow().is_empty(), "it may still answer");
    world.run_for(200);
    let events = world.events('A');
    assert!(has(&events, |e| *e == Event::Answered { leg: LegId(1) }), "{}", world.ladder());
    assert!(!has(&events, |e| matches!(e, Event::Ended { .. })));
    assert!(has(&events, |e| matches!(e, Event::Registered { flow, .. } if flow.remote.to_string() == SECOND)));
    assert_eq!(heard.borrow().len(), 1);
    check_ladder(&world, "a_call_that_hears_nothing_goes_to_the_next_target");
}

#[test]
fn calls_that_are_up_move_with_the_one_that_hears_nothing() {
    let (mut world, heard) = world();
    first_says(&mut world, &[180, 200]);
    let up = Box::new(|_, message: &Message| match message {
        Message::Request(request) if request.method == Method::Invite => {
            vec![peer::answer(request, 200, "u", Some(SDP)).print().to_vec()]
        }
        _ => Vec::new(),
    });
    world.add_script('R', FIRST, up);
    world.invite('A', 1, "231");
    world.run_for(100);
    assert!(has(&world.events('A'), |e| *e == Event::Answered { leg: LegId(1) }), "{}", world.ladder());
    first_says(&mut world, &[]);
    world.invite('A', 2, "232");
    world.run_for(4_200);
    assert!(has(&world.events('A'), |e| *e == Event::Answered { leg: LegId(2) }), "{}", world.ladder());
    let moved = heard.borrow().iter().filter(|invite| invite.headers.to().unwrap().tag() == Some("u")).count();
    assert_eq!(moved, 1, "the call that is up tells where it is now\n{}", world.ladder());
}

#[test]
fn a_server_that_tries_is_not_left() {
    let (mut world, heard) = world();
    first_says(&mut world, &[100]);
    world.invite('A', 1, "231");
    world.run_for(30_000);
    assert!(heard.borrow().is_empty(), "{}", world.ladder());
    assert!(!has(&world.events('A'), |e| matches!(e, Event::Ended { .. })));
}

#[test]
fn a_refusal_of_the_call_is_no_failure_of_the_server() {
    // Exchanges say 503 when the line outwards is busy: another server of the same exchange would dial the same line again.
    let (mut world, heard) = world();
    first_says(&mut world, &[503]);
    world.invite('A', 1, "231");
    world.run_for(5_000);
    assert_eq!(ended(&world.events('A')), (EndCause::Unreachable, Some(503), EndedBy::Remote));
    assert!(heard.borrow().is_empty());
}

#[test]
fn hung_up_while_nothing_comes_nothing_follows() {
    let (mut world, heard) = world();
    first_says(&mut world, &[]);
    world.invite('A', 1, "231");
    world.run_for(1_000);
    world.tell('A', sip_stack::ua::Command::HangUp { leg: LegId(1) });
    world.run_for(40_000);
    assert_eq!(ended(&world.events('A')).0, EndCause::Cancelled);
    assert!(heard.borrow().is_empty(), "{}", world.ladder());
}
