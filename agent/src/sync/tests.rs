#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::collections::VecDeque;
use std::sync::Mutex;

use crm::connector::{Changes, RemoteKind, RemotePerson, RemoteRef, Reply};
use crm::phone::PhoneNumber;
use crm::store::conformance::T0;
use crm::store::memory::MemoryStore;

use super::*;
use crate::port::clock::SteppedClock;

/// A source that answers so, one after the other, and notes with which cursors it was asked; then it has nothing new.
#[derive(Default)]
struct Told {
    answers: Mutex<VecDeque<Result<Changes, Fault>>>,
    asked: Mutex<Vec<Option<String>>>,
}

impl Pull for Told {
    fn changes<'a>(&'a self, cursor: Option<&'a str>) -> Reply<'a, Changes> {
        self.asked.lock().unwrap().push(cursor.map(str::to_owned));
        let nothing = Changes { cursor: cursor.unwrap_or_default().to_owned(), complete: true, ..Changes::default() };
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(nothing));
        Box::pin(std::future::ready(answer))
    }
}

fn page(cursor: &str, complete: bool) -> Result<Changes, Fault> {
    let person = RemotePerson {
        record: RemoteRef { kind: RemoteKind::Contact, id: cursor.to_owned() },
        name: cursor.to_owned(),
        company: None,
        phones: vec!["8555 0117".to_owned()],
        email: None,
    };
    Ok(Changes { people: vec![person], cursor: cursor.to_owned(), complete, ..Changes::default() })
}

struct Bench {
    clock: Arc<SteppedClock>,
    store: StoreHandle,
    told: Arc<Told>,
    sync: Sync,
}

impl Bench {
    fn begin(answers: Vec<Result<Changes, Fault>>, begin: Begin) -> Self {
        let (store, _thread) = StoreHandle::start(Box::new(MemoryStore::new())).unwrap();
        Self::over(store, answers, "CR", begin)
    }

    fn over(store: StoreHandle, answers: Vec<Result<Changes, Fault>>, country: &str, begin: Begin) -> Self {
        let (clock, told) = (Arc::new(SteppedClock::new(T0)), Arc::new(Told::default()));
        *told.answers.lock().unwrap() = answers.into();
        let source = Source { name: "crm".to_owned(), pull: Arc::clone(&told) as _, country: country.to_owned() };
        let sync = Sync::start(store.clone(), Arc::clone(&clock) as _, source, begin);
        Self { clock, store, told, sync }
    }

    async fn until(&self, fits: impl Fn(&Progress) -> bool) -> Progress {
        self.sync.progress().wait_for(|progress| !progress.running && fits(progress)).await.unwrap().clone()
    }

    /// Time passes until it is so.
    async fn pass_until(&self, fits: impl Fn(&Progress) -> bool) -> Progress {
        loop {
            let progress = self.sync.progress().borrow().clone();
            if !progress.running && fits(&progress) {
                return progress;
            }
            self.clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    }

    fn passed(&self) -> Duration {
        Duration::from_millis((self.clock.now().utc_ms - T0).unsigned_abs())
    }

    fn asked(&self) -> Vec<Option<String>> {
        self.told.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn pages_are_kept_with_their_cursors_and_a_fault_goes_on_where_it_stood() {
    let busy = Fault::Busy { after: Some(Duration::from_secs(40)) };
    let bench = Bench::begin(vec![page("a", false), Err(busy.clone()), page("b", true)], Begin::AtOnce);
    let halted = bench.until(|progress| progress.fault.is_some()).await;
    assert_eq!((halted.copied.people, halted.fault), (1, Some(busy)));
    let done = bench.pass_until(|progress| progress.copied.complete_at_ms.is_some()).await;
    assert_eq!((done.copied.people, done.fault), (2, None));
    assert!(bench.passed() >= Duration::from_secs(40), "not before it may");
    assert_eq!(bench.asked(), [None, Some("a".to_owned()), Some("a".to_owned())]);
}

#[tokio::test]
async fn a_desk_begins_within_a_minute_and_looks_again_in_ten() {
    let bench = Bench::begin(vec![page("a", true)], Begin::Spread);
    let first = bench.pass_until(|progress| progress.copied.people == 1).await.copied.complete_at_ms;
    bench.pass_until(|progress| progress.copied.complete_at_ms > first).await;
    assert!(bench.passed() >= bench.told.pace().mul_f64(0.9));
    let asked = bench.asked().len();
    bench.sync.now();
    // Nobody waits for the clock.
    while bench.asked().len() == asked {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_was_copied_is_known_from_the_start_and_read_anew_for_another_country() {
    let first = Bench::begin(vec![page("a", true)], Begin::AtOnce);
    first.until(|progress| progress.copied.people == 1).await;
    let store = first.store.clone();
    first.sync.stop().await;
    let again = Bench::over(store.clone(), vec![page("b", true)], "CR", Begin::Spread);
    assert_eq!(again.until(|progress| progress.copied.people == 1).await.copied.cursor.as_deref(), Some("a"));
    assert!(again.asked().is_empty());
    again.sync.stop().await;
    let anew = page("c", true).map(|page| Changes { anew: true, ..page });
    let moved = Bench::over(store.clone(), vec![anew], "US", Begin::AtOnce);
    moved.until(|progress| progress.copied.country == "US").await;
    assert_eq!(moved.asked(), [None]);
    let number = PhoneNumber::parse("+50685550117", "CR").unwrap();
    let found = store.run(move |store| store.copies_by_number("crm", &number)).await.unwrap();
    assert!(found.is_empty(), "it is no number of that country");
}
