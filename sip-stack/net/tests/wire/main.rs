//! The driver over real loopback sockets: on the other side a registrar of a few lines, a name server of a few more, and TLS
//! with certificates made for the test.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod dns;
mod names;
mod plain;
mod tls;
mod web;
mod wide;

use std::time::Duration;

use sip_net::SipNet;
use sip_stack::ua::{AccountId, Command, EndCause, Event};

const ACCOUNT: AccountId = AccountId(1);

/// 200 with the request's own headers that matter.
fn ok(request: &[u8]) -> Vec<u8> {
    answer(request, "200 OK")
}

/// An answer with this status and reason.
fn answer(request: &[u8], status: &str) -> Vec<u8> {
    let request = String::from_utf8(request.to_vec()).unwrap();
    let mut answer = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap();
        if ["Via", "From", "Call-ID", "CSeq", "Contact", "Expires"].contains(&name) {
            answer.push_str(line);
            answer.push_str("\r\n");
        } else if name == "To" {
            answer.push_str(&format!("{line};tag=registrar\r\n"));
        }
    }
    answer.push_str("Content-Length: 0\r\n\r\n");
    answer.into_bytes()
}

async fn next(net: &mut SipNet) -> Event {
    tokio::time::timeout(Duration::from_secs(20), net.events.recv()).await.unwrap().unwrap()
}

async fn registered(net: &mut SipNet) {
    loop {
        match next(net).await {
            Event::Registered { account, .. } => {
                assert_eq!(account, ACCOUNT);
                return;
            }
            Event::RegistrationFailed { cause, reason, .. } => panic!("{cause:?} {reason}"),
            _ => {}
        }
    }
}

async fn idle(net: &mut SipNet) {
    net.commands.send(Command::Shutdown).unwrap();
    while next(net).await != Event::Idle {}
}

/// Why the registration failed.
async fn failed(net: &mut SipNet) -> EndCause {
    loop {
        match next(net).await {
            Event::RegistrationFailed { cause, .. } => return cause,
            Event::Registered { .. } => panic!("registered"),
            _ => {}
        }
    }
}
