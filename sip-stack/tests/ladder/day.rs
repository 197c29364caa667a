//! A day at a busy desk: what is over leaves nothing in memory.

use std::alloc::System;
use std::cell::RefCell;
use std::rc::Rc;

use sip_stack::message::Message;
use sip_stack::ua::{AccountConfig, AccountId, Command, Event, LegId, Secret};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use crate::calls::call_peer;
use crate::peer;
use crate::registrar::{Book, PASSWORD, registrar};
use crate::wire::{Weather, World, has};

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const HOUR_MS: u64 = 3_600_000;
/// Longer than any timer of a call that is over: 64·T1, with the 32 s after which a silent side is given up.
const QUIET_MS: u64 = 180_000;
/// What tables may keep that were once fuller: how full is a matter of their hashes. One transaction that is forgotten holds 4,000.
const SLACK: usize = 2048;

/// How a call goes.
#[derive(Clone, Copy)]
enum Course {
    Talked,
    Held,
    Refused,
    GivenUp,
    Unanswered,
}

const COURSES: [Course; 5] = [Course::Talked, Course::Held, Course::Refused, Course::GivenUp, Course::Unanswered];

/// Two agents, each the other's exchange, each with a second account that is registered elsewhere; one message of fifty is lost.
fn world() -> World {
    let mut world = World::pair(Weather { loss_pct: 2, delay_ms: (1, 40) }, 24);
    let book = Rc::new(RefCell::new(Book::default()));
    let mut register = registrar(&book);
    let script = Box::new(move |from, message: &Message| {
        book.borrow_mut().seen.clear();
        register(from, message)
    });
    world.add_script('R', "10.0.0.5:5060", script);
    for agent in ['A', 'B'] {
        let config = AccountConfig::new("carol", "10.0.0.5", Secret::new(PASSWORD));
        world.tell(agent, Command::AddAccount { account: AccountId(2), config: Box::new(config) });
    }
    world
}

/// One call, within `ms`; whether the other side heard of it.
fn call(world: &mut World, leg: u64, course: Course, ms: u64) -> bool {
    let caller = LegId(leg);
    world.forget();
    world.invite('A', leg, "bob");
    world.run_for(1_500);
    let called = world.events('B').into_iter().find_map(|event| match event {
        Event::Incoming { leg, .. } => Some(leg),
        _ => None,
    });
    if let Some(leg) = called {
        match course {
            Course::Talked | Course::Held => world.answer('B', leg),
            Course::Refused => world.tell('B', Command::Reject { leg, status: 486 }),
            Course::GivenUp | Course::Unanswered => world.tell('B', Command::Ring { leg }),
        }
    }
    world.run_for(1_500);
    if matches!(course, Course::Held) {
        world.tell('A', Command::Hold { leg: caller });
        world.run_for(1_000);
        world.tell('A', Command::Resume { leg: caller });
        world.run_for(1_000);
    } else {
        world.run_for(2_000);
    }
    let ends = if matches!(course, Course::Unanswered) { ('B', called.unwrap_or(LegId(0))) } else { ('A', caller) };
    world.tell(ends.0, Command::HangUp { leg: ends.1 });
    // Whatever was lost on the way: nobody stays in a call.
    world.tell('A', Command::HangUp { leg: caller });
    world.run_for(ms - 5_000);
    called.is_some()
}

fn held(world: &mut World) -> usize {
    world.run_for(QUIET_MS);
    world.forget();
    let stats = MEMORY.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Calls as evenly as they come, hour by hour; memory held at the end of each hour, and how many calls came through.
fn day(hours: u64, calls: u64) -> (Vec<usize>, u64) {
    let mut world = world();
    let (each, mut through, mut leg, mut hourly) = (calls.div_ceil(hours), 0, 0, Vec::new());
    for _ in 0..hours {
        for course in COURSES.into_iter().cycle().take(usize::try_from(each).unwrap()) {
            leg += 1;
            through += u64::from(call(&mut world, leg % 1_000, course, (HOUR_MS - QUIET_MS) / each));
        }
        hourly.push(held(&mut world));
    }
    assert!(!has(&world.events('A'), |_| true), "the day is over");
    (hourly, through)
}

#[expect(clippy::print_stdout, reason = "a long run tells its figures")]
fn grows_not(hours: u64, calls: u64) {
    let (hourly, through) = day(hours, calls);
    assert!(through * 100 > calls * 99, "only {through} of {calls} calls came through");
    let (first, most) = (hourly[0], hourly.iter().copied().max().unwrap());
    println!("{calls} calls in {hours} h, bytes held each hour: {hourly:?}");
    assert!(most <= first + SLACK, "memory grows: {hourly:?}");
}

/// Runs the body of the test `name` in a process where nobody else takes memory, as nextest does.
#[expect(clippy::disallowed_types, reason = "a process of its own")]
fn alone(name: &str, body: impl FnOnce()) {
    if std::env::var_os("NEXTEST").is_some() || std::env::var_os("TIMBRE_TEST_ALONE").is_some() {
        return body();
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--include-ignored", "--nocapture"]).env("TIMBRE_TEST_ALONE", "1");
    assert!(command.status().unwrap().success(), "see above");
}

#[test]
fn what_was_asked_in_a_call_goes_with_it() {
    alone("day::what_was_asked_in_a_call_goes_with_it", what_is_asked_goes);
}

fn what_is_asked_goes() {
    let mut world = World::with_peer();
    let kept = |world: &mut World| {
        call_peer(world, "t");
        world.tell('A', Command::Hold { leg: LegId(1) });
        world.run_for(2);
        let ask = world.take_request("INVITE");
        world.say(peer::answer(&ask, 100, "t", None));
        world.tell('A', Command::HangUp { leg: LegId(1) });
        world.run_for(2);
        let bye = world.take_request("BYE");
        world.say(peer::answer(&bye, 200, "t", None));
        held(world)
    };
    let first = kept(&mut world);
    let second = kept(&mut world);
    assert!(second <= first + SLACK, "{} bytes stay behind", second - first);
}

#[test]
fn two_busy_hours_leave_nothing_in_memory() {
    alone("day::two_busy_hours_leave_nothing_in_memory", || grows_not(2, 800));
}

/// A day of 10,000 calls.
#[test]
#[ignore = "long: cargo xtask soak"]
fn soak_a_day_of_ten_thousand_calls_leaves_nothing_in_memory() {
    alone("day::soak_a_day_of_ten_thousand_calls_leaves_nothing_in_memory", || grows_not(24, 10_000));
}
