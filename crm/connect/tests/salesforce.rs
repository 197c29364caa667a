//! The connector to Salesforce, against the emulated organisation of `emulators/salesforce.py`.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;
mod table;

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crm::call::Direction;
use crm::connector::{
    Connector, Directory, Fault, FieldValue, LogEntry, NewPerson, PersonField, RemoteKind, RemoteRef,
};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;
use crm_connect::Secret;
use crm_connect::oauth::Session;
use crm_connect::salesforce::{self, Legacy, Options, Salesforce};
use emulated::{Emulator, Shelf, signed_in};
use serde_json::json;
use table::Bench;
use uuid::Uuid;

struct Org {
    crm: Emulator,
    session: Session,
    shelf: Arc<Shelf>,
}

impl Org {
    async fn start() -> Self {
        let crm = Emulator::start("salesforce");
        let provider = salesforce::provider(&crm.base, "timbre", &[0]).unwrap();
        let (session, shelf) = signed_in(provider).await;
        Self { crm, session, shelf }
    }

    fn connect(&self, external_id: Option<&str>) -> Salesforce {
        let options = Options { country: "CR".into(), external_id: external_id.map(str::to_owned) };
        Salesforce::new(self.session.clone(), options)
    }

    async fn tasks(&self) -> Vec<serde_json::Value> {
        self.crm.records("Task").await
    }
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, "CR").unwrap()
}

fn entry(n: u128, who: Option<RemoteRef>) -> LogEntry {
    LogEntry {
        id: OutboxId(Uuid::from_u128(n)),
        subject: "Factura 27".into(),
        comment: "Pide la factura\nurgente".into(),
        disposition: Some("Interesado".into()),
        direction: Direction::Incoming,
        answered: true,
        started_at_ms: 1_799_978_400_000,
        utc_offset_min: -360,
        talk_ms: 75_900,
        number: Some("+50685550117".into()),
        name: None,
        who,
        ticket: None,
        further: Vec::new(),
    }
}

fn ana(lead: bool) -> NewPerson {
    NewPerson {
        lead,
        first_name: "Ana".into(),
        last_name: "O'Mora".into(),
        company: "Yunque".into(),
        phones: vec!["+50685550117".into()],
        email: Some("ana@example.com".into()),
        record_type: None,
        further: Vec::new(),
    }
}

#[tokio::test]
async fn a_call_reaches_the_organisation_with_every_field() {
    let org = Org::start().await;
    let crm = org.connect(None);
    let identity = crm.check().await.unwrap();
    assert_eq!(identity.user, "ana@example.com");
    let who = crm.create(&ana(false)).await.unwrap();
    let record = crm.log(&entry(7, Some(who.clone()))).await.unwrap();
    let tasks = org.tasks().await;
    let expected = json!({
        "Subject": "Factura 27", "Description": "Pide la factura\nurgente", "Status": "Completed", "TaskSubtype": "Call",
        "CallType": "Inbound", "CallDurationInSeconds": 75, "CallDisposition": "Interesado", "WhoId": who.id, "WhatId": null,
        "ActivityDate": "2027-01-14", "CallObject": "00000000-0000-0000-0000-000000000007",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&tasks[0][name], value, "{name}");
    }
    assert_eq!(crm.look_up(OutboxId(Uuid::from_u128(7)), None).await.unwrap(), Some(record.clone()));
    assert_eq!(crm.look_up(OutboxId(Uuid::from_u128(8)), None).await.unwrap(), None);
    let address = crm.address(&record).unwrap();
    assert_eq!(address, format!("{}lightning/r/Task/{}/view", org.crm.base, record.id));
    assert_eq!(crm.address(&RemoteRef { kind: RemoteKind::Contact, id: "../../x".into() }), None);
}

#[tokio::test]
async fn people_are_found_by_number_in_every_writing_and_verified() {
    let org = Org::start().await;
    let crm = org.connect(None);
    for (n, phone) in
        ["8555-0117", "+506 8555 0117", "(506) 85550117", "0117 8555", "85550117 ext. 4"].iter().enumerate()
    {
        let person = NewPerson { last_name: format!("P{n}"), phones: vec![(*phone).to_owned()], ..ana(n % 2 == 1) };
        crm.create(&person).await.unwrap();
    }
    let mut names: Vec<String> =
        crm.find_by_number(&number("8555 0117")).await.unwrap().into_iter().map(|person| person.name).collect();
    names.sort();
    // «0117 8555» has the same words and is another number.
    assert_eq!(names, ["Ana P0", "Ana P1", "Ana P2", "Ana P4"]);
    let asked = org.crm.asked("GET /services/data/v65.0/search").await;
    assert_eq!(asked, 2, "one request for all writings; the first one learned that nobody is an account here");
    crm.find_by_number(&number("8555 0117")).await.unwrap();
    assert_eq!(org.crm.asked("GET /services/data/v65.0/search").await, asked + 1);
    let asked = asked + 1;
    assert!(crm.find_by_number(&number("231")).await.unwrap().is_empty());
    assert_eq!(org.crm.asked("GET /services/data/v65.0/search").await, asked, "extensions are nobody there");
    let found = crm.find_by_text("ana p3", 10).await.unwrap();
    assert_eq!((found.len(), found[0].name.as_str(), found[0].record.kind), (1, "Ana P3", RemoteKind::Lead));
    assert_eq!(found[0].company.as_deref(), Some("Yunque"));
    assert!(crm.find_by_text("x} RETURNING Contact(Id)", 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn logging_twice_is_once_with_an_external_id_and_found_without() {
    let org = Org::start().await;
    assert_eq!(org.connect(None).external_id().await.unwrap(), None);
    let missing = org.connect(Some(salesforce::EXTERNAL_ID)).log(&entry(1, None)).await.unwrap_err();
    assert_eq!(missing.code(), "invalid:EXTERNAL_ID_FIELD,Softphone_Call_Id__c");
    org.crm.set(json!({"external_id": true})).await;
    let field = org.connect(None).external_id().await.unwrap();
    assert_eq!(field.as_deref(), Some(salesforce::EXTERNAL_ID));
    let crm = org.connect(field.as_deref());
    assert!(crm.abilities().logs_once);
    let lose = json!({"match": "PATCH /services/data/v65.0/sobjects/Task/", "do": "lose"});
    org.crm.fault(lose).await;
    assert_eq!(crm.log(&entry(1, None)).await, Err(Fault::Lost));
    let again = LogEntry { comment: "Otra".into(), ..entry(1, None) };
    let record = crm.log(&again).await.unwrap();
    let tasks = org.tasks().await;
    assert_eq!(
        (tasks.len(), tasks[0]["Description"].as_str(), tasks[0]["Id"].as_str()),
        (1, Some("Otra"), Some(&*record.id))
    );
}

#[tokio::test]
async fn tokens_that_end_are_renewed_once_and_a_grant_that_ends_asks_the_person() {
    let org = Org::start().await;
    let crm = Arc::new(org.connect(None));
    org.crm.set(json!({"rotates": true})).await;
    crm.check().await.unwrap();
    for _ in 0..2 {
        org.crm.set(json!({"end_access": true})).await;
        let before = org.crm.state().await["renewals"].as_u64().unwrap();
        let asked: Vec<_> = (0..8)
            .map(|_| {
                let crm = Arc::clone(&crm);
                tokio::spawn(async move { crm.find_by_number(&number("8555 0117")).await })
            })
            .collect();
        for one in asked {
            one.await.unwrap().unwrap();
        }
        assert_eq!(org.crm.state().await["renewals"].as_u64().unwrap(), before + 1);
    }
    assert!(org.shelf.0.lock().unwrap().as_ref().unwrap().starts_with("5Aep"));
    org.crm.set(json!({"revoke": true})).await;
    assert_eq!(crm.check().await, Err(Fault::SignIn));
    assert_eq!(crm.log(&entry(1, None)).await, Err(Fault::SignIn));
    assert!(org.tasks().await.is_empty());
}

#[tokio::test]
async fn an_organisation_says_what_it_wants() {
    let org = Org::start().await;
    let crm = org.connect(None);
    org.crm.set(json!({"require": {"object": "Lead", "field": "Rank__c"}})).await;
    let specs = crm.describe(RemoteKind::Lead, None).await.unwrap().fields;
    let required: Vec<&str> = specs.iter().filter(|spec| spec.required).map(|spec| spec.name.as_str()).collect();
    assert_eq!(required, ["LastName", "Company", "Rank__c"]);
    let fed = |name: &str| specs.iter().find(|spec| spec.name == name).unwrap().fed_by;
    assert_eq!([fed("Company"), fed("Rank__c")], [Some(PersonField::Company), None]);
    assert!(!specs.iter().any(|spec| spec.name == "Id"), "nobody fills in what the CRM makes");
    let refused = crm.create(&ana(true)).await.unwrap_err();
    assert_eq!(refused.code(), "invalid:REQUIRED_FIELD_MISSING,Rank__c");
    let full = NewPerson { further: vec![("Rank__c".into(), FieldValue::Text("A".into()))], ..ana(true) };
    let lead = crm.create(&full).await.unwrap();
    assert_eq!(lead.kind, RemoteKind::Lead);

    let rule = json!({"object": "Task", "field": "Description", "message": "Falta el comentario"});
    org.crm.set(json!({"rule": rule})).await;
    let Err(Fault::Invalid { code, fields, message }) =
        crm.log(&LogEntry { comment: "".into(), ..entry(1, None) }).await
    else {
        panic!("a rule was expected")
    };
    assert_eq!((code.as_str(), message.as_str()), ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Falta el comentario"));
    assert_eq!(fields, ["Description"]);

    org.crm.set(json!({"duplicate_rule": true})).await;
    assert_eq!(crm.create(&full).await, Err(Fault::Duplicate { existing: vec![lead] }));

    org.crm.set(json!({"require": {"object": "Task", "field": "Reason__c"}})).await;
    assert_eq!(crm.log(&entry(7, None)).await.unwrap_err().code(), "invalid:REQUIRED_FIELD_MISSING,Reason__c");
    let text = |name: &str| (name.to_owned(), FieldValue::Text("B".into()));
    let full_entry = LogEntry { further: vec![text("Reason__c"), text("Subject")], ..entry(7, None) };
    crm.log(&full_entry).await.unwrap();
    let task = org.tasks().await.remove(0);
    assert_eq!((task["Reason__c"].as_str(), task["Subject"].as_str()), (Some("B"), Some("Factura 27")));
}

#[tokio::test]
async fn somebody_who_was_made_without_an_answer_is_found_though_the_index_lags() {
    let org = Org::start().await;
    let crm = org.connect(None);
    org.crm.set(json!({"index_waits": true})).await;
    org.crm.fault(json!({"match": "POST /services/data/v65.0/sobjects/Contact", "do": "lose"})).await;
    assert_eq!(crm.create(&ana(false)).await, Err(Fault::Lost));
    assert!(crm.find_by_number(&number("8555 0117")).await.unwrap().is_empty(), "the index does not know yet");
    let made = crm.find_created(&ana(false)).await.unwrap().unwrap();
    assert_eq!(org.crm.records("Contact").await[0]["Id"].as_str(), Some(&*made.id));
    assert_eq!(crm.find_created(&ana(true)).await.unwrap(), None);
}

#[tokio::test]
async fn tickets_are_listed_and_tied() {
    let org = Org::start().await;
    let crm = org.connect(None);
    let who = crm.create(&ana(false)).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let token = org.session.access().await.unwrap();
    let url = org.crm.base.join("services/data/v65.0/sobjects/Case").unwrap();
    let body = json!({"Subject": "Gotera", "ContactId": who.id});
    http.post(url).bearer_auth(token.secret().reveal()).json(&body).send().await.unwrap().error_for_status().unwrap();
    let tickets = crm.tickets(&who).await.unwrap();
    assert_eq!((tickets.len(), tickets[0].subject.as_str()), (1, "Gotera"));
    let record = crm.log(&entry(1, Some(who))).await.unwrap();
    crm.attach(&record, &tickets[0].record).await.unwrap();
    assert_eq!(org.tasks().await[0]["WhatId"].as_str(), Some(&*tickets[0].record.id));
}

#[tokio::test]
async fn faults_are_told_apart_by_what_may_be_done() {
    let org = Org::start().await;
    let crm = org.connect(None);
    crm.check().await.unwrap();
    let task = "POST /services/data/v65.0/sobjects/Task";
    let error = |code: &str| json!([{"errorCode": code, "message": "ana@example.com"}]);
    for (status, headers, body, fault) in [
        (429, json!({"Retry-After": "9"}), json!({}), Fault::Busy { after: Some(Duration::from_secs(9)) }),
        (503, json!({}), error("SERVER_UNAVAILABLE"), Fault::Busy { after: Some(Duration::from_secs(30)) }),
        (403, json!({}), error("REQUEST_LIMIT_EXCEEDED"), Fault::Limit { after: None }),
        (400, json!({}), error("UNABLE_TO_LOCK_ROW"), Fault::Busy { after: None }),
        (400, json!({}), error("ENTITY_IS_DELETED"), Fault::NotFound),
        (
            400,
            json!({}),
            error("INSUFFICIENT_ACCESS_OR_READONLY"),
            Fault::Forbidden { code: "INSUFFICIENT_ACCESS_OR_READONLY".into() },
        ),
        (410, json!({}), error("UNSUPPORTED_API_VERSION"), Fault::NotOffered),
        (500, json!({}), error("UNKNOWN_EXCEPTION"), Fault::Lost),
        (502, json!({}), json!("<html>"), Fault::Lost),
        (201, json!({}), json!("<html>"), Fault::NotUnderstood),
        (302, json!({"Location": "http://evil.example/"}), json!({}), Fault::NotUnderstood),
    ] {
        org.crm.fault(json!({"match": task, "do": "answer", "status": status, "headers": headers, "body": body})).await;
        let told = crm.log(&entry(1, None)).await.unwrap_err();
        assert_eq!(told, fault, "{status}");
        assert!(!told.code().contains("ana"), "a code carries no value");
    }
    org.crm.fault(json!({"match": task, "do": "drop"})).await;
    assert_eq!(crm.log(&entry(1, None)).await, Err(Fault::Lost));
    assert!(org.tasks().await.is_empty());
    drop(org.crm);
    assert_eq!(crm.log(&entry(1, None)).await, Err(Fault::Unreachable), "nobody was reached: it had no effect");
}

#[tokio::test]
async fn the_last_tenth_of_the_allowance_is_for_callers() {
    let org = Org::start().await;
    let crm = org.connect(None);
    crm.check().await.unwrap();
    org.crm.set(json!({"allowance": 20})).await;
    let mut logged = 0;
    let limited = loop {
        match crm.log(&entry(logged, None)).await {
            Ok(_) => logged += 1,
            Err(fault) => break fault,
        }
    };
    assert_eq!(limited, Fault::Limit { after: None });
    let calls = org.crm.state().await["calls"].as_u64().unwrap();
    assert_eq!(calls, 18, "a tenth of 20 is left");
    crm.find_by_number(&number("8555 0117")).await.unwrap();
}

fn bench(crm: Emulator, connector: Salesforce, log: &'static str) -> Bench {
    Bench {
        connector: Box::new(connector),
        crm,
        log,
        create: "POST /services/data/v65.0/sobjects/Contact",
        read: "GET /services/data/v65.0/search",
        calls: "Task",
        contacts: "Contact",
        renews: true,
        tells_required: true,
        required: ("Rank__c", "invalid:REQUIRED_FIELD_MISSING,Rank__c"),
    }
}

#[tokio::test]
async fn salesforce_holds_with_a_marker() {
    let org = Org::start().await;
    let connector = org.connect(None);
    let bench = bench(org.crm, connector, "POST /services/data/v65.0/sobjects/Task");
    bench.holds().await;
    bench.goes().await;
}

#[tokio::test]
async fn salesforce_holds_with_an_external_id() {
    let org = Org::start().await;
    org.crm.set(json!({"external_id": true})).await;
    let connector = org.connect(Some(salesforce::EXTERNAL_ID));
    let bench = bench(org.crm, connector, "PATCH /services/data/v65.0/sobjects/Task/");
    bench.holds().await;
    bench.goes().await;
}

#[tokio::test]
async fn somebody_who_is_an_account_is_one_person_to_whom_calls_are_tied() {
    let org = Org::start().await;
    org.crm.set(json!({"person_accounts": true})).await;
    let luis = json!({"FirstName": "Luis", "LastName": "Vega", "Phone": "2222-0000", "MobilePhone": "8555 0117", "Email": "luis@example.com"});
    org.crm.set(json!({"person": luis})).await;
    org.crm.set(json!({"put": {"object": "Account", "record": {"Name": "Yunque", "Phone": "85550117"}}})).await;
    let crm = org.connect(None);
    let found = crm.find_by_number(&number("8555 0117")).await.unwrap();
    let shown: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.record.kind, one.company.as_deref())).collect();
    assert_eq!(shown, [("Luis Vega", RemoteKind::Contact, None), ("Yunque", RemoteKind::Company, None)]);
    assert_eq!(found[0].phones, ["2222-0000", "8555 0117"]);
    let contact = org.crm.records("Contact").await[0]["Id"].as_str().unwrap().to_owned();
    assert_eq!((found[0].record.id.as_str(), found[0].email.as_deref()), (&*contact, Some("luis@example.com")));
    assert_eq!(org.crm.asked("GET /services/data/v65.0/search").await, 1);
    crm.log(&entry(1, Some(found[0].record.clone()))).await.unwrap();
    assert_eq!(org.tasks().await[0]["WhoId"], contact.as_str());
}

fn by_password(org: &Emulator, user: &str, password: &str) -> Salesforce {
    let legacy = Legacy::new(&org.base, user, Secret::new(password)).unwrap();
    Salesforce::with_password(legacy, Options { country: "CR".into(), external_id: None })
}

#[tokio::test]
async fn a_password_lets_in_again_when_the_session_ends_once_for_all_who_wait() {
    let org = Emulator::start("salesforce");
    let crm = Arc::new(by_password(&org, "ana@example.com", "sésamo & <1>0123456789abcdef"));
    let identity = crm.check().await.unwrap();
    assert_eq!(
        (identity.user.as_str(), identity.organisation.as_deref()),
        ("ana@example.com", Some("Central Ejemplo"))
    );
    assert_eq!(crm.external_id().await.unwrap(), None);
    let who = crm.create(&ana(false)).await.unwrap();
    crm.log(&entry(7, Some(who))).await.unwrap();
    assert_eq!(org.records("Task").await.len(), 1);
    org.set(json!({"end_access": true})).await;
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let crm = Arc::clone(&crm);
            tokio::spawn(async move { crm.find_by_number(&number("8555 0117")).await })
        })
        .collect();
    for one in asked {
        assert_eq!(one.await.unwrap().unwrap().len(), 1);
    }
    assert_eq!(org.state().await["logins"], 2, "once at the beginning, once for all eight");
}

#[tokio::test]
async fn a_session_that_a_password_began_is_ended_where_it_was_begun() {
    let org = Emulator::start("salesforce");
    for (fault, confirmed) in [(None, true), (Some(json!({"do": "answer", "status": 503, "body": "<html>"})), false)] {
        let legacy = Legacy::new(&org.base, "ana@example.com", Secret::new("sésamo & <1>0123456789abcdef")).unwrap();
        let crm = Salesforce::with_password(legacy.clone(), Options { country: "CR".into(), external_id: None });
        crm.check().await.unwrap();
        assert_eq!(org.state().await["sessions"], 1);
        if let Some(mut fault) = fault {
            fault["match"] = "POST /services/Soap/".into();
            org.fault(fault).await;
        }
        let logins = org.state().await["logins"].clone();
        assert_eq!(legacy.session().revoke().await, confirmed);
        assert_eq!(org.state().await["sessions"], u32::from(!confirmed), "it is ended where it was confirmed");
        assert_eq!(crm.check().await, Err(Fault::SignIn), "and not begun again by itself");
        assert!(legacy.session().revoke().await, "there is nothing left to be ended");
        assert_eq!(org.state().await["logins"], logins);
    }
}

#[tokio::test]
async fn a_password_that_is_refused_is_not_tried_again() {
    let org = Emulator::start("salesforce");
    let wrong = by_password(&org, "ana@example.com", "sésamo & <1>");
    for _ in 0..3 {
        assert_eq!(wrong.check().await, Err(Fault::SignIn));
    }
    assert_eq!(org.state().await["logins"], 1, "whoever goes on is locked out");
    org.set(json!({"soap": false})).await;
    let forbidden = by_password(&org, "ana@example.com", "sésamo & <1>0123456789abcdef");
    for _ in 0..2 {
        assert_eq!(forbidden.check().await, Err(Fault::Forbidden { code: "soap_login_disabled".into() }));
    }
    assert_eq!(org.state().await["logins"], 2);
    // Overload passes.
    org.set(json!({"soap": true})).await;
    let late = by_password(&org, "ana@example.com", "sésamo & <1>0123456789abcdef");
    org.fault(json!({"match": "POST /services/Soap/", "do": "answer", "status": 503, "body": "<html>"})).await;
    assert_eq!(late.check().await, Err(Fault::Busy { after: None }));
    org.fault(json!({"match": "POST /services/Soap/", "do": "answer", "status": 200, "body": "<html>"})).await;
    assert_eq!(late.check().await, Err(Fault::NotUnderstood));
    late.check().await.unwrap();
    drop(org);
    assert_eq!(late.check().await, Err(Fault::Unreachable));
}

/// simple-salesforce and oauthlib, which nobody here wrote, do all of this against the same emulator.
#[tokio::test]
async fn clients_of_others_work_with_the_emulated_organisation() {
    let crm = Emulator::start("salesforce");
    let python = std::env::var_os("TIMBRE_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.arg("-B").arg(emulated::folder().join("third_party.py")).arg(crm.base.as_str().trim_end_matches('/'));
    let output = command.output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "good");
}

/// jsforce, which nobody here wrote, does the same.
#[tokio::test]
async fn a_client_in_another_language_works_with_the_emulated_organisation() {
    let crm = Emulator::start("salesforce");
    let clients = std::env::var_os("TIMBRE_NODE_CLIENTS").expect("cargo xtask test says where jsforce is");
    let mut command = Command::new("node");
    command.arg(emulated::folder().join("third_party_jsforce.mjs")).arg(crm.base.as_str().trim_end_matches('/'));
    let output = command.env("TIMBRE_NODE_CLIENTS", clients).output().expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "good");
}
