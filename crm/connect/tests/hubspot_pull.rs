//! People of a HubSpot account as they are copied: what changed, what was archived, merged, erased, and who is no lead any more.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod copying;
mod emulated;

use copying::{Shelf, put, puts, seconds_ago, told};
use crm::connector::{Changes, Fault, Pull, RemoteKind, RemoteRef};
use crm_connect::Secret;
use crm_connect::hubspot::{Access, HubSpot};
use emulated::Emulator;
use serde_json::json;

const TOKEN: &str = "pat-na1-0123456789abcdef";

fn connect(crm: &Emulator) -> HubSpot {
    HubSpot::new(crm.base.clone(), Access::Token(Secret::new(TOKEN)), "CR").unwrap()
}

async fn contact(crm: &Emulator, name: &str, phone: &str) -> String {
    put(crm, "contacts", json!({"lastname": name, "phone": phone}), "hs_object_id").await
}

fn people(pages: &[Changes]) -> usize {
    pages.iter().map(|page| page.people.len()).sum()
}

#[tokio::test]
async fn people_are_copied_page_by_page_and_only_what_changes_is_told_again() {
    let (crm, mut shelf) = (Emulator::start("hubspot_crm"), Shelf::default());
    crm.set(json!({"instant": 1_700_000_000_000_u64})).await;
    let row = |n| json!({"lastname": format!("P{n}"), "phone": format!("8555-{n:04}"), "company": "Yunque"});
    puts(&crm, "contacts", (0..220).map(row)).await;
    contact(&crm, "Sin número", "").await;
    let lead = json!({"lastname": "Mora", "mobilephone": "(506) 8666.0117", "lifecyclestage": "lead"});
    let lead = put(&crm, "contacts", lead, "hs_object_id").await;
    let pages = shelf.copy(|| connect(&crm)).await;
    assert_eq!((pages.len(), pages[0].anew, pages[1].anew, shelf.people()), (5, true, false, 221));
    assert_eq!(people(&pages), 221, "each once, though a new program asked for each page");
    assert_eq!((shelf.names("8555 0219"), shelf.names("+506 8666 0117")), (vec!["P219".into()], vec!["Mora".into()]));
    assert_eq!(told(&shelf.copy(|| connect(&crm)).await), 0, "nothing has changed");

    crm.set(json!({"instant": null})).await;
    let rows = crm.records("contacts").await;
    let id = |n: usize| rows[n]["hs_object_id"].as_str().unwrap().to_owned();
    let record = |kind, id| RemoteRef { kind, id };
    let merged = shelf.tied(1, &record(RemoteKind::Contact, id(6)));
    let customer = shelf.tied(2, &record(RemoteKind::Lead, lead.clone()));
    crm.set(json!({"change": {"object": "contacts", "id": id(3), "record": {"phone": "2222 0003"}}})).await;
    crm.set(json!({"change": {"object": "contacts", "id": id(4), "record": {"phone": null}}})).await;
    crm.set(json!({"delete": {"object": "contacts", "id": id(5)}})).await;
    crm.set(json!({"merge": {"object": "contacts", "id": id(6), "into": id(7)}})).await;
    let won = json!({"object": "contacts", "id": lead, "record": {"lifecyclestage": "customer"}});
    crm.set(json!({"change": won})).await;
    let pages = shelf.copy(|| connect(&crm)).await;
    assert_eq!((people(&pages), pages.len(), pages[0].anew), (3, 2, false), "what changed, and no more");
    assert_eq!((shelf.names("2222 0003"), shelf.people()), (vec!["P3".into()], 218));
    for gone in ["8555 0003", "8555 0004", "8555 0005", "8555 0006"] {
        assert!(shelf.names(gone).is_empty(), "{gone}");
    }
    assert_eq!(shelf.names("8666 0117"), ["Mora"], "once, as what she is now");
    assert_eq!(shelf.tie(merged), Some(record(RemoteKind::Contact, id(7))));
    assert_eq!(shelf.tie(customer), Some(record(RemoteKind::Contact, lead)));
}

/// The search tells no more than 10,000 records of a question, in pages of 200; a change by a program is of one moment.
#[tokio::test]
async fn more_than_the_search_tells_of_one_question_is_told_whole() {
    let (crm, mut shelf) = (Emulator::start("hubspot_crm"), Shelf::default());
    shelf.copy(|| connect(&crm)).await;
    // As many as a page of one moment, then more than that of another, then one in each.
    let now = seconds_ago(0) * 1000;
    let row = |n| json!({"lastname": format!("P{n}"), "phone": format!("8555-{n:04}")});
    for (instant, range) in [(now - 60_000, 0..200), (now - 50_000, 200..650), (now - 40_000, 650..800)] {
        crm.set(json!({"instant": instant})).await;
        puts(&crm, "contacts", range.map(row)).await;
    }
    for n in 800..1000 {
        crm.set(json!({"instant": now - 30_000 + n})).await;
        puts(&crm, "contacts", std::iter::once(row(n))).await;
    }
    let pages = shelf.copy(|| connect(&crm)).await;
    assert_eq!(shelf.people(), 1000);
    assert!(people(&pages) < 1700 && pages.len() < 14, "{} in {} pages", people(&pages), pages.len());
}

#[tokio::test]
async fn what_the_index_told_late_is_not_missed_and_who_was_erased_goes_in_the_end() {
    let (crm, mut shelf) = (Emulator::start("hubspot_crm"), Shelf::default());
    let erased = contact(&crm, "Mora", "8555 0117").await;
    shelf.copy(|| connect(&crm)).await;
    crm.set(json!({"index_waits": true})).await;
    contact(&crm, "Soto", "8555 0118").await;
    shelf.copy(|| connect(&crm)).await;
    assert!(shelf.names("8555 0118").is_empty());
    crm.set(json!({"index_waits": false})).await;
    shelf.copy(|| connect(&crm)).await;
    assert_eq!(shelf.names("8555 0118"), ["Soto"]);

    crm.set(json!({"erase": {"object": "contacts", "id": erased}})).await;
    assert!(!shelf.copy(|| connect(&crm)).await[0].anew);
    shelf.change_cursor(|place| place["whole"] = json!((seconds_ago(31 * 24 * 3600)) * 1000));
    assert!(shelf.copy(|| connect(&crm)).await[0].anew);
    assert_eq!((shelf.people(), shelf.names("8555 0117")), (1, vec![]));
    for broken in [json!({"step": "x"}), json!({"since": -1}), json!({"after": "x".repeat(1000)})] {
        shelf.change_cursor(|place| place.as_object_mut().unwrap().extend(broken.as_object().unwrap().clone()));
        assert!(connect(&crm).changes(shelf.cursor().as_deref()).await.unwrap().anew, "{broken}");
        shelf.copy(|| connect(&crm)).await;
    }
}

#[tokio::test]
async fn the_last_tenth_of_the_allowance_is_for_callers() {
    let crm = Emulator::start("hubspot_crm");
    let hubspot = connect(&crm);
    crm.set(json!({"daily": [0, 10]})).await;
    let mut cursor = None;
    let limited = loop {
        match hubspot.changes(cursor.as_deref()).await {
            Ok(page) => cursor = Some(page.cursor),
            Err(fault) => break fault,
        }
    };
    assert_eq!(limited, Fault::Limit { after: None });
    let asked = crm.asked("").await;
    assert!(asked < 10, "{asked}");
}
