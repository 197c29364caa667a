//! The webhook, against a receiver whose checks nobody here wrote.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the receiver needs Python by that name

mod emulated;

use crm::call::Direction;
use crm::connector::{Connector, Directory, Fault, LogEntry};
use crm::id::OutboxId;
use crm_connect::Secret;
use crm_connect::webhook::Webhook;
use emulated::Emulator;
use serde_json::json;
use uuid::Uuid;

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn entry(n: u128) -> LogEntry {
    LogEntry {
        id: OutboxId(Uuid::from_u128(n)),
        subject: "Factura «27»".into(),
        comment: "línea 1\nlínea 2".into(),
        disposition: None,
        direction: Direction::Outgoing,
        answered: false,
        started_at_ms: 1_800_000_000_000,
        utc_offset_min: -360,
        talk_ms: 0,
        number: Some("+50685550117".into()),
        name: Some("Ana Mora".into()),
        who: None,
        ticket: None,
        further: Vec::new(),
    }
}

#[tokio::test]
async fn a_receiver_of_others_believes_it_and_has_each_call_once() {
    let receiver = Emulator::start_in("webhook", std::env::var_os("TIMBRE_PYTHON").unwrap_or_else(|| "python3".into()));
    let url = receiver.base.join("hook").unwrap();
    let hook = Webhook::new(url.clone(), &Secret::new(KEY)).unwrap();
    hook.check().await.unwrap();
    receiver.fault(json!({"match": "POST /hook", "do": "lose"})).await;
    assert_eq!(hook.log(&entry(7)).await, Err(Fault::Lost));
    let record = hook.log(&entry(7)).await.unwrap();
    assert_eq!(record.id, "00000000-0000-0000-0000-000000000007");
    let messages = receiver.records("").await;
    assert_eq!((messages.len(), messages[0]["type"].as_str()), (2, Some("connection.checked")));
    let expected = json!({
        "id": record.id, "subject": "Factura «27»", "comment": "línea 1\nlínea 2", "disposition": null,
        "direction": "outgoing", "answered": false, "started_at_ms": 1_800_000_000_000_i64, "utc_offset_min": -360,
        "talk_ms": 0, "number": "+50685550117", "name": "Ana Mora",
    });
    assert_eq!(messages[1], json!({"type": "call.logged", "data": expected}));

    let forger = Webhook::new(url, &Secret::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).unwrap();
    assert_eq!(forger.log(&entry(8)).await, Err(Fault::Forbidden { code: "401".into() }));
    let wrong = Webhook::new(receiver.base.join("other").unwrap(), &Secret::new(KEY)).unwrap();
    assert_eq!(wrong.check().await, Err(Fault::NotFound));
    assert_eq!(receiver.records("").await.len(), 2);
}

/// An answer cut behind any of its bytes is lost or whole, and the message that goes again has the same id.
#[tokio::test]
async fn an_answer_that_is_cut_anywhere_leaves_each_call_there_once() {
    let receiver = Emulator::start_in("webhook", std::env::var_os("TIMBRE_PYTHON").unwrap_or_else(|| "python3".into()));
    let hook = Webhook::new(receiver.base.join("hook").unwrap(), &Secret::new(KEY)).unwrap();
    let (mut whole, mut lost, mut n) = (0, 0, 0_u128);
    while whole < 2 {
        receiver.fault(json!({"match": "POST /hook", "do": "cut", "bytes": n})).await;
        match hook.log(&entry(n)).await {
            Ok(_) => whole += 1,
            Err(fault) => {
                assert_eq!(fault, Fault::Lost, "after {n} bytes: it may have arrived");
                lost += 1;
                hook.log(&entry(n)).await.unwrap();
            }
        }
        n += 1;
        let calls = receiver.records("").await.len();
        assert_eq!(calls, usize::try_from(n).unwrap(), "after {n} bytes");
    }
    assert!(lost > 15, "{lost} lost");
}
