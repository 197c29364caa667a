//! The connector to Zoho CRM, against the emulated organisation of `emulators/zoho.py`.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;
mod table;

use std::process::Command;
use std::time::Duration;

use crm::connector::{Connector, Directory, Fault, LogEntry, RemoteKind, RemoteRef};
use crm_connect::oauth::{Pages, Session, SignIn, SignInError, TokenError};
use crm_connect::zoho::{self, CENTRES, Options, Zoho};
use emulated::{Emulator, LIMIT, signed_in};
use serde_json::{Value, json};
use table::{Bench, entry, marker, number, person};

async fn start() -> (Emulator, Session) {
    let crm = Emulator::start("zoho");
    let provider = zoho::provider(&crm.base, "timbre", &[0]).unwrap();
    let (session, _) = signed_in(provider).await;
    (crm, session)
}

fn connect(session: &Session, unique_field: Option<&str>) -> Zoho {
    Zoho::new(session.clone(), Options { country: "CR".into(), unique_field: unique_field.map(str::to_owned) })
}

fn bench(crm: Emulator, connector: Zoho, log: &'static str) -> Bench {
    Bench {
        connector: Box::new(connector),
        crm,
        log,
        create: "POST /crm/v8/Contacts",
        read: "POST /crm/v8/__composite_requests",
        calls: "Calls",
        contacts: "Contacts",
        renews: true,
        tells_required: true,
        required: ("Rank", "invalid:MANDATORY_NOT_FOUND,Rank"),
    }
}

#[tokio::test]
async fn zoho_holds_with_a_marker() {
    let (crm, session) = start().await;
    let zoho = connect(&session, None);
    assert_eq!(zoho.unique_field().await.unwrap(), None);
    let bench = bench(crm, zoho, "POST /crm/v8/Calls");
    bench.holds().await;
    let call = bench.first_call().await;
    let contact = bench.crm.records("Contacts").await[0]["id"].clone();
    let expected = json!({
        "Subject": "Factura 27", "Description": "Pide la \"factura\"\n<b>urgente</b>", "Call_Type": "Inbound", "Call_Duration": "01:15",
        "Call_Start_Time": "2027-01-14T20:00:00-06:00", "Call_Result": "Interested", "Who_Id": {"id": contact},
        "Call_Agenda": "00000010-0000-0000-0000-000000000001",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&call[name], value, "{name}");
    }
    bench.goes().await;
}

#[tokio::test]
async fn zoho_holds_with_a_unique_field() {
    let (crm, session) = start().await;
    crm.set(json!({"unique_field": true})).await;
    let field = connect(&session, None).unique_field().await.unwrap();
    assert_eq!(field.as_deref(), Some(zoho::UNIQUE_FIELD));
    let bench = bench(crm, connect(&session, field.as_deref()), "POST /crm/v8/Calls/upsert");
    assert!(bench.connector.abilities().logs_once);
    bench.holds().await;
    bench.goes().await;
}

#[tokio::test]
async fn numbers_stored_as_typed_are_found_though_the_index_lags() {
    let (crm, session) = start().await;
    let zoho = connect(&session, None);
    crm.set(json!({"index_waits": true})).await;
    for (n, phone) in ["8555-0117", "+506 8555 0117", "(506) 8555-01-17", "0117 8555"].iter().enumerate() {
        zoho.create(&person(&format!("P{n}"), phone, n % 2 == 1)).await.unwrap();
    }
    crm.set(json!({"put": {"object": "Accounts", "record": {"Account_Name": "Yunque", "Phone": "8555.0117"}}})).await;
    let mut found = zoho.find_by_number(&number("8555 0117")).await.unwrap();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let names: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.record.kind)).collect();
    let (contact, lead, company) = (RemoteKind::Contact, RemoteKind::Lead, RemoteKind::Company);
    assert_eq!(names, [("Ana P0", contact), ("Ana P1", lead), ("Ana P2", contact), ("Yunque", company)]);
    assert_eq!(found[1].company.as_deref(), Some("Yunque"));
    assert_eq!(crm.asked("POST /crm/v8/__composite_requests").await, 1, "one request for all kinds");
    assert_eq!(crm.asked("POST /crm/v8/coql").await, 0);

    // Where several questions may not go in one request they go beside each other, and the other way is not tried again.
    crm.set(json!({"composes": false})).await;
    for round in 1..=2 {
        let mut again = zoho.find_by_number(&number("8555 0117")).await.unwrap();
        again.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(again, found);
        assert_eq!(crm.asked("POST /crm/v8/coql").await, 3 * round, "one request for each kind");
        assert_eq!(crm.asked("POST /crm/v8/__composite_requests").await, 2);
    }
}

#[tokio::test]
async fn of_many_numbers_that_end_alike_the_one_that_is_meant_is_found() {
    let (crm, session) = start().await;
    let zoho = connect(&session, None);
    for n in 0..60 {
        let record =
            json!({"Last_Name": format!("P{n}"), "Full_Name": format!("P{n}"), "Phone": format!("+506 22{n:02} 0117")});
        crm.set(json!({"put": {"object": "Contacts", "record": record}})).await;
    }
    let found = zoho.find_by_number(&number("2259 0117")).await.unwrap();
    assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["P59"]);
}

#[tokio::test]
async fn a_lead_is_a_thing_a_case_is_tied_and_whoever_is_gone_is_told() {
    let (crm, session) = start().await;
    let zoho = connect(&session, None);
    let lead = zoho.create(&person("Lead", "+50685550119", true)).await.unwrap();
    let missed = LogEntry { answered: false, talk_ms: 0, ..entry(1, Some(lead.clone())) };
    zoho.log(&missed).await.unwrap();
    let calls = crm.records("Calls").await;
    assert_eq!((&calls[0]["What_Id"]["id"], &calls[0]["$se_module"]), (&json!(lead.id), &json!("Leads")));
    assert_eq!(
        (&calls[0]["Call_Type"], calls[0].get("Call_Duration"), calls[0].get("Who_Id")),
        (&json!("Missed"), None, None)
    );

    let who = zoho.create(&person("Mora", "+50685550117", false)).await.unwrap();
    let case = json!({"Subject": "Gotera", "Status": "New", "Related_To": {"id": who.id}});
    crm.set(json!({"put": {"object": "Cases", "record": case}})).await;
    let tickets = zoho.tickets(&who).await.unwrap();
    assert_eq!((tickets.len(), tickets[0].subject.as_str()), (1, "Gotera"));
    assert!(zoho.tickets(&lead).await.unwrap().is_empty());
    let call = zoho.log(&entry(2, Some(who.clone()))).await.unwrap();
    zoho.attach(&call, &tickets[0].record).await.unwrap();
    assert_eq!(crm.records("Calls").await[1]["What_Id"]["id"], tickets[0].record.id.as_str());
    an_open_deal_is_tied(&crm, &zoho, &who).await;
    let gone = RemoteRef { kind: RemoteKind::Contact, id: "4876876000000099999".into() };
    assert_eq!(zoho.log(&entry(3, Some(gone))).await, Err(Fault::NotFound));
    assert_eq!(zoho.address(&who).unwrap(), format!("{}crm/tab/Contacts/{}", crm.base, who.id));

    crm.set(json!({"duplicates": true})).await;
    let again = zoho.create(&person("Mora", "+50685550133", false)).await;
    assert_eq!(again, Err(Fault::Duplicate { existing: vec![who] }));
    crm.set(json!({"credits": 0})).await;
    assert_eq!(zoho.look_up(marker(2), None).await, Err(Fault::Limit { after: Some(Duration::from_secs(900)) }));
}

/// Deals stand beside cases, and a call may be about one; who has none of them still has cases.
async fn an_open_deal_is_tied(crm: &Emulator, zoho: &Zoho, who: &RemoteRef) {
    for (name, stage) in [("Renovación", "Qualification"), ("Antiguo", "Closed Won"), ("Perdido", "Closed Lost")] {
        let deal = json!({"Deal_Name": name, "Stage": stage, "Contact_Name": {"id": who.id}});
        crm.set(json!({"put": {"object": "Deals", "record": deal}})).await;
    }
    let tickets = zoho.tickets(who).await.unwrap();
    let shown: Vec<_> = tickets.iter().map(|one| one.subject.as_str()).collect();
    assert_eq!((shown, tickets[1].number.as_str()), (vec!["Gotera", "Qualification"], "Renovación"));
    let deal = crm.records("Deals").await[0]["id"].clone();
    let about = LogEntry { ticket: Some(tickets[1].record.clone()), ..entry(9, Some(who.clone())) };
    let told = |call: &Value| (call["Who_Id"]["id"].clone(), call["What_Id"]["id"].clone(), call["$se_module"].clone());
    let expected = (json!(who.id), deal.clone(), json!("Deals"));
    zoho.log(&about).await.unwrap();
    assert_eq!(told(crm.records("Calls").await.last().unwrap()), expected);
    let later = zoho.log(&entry(10, Some(who.clone()))).await.unwrap();
    zoho.attach(&later, &tickets[1].record).await.unwrap();
    assert_eq!(told(crm.records("Calls").await.last().unwrap()), expected);
    let id = deal.as_str().unwrap();
    assert_eq!(zoho.address(&tickets[1].record).unwrap(), format!("{}crm/tab/Deals/{id}", crm.base));

    crm.set(json!({"without": "Deals"})).await;
    assert_eq!(zoho.tickets(who).await.unwrap(), tickets[..1]);
}

/// The answer in the browser names the data centre: one of Zoho's own, or nothing is sent anywhere.
#[tokio::test]
async fn an_answer_that_names_a_foreign_server_is_refused() {
    let crm = Emulator::start("zoho");
    for server in
        ["https://accounts.zoho.com.evil.example", "http://accounts.zoho.eu", "https://evil.example/accounts.zoho.eu"]
    {
        crm.set(json!({"server": server})).await;
        let provider = zoho::provider(&crm.base, "timbre", &[0]).unwrap();
        let sign_in = SignIn::begin(provider).await.unwrap();
        let browser =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let back = browser.get(sign_in.url()).send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
        let pages = Pages { done: String::new(), refused: String::new() };
        let (told, _) = tokio::join!(sign_in.finish(pages, LIMIT), browser.get(back).send());
        assert_eq!(told.unwrap_err(), SignInError::Token(TokenError::ForeignAddress), "{server}");
    }
    assert_eq!(crm.asked("POST /oauth/v2/token").await, 0, "the code went nowhere");
    let hosts: Vec<&str> = CENTRES.iter().map(|centre| centre.accounts).collect();
    assert!(hosts.len() == 8 && hosts.iter().all(|host| host.starts_with("accounts.zoho")));
}

/// Zoho's own library, which nobody here wrote, does all of this against the same emulator.
#[tokio::test]
async fn the_vendors_own_client_works_with_the_emulated_organisation() {
    let crm = Emulator::start("zoho");
    let python = std::env::var_os("TIMBRE_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.arg("-B").arg(emulated::folder().join("third_party_zoho.py")).arg(crm.base.as_str().trim_end_matches('/'));
    let output = command.output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "good");
}

#[tokio::test]
async fn outcomes_are_those_of_the_organisation_and_others_stand_in_the_description() {
    let (crm, session) = start().await;
    let zoho = connect(&session, None);
    let results = zoho.call_results().await.unwrap();
    let names: Vec<&str> = results.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names[..2], ["Interesado", "No interesado"], "in its own words and order, without «-None-»");
    let nobody: Vec<&str> = results.iter().filter(|one| one.needs_no_contact).map(|one| one.name.as_str()).collect();
    assert_eq!(nobody, ["Sin respuesta/Ocupado", "Número no válido"]);
    zoho.log(&LogEntry { disposition: Some("Otra cosa".into()), ..entry(1, None) }).await.unwrap();
    let calls = crm.records("Calls").await;
    assert_eq!(calls[0].get("Call_Result"), None);
    assert!(calls[0]["Description"].as_str().unwrap().starts_with("Otra cosa\n"), "{}", calls[0]["Description"]);
}
