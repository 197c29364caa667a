//! People of a Zoho CRM organisation as they are copied: what changed, what was deleted, merged and converted.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod copying;
mod emulated;

use std::time::Duration;

use copying::{Shelf, put, puts, seconds_ago, told};
use crm::connector::{Fault, Pull, RemoteKind, RemoteRef};
use crm::store::Copies;
use crm_connect::oauth::Session;
use crm_connect::zoho::{self, Options, Zoho};
use emulated::{Emulator, signed_in};
use serde_json::json;

async fn start() -> (Emulator, Session) {
    let crm = Emulator::start("zoho");
    let (session, _) = signed_in(zoho::provider(&crm.base, "timbre", &[0]).unwrap()).await;
    (crm, session)
}

fn connect(session: &Session) -> Zoho {
    Zoho::new(session.clone(), Options { country: "CR".into(), unique_field: None })
}

#[tokio::test]
async fn people_are_copied_page_by_page_and_only_what_changes_is_told_again() {
    let ((crm, session), mut shelf) = (start().await, Shelf::default());
    // A night's import: all were changed in the same second.
    crm.set(json!({"second": 1_700_000_000})).await;
    let account = put(&crm, "Accounts", json!({"Account_Name": "Yunque"}), "id").await;
    let of = json!({"id": account});
    let row = |n| json!({"Last_Name": format!("P{n}"), "Phone": format!("8555-{n:04}"), "Account_Name": of});
    puts(&crm, "Contacts", (0..1120).map(row)).await;
    put(&crm, "Contacts", json!({"Last_Name": "Sin número"}), "id").await;
    let lead = json!({"Last_Name": "Mora", "Company": "Casa", "Mobile": "(506) 8666.0117"});
    let lead = put(&crm, "Leads", lead, "id").await;
    let pages = shelf.copy(|| connect(&session)).await;
    assert_eq!((pages.len(), pages[0].anew, pages[1].anew, shelf.people()), (3, true, false, 1121));
    assert_eq!(told(&pages), 1122, "each once, though a new program asked for each page");
    assert_eq!((shelf.names("8555 1119"), shelf.names("+506 8666 0117")), (vec!["P1119".into()], vec!["Mora".into()]));
    assert_eq!(shelf.0.copies_by_text("crm", "yunque p77", 9).unwrap()[0].company.as_deref(), Some("Yunque"));
    assert_eq!(told(&shelf.copy(|| connect(&session)).await), 0, "nothing has changed");

    crm.set(json!({"second": null})).await;
    let rows = crm.records("Contacts").await;
    let id = |n: usize| rows[n]["id"].as_str().unwrap().to_owned();
    let record = |kind, id| RemoteRef { kind, id };
    // Merged with another, whom one number finds: Zoho tells it as deleted.
    let merged = shelf.tied(1, &record(RemoteKind::Contact, id(6)));
    crm.set(json!({"change": {"object": "Contacts", "id": id(7), "record": {"Mobile": "8555 9999"}}})).await;
    crm.set(json!({"delete": {"object": "Contacts", "id": id(6)}})).await;
    let converted = shelf.tied(2, &record(RemoteKind::Lead, lead.clone()));
    crm.set(json!({"convert": {"id": lead, "into": id(8)}})).await;
    crm.set(json!({"change": {"object": "Contacts", "id": id(3), "record": {"Phone": "2222 0003"}}})).await;
    crm.set(json!({"change": {"object": "Contacts", "id": id(4), "record": {"Phone": null}}})).await;
    crm.set(json!({"delete": {"object": "Contacts", "id": id(5)}})).await;
    let pages = shelf.copy(|| connect(&session)).await;
    assert_eq!((told(&pages), pages.len(), pages[0].anew), (6, 5, false), "what changed, and no more");
    assert_eq!((shelf.names("2222 0003"), shelf.people()), (vec!["P3".into()], 1117));
    for gone in ["8555 0003", "8555 0004", "8555 0005", "8555 0006", "8666 0117"] {
        assert!(shelf.names(gone).is_empty(), "{gone}");
    }
    assert_eq!(shelf.tie(merged), Some(record(RemoteKind::Contact, id(7))));
    assert_eq!(shelf.tie(converted), Some(record(RemoteKind::Contact, id(8))));
}

#[tokio::test]
async fn what_changes_while_a_round_ends_is_not_missed_and_a_long_pause_begins_anew() {
    let ((crm, session), mut shelf) = (start().await, Shelf::default());
    put(&crm, "Contacts", json!({"Last_Name": "Mora", "Phone": "8555 0117"}), "id").await;
    shelf.copy(|| connect(&session)).await;
    // Its change was under way while the last round read: an earlier moment, told later.
    crm.set(json!({"second": seconds_ago(120)})).await;
    put(&crm, "Contacts", json!({"Last_Name": "Soto", "Phone": "8555 0118"}), "id").await;
    shelf.copy(|| connect(&session)).await;
    assert_eq!(shelf.names("8555 0118"), ["Soto"]);

    shelf.change_cursor(|place| place["before"] = json!(seconds_ago(31 * 24 * 3600)));
    let again = connect(&session).changes(shelf.cursor().as_deref()).await.unwrap();
    assert_eq!((again.anew, again.people.len()), (true, 2), "the bin may have been emptied meanwhile");
    shelf.change_cursor(|place| place["last"][0]["changed"] = json!("x' or id != '"));
    let broken = connect(&session).changes(shelf.cursor().as_deref()).await.unwrap();
    assert!(broken.anew, "a cursor that is none begins anew");
}

/// More than the vendor lists were deleted since the last round.
#[tokio::test]
async fn whoever_is_not_listed_any_more_is_gone_after_a_new_round() {
    let ((crm, session), mut shelf) = (start().await, Shelf::default());
    crm.set(json!({"second": seconds_ago(3600)})).await;
    let row = |n| json!({"Last_Name": format!("P{n}"), "Phone": format!("8555-{n:04}")});
    puts(&crm, "Contacts", (0..2101).map(row)).await;
    shelf.copy(|| connect(&session)).await;
    crm.set(json!({"second": null})).await;
    let ids: Vec<_> = crm.records("Contacts").await.iter().map(|row| row["id"].clone()).collect();
    crm.set(json!({"delete": {"object": "Contacts", "id": ids[..2100]}})).await;
    let pages = shelf.copy(|| connect(&session)).await;
    assert!(pages.iter().any(|page| page.anew) && pages.len() > 10, "{} pages", pages.len());
    assert_eq!((shelf.people(), shelf.names("8555 2100")), (1, vec!["P2100".into()]));
}

#[tokio::test]
async fn faults_and_used_up_credits_leave_the_copy_as_it_was() {
    let ((crm, session), mut shelf) = (start().await, Shelf::default());
    put(&crm, "Contacts", json!({"Last_Name": "Mora", "Phone": "8555 0117"}), "id").await;
    shelf.copy(|| connect(&session)).await;
    let (kept, zoho) = (shelf.cursor(), connect(&session));
    for (fault, told) in [
        (json!({"do": "drop"}), Fault::Unreachable),
        (json!({"do": "cut", "bytes": 150}), Fault::Unreachable),
        (json!({"do": "answer", "status": 503}), Fault::Busy { after: Some(Duration::from_secs(5)) }),
        (json!({"do": "answer", "status": 200, "body": "<html>"}), Fault::NotUnderstood),
    ] {
        let mut fault = fault;
        fault["match"] = json!("POST /crm/v8/coql");
        crm.fault(fault.clone()).await;
        assert_eq!(zoho.changes(kept.as_deref()).await.unwrap_err(), told, "{fault}");
    }
    crm.set(json!({"credits": 0})).await;
    let after = Some(Duration::from_secs(900));
    assert_eq!(zoho.changes(kept.as_deref()).await, Err(Fault::Limit { after }));
    crm.set(json!({"credits": null})).await;
    // A user who sees no leads has contacts all the same.
    let hidden = json!({"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"});
    crm.fault(json!({"match": "POST /crm/v8/coql", "skip": 1, "do": "answer", "status": 403, "body": hidden})).await;
    let page = zoho.changes(None).await.unwrap();
    assert_eq!((page.people.len(), page.complete), (1, false));
    let last = zoho.changes(Some(&page.cursor)).await.unwrap();
    assert_eq!((last.people.len(), last.complete), (0, true));
}
