//! WebSockets (RFC 7118): a registrar behind a web server of a few lines.

use futures_util::{SinkExt as _, StreamExt as _};
use sip_net::SipNet;
use sip_stack::ua::{AccountConfig, Command, EndCause, Secret, TlsOptions, Transport, UaConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::names::{LOOPBACK, NameServer};
use crate::tls::{acceptor, authority, certificate, trusting};
use crate::{ACCOUNT, failed, idle, ok, registered};

/// Answers every message until the client says that it closes; returns what was asked for, and all messages.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin) -> (String, Vec<String>) {
    let mut asked = String::new();
    #[expect(clippy::result_large_err, reason = "the library has it so")]
    let note = |request: &Request, mut response: Response| {
        asked = request.uri().to_string();
        assert_eq!(request.headers()["sec-websocket-protocol"], "sip");
        response.headers_mut().insert("sec-websocket-protocol", "sip".parse().unwrap());
        Ok(response)
    };
    let mut socket = accept_hdr_async(stream, note).await.unwrap();
    let mut messages = Vec::new();
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => {
                socket.send(Message::binary(ok(text.as_bytes()))).await.unwrap();
                messages.push(text.to_string());
            }
            Message::Close(_) => return (asked, messages),
            other => panic!("{other:?}"),
        }
    }
}

fn start(transport: Transport, url: String, dns: Option<std::net::SocketAddr>, tls: TlsOptions) -> SipNet {
    let mut config = AccountConfig::new("8330101", "pbx.test", Secret::new("482916"));
    (config.transport, config.proxy, config.dns, config.tls) = (transport, Some(url), dns, tls);
    let net = SipNet::spawn(UaConfig::default()).unwrap();
    net.commands.send(Command::AddAccount { account: ACCOUNT, config: Box::new(config) }).unwrap();
    net
}

/// A web server with this certificate; how its one client fared.
async fn secure(shown: (rcgen::Certificate, rcgen::KeyPair)) -> (u16, JoinHandle<Option<(String, Vec<String>)>>) {
    let acceptor = acceptor(shown);
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let met = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        Some(serve(acceptor.accept(stream).await.ok()?).await)
    });
    (port, met)
}

#[tokio::test]
async fn registers_over_a_websocket_and_says_goodbye() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let url = format!("ws://{}/sip?x=1", listener.local_addr().unwrap());
    let served = tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
    let mut net = start(Transport::Ws, url, None, TlsOptions::default());
    registered(&mut net).await;
    idle(&mut net).await;
    net.commands.send(Command::RemoveAccount { account: ACCOUNT }).unwrap();
    let (asked, messages) = served.await.unwrap();
    assert_eq!(asked, "/sip?x=1");
    assert_eq!(messages.len(), 2, "REGISTER and its removal, a frame each");
    for message in messages {
        assert!(message.starts_with("REGISTER sip:pbx.test SIP/2.0\r\n"), "{message}");
        let line = |name: &str| message.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        assert!(
            line("Via: ").starts_with("Via: SIP/2.0/WS ") && line("Via: ").contains(".invalid;branch="),
            "{message}"
        );
        assert!(line("Contact: ").contains(".invalid;transport=ws>"), "{message}");
        assert!(!message.contains("127.0.0.1"), "nothing of our address\n{message}");
    }
}

#[tokio::test]
async fn a_websocket_over_tls_by_the_private_authority_is_taken() {
    let authority = authority("own");
    let (port, met) = secure(certificate("web.test", Some(&authority), false)).await;
    let dns = NameServer::with_loopback("web.test").await;
    let (_file, options) = trusting(&authority);
    let mut net = start(Transport::Wss, format!("wss://web.test:{port}/ws"), Some(dns.address), options);
    registered(&mut net).await;
    idle(&mut net).await;
    net.commands.send(Command::RemoveAccount { account: ACCOUNT }).unwrap();
    let (asked, messages) = met.await.unwrap().unwrap();
    assert_eq!((asked.as_str(), messages.len()), ("/ws", 2));
    assert!(messages[0].contains("\r\nVia: SIP/2.0/WSS ") && messages[0].contains(".invalid;transport=ws>"));
}

#[tokio::test]
async fn the_certificate_of_a_websocket_bears_the_name_of_its_url() {
    let own = authority("own");
    for (name, issuer) in [("pbx.test", &own), ("web.test", &authority("unknown"))] {
        let (port, met) = secure(certificate(name, Some(issuer), false)).await;
        let dns = NameServer::with_loopback("web.test").await;
        let (_file, options) = trusting(&own);
        let mut net = start(Transport::Wss, format!("wss://web.test:{port}/ws"), Some(dns.address), options);
        assert_eq!(failed(&mut net).await, EndCause::Tls, "{name}");
        assert_eq!(met.await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_url_of_the_other_transport_is_refused_before_anything_is_sent() {
    for (transport, url) in [(Transport::Wss, "ws://127.0.0.1:9/ws"), (Transport::Udp, "wss://127.0.0.1:9/ws")] {
        let mut net = start(transport, url.to_owned(), None, TlsOptions::default());
        assert_eq!(failed(&mut net).await, EndCause::Dns, "{url}");
    }
}
