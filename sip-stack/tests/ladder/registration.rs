//! Registration: digest, refresh, backoff, unregistering, change of network.

use std::cell::RefCell;
use std::rc::Rc;

use sip_stack::auth::Algorithm;
use sip_stack::message::{HeaderName, Request};
use sip_stack::ua::{AccountConfig, Command, DigestMin, EndCause, Event, ResolveError, Secret, Transport};

use crate::registrar::{Book, PASSWORD, Shared, registrar};
use crate::wire::{ACCOUNT, FAIR, Weather, World, check_ladder, ended, has};

fn config() -> AccountConfig {
    AccountConfig::new("alice", "pbx.example", Secret::new(PASSWORD))
}

fn world(book: Book) -> (World, Shared) {
    let mut world = World::new(FAIR, 1);
    let book = Rc::new(RefCell::new(book));
    world.add_agent('A', "10.0.0.1:5060");
    world.add_script('R', "10.0.0.5:5060", registrar(&book));
    world.resolve("pbx.example", Ok(vec!["10.0.0.5:5060"]));
    (world, book)
}

fn registered(book: Book) -> (World, Shared) {
    let (mut world, book) = world(book);
    world.add_account('A', config());
    world.run_for(10);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { .. })), "{}", world.ladder());
    (world, book)
}

fn failed(events: &[Event]) -> (EndCause, Option<u16>, Option<u64>) {
    let found = events.iter().find_map(|event| match event {
        Event::RegistrationFailed { cause, status, retry_in, .. } => {
            Some((*cause, *status, retry_in.map(|t| t.as_secs())))
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no failure: {events:?}"))
}

fn user(request: &Request) -> String {
    request.headers.contact().unwrap().unwrap().uri.user().unwrap().into_owned()
}

#[test]
fn digest_then_refresh_before_expiry() {
    let (mut world, book) = world(Book { algorithm: Some(Algorithm::Md5), ..Book::default() });
    world.add_account('A', config());
    world.run_for(10);
    let events = world.events('A');
    let Some(Event::Registered { expires_s: 600, contact, flow, .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(flow.local.to_string(), "10.0.0.1:5060");
    assert_eq!(Some(contact), book.borrow().bound.as_ref());
    assert_eq!(book.borrow().seen.len(), 2);
    world.run_for(479_000);
    assert_eq!(book.borrow().seen.len(), 2);
    world.run_for(62_000);
    assert_eq!(book.borrow().seen.len(), 3, "between 80 and 90 % of the lifetime, with the nonce that is known");
    let events = world.events('A');
    assert!(
        has(&events, |e| matches!(e, Event::Registered { .. }))
            && !has(&events, |e| matches!(e, Event::Registering { .. }))
    );
    let seen = &book.borrow().seen;
    assert_eq!(seen[0].headers.call_id(), seen[2].headers.call_id());
    let numbers: Vec<_> = seen.iter().map(|r| r.headers.cseq().unwrap().number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    check_ladder(&world, "digest_then_refresh_before_expiry");
}

#[test]
fn every_algorithm_and_the_weakest_allowed() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512_256] {
        let (mut world, _) = world(Book { algorithm: Some(algorithm), ..Book::default() });
        world.add_account('A', AccountConfig { digest_min: DigestMin::Sha256, ..config() });
        world.run_for(10);
        let events = world.events('A');
        if algorithm == Algorithm::Md5 {
            assert_eq!(failed(&events), (EndCause::Auth, Some(401), None));
        } else {
            assert!(has(&events, |e| matches!(e, Event::Registered { .. })), "{algorithm:?}");
        }
    }
}

#[test]
fn a_stale_nonce_is_answered_again() {
    let (mut world, book) = registered(Book { algorithm: Some(Algorithm::Sha256), ..Book::default() });
    book.borrow_mut().nonce = 1;
    world.run_for(560_000);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { .. })), "{}", world.ladder());
    assert_eq!(book.borrow().seen.len(), 4);
}

#[test]
fn a_wrong_password_stops() {
    let (mut world, book) = world(Book { algorithm: Some(Algorithm::Md5), ..Book::default() });
    world.add_account('A', AccountConfig { password: Secret::new("wrong"), ..config() });
    world.run_for(10);
    assert_eq!(failed(&world.events('A')), (EndCause::Auth, Some(401), None));
    world.run_for(7_200_000);
    assert_eq!(book.borrow().seen.len(), 2, "no hammering");
    assert!(world.events('A').is_empty());
    world.tell('A', Command::Register { account: ACCOUNT });
    world.run_for(10);
    assert!(book.borrow().seen.len() > 2, "asked again, it tries again");
}

#[test]
fn forbidden_stops() {
    let (mut world, book) = world(Book { next: [403].into(), ..Book::default() });
    world.add_account('A', config());
    world.run_for(7_200_000);
    assert_eq!(failed(&world.events('A')), (EndCause::Forbidden, Some(403), None));
    assert_eq!(book.borrow().seen.len(), 1);
}

#[test]
fn the_answer_sets_the_lifetime_of_our_contact() {
    let (mut world, book) = world(Book { grants_s: Some(120), ..Book::default() });
    world.add_account('A', config());
    world.run_for(10);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { expires_s: 120, .. })));
    world.run_for(109_000);
    assert_eq!(book.borrow().seen.len(), 2);
}

#[test]
fn too_brief_takes_min_expires() {
    let (mut world, book) = world(Book { min_expires_s: 1800, ..Book::default() });
    world.add_account('A', config());
    world.run_for(10);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { expires_s: 1800, .. })));
    assert_eq!(book.borrow().seen.len(), 2);
}

#[test]
fn failures_back_off_with_jitter() {
    let (mut world, book) = world(Book { silent: true, ..Book::default() });
    world.add_account('A', config());
    let mut waits = Vec::new();
    while waits.len() < 9 {
        world.run_for(500);
        let events = world.events('A');
        if has(&events, |e| matches!(e, Event::RegistrationFailed { .. })) {
            let (cause, status, wait) = failed(&events);
            assert_eq!((cause, status), (EndCause::Timeout, None));
            waits.push(wait.unwrap());
        }
    }
    assert_eq!(book.borrow().seen.iter().filter(|r| r.headers.cseq().unwrap().number == 9).count(), 11);
    for (failures, wait) in waits.iter().enumerate() {
        let upper = (30_u64 << failures.min(6)).min(1800);
        assert!((upper / 2..=upper).contains(wait), "failure {failures}: {wait} of {waits:?}");
    }
}

#[test]
fn retry_after_is_honoured_and_success_forgets_failures() {
    let (mut world, book) = world(Book { next: [503].into(), ..Book::default() });
    world.add_account('A', config());
    world.run_for(10);
    let (cause, status, wait) = failed(&world.events('A'));
    assert!(cause == EndCause::Unreachable && status == Some(503) && (15..=30).contains(&wait.unwrap()));
    world.run_for(31_000);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { .. })));
    book.borrow_mut().next.push_back(500);
    world.run_for(545_000);
    assert!(failed(&world.events('A')).2.unwrap() <= 30);
}

#[test]
fn no_address_and_no_route() {
    let (mut world, _) = world(Book::default());
    world.resolve("pbx.example", Err(ResolveError::NotFound));
    world.add_account('A', config());
    assert_eq!(failed(&world.events('A')).0, EndCause::Dns);
    world.invite('A', 1, "231");
    let events = world.events('A');
    assert_eq!(ended(&events).0, EndCause::Dns);
    world.resolve("pbx.example", Ok(vec!["10.0.0.6:5060"]));
    world.refuse("10.0.0.6:5060");
    world.invite('A', 2, "231");
    assert_eq!(ended(&world.events('A')).0, EndCause::Unreachable);
}

#[test]
fn the_next_target_is_tried() {
    let (mut world, _) = world(Book::default());
    world.resolve("pbx.example", Ok(vec!["10.0.0.6:5060", "10.0.0.5:5060"]));
    world.refuse("10.0.0.6:5060");
    world.add_account('A', AccountConfig { transport: Transport::Tcp, ..config() });
    world.run_for(10);
    assert!(has(
        &world.events('A'),
        |e| matches!(e, Event::Registered { contact, .. } if contact.contains("transport=tcp"))
    ));
}

#[test]
fn a_silent_target_gives_way_to_the_next() {
    let (mut world, _) = world(Book::default());
    world.resolve("pbx.example", Ok(vec!["10.0.0.6:5060", "10.0.0.5:5060"]));
    world.add_account('A', config());
    world.run_for(33_000);
    assert!(has(
        &world.events('A'),
        |e| matches!(e, Event::Registered { flow, .. } if flow.remote.ip().to_string() == "10.0.0.5")
    ));
}

#[test]
fn unregister_and_shutdown() {
    let (mut world, book) = registered(Book { algorithm: Some(Algorithm::Md5), ..Book::default() });
    world.tell('A', Command::Unregister { account: ACCOUNT });
    world.run_for(10);
    assert_eq!(world.events('A'), [Event::Unregistered { account: ACCOUNT }]);
    assert_eq!(book.borrow().bound, None);
    world.tell('A', Command::Register { account: ACCOUNT });
    world.run_for(10);
    world.events('A');
    world.tell('A', Command::Shutdown);
    world.run_for(10);
    assert_eq!(world.events('A'), [Event::Unregistered { account: ACCOUNT }, Event::Idle]);
    assert_eq!(book.borrow().bound, None);
    world.run_for(7_200_000);
    assert!(world.events('A').is_empty(), "nothing comes back");
}

#[test]
fn shutdown_of_a_silent_exchange_ends_in_time() {
    let (mut world, book) = registered(Book::default());
    book.borrow_mut().silent = true;
    world.tell('A', Command::Shutdown);
    world.run_for(33_000);
    assert_eq!(world.events('A'), [Event::Unregistered { account: ACCOUNT }, Event::Idle]);
}

#[test]
fn a_change_of_network_registers_at_once_with_another_contact() {
    let (mut world, book) = registered(Book::default());
    world.move_home('A', "10.0.1.1:5062");
    world.run_for(10);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { flow, .. } if flow.local.port() == 5062)));
    let seen = &book.borrow().seen;
    assert!(seen[1].headers.contact().unwrap().unwrap().uri.to_string().contains("@10.0.1.1:5062"));
    assert_ne!(user(&seen[0]), user(&seen[1]));
    // 128 bits, five to a character.
    assert!(user(&seen[0]).len() == 26 && user(&seen[0]).bytes().all(|b| b.is_ascii_alphanumeric()));
}

#[test]
fn a_lost_connection_comes_back() {
    let (mut world, book) = world(Book::default());
    world.add_account('A', AccountConfig { transport: Transport::Tls, ..config() });
    world.run_for(10);
    world.events('A');
    world.lose_flows('A');
    let (cause, _, wait) = failed(&world.events('A'));
    assert!(cause == EndCause::Unreachable && wait.unwrap() <= 3);
    world.run_for(3_100);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { .. })));
    assert_eq!(book.borrow().seen.len(), 2);
}

#[test]
fn service_route_and_proxy_stand_in_requests() {
    let (mut world, book) = world(Book { extra: vec![("Service-Route", "<sip:edge.example;lr>")], ..Book::default() });
    world.resolve("proxy.example", Ok(vec!["10.0.0.5:5060"]));
    world.add_account('A', AccountConfig { proxy: Some("sip:proxy.example;lr".to_owned()), ..config() });
    world.run_for(10);
    let route = |request: &Request| request.headers.addresses(&HeaderName::Route).unwrap();
    assert_eq!(
        route(&book.borrow().seen[0]).iter().map(|r| r.uri.to_string()).collect::<Vec<_>>(),
        ["sip:proxy.example;lr"]
    );
    let heard = Rc::new(RefCell::new(Vec::new()));
    let ear = Rc::clone(&heard);
    world.add_script(
        'R',
        "10.0.0.5:5060",
        Box::new(move |_, message| {
            ear.borrow_mut().push(message.clone());
            Vec::new()
        }),
    );
    world.invite('A', 1, "231");
    world.run_for(10);
    let heard = heard.borrow();
    let Some(sip_stack::message::Message::Request(invite)) = heard.first() else { panic!("no INVITE") };
    let routes: Vec<_> = route(invite).iter().map(|r| r.uri.to_string()).collect();
    assert_eq!(routes, ["sip:proxy.example;lr", "sip:edge.example;lr"]);
    assert_eq!(invite.uri.to_string(), "sip:231@pbx.example");
}

#[test]
fn registration_survives_a_lossy_wire() {
    for seed in 0..30 {
        let mut world = World::new(Weather { loss_pct: 30, delay_ms: (1, 400) }, seed);
        let book = Rc::new(RefCell::new(Book { algorithm: Some(Algorithm::Md5), ..Book::default() }));
        world.add_agent('A', "10.0.0.1:5060");
        world.add_script('R', "10.0.0.5:5060", registrar(&book));
        world.resolve("pbx.example", Ok(vec!["10.0.0.5:5060"]));
        world.add_account('A', config());
        world.run_for(120_000);
        assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { .. })), "seed {seed}\n{}", world.ladder());
    }
}

#[test]
fn removing_the_account_takes_the_binding_away() {
    let (mut world, book) = registered(Book::default());
    world.tell('A', Command::RemoveAccount { account: ACCOUNT });
    world.run_for(10);
    assert_eq!(world.events('A'), [Event::Unregistered { account: ACCOUNT }]);
    assert_eq!(book.borrow().bound, None);
}
