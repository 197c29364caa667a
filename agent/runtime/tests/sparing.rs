//! How many requests of a company's allowance a call costs, counted by the CRM: who it is, and that it was.
//!
//! Apart from these stand requests that are made once for a connection and not for a call: the token and its renewal, the list of
//! versions, the account's outcomes, descriptions of fields, whether an organisation has people who are accounts (which the first
//! question of a day tells), copying people; and a ticket's, which are asked for by a person.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;
mod office;

use agent_api::call::CallView;
use agent_api::card::SyncState;
use agent_api::command::Commands;
use agent_api::connection::ConnectionState;
use agent_api::connection_setup::{ConnectionSetup, HubspotSignIn, SalesforceLogin, ZohoCentre};
use agent_api::remote::{FindRemote, RemoteSearch, TakeRemote};
use emulated::Emulator;
use office::{Office, tape};
use practice::Practice;
use serde_json::{Value, json};

/// The number of the practice line's caller as somebody typed it into the CRM.
const WRITTEN: &str = "+1 (202) 555-0142";

/// A call of somebody whom the CRM knows, from its ringing to the confirmation that it is logged; what was asked meanwhile.
async fn asked_for_a_call(crm: &Emulator, setup: ConnectionSetup, secret: Option<&str>, person: Value) -> Vec<String> {
    tape();
    let place = tempfile::tempdir().unwrap();
    let exchange = Practice::start(practice::Options::default()).unwrap();
    crm.set(json!({ "put": person })).await;
    let mut office = Office::on(place.path()).await;
    office.line(&exchange).await;
    let connection = office.connection(setup, secret).await;
    if secret.is_none() {
        office.sign_in(connection).await;
    } else {
        office.connect(connection).await;
    }
    let settled = |view: &agent_api::connection::ConnectionView| {
        let copied = view.copies.as_ref().is_none_or(|copies| !copies.copying && copies.complete_at_ms.is_some());
        view.state == ConnectionState::Connected && copied
    };
    office.connection_where("connected, with its people copied", settled).await;
    let first = FindRemote::Number { number: "+12025550199".into(), connection: None };
    assert!(office.agent().find_remote(first).await.unwrap().people.is_empty(), "somebody else, and nobody is there");
    let before = requests(crm).await.len();
    let there = |view: &CallView| {
        view.remote.as_ref().is_some_and(|remote| remote.search == RemoteSearch::Done && remote.people.len() == 1)
    };
    let call = office.called(&exchange, "the CRM's answer", there).await;
    let record = call.remote.unwrap().people.remove(0).record;
    office.agent().take_remote(TakeRemote { record, call: Some(call.id) }).await.unwrap();
    office.talk(call.id).await;
    office.saved(call.id, "Factura 27").await;
    office.house.card_where("sent", call.id, |card| card.row.sync == SyncState::Sent).await;
    office.house.runtime.shut_down().await;
    exchange.stop().await;
    requests(crm).await.split_off(before)
}

async fn requests(crm: &Emulator) -> Vec<String> {
    let state = crm.state().await;
    state["requests"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// With whatever id; what is asked once for the connection left out.
fn begin_so(mut asked: Vec<String>, expected: &[&str]) {
    let once = ["/describe", "/settings/fields", "/calling/v1/dispositions"];
    asked.retain(|one| !once.iter().any(|what| one.starts_with("GET ") && one.ends_with(what)));
    let same = asked.len() == expected.len() && asked.iter().zip(expected).all(|(one, so)| one.starts_with(so));
    assert!(same, "{asked:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_costs_two_requests_of_salesforce() {
    let crm = Emulator::start("salesforce");
    crm.set(json!({"external_id": true})).await;
    let login = SalesforceLogin::Own { host: crm.base.to_string() };
    let setup = ConnectionSetup::Salesforce { login, client_id: "timbre".into() };
    let ana = json!({"FirstName": "Ana", "LastName": "Mora Solís", "Phone": WRITTEN});
    let asked = asked_for_a_call(&crm, setup, None, json!({"object": "Contact", "record": ana})).await;
    begin_so(asked, &["GET /services/data/v65.0/search", "PATCH /services/data/v65.0/sobjects/Task/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_costs_two_requests_of_zoho() {
    let crm = Emulator::start("zoho");
    crm.set(json!({"unique_field": true})).await;
    let (client_id, local) = ("timbre".into(), Some(crm.base.to_string()));
    let setup = ConnectionSetup::Zoho { centre: ZohoCentre::Eu, client_id, local };
    let ana = json!({"First_Name": "Ana", "Last_Name": "Mora Solís", "Full_Name": "Ana Mora Solís", "Phone": WRITTEN});
    let asked = asked_for_a_call(&crm, setup, None, json!({"object": "Contacts", "record": ana})).await;
    begin_so(asked, &["POST /crm/v8/__composite_requests", "POST /crm/v8/Calls/upsert"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_costs_two_requests_of_hubspot() {
    let crm = Emulator::start("hubspot_crm");
    let setup = ConnectionSetup::Hubspot { sign_in: HubspotSignIn::Token, local: Some(crm.base.to_string()) };
    let ana = json!({"firstname": "Ana", "lastname": "Mora Solís", "phone": WRITTEN});
    let token = Some("pat-na1-0123456789abcdef");
    let asked = asked_for_a_call(&crm, setup, token, json!({"object": "contacts", "record": ana})).await;
    begin_so(asked, &["POST /crm/v3/objects/contacts/search", "POST /crm/v3/objects/calls"]);
}
