#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::sync::atomic::{AtomicUsize, Ordering};

use agent_api::connection_setup::ConnectionSetup;
use crm::call::Direction;
use crm::card::Draft;
use crm::connector::{
    Abilities, Changes, Connector, Directory, Identity, LogEntry, NewPerson, RecordForm, RemoteKind, RemoteTicket,
    Reply,
};
use crm::id::OutboxId;
use crm::outbox::Release;
use crm::store::conformance::{self, T0, call, talked};
use crm::store::memory::MemoryStore;
use crm::store::{Copies, CopyTerms, Store};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

use super::*;
use crate::inbox::Inbox;
use crate::port::clock::SteppedClock;
use crate::port::connect::NoConnect;
use crate::settings::Connection;
use crate::store::StoreHandle;

/// A CRM that says who has a number when its gate opens, and never that it logged anything.
struct Crm {
    people: Result<Vec<RemotePerson>, Fault>,
    gate: Semaphore,
    asked: AtomicUsize,
    logs: watch::Sender<usize>,
}

impl Crm {
    fn who(people: Result<Vec<RemotePerson>, Fault>, open: bool) -> Arc<Self> {
        let gate = Semaphore::new(if open { Semaphore::MAX_PERMITS } else { 0 });
        Arc::new(Self { people, gate, asked: AtomicUsize::new(0), logs: watch::Sender::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn not_offered<T: Send + 'static>(&self) -> Reply<'_, T> {
        Box::pin(std::future::ready(Err(Fault::NotOffered)))
    }
}

impl Directory for Crm {
    fn check(&self) -> Reply<'_, Identity> {
        self.not_offered()
    }
    fn find_by_number<'a>(&'a self, _: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            let _turn = self.gate.acquire().await.unwrap();
            self.people.clone()
        })
    }
    fn find_by_text<'a>(&'a self, _: &'a str, _: u32) -> Reply<'a, Vec<RemotePerson>> {
        self.not_offered()
    }
    fn address(&self, _: &RemoteRef) -> Option<String> {
        None
    }
}

impl Connector for Crm {
    fn abilities(&self) -> Abilities {
        Abilities { people: true, ..Abilities::default() }
    }
    fn describe<'a>(&'a self, _: RemoteKind, _: Option<&'a str>) -> Reply<'a, RecordForm> {
        self.not_offered()
    }
    fn create<'a>(&'a self, _: &'a NewPerson) -> Reply<'a, RemoteRef> {
        self.not_offered()
    }
    fn find_created<'a>(&'a self, _: &'a NewPerson) -> Reply<'a, Option<RemoteRef>> {
        self.not_offered()
    }
    fn log<'a>(&'a self, _: &'a LogEntry) -> Reply<'a, RemoteRef> {
        self.logs.send_modify(|count| *count += 1);
        Box::pin(std::future::pending())
    }
    fn look_up<'a>(&'a self, _: OutboxId, _: Option<&'a RemoteRef>) -> Reply<'a, Option<RemoteRef>> {
        self.not_offered()
    }
    fn tickets<'a>(&'a self, _: &'a RemoteRef) -> Reply<'a, Vec<RemoteTicket>> {
        self.not_offered()
    }
    fn attach<'a>(&'a self, _: &'a RemoteRef, _: &'a RemoteRef) -> Reply<'a, ()> {
        self.not_offered()
    }
}

fn id(n: u128) -> ConnectionId {
    ConnectionId(Uuid::from_u128(n))
}

fn person(name: &str) -> RemotePerson {
    let record = RemoteRef { kind: RemoteKind::Contact, id: name.to_owned() };
    RemotePerson { record, name: name.to_owned(), company: None, phones: vec!["8555 0117".into()], email: None }
}

fn number() -> Asked {
    Asked::Number(PhoneNumber::parse("8555 0117", "CR").unwrap())
}

/// Connections to these, in this order, at a clock that stands.
struct Bench {
    clock: Arc<SteppedClock>,
    connections: Arc<Connections>,
}

impl Bench {
    async fn with(store: MemoryStore, crms: &[Arc<Crm>]) -> Self {
        let clock = Arc::new(SteppedClock::new(T0));
        let (store, _thread) = StoreHandle::start(Box::new(store)).unwrap();
        let inbox = Inbox::new().0.downgrade();
        let connections = Connections::new(Arc::new(NoConnect), store, Arc::clone(&clock) as _, inbox, |_| 0);
        for (n, crm) in (0..).zip(crms) {
            let settings = Connection {
                id: id(n),
                name: String::new(),
                setup: ConnectionSetup::Webhook { url: "https://crm.example/".to_owned() },
                signed_in: true,
                identity: None,
                marker: None,
                token_server: None,
                call_results: true,
            };
            connections.put(settings, false);
            let way = Way::to_crm(Arc::clone(crm) as _);
            connections.take_way(id(n), way, "CR").await;
        }
        Self { clock, connections }
    }

    /// A question that is under way, and all that is shown of it.
    fn ask(&self) -> UnboundedReceiver<RemoteMatches> {
        let (told, shown) = unbounded_channel();
        let connections = Arc::downgrade(&self.connections);
        tokio::spawn(look_up(connections, number(), None, move |matches| drop(told.send(matches.clone()))));
        shown
    }

    /// What a question comes to.
    async fn answer(&self) -> RemoteMatches {
        let mut shown = self.ask();
        let mut last = None;
        while let Some(matches) = shown.recv().await {
            last = Some(matches);
        }
        last.unwrap()
    }

    fn pass(&self, ms: u64) {
        self.clock.advance(Duration::from_millis(ms));
    }
}

fn names(matches: &RemoteMatches) -> Vec<&str> {
    matches.people.iter().map(|person| person.name.as_str()).collect()
}

#[tokio::test]
async fn a_pop_up_waits_a_second_and_a_half_and_late_answers_come_below() {
    let (quick, slow) = (Crm::who(Ok(vec![person("Ana")]), true), Crm::who(Ok(vec![person("Eva")]), false));
    let bench = Bench::with(MemoryStore::new(), &[Arc::clone(&slow), quick]).await;
    let mut shown = bench.ask();
    let first = shown.recv().await.unwrap();
    assert_eq!((first.search, names(&first)), (RemoteSearch::Searching, vec!["Ana"]));
    bench.pass(1499);
    // Whatever was ready to run has run: nobody is on another thread.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(shown.try_recv().is_err(), "it is not late yet");
    bench.pass(1);
    let late = shown.recv().await.unwrap();
    assert_eq!((late.search, names(&late)), (RemoteSearch::Late, vec!["Ana"]));
    bench.pass(60_000);
    slow.gate.add_permits(1);
    let done = shown.recv().await.unwrap();
    assert_eq!((done.search, names(&done)), (RemoteSearch::Done, vec!["Ana", "Eva"]), "no row moves");
    assert!(shown.recv().await.is_none(), "late is said once");
}

#[tokio::test]
async fn an_answer_counts_for_a_minute_and_somebody_found_for_an_hour() {
    let (nobody, ana) = (Crm::who(Ok(Vec::new()), true), Crm::who(Ok(vec![person("Ana")]), true));
    let bench = Bench::with(MemoryStore::new(), &[Arc::clone(&nobody), Arc::clone(&ana)]).await;
    let ana_there = RecordRef { connection: id(1), ..bench.answer().await.people[0].record.clone() };
    for (pass, asked) in [(0, 1), (59_999, 1), (1, 2), (59_999, 2), (1, 3)] {
        bench.pass(pass);
        assert_eq!(names(&bench.answer().await), ["Ana"]);
        assert_eq!((nobody.asked(), ana.asked()), (asked, asked), "{pass} ms later");
    }
    bench.pass(60 * 60_000 - 1);
    assert_eq!(bench.connections.lookups.person(&ana_there), Some(person("Ana")));
    bench.pass(1);
    assert_eq!(bench.connections.lookups.person(&ana_there), None);
}

/// A store in which these are copied of the first connection.
fn copied(people: &[RemotePerson]) -> MemoryStore {
    let mut store = MemoryStore::new();
    let terms = CopyTerms { country: "CR".into(), most: 9 };
    let changes = Changes { anew: true, people: people.to_vec(), cursor: "1".into(), ..Changes::default() };
    store.take_changes(&key(id(0)), &changes, &terms, T0).unwrap();
    store
}

#[tokio::test]
async fn copied_people_are_shown_first_and_the_crm_s_answer_moves_no_row() {
    let renamed = RemotePerson { name: "Ana Mora".into(), ..person("Ana") };
    let live = Crm::who(Ok(vec![person("Eva"), renamed.clone()]), false);
    let bench = Bench::with(copied(&[person("Ana")]), &[Arc::clone(&live)]).await;
    let mut shown = bench.ask();
    let first = shown.recv().await.unwrap();
    assert_eq!((first.search, names(&first)), (RemoteSearch::Searching, vec!["Ana"]));
    assert!(bench.connections.lookups.person(&first.people[0].record).is_some(), "it can be taken at once");
    live.gate.add_permits(1);
    let done = shown.recv().await.unwrap();
    assert_eq!((done.search, names(&done)), (RemoteSearch::Done, vec!["Ana Mora", "Eva"]));
    let store = bench.connections.store.clone();
    let number = PhoneNumber::parse("8555 0117", "CR").unwrap();
    let kept = store.run(move |store| store.copies_by_number(&key(id(0)), &number)).await.unwrap();
    assert_eq!(kept, [renamed, person("Eva")], "what it said is kept");
}

#[tokio::test]
async fn a_caller_is_known_by_name_where_nobody_is_reached() {
    let crm = Crm::who(Err(Fault::Unreachable), true);
    let bench = Bench::with(copied(&[person("Ana")]), &[Arc::clone(&crm)]).await;
    let matches = bench.answer().await;
    assert_eq!((names(&matches), &matches.failed), (vec!["Ana"], &vec![id(0)]));
    bench.connections.leave(id(0)).await;
    let matches = bench.answer().await;
    assert_eq!((names(&matches), matches.search), (vec!["Ana"], RemoteSearch::Done), "there is not even a way");
}

#[tokio::test]
async fn a_fault_is_no_answer_and_is_not_kept() {
    let crm = Crm::who(Err(Fault::Unreachable), true);
    let bench = Bench::with(MemoryStore::new(), &[Arc::clone(&crm)]).await;
    for asked in 1..4 {
        let matches = bench.answer().await;
        assert_eq!((matches.search, matches.failed), (RemoteSearch::Done, vec![id(0)]));
        assert_eq!(crm.asked(), asked);
    }
}

#[tokio::test]
async fn a_caller_is_asked_for_while_the_backlog_is_under_way() {
    let crm = Crm::who(Ok(vec![person("Ana")]), true);
    let mut store = MemoryStore::new();
    let eva = store.save_contact(&conformance::person(1, "Eva", "Soto", "8555 0118"), T0).unwrap().id;
    for n in 0..20 {
        let record = call(n, Direction::Incoming, "8555 0118");
        store.begin_call(&record, &Draft::default()).unwrap();
        store.end_call(&talked(&record), false).unwrap();
        let draft = Draft { contact: Some(eva), ..Draft::default() };
        store.save_card(record.id, &draft, &Release::to(&key(id(0))), T0).unwrap();
    }
    let bench = Bench::with(store, &[Arc::clone(&crm)]).await;
    let mut logs = crm.logs.subscribe();
    logs.wait_for(|count| *count > 0).await.unwrap();
    assert_eq!(names(&bench.answer().await), ["Ana"]);
    assert_eq!(*logs.borrow(), 1, "the push is still under way, and no other was begun beside it");
}
