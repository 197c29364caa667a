//! The whole agent in a process of its own, killed at each named point between hang-up and the CRM's confirmation, and started
//! again: each call is there once. With the feature `failpoints` only; `cargo xtask test` and `soak` give it.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; the child tells when it is done
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;
mod office;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use agent_api::account::{Registration, SaveAccount, Srtp, SrtpKeys, Transport};
use agent_api::call::{CallRef, CallState, Dial, DialOrigin, DialOutcome};
use agent_api::card::{CardFilter, CardRow, CardState, ListCards, SaveCard, SyncState};
use agent_api::command::Commands;
use agent_api::connection::{CheckView, ConnectFault, ConnectionRef, ConnectionState, Disconnect};
use agent_api::connection_setup::{ConnectionSetup, SalesforceLogin, ZohoCentre};
use agent_api::contact::{ChannelKind, ChannelView, ContactKind, ContactRef, ContactView, SaveContact, SearchContacts};
use agent_api::draft::Draft;
use agent_api::event::{DataTag, EventBody};
use agent_api::id::CallId;
use crm::outbox::{OutboxItem, OutboxState};
use crm::store::Store;
use crm_store::SqliteStore;
use emulated::Emulator;
use house::{House, config};
use office::{Browser, Office};
use practice::Practice;
use runtime::{Runtime, SecretsIn};
use serde_json::{Value, json};

const PLACE: &str = "TIMBRE_KILLS_PLACE";
const LINE: &str = "TIMBRE_KILLS_LINE";
/// Beside the profile: the calls that were talked.
const NOTES: &str = "talked";
const ERRAND: &str = "TIMBRE_KILLS_ERRAND";

/// A CRM that is asked in its own way whether it has a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A field that is unique there: the same call is written over itself.
    ExternalId,
    /// A mark in the text: looked for before it is sent again.
    Marker,
}

impl Kind {
    fn emulator(self) -> &'static str {
        match self {
            Self::ExternalId => "salesforce",
            Self::Marker => "zoho",
        }
    }

    fn setup(self, base: &str) -> ConnectionSetup {
        let client_id = "timbre".to_owned();
        match self {
            Self::ExternalId => {
                ConnectionSetup::Salesforce { login: SalesforceLogin::Own { host: base.to_owned() }, client_id }
            }
            Self::Marker => ConnectionSetup::Zoho { centre: ZohoCentre::Eu, client_id, local: Some(base.to_owned()) },
        }
    }

    /// Tables of calls and people, what writes a call, and the field of a last name.
    fn names(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::ExternalId => ("Task", "Contact", "PATCH /services/data/v65.0/sobjects/Task", "LastName"),
            Self::Marker => ("Calls", "Contacts", "POST /crm/v8/Calls", "Last_Name"),
        }
    }

    /// Points that this kind meets. What has an external id is never looked up.
    fn points(self) -> impl Iterator<Item = &'static str> {
        failpoint::POINTS.iter().copied().filter(move |point| self == Self::Marker || *point != "looked_up")
    }
}

// ---- the child: the whole agent ----

async fn office(place: &Path) -> Office {
    let browser = std::sync::Arc::new(Browser::default());
    let mut config = config(place.to_owned());
    // A file, where no session bus names a keychain: it outlives the process.
    config.secrets = SecretsIn::Keychain;
    config.external = std::sync::Arc::clone(&browser) as _;
    let runtime = Runtime::start(config).await.unwrap();
    let events = runtime.agent.events();
    Office { house: House { runtime, events }, browser }
}

/// First run: a line at the parent's exchange, and a connection that is signed in.
async fn set_up(office: &mut Office, setup: ConnectionSetup, line: &Value) {
    let text = |name: &str| line[name].as_str().unwrap().to_owned();
    let account = SaveAccount {
        id: None,
        label: "Ventas".into(),
        display_name: String::new(),
        user: text("user"),
        domain: text("domain"),
        auth_user: None,
        password: Some(text("password")),
        transport: Transport::Udp,
        port: None,
        proxy: Some(format!("sip:{};lr", text("address"))),
        srtp: Srtp::Off,
        srtp_keys: SrtpKeys::Sdes,
        rtcp_mux: false,
        ice: agent_api::account::Ice::default(),
        turn_password: None,
        dtmf: Default::default(),
        codecs: Vec::new(),
        auto_answer: false,
        voicemail: None,
        certificates: None,
        publish: None,
        profile: None,
        record: None,
        own_codes: None,
    };
    office.agent().save_account(account).await.unwrap();
    let connection = office.connection(setup, None).await;
    office.sign_in(connection).await;
}

/// Signs in again where the vendor has ended the grant, or where somebody has left.
async fn enter(office: &mut Office) {
    let connection = office.house.snapshot().await.connections.list[0].id;
    match office.agent().check_connection(ConnectionRef { connection }).await.unwrap() {
        CheckView::Correct { .. } => {}
        CheckView::Failed { fault: ConnectFault::SignIn } => drop(office.sign_in(connection).await),
        CheckView::Failed { fault } => panic!("{fault:?}"),
    }
    // Whatever the CRM asked to wait for.
    office.agent().send_now(ConnectionRef { connection }).await.unwrap();
}

async fn cards(office: &Office, filter: CardFilter) -> Vec<CardRow> {
    let wish =
        ListCards { filter, direction: None, contact: None, text: String::new(), after: None, skip: 0, limit: 200 };
    office.agent().list_cards(wish).await.unwrap().rows
}

/// A call to the echo, hung up as soon as it talks.
async fn talk(office: &mut Office, notes: &Path) -> CallId {
    let registered = async {
        loop {
            let accounts = office.house.snapshot().await.accounts;
            if accounts.iter().any(|one| matches!(one.registration, Registration::Registered { .. })) {
                return;
            }
            drop(office.house.events.recv().await);
        }
    };
    tokio::time::timeout(house::PATIENCE, registered).await.expect("a line");
    let dial = Dial { target: "600".into(), origin: DialOrigin::Keypad, account: None, contact: None, confirmed: true };
    let DialOutcome::Started { call } = office.agent().dial(dial).await.unwrap() else { panic!("not dialled") };
    office.house.call_in("the answer", |view| view.id == call && view.state == CallState::Talking).await;
    // What must not be lost, noted apart from the program's own records.
    let mut notes = std::fs::File::options().create(true).append(true).open(notes).unwrap();
    writeln!(notes, "{}", call.0).unwrap();
    office.agent().hang_up(CallRef { call }).await.unwrap();
    office.house.wait("the end", |body| (*body == EventBody::CallGone(call)).then_some(())).await;
    office.house.card_where("unsaved", call, |card| card.row.state == CardState::Unsaved).await;
    call
}

/// «Salvar», with somebody whom the CRM does not know.
async fn save(office: &mut Office, call: CallId) {
    let card = office.agent().card(CallRef { call }).await.unwrap();
    if card.contact.is_none() {
        let n = call.0.as_u128() % 10_000_000;
        let number = ChannelView {
            id: None,
            kind: ChannelKind::Phone,
            raw: format!("+5068{n:07}"),
            display: String::new(),
            e164: None,
            extension: None,
        };
        let person = SaveContact {
            id: None,
            rev: None,
            kind: ContactKind::Contact,
            first_name: "Ana".into(),
            last_name: format!("Mora {}", call.0.simple()),
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
        office.agent().save_contact(person).await.unwrap();
    }
    let card = office.house.card_where("with its person", call, |card| card.contact.is_some()).await;
    let draft = Draft { subject: call.0.to_string(), comment: "Pide la factura".into(), ..card.draft };
    office.agent().save_card(SaveCard { call, draft, outcome: None }).await.unwrap();
}

/// Changes somebody's e-mail, as the form does.
async fn edit(office: &Office, to: &str) {
    let person = people(office).await.remove(0);
    let mut channels = person.channels;
    channels.retain(|channel| channel.kind != ChannelKind::Email);
    let empty = String::new;
    channels.push(ChannelView {
        id: None,
        kind: ChannelKind::Email,
        raw: to.to_owned(),
        display: empty(),
        e164: None,
        extension: None,
    });
    let form = SaveContact {
        id: Some(person.brief.id),
        rev: Some(person.rev),
        kind: person.brief.kind,
        first_name: person.first_name,
        last_name: person.last_name,
        company: person.company,
        document_kind: None,
        document_number: None,
        vip: false,
        channels,
        addresses: Vec::new(),
        custom: None,
        further: Vec::new(),
        for_call: None,
    };
    office.agent().save_contact(form).await.unwrap();
}

async fn people(office: &Office) -> Vec<ContactView> {
    let wish = SearchContacts { text: String::new(), kind: None, for_call: None, after: None, skip: 0, limit: 200 };
    let rows = office.agent().search_contacts(wish).await.unwrap().rows;
    let mut people = Vec::new();
    for row in rows.into_iter().filter(|row| !row.demo) {
        people.push(office.agent().contact(ContactRef { contact: row.id }).await.unwrap());
    }
    people
}

/// What was changed of people is in the CRM, and nobody is asked about it.
async fn no_edit_waits(office: &mut Office) {
    let quiet = async {
        while people(office).await.iter().any(|person| !person.edits.is_empty()) {
            let changed = |body: &EventBody| matches!(body, EventBody::Changed(DataTag::Contacts)).then_some(());
            office.house.wait("a change of people", changed).await;
        }
    };
    tokio::time::timeout(house::PATIENCE, quiet).await.expect("no edit that waits or is asked about");
}

/// The program that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the tests below"]
async fn child_that_works() {
    let Ok(place) = std::env::var(PLACE).map(PathBuf::from) else { return };
    let mut office = office(&place).await;
    let errand: Value = serde_json::from_str(&std::env::var(ERRAND).unwrap()).unwrap();
    if let Some(setup) = errand.get("set_up") {
        let line = serde_json::from_str(&std::env::var(LINE).unwrap()).unwrap();
        set_up(&mut office, serde_json::from_value(setup.clone()).unwrap(), &line).await;
    }
    enter(&mut office).await;
    // What a kill left «Por salvar».
    let mut saved: Vec<CallId> = cards(&office, CardFilter::ToSave).await.iter().map(|row| row.call).collect();
    for call in &saved {
        save(&mut office, *call).await;
    }
    if let Some(to) = errand["edits"].as_str() {
        edit(&office, to).await;
    }
    if errand["talks"] == true {
        let call = talk(&mut office, &place.with_file_name(NOTES)).await;
        save(&mut office, call).await;
        saved.push(call);
    }
    if errand["leaves"] == true {
        let connection = office.house.snapshot().await.connections.list[0].id;
        office.agent().disconnect(Disconnect { connection, confirmed: true, forget: false }).await.unwrap();
        let left = office.connection_where("left", |view| view.id == connection).await;
        assert_eq!(left.state, ConnectionState::SignedOut);
    } else {
        for call in saved {
            office.house.card_where("sent", call, |card| card.row.sync == SyncState::Sent).await;
        }
        office.nothing_to_send().await;
        no_edit_waits(&mut office).await;
    }
    office.house.runtime.shut_down().await;
    println!("the errand is done");
}

// ---- the parent: the exchange, the CRM, and the kills ----

struct Scene {
    kind: Kind,
    place: tempfile::TempDir,
    crm: Emulator,
    exchange: Practice,
}

impl Scene {
    async fn begin(kind: Kind) -> Self {
        let crm = Emulator::start(kind.emulator());
        // What was made a moment ago is not in the search index: nothing may rest on it.
        crm.set(json!({"rotates": true, "index_waits": true})).await;
        if kind == Kind::ExternalId {
            crm.set(json!({"external_id": true})).await;
        }
        let exchange = Practice::start(practice::Options::default()).unwrap();
        let scene = Self { kind, place: tempfile::tempdir().unwrap(), crm, exchange };
        let setup = serde_json::to_value(kind.setup(scene.crm.base.as_str())).unwrap();
        scene.done(json!({"set_up": setup})).await;
        scene
    }

    /// Runs the child on an errand, to be killed at a point if one is named.
    async fn run(&self, errand: &Value, point: Option<&str>) -> (ExitStatus, String) {
        let line = self.exchange.line();
        let line = json!({"user": line.user, "domain": line.domain, "password": line.password.reveal(), "address": line.address});
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child_that_works", "--ignored", "--nocapture"]);
        command
            .env(PLACE, self.place.path().join("profile"))
            .env(LINE, line.to_string())
            .env(ERRAND, errand.to_string());
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("XDG_RUNTIME_DIR", self.place.path());
        command.envs([("LC_ALL", "C.UTF-8"), ("LC_TELEPHONE", "es_CR.UTF-8")]);
        command.env_remove(failpoint::VARIABLE).envs(point.map(|point| (failpoint::VARIABLE, point)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // The exchange is a task of this runtime and must go on.
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status, told)
    }

    async fn done(&self, errand: Value) {
        let (status, told) = self.run(&errand, None).await;
        assert!(status.success() && told.contains("the errand is done"), "{errand}: {status}\n{told}");
    }

    /// The child talks, saves and sends, and is killed at the point.
    async fn killed(&self, point: &str) {
        let leaves = ["left", "revoked", "token_forgotten", "queue_kept_here"].contains(&point);
        let (_, _, writes, _) = self.kind.names();
        if leaves {
            // The call, and nothing else, waits when the person leaves: the CRM is overloaded, and says for how long.
            self.done(json!({})).await;
            let busy = json!({"match": writes, "times": 1000, "do": "answer", "status": 503, "headers": {"Retry-After": "3600"}});
            self.crm.fault(busy).await;
        }
        if ["renewed", "renewal_kept"].contains(&point) {
            // Somebody must be signed in who need not be asked.
            self.done(json!({})).await;
        }
        if point == "looked_up" {
            // It must be unknown first.
            self.killed_at("answered", &json!({"talks": true})).await;
        }
        self.killed_at(point, &json!({"talks": true, "leaves": leaves})).await;
        self.crm.calm().await;
    }

    async fn killed_at(&self, point: &str, errand: &Value) {
        let (status, told) = self.run(errand, Some(point)).await;
        assert_eq!(status.signal(), Some(9), "not killed at {point}: {status}\n{told}");
    }

    fn items(&self) -> Vec<OutboxItem> {
        let mut store = SqliteStore::open(&self.place.path().join("profile")).expect("the lock goes with the process");
        store.outbox(&[], u32::MAX).unwrap()
    }

    /// Every call is there once, with its person, who is there once; what the person chose to keep here is not there, unless it
    /// was on its way just then.
    async fn ends(self) {
        self.done(json!({})).await;
        let (table, people, _, name) = self.kind.names();
        let mut there: BTreeMap<String, Value> = BTreeMap::new();
        for call in self.crm.records(table).await {
            let subject = call["Subject"].as_str().unwrap().to_owned();
            assert!(there.insert(subject.clone(), call).is_none(), "{subject} is there twice");
        }
        let mut names: Vec<Value> = self.crm.records(people).await.iter().map(|one| one[name].clone()).collect();
        let count = names.len();
        names.sort_by_key(Value::to_string);
        names.dedup();
        assert_eq!(names.len(), count, "nobody is there twice");
        let items = self.items();
        let talked = std::fs::read_to_string(self.place.path().join(NOTES)).unwrap();
        let kept: BTreeSet<String> = items.iter().map(|item| item.call.0.to_string()).collect();
        let lost: Vec<&str> = talked.lines().filter(|call| !kept.contains(*call)).collect();
        assert_eq!((lost, kept.len()), (vec![], items.len()), "no call is lost");
        println!("{:?}: {} calls, {} of them sent", self.kind, kept.len(), there.len());
        for item in items {
            let found = there.remove(&item.call.0.to_string());
            match (&item.connector, item.state) {
                (Some(_), OutboxState::Done) => {
                    let found = found.unwrap_or_else(|| panic!("{} is not there", item.call.0));
                    let id = found["Id"].as_str().or(found["id"].as_str());
                    assert_eq!(item.remote_id.as_deref(), id, "its id is kept");
                }
                (None, OutboxState::Released) => assert!(found.is_none(), "it was to stay here"),
                // On its way when the person left: nobody asks any more, and the window says so.
                (None, OutboxState::Unknown) => {}
                other => panic!("{}: {other:?}, {:?}", item.call.0, item.last_error),
            }
        }
        assert!(there.is_empty(), "nothing is there that nobody sent: {there:?}");
        self.exchange.stop().await;
    }
}

/// Kills so often, at one point after another.
async fn kill(kind: Kind, kills: usize, step: usize) {
    let scene = Scene::begin(kind).await;
    let points: Vec<&str> = kind.points().collect();
    for n in 0..kills {
        scene.killed(points[n * step % points.len()]).await;
    }
    scene.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_on_the_way_of_a_call_lose_and_double_nothing_with_an_external_id() {
    kill(Kind::ExternalId, failpoint::POINTS.len() - 1, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_on_the_way_of_a_call_lose_and_double_nothing_with_a_marker() {
    kill(Kind::Marker, failpoint::POINTS.len(), 1).await;
}

/// Whoever was edited is in the CRM as edited last, whatever arrived before, and nobody is asked whose change it was.
#[tokio::test(flavor = "multi_thread")]
async fn kills_on_the_way_of_an_edit_lose_nothing_and_ask_nothing() {
    let scene = Scene::begin(Kind::ExternalId).await;
    scene.done(json!({"talks": true})).await;
    for round in 0..2 {
        for point in failpoint::EDIT_POINTS {
            let to = format!("{point}.{round}@mora.example");
            scene.killed_at(point, &json!({"edits": to})).await;
            // In the second round it is edited once more before anybody knows what arrived.
            let to = if round == 0 { to } else { format!("de.nuevo.{to}") };
            scene.done(if round == 0 { json!({}) } else { json!({"edits": to}) }).await;
            assert_eq!(scene.crm.records("Contact").await[0]["Email"], to);
        }
    }
    scene.exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: 550 kills at the named points"]
async fn soak_kills_on_the_way_of_a_call() {
    // Steps that share no factor with the number of points: what comes behind what differs each time round.
    kill(Kind::ExternalId, 275, 5).await;
    kill(Kind::Marker, 275, 5).await;
}
