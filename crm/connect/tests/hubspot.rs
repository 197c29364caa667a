//! The connector to HubSpot, against the emulated account of `emulators/hubspot_crm.py`.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;
mod table;

use std::process::Command;
use std::time::Duration;

use crm::connector::{Connector, Directory, Fault, LogEntry, NewPerson, RemoteKind, RemoteRef};
use crm_connect::Secret;
use crm_connect::hubspot::{self, Access, HubSpot};
use emulated::{Emulator, signed_in};
use serde_json::json;
use table::{Bench, entry, marker, number, person};
use url::Url;

const TOKEN: &str = "pat-na1-0123456789abcdef";

fn connect(crm: &Emulator, access: Access) -> HubSpot {
    HubSpot::new(crm.base.clone(), access, "CR").unwrap()
}

fn with_token(crm: &Emulator) -> HubSpot {
    connect(crm, Access::Token(Secret::new(TOKEN)))
}

fn bench(crm: Emulator, connector: HubSpot, renews: bool) -> Bench {
    Bench {
        connector: Box::new(connector),
        crm,
        log: "POST /crm/v3/objects/calls$",
        create: "POST /crm/v3/objects/contacts$",
        read: "POST /crm/v3/objects/contacts/search",
        calls: "calls",
        contacts: "contacts",
        renews,
        tells_required: true,
        required: ("rank", "invalid:VALIDATION_ERROR,rank"),
    }
}

#[tokio::test]
async fn hubspot_holds_with_a_private_apps_token() {
    let crm = Emulator::start("hubspot_crm");
    let hubspot = with_token(&crm);
    assert!(
        matches!(hubspot.log(&entry(1, None)).await, Err(Fault::Invalid { .. })),
        "without the property nothing is logged"
    );
    hubspot.prepare().await.unwrap();
    hubspot.prepare().await.unwrap();
    assert_eq!(crm.asked("POST /crm/v3/properties/calls").await, 1, "it is made once");
    let bench = bench(crm, hubspot, false);
    bench.holds().await;
    let expected = json!({
        "hs_timestamp": "2027-01-15T02:00:00Z", "hs_call_title": "Factura 27", "hs_call_direction": "INBOUND",
        "hs_call_body": "Pide la &quot;factura&quot;<br>&lt;b&gt;urgente&lt;/b&gt;", "hs_call_duration": "75900",
        "hs_call_status": "COMPLETED", "hs_call_disposition": "11111111-2222-3333-4444-555555555555",
        "hs_call_from_number": "+50685550117", "softphone_call_id": "00000010-0000-0000-0000-000000000001",
    });
    let call = bench.first_call().await;
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&call[name], value, "{name}");
    }
    bench.goes().await;
}

#[tokio::test]
async fn hubspot_holds_signed_in_in_the_browser() {
    let crm = Emulator::start("hubspot_crm");
    let provider =
        hubspot::provider(&crm.base, &crm.base, "timbre", Secret::new("hush-0123456789abcdef"), &[0]).unwrap();
    let (session, _) = signed_in(provider).await;
    let hubspot = connect(&crm, Access::Session(session));
    hubspot.prepare().await.unwrap();
    let bench = bench(crm, hubspot, true);
    bench.holds().await;
    bench.goes().await;
}

#[tokio::test]
async fn a_call_is_tied_to_whom_it_was_with_also_when_the_tie_fails_first() {
    let crm = Emulator::start("hubspot_crm");
    let hubspot = with_token(&crm);
    hubspot.prepare().await.unwrap();
    let who = hubspot.create(&person("Mora", "+50685550117", false)).await.unwrap();
    crm.set(json!({"put": {"object": "tickets", "record": {"subject": "Gotera"}}})).await;
    crm.set(json!({"put": {"object": "tickets", "record": {"subject": "Cerrada", "closed_date": "2027-01-01"}}})).await;
    crm.set(json!({"tie": ["contacts", who.id, "tickets", "502"]})).await;
    crm.set(json!({"tie": ["contacts", who.id, "tickets", "503"]})).await;
    let tickets = hubspot.tickets(&who).await.unwrap();
    assert_eq!((tickets.len(), tickets[0].subject.as_str()), (1, "Gotera"), "closed ones are not listed");
    let ticket = tickets[0].record.clone();
    let whole =
        LogEntry { disposition: Some("Otra cosa".into()), ticket: Some(ticket.clone()), ..entry(1, Some(who.clone())) };
    // The call is there and nobody said so, then a tie is lost: no further try makes a second call, and the last one ties it.
    crm.fault(json!({"match": "POST /crm/v3/objects/calls$", "do": "lose"})).await;
    assert_eq!(hubspot.log(&whole).await, Err(Fault::Lost));
    crm.fault(json!({"match": "PUT /crm/v4/", "do": "drop"})).await;
    assert_eq!(hubspot.log(&whole).await, Err(Fault::Lost));
    assert_eq!(crm.records("calls").await.len(), 1);
    let call = hubspot.log(&whole).await.unwrap();
    let calls = crm.records("calls").await;
    assert_eq!(calls.len(), 1);
    assert!(
        calls[0]["hs_call_body"].as_str().unwrap().ends_with("<br>Otra cosa")
            && calls[0].get("hs_call_disposition").is_none()
    );
    let ties = crm.state().await["ties"].to_string();
    for other in [
        format!("[\"calls\",\"{}\",\"contacts\",\"{}\"]", call.id, who.id),
        format!("[\"calls\",\"{}\",\"tickets\",\"{}\"]", call.id, ticket.id),
    ] {
        assert!(ties.contains(&other), "{other} in {ties}");
    }
    let gone = RemoteRef { kind: RemoteKind::Contact, id: "99999".into() };
    assert_eq!(hubspot.log(&entry(2, Some(gone))).await, Err(Fault::NotFound));
    assert_eq!(crm.records("calls").await.len(), 1, "nothing is logged with nobody");

    // In the usual case it is one request, and the ties come with it.
    let (before, puts) = (crm.asked("").await, crm.asked("PUT").await);
    let once = LogEntry { disposition: whole.disposition.clone(), ..entry(3, Some(who.clone())) };
    let call = hubspot.log(&LogEntry { ticket: Some(ticket.clone()), ..once }).await.unwrap();
    assert_eq!((crm.asked("").await, crm.asked("PUT").await), (before + 1, puts));
    let ties = crm.state().await["ties"].to_string();
    for (other, id) in [("contacts", &who.id), ("tickets", &ticket.id)] {
        let tie = format!("[\"calls\",\"{}\",\"{other}\",\"{id}\"]", call.id);
        assert!(ties.contains(&tie), "{tie} in {ties}");
    }
}

#[tokio::test]
async fn people_are_found_as_they_are_stored_and_duplicates_are_named() {
    let crm = Emulator::start("hubspot_crm");
    let hubspot = with_token(&crm);
    for (n, phone) in ["(506) 8555-0117", "85550117", "8555 0117 ext 4"].iter().enumerate() {
        hubspot.create(&person(&format!("P{n}"), phone, n == 1)).await.unwrap();
    }
    for phone in ["8555-0117", "8555-0120"] {
        crm.set(json!({"put": {"object": "companies", "record": {"name": "Yunque", "phone": phone}}})).await;
    }
    let mut found = hubspot.find_by_number(&number("8555 0117")).await.unwrap();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let names: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.record.kind)).collect();
    let (contact, lead) = (RemoteKind::Contact, RemoteKind::Lead);
    assert_eq!(names, [("Ana P0", contact), ("Ana P1", lead), ("Ana P2", contact)]);
    assert_eq!(
        crm.asked("POST /crm/v3/objects/companies/search").await,
        0,
        "where a person is no company is asked for"
    );
    let found = hubspot.find_by_number(&number("8555 0120")).await.unwrap();
    assert_eq!((found.len(), found[0].record.kind), (1, RemoteKind::Company));

    crm.set(json!({"index_waits": true})).await;
    let mora = person("Mora", "+50685550133", false);
    crm.fault(json!({"match": "POST /crm/v3/objects/contacts$", "do": "lose"})).await;
    assert_eq!(hubspot.create(&mora).await, Err(Fault::Lost));
    let made = hubspot.find_created(&mora).await.unwrap();
    assert!(made.is_some(), "an e-mail is read from the record, not from the index");
    assert_eq!(hubspot.create(&mora).await, Err(Fault::Duplicate { existing: made.into_iter().collect() }));
    let nameless = NewPerson { email: None, ..person("Sola", "+50685550134", false) };
    hubspot.create(&nameless).await.unwrap();
    assert_eq!(hubspot.find_created(&nameless).await.unwrap(), None, "without an e-mail the index must know first");
    crm.set(json!({"index_waits": false})).await;
    assert!(hubspot.find_created(&nameless).await.unwrap().is_some());
}

#[tokio::test]
async fn allowances_are_kept_and_addresses_are_the_vendors() {
    let crm = Emulator::start("hubspot_crm");
    let hubspot = with_token(&crm);
    let who = RemoteRef { kind: RemoteKind::Contact, id: "501".into() };
    assert_eq!(hubspot.address(&who), None, "the account is not known yet");
    hubspot.check().await.unwrap();
    assert_eq!(hubspot.address(&who).as_deref(), Some("https://app-eu1.hubspot.com/contacts/62515/record/0-1/501"));
    let body =
        json!({"status": "error", "category": "RATE_LIMITS", "policyName": "TEN_SECONDLY_ROLLING", "message": "x"});
    crm.fault(json!({"match": "GET /crm/v3", "do": "answer", "status": 429, "body": body})).await;
    assert_eq!(hubspot.look_up(marker(1), None).await, Err(Fault::Busy { after: Some(Duration::from_secs(10)) }));
    crm.set(json!({"daily": [94, 100]})).await;
    assert!(hubspot.find_by_number(&number("8555 0117")).await.is_ok());
    let asked = crm.asked("POST /crm/v3/objects/contacts").await;
    let held = hubspot.create(&person("Mora", "+50685550117", false)).await;
    assert_eq!(held, Err(Fault::Limit { after: None }), "the last tenth is for callers");
    assert_eq!(crm.asked("POST /crm/v3/objects/contacts").await, asked, "nobody was asked");
    crm.set(json!({"daily": [100, 100]})).await;
    assert_eq!(hubspot.look_up(marker(1), None).await, Err(Fault::Limit { after: Some(Duration::from_secs(900)) }));
    for address in ["https://api.hubapi.com.evil.example/", "http://api.hubapi.com/", "https://evil.example/"] {
        assert!(
            HubSpot::new(Url::parse(address).unwrap(), Access::Token(Secret::new(TOKEN)), "CR").is_none(),
            "{address}"
        );
    }
    assert!(HubSpot::new(Url::parse(hubspot::RECORDS).unwrap(), Access::Token(Secret::new("a\nb")), "CR").is_none());
}

/// HubSpot's own library, which nobody here wrote, does all of this against the same emulator.
#[tokio::test]
async fn the_vendors_own_client_works_with_the_emulated_account() {
    let crm = Emulator::start("hubspot_crm");
    let python = std::env::var_os("TIMBRE_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(emulated::folder().join("third_party_hubspot.py"))
        .arg(crm.base.as_str().trim_end_matches('/'));
    let output = command.output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "good");
}

#[tokio::test]
async fn outcomes_are_those_of_the_account() {
    let crm = Emulator::start("hubspot_crm");
    let results = with_token(&crm).call_results().await.unwrap();
    let told: Vec<(&str, bool)> = results.iter().map(|one| (one.name.as_str(), one.needs_no_contact)).collect();
    assert_eq!(told, [("Connected", false), ("Wrong number", true), ("Interesado", false)], "without deleted ones");
}
