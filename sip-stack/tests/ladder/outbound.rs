//! Registration beyond the one server: devices by name, addresses that lead to them, redirects, failover, several accounts.

use std::cell::RefCell;
use std::rc::Rc;

use sip_stack::message::{HeaderName, Message, NameAddr, Request};
use sip_stack::ua::{AccountConfig, AccountId, Command, EndCause, Event, Secret, Transport};

use crate::registrar::{Book, PASSWORD, Shared, registrar};
use crate::wire::{ACCOUNT, FAIR, World, has};

const INSTANCE: &str = "urn:uuid:0c67446e-f1a1-11d9-94d3-000a95a0e128";

fn named() -> AccountConfig {
    AccountConfig { instance: Some(INSTANCE.to_owned()), gruu: true, ..config("alice", "pbx.example") }
}

fn config(user: &str, domain: &str) -> AccountConfig {
    AccountConfig::new(user, domain, Secret::new(PASSWORD))
}

/// `A`, and `R` at 10.0.0.5, which is `pbx.example`.
fn world(book: Book) -> (World, Shared) {
    let mut world = World::new(FAIR, 1);
    world.add_agent('A', "10.0.0.1:5060");
    let book = add(&mut world, 'R', "10.0.0.5:5060", book);
    world.resolve("pbx.example", Ok(vec!["10.0.0.5:5060"]));
    (world, book)
}

fn add(world: &mut World, name: char, home: &str, book: Book) -> Shared {
    let book = Rc::new(RefCell::new(book));
    world.add_script(name, home, registrar(&book));
    book
}

fn registered_at(world: &mut World, ip: &str) -> bool {
    let events = world.events('A');
    has(&events, |e| matches!(e, Event::Registered { flow, .. } if flow.remote.ip().to_string() == ip))
}

fn contact(request: &Request) -> NameAddr {
    request.headers.contact().unwrap().unwrap()
}

fn supports(request: &Request, what: &str) -> bool {
    request.headers.has_token(&HeaderName::Supported, what)
}

/// The Contact of an INVITE that `A` sends now; nothing answers from here on.
fn contact_of_a_call(world: &mut World) -> String {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let ear = Rc::clone(&heard);
    let script = Box::new(move |_, message: &Message| {
        ear.borrow_mut().push(message.clone());
        Vec::new()
    });
    world.add_script('R', "10.0.0.5:5060", script);
    world.invite('A', 1, "231");
    world.run_for(10);
    let heard = heard.borrow();
    let Some(Message::Request(invite)) = heard.first() else { panic!("no INVITE\n{}", world.ladder()) };
    contact(invite).uri.to_string()
}

#[test]
fn rfc5626_4_2_the_device_names_itself_and_its_flow() {
    let (mut world, book) = world(Book { extra: vec![("Require", "outbound")], ..Book::default() });
    world.add_account('A', named());
    world.run_for(10);
    world.move_home('A', "10.0.1.1:5062");
    world.run_for(10);
    let seen = book.borrow().seen.clone();
    assert_eq!(seen.len(), 2);
    for register in &seen {
        let params = contact(register).params;
        assert_eq!(params.get_unquoted("+sip.instance").as_deref(), Some(format!("<{INSTANCE}>").as_str()));
        assert_eq!(params.get("reg-id"), Some("1"), "the same flow for ever: the old binding is replaced");
        assert!(supports(register, "outbound") && supports(register, "path"));
    }
    assert!(contact_of_a_call(&mut world).ends_with(";ob"), "RFC 5626 §4.3");
}

#[test]
fn rfc5626_4_2_without_a_name_nothing_is_said() {
    for instance in [None, Some("urn:uuid:1>\";x=\"<".to_owned()), Some("my phone".to_owned())] {
        let (mut world, book) = world(Book::default());
        world.add_account('A', AccountConfig { instance, ..named() });
        world.run_for(10);
        let register = book.borrow().seen[0].clone();
        assert!(!contact(&register).params.has("+sip.instance") && !contact(&register).params.has("reg-id"));
        assert!(supports(&register, "path") && !supports(&register, "outbound") && !supports(&register, "gruu"));
        assert!(!contact_of_a_call(&mut world).contains(";ob"));
    }
}

#[test]
fn rfc5626_11_6_a_first_hop_that_lacks_outbound_goes_without() {
    let (mut world, book) = world(Book { next: [439, 439].into(), ..Book::default() });
    world.add_account('A', named());
    world.run_for(10);
    {
        let seen = &book.borrow().seen;
        assert_eq!(seen.len(), 2, "the second refusal is a failure like any other");
        assert!(!contact(&seen[1]).params.has("reg-id") && contact(&seen[1]).params.has("+sip.instance"));
        assert!(!supports(&seen[1], "outbound") && supports(&seen[1], "gruu"));
    }
    world.run_for(31_000);
    assert!(registered_at(&mut world, "10.0.0.5"));
}

#[test]
fn rfc5627_4_4_the_address_of_the_registrar_is_our_contact() {
    // The scripted registrar gives our Contact back with its parameters, and another device's before it.
    let gruu = "sip:alice@pbx.example;gr=urn:uuid:0c67446e";
    let (mut world, book) = world(Book { gruu: Some(gruu), ..Book::default() });
    world.add_account('A', named());
    world.run_for(10);
    assert!(registered_at(&mut world, "10.0.0.5"));
    assert!(supports(&book.borrow().seen[0], "gruu"));
    world.run_for(560_000);
    assert!(!contact(book.borrow().seen.last().unwrap()).uri.to_string().contains(";gr="), "RFC 5627 §4.2");
    assert_eq!(contact_of_a_call(&mut world), gruu);
}

#[test]
fn rfc5627_4_4_is_used_only_where_it_is_wanted() {
    let gruu = "sip:alice@pbx.example;gr=urn:uuid:0c67446e";
    let (mut world, book) = world(Book { gruu: Some(gruu), ..Book::default() });
    world.add_account('A', AccountConfig { gruu: false, ..named() });
    world.run_for(10);
    assert!(!supports(&book.borrow().seen[0], "gruu"));
    assert!(contact_of_a_call(&mut world).contains("@10.0.0.1:5060"));
}

#[test]
fn rfc3261_8_1_3_4_a_registrar_may_send_us_to_another() {
    let (mut world, book) =
        world(Book { moved_to: Some("<sip:10.0.0.6>;q=0.4, <sip:x@10.0.0.7;transport=tcp>"), ..Book::default() });
    let second = add(&mut world, 'S', "10.0.0.6:5060", Book::default());
    world.add_account('A', config("alice", "pbx.example"));
    world.run_for(10);
    assert!(registered_at(&mut world, "10.0.0.6"), "the transport stays\n{}", world.ladder());
    assert_eq!(second.borrow().seen[0].uri.to_string(), "sip:10.0.0.6");
    assert_eq!(second.borrow().seen[0].headers.to().unwrap().uri.to_string(), "sip:alice@pbx.example");
    world.run_for(560_000);
    assert_eq!((book.borrow().seen.len(), second.borrow().seen.len()), (1, 2), "refreshed where it is");
    // The second one fails: back to where the domain says.
    second.borrow_mut().next.push_back(500);
    book.borrow_mut().moved_to = None;
    world.run_for(600_000);
    assert!(registered_at(&mut world, "10.0.0.5"), "{}", world.ladder());
}

#[test]
fn rfc3261_8_1_3_4_registrars_that_send_us_in_circles_are_left() {
    let (mut world, book) = world(Book { moved_to: Some("<sip:10.0.0.6>"), ..Book::default() });
    add(&mut world, 'S', "10.0.0.6:5060", Book { moved_to: Some("<sip:10.0.0.5>"), ..Book::default() });
    world.add_account('A', config("alice", "pbx.example"));
    world.run_for(1_000);
    let events = world.events('A');
    let waits = |e: &Event| matches!(e, Event::RegistrationFailed { status: Some(302), retry_in: Some(wait), .. } if wait.as_secs() >= 15);
    assert!(has(&events, waits), "{events:?}");
    assert_eq!(book.borrow().seen.len(), 2);
}

#[test]
fn rfc3263_4_3_out_of_service_means_the_next_target() {
    let (mut world, _) = world(Book::default());
    let first = add(&mut world, 'S', "10.0.0.6:5060", Book { next: [503].into(), ..Book::default() });
    world.resolve("pbx.example", Ok(vec!["10.0.0.6:5060", "10.0.0.5:5060"]));
    world.add_account('A', config("alice", "pbx.example"));
    world.run_for(10);
    assert!(registered_at(&mut world, "10.0.0.5"), "{}", world.ladder());
    assert_eq!(first.borrow().seen.len(), 1);
}

#[test]
fn rfc3263_4_3_a_silent_target_is_tried_last_for_five_minutes() {
    let (mut world, _) = world(Book::default());
    let first = add(&mut world, 'S', "10.0.0.6:5060", Book { silent: true, ..Book::default() });
    world.resolve("pbx.example", Ok(vec!["10.0.0.6:5060", "10.0.0.5:5060"]));
    world.add_account('A', config("alice", "pbx.example"));
    world.run_for(33_000);
    assert!(registered_at(&mut world, "10.0.0.5"));
    world.tell('A', Command::NetworkChanged);
    world.run_for(10);
    assert!(registered_at(&mut world, "10.0.0.5"), "at once, not after another 32 s\n{}", world.ladder());
    first.borrow_mut().silent = false;
    world.run_for(301_000);
    world.tell('A', Command::NetworkChanged);
    world.run_for(10);
    assert!(registered_at(&mut world, "10.0.0.6"), "it had its time to come back\n{}", world.ladder());
}

#[test]
fn accounts_register_side_by_side_and_fail_alone() {
    let (mut world, first) = world(Book::default());
    let second = add(&mut world, 'S', "10.0.0.6:5060", Book { next: [403].into(), ..Book::default() });
    world.resolve("other.example", Ok(vec!["10.0.0.6:5060"]));
    world.add_account('A', config("alice", "pbx.example"));
    let other = AccountId(2);
    let stream = AccountConfig { transport: Transport::Tcp, ..config("bob", "other.example") };
    world.tell('A', Command::AddAccount { account: other, config: Box::new(stream) });
    world.run_for(560_000);
    let events = world.events('A');
    assert!(has(&events, |e| matches!(
        e,
        Event::RegistrationFailed { account, cause: EndCause::Forbidden, .. } if *account == other
    )));
    let confirmed = events.iter().filter(|e| matches!(e, Event::Registered { account, .. } if *account == ACCOUNT));
    assert_eq!(confirmed.count(), 2, "the first, and its refresh");
    world.tell('A', Command::Register { account: other });
    world.run_for(10);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { account, .. } if *account == other)));
    let user = |book: &Shared| contact(book.borrow().seen.last().unwrap()).uri.user().unwrap().into_owned();
    assert_ne!(user(&first), user(&second), "each has a random user of its own");
}

#[test]
fn rfc7118_5_2_a_websocket_says_nothing_of_where_it_begins() {
    for (transport, via) in [(Transport::Ws, "WS"), (Transport::Wss, "WSS")] {
        let (mut world, book) = world(Book { extra: vec![("Require", "outbound")], ..Book::default() });
        world.resolve("pbx.example", Ok(vec!["10.0.0.5:5060"]));
        let config = AccountConfig { transport, port: Some(5060), gruu: false, ..named() };
        world.add_account('A', config);
        world.run_for(10);
        let register = book.borrow().seen[0].clone();
        let (top, contact) = (register.headers.top_via().unwrap(), contact(&register).uri);
        assert_eq!((top.transport.as_str(), top.port), (via, None));
        assert!(top.host.to_string().ends_with(".invalid"), "{}", top.host);
        assert_eq!(contact.host(), Some(&top.host), "the same for ever");
        assert!(contact.to_string().ends_with(".invalid;transport=ws"), "{contact}");
        let of_call = contact_of_a_call(&mut world);
        assert_eq!(of_call, format!("{contact};ob"));
        world.move_home('A', "10.0.1.1:5062");
        world.run_for(10);
    }
}
