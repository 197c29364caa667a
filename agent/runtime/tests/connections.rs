//! A company's Salesforce, emulated, with the whole agent: signed in by a browser, asked who calls, told of the call, once,
//! through outages and new starts.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;
mod office;

use std::path::Path;
use std::process::Command;

use agent_api::call::{CallRef, CallView, MatchView};
use agent_api::card::{SaveDraft, SyncState};
use agent_api::command::Commands;
use agent_api::connection::{
    CheckView, ConnectFault, ConnectionRef, ConnectionState, ConnectionView, Disconnect, MoveConnection,
};
use agent_api::connection_setup::{ConnectionSetup, SalesforceLogin};
use agent_api::draft::Draft;
use agent_api::error::ErrorCode;
use agent_api::id::{CallId, ConnectionId};
use agent_api::push::{CorrectPush, ListPushes, PushReason, PushRef, PushState};
use agent_api::remote::{FindRemote, FindTickets, RecordKind, RemoteSearch, TakeRemote};
use agent_api::settings::OpenExternal;
use crm::connector::{Connector, NewPerson};
use crm_connect::salesforce::{self, Options, Salesforce};
use emulated::{Emulator, signed_in};
use office::{Office, no_secret_in, tape};
use practice::Practice;
use serde_json::json;

/// The number of the practice line's caller as somebody typed it into the CRM.
const WRITTEN: &str = "+1 (202) 555-0142";

async fn salesforce(office: &Office, crm: &Emulator) -> ConnectionId {
    let login = SalesforceLogin::Own { host: crm.base.to_string() };
    office.connection(ConnectionSetup::Salesforce { login, client_id: "timbre".into() }, None).await
}

/// A call of the practice line's caller, whom only the connected CRM knows; over, and not saved yet.
struct Talked {
    crm: Emulator,
    exchange: Practice,
    office: Office,
    connection: ConnectionId,
    call: CallId,
}

impl Talked {
    async fn with_one_of_the_crm(place: &Path) -> Self {
        let crm = Emulator::start("salesforce");
        let exchange = Practice::start(practice::Options::default()).unwrap();
        let mut office = Office::on(place).await;
        office.line(&exchange).await;
        let connection = salesforce(&office, &crm).await;
        office.sign_in(connection).await;
        known_there(&crm).await;
        let there = |view: &CallView| view.remote.as_ref().is_some_and(|remote| !remote.people.is_empty());
        let call = office.called(&exchange, "the CRM's answer", there).await;
        let record = call.remote.unwrap().people.remove(0).record;
        office.agent().take_remote(TakeRemote { record, call: Some(call.id) }).await.unwrap();
        office.talk(call.id).await;
        Self { crm, exchange, office, connection, call: call.id }
    }
}

/// The caller, whom only the CRM knows; the id there.
async fn known_there(crm: &Emulator) -> String {
    let (session, _) = signed_in(salesforce::provider(&crm.base, "timbre", &[0]).unwrap()).await;
    let crm = Salesforce::new(session, Options { country: "CR".into(), external_id: None });
    let person = NewPerson {
        first_name: "Ana".into(),
        last_name: "Mora Solís".into(),
        phones: vec![WRITTEN.into()],
        ..NewPerson::default()
    };
    crm.create(&person).await.unwrap().id
}

fn local_day(utc_ms: i64) -> String {
    let day = Command::new("date").args(["-d", &format!("@{}", utc_ms / 1000), "+%F"]).output().unwrap();
    String::from_utf8(day.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_whom_only_the_crm_knows_is_shown_taken_and_logged_with_every_field() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let crm = Emulator::start("salesforce");
    let ana = known_there(&crm).await;
    crm.set(json!({"rotates": true, "external_id": true})).await;
    let exchange = Practice::start(practice::Options::default()).unwrap();
    let mut office = Office::on(place.path()).await;
    office.line(&exchange).await;
    let connection = salesforce(&office, &crm).await;
    let view = office.sign_in(connection).await;
    let identity = view.identity.unwrap();
    assert_eq!((identity.user.as_str(), view.verified, view.failure), ("ana@example.com", false, None));
    assert!(view.can.people && view.can.logs_once);
    let checked = office.agent().check_connection(ConnectionRef { connection }).await.unwrap();
    assert_eq!(checked, CheckView::Correct { identity });

    let there = |view: &CallView| {
        let done = view.remote.as_ref().is_some_and(|remote| remote.search == RemoteSearch::Done);
        done && view.matches == MatchView::None
    };
    let call = office.called(&exchange, "the CRM's answer", there).await;
    let person = call.remote.unwrap().people.remove(0);
    assert_eq!((person.name.as_str(), person.record.id.as_str(), person.contact), ("Ana Mora Solís", &*ana, None));
    let taken = office.agent().take_remote(TakeRemote { record: person.record.clone(), call: Some(call.id) }).await;
    let taken = taken.unwrap();
    assert_eq!((taken.last_name.as_str(), &taken.records), ("Mora Solís", &vec![person.record.clone()]));
    crm.set(json!({"put": {"object": "Case", "record": {"Subject": "Gotera", "ContactId": ana}}})).await;
    let told = office.agent().find_tickets(FindTickets { contact: taken.brief.id }).await.unwrap();
    assert_eq!((told.list.len(), told.list[0].subject.as_str(), told.failed.len()), (1, "Gotera", 0));
    let draft = office.agent().card(CallRef { call: call.id }).await.unwrap().draft;
    let draft = Draft { ticket: Some(told.list[0].clone()), ..draft };
    office.agent().save_draft(SaveDraft { call: call.id, edit: 1, draft }).await.unwrap();
    office.talk(call.id).await;
    let card = office.saved(call.id, "Factura 27").await;
    assert!(matches!(card.row.sync, SyncState::Waiting | SyncState::Sent));
    let card = office.house.card_where("sent", call.id, |card| card.row.sync == SyncState::Sent).await;

    let tasks = crm.records("Task").await;
    let expected = json!({
        "Subject": "Factura 27", "Description": "Pide la factura\nurgente", "Status": "Completed", "TaskSubtype": "Call",
        "CallType": "Inbound", "CallDurationInSeconds": card.row.duration_s, "CallDisposition": "Interesado", "WhoId": ana,
        "WhatId": told.list[0].record.id, "ActivityDate": local_day(card.row.started_at_ms), "Softphone_Call_Id__c": call.id.0.to_string(),
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&tasks[0][name], value, "{name}");
    }
    assert_eq!((tasks.len(), crm.records("Contact").await.len()), (1, 1));

    let entry = card.row.pushes[0].record.clone().unwrap();
    assert_eq!((entry.kind, Some(entry.id.as_str())), (RecordKind::Activity, tasks[0]["Id"].as_str()));
    office.agent().open_external(OpenExternal::Record { record: entry }).await.unwrap();
    assert!(office.browser.last().contains("/lightning/r/Task/"), "{}", office.browser.last());
    let asked = crm.asked("GET /services/data/v65.0/search").await;
    let again = office
        .agent()
        .find_remote(FindRemote::Number { number: "+12025550142".into(), connection: None })
        .await
        .unwrap();
    assert_eq!(again.people[0].contact, Some(taken.brief.id), "the row says whose it is");
    assert_eq!(crm.asked("GET /services/data/v65.0/search").await, asked, "what was answered a moment ago is kept");

    let grants = crm.state().await["grants"].as_u64().unwrap();
    let left = office.agent().disconnect(Disconnect { connection, confirmed: false, forget: false }).await.unwrap();
    assert_eq!((left.revoked, crm.state().await["grants"].as_u64()), (Some(true), Some(grants - 1)));
    let gone = office.house.snapshot().await.connections.list.remove(0);
    assert_eq!((gone.state, gone.identity), (ConnectionState::SignedOut, None));
    assert!(
        office
            .agent()
            .contact(agent_api::contact::ContactRef { contact: taken.brief.id })
            .await
            .unwrap()
            .records
            .is_empty()
    );
    office.house.runtime.shut_down().await;
    no_secret_in(place.path());
    exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_stand_in_the_order_that_was_given_also_after_a_new_start() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let office = Office::on(place.path()).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        let url = format!("https://{name}.example/calls");
        ids.push(office.connection(ConnectionSetup::Webhook { url }, Some("0123456789abcdef")).await);
    }
    for (at, place) in [(2, 0), (0, 9), (1, 1)] {
        office.agent().move_connection(MoveConnection { connection: ids[at], place }).await.unwrap();
    }
    let gone = MoveConnection { connection: ConnectionId(uuid::Uuid::nil()), place: 0 };
    assert_eq!(office.agent().move_connection(gone).await.unwrap_err().code, ErrorCode::NotFound);
    let stands = async |office: &Office| -> Vec<ConnectionId> {
        office.house.snapshot().await.connections.list.into_iter().map(|one| one.id).collect()
    };
    let wanted = [ids[2], ids[1], ids[0]];
    assert_eq!(stands(&office).await, wanted);
    office.house.runtime.shut_down().await;
    let office = Office::on(place.path()).await;
    assert_eq!(stands(&office).await, wanted);
    office.house.runtime.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_through_an_outage_and_a_new_start_arrives_once() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let crm = Emulator::start("salesforce");
    let exchange = Practice::start(practice::Options::default()).unwrap();
    let mut office = Office::on(place.path()).await;
    office.line(&exchange).await;
    let connection = salesforce(&office, &crm).await;
    office.sign_in(connection).await;
    let ana = known_there(&crm).await;
    let there = |view: &CallView| view.remote.as_ref().is_some_and(|remote| !remote.people.is_empty());
    let call = office.called(&exchange, "the CRM's answer", there).await;
    let record = call.remote.unwrap().people.remove(0).record;
    office.agent().take_remote(TakeRemote { record, call: Some(call.id) }).await.unwrap();
    office.talk(call.id).await;

    // An organisation that is closed for an hour.
    let closed = json!({"match": "POST /services/data/v65.0/sobjects/Task", "times": 99, "do": "answer", "status": 503,
        "headers": {"Retry-After": "3600"}, "body": []});
    crm.fault(closed).await;
    office.saved(call.id, "Factura 28").await;
    let patient = |view: &ConnectionView| {
        matches!(view.state, ConnectionState::Waiting { limit: false, .. }) && view.queue.waiting == 1
    };
    let view = office.connection_where("patience", patient).await;
    assert_eq!(view.queue.stuck, 0);
    let list = ListPushes { connection, state: None, limit: 10 };
    let row = office.agent().list_pushes(list).await.unwrap().rows.remove(0);
    assert_eq!((row.push.state, row.push.reason), (PushState::Waiting, Some(PushReason::Busy)));
    assert_eq!((row.subject.as_str(), row.name.as_deref(), row.attempts), ("Factura 28", Some("Ana Mora Solís"), 1));
    let csv = office.agent().export_push(PushRef { push: row.push.push }).await.unwrap().csv;
    assert!(csv.contains("Factura 28"), "{csv}");
    let signed_out = office.agent().disconnect(Disconnect { connection, confirmed: false, forget: true }).await;
    let error = signed_out.unwrap_err();
    assert_eq!((error.code, error.detail.as_deref()), (ErrorCode::Conflict, Some("waiting")));
    office.house.runtime.shut_down().await;

    // The tokens of this profile were in memory: the next start asks the person, and loses nothing.
    let mut office = Office::on(place.path()).await;
    let again = |view: &ConnectionView| view.state == ConnectionState::SignInAgain && view.queue.waiting == 1;
    office.agent().send_now(ConnectionRef { connection }).await.unwrap();
    office.connection_where("the wish to sign in again", again).await;
    let failed = office.agent().check_connection(ConnectionRef { connection }).await.unwrap();
    assert_eq!(failed, CheckView::Failed { fault: ConnectFault::SignIn });
    crm.calm().await;
    office.sign_in(connection).await;
    office.agent().send_now(ConnectionRef { connection }).await.unwrap();
    office.house.card_where("sent", call.id, |card| card.row.sync == SyncState::Sent).await;
    let tasks = crm.records("Task").await;
    assert_eq!(
        (tasks.len(), tasks[0]["Subject"].as_str(), tasks[0]["WhoId"].as_str()),
        (1, Some("Factura 28"), Some(&*ana))
    );
    office.nothing_to_send().await;
    office.house.runtime.shut_down().await;
    no_secret_in(place.path());
    exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_crm_refused_is_corrected_and_there_once() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let Talked { crm, exchange, mut office, call, .. } = Talked::with_one_of_the_crm(place.path()).await;
    let rule = json!([{"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "name the invoice", "fields": ["Subject"]}]);
    let refused =
        json!({"match": "POST /services/data/v65.0/sobjects/Task", "do": "answer", "status": 400, "body": rule});
    crm.fault(refused).await;
    office.saved(call, "Factura").await;
    let card = office.house.card_where("stuck", call, |card| card.row.sync == SyncState::Stuck).await;
    let code = "FIELD_CUSTOM_VALIDATION_EXCEPTION".to_owned();
    let push = card.row.pushes[0].clone();
    assert_eq!(push.reason, Some(PushReason::Invalid { code, fields: vec!["Subject".into()] }));

    let draft = Draft { subject: "Factura 27".into(), comment: "Corregido".into(), ..card.draft };
    let nobody = Draft { contact: None, ..draft.clone() };
    let correction = |draft: &Draft| CorrectPush {
        push: push.push,
        draft: draft.clone(),
        outcome: Some("Vendido".into()),
        person: None,
        entry: None,
    };
    let error = office.agent().correct_push(correction(&nobody)).await.unwrap_err();
    assert_eq!((error.code, error.detail.as_deref()), (ErrorCode::Required, Some("contact")));
    office.agent().correct_push(correction(&draft)).await.unwrap();
    let card = office.house.card_where("sent", call, |card| card.row.sync == SyncState::Sent).await;
    assert_eq!((card.draft, &card.row.pushes[0].push), (draft.clone(), &push.push));
    let error = office.agent().correct_push(correction(&draft)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::WrongState, "a second press is too late");
    let tasks = crm.records("Task").await;
    assert_eq!(tasks.len(), 1);
    let told = ["Subject", "CallDisposition"].map(|field| tasks[0][field].as_str());
    assert_eq!(told, [Some("Factura 27"), Some("Vendido")]);
    assert!(tasks[0]["Description"].as_str().unwrap().starts_with("Corregido"));
    office.house.runtime.shut_down().await;
    exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_when_the_person_disconnects_is_not_said_to_have_stayed_and_never_sent_again() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let Talked { crm, exchange, mut office, connection, call } = Talked::with_one_of_the_crm(place.path()).await;
    // It is there, and the answer never comes.
    crm.fault(json!({"match": "POST /services/data/v65.0/sobjects/Task", "do": "hold"})).await;
    office.saved(call, "Factura 27").await;
    office.connection_where("a push on its way", |view| view.sending).await;
    while crm.state().await["held"] != 1 {
        tokio::task::yield_now().await;
    }
    office.agent().disconnect(Disconnect { connection, confirmed: true, forget: false }).await.unwrap();
    let card = office.house.card_where("unknown", call, |card| card.row.sync == SyncState::Unknown).await;
    assert!(card.row.pushes.is_empty(), "it goes nowhere any more");

    office.sign_in(connection).await;
    let here = |view: &CallView| matches!(view.matches, MatchView::One { .. });
    let other = office.called(&exchange, "the contact", here).await;
    office.talk(other.id).await;
    office.saved(other.id, "Factura 28").await;
    office.house.card_where("sent", other.id, |card| card.row.sync == SyncState::Sent).await;
    office.nothing_to_send().await;
    let mut subjects: Vec<_> = crm.records("Task").await.iter().map(|task| task["Subject"].to_string()).collect();
    subjects.sort();
    assert_eq!(subjects, ["\"Factura 27\"", "\"Factura 28\""], "once each");
    let card = office.agent().card(CallRef { call }).await.unwrap();
    assert_eq!(card.row.sync, SyncState::Unknown, "nobody says so more than is known");
    office.house.runtime.shut_down().await;
    exchange.stop().await;
}
