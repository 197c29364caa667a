//! Each kind of CRM with the whole agent, against its emulator: set up, signed in, checked, asked who calls, told of the call
//! once though an answer was lost, left again with nothing of a secret behind.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;
mod office;

use agent_api::call::{CallRef, CallView, MatchView};
use agent_api::card::{SaveDraft, SyncState};
use agent_api::command::{Commands, Nothing};
use agent_api::connection::{
    CheckView, ConnectFault, ConnectionRef, ConnectionState, ConnectionView, Disconnect, SaveConnection, UseCallResults,
};
use agent_api::connection_setup::{
    ConnectionKind, ConnectionSetup, DescriptionFile, DescriptionRead, DescriptionSignIn, HubspotSignIn,
    ReadDescription, SalesforceLogin, ZohoCentre,
};
use agent_api::contact::{ChannelKind, ChannelView, ContactKind, SaveContact};
use agent_api::draft::Draft;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::ConnectionId;
use agent_api::remote::{FindRemote, FindTickets, RemoteSearch, TakeRemote};
use emulated::Emulator;
use office::{Office, no_secret_in, tape};
use practice::Practice;
use serde_json::{Value, json};

/// The number of the practice line's caller as somebody typed it into the CRM.
const WRITTEN: &str = "+1 (202) 555-0142";
const KEY: &str = "0123456789abcdef";

/// A kind of CRM and what its emulator says of it.
struct Kind {
    crm: Emulator,
    setup: ConnectionSetup,
    secret: Option<&'static str>,
    /// A person signs in in the browser.
    browser: bool,
    /// The table of people and one whom only the CRM knows.
    person: (&'static str, Value),
    /// The table of calls, what logs one, and the field that tells its subject.
    calls: (&'static str, &'static str, &'static str),
    /// Whether the vendor ends the grant; none where there is none.
    revoked: Option<bool>,
    /// What gives somebody an open ticket, and whether a call, or the whole CRM, tells that it was about it.
    ticket: Option<(Given, Tied)>,
    user: &'static str,
    name: &'static str,
}

type Given = fn(&str) -> Vec<Value>;
type Tied = fn(&Value, &Value, &str) -> bool;

fn zoho() -> Kind {
    let crm = Emulator::start("zoho");
    let local = Some(crm.base.to_string());
    let client_id = "timbre".into();
    Kind {
        setup: ConnectionSetup::Zoho { centre: ZohoCentre::Eu, client_id, local },
        crm,
        secret: None,
        browser: true,
        person: (
            "Contacts",
            json!({"First_Name": "Ana", "Last_Name": "Mora Solís", "Full_Name": "Ana Mora Solís", "Phone": WRITTEN}),
        ),
        calls: ("Calls", "POST /crm/v8/Calls", "Subject"),
        revoked: Some(true),
        ticket: Some((
            |who| {
                let case = json!({"Subject": "Gotera", "Status": "New", "Related_To": {"id": who}});
                vec![json!({"put": {"object": "Cases", "record": case}})]
            },
            |call, _, ticket| call["What_Id"]["id"] == ticket,
        )),
        user: "ana@example.com",
        name: "Zoho CRM",
    }
}

fn salesforce_by_password() -> Kind {
    let crm = Emulator::start("salesforce");
    let login = SalesforceLogin::Own { host: crm.base.to_string() };
    Kind {
        setup: ConnectionSetup::SalesforcePassword { login, user: "ana@example.com".into() },
        crm,
        secret: Some("sésamo & <1>0123456789abcdef"),
        browser: false,
        person: ("Contact", json!({"FirstName": "Ana", "LastName": "Mora Solís", "Phone": WRITTEN})),
        calls: ("Task", "POST /services/data/v65.0/sobjects/Task", "Subject"),
        revoked: Some(true),
        ticket: Some((
            |who| vec![json!({"put": {"object": "Case", "record": {"Subject": "Gotera", "ContactId": who}}})],
            |call, _, ticket| call["WhatId"] == ticket,
        )),
        user: "ana@example.com",
        name: "Salesforce",
    }
}

fn hubspot(sign_in: HubspotSignIn) -> Kind {
    let crm = Emulator::start("hubspot_crm");
    let browser = sign_in != HubspotSignIn::Token;
    Kind {
        setup: ConnectionSetup::Hubspot { sign_in, local: Some(crm.base.to_string()) },
        crm,
        secret: Some(if browser { "hush-0123456789abcdef" } else { "pat-na1-0123456789abcdef" }),
        browser,
        person: ("contacts", json!({"firstname": "Ana", "lastname": "Mora Solís", "phone": WRITTEN})),
        calls: ("calls", "POST /crm/v3/objects/calls$", "hs_call_title"),
        revoked: browser.then_some(true),
        ticket: Some((
            |who| {
                let put = json!({"put": {"object": "tickets", "record": {"subject": "Gotera"}}});
                vec![put, json!({"tie": ["contacts", who, "tickets", "502"]})]
            },
            |_, crm, ticket| {
                let ties = crm["ties"].as_array().unwrap();
                ties.iter().any(|tie| tie[0] == "calls" && tie[3] == ticket)
            },
        )),
        user: "62515",
        name: "HubSpot",
    }
}

fn rest(crm: &Emulator, file: DescriptionFile, settings: &[(&str, &str)], client_id: Option<&str>) -> ConnectionSetup {
    ConnectionSetup::Rest {
        file,
        address: Some(crm.base.to_string()),
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        user: None,
        client_id: client_id.map(str::to_owned),
    }
}

fn pipedrive() -> Kind {
    let crm = Emulator::start("pipedrive");
    Kind {
        setup: rest(&crm, DescriptionFile::Shipped { name: "pipedrive".into() }, &[], None),
        crm,
        secret: Some(KEY),
        browser: false,
        person: ("persons", json!({"name": "Ana Mora Solís", "phones": [{"value": "+12025550142"}], "emails": []})),
        calls: ("callLogs", "POST /api/v1/callLogs", "subject"),
        revoked: None,
        ticket: None,
        user: "ana@example.com",
        name: "Pipedrive",
    }
}

/// A company's own file: the shipped one, with an authority of this machine.
fn dynamics() -> Kind {
    let crm = Emulator::start("dynamics");
    let shipped = crm_connect::rest::SHIPPED.iter().find(|(name, _)| *name == "dynamics").unwrap().1;
    let text = shipped.replace("https://login.microsoftonline.com/", crm.base.as_str());
    // Entra has no such thing; another vendor may.
    let revoke = format!("revoke = \"{}common/oauth2/revoke\"\nscopes = ", crm.base);
    let text = text.replacen("scopes = ", &revoke, 1);
    Kind {
        setup: rest(&crm, DescriptionFile::Own { text }, &[("tenant", "common")], Some("timbre")),
        crm,
        secret: None,
        browser: true,
        person: (
            "contacts",
            json!({"fullname": "Ana Mora Solís", "telephone1": WRITTEN, "mobilephone": null, "emailaddress1": null, "createdon": "1"}),
        ),
        calls: ("phonecalls", "PATCH /api/data/v9.2/phonecalls", "subject"),
        revoked: Some(true),
        ticket: None,
        user: "",
        name: "Dynamics 365",
    }
}

async fn enter(office: &mut Office, kind: &Kind, connection: ConnectionId) -> ConnectionView {
    if kind.browser {
        return office.sign_in(connection).await;
    }
    office.connect(connection).await;
    office.connection_where("connected", |view| view.state == ConnectionState::Connected).await
}

/// The whole life of a connection.
async fn lives(kind: Kind) {
    tape();
    let place = tempfile::tempdir().unwrap();
    let exchange = Practice::start(practice::Options::default()).unwrap();
    let (people, person) = kind.person.clone();
    kind.crm.set(json!({"put": {"object": people, "record": person}})).await;
    let mut office = Office::on(place.path()).await;
    office.line(&exchange).await;
    let connection = office.connection(kind.setup.clone(), kind.secret).await;
    let view = enter(&mut office, &kind, connection).await;
    assert_eq!((view.name.as_str(), view.verified, view.failure), (kind.name, false, None));
    assert_eq!(view.has_secret, kind.secret.is_some());
    let identity = view.identity.unwrap();
    assert!(kind.user.is_empty() || identity.user == kind.user, "{identity:?}");
    let checked = office.agent().check_connection(ConnectionRef { connection }).await.unwrap();
    assert_eq!(checked, CheckView::Correct { identity });

    let there = |view: &CallView| {
        let done = view.remote.as_ref().is_some_and(|remote| remote.search == RemoteSearch::Done);
        done && view.matches == MatchView::None
    };
    let call = office.called(&exchange, "the CRM's answer", there).await;
    let found = call.remote.unwrap();
    assert_eq!((found.people.len(), found.failed.len()), (1, 0), "{:?}", found.people);
    assert_eq!(found.people[0].name, "Ana Mora Solís");
    let record = found.people[0].record.clone();
    let taken = office.agent().take_remote(TakeRemote { record: record.clone(), call: Some(call.id) }).await.unwrap();
    let mut about = None;
    if let Some((given, _)) = kind.ticket {
        for wish in given(&record.id) {
            kind.crm.set(wish).await;
        }
        let told = office.agent().find_tickets(FindTickets { contact: taken.brief.id }).await.unwrap();
        assert_eq!((told.list.len(), told.list[0].subject.as_str(), told.failed.len()), (1, "Gotera", 0));
        about = told.list.into_iter().next();
        let draft = office.agent().card(CallRef { call: call.id }).await.unwrap().draft;
        let draft = Draft { ticket: about.clone(), ..draft };
        office.agent().save_draft(SaveDraft { call: call.id, edit: 1, draft }).await.unwrap();
    }
    office.talk(call.id).await;
    let (table, logs, subject) = kind.calls;
    // The call is logged, and the answer that says so is lost.
    kind.crm.fault(json!({"match": logs, "do": "lose"})).await;
    office.saved(call.id, "Factura 27").await;
    office.house.card_where("sent", call.id, |card| card.row.sync == SyncState::Sent).await;
    let calls = kind.crm.records(table).await;
    assert_eq!((calls.len(), calls[0][subject].as_str()), (1, Some("Factura 27")), "once");
    if let (Some((_, tied)), Some(ticket)) = (kind.ticket, about) {
        assert!(tied(&calls[0], &kind.crm.state().await, &ticket.record.id), "{calls:?}");
    }
    office.nothing_to_send().await;

    let named = office
        .agent()
        .find_remote(FindRemote::Text { text: "mora".into(), connection: Some(connection) })
        .await
        .unwrap();
    assert!(named.people.iter().any(|one| one.name == "Ana Mora Solís"), "{:?}", named.people);

    let left = office.agent().disconnect(Disconnect { connection, confirmed: false, forget: false }).await.unwrap();
    assert_eq!(left.revoked, kind.revoked, "nothing is called ended that is not");
    let gone = office.house.snapshot().await.connections.list.remove(0);
    assert_eq!((gone.state, gone.identity, gone.has_secret), (ConnectionState::SignedOut, None, false));
    if kind.secret.is_some() {
        office.connect(connection).await;
        office.connection_where("no secret", |view| view.failure == Some(ConnectFault::Secret)).await;
    }
    office.house.runtime.shut_down().await;
    no_secret_in(place.path());
    exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zoho_lives_in_the_whole_agent() {
    lives(zoho()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn salesforce_lives_in_the_whole_agent_by_a_password() {
    lives(salesforce_by_password()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hubspot_lives_in_the_whole_agent_by_a_private_apps_token() {
    lives(hubspot(HubspotSignIn::Token)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hubspot_lives_in_the_whole_agent_signed_in_in_the_browser() {
    lives(hubspot(HubspotSignIn::Browser { client_id: "timbre".into() })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_described_crm_lives_in_the_whole_agent_by_its_key() {
    lives(pipedrive()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_described_crm_lives_in_the_whole_agent_by_a_file_of_ones_own() {
    lives(dynamics()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_told_of_a_call_once_and_keeps_its_key() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let exchange = Practice::start(practice::Options::default()).unwrap();
    let python = std::env::var_os("TIMBRE_PYTHON").unwrap_or_else(|| "python3".into());
    let receiver = Emulator::start_in("webhook", python);
    let mut office = Office::on(place.path()).await;
    office.line(&exchange).await;
    let setup = ConnectionSetup::Webhook { url: receiver.base.join("hook").unwrap().into() };
    let connection = office.connection(setup, Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).await;
    office.connect(connection).await;
    let view = office.connection_where("connected", |view| view.state == ConnectionState::Connected).await;
    assert!(view.verified && !view.can.people, "it has no vendor and no people");
    let call = office.called(&exchange, "nobody who is known", |view| view.matches == MatchView::None).await;
    office.talk(call.id).await;
    let number = ChannelView {
        id: None,
        kind: ChannelKind::Phone,
        raw: WRITTEN.into(),
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
        for_call: Some(call.id),
    };
    office.agent().save_contact(ana).await.unwrap();
    receiver.fault(json!({"match": "POST /hook", "do": "lose"})).await;
    office.saved(call.id, "Factura 27").await;
    office.house.card_where("sent", call.id, |card| card.row.sync == SyncState::Sent).await;
    let messages = receiver.records("").await;
    let calls: Vec<&Value> = messages.iter().filter(|message| message["type"] == "call.logged").collect();
    assert_eq!((calls.len(), calls[0]["data"]["subject"].as_str()), (1, Some("Factura 27")), "{messages:?}");

    let left = office.agent().disconnect(Disconnect { connection, confirmed: false, forget: false }).await.unwrap();
    let gone = office.house.snapshot().await.connections.list.remove(0);
    assert_eq!((left.revoked, gone.state, gone.has_secret), (None, ConnectionState::SignedOut, true));
    office.house.runtime.shut_down().await;
    no_secret_in(place.path());
    exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_centre_that_the_sign_in_chose_is_kept_and_a_foreign_one_refused() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let kind = zoho();
    // The same server by its other name stands for another data centre.
    let chosen = format!("http://127.0.0.1:{}", kind.crm.base.port().unwrap());
    kind.crm.set(json!({"server": "https://accounts.zoho.eu.evil.example"})).await;
    let mut office = Office::on(place.path()).await;
    let connection = office.connection(kind.setup.clone(), None).await;
    office.connect(connection).await;
    office.connection_where("the open browser", |view| view.state == ConnectionState::SigningIn).await;
    office.browser.agree().await;
    let refused = |view: &ConnectionView| view.failure == Some(ConnectFault::ForeignAddress);
    let view = office.connection_where("a refusal", refused).await;
    assert_eq!((view.state, kind.crm.asked("POST /oauth/v2/token").await), (ConnectionState::SignedOut, 0));

    kind.crm.set(json!({"server": chosen, "unique_field": true})).await;
    let view = office.sign_in(connection).await;
    assert!(view.can.logs_once, "the unique field is known");
    office.house.runtime.shut_down().await;
    let settings = std::fs::read_to_string(place.path().join("settings.toml")).unwrap();
    assert!(settings.contains(&format!("token_server = \"{chosen}\"")), "{settings}");
    let mut office = Office::on(place.path()).await;
    let again = |view: &ConnectionView| view.identity.is_some() && view.can.logs_once;
    office.connection_where("the connection of the last run", again).await;
    kind.crm.fault(json!({"match": "POST /oauth/v2/token/revoke", "do": "answer", "status": 503})).await;
    office.sign_in(connection).await;
    let left = office.agent().disconnect(Disconnect { connection, confirmed: false, forget: true }).await.unwrap();
    assert_eq!(left.revoked, Some(false), "a vendor that does not confirm it is not believed");
    assert!(office.house.snapshot().await.connections.list.is_empty(), "it is left all the same");
    office.house.runtime.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_judged_before_it_is_kept_and_a_secret_stays_with_its_server() {
    let place = tempfile::tempdir().unwrap();
    let office = Office::on(place.path()).await;
    let shipped = office.agent().list_descriptions(Nothing {}).await.unwrap().list;
    let names: Vec<&str> = shipped.iter().map(|one| one.file.as_str()).collect();
    assert_eq!(names, ["bottlecrm", "dynamics", "espocrm", "odoo", "pipedrive", "suitecrm"]);
    assert!(shipped.iter().all(|one| !one.description.verified));
    let of = |file: &str| &shipped.iter().find(|one| one.file == file).unwrap().description;
    assert_eq!(of("dynamics").authority.as_deref(), Some("login.microsoftonline.com"));
    assert_eq!(of("odoo").sign_in, DescriptionSignIn::Key);
    assert_eq!(of("suitecrm").sign_in, DescriptionSignIn::Program { secret: true });

    let whole = crm_connect::rest::SHIPPED.iter().find(|(name, _)| *name == "pipedrive").unwrap().1;
    let broken = whole.replacen("name = \"Pipedrive\"", "name = 7", 1);
    let line = broken.lines().position(|line| line == "name = 7").unwrap() + 1;
    let told = office.agent().read_description(ReadDescription { text: broken.clone() }).await.unwrap();
    let DescriptionRead::Wrong { flaw } = told else { panic!("{told:?}") };
    assert_eq!((flaw.line as usize, flaw.key.as_str()), (line, "name"));
    let kind = pipedrive();
    let save = |setup, secret: Option<&str>, id| {
        let secret = secret.map(str::to_owned);
        office.agent().save_connection(SaveConnection { id, name: String::new(), setup, secret })
    };
    let own = rest(&kind.crm, DescriptionFile::Own { text: broken }, &[], None);
    assert_eq!(save(own, None, None).await, Err(ApiError::about(ErrorCode::Invalid, "file")));
    let odoo = || DescriptionFile::Shipped { name: "odoo".into() };
    let unfilled = save(rest(&kind.crm, odoo(), &[], None), None, None).await;
    assert_eq!(unfilled, Err(ApiError::about(ErrorCode::Required, "setting.database")));

    let made = save(kind.setup.clone(), kind.secret, None).await.unwrap();
    assert_eq!((made.kind, made.has_secret), (ConnectionKind::Rest, true));
    let renamed = SaveConnection { id: Some(made.id), name: "Ventas".into(), setup: kind.setup.clone(), secret: None };
    assert!(office.agent().save_connection(renamed).await.unwrap().has_secret, "nothing but the name is another");
    let other = Emulator::start("pipedrive");
    let elsewhere = rest(&other, DescriptionFile::Shipped { name: "pipedrive".into() }, &[], None);
    let moved = save(elsewhere, None, Some(made.id)).await.unwrap();
    assert!(!moved.has_secret, "a secret goes to no other server than the one that it was given for");
    office.house.runtime.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_of_the_crm_are_chosen_from_until_somebody_wishes_the_own_ones_or_leaves() {
    let own = ["interested", "satisfied"];
    let place = tempfile::tempdir().unwrap();
    let kind = zoho();
    let mut office = Office::on(place.path()).await;
    office.outcomes(&own).await;
    let connection = office.connection(kind.setup.clone(), None).await;
    enter(&mut office, &kind, connection).await;
    let theirs = ["Interesado", "No interesado", "Sin respuesta/Ocupado"];
    office.outcomes(&theirs).await;
    let list = office.house.snapshot().await.dispositions;
    assert!(list[2].needs_no_contact, "nobody was reached");
    assert!(list.last().unwrap().do_not_call, "what forbids calling stays");

    office.agent().use_call_results(UseCallResults { connection, on: false }).await.unwrap();
    office.outcomes(&own).await;
    office.agent().use_call_results(UseCallResults { connection, on: true }).await.unwrap();
    office.outcomes(&theirs).await;

    // They are there without a network, too.
    office.house.runtime.shut_down().await;
    kind.crm.fault(json!({"match": ".*", "do": "drop", "times": 1000})).await;
    let mut office = Office::on(place.path()).await;
    office.outcomes(&theirs).await;
    kind.crm.calm().await;

    office.agent().disconnect(Disconnect { connection, confirmed: false, forget: false }).await.unwrap();
    office.outcomes(&own).await;
    office.house.runtime.shut_down().await;
}
