//! A company's phone book, asked of a real OpenLDAP server in a temporary folder, with accounts and TLS of its own.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the server is a package of the system

mod relay;
mod slapd;

use crm::connector::{Directory, Fault, Identity};
use crm::phone::PhoneNumber;
use crm_connect::Secret;
use crm_connect::ldap::{Ldap, Login, Options};
use relay::Relay;
use slapd::{ANA, BASE, PASSWORD, Slapd};
use url::Url;

impl Slapd {
    fn options(&self, scheme: &str) -> Options {
        Options {
            address: Url::parse(&self.address(scheme)).unwrap(),
            plain: false,
            base: Some(BASE.into()),
            authority: Some(self.authority().into_bytes()),
            country: "CR".into(),
        }
    }

    fn as_ana(&self, scheme: &str) -> Ldap {
        Ldap::new(self.options(scheme), Some(login(ANA, PASSWORD))).unwrap()
    }
}

fn login(user: &str, password: &str) -> Login {
    Login { user: user.into(), password: Secret::new(password) }
}

async fn names(ldap: &Ldap, number: &str) -> Vec<String> {
    let number = PhoneNumber::parse(number, "CR").unwrap();
    ldap.find_by_number(&number).await.unwrap().into_iter().map(|person| person.name).collect()
}

async fn found(ldap: &Ldap, text: &str) -> Vec<String> {
    let mut names: Vec<String> =
        ldap.find_by_text(text, 10).await.unwrap().into_iter().map(|person| person.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn people_are_found_by_number_in_whatever_writing() {
    let server = Slapd::start();
    for scheme in ["ldap", "ldaps"] {
        let ldap = server.as_ana(scheme);
        let identity = Identity { user: ANA.into(), organisation: Some(BASE.into()) };
        assert_eq!(ldap.check().await, Ok(identity), "{scheme}");
        assert_eq!(names(&ldap, "85550117").await, ["Ana Mora"], "not Luis, whose digits hold it");
        assert_eq!(names(&ldap, "22220000").await, ["Ana Mora"]);
        assert_eq!(names(&ldap, "+50685550118").await, ["Eva Soto (Ventas)"]);
        assert_eq!(names(&ldap, "85550119").await, ["Eva Soto (Ventas)"]);
        assert!(names(&ldap, "85550120").await.is_empty() && names(&ldap, "231").await.is_empty());
    }
    let ana = server.as_ana("ldaps").find_by_number(&PhoneNumber::parse("85550117", "CR").unwrap()).await.unwrap();
    assert_eq!((ana[0].record.id.as_str(), ana[0].email.as_deref()), (ANA, Some("ana@company.example")));
    assert_eq!(ana[0].company.as_deref(), Some("Ferreteria El Yunque"));
    assert_eq!(ana[0].phones, ["+506 2222-0000", "8555-0117"]);
}

#[tokio::test]
async fn people_are_found_by_words() {
    let server = Slapd::start();
    // The base is what the server says.
    let options = Options { base: None, ..server.options("ldaps") };
    let ldap = Ldap::new(options, Some(login(ANA, PASSWORD))).unwrap();
    assert_eq!(found(&ldap, "yunque").await, ["Ana Mora", "Eva Soto (Ventas)"]);
    assert_eq!(found(&ldap, "mora ANA").await, ["Ana Mora"], "in any order; nobody without a number");
    assert_eq!(found(&ldap, "ana@comp").await, ["Ana Mora"]);
    assert_eq!(found(&ldap, "(Ventas)").await, ["Eva Soto (Ventas)"]);
    for nobody in ["*)(objectClass=*", "a*a", "\\2a\\2a"] {
        assert!(found(&ldap, nobody).await.is_empty(), "{nobody}");
    }
    assert_eq!(ldap.find_by_text("o", 10).await, Ok(Vec::new()));
    assert_eq!(ldap.find_by_text("company yunque", 10).await.unwrap().len(), 1);
    assert_eq!(ldap.find_by_text("yunque", 1).await.unwrap().len(), 1, "the server stops at the limit");
}

#[tokio::test]
async fn why_nobody_is_let_in_is_said() {
    let server = Slapd::start();
    let check = async |options: Options, login: Option<Login>| Ldap::new(options, login).unwrap().check().await;
    let options = || server.options("ldaps");
    assert_eq!(check(options(), Some(login(ANA, "wrong"))).await, Err(Fault::SignIn));
    assert_eq!(check(options(), Some(login("uid=nobody,dc=company,dc=example", "x"))).await, Err(Fault::SignIn));
    let invalid = check(options(), Some(login("ana", PASSWORD))).await.unwrap_err();
    assert_eq!(invalid.code(), "invalid:invalid_name");
    // Nobody in particular may see nothing here.
    assert_eq!(check(options(), None).await.unwrap_err().code(), "forbidden:no_access");
    let elsewhere = Options { base: Some("dc=other,dc=example".into()), ..options() };
    assert_eq!(check(elsewhere, Some(login(ANA, PASSWORD))).await, Err(Fault::NotFound));
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_learns_nothing() {
    let server = Slapd::start();
    for scheme in ["ldap", "ldaps"] {
        let options = Options { authority: None, ..server.options(scheme) };
        let ldap = Ldap::new(options, Some(login(ANA, PASSWORD))).unwrap();
        assert_eq!(ldap.check().await.unwrap_err().code(), "forbidden:certificate_not_trusted", "{scheme}");
        // The certificate is of 127.0.0.1, and of no name.
        let mut options = server.options(scheme);
        options.address.set_host(Some("localhost")).unwrap();
        let ldap = Ldap::new(options, Some(login(ANA, PASSWORD))).unwrap();
        assert_eq!(ldap.check().await.unwrap_err().code(), "forbidden:certificate_not_trusted", "{scheme}");
    }
    let plain = Options { plain: true, ..server.options("ldap") };
    let ldap = Ldap::new(plain, Some(login(ANA, PASSWORD))).unwrap();
    assert_eq!(names(&ldap, "85550117").await, ["Ana Mora"], "this machine needs no TLS");
}

#[tokio::test]
async fn a_connection_that_ended_is_made_anew() {
    let mut server = Slapd::start();
    let ldap = server.as_ana("ldaps");
    assert_eq!(names(&ldap, "85550117").await, ["Ana Mora"]);
    server.restart();
    assert_eq!(names(&ldap, "85550117").await, ["Ana Mora"]);
    // Two at once: each has a connection of its own.
    let both = tokio::join!(names(&ldap, "85550117"), names(&ldap, "85550118"));
    assert_eq!(both, (vec!["Ana Mora".to_owned()], vec!["Eva Soto (Ventas)".to_owned()]));
    drop(server);
    let number = PhoneNumber::parse("85550117", "CR").unwrap();
    assert_eq!(ldap.find_by_number(&number).await, Err(Fault::Unreachable));
}

#[tokio::test]
async fn a_server_that_speaks_something_else_is_not_believed() {
    use tokio::io::AsyncWriteExt as _;
    for (answer, told) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], Fault::NotUnderstood),
        // A message of four gigabytes, one that is cut, a notice that the server goes.
        (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], Fault::NotUnderstood),
        (&[0x30, 0x0c, 0x02], Fault::Unreachable),
        (&[0x30, 0x0c, 2, 1, 0, 0x78, 7, 0x0a, 1, 52, 4, 0, 4, 0], Fault::Unreachable),
        // An answer to another question.
        (&[0x30, 0x0c, 2, 1, 9, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0], Fault::NotUnderstood),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
            // Until the other side has gone: an early end could overtake the answer.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        };
        let address = Url::parse(&format!("ldap://127.0.0.1:{port}")).unwrap();
        let options = Options { address, plain: true, base: None, authority: None, country: "CR".into() };
        let ldap = Ldap::new(options, Some(login(ANA, PASSWORD))).unwrap();
        let (told_now, ()) = tokio::join!(ldap.check(), server);
        assert_eq!(told_now, Err(told), "{answer:?}");
    }
}

/// What a server tells, cut behind any of its bytes, is nothing: never half of the people, never a panic. On a connection that
/// was good before the question goes again, on another one.
#[tokio::test]
async fn an_answer_that_is_cut_anywhere_is_none() {
    let server = Slapd::start();
    let number = PhoneNumber::parse("85550117", "CR").unwrap();
    // Under TLS the same bytes are behind thousands of its own.
    for (scheme, step) in [("ldap", 1), ("ldaps", 13)] {
        let mut options = Options { plain: scheme == "ldap", ..server.options(scheme) };
        let relay = Relay::to(options.address.port().unwrap()).await;
        options.address.set_port(Some(relay.port)).unwrap();
        let ldap = Ldap::new(options, Some(login(ANA, PASSWORD))).unwrap();
        let (mut cut, mut bytes, mut whole) = (0, 0, false);
        while !whole {
            relay.cut_next(bytes);
            // Each question opens a connection of its own: one that was cut is not kept.
            let told = ldap.find_by_number(&number).await;
            whole = relay.calm();
            let expected = if whole { Ok(1) } else { Err(Fault::Unreachable) };
            assert_eq!(told.map(|found| found.len()), expected, "{scheme}, after {bytes} bytes");
            cut += u32::from(!whole);
            bytes += step;
        }
        assert!(cut > 60, "{scheme}: {cut} cut");

        let (mut cut, mut bytes, mut whole) = (0, 0, false);
        while !whole {
            relay.cut_last(bytes);
            let told = ldap.find_by_number(&number).await;
            assert_eq!(told.map(|found| found.len()), Ok(1), "{scheme}, after {bytes} bytes more");
            whole = relay.calm();
            cut += u32::from(!whole);
            bytes += step;
        }
        assert!(cut > 10, "{scheme}: {cut} cut");
    }
}
