//! People of a Salesforce organisation as they are copied: what changed, what was deleted, merged and converted.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod copying;
mod emulated;

use copying::{Shelf, put, puts, seconds_ago, told};
use crm::connector::{Fault, Pull, RemoteKind, RemoteRef};
use crm::store::Copies;
use crm_connect::oauth::Session;
use crm_connect::salesforce::{self, Options, Salesforce};
use emulated::{Emulator, signed_in};
use serde_json::json;

async fn start() -> (Emulator, Session) {
    let crm = Emulator::start("salesforce");
    let (session, _) = signed_in(salesforce::provider(&crm.base, "timbre", &[0]).unwrap()).await;
    (crm, session)
}

fn connect(session: &Session) -> Salesforce {
    Salesforce::new(session.clone(), Options { country: "CR".into(), external_id: None })
}

#[tokio::test]
async fn people_are_copied_page_by_page_and_only_what_changes_is_told_again() {
    let ((crm, session), mut shelf) = (start().await, Shelf::default());
    // A night's import: all were changed in the same second.
    crm.set(json!({"second": 1_700_000_000})).await;
    let account = put(&crm, "Account", json!({"Name": "Yunque"}), "Id").await;
    let row = |n| json!({"LastName": format!("P{n}"), "Phone": format!("8555-{n:04}"), "AccountId": account});
    puts(&crm, "Contact", (0..620).map(row)).await;
    put(&crm, "Contact", json!({"LastName": "Sin número"}), "Id").await;
    let lead =
        put(&crm, "Lead", json!({"LastName": "Mora", "Company": "Casa", "MobilePhone": "(506) 8666.0117"}), "Id").await;
    let pages = shelf.copy(|| connect(&session)).await;
    assert_eq!((pages.len(), pages[0].anew, pages[1].anew, shelf.people()), (3, true, false, 621));
    assert_eq!(told(&pages), 622, "each once, though a new program asked for each page");
    assert_eq!((shelf.names("8555 0619"), shelf.names("+506 8666 0117")), (vec!["P619".into()], vec!["Mora".into()]));
    let found = shelf.0.copies_by_text("crm", "yunque p77", 9).unwrap();
    assert_eq!((found[0].name.as_str(), found[0].company.as_deref()), ("P77", Some("Yunque")));
    assert_eq!(told(&shelf.copy(|| connect(&session)).await), 0, "nothing has changed");

    crm.set(json!({"second": 1_700_000_100})).await;
    let rows = crm.records("Contact").await;
    let id = |n: usize| rows[n]["Id"].as_str().unwrap().to_owned();
    crm.set(json!({"change": {"object": "Contact", "id": id(3), "record": {"Phone": "2222 0003"}}})).await;
    crm.set(json!({"change": {"object": "Contact", "id": id(4), "record": {"Phone": null}}})).await;
    crm.set(json!({"delete": {"object": "Contact", "id": id(5)}})).await;
    crm.set(json!({"merge": {"object": "Contact", "id": id(6), "into": id(7)}})).await;
    crm.set(json!({"convert": {"id": lead, "into": id(8)}})).await;
    let kinds = [(RemoteKind::Contact, id(6)), (RemoteKind::Lead, lead)];
    let tied = (1..).zip(kinds).map(|(n, (kind, id))| shelf.tied(n, &RemoteRef { kind, id })).collect::<Vec<_>>();
    assert_eq!(told(&shelf.copy(|| connect(&session)).await), 5, "what changed, and no more");
    assert_eq!((shelf.names("2222 0003"), shelf.people()), (vec!["P3".into()], 617));
    for gone in ["8555 0003", "8555 0004", "8555 0005", "8555 0006", "8666 0117"] {
        assert!(shelf.names(gone).is_empty(), "{gone}");
    }
    for (contact, to) in tied.iter().zip([id(7), id(8)]) {
        let record = RemoteRef { kind: RemoteKind::Contact, id: to };
        assert_eq!(shelf.tie(*contact), Some(record));
    }
}

#[tokio::test]
async fn what_changes_while_a_round_ends_is_not_missed_and_a_long_pause_begins_anew() {
    let ((crm, session), mut shelf) = (start().await, Shelf::default());
    put(&crm, "Contact", json!({"LastName": "Mora", "Phone": "8555 0117"}), "Id").await;
    shelf.copy(|| connect(&session)).await;
    // Its change was under way while the last round read: an earlier moment, told later.
    let late = seconds_ago(120);
    crm.set(json!({"second": late})).await;
    put(&crm, "Contact", json!({"LastName": "Soto", "Phone": "8555 0118"}), "Id").await;
    shelf.copy(|| connect(&session)).await;
    assert_eq!(shelf.names("8555 0118"), ["Soto"]);

    shelf.change_cursor(|place| place["ended"] = json!(seconds_ago(11 * 24 * 3600)));
    let again = connect(&session).changes(shelf.cursor().as_deref()).await.unwrap();
    assert_eq!((again.anew, again.people.len()), (true, 2), "the bin may have been emptied meanwhile");
    shelf.change_cursor(|place| {
        place["last"][0]["changed"] = json!("x OR Id != null");
        place["ended"] = json!(seconds_ago(60));
    });
    let broken = connect(&session).changes(shelf.cursor().as_deref()).await.unwrap();
    assert!(broken.anew, "a cursor that is none begins anew");
}

#[tokio::test]
async fn the_last_tenth_of_the_allowance_is_for_callers() {
    let (org, session) = start().await;
    let crm = connect(&session);
    org.set(json!({"allowance": 10})).await;
    let mut cursor = None;
    let limited = loop {
        match crm.changes(cursor.as_deref()).await {
            Ok(page) => cursor = Some(page.cursor),
            Err(fault) => break fault,
        }
    };
    assert_eq!(limited, Fault::Limit { after: None });
    let calls = org.state().await["calls"].as_u64().unwrap();
    assert!(calls < 10, "{calls}");
}
