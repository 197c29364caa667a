//! Flows that are kept open, and flows that are dead (RFC 5626 §4.4).

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use sip_stack::ua::{AccountConfig, Command, EndCause, Event, Secret, Transport};

use crate::registrar::{Book, PASSWORD, Shared, registrar};
use crate::wire::{FAIR, World, has};

const EDGE: &str = "10.0.0.5:5060";
const SEEN_AT: &str = "203.0.113.7:40001";
const OUTBOUND: (&str, &str) = ("Require", "outbound");

fn config(transport: Transport) -> AccountConfig {
    let instance = Some("urn:uuid:0c67446e-f1a1-11d9-94d3-000a95a0e128".to_owned());
    AccountConfig {
        instance,
        transport,
        register_expires_s: 3600,
        ..AccountConfig::new("alice", "pbx.example", Secret::new(PASSWORD))
    }
}

/// `A` registered at `R`, whose answers carry these headers.
fn registered(transport: Transport, extra: Vec<(&'static str, &'static str)>, mapped: Option<&str>) -> (World, Shared) {
    let mut world = World::new(FAIR, 1);
    world.add_agent('A', "10.0.0.1:5060");
    let book = Rc::new(RefCell::new(Book { extra, ..Book::default() }));
    world.add_script('R', EDGE, registrar(&book));
    world.resolve("pbx.example", Ok(vec![EDGE]));
    if let Some(mapped) = mapped {
        world.mirror(EDGE, mapped);
    }
    world.add_account('A', config(transport));
    world.run_for(10);
    assert!(has(&world.events('A'), |e| matches!(e, Event::Registered { .. })), "{}", world.ladder());
    (world, book)
}

fn asked(world: &World) -> usize {
    world.ladder().matches("A ─► R  STUN").count() + world.ladder().matches("A ─x R  STUN").count()
}

/// The cause of each loss among the events.
fn losses(world: &mut World) -> Vec<EndCause> {
    let cause = |event| if let Event::RegistrationFailed { cause, .. } = event { Some(cause) } else { None };
    world.events('A').into_iter().filter_map(cause).collect()
}

#[test]
fn rfc5626_4_4_2_a_datagram_flow_is_kept_by_stun_every_24_to_29_s() {
    let (mut world, book) = registered(Transport::Udp, vec![OUTBOUND], Some(SEEN_AT));
    assert_eq!(world.pings, [None], "the driver is silent");
    world.run_for(290_000);
    assert!((10..=12).contains(&asked(&world)), "{}", world.ladder());
    assert_eq!((losses(&mut world).len(), book.borrow().seen.len()), (0, 1));
}

#[test]
fn rfc5626_4_4_2_stun_is_for_registrars_that_keep_to_the_rfc() {
    for (transport, extra) in [(Transport::Udp, vec![]), (Transport::Tcp, vec![OUTBOUND])] {
        let (mut world, _) = registered(transport, extra, Some(SEEN_AT));
        world.run_for(100_000);
        assert_eq!(asked(&world), 0, "{transport}");
        assert_eq!(world.pings, [Some(Duration::from_secs(25))]);
    }
}

#[test]
fn rfc5626_4_4_2_another_mapped_address_is_another_flow() {
    let (mut world, book) = registered(Transport::Udp, vec![OUTBOUND], Some(SEEN_AT));
    world.run_for(60_000);
    world.mirror(EDGE, "203.0.113.7:40002");
    world.run_for(33_000);
    assert_eq!(losses(&mut world), [EndCause::Unreachable], "{}", world.ladder());
    assert_eq!(book.borrow().seen.len(), 2, "registered again within 3 s\n{}", world.ladder());
    world.run_for(100_000);
    assert_eq!(losses(&mut world), [], "the new address is the known one now");
}

#[test]
fn rfc5626_4_4_2_a_datagram_flow_without_answers_is_dead_after_10_s() {
    let (mut world, book) = registered(Transport::Udp, vec![OUTBOUND], Some(SEEN_AT));
    world.run_for(35_000);
    let before = asked(&world);
    world.lose("A STUN", 5);
    world.run_for(22_000);
    assert_eq!(losses(&mut world), []);
    world.run_for(16_000);
    assert_eq!(losses(&mut world), [EndCause::Timeout], "{}", world.ladder());
    assert_eq!(asked(&world) - before, 5, "one request and four copies");
    assert_eq!(book.borrow().seen.len(), 2, "{}", world.ladder());
}

#[test]
fn rfc5389_7_2_1_lost_requests_are_sent_again() {
    let (mut world, book) = registered(Transport::Udp, vec![OUTBOUND], Some(SEEN_AT));
    world.run_for(35_000);
    world.lose("A STUN", 4);
    world.run_for(120_000);
    assert_eq!((losses(&mut world).len(), book.borrow().seen.len()), (0, 1), "{}", world.ladder());
}

#[test]
fn a_peer_that_knows_no_stun_is_pinged_as_before() {
    let (mut world, book) = registered(Transport::Udp, vec![OUTBOUND], None);
    world.run_for(600_000);
    assert_eq!(asked(&world), 5);
    assert_eq!(world.pings, [None, Some(Duration::from_secs(25))]);
    assert_eq!((losses(&mut world).len(), book.borrow().seen.len()), (0, 1));
}

#[test]
fn stun_from_elsewhere_is_counted_and_changes_nothing() {
    let (mut world, _) = registered(Transport::Udp, vec![OUTBOUND], None);
    world.run_for(31_000);
    assert!((1..=5).contains(&asked(&world)), "an answer is owed");
    let forged = [&[1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12], &[0, 0x20, 0, 8, 0, 1, 1, 1, 1, 1, 1, 1]];
    for from in ["10.0.0.66:5060", EDGE] {
        world.say_from(from, &forged.concat());
    }
    world.run_for(20_000);
    assert_eq!(world.pings, [None, Some(Duration::from_secs(25))], "nobody answered");
    world.tell('A', Command::ReportCounters);
    let stray = |e: &Event| matches!(e, Event::Counters(counters) if counters.stray == 2 && counters.malformed == 0);
    let events = world.events('A');
    assert!(has(&events, stray), "{events:?}");
    assert!(!has(&events, |e| matches!(e, Event::RegistrationFailed { .. })));
}

#[test]
fn rfc5626_4_4_1_the_flow_timer_says_how_often() {
    let (world, _) = registered(Transport::Tls, vec![OUTBOUND, ("Flow-Timer", "10")], None);
    let [Some(every)] = world.pings[..] else { panic!("{:?}", world.pings) };
    assert!((8..=10).contains(&every.as_secs()), "80 to 100 % of 10 s: {every:?}");

    let (mut world, _) = registered(Transport::Udp, vec![OUTBOUND, ("Flow-Timer", "120")], Some(SEEN_AT));
    world.run_for(600_000);
    assert!((5..=6).contains(&asked(&world)), "{}", world.ladder());

    for nonsense in ["0", "soon", "-1"] {
        let (world, _) = registered(Transport::Tcp, vec![("Flow-Timer", nonsense)], None);
        assert_eq!(world.pings, [Some(Duration::from_secs(25))], "{nonsense}");
    }
}
