#![allow(clippy::disallowed_types)] // the CRM of these tests is shared as a real one is

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::call::Direction;
use crate::connector::{
    Abilities, Directory, FieldValue, Further, Identity, RecordForm, RemoteKind, RemoteTicket, Reply,
};
use crate::draft::Draft;
use crate::id::OutboxId;
use crate::outbox::Activity;
use crate::store::conformance::{T0, call, person, talked};

const AT: Try = Try { now_ms: T0, jitter: 1.0 };

/// A CRM that says at once what it is told to say; what it was asked stands in `asked`.
struct Fake {
    abilities: Abilities,
    people: Vec<RemotePerson>,
    faults: Mutex<VecDeque<(&'static str, Fault)>>,
    asked: Mutex<Vec<String>>,
    logged: Mutex<Vec<LogEntry>>,
    created: Mutex<Vec<NewPerson>>,
    /// With whom the calls were that were looked up.
    looked_up: Mutex<Vec<Option<RemoteRef>>>,
    marked: Option<RemoteRef>,
    made_before: Option<RemoteRef>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            abilities: Abilities { people: true, ..Abilities::default() },
            people: Vec::new(),
            faults: Mutex::default(),
            asked: Mutex::default(),
            created: Mutex::default(),
            logged: Mutex::default(),
            looked_up: Mutex::default(),
            marked: None,
            made_before: None,
        }
    }
}

impl Fake {
    fn answer<T: Send + 'static>(&self, name: &'static str, value: T) -> Reply<'_, T> {
        self.asked.lock().unwrap().push(name.to_owned());
        let mut faults = self.faults.lock().unwrap();
        let answer = match faults.front() {
            Some((of, _)) if *of == name => Err(faults.pop_front().unwrap().1),
            _ => Ok(value),
        };
        Box::pin(std::future::ready(answer))
    }

    fn fails(self, name: &'static str, fault: Fault) -> Self {
        self.faults.lock().unwrap().push_back((name, fault));
        self
    }

    fn asked(&self) -> String {
        self.asked.lock().unwrap().join(" ")
    }
}

impl Directory for Fake {
    fn check(&self) -> Reply<'_, Identity> {
        self.answer("check", Identity { user: "ana".into(), organisation: None })
    }
    fn find_by_number<'a>(&'a self, _: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>> {
        self.answer("find", self.people.clone())
    }
    fn find_by_text<'a>(&'a self, _: &'a str, _: u32) -> Reply<'a, Vec<RemotePerson>> {
        self.answer("text", Vec::new())
    }
    fn address(&self, _: &RemoteRef) -> Option<String> {
        None
    }
}

impl Connector for Fake {
    fn abilities(&self) -> Abilities {
        self.abilities
    }
    fn describe<'a>(&'a self, _: RemoteKind, _: Option<&'a str>) -> Reply<'a, RecordForm> {
        self.answer("describe", RecordForm::default())
    }
    fn create<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, RemoteRef> {
        self.created.lock().unwrap().push(person.clone());
        self.answer("create", record(RemoteKind::Contact, "made"))
    }
    fn find_created<'a>(&'a self, _: &'a NewPerson) -> Reply<'a, Option<RemoteRef>> {
        self.answer("find_created", self.made_before.clone())
    }
    fn log<'a>(&'a self, entry: &'a LogEntry) -> Reply<'a, RemoteRef> {
        self.logged.lock().unwrap().push(entry.clone());
        self.answer("log", record(RemoteKind::Activity, "00T1"))
    }
    fn look_up<'a>(&'a self, _: OutboxId, who: Option<&'a RemoteRef>) -> Reply<'a, Option<RemoteRef>> {
        self.looked_up.lock().unwrap().push(who.cloned());
        self.answer("look_up", self.marked.clone())
    }
    fn tickets<'a>(&'a self, _: &'a RemoteRef) -> Reply<'a, Vec<RemoteTicket>> {
        self.answer("tickets", Vec::new())
    }
    fn attach<'a>(&'a self, _: &'a RemoteRef, _: &'a RemoteRef) -> Reply<'a, ()> {
        self.answer("attach", ())
    }
}

/// What was kept, in order.
#[derive(Default)]
struct Kept(Mutex<Vec<Option<String>>>);

impl Links for Kept {
    fn keep<'a>(
        &'a self,
        _: ContactId,
        remote: Option<&'a RemoteRef>,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>> {
        self.0.lock().unwrap().push(remote.map(|remote| remote.id.clone()));
        Box::pin(std::future::ready(Ok(())))
    }
}

fn record(kind: RemoteKind, id: &str) -> RemoteRef {
    RemoteRef { kind, id: id.to_owned() }
}

fn somebody(id: &str, name: &str) -> RemotePerson {
    RemotePerson {
        record: record(RemoteKind::Contact, id),
        name: name.to_owned(),
        company: None,
        phones: vec!["8555 0117".into()],
        email: None,
    }
}

fn push(state: OutboxState, attempt: u32) -> Push {
    let ana = person(1, "Ana", "Mora", "8555 0117");
    let record = talked(&call(1, Direction::Incoming, "8555 0117"));
    let draft = Draft { contact: Some(ana.id), subject: "Factura".into(), ..Draft::default() };
    let mut item = OutboxItem::held(record.clone(), draft.clone());
    item.payload = Activity { record, draft, outcome: None, further: Vec::new() };
    (item.state, item.attempt, item.connector) = (state, attempt, Some("crm".into()));
    Push { item, person: Some(ana), link: None, further: None, disposition: None, ticket: None, utc_offset_min: -360 }
}

/// The fakes are ready at once: one look is enough.
fn run(crm: &Fake, push: &Push) -> (Delivery, Vec<Option<String>>) {
    run_at(crm, push, AT)
}

fn run_at(crm: &Fake, push: &Push, at: Try) -> (Delivery, Vec<Option<String>>) {
    let links = Kept::default();
    let mut delivery = pin!(deliver(crm, &links, push, at));
    let Poll::Ready(done) = delivery.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("not ready")
    };
    (done.unwrap(), links.0.lock().unwrap().clone())
}

fn sent_to(delivery: &Delivery) -> bool {
    *delivery == Delivery { outcome: Outcome::Sent { remote_id: "00T1".into() }, pause: Pause::None }
}

#[test]
fn somebody_known_costs_one_request_and_somebody_there_two() {
    let crm = Fake::default();
    let mut known = push(OutboxState::Inflight, 1);
    known.link = Some(record(RemoteKind::Lead, "00Q7"));
    assert!(sent_to(&run(&crm, &known).0));
    assert_eq!(crm.asked(), "log");
    let entry = crm.logged.lock().unwrap()[0].clone();
    assert_eq!((entry.who, entry.number.as_deref()), (known.link, Some("+50685550117")));
    assert_eq!((entry.answered, entry.talk_ms, entry.utc_offset_min), (true, 75_900, -360));

    let crm = Fake { people: vec![somebody("0031", "Ana M.")], ..Fake::default() };
    let (delivery, links) = run(&crm, &push(OutboxState::Inflight, 1));
    assert!(sent_to(&delivery));
    assert_eq!((crm.asked(), links), ("find log".to_owned(), vec![Some("0031".to_owned())]));
}

#[test]
fn nobody_there_is_made_once_whatever_became_of_an_earlier_try() {
    let crm = Fake::default();
    let (delivery, links) = run(&crm, &push(OutboxState::Inflight, 1));
    assert!(sent_to(&delivery));
    assert_eq!((crm.asked(), links), ("find find_created create log".to_owned(), vec![Some("made".to_owned())]));

    let crm = Fake { made_before: Some(record(RemoteKind::Contact, "first")), ..Fake::default() };
    let (delivery, links) = run(&crm, &push(OutboxState::Inflight, 1));
    assert!(sent_to(&delivery));
    assert_eq!((crm.asked(), links), ("find find_created log".to_owned(), vec![Some("first".to_owned())]));

    let crm = Fake::default().fails("create", Fault::Lost);
    let (delivery, links) = run(&crm, &push(OutboxState::Inflight, 1));
    assert!(matches!(delivery.outcome, Outcome::Lost { .. }) && links.is_empty());
}

#[test]
fn what_an_organisation_requires_goes_with_person_and_entry_and_it_is_known_which_was_refused() {
    let rank = ("Rank__c".to_owned(), FieldValue::Text("A".into()));
    let reason = ("Reason__c".to_owned(), FieldValue::Flag(true));
    let mut full = push(OutboxState::Inflight, 1);
    full.further = Some(Further { record_type: Some("012A".into()), values: vec![rank.clone()] });
    full.item.payload.further = vec![reason.clone()];
    let crm = Fake::default();
    assert!(sent_to(&run(&crm, &full).0));
    let made = crm.created.lock().unwrap()[0].clone();
    assert_eq!((made.record_type.as_deref(), made.further), (Some("012A"), vec![rank]));
    assert_eq!(crm.logged.lock().unwrap()[0].further, [reason]);

    let invalid = || Fault::Invalid { code: "X".into(), fields: vec!["Rank__c".into()], message: String::new() };
    let crm = Fake::default().fails("create", invalid());
    let (delivery, _) = run(&crm, &push(OutboxState::Inflight, 1));
    assert_eq!(delivery.outcome, Outcome::Refused { error: "person/invalid:X,Rank__c".into() });
    let crm = Fake::default().fails("log", invalid());
    let (delivery, _) = run(&crm, &push(OutboxState::Inflight, 1));
    assert_eq!(delivery.outcome, Outcome::Refused { error: "invalid:X,Rank__c".into() });
    let crm = Fake::default().fails("create", Fault::Unreachable);
    let (delivery, _) = run(&crm, &push(OutboxState::Inflight, 1));
    assert!(matches!(delivery.outcome, Outcome::Retry { error, .. } if error == "unreachable"), "nobody refused it");
}

#[test]
fn where_there_are_no_people_nobody_is_looked_for() {
    let crm = Fake { abilities: Abilities::default(), ..Fake::default() };
    let (delivery, links) = run(&crm, &push(OutboxState::Inflight, 1));
    assert!(sent_to(&delivery) && links.is_empty());
    assert_eq!((crm.asked(), crm.logged.lock().unwrap()[0].name.as_deref()), ("log".to_owned(), Some("Ana Mora")));
}

#[test]
fn a_duplicate_is_linked_and_never_forced() {
    let there = vec![record(RemoteKind::Contact, "0039")];
    let crm = Fake::default().fails("create", Fault::Duplicate { existing: there.clone() });
    let (delivery, links) = run(&crm, &push(OutboxState::Inflight, 1));
    assert!(sent_to(&delivery));
    assert_eq!(links, [Some("0039".to_owned())]);
    let crm = Fake::default().fails("create", Fault::Duplicate { existing: [there.clone(), there].concat() });
    let (delivery, _) = run(&crm, &push(OutboxState::Inflight, 1));
    assert_eq!(delivery.outcome, Outcome::Refused { error: AMBIGUOUS.into() });
}

#[test]
fn several_with_the_number_are_told_apart_by_name_or_asked_about() {
    let people = vec![somebody("1", "Luis Mora"), somebody("2", "ANA MORA")];
    let crm = Fake { people, ..Fake::default() };
    let (_, links) = run(&crm, &push(OutboxState::Inflight, 1));
    assert_eq!(links, [Some("2".to_owned())]);
    let crm = Fake { people: vec![somebody("1", "Ana Mora"), somebody("2", "Ana Mora")], ..Fake::default() };
    let (delivery, _) = run(&crm, &push(OutboxState::Inflight, 1));
    assert_eq!(delivery.outcome, Outcome::Refused { error: AMBIGUOUS.into() });
    assert_eq!(crm.asked(), "find");
}

#[test]
fn what_is_unknown_is_looked_up_unless_logging_twice_is_once() {
    let unknown = push(OutboxState::Unknown, 2);
    let crm = Fake { marked: Some(record(RemoteKind::Activity, "00T1")), ..Fake::default() };
    assert!(sent_to(&run(&crm, &unknown).0));
    assert_eq!(crm.asked(), "look_up");
    let crm = Fake::default();
    assert_eq!(run(&crm, &unknown).0.outcome, Outcome::NotThere);
    let crm = Fake::default().fails("look_up", Fault::Busy { after: None });
    assert!(matches!(run(&crm, &unknown).0.outcome, Outcome::Retry { at_ms, .. } if at_ms > T0));
    let crm =
        Fake { abilities: Abilities { logs_once: true, people: true, ..Abilities::default() }, ..Fake::default() };
    let (mut linked, link) = (unknown, record(RemoteKind::Contact, "0031"));
    linked.link = Some(link.clone());
    assert!(sent_to(&run(&crm, &linked).0));
    assert_eq!(crm.asked(), "log");
    let crm = Fake::default();
    assert_eq!(run(&crm, &linked).0.outcome, Outcome::NotThere);
    assert_eq!(*crm.looked_up.lock().unwrap(), [Some(link)], "among the calls of whom it was with");
}

#[test]
fn what_nobody_can_look_up_stays_unknown_and_is_never_sent_again() {
    for fault in [
        Fault::NotOffered,
        Fault::NotFound,
        Fault::NotUnderstood,
        Fault::Forbidden { code: "NO".into() },
        Fault::Invalid { code: "QUERY".into(), fields: Vec::new(), message: String::new() },
    ] {
        let crm = Fake::default().fails("look_up", fault.clone());
        let mut unknown = push(OutboxState::Unknown, 2);
        let delivery = run(&crm, &unknown).0;
        assert_eq!(crm.asked(), "look_up");
        assert_eq!(
            (&delivery.outcome, delivery.pause),
            (&Outcome::Retry { at_ms: T0 + 4_000, error: fault.code() }, Pause::None)
        );
        unknown.item.settle(&delivery.outcome, T0).unwrap();
        assert_eq!(unknown.item.state, OutboxState::Unknown, "{fault:?}");
        assert!(unknown.item.retry(T0).is_err(), "not even a person can send it on a guess");
    }
}

/// Where a fault leaves a desk that has tried so often: when it comes again.
fn back_ms(fault: Fault, attempt: u32, jitter: f64) -> i64 {
    let crm = Fake { people: vec![somebody("0031", "Ana")], ..Fake::default() }.fails("log", fault);
    match run_at(&crm, &push(OutboxState::Inflight, attempt), Try { now_ms: T0, jitter }).0.pause {
        Pause::Until(at_ms) => at_ms - T0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_crm_that_is_back_is_found_within_a_minute_and_five_hundred_desks_do_not_come_at_once() {
    for attempt in [6, 12, 1000] {
        for fault in [Fault::Unreachable, Fault::Lost] {
            // Desks whose chance is spread, as that of a good generator is.
            let mut seconds = [0; 61];
            for desk in 0..500 {
                let ms = back_ms(fault.clone(), attempt, f64::from(desk) / 500.0);
                assert!((30_000..=60_000).contains(&ms), "{ms} ms at the try {attempt}");
                seconds[ms as usize / 1000] += 1;
            }
            let most = seconds.iter().max().unwrap();
            assert!(*most <= 20, "{most} of 500 desks in one second");
        }
    }
    // One entry that the CRM stumbles over each time is not asked about every minute.
    let crm = Fake { people: vec![somebody("0031", "Ana")], ..Fake::default() }.fails("log", Fault::Lost);
    let lost = run(&crm, &push(OutboxState::Inflight, 30)).0.outcome;
    assert_eq!(lost, Outcome::Lost { at_ms: T0 + 900_000, error: "lost".into() });
}

#[test]
fn a_record_that_is_gone_is_found_again_or_left_out() {
    let mut linked = push(OutboxState::Inflight, 1);
    linked.link = Some(record(RemoteKind::Lead, "00Q7"));
    let crm = Fake { people: vec![somebody("0031", "Ana")], ..Fake::default() }.fails("log", Fault::NotFound);
    let (delivery, links) = run(&crm, &linked);
    assert!(sent_to(&delivery));
    assert_eq!((crm.asked(), links), ("log find log".to_owned(), vec![None, Some("0031".to_owned())]));
    let crm = Fake::default().fails("log", Fault::NotFound);
    let (delivery, links) = run(&crm, &linked);
    assert!(sent_to(&delivery));
    assert_eq!((crm.logged.lock().unwrap()[1].who.clone(), links), (None, vec![None]));
}

#[test]
fn each_fault_says_what_row_and_connection_do() {
    let seconds = Duration::from_secs;
    let invalid = Fault::Invalid { code: "RULE".into(), fields: vec!["X__c".into()], message: "no".into() };
    let retry = |at_ms, error: &str| Outcome::Retry { at_ms, error: error.to_owned() };
    for (fault, outcome, pause) in [
        (Fault::SignIn, retry(T0, "sign_in"), Pause::SignIn),
        (Fault::Limit { after: Some(seconds(9)) }, retry(T0 + 9_000, "limit"), Pause::Until(T0 + 9_000)),
        (Fault::Limit { after: None }, retry(T0 + 900_000, "limit"), Pause::Until(T0 + 900_000)),
        (Fault::Busy { after: Some(seconds(3)) }, retry(T0 + 3_000, "busy"), Pause::Until(T0 + 3_000)),
        (Fault::Busy { after: None }, retry(T0 + 2_000, "busy"), Pause::None),
        (Fault::Unreachable, retry(T0 + 2_000, "unreachable"), Pause::Until(T0 + 2_000)),
        (Fault::ProxySignIn, retry(T0 + 2_000, "proxy_sign_in"), Pause::Until(T0 + 2_000)),
        (Fault::Lost, Outcome::Lost { at_ms: T0 + 2_000, error: "lost".into() }, Pause::Until(T0 + 2_000)),
        (invalid, Outcome::Refused { error: "invalid:RULE,X__c".into() }, Pause::None),
        (Fault::NotUnderstood, Outcome::Refused { error: "not_understood".into() }, Pause::None),
    ] {
        let crm = Fake { people: vec![somebody("0031", "Ana")], ..Fake::default() }.fails("log", fault.clone());
        assert_eq!(run(&crm, &push(OutboxState::Inflight, 1)).0, Delivery { outcome, pause }, "{fault:?}");
    }
}
