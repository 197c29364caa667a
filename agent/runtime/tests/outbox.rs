//! The outbox with the real store and the real connector, against an emulated organisation: whatever happens to the program or
//! to an answer, each call is there once.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; the child tells when it is done
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use agent::outbox::{Connection, Outbox, Standing};
use agent::port::clock::{Clock, SystemClock};
use agent::store::StoreHandle;
use crm::call::Direction;
use crm::card::Draft;
use crm::outbox::{OutboxItem, OutboxState, Release};
use crm::store::Store;
use crm::store::conformance::{call, person, talked};
use crm_connect::Secret;
use crm_connect::oauth::{Session, Vault, VaultError};
use crm_connect::salesforce::{self, EXTERNAL_ID, Options, Salesforce};
use crm_store::SqliteStore;
use emulated::{Emulator, signed_in};
use serde_json::json;
use url::Url;

const PLACE: &str = "TIMBRE_OUTBOX_TEST_PLACE";
const ADDRESS: &str = "TIMBRE_OUTBOX_TEST_ADDRESS";
const MARKED: &str = "TIMBRE_OUTBOX_TEST_MARKED";
/// As rows carry it.
const NAME: &str = "salesforce";

/// The refresh token in a file that a killed program leaves whole.
struct File(PathBuf);

impl Vault for File {
    fn read(&self) -> Result<Option<Secret>, VaultError> {
        std::fs::read_to_string(&self.0).map(|token| Some(Secret::new(token))).map_err(|_| VaultError)
    }

    fn keep(&self, token: &Secret) -> Result<(), VaultError> {
        let new = self.0.with_extension("new");
        std::fs::write(&new, token.reveal()).and_then(|()| std::fs::rename(new, &self.0)).map_err(|_| VaultError)
    }
}

fn connection(place: &Path, base: &Url, external_id: bool) -> Connection {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let provider = salesforce::provider(base, "timbre", &[0]).unwrap();
    let session = Session::resume(provider, Arc::new(File(place.join("token")))).unwrap();
    let external_id = external_id.then(|| EXTERNAL_ID.to_owned());
    Connection {
        name: NAME.to_owned(),
        connector: Arc::new(Salesforce::new(session, Options { country: "CR".to_owned(), external_id })),
        utc_offset_min: |_| -360,
    }
}

fn open(place: &Path) -> SqliteStore {
    SqliteStore::open(place).expect("the lock goes with the killed program")
}

fn items(place: &Path) -> Vec<OutboxItem> {
    open(place).outbox(&[], u32::MAX).unwrap()
}

/// Saved calls, two with each of `people`, whom the CRM does not know.
fn saved_calls(place: &Path, people: u32) {
    let mut store = open(place);
    let now_ms = SystemClock.now().utc_ms;
    for n in 0..people {
        let number = format!("8{:07}", 5_550_000 + n);
        let contact =
            store.save_contact(&person(u128::from(n) * 100, "Ana", &format!("Mora {n}"), &number), now_ms).unwrap();
        for of in 0..2 {
            let record = call(u128::from(n * 2 + of), Direction::Incoming, &number);
            store.begin_call(&record, &Draft::default()).unwrap();
            store.end_call(&talked(&record), false).unwrap();
            let draft = Draft { contact: Some(contact.id), subject: format!("Asunto {n}.{of}"), ..Draft::default() };
            store.save_card(record.id, &draft, &Release::to(NAME), now_ms).unwrap();
        }
    }
}

/// An organisation that has us signed in, with the token in `place`.
async fn organisation(place: &Path, external_id: bool) -> Emulator {
    let crm = Emulator::start("salesforce");
    let (_, shelf) = signed_in(salesforce::provider(&crm.base, "timbre", &[0]).unwrap()).await;
    std::fs::write(place.join("token"), shelf.0.lock().unwrap().as_ref().unwrap()).unwrap();
    // What was made a moment ago is not in the search index: nothing may rest on it.
    crm.set(json!({"rotates": true, "index_waits": true, "external_id": external_id})).await;
    crm
}

/// Every call is there once, with its person, who is there once; and the rows say so.
async fn all_is_there_once(crm: &Emulator, place: &Path, people: u32) {
    let mut tasks = BTreeMap::new();
    for task in crm.records("Task").await {
        let marker = task["CallObject"].as_str().unwrap().to_owned();
        assert!(tasks.insert(marker.clone(), task).is_none(), "{marker} is there twice");
    }
    let contacts: BTreeMap<String, String> = crm
        .records("Contact")
        .await
        .iter()
        .map(|one| (one["LastName"].as_str().unwrap().to_owned(), one["Id"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!((contacts.len(), crm.records("Contact").await.len()), (people as usize, people as usize));
    let items = items(place);
    assert_eq!((tasks.len(), items.len()), (people as usize * 2, people as usize * 2));
    for item in items {
        let task = &tasks[&item.id.0.to_string()];
        assert_eq!(
            (item.state, item.remote_id.as_deref()),
            (OutboxState::Done, task["Id"].as_str()),
            "{:?}",
            item.last_error
        );
        let subject = &item.payload.draft.subject;
        assert_eq!(task["Subject"].as_str(), Some(subject.as_str()));
        let n = subject.strip_prefix("Asunto ").unwrap().split_once('.').unwrap().0;
        assert_eq!(task["WhoId"].as_str(), Some(contacts[&format!("Mora {n}")].as_str()));
    }
}

/// The program that is killed: sends until nothing is left.
#[tokio::test]
#[ignore = "the child of the tests below"]
async fn child_that_sends() {
    let Ok(place) = std::env::var(PLACE).map(PathBuf::from) else { return };
    let base = Url::parse(&std::env::var(ADDRESS).unwrap()).unwrap();
    let mut store = open(&place);
    store.recover_calls(SystemClock.now().utc_ms).unwrap();
    send_all(store, connection(&place, &base, std::env::var_os(MARKED).is_none())).await;
    println!("done");
}

/// Sends until nothing is left to send.
async fn send_all(store: SqliteStore, connection: Connection) {
    let (handle, thread) = StoreHandle::start(Box::new(store)).unwrap();
    let outbox = Outbox::start(handle.clone(), Arc::new(SystemClock), connection);
    let mut standing = outbox.standing();
    loop {
        let left = handle.run(|store| store.counts()).await.unwrap().to_send;
        if left == 0 {
            break;
        }
        match standing.borrow_and_update().clone() {
            Standing::Sending | Standing::Idle => {}
            // Tests do not wait where a person would.
            Standing::Waiting { .. } => outbox.send_now(),
            other => panic!("{other:?}"),
        }
        // The last row is settled just before the standing changes.
        let _ = tokio::time::timeout(Duration::from_millis(50), standing.changed()).await;
    }
    drop((outbox, handle, standing));
    tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
}

fn child(place: &Path, crm: &Emulator, external_id: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child_that_sends", "--ignored", "--nocapture"]);
    command.env(PLACE, place).env(ADDRESS, crm.base.as_str());
    if !external_id {
        command.env(MARKED, "1");
    }
    command.stdout(Stdio::null()).spawn().unwrap()
}

/// Kills the program `kills` times after the CRM has done what it was asked and before its answer, then lets it end.
async fn kill_and_count(kills: u32, external_id: bool) {
    let place = tempfile::tempdir().unwrap();
    let crm = organisation(place.path(), external_id).await;
    // Each person is made and called twice: three writes, of which a kill takes two at the most.
    let people = (kills * 2).div_ceil(3) + 1;
    saved_calls(place.path(), people);
    for kill in 0..kills {
        // Every other run gets beyond its first write, which repeats the one that the kill before fell on.
        crm.fault(json!({"match": "(POST|PATCH) /services/data", "skip": kill % 2, "do": "hold"})).await;
        let mut sending = child(place.path(), &crm, external_id);
        loop {
            if crm.state().await["held"].as_u64().unwrap() > u64::from(kill) {
                break;
            }
            assert!(sending.try_wait().unwrap().is_none(), "it ended before kill {kill}");
            tokio::task::yield_now().await;
        }
        sending.kill().unwrap();
        sending.wait().unwrap();
    }
    crm.calm().await;
    let status = child(place.path(), &crm, external_id).wait().unwrap();
    assert!(status.success());
    all_is_there_once(&crm, place.path(), people).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_between_commit_and_answer_lose_and_double_nothing_with_an_external_id() {
    kill_and_count(4, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_between_commit_and_answer_lose_and_double_nothing_with_a_marker() {
    kill_and_count(4, false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: sixty kills each way"]
async fn soak_sixty_kills_each_way() {
    kill_and_count(60, true).await;
    kill_and_count(60, false).await;
}

/// An organisation on a bad day: answers lost and cut, overload, locks, tokens that end in mid-batch.
async fn bad_day(people: u32, external_id: bool) {
    let place = tempfile::tempdir().unwrap();
    let crm = organisation(place.path(), external_id).await;
    saved_calls(place.path(), people);
    let busy = json!([{"errorCode": "SERVER_UNAVAILABLE", "message": ""}]);
    let locked = json!([{"errorCode": "UNABLE_TO_LOCK_ROW", "message": ""}]);
    let ended = json!([{"errorCode": "INVALID_SESSION_ID", "message": ""}]);
    let writes = if external_id {
        "PATCH /services/data/v65.0/sobjects/Task"
    } else {
        "POST /services/data/v65.0/sobjects/Task"
    };
    let faults = [
        json!({"match": writes, "do": "lose"}),
        json!({"match": "POST /services/data/v65.0/sobjects/Contact", "do": "lose"}),
        json!({"match": writes, "do": "drop"}),
        json!({"match": writes, "do": "cut", "bytes": 40}),
        json!({"match": "GET /services/data/v65.0/", "do": "cut", "bytes": 100}),
        json!({"match": writes, "do": "answer", "status": 503, "headers": {"Retry-After": "0"}, "body": busy}),
        json!({"match": writes, "do": "answer", "status": 400, "body": locked}),
        json!({"match": writes, "do": "answer", "status": 401, "body": ended}),
        json!({"match": writes, "do": "answer", "status": 500, "body": "<html>"}),
        json!({"match": "POST /services/oauth2/token", "do": "answer", "status": 503}),
    ];
    for n in 0..people {
        let mut fault = faults[n as usize % faults.len()].clone();
        fault["skip"] = json!(if fault["match"] == "POST /services/oauth2/token" { 0 } else { n });
        crm.fault(fault).await;
    }
    send_all(open(place.path()), connection(place.path(), &crm.base, external_id)).await;
    all_is_there_once(&crm, place.path(), people).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_day_loses_and_doubles_nothing() {
    bad_day(10, true).await;
    bad_day(10, false).await;
}
