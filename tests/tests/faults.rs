//! What can go wrong on the network: each fault is named, ends what it must, and keeps what was known.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::net::UdpSocket;
use std::path::{Path, PathBuf};

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Kamailio, REALM, User};
use serde_json::json;
use tempfile::TempDir;

const NO_SOUND: [&str; 4] = ["--mic", "silence", "--speaker", "null"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn start(folder: &Path, arguments: &[&str]) -> Cli {
    let mut all = arguments.to_vec();
    if arguments.contains(&"call") || arguments.contains(&"listen") {
        all.extend(NO_SOUND);
    }
    Cli::start(folder, &all).unwrap()
}

/// An account that needs no exchange.
fn account(folder: &TempDir, lines: &str) -> PathBuf {
    let file = folder.path().join("account.toml");
    std::fs::write(&file, format!("[account]\nuser = \"8330101\"\n{lines}\n")).unwrap();
    file
}

/// The calls that a data directory keeps, as CSV.
fn history(folder: &Path, place: &Path) -> String {
    let file = folder.join("history.csv");
    let export = Cli::start(folder, &["--data-dir", text(place), "history", "export", text(&file)]).unwrap();
    assert_eq!(export.finish().unwrap().0, 0);
    std::fs::read_to_string(file).unwrap()
}

/// A name server on loopback that knows no name.
fn name_server() -> UdpSocket {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = server.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            let mut answer = query[..length].to_vec();
            // RFC 1035 §4.1.1: an answer, recursion available, NXDOMAIN; the question stays, additional records go.
            answer[2] |= 0x80;
            answer[3] = 0x83;
            let question = 12 + answer[12..].iter().position(|byte| *byte == 0).unwrap_or_default() + 5;
            answer.truncate(question);
            answer[6..12].fill(0);
            if socket.send_to(&answer, from).is_err() {
                break;
            }
        }
    });
    server
}

#[test]
fn s0140_a_name_that_does_not_exist_is_said_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let dns = name_server().local_addr().unwrap();
    let file = account(&folder, &format!("domain = \"nowhere.test\"\ndns = \"{dns}\""));
    let mut cli = start(folder.path(), &["register", "--account", text(&file), "--once"]);
    let failed = cli.wait_for("registration_failed").unwrap();
    assert_eq!(failed["cause"], "dns", "{failed}");
    assert!(failed["retry_ms"].as_u64().is_some_and(|ms| ms > 0), "names may come back: {failed}");
    assert_eq!(cli.finish().unwrap().0, 1);
}

#[test]
fn s0141_a_call_without_a_route_ends_with_its_cause_and_is_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("profile");
    // From loopback the system has no route to the rest of the world: nothing leaves this machine.
    let file = account(&folder, "domain = \"203.0.113.7\"\nbind = \"127.0.0.1:0\"\nregister = false");
    let mut cli = start(folder.path(), &["--data-dir", text(&place), "call", "8555 0117", "--account", text(&file)]);
    let ended = cli.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("unreachable"), Some("network")), "{ended}");
    assert_eq!(cli.finish().unwrap().0, 1);
    assert!(history(folder.path(), &place).contains("+50685550117"), "the try is kept");
}

#[test]
fn s0142_a_peer_that_vanishes_in_a_call_leaves_a_call_that_can_be_ended_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start().unwrap();
    let write = |user| Account::plain(user).write(folder.path(), &exchange).unwrap();
    let (alice, bob) = (write(User::ALICE), write(User::BOB));
    let mut callee = start(folder.path(), &["listen", "--account", text(&bob)]);
    callee.wait_for("listening").unwrap();
    let place = folder.path().join("profile");
    let call = ["--data-dir", text(&place), "call", User::BOB.name, "--account", text(&alice), "--control"];
    let mut caller = start(folder.path(), &call);
    caller.wait_for("first_rtp").unwrap();
    // Killed: no BYE, no RTCP BYE, its ports are closed.
    drop(callee);
    drop(exchange);
    caller.control(&json!({ "do": "hangup" })).unwrap();
    let ended = caller.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("local")), "{ended}");
    assert_eq!(caller.finish().unwrap().0, 0);
    assert!(history(folder.path(), &place).contains(User::BOB.name));
}

#[test]
fn s0143_a_stranger_s_invite_neither_rings_nor_gets_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start().unwrap();
    let file = Account::plain(User::BOB).write(folder.path(), &exchange).unwrap();
    let mut bob = start(folder.path(), &["listen", "--account", text(&file), "--calls", "1"]);
    let registered = bob.wait_for("registered").unwrap();
    bob.wait_for("listening").unwrap();
    let flow = registered["flow"].as_str().unwrap();
    let local = flow.split(' ').nth(1).unwrap();
    let contact = registered["contact"].as_str().unwrap().trim_matches(['<', '>']);

    // A scanner knows the account's name but not the Contact; a spy knows the Contact but is not the exchange's socket
    // for calls to other names.
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let own = stranger.local_addr().unwrap();
    for target in [format!("sip:{}@{local}", User::BOB.name), format!("sip:100@{local}"), format!("sip:{local}")] {
        assert!(!contact.starts_with(&target), "the Contact is random: {contact}");
        let invite = format!(
            "INVITE {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKstranger{};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:100@{REALM}>;tag=1\r\nTo: <{target}>\r\nCall-ID: {}@{own}\r\nCSeq: 1 INVITE\r\n\
             Contact: <sip:100@{own}>\r\nContent-Length: 0\r\n\r\n",
            target.len(),
            target.len()
        );
        stranger.send_to(invite.as_bytes(), local).unwrap();
    }
    // A real call comes behind them; what was to be said about theirs would have been said before.
    let alice = Account::plain(User::ALICE).write(folder.path(), &exchange).unwrap();
    let caller = start(folder.path(), &["call", User::BOB.name, "--account", text(&alice), "--duration", "1"]);
    let incoming = bob.wait_for("incoming").unwrap();
    assert!(incoming["from"].as_str().is_some_and(|from| from.contains(User::ALICE.name)), "{incoming}");
    assert_eq!(caller.finish().unwrap().0, 0);
    assert_eq!(bob.finish().unwrap().0, 0, "the one call that counts");
    stranger.set_nonblocking(true).unwrap();
    assert!(stranger.recv(&mut [0; 1500]).is_err(), "not a byte was answered");
}

#[test]
fn s0144_a_web_server_without_sip_is_said_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start().unwrap();
    let way = format!("transport = \"ws\"\nproxy = \"ws://127.0.0.1:{}/elsewhere\"", exchange.ws_port);
    let file = account(&folder, &format!("domain = \"{REALM}\"\npassword = \"482916\"\n{way}"));
    let mut cli = start(folder.path(), &["register", "--account", text(&file), "--once"]);
    let failed = cli.wait_for("registration_failed").unwrap();
    assert_eq!(failed["cause"], "web_socket", "{failed}");
    assert_eq!(cli.finish().unwrap().0, 1);
}

#[test]
fn s0145_an_exchange_that_wants_a_certificate_gets_ours_and_else_the_agent_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start_wanting_certificates().unwrap();
    let here = exchange.authority.parent().unwrap();
    let way = format!(
        "domain = \"{REALM}\"\npassword = \"482916\"\ntransport = \"tls\"\ntls_ca = {:?}\nproxy = \"sip:127.0.0.1:{};transport=tls;lr\"",
        exchange.authority, exchange.tls_port
    );
    let own = format!("tls_certificate = {:?}\ntls_key = {:?}", here.join("server.pem"), here.join("server.key"));
    let file = account(&folder, &format!("{way}\n{own}"));
    let mut cli = start(folder.path(), &["register", "--account", text(&file), "--once"]);
    cli.wait_for("registered").unwrap();
    assert_eq!(cli.finish().unwrap().0, 0);
    let file = account(&folder, &way);
    let mut cli = start(folder.path(), &["register", "--account", text(&file), "--once"]);
    let failed = cli.wait_for("registration_failed").unwrap();
    assert_eq!(failed["cause"], "own_certificate", "{failed}");
    assert_eq!(cli.finish().unwrap().0, 1);
}
