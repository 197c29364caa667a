//! The outbox with the real store and the real connector, against an emulated organisation: whatever happens to the program, each
//! call is there once.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; the child tells when it is done
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod sending;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use agent::port::clock::{Clock, SystemClock};
use crm::store::Store;
use emulated::Emulator;
use sending::{Kind, all_is_there_once, connection, open, organisation, saved_calls, send_all};
use serde_json::json;
use url::Url;

const PLACE: &str = "TIMBRE_OUTBOX_TEST_PLACE";
const ADDRESS: &str = "TIMBRE_OUTBOX_TEST_ADDRESS";
const MARKED: &str = "TIMBRE_OUTBOX_TEST_MARKED";

/// The program that is killed: sends until nothing is left.
#[tokio::test]
#[ignore = "the child of the tests below"]
async fn child_that_sends() {
    let Ok(place) = std::env::var(PLACE).map(PathBuf::from) else { return };
    let base = Url::parse(&std::env::var(ADDRESS).unwrap()).unwrap();
    let mut store = open(&place);
    store.recover_calls(SystemClock.now().utc_ms).unwrap();
    let kind = if std::env::var_os(MARKED).is_none() { Kind::SalesforceId } else { Kind::SalesforceMark };
    send_all(store, connection(kind, &place, &base)).await;
    println!("done");
}

fn child(place: &Path, crm: &Emulator, kind: Kind) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child_that_sends", "--ignored", "--nocapture"]);
    command.env(PLACE, place).env(ADDRESS, crm.base.as_str());
    if kind == Kind::SalesforceMark {
        command.env(MARKED, "1");
    }
    command.stdout(Stdio::null()).spawn().unwrap()
}

/// Kills the program `kills` times after the CRM has done what it was asked and before its answer, then lets it end.
async fn kill_and_count(kills: u32, kind: Kind) {
    let place = tempfile::tempdir().unwrap();
    let crm = organisation(kind, place.path()).await;
    // Each person is made and called twice: three writes, of which a kill takes two at the most.
    let people = (kills * 2).div_ceil(3) + 1;
    saved_calls(place.path(), people);
    for kill in 0..kills {
        // Every other run gets beyond its first write, which repeats the one that the kill before fell on.
        crm.fault(json!({"match": "(POST|PATCH) /services/data", "skip": kill % 2, "do": "hold"})).await;
        let mut sending = child(place.path(), &crm, kind);
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
    let status = child(place.path(), &crm, kind).wait().unwrap();
    assert!(status.success());
    all_is_there_once(kind, &crm, place.path(), people).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_between_commit_and_answer_lose_and_double_nothing_with_an_external_id() {
    kill_and_count(4, Kind::SalesforceId).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_between_commit_and_answer_lose_and_double_nothing_with_a_marker() {
    kill_and_count(4, Kind::SalesforceMark).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: sixty kills each way"]
async fn soak_sixty_kills_each_way() {
    kill_and_count(60, Kind::SalesforceId).await;
    kill_and_count(60, Kind::SalesforceMark).await;
}
