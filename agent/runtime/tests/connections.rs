//! A company's Salesforce, emulated, with the whole agent: signed in by a browser, asked who calls, told of the call, once,
//! through outages and new starts.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use agent::port::external::{External, OpenError};
use agent_api::account::{Registration, SaveAccount, Srtp, Transport};
use agent_api::call::{Answer, CallRef, CallState, CallView, MatchView};
use agent_api::card::{CardState, CardView, Draft, SaveCard, SyncState};
use agent_api::command::Commands;
use agent_api::connection::{
    CheckView, Connect, ConnectFault, ConnectPages, ConnectionRef, ConnectionSetup, ConnectionState, ConnectionView,
    Disconnect, FindRemote, ListPushes, PushReason, PushRef, PushState, RecordKind, RemoteSearch, SalesforceLogin,
    SaveConnection, TakeRemote,
};
use agent_api::error::ErrorCode;
use agent_api::event::EventBody;
use agent_api::id::{CallId, ConnectionId};
use agent_api::settings::OpenExternal;
use crm::connector::{Connector, NewPerson};
use crm_connect::salesforce::{self, Options, Salesforce};
use emulated::{Emulator, signed_in};
use house::{House, PATIENCE, config};
use practice::Practice;
use runtime::Runtime;
use serde_json::json;

/// The number of the practice line's caller as somebody typed it into the CRM.
const WRITTEN: &str = "+1 (202) 555-0142";

/// Everything that is logged.
fn tape() -> &'static Mutex<Vec<u8>> {
    static TAPE: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();
    TAPE.get_or_init(|| {
        let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| OnTape).try_init();
        Mutex::default()
    })
}

struct OnTape;

impl Write for OnTape {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        tape().lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A browser that notes where it is sent.
#[derive(Default)]
struct Browser(Mutex<Vec<String>>);

impl External for Browser {
    fn open(&self, url: &str) -> Result<(), OpenError> {
        self.0.lock().unwrap().push(url.to_owned());
        Ok(())
    }
}

impl Browser {
    fn last(&self) -> String {
        self.0.lock().unwrap().last().unwrap().clone()
    }

    /// The person says yes on the vendor's page, and the browser comes back.
    async fn agree(&self) -> String {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let agreed = http.get(self.last()).send().await.unwrap();
        let back = agreed.headers()["location"].to_str().unwrap().to_owned();
        http.get(back).send().await.unwrap().text().await.unwrap()
    }
}

struct Office {
    house: House,
    browser: Arc<Browser>,
}

impl Office {
    async fn on(data_dir: &Path) -> Self {
        let browser = Arc::new(Browser::default());
        let mut config = config(data_dir.to_owned());
        config.external = Arc::clone(&browser) as _;
        let runtime = Runtime::start(config).await.unwrap();
        let events = runtime.agent.events();
        Self { house: House { runtime, events }, browser }
    }

    fn agent(&self) -> &impl Commands {
        &self.house.runtime.agent
    }

    /// A line at an exchange that takes anybody with its password.
    async fn line(&mut self, exchange: &Practice) {
        let line = exchange.line();
        let account = SaveAccount {
            id: None,
            label: "Ventas".into(),
            display_name: String::new(),
            user: line.user.clone(),
            domain: line.domain.clone(),
            auth_user: None,
            password: Some(line.password.reveal().to_owned()),
            transport: Transport::Udp,
            port: Some(line.address.port()),
            proxy: Some(format!("sip:{};lr", line.address)),
            srtp: Srtp::Off,
            codecs: Vec::new(),
        };
        self.agent().save_account(account).await.unwrap();
        let registered = |body: &EventBody| match body {
            EventBody::Account(view) => matches!(view.registration, Registration::Registered { .. }).then_some(()),
            _ => None,
        };
        self.house.wait("registration", registered).await;
    }

    async fn salesforce(&self, crm: &Emulator) -> ConnectionId {
        let login = SalesforceLogin::Own { host: crm.base.to_string() };
        let setup = ConnectionSetup::Salesforce { login, client_id: "timbre".into() };
        let made = SaveConnection { id: None, name: String::new(), setup, secret: None };
        self.agent().save_connection(made).await.unwrap().id
    }

    async fn connection_where(&mut self, what: &str, fits: impl Fn(&ConnectionView) -> bool) -> ConnectionView {
        let found = async {
            loop {
                let list = self.house.snapshot().await.connections.list;
                if let Some(view) = list.into_iter().find(|view| fits(view)) {
                    return view;
                }
                self.house.events.recv().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    async fn nothing_to_send(&mut self) {
        let counted = async {
            while self.house.snapshot().await.counts.to_send > 0 {
                self.house.events.recv().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, counted).await.expect("waited in vain for an empty queue");
    }

    async fn sign_in(&mut self, connection: ConnectionId) -> ConnectionView {
        let pages = ConnectPages { done: "Listo".into(), refused: "No".into() };
        self.agent().connect(Connect { connection, pages }).await.unwrap();
        self.connection_where("the open browser", |view| view.state == ConnectionState::SigningIn).await;
        assert!(self.browser.agree().await.contains("Listo"));
        self.connection_where("connected", |view| view.state == ConnectionState::Connected).await
    }

    /// The practice line's caller calls; the call as soon as it is as wished.
    async fn called(&mut self, exchange: &Practice, what: &str, fits: impl Fn(&CallView) -> bool) -> CallView {
        exchange.call_me().await.unwrap();
        self.house.call_in(what, fits).await
    }

    async fn talk(&mut self, call: CallId) {
        self.agent().answer(Answer { call }).await.unwrap();
        self.house.call_in("talking", |view| view.id == call && view.state == CallState::Talking).await;
        self.agent().hang_up(CallRef { call }).await.unwrap();
        self.house.card_where("unsaved", call, |card| card.row.state == CardState::Unsaved).await;
    }

    async fn saved(&mut self, call: CallId, subject: &str) -> CardView {
        let card = self.agent().card(CallRef { call }).await.unwrap();
        let dispositions = self.house.snapshot().await.dispositions;
        let interested = dispositions.iter().find(|one| one.builtin.as_deref() == Some("interested")).unwrap();
        let draft = Draft {
            subject: subject.into(),
            comment: "Pide la factura\nurgente".into(),
            disposition: Some(interested.id),
            ..card.draft
        };
        let outcome = Some("Interesado".to_owned());
        self.agent().save_card(SaveCard { call, draft, outcome }).await.unwrap()
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

/// No file of the folder, and nothing that was logged, has a token in it.
fn no_token_in(folder: &Path) {
    let hidden = |what: &str, bytes: &[u8]| {
        for token in ["00D!", "5Aep"] {
            assert!(!bytes.windows(4).any(|window| window == token.as_bytes()), "{token} in {what}");
        }
    };
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        hidden(&file.display().to_string(), &std::fs::read(&file).unwrap());
        files += 1;
    }
    let log = tape().lock().unwrap();
    hidden("the log", &log);
    assert!(files > 1 && !log.is_empty(), "there was something to look at");
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
    let connection = office.salesforce(&crm).await;
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
    office.talk(call.id).await;
    let card = office.saved(call.id, "Factura 27").await;
    assert!(matches!(card.row.sync, SyncState::Waiting | SyncState::Sent));
    let card = office.house.card_where("sent", call.id, |card| card.row.sync == SyncState::Sent).await;

    let tasks = crm.records("Task").await;
    let expected = json!({
        "Subject": "Factura 27", "Description": "Pide la factura\nurgente", "Status": "Completed", "TaskSubtype": "Call",
        "CallType": "Inbound", "CallDurationInSeconds": card.row.duration_s, "CallDisposition": "Interesado", "WhoId": ana,
        "ActivityDate": local_day(card.row.started_at_ms), "Softphone_Call_Id__c": call.id.0.to_string(),
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
    let again = office.agent().find_remote(FindRemote::Number { number: "+12025550142".into() }).await.unwrap();
    assert_eq!(again.people[0].contact, Some(taken.brief.id), "the row says whose it is");
    assert_eq!(crm.asked("GET /services/data/v65.0/search").await, asked, "what was answered a moment ago is kept");

    office.agent().disconnect(Disconnect { connection, confirmed: false, forget: false }).await.unwrap();
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
    no_token_in(place.path());
    exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_through_an_outage_and_a_new_start_arrives_once() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let crm = Emulator::start("salesforce");
    let exchange = Practice::start(practice::Options::default()).unwrap();
    let mut office = Office::on(place.path()).await;
    office.line(&exchange).await;
    let connection = office.salesforce(&crm).await;
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
    no_token_in(place.path());
    exchange.stop().await;
}
