//! Three people in one conversation, of whom one has the conference at the desk.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::time::Duration;

use acceptance::cli::{Account, Cli};
use acceptance::desk::{Desk, text};
use acceptance::peers::{Baresip, BaresipConfig, User, wait_until};
use acceptance::sound::{self, RATE};
use serde_json::json;

/// What the agent, baresip and the third one hum.
const HUMS: [f32; 3] = [400.0, 700.0, 1100.0];

/// How loud each hum is in the last second but one that was heard.
fn heard(file: &std::path::Path) -> [f32; 3] {
    let all = sound::read_wav(file).unwrap();
    let end = all.len().saturating_sub(RATE / 2);
    HUMS.map(|hz| sound::strength(&all[end.saturating_sub(RATE)..end], hz))
}

fn several_seconds(of: &mut Cli) {
    for _ in 0..12 {
        of.wait_for("stats").unwrap();
    }
}

/// The agent takes both calls, G.711 and Opus, and joins them; all three pairs hear each other, nobody themselves.
#[test]
fn s0180_all_three_hear_each_other_and_the_two_who_stay_go_on() {
    let desk = Desk::new();
    let [agent, bob, carol] = HUMS.map(|hz| sound::hum(desk.path(), hz, 60).unwrap());
    let (heard_agent, heard_carol) = (desk.path().join("agent-heard.wav"), desk.path().join("carol-heard.wav"));
    let file = Account::plain(User::ALICE).write(desk.path(), &desk.exchange).unwrap();
    let options = ["--calls", "2", "--answer-after", "0", "--control", "--stats-interval", "0.5"];
    let listen = ["listen", "--account", text(&file), "--mic", text(&agent), "--speaker", text(&heard_agent)];
    let mut host = Cli::start(desk.path(), &[&listen[..], &options].concat()).unwrap();
    host.wait_for("listening").unwrap();

    let options = ["--stats-interval", "0.5", "--control"];
    let mut other = desk.call(&Account::plain(User::CAROL), User::ALICE.name, &carol, &heard_carol, &options);
    let first = host.wait_for("answered").unwrap();
    let config = BaresipConfig {
        user: User::BOB,
        transport: "udp",
        codecs: "pcma",
        speech: &bob,
        answers: false,
        more: "",
        menc: "",
    };
    let baresip = Baresip::start(&desk.exchange, &config).unwrap();
    baresip.dial(User::ALICE.name).unwrap();
    let second =
        host.wait_where("the second call", |e| e["event"] == "answered" && e["call"] != first["call"]).unwrap();

    host.control(&json!({ "do": "conference", "call": second["call"], "with": first["call"] })).unwrap();
    host.wait_where("it comes back", |e| e["event"] == "resumed" && e["call"] == first["call"]).unwrap();
    several_seconds(&mut other);
    baresip.hang_up().unwrap();
    let over = || baresip.log().contains("terminated");
    wait_until("baresip has written what it heard", Duration::from_secs(30), over).unwrap();
    let [of_agent, of_bob, of_carol] = heard(&baresip.heard().unwrap());
    assert!(of_agent > 0.05 && of_bob < 0.01 && of_carol > 0.05, "bob heard {of_agent} {of_bob} {of_carol}");

    // Who stays talks on with the agent alone.
    several_seconds(&mut other);
    other.control(&json!({ "do": "hangup" })).unwrap();
    assert_eq!(other.finish().unwrap().0, 0);
    assert_eq!(host.finish().unwrap().0, 0);
    let [of_agent, of_bob, of_carol] = heard(&heard_carol);
    assert!(of_agent > 0.05 && of_bob < 0.01 && of_carol < 0.01, "carol heard {of_agent} {of_bob} {of_carol}");
    let all = sound::read_wav(&heard_carol).unwrap();
    let both = |part: &[f32]| HUMS[..2].iter().all(|hz| sound::strength(part, *hz) > 0.05);
    assert!(all.chunks(RATE / 2).any(both), "carol heard bob and the agent at once");
    let of_both = sound::read_wav(&heard_agent).unwrap();
    assert!(of_both.chunks(RATE / 2).any(|part| sound::strength(part, HUMS[2]) > 0.05), "the agent heard carol");
}
