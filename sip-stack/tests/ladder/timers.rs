//! The timers of RFC 3261 §17 and RFC 6026, one test each, and what the user agent times itself.

use sip_stack::message::Method;
use sip_stack::ua::{Command, EndCause, EndedBy, Event, LegId};

use crate::calls::call_peer;
use crate::peer::{self, SDP};
use crate::wire::{World, check_ladder, ended, has};

const LEG: LegId = LegId(1);

/// Times, ms, of the lines of the ladder that contain `what`.
fn times(world: &World, what: &str) -> Vec<u64> {
    let lines = world.ladder().lines().filter(|line| line.trim_end().contains(what));
    lines.map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect()
}

#[test]
fn timer_a_doubles_and_timer_b_gives_up() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(40_000);
    assert_eq!(times(&world, "A ─► P  INVITE"), [0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    assert_eq!(ended(&world.events('A')), (EndCause::Timeout, None, EndedBy::Network));
    assert_eq!(times(&world, "Ended"), [32_000]);
    check_ladder(&world, "timer_a_doubles_and_timer_b_gives_up");
}

#[test]
fn timer_d_acknowledges_copies_of_a_failure_for_32_s() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    let invite = world.take_request("INVITE");
    let busy = peer::answer(&invite, 486, "t", None);
    world.say(busy.clone());
    world.say(busy.clone());
    assert_eq!(world.count("ACK"), 2);
    assert_eq!(ended(&world.events('A')).0, EndCause::Busy);
    world.run_for(31_000);
    world.say(busy.clone());
    assert_eq!(world.count("ACK"), 1);
    world.run_for(2_000);
    world.say(busy);
    assert_eq!(world.count("ACK"), 0, "the transaction is gone");
}

#[test]
fn timer_e_doubles_up_to_t2_and_timer_f_gives_up() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    let begin = times(&world, "Answered")[0];
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(40_000);
    let all: Vec<_> = times(&world, "A ─► P  BYE").into_iter().map(|t| t - begin - 1).collect();
    assert_eq!(all, [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
}

#[test]
fn timer_e_waits_t2_after_a_provisional_response() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2);
    let bye = world.take_request("BYE");
    world.say(bye.response(sip_stack::message::StatusCode::TRYING, None));
    world.run_for(9_000);
    assert_eq!(world.count("BYE"), 3, "one by the running timer, then every 4 s");
}

#[test]
fn timer_g_repeats_a_failure_until_its_ack_and_timer_h_gives_up() {
    let mut world = World::with_peer();
    world.say(peer::invite("g", Some(SDP)));
    let leg = world.incoming('A');
    world.tell('A', Command::Reject { leg, status: 486 });
    world.run_for(40_000);
    let sent = times(&world, "486 INVITE");
    let gaps: Vec<_> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps, [500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000]);
}

#[test]
fn timer_g_stops_with_the_ack_and_timer_i_absorbs_more_of_them() {
    let mut world = World::with_peer();
    let invite = peer::invite("i", Some(SDP));
    world.say(invite.clone());
    let leg = world.incoming('A');
    world.tell('A', Command::Reject { leg, status: 486 });
    world.run_for(2);
    let busy = world.take_response(486, "INVITE");
    let ack = invite.ack_of_failure(&busy).unwrap();
    world.say(ack.clone());
    world.say(ack.clone());
    world.run_for(6_000);
    assert_eq!(world.count("486 INVITE"), 0);
    world.tell('A', Command::ReportCounters);
    let stray =
        |events: &[Event]| events.iter().find_map(|e| if let Event::Counters(c) = e { Some(c.stray) } else { None });
    assert_eq!(stray(&world.events('A')), Some(0));
    world.say(ack);
    world.tell('A', Command::ReportCounters);
    assert_eq!(stray(&world.events('A')), Some(1), "T4 is over");
}

#[test]
fn timer_j_answers_copies_of_a_request_alike() {
    let mut world = World::with_peer();
    let mut refer = peer::invite("j", None);
    refer.method = Method::Refer;
    refer.headers.set("CSeq", "1 REFER");
    world.say(refer.clone());
    let first = world.take_response(603, "REFER");
    world.run_for(31_000);
    world.say(refer.clone());
    assert_eq!(world.take_response(603, "REFER"), first);
    world.run_for(2_000);
    world.say(refer);
    assert_ne!(world.take_response(603, "REFER").headers.to(), first.headers.to(), "a new transaction, a new tag");
}

#[test]
fn timer_k_absorbs_copies_of_the_final_response() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.tell('A', Command::HangUp { leg: LEG });
    world.run_for(2);
    let bye = world.take_request("BYE");
    let ok = peer::answer(&bye, 200, "t", None);
    let mut strays = Vec::new();
    for wait in [0, 4_900, 200] {
        world.run_for(wait);
        world.say(ok.clone());
        world.tell('A', Command::ReportCounters);
        strays.extend(world.events('A').iter().filter_map(|e| match e {
            Event::Counters(counters) => Some(counters.stray),
            _ => None,
        }));
    }
    assert_eq!(strays, [0, 0, 1]);
}

#[test]
fn timer_l_absorbs_copies_of_an_answered_invite() {
    let mut world = World::with_peer();
    let invite = peer::invite("l", Some(SDP));
    world.say(invite.clone());
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    world.events('A');
    world.run_for(20_000);
    world.say(invite);
    assert_eq!(world.count("100 INVITE"), 0);
    assert!(world.events('A').is_empty(), "no second call");
}

#[test]
fn timer_m_acknowledges_every_copy_of_the_2xx() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    let ok = peer::answer(&invite, 200, "t", Some(SDP));
    world.say(ok.clone());
    world.say(ok.clone());
    assert_eq!(world.count("ACK"), 2);
    world.run_for(33_000);
    world.say(ok);
    assert_eq!(world.count("ACK"), 0, "after 64·T1 nobody sends copies any more");
    assert!(world.events('A').is_empty());
}

#[test]
fn the_200_is_sent_again_until_the_ack_comes() {
    let mut world = World::pair(crate::wire::FAIR, 1);
    world.lose("A ACK", 2);
    crate::calls::talk_slowly(&mut world);
    let sent = times(&world, "B ─► A  200 INVITE");
    let gaps: Vec<_> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps, [500, 1000]);
    check_ladder(&world, "the_200_is_sent_again_until_the_ack_comes");
}

#[test]
fn no_ack_at_all_ends_the_call_with_bye() {
    let mut world = World::with_peer();
    world.say(peer::invite("noack", Some(SDP)));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(31_000);
    assert!(!has(&world.events('A'), |e| matches!(e, Event::Ended { .. })));
    world.run_for(2_000);
    assert_eq!(ended(&world.events('A')), (EndCause::Timeout, None, EndedBy::Network));
    world.take_request("BYE");
    check_ladder(&world, "no_ack_at_all_ends_the_call_with_bye");
}

#[test]
fn hung_up_before_the_ack_the_bye_waits_for_it() {
    let mut world = World::with_peer();
    world.say(peer::invite("early", Some(SDP)));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    world.tell('A', Command::HangUp { leg });
    world.run_for(600);
    assert_eq!(ended(&world.events('A')), (EndCause::Normal, None, EndedBy::Local));
    assert_eq!(world.count("BYE"), 0);
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    world.run_for(1);
    world.take_request("BYE");
    assert!(world.events('A').is_empty());
}
