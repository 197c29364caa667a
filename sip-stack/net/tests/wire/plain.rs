//! UDP and TCP.

use std::net::SocketAddr;

use sip_net::SipNet;
use sip_stack::ua::{AccountConfig, Command, EndCause, Event, Secret, Transport, UaConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

use crate::{ACCOUNT, idle, next, ok, registered};

fn account(transport: Transport, registrar: SocketAddr) -> Command {
    let mut config = AccountConfig::new("8330101", "pbx.test", Secret::new("482916"));
    config.transport = transport;
    config.proxy = Some(format!("sip:{registrar};transport={};lr", transport.uri_token()));
    Command::AddAccount { account: ACCOUNT, config: Box::new(config) }
}

#[tokio::test]
async fn registers_over_udp_and_unregisters_at_the_end() {
    let registrar = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut net = SipNet::spawn(UaConfig::default()).unwrap();
    net.commands.send(account(Transport::Udp, registrar.local_addr().unwrap())).unwrap();
    net.commands.send(Command::Register { account: ACCOUNT }).unwrap();
    let expires = tokio::spawn(async move {
        let mut expires = Vec::new();
        let mut buffer = [0; 4096];
        while expires.len() < 2 {
            let (length, from) = registrar.recv_from(&mut buffer).await.unwrap();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            assert!(text.starts_with("REGISTER sip:pbx.test SIP/2.0\r\n"), "{text}");
            expires.push(text.contains("Expires: 0\r\n") || text.contains("expires=0"));
            registrar.send_to(&ok(&buffer[..length]), from).await.unwrap();
        }
        expires
    });
    registered(&mut net).await;
    idle(&mut net).await;
    assert_eq!(expires.await.unwrap(), [false, true]);
}

#[tokio::test]
async fn registers_over_tcp_and_answers_a_ping() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut net = SipNet::spawn(UaConfig::default()).unwrap();
    net.commands.send(account(Transport::Tcp, listener.local_addr().unwrap())).unwrap();
    net.commands.send(Command::Register { account: ACCOUNT }).unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut buffer = [0; 4096];
    let length = stream.read(&mut buffer).await.unwrap();
    stream.write_all(&ok(&buffer[..length])).await.unwrap();
    registered(&mut net).await;
    stream.write_all(b"\r\n\r\n").await.unwrap();
    let length = stream.read(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..length], b"\r\n");
}

#[tokio::test]
async fn a_refused_connection_is_said_to_be_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let mut net = SipNet::spawn(UaConfig::default()).unwrap();
    net.commands.send(account(Transport::Tcp, nobody)).unwrap();
    net.commands.send(Command::Register { account: ACCOUNT }).unwrap();
    loop {
        if let Event::RegistrationFailed { cause, retry_in, .. } = next(&mut net).await {
            assert_eq!(cause, EndCause::Unreachable);
            assert!(retry_in.is_some());
            return;
        }
    }
}

#[tokio::test]
async fn lost_framing_is_answered_before_the_connection_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut net = SipNet::spawn(UaConfig::default()).unwrap();
    net.commands.send(account(Transport::Tcp, listener.local_addr().unwrap())).unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut buffer = [0; 4096];
    let length = stream.read(&mut buffer).await.unwrap();
    stream.write_all(&ok(&buffer[..length])).await.unwrap();
    registered(&mut net).await;
    let endless = "OPTIONS sip:8330101@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKe\r\n\
        From: <sip:x@pbx.test>;tag=1\r\nTo: <sip:y@pbx.test>\r\nCall-ID: endless\r\nCSeq: 1 OPTIONS\r\n\r\n";
    stream.write_all(endless.as_bytes()).await.unwrap();
    let mut answered = Vec::new();
    stream.read_to_end(&mut answered).await.unwrap();
    let text = String::from_utf8(answered).unwrap();
    assert!(text.starts_with("SIP/2.0 400 ") && text.contains("branch=z9hG4bKe"), "{text}");
    assert_eq!(failed_after(&mut net).await, EndCause::Unreachable);
}

async fn failed_after(net: &mut SipNet) -> EndCause {
    loop {
        if let Event::RegistrationFailed { cause, .. } = next(net).await {
            return cause;
        }
    }
}

/// Addresses of IPv6 stand in brackets in messages and without them elsewhere: as proxy, and as domain.
#[tokio::test]
async fn an_ipv6_literal_is_proxy_or_registrar() {
    for (by_proxy, transport) in [(true, Transport::Udp), (false, Transport::Udp), (true, Transport::Tcp)] {
        let registrar = UdpSocket::bind("[::1]:0").await.unwrap();
        let listener = TcpListener::bind(registrar.local_addr().unwrap()).await.unwrap();
        let port = registrar.local_addr().unwrap().port();
        let mut config =
            AccountConfig::new("8330101", if by_proxy { "pbx.test" } else { "::1" }, Secret::new("482916"));
        config.transport = transport;
        config.port = (!by_proxy).then_some(port);
        config.proxy = by_proxy.then(|| format!("sip:[::1]:{port};transport={};lr", transport.uri_token()));
        let mut net = SipNet::spawn(UaConfig::default()).unwrap();
        net.commands.send(Command::AddAccount { account: ACCOUNT, config: Box::new(config) }).unwrap();
        let mut buffer = [0; 4096];
        let text = if transport == Transport::Udp {
            let (length, from) = registrar.recv_from(&mut buffer).await.unwrap();
            registrar.send_to(&ok(&buffer[..length]), from).await.unwrap();
            String::from_utf8_lossy(&buffer[..length]).into_owned()
        } else {
            let (mut stream, _) = listener.accept().await.unwrap();
            let length = stream.read(&mut buffer).await.unwrap();
            stream.write_all(&ok(&buffer[..length])).await.unwrap();
            registered(&mut net).await;
            String::from_utf8_lossy(&buffer[..length]).into_owned()
        };
        let line = if by_proxy {
            "REGISTER sip:pbx.test SIP/2.0".to_owned()
        } else {
            format!("REGISTER sip:[::1]:{port} SIP/2.0")
        };
        assert!(text.starts_with(&line), "{text}");
        assert!(text.contains(&format!("Via: SIP/2.0/{} [::1]:", transport.via_token())), "{text}");
        assert!(text.contains("@[::1]:"), "the Contact too: {text}");
        if transport == Transport::Udp {
            registered(&mut net).await;
        }
    }
}
