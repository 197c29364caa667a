//! How long a lookup takes among 100,000 people. Ends with 1 if the p99 of a lookup by number is over 20 ms.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a bench speaks on stdout

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crm::call::Direction;
use crm::card::Draft;
use crm::contact::{Channel, ChannelKind, Contact};
use crm::id::ChannelId;
use crm::phone::PhoneNumber;
use crm::store::conformance::{T0, call, person, talked};
use crm::store::{CardQuery, ContactQuery, Store};
use crm_store::SqliteStore;
use uuid::Uuid;

const PEOPLE: u128 = 100_000;
const CALLS: u128 = 1_000;
const ROUNDS: usize = 300;
const BAR: Duration = Duration::from_millis(20);

const FIRST: &[&str] =
    &["Ana", "José", "María", "Luis", "Zoe", "Íñigo", "Chloé", "Jürgen", "Sofía", "Óscar", "Noelia", "Ruth"];
const LAST: &[&str] =
    &["Mora", "Núñez", "Quesada", "Solís", "Zúñiga", "Brenes", "Vargas", "Ibáñez", "Castro", "Peña", "Rojas"];

/// A number of Costa Rica for everybody, shared by two in a hundred.
fn number(n: u128) -> String {
    let n = if n.is_multiple_of(50) { 0 } else { n };
    format!("8{:07}", 3_000_000 + n)
}

fn somebody(n: u128) -> Contact {
    let (first, last) = (FIRST[n as usize % FIRST.len()], LAST[n as usize / 7 % LAST.len()]);
    let mut contact = person(n, first, &format!("{last} {}", LAST[n as usize / 77 % LAST.len()]), &number(n));
    contact.company = format!("Compañía {}", n % 997);
    contact.channels.push(Channel {
        id: ChannelId(Uuid::from_u128(0x4000_0000 + n)),
        kind: ChannelKind::Email,
        raw: format!("p{n}@empresa{}.example", n % 997),
        number: None,
    });
    contact
}

/// Times `ROUNDS` runs and prints their percentiles: by the clock, and by the processor's time, which a busy machine does
/// not change. Returns the p99 by the clock.
fn timed(name: &str, mut run: impl FnMut(u128)) -> Duration {
    let mut clock = Vec::new();
    let mut processor = Vec::new();
    for round in 0..ROUNDS {
        let (started, busy) = (Instant::now(), on_processor());
        run((round as u128).wrapping_mul(7919) % PEOPLE);
        clock.push(started.elapsed());
        processor.push(on_processor().saturating_sub(busy));
    }
    let p99 = at(&mut clock, 0.99);
    println!(
        "{name:34} clock p50 {:8.3} p99 {:8.3} max {:8.3} ms   processor p50 {:8.3} p99 {:8.3} ms",
        ms(at(&mut clock, 0.5)),
        ms(p99),
        ms(at(&mut clock, 1.0)),
        ms(at(&mut processor, 0.5)),
        ms(at(&mut processor, 0.99)),
    );
    p99
}

fn at(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() as f64 * part) as usize).min(times.len() - 1)]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Time that this thread has spent on a processor; 0 where the system does not tell.
fn on_processor() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or_default())
}

fn main() -> ExitCode {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(directory.path()).unwrap();
    let started = Instant::now();
    for chunk in 0..10 {
        let people: Vec<Contact> = (chunk * PEOPLE / 10..(chunk + 1) * PEOPLE / 10).map(somebody).collect();
        store.import_contacts(&people, T0).unwrap();
    }
    println!("{PEOPLE} people imported in {:.1} s", started.elapsed().as_secs_f64());
    for n in 0..CALLS {
        let record = call(n, Direction::Incoming, &number(n * 17 % PEOPLE));
        store.begin_call(&record, &Draft { contact: Some(somebody(n * 17 % PEOPLE).id), ..Draft::default() }).unwrap();
        store.end_call(&talked(&record), false).unwrap();
    }
    let parsed = |n: u128| PhoneNumber::parse(&number(n), "CR").unwrap();
    let none = PhoneNumber::parse("2222 0000", "CR").unwrap();
    let search = |store: &mut SqliteStore, text: String| {
        store.search_contacts(&ContactQuery { text, limit: 50, ..ContactQuery::default() }).unwrap()
    };
    let worst = [
        timed("number of one person", |n| assert!(!store.match_number(&parsed(n)).unwrap().is_empty())),
        timed("number of nobody", |_| assert!(store.match_number(&none).unwrap().is_empty())),
        timed("number of 2,000 people", |_| assert_eq!(store.match_number(&parsed(0)).unwrap().len(), 20)),
    ];
    timed("search: full name", |n| assert!(search(&mut store, somebody(n).name()).total > 0));
    timed("search: e-mail", |n| assert!(search(&mut store, format!("p{n}@empresa")).total > 0));
    timed("search: seven digits", |n| assert!(search(&mut store, number(n)[1..].to_owned()).total > 0));
    timed("search: common name (8,000 hits)", |_| assert!(search(&mut store, "sofia".into()).total > 1000));
    timed("search: company of all", |_| assert!(search(&mut store, "compañía".into()).total > 1000));
    timed("search: two letters", |_| assert!(search(&mut store, "nu".into()).total > 1000));
    timed("list: first page of all", |_| assert_eq!(search(&mut store, String::new()).rows.len(), 50));
    timed("history: first page", |_| {
        assert_eq!(store.list_cards(&CardQuery { limit: 50, ..CardQuery::default() }).unwrap().rows.len(), 50);
    });
    let record = call(CALLS + 1, Direction::Incoming, "27");
    store.begin_call(&record, &Draft::default()).unwrap();
    timed("draft stored (with its sync)", |n| {
        store
            .save_draft(record.id, &Draft { comment: "texto ".repeat(n as usize % 200), ..Draft::default() }, T0)
            .unwrap();
    });
    if worst.into_iter().all(|p99| p99 <= BAR) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
