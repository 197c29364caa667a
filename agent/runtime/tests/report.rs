//! «Informar de un problema» after real calls over the practice line: what is in it, what is not, and where it goes.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod house;

use std::path::Path;

use agent_api::account::{SaveAccount, Srtp, SrtpKeys, Transport};
use agent_api::call::{Answer, CallRef, CallState, Dial, DialOrigin, DialOutcome, Direction};
use agent_api::card::{CardState, SaveCard, SaveDraft};
use agent_api::command::{Commands, Nothing};
use agent_api::contact::{ChannelKind, ChannelView, ContactKind, SaveContact};
use agent_api::draft::Draft;
use agent_api::error::ErrorCode;
use agent_api::event::EventBody;
use agent_api::id::{AccountId, CallId};
use house::{House, config};
use runtime::{Runtime, RuntimeConfig};

const NUMBER: &str = "50685550117";
const LINE: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0001;
/// Whatever names somebody or opens something in this test.
const NEVER: &[&str] = &[
    NUMBER,
    "8555 0117",
    "8555-0117",
    "Marcela",
    "Quesada",
    "Yunque",
    "8330101",
    "8330199",
    "central.example",
    "Lucía",
    "Recepción",
    "clave-482916",
    "482916",
    "reclama",
    "factura",
    "eyJhbGciOi",
    "192.0.2.77",
    "sip:",
    "tag=",
    "z9hG4bK",
    "127.0.0.1",
];

fn prepare(profile: &Path) {
    std::fs::create_dir_all(profile.join("log")).unwrap();
    let settings = format!(
        "[[account]]\nid = \"{}\"\nuser = \"8330101\"\ndomain = \"central.example\"\nlabel = \"Recepción\"\ndisplay_name = \"Lucía\"\nregister = false\n\
         [[call_center]]\nname = \"El Yunque\"\nnumbers = [\"+{NUMBER}\"]\n",
        uuid::Uuid::from_u128(LINE)
    );
    std::fs::write(profile.join("settings.toml"), settings).unwrap();
    let head = "2026-11-22T17:40:00.123456Z  INFO";
    let log = format!(
        "{head} agent::desk: line 8330101 at central.example is Lucía's\n\
         {head} sip_net::driver: flow udp 192.0.2.77:5060 to sip:{NUMBER}@central.example;tag=1 took 12 ms\n\
         {head} crm_connect::oauth: token=eyJhbGciOiJIUzI1NiJ9 for +506 8555 0117\n\
         {head} hyper::client: Authorization clave-482916 of Marcela Quesada\n\
         Marcela Quesada reclama\n"
    );
    std::fs::write(profile.join("log/timbre.log"), log).unwrap();
}

fn account() -> SaveAccount {
    SaveAccount {
        id: Some(AccountId(uuid::Uuid::from_u128(LINE))),
        label: "Recepción".to_owned(),
        display_name: "Lucía".to_owned(),
        user: "8330101".to_owned(),
        domain: "central.example".to_owned(),
        auth_user: Some("8330199".to_owned()),
        password: Some("clave-482916".to_owned()),
        transport: Transport::Udp,
        port: None,
        proxy: None,
        srtp: Srtp::Optional,
        srtp_keys: SrtpKeys::Sdes,
        rtcp_mux: false,
        ice: agent_api::account::Ice::default(),
        turn_password: None,
        dtmf: Default::default(),
        codecs: vec!["opus".to_owned(), "pcma".to_owned()],
        auto_answer: false,
        voicemail: None,
        certificates: None,
        publish: None,
        profile: None,
        record: None,
        own_codes: None,
    }
}

fn customer(met: CallId) -> SaveContact {
    let (raw, display) = ("8555 0117".to_owned(), String::new());
    SaveContact {
        id: None,
        rev: None,
        kind: ContactKind::Contact,
        first_name: "Marcela".to_owned(),
        last_name: "Quesada".to_owned(),
        company: "Ferretería El Yunque".to_owned(),
        document_kind: None,
        document_number: None,
        vip: false,
        channels: vec![ChannelView { id: None, kind: ChannelKind::Phone, raw, display, e164: None, extension: None }],
        addresses: Vec::new(),
        custom: None,
        further: Vec::new(),
        for_call: Some(met),
    }
}

async fn dial(house: &House, target: &str, account: AccountId) -> CallId {
    let dial = Dial {
        target: target.to_owned(),
        origin: DialOrigin::Keypad,
        account: Some(account),
        contact: None,
        confirmed: true,
    };
    let DialOutcome::Started { call } = house.runtime.agent.dial(dial).await.unwrap() else { panic!("not dialled") };
    call
}

/// Calls the echo and writes about it, calls a number, and is called.
async fn calls(house: &mut House) {
    let agent = house.runtime.agent.clone();
    let line = house.snapshot().await.accounts.into_iter().find(|line| line.practice).unwrap();
    let talked = dial(house, line.echo.as_deref().unwrap(), line.id).await;
    house.call_in("the echo's answer", |view| view.id == talked && view.state == CallState::Talking).await;
    house.call_in("figures of its sound", |view| view.id == talked && view.quality.is_some()).await;
    let comment = format!("reclama una factura, +{NUMBER}");
    let draft = Draft { subject: "factura".to_owned(), comment, ..Draft::default() };
    agent.save_draft(SaveDraft { call: talked, edit: 1, draft: draft.clone() }).await.unwrap();
    agent.hang_up(CallRef { call: talked }).await.unwrap();
    house.wait("the end", |body| (*body == EventBody::CallGone(talked)).then_some(())).await;
    house.card_where("unsaved", talked, |card| card.row.state == CardState::Unsaved).await;
    let contact = agent.save_contact(customer(talked)).await.unwrap().brief.id;
    let draft = Draft { contact: Some(contact), ..draft };
    agent.save_card(SaveCard { call: talked, draft, outcome: None }).await.unwrap();

    // Whatever number is dialled, the practice line is the echo: the number goes over the wire.
    let by_number = dial(house, &format!("+{NUMBER}"), line.id).await;
    house.call_in("an answer", |view| view.id == by_number && view.state == CallState::Talking).await;
    agent.hang_up(CallRef { call: by_number }).await.unwrap();
    house.wait("the end", |body| (*body == EventBody::CallGone(by_number)).then_some(())).await;

    agent.practice_call_me(Nothing {}).await.unwrap();
    let ringing = house.call_in("the training caller", |view| view.direction == Direction::Incoming).await;
    agent.answer(Answer { call: ringing.id }).await.unwrap();
    house.call_in("its voice", |view| view.id == ringing.id && view.quality.is_some()).await;
    agent.hang_up(CallRef { call: ringing.id }).await.unwrap();
    house.wait("the end", |body| (*body == EventBody::CallGone(ringing.id)).then_some(())).await;
}

/// The part of a report between a heading and the next.
fn section<'a>(report: &'a str, name: &str) -> &'a str {
    let from = report.find(&format!("\n[{name}]\n")).unwrap_or_else(|| panic!("no [{name}] in\n{report}"));
    let rest = &report[from + 1..];
    rest.split("\n\n").next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn s0240_a_report_tells_of_the_calls_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile");
    prepare(&profile);
    let mut house = House::on(&profile).await.unwrap();
    house.runtime.agent.save_account(account()).await.unwrap();
    house.practise().await;
    calls(&mut house).await;

    let report = house.runtime.agent.make_report(Nothing {}).await.unwrap();
    let text = &report.text;
    assert!(text.len() < 64 << 10, "{} bytes", text.len());
    let lower = text.to_lowercase();
    for never in NEVER {
        assert!(!lower.contains(&never.to_lowercase()), "{never} in\n{text}");
    }
    let has = |name: &str, wanted: &[&str]| {
        let section = section(text, name);
        for wanted in wanted {
            assert!(section.contains(wanted), "{wanted} is missing in\n{section}");
        }
    };
    has("system", &["os = ", "arch = "]);
    has("program", &["version = ", "presence = "]);
    has("line.1", &["has_password = true", "has_auth_user = true", "register = false", "practice = false"]);
    has("line.2", &["practice = true", "registration = registered"]);
    has("counters", &["unsolicited = 0", "malformed = 0"]);
    has("outside", &["-> REGISTER", "<- 200 REGISTER"]);
    let talked =
        ["direction = outgoing", "cause = normal", "-> INVITE", "<- 200 INVITE", "-> ACK", "BYE", "rx_packets = "];
    has("call.1", &talked);
    assert!(!section(text, "call.1").contains("rx_packets = 0\n"), "sound came");
    has("call.1", &["every_s = 5", " s loss=", " mos=4."]);
    assert!(!text.contains("[earlier.1]"), "calls of this run are told once");
    has("call.2", &["cause = normal", "-> INVITE", "by = local"]);
    has("call.3", &["direction = incoming", "<- INVITE", "-> 100 INVITE", "-> 180 INVITE", "-> 200 INVITE", "<- ACK"]);
    has("log", &["left_out = 2", "line [name] at [name] is [name]", "[address]", "took 12 ms"]);
    house.runtime.shut_down().await;

    // Another run knows of them by the store, the newest first.
    let house = House::on(&profile).await.unwrap();
    let report = house.runtime.agent.make_report(Nothing {}).await.unwrap();
    let text = &report.text;
    assert!(!text.contains("[call.1]") && !text.contains("[earlier.4]"), "{text}");
    let newest = section(text, "earlier.1");
    for wanted in ["direction = incoming", "<- INVITE", "-> 180 INVITE", "<- ACK", "cause = normal", " mos=4."] {
        assert!(newest.contains(wanted), "{wanted} is missing in\n{newest}");
    }
    let oldest = section(text, "earlier.3");
    for wanted in ["direction = outgoing", "-> INVITE", "<- 200 INVITE", "-> BYE", "<- 200 BYE", "every_s = 5"] {
        assert!(oldest.contains(wanted), "{wanted} is missing in\n{oldest}");
    }
    let lower = text.to_lowercase();
    for never in NEVER {
        assert!(!lower.contains(&never.to_lowercase()), "{never} in\n{text}");
    }
    house.runtime.shut_down().await;
}

async fn with_downloads(profile: &Path, downloads: &Path) -> Runtime {
    let downloads = Some(downloads.to_owned());
    Runtime::start(RuntimeConfig { downloads, ..config(profile.to_owned()) }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn s0241_what_was_read_is_what_is_saved_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (profile, downloads) = (folder.path().join("profile"), folder.path().join("Descargas"));
    let runtime = with_downloads(&profile, &downloads).await;
    let agent = &runtime.agent;
    assert_eq!(agent.save_report(Nothing {}).await.unwrap_err().code, ErrorCode::NotFound, "none was made");
    let made = agent.make_report(Nothing {}).await.unwrap();
    assert_eq!(agent.save_report(Nothing {}).await.unwrap_err().code, ErrorCode::FolderRefused, "no such folder");

    std::fs::create_dir(&downloads).unwrap();
    let other = downloads.join(&made.file_name);
    std::fs::write(&other, "somebody's own").unwrap();
    let saved = agent.save_report(Nothing {}).await.unwrap();
    assert_eq!(agent.save_report(Nothing {}).await.unwrap(), saved, "a second click writes no second file");
    assert_eq!(std::fs::read_to_string(&saved.path).unwrap(), made.text);
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "somebody's own");
    assert_eq!(std::fs::read_dir(&downloads).unwrap().count(), 2, "nothing half written is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&saved.path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    runtime.shut_down().await;
}
