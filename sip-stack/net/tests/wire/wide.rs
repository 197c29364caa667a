//! Requests that no datagram takes whole, over real sockets: by TCP where the exchange listens, else by UDP.

use std::net::SocketAddr;

use sip_net::SipNet;
use sip_stack::ua::{
    AccountConfig, CodecKind, Command, EndCause, Event, LegId, LocalMedia, Secret, SrtpPolicy, UaConfig,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

use crate::{ACCOUNT, answer, next};

/// An account whose name alone fills a datagram calls somebody.
fn call(exchange: SocketAddr) -> SipNet {
    let mut config = AccountConfig::new("8330101", "pbx.test", Secret::new("482916"));
    config.proxy = Some(format!("sip:{exchange};lr"));
    (config.register, config.display_name) = (false, "a".repeat(1200));
    let net = SipNet::spawn(UaConfig::default()).unwrap();
    net.commands.send(Command::AddAccount { account: ACCOUNT, config: Box::new(config) }).unwrap();
    let media = LocalMedia {
        rtp: "127.0.0.1:4000".parse().unwrap(),
        codecs: vec![CodecKind::Pcma],
        srtp: SrtpPolicy::Off,
        dtls: None,
        ice: None,
        rtcp_mux: false,
        ptime_ms: 20,
    };
    let invite = Command::Invite { leg: LegId(1), account: ACCOUNT, target: "231".to_owned(), media };
    net.commands.send(invite).unwrap();
    net
}

async fn is_busy(mut net: SipNet) {
    loop {
        if let Event::Ended { cause, .. } = next(&mut net).await {
            assert_eq!(cause, EndCause::Busy);
            return;
        }
    }
}

#[tokio::test]
async fn a_large_invite_goes_by_tcp_where_the_exchange_listens() {
    let stream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let exchange = stream.local_addr().unwrap();
    let datagrams = UdpSocket::bind(exchange).await.unwrap();
    let net = call(exchange);
    let (mut stream, _) = stream.accept().await.unwrap();
    let (mut buffer, mut length) = ([0; 8192], 0);
    while !String::from_utf8_lossy(&buffer[..length]).contains("\r\n\r\nv=0") {
        length += stream.read(&mut buffer[length..]).await.unwrap();
    }
    let text = String::from_utf8_lossy(&buffer[..length]);
    assert!(text.starts_with("INVITE sip:231@pbx.test SIP/2.0\r\nVia: SIP/2.0/TCP "), "{text}");
    stream.write_all(&answer(&buffer[..length], "486 Busy Here")).await.unwrap();
    is_busy(net).await;
    assert!(datagrams.try_recv(&mut buffer).is_err(), "nothing came by UDP");
}

#[tokio::test]
async fn a_large_invite_goes_by_udp_where_nobody_listens_for_tcp() {
    let datagrams = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let net = call(datagrams.local_addr().unwrap());
    let mut buffer = [0; 8192];
    let (length, from) = datagrams.recv_from(&mut buffer).await.unwrap();
    let text = String::from_utf8_lossy(&buffer[..length]);
    assert!(text.starts_with("INVITE sip:231@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP "), "{text}");
    datagrams.send_to(&answer(&buffer[..length], "486 Busy Here"), from).await.unwrap();
    is_busy(net).await;
}
