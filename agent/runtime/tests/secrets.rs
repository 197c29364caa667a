//! A whole journey with renewals and failures, and then a look at everything that was written.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;
mod office;

use agent_api::card::SyncState;
use agent_api::command::{Commands, Nothing};
use agent_api::connection::{CheckView, ConnectFault, ConnectionRef, ConnectionState};
use agent_api::connection_setup::{ConnectionSetup, HubspotSignIn, SalesforceLogin};
use agent_api::contact::{ChannelKind, ChannelView, ContactKind, SaveContact};
use agent_api::id::CallId;
use agent_api::network::{Network, NetworkSaved, ProxyChoice, ProxyLogin, SaveNetwork};
use emulated::Emulator;
use office::{Office, hides_secrets, no_secret_in, tape};
use practice::Practice;
use serde_json::json;

/// As HubSpot gives it to an app; its end is looked for.
const CLIENT_SECRET: &str = "hush-0123456789abcdef";

async fn talked(office: &mut Office, exchange: &Practice, subject: &str, known: bool) -> CallId {
    let call = office.called(exchange, "a call", |_| true).await.id;
    office.talk(call).await;
    let number = ChannelView {
        id: None,
        kind: ChannelKind::Phone,
        raw: "+1 (202) 555-0142".into(),
        display: String::new(),
        e164: None,
        extension: None,
    };
    let ana = SaveContact {
        id: None,
        rev: None,
        kind: ContactKind::Contact,
        first_name: "Ana".into(),
        last_name: "Mora".into(),
        company: String::new(),
        document_kind: None,
        document_number: None,
        vip: false,
        channels: vec![number],
        addresses: Vec::new(),
        custom: None,
        further: Vec::new(),
        for_call: Some(call),
    };
    if !known {
        office.agent().save_contact(ana).await.unwrap();
    }
    office.house.card_where("with its person", call, |card| card.contact.is_some()).await;
    office.saved(call, subject).await;
    call
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_written_on_a_journey_with_renewals_and_failures() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let exchange = Practice::start(practice::Options::default()).unwrap();
    let (salesforce, hubspot) = (Emulator::start("salesforce"), Emulator::start("hubspot_crm"));
    salesforce.set(json!({"rotates": true, "external_id": true})).await;
    let mut office = Office::on(place.path()).await;
    office.line(&exchange).await;
    // What a proxy is told is as secret; nothing goes through this one, because the CRMs are on this machine.
    let proxy = ProxyChoice::Own { address: "http://proxy.invalid:3128".into(), exceptions: Vec::new() };
    let login = Some(ProxyLogin { user: "ana".into(), password: CLIENT_SECRET.into() });
    let network = Network { proxy, authority: None };
    let saved = office.agent().save_network(SaveNetwork { network: network.clone(), login }).await.unwrap();
    let NetworkSaved::Saved { view, script_reached: true } = saved else { panic!("{saved:?}") };
    assert!(view.has_login && view == office.agent().network(Nothing {}).await.unwrap());
    let login = SalesforceLogin::Own { host: salesforce.base.to_string() };
    let first = office.connection(ConnectionSetup::Salesforce { login, client_id: "timbre".into() }, None).await;
    office.sign_in(first).await;
    let sign_in = HubspotSignIn::Browser { client_id: "timbre".into() };
    let setup = ConnectionSetup::Hubspot { sign_in, local: Some(hubspot.base.to_string()) };
    let second = office.connection(setup, Some(CLIENT_SECRET)).await;
    office.connect(second).await;
    office.connection_where("the open browser", |view| view.state == ConnectionState::SigningIn).await;
    office.browser.agree().await;
    let joined = office.connection_where("both", |view| view.id == second && view.state == ConnectionState::Connected);
    joined.await;
    talked(&mut office, &exchange, "Factura 27", false).await;
    office.nothing_to_send().await;

    // Tokens end, their renewal fails, answers are lost and refused; and the call arrives all the same.
    for crm in [&salesforce, &hubspot] {
        crm.set(json!({"end_access": true})).await;
        let token = "POST /(services/oauth2|oauth/v1)/token";
        crm.fault(json!({"match": token, "do": "answer", "status": 503})).await;
        let writes = "(PATCH|POST) /(services/data/v65.0/sobjects/Task|crm/v3/objects/calls)";
        crm.fault(json!({"match": writes, "do": "answer", "status": 401, "body": {"error": "expired"}})).await;
        crm.fault(json!({"match": writes, "do": "answer", "status": 500, "body": "<html>"})).await;
        crm.fault(json!({"match": writes, "do": "lose"})).await;
    }
    let call = talked(&mut office, &exchange, "Factura 28", true).await;
    office.house.card_where("sent to both", call, |card| card.row.sync == SyncState::Sent).await;
    assert!(salesforce.state().await["renewals"].as_u64().unwrap() >= 1);
    // The grant is taken back, and the person is asked again.
    salesforce.set(json!({"revoke": true})).await;
    let checked = office.agent().check_connection(ConnectionRef { connection: first }).await.unwrap();
    assert_eq!(checked, CheckView::Failed { fault: ConnectFault::SignIn });

    let files = no_secret_in(place.path());
    for file in ["timbre.db", "timbre.db-wal", "settings.toml"] {
        assert!(files.iter().any(|one| one == file), "{file} was looked at: {files:?}");
    }
    let report = office.agent().make_report(Nothing {}).await.unwrap().text;
    hides_secrets("the report", report.as_bytes());
    let password = exchange.line().password.reveal().to_owned();
    assert!(!report.contains(&password), "the line's password is in the report");
    assert!(!String::from_utf8_lossy(&tape().lock().unwrap()).contains(&password), "it is in the log");
    // Nobody's password goes to another proxy than the one that it was given for.
    let proxy = ProxyChoice::Own { address: "http://other.invalid:3128".into(), exceptions: Vec::new() };
    let elsewhere = SaveNetwork { network: Network { proxy, ..network }, login: None };
    let saved = office.agent().save_network(elsewhere).await.unwrap();
    assert!(matches!(saved, NetworkSaved::Saved { view, .. } if !view.has_login));
    office.house.runtime.shut_down().await;
    no_secret_in(place.path());
    exchange.stop().await;
}
