//! How a call through a real exchange went: messages as they come, and afterwards from the books.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use acceptance::cli::{Account, Cli};
use acceptance::desk::{Desk, text};
use acceptance::peers::User;
use serde_json::Value;

fn messages(story: &[Value], call: &Value) -> Vec<String> {
    let of_call = story.iter().filter(|e| e["event"] == "message" && (e["call"] == *call || e["call"].is_null()));
    of_call.map(|e| format!("{} {}", e["direction"].as_str().unwrap(), e["what"].as_str().unwrap())).collect()
}

/// Wanted stand among the messages, in this order.
fn in_order(messages: &[String], wanted: &[&str]) {
    let mut rest = messages.iter();
    for one in wanted {
        assert!(rest.any(|message| message == one), "{one} is missing, or in a wrong place, in {messages:#?}");
    }
}

#[test]
fn s0170_the_ladder_and_the_figures_of_a_call_are_told_and_kept_and_name_nobody() {
    let desk = Desk::new();
    let account = Account::plain(User::ALICE);
    let callee = Account { user: User::BOB, ..account.clone() };
    let (heard_a, heard_b) = (desk.path().join("a.wav"), desk.path().join("b.wav"));
    let books = desk.path().join("books");
    let books = text(&books);
    let bob = desk.listen(&callee, &desk.high, &heard_b, &["--answer-after", "100"]);
    let more = ["--duration", "7", "--ladder", "--data-dir", books];
    let alice = desk.call(&account, User::BOB.name, &desk.low, &heard_a, &more);
    let (code, story) = alice.finish().unwrap();
    assert_eq!(code, 0);
    bob.finish().unwrap();

    let call = story.iter().find(|e| e["event"] == "answered").unwrap()["call"].clone();
    let live = messages(&story, &call);
    // Whether the INVITE is challenged depends on what was challenged before.
    let dialogue = ["out INVITE", "in 200 INVITE", "out ACK", "out BYE", "in 200 BYE"];
    in_order(&live, &dialogue);
    in_order(&live, &["out REGISTER", "in 401 REGISTER", "out REGISTER", "in 200 REGISTER"]);
    let invite = story.iter().find(|e| e["event"] == "message" && e["what"] == "INVITE").unwrap();
    assert!(invite["media"].as_str().unwrap().starts_with("sdp sendrecv opus,"), "{invite}");

    let call = call.as_str().unwrap();
    for wanted in [vec!["history", "details", call], vec!["history", "details"]] {
        let mut arguments = vec!["--data-dir", books];
        arguments.extend(wanted);
        let (code, kept) = Cli::start(desk.path(), &arguments).unwrap().finish().unwrap();
        assert_eq!(code, 0);
        assert_eq!((kept[0]["event"].as_str(), kept[0]["call"].as_str()), (Some("call_details"), Some(call)));
        assert_eq!((kept[0]["cause"].as_str(), kept[0]["codec"].as_str()), (Some("normal"), Some("opus")));
        in_order(&messages(&kept, &kept[0]["call"]), &dialogue);
        let figures: Vec<&Value> = kept.iter().filter(|e| e["event"] == "figures").collect();
        assert!((1..=3).contains(&figures.len()), "{figures:?}");
        assert!(figures.iter().any(|e| e["mos"].as_f64().is_some_and(|mos| mos > 3.0)), "{figures:?}");
        let all = kept.iter().map(Value::to_string).collect::<String>();
        for never in [
            User::ALICE.name,
            User::BOB.name,
            User::ALICE.password,
            "127.0.0.1",
            "sip:",
            "digest",
            "nonce",
            "response=",
        ] {
            assert!(!all.to_lowercase().contains(&never.to_lowercase()), "{never} in {all}");
        }
    }
    let nobodys = ["--data-dir", books, "history", "details", "0190f3a0-0000-7000-8000-000000000000"];
    let (code, said) = Cli::start(desk.path(), &nobodys).unwrap().finish().unwrap();
    assert_eq!((code, said[0]["cause"].as_str()), (1, Some("not_found")));
}
