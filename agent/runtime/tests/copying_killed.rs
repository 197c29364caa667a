//! The whole agent in a process of its own, killed again and again while it copies the people of a CRM for the first time: it goes
//! on where it stood, and asks for no page that it has.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; the child tells when it is done
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;
mod office;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use agent_api::command::Commands;
use agent_api::connection::{ConnectionRef, ConnectionView};
use agent_api::connection_setup::{ConnectionSetup, HubspotSignIn};
use emulated::Emulator;
use house::{House, config};
use office::{Browser, Office};
use runtime::{Runtime, SecretsIn};
use serde_json::json;

const PLACE: &str = "TIMBRE_COPYING_PLACE";
const CRM: &str = "TIMBRE_COPYING_CRM";
const TOKEN: &str = "pat-na1-0123456789abcdef";
/// The rows of a page.
const PAGE: usize = 100;
/// For the whole of the long one, on a machine that does other things.
const LIMIT: Duration = Duration::from_secs(30 * 60);

// ---- the child: the whole agent ----

fn is_complete(view: &ConnectionView) -> bool {
    view.copies.as_ref().is_some_and(|copies| copies.complete_at_ms.is_some())
}

/// The program that is killed; it ends when everybody is copied.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the tests below"]
async fn child_that_copies() {
    let Ok(place) = std::env::var(PLACE).map(PathBuf::from) else { return };
    let browser = std::sync::Arc::new(Browser::default());
    let mut config = config(place);
    // A file, where no session bus names a keychain: it outlives the process.
    config.secrets = SecretsIn::Keychain;
    config.external = std::sync::Arc::clone(&browser) as _;
    let runtime = Runtime::start(config).await.unwrap();
    let events = runtime.agent.events();
    let mut office = Office { house: House { runtime, events }, browser };
    match office.house.snapshot().await.connections.list.first().map(|view| view.id) {
        // Desks begin at any moment of the first minute; this one at once.
        Some(connection) => drop(office.agent().send_now(ConnectionRef { connection }).await.unwrap()),
        None => {
            let local = Some(std::env::var(CRM).unwrap());
            let setup = ConnectionSetup::Hubspot { sign_in: HubspotSignIn::Token, local };
            let connection = office.connection(setup, Some(TOKEN)).await;
            office.connect(connection).await;
        }
    }
    let complete = async {
        loop {
            let list = office.house.snapshot().await.connections.list;
            if let Some(view) = list.into_iter().find(is_complete) {
                return view;
            }
            // A channel that was too slow tells by its next event, too.
            drop(office.house.events.recv().await);
        }
    };
    let view = tokio::time::timeout(LIMIT, complete).await.expect("a whole copy");
    office.house.runtime.shut_down().await;
    println!("copied: {}", view.copies.unwrap().people);
}

// ---- the parent: the CRM, and the kills ----

fn child(place: &Path, crm: &Emulator) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child_that_copies", "--ignored", "--nocapture"]);
    command.env(PLACE, place.join("profile")).env(CRM, crm.base.as_str());
    command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("XDG_RUNTIME_DIR", place);
    command.envs([("LC_ALL", "C.UTF-8"), ("LC_TELEPHONE", "es_CR.UTF-8")]);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

async fn pages(crm: &Emulator) -> Vec<u64> {
    crm.state().await["pages"].as_array().unwrap().iter().map(|after| after.as_u64().unwrap()).collect()
}

/// Kills the child when it has asked for so many pages more: every other time in the middle of an answer that it waits for, else
/// while it takes one.
async fn killed(place: &Path, crm: &Emulator, more: usize, waits: bool) {
    let held = crm.state().await["held"].as_u64().unwrap();
    let what = if waits { "hold" } else { "tell" };
    crm.fault(json!({"match": "GET /crm/v3/objects/contacts", "skip": more, "do": what})).await;
    let mut child = child(place, crm);
    tokio::time::timeout(LIMIT, crm.held_more_than(held)).await.unwrap();
    assert_eq!(child.try_wait().unwrap(), None, "it ended before it was killed");
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

async fn copy_killed(people: usize, kills: usize) {
    let (place, crm) = (tempfile::tempdir().unwrap(), Emulator::start("hubspot_crm"));
    // Long ago: nothing is told as changed behind everybody.
    crm.set(json!({"instant": 1_700_000_000_000_u64})).await;
    for part in (0..people).collect::<Vec<_>>().chunks(5000) {
        let row =
            |n: &usize| json!({"firstname": "Ana", "lastname": format!("Mora {n}"), "phone": format!("+5068{n:07}")});
        let records: Vec<_> = part.iter().map(row).collect();
        crm.set(json!({"puts": {"object": "contacts", "records": records}})).await;
    }
    let whole = people.div_ceil(PAGE);
    for n in 0..kills {
        killed(place.path(), &crm, whole / (kills + 1), n % 2 == 0).await;
    }
    let last = child(place.path(), &crm);
    let output = tokio::task::spawn_blocking(move || last.wait_with_output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains(&format!("copied: {people}\n")), "{}: {told}", output.status);

    let mut asked: BTreeMap<u64, usize> = BTreeMap::new();
    for after in pages(&crm).await {
        *asked.entry(after).or_default() += 1;
    }
    assert_eq!(asked.len(), whole, "every page was asked for");
    let again: usize = asked.values().map(|times| times - 1).sum();
    println!("{people} people, killed {kills} times: {whole} pages, {again} of them asked for once more");
    assert!(again <= kills && asked.values().all(|&times| times <= 2), "only the page in flight: {asked:?}");
}

#[tokio::test]
async fn a_first_copy_that_is_killed_goes_on_where_it_stood() {
    copy_killed(3000, 4).await;
}

#[tokio::test]
#[ignore = "soak: 100,000 people, 20 kills"]
async fn soak_a_first_copy_of_100_000_people_is_killed_and_goes_on_where_it_stood() {
    copy_killed(100_000, 20).await;
}
