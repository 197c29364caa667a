//! The exchange tells what the telephones of colleagues do, and a call that rings there is taken over.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Baresip, BaresipConfig, Kamailio, Linphone, User};
use acceptance::sound;
use serde_json::Value;

fn telephone<'a>(user: User, speech: &'a std::path::Path) -> BaresipConfig<'a> {
    BaresipConfig { user, transport: "udp", codecs: "pcma", speech, answers: false, more: "", menc: "" }
}

fn state(line: &Value) -> (&str, Option<bool>, Option<&str>, bool) {
    let text = |name: &str| line[name].as_str();
    (text("state").unwrap(), line["calls"].as_bool(), text("number"), line["can_pick_up"].as_bool().unwrap())
}

#[test]
fn s0170_calls_of_a_colleague_are_told_by_the_exchange() {
    for transport in ["udp", "tcp", "tls"] {
        let folder = tempfile::tempdir().unwrap();
        let exchange = Kamailio::start_with_presence().unwrap();
        let speech = sound::hum(folder.path(), 440.0, 60).unwrap();
        let bob = Baresip::start(&exchange, &telephone(User::BOB, &speech)).unwrap();
        let carol = Baresip::start(&exchange, &telephone(User::CAROL, &speech)).unwrap();
        let account = Account { transport, ..Account::plain(User::ALICE) };
        let file = account.write(folder.path(), &exchange).unwrap();
        let listens = ["listen", "--account", file.to_str().unwrap(), "--mic", "silence", "--speaker", "null"];
        let watches = ["--watch", User::BOB.name, "--watch", User::CAROL.name];
        let mut alice = Cli::start(folder.path(), &[&listens[..], &watches[..]].concat()).unwrap();
        let mut of = |user: User, state: &str| {
            let fits =
                |line: &Value| line["event"] == "colleague" && line["target"] == user.name && line["state"] == state;
            let found = alice.wait_where(&format!("{} {state}", user.name), fits);
            found.unwrap_or_else(|why| panic!("{transport}: {why}\n{}", exchange.log()))
        };
        of(User::BOB, "free");
        carol.dial(User::BOB.name).unwrap();
        let told = of(User::BOB, "ringing");
        assert_eq!(state(&told), ("ringing", Some(false), Some(User::CAROL.name), true), "{transport} {told}");
        bob.accept().unwrap();
        let told = of(User::BOB, "busy");
        assert_eq!(state(&told), ("busy", Some(false), Some(User::CAROL.name), false), "{transport} {told}");
        bob.hang_up().unwrap();
        of(User::BOB, "free");
        alice.interrupt().unwrap();
        alice.finish().unwrap();
    }
}

#[test]
fn s0171_a_call_that_rings_at_a_colleague_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start_with_presence().unwrap();
    let speech = sound::hum(folder.path(), 440.0, 60).unwrap();
    let bob = Baresip::start(&exchange, &telephone(User::BOB, &speech)).unwrap();
    let mut carol = Linphone::start(&exchange, User::CAROL).unwrap();
    let file = Account::plain(User::ALICE).write(folder.path(), &exchange).unwrap();
    let listens = ["listen", "--control", "--account", file.to_str().unwrap(), "--mic", "silence", "--speaker", "null"];
    let watches = ["--watch", User::BOB.name];
    let mut alice = Cli::start(folder.path(), &[&listens[..], &watches[..]].concat()).unwrap();
    let light = |alice: &mut Cli, state: &str| {
        alice.wait_where(state, |line| line["event"] == "colleague" && line["state"] == state).unwrap()
    };
    light(&mut alice, "free");
    carol.dial(User::BOB.name).unwrap();
    light(&mut alice, "ringing");
    alice.control(&serde_json::json!({ "do": "pick_up", "target": User::BOB.name })).unwrap();
    alice.wait_for("ringing").unwrap();
    carol.accept_second().unwrap();
    // Whichever comes first.
    let (mut answered, mut free) = (false, false);
    let both = alice.wait_where("the call, and the light out", |line| {
        answered |= line["event"] == "answered";
        free |= line["event"] == "colleague" && line["state"] == "free";
        answered && free
    });
    both.unwrap_or_else(|why| panic!("{why}\n{}\n{}", carol.story(), exchange.log()));
    assert!(!bob.log().contains("Call established"), "it rings there no more:\n{}", bob.log());
    carol.hang_up().unwrap();
    alice.wait_for("ended").unwrap();
    alice.interrupt().unwrap();
    alice.finish().unwrap();
}

#[test]
fn s0172_what_a_colleague_says_is_told_by_the_exchange() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start_with_presence().unwrap();
    let says = |basic: &str, activity: &str, entity: Option<&str>| {
        let body = format!(
            "<?xml version=\"1.0\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
             xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" \
             entity=\"sip:{0}@timbre.test\"><tuple id=\"a\"><status><basic>{basic}</basic></status><note>Almuerzo</note></tuple>\
             <dm:person id=\"p\"><rpid:activities>{activity}</rpid:activities></dm:person></presence>",
            User::BOB.name
        );
        exchange.publish(User::BOB, "presence", "application/pidf+xml", &body, entity).unwrap()
    };
    let file = Account::plain(User::ALICE).write(folder.path(), &exchange).unwrap();
    let listens = ["listen", "--account", file.to_str().unwrap(), "--mic", "silence", "--speaker", "null"];
    let mut alice = Cli::start(folder.path(), &[&listens[..], &["--watch", User::BOB.name]].concat()).unwrap();
    let told = |alice: &mut Cli, reachable: &str| {
        let found = alice.wait_where(reachable, |line| line["event"] == "colleague" && line["reachable"] == reachable);
        found.unwrap_or_else(|why| panic!("{why}\n{}", exchange.log()))["note"].as_str().map(str::to_owned)
    };
    let entity = says("open", "<rpid:away/>", None);
    assert_eq!(told(&mut alice, "away").as_deref(), Some("Almuerzo"));
    let entity = says("open", "<rpid:busy/>", Some(&entity));
    told(&mut alice, "busy");
    says("closed", "", Some(&entity));
    told(&mut alice, "closed");
    alice.interrupt().unwrap();
    alice.finish().unwrap();
}

#[test]
fn s0173_the_exchange_is_told_what_the_agent_does() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start_with_presence().unwrap();
    let speech = sound::hum(folder.path(), 440.0, 60).unwrap();
    let carol = Baresip::start(&exchange, &telephone(User::CAROL, &speech)).unwrap();
    let start = |user: User, more: &[&str], line: &str| {
        let file = Account::plain(user).write(folder.path(), &exchange).unwrap();
        std::fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(line.as_bytes()).unwrap();
        let listens =
            ["listen", "--control", "--account", file.to_str().unwrap(), "--mic", "silence", "--speaker", "null"];
        Cli::start(folder.path(), &[&listens[..], more].concat()).unwrap()
    };
    let mut alice = start(User::ALICE, &["--watch", User::BOB.name], "");
    let mut bob = start(User::BOB, &[], "publish = true\n");
    let mut told = |reachable: Option<&str>| {
        let fits = |line: &Value| line["event"] == "colleague" && line["reachable"].as_str() == reachable;
        let found = alice.wait_where(reachable.unwrap_or("nothing"), fits);
        found.unwrap_or_else(|why| panic!("{why}\n{}", exchange.log()));
    };
    told(Some("available"));
    carol.dial(User::BOB.name).unwrap();
    bob.wait_for("incoming").unwrap();
    told(Some("busy"));
    carol.hang_up().unwrap();
    bob.wait_for("ended").unwrap();
    told(Some("available"));
    bob.interrupt().unwrap();
    bob.finish().unwrap();
}
