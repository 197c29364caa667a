//! CRMs on bad days: answers lost, cut, refused and late, and nobody there for hours. Each call is there once, counted there.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod sending;

use std::sync::Arc;
use std::time::{Duration, Instant};

use agent::outbox::{Outbox, Standing};
use agent::port::clock::{Clock, SteppedClock, SystemClock};
use agent::store::StoreHandle;
use sending::{Kind, all_is_there_once, connection, open, organisation, saved_calls, send_all};
use serde_json::{Value, json};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// The `n`th thing that goes wrong.
fn fault(kind: Kind, n: u32) -> Value {
    let (writes, persons, reads, token, ended) = if kind.is_salesforce() {
        let ended = json!([{"errorCode": "INVALID_SESSION_ID", "message": ""}]);
        let writes = "(POST|PATCH) /services/data/v65.0/sobjects/Task";
        (
            writes,
            "POST /services/data/v65.0/sobjects/Contact",
            "GET /services/data/v65.0/",
            "/services/oauth2/token",
            ended,
        )
    } else {
        let reads = "(GET /crm/v8/|POST /crm/v8/(coql|__composite_requests))";
        ("POST /crm/v8/Calls", "POST /crm/v8/Contacts", reads, "/oauth/v2/token", json!({"code": "INVALID_TOKEN"}))
    };
    let answer = |what: &str, status: u32, headers: Value, body: Value| json!({"match": what, "do": "answer", "status": status, "headers": headers, "body": body});
    let mut fault = match n % 12 {
        0 => json!({"match": writes, "do": "lose"}),
        1 => json!({"match": persons, "do": "lose"}),
        2 => json!({"match": writes, "do": "drop"}),
        3 => json!({"match": writes, "do": "cut", "bytes": n * 7 % 400}),
        4 => json!({"match": reads, "do": "cut", "bytes": n * 7 % 200}),
        5 => answer(writes, 503, json!({"Retry-After": "0"}), json!("")),
        6 => answer(writes, 429, json!({"Retry-After": "1"}), json!({})),
        7 => answer(writes, 401, json!({}), ended),
        8 => answer(writes, 500, json!({}), json!("<html>")),
        9 => answer(&format!("POST {token}"), 503, json!({}), json!("")),
        10 => json!({"match": reads, "do": "drop"}),
        _ => answer(persons, 502, json!({}), json!("<html>")),
    };
    // Spread over the day; for tokens it is the morning, when there is none yet and every try asks for one.
    fault["skip"] = json!(if n % 12 == 9 { 0 } else { n * 3 / 4 });
    fault
}

/// An organisation where `faults` things go wrong while the calls of as many people are sent.
async fn bad_day(kind: Kind, faults: u32) {
    let place = tempfile::tempdir().unwrap();
    let crm = organisation(kind, place.path()).await;
    saved_calls(place.path(), faults);
    for n in 0..faults {
        crm.fault(fault(kind, n)).await;
    }
    send_all(open(place.path()), connection(kind, place.path(), &crm.base)).await;
    assert_eq!(crm.state().await["faults"], 0, "{kind:?}: all of it went wrong");
    all_is_there_once(kind, &crm, place.path(), faults).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_day_loses_and_doubles_nothing() {
    for kind in Kind::ALL {
        bad_day(kind, 24).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: a thousand faults in all"]
async fn soak_a_thousand_faults_lose_and_double_nothing() {
    for kind in Kind::ALL {
        bad_day(kind, 250).await;
    }
}

/// Nobody is there for eight hours, by a clock that is moved, while 200 calls wait.
async fn eight_hours_of_nobody(kind: Kind) {
    let place = tempfile::tempdir().unwrap();
    let crm = organisation(kind, place.path()).await;
    saved_calls(place.path(), 100);
    crm.fault(json!({"match": "", "do": "drop", "times": 1_000_000})).await;
    let clock = Arc::new(SteppedClock::new(SystemClock.now().utc_ms));
    let (handle, thread) = StoreHandle::start(Box::new(open(place.path()))).unwrap();
    let outbox = Outbox::start(handle.clone(), Arc::clone(&clock) as _, connection(kind, place.path(), &crm.base));
    let mut standing = outbox.standing();
    let began_ms = clock.now().utc_ms;
    let mut tries = 0;
    // Until it waits for a moment to come; answers how long.
    let pause = async |standing: &mut tokio::sync::watch::Receiver<Standing>| {
        let waits =
            |one: &Standing| matches!(one, Standing::Waiting { until_ms, .. } if *until_ms > clock.now().utc_ms);
        let Standing::Waiting { until_ms, code } = standing.wait_for(waits).await.unwrap().clone() else {
            unreachable!()
        };
        assert_eq!(code, "unreachable");
        Duration::from_millis((until_ms - clock.now().utc_ms).unsigned_abs())
    };
    while clock.now().utc_ms - began_ms < 8 * HOUR_MS {
        let wait = pause(&mut standing).await;
        assert!(wait <= Duration::from_secs(60), "it is looked for again within a minute: {wait:?}");
        clock.advance(wait);
        tries += 1;
    }
    assert!(tries < 8 * 60 * 3, "and not in a circle: {tries} tries");

    let last = pause(&mut standing).await;
    crm.calm().await;
    let (back, back_ms) = (Instant::now(), clock.now().utc_ms);
    clock.advance(last);
    let mut settled = outbox.settled();
    while handle.run(|store| store.counts()).await.unwrap().to_send > 0 {
        settled.changed().await.unwrap();
    }
    let took = back.elapsed() + Duration::from_millis((clock.now().utc_ms - back_ms).unsigned_abs());
    assert!(took <= Duration::from_secs(120), "drained in {took:?}, {last:?} of it until it was looked for");
    drop((outbox, handle, standing, settled));
    tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
    all_is_there_once(kind, &crm, place.path(), 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_hours_without_the_crm_are_made_up_for_in_two_minutes() {
    eight_hours_of_nobody(Kind::SalesforceId).await;
    eight_hours_of_nobody(Kind::ZohoMark).await;
}
