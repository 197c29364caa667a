//! RFC 3263 over the wire: which names are asked, which target is tried, and what a failure is called.

use std::net::{Ipv4Addr, SocketAddr};

use hickory_resolver::proto::rr::RecordType;
use sip_net::SipNet;
use sip_stack::ua::{AccountConfig, Command, EndCause, Event, Secret, Transport, UaConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

use crate::names::{LOOPBACK, NameServer, Zone};
use crate::{ACCOUNT, failed, next, ok, registered};

fn start(transport: Transport, port: Option<u16>, dns: SocketAddr) -> SipNet {
    let mut config = AccountConfig::new("8330101", "pbx.test", Secret::new("482916"));
    config.transport = transport;
    config.port = port;
    config.dns = Some(dns);
    let net = SipNet::spawn(UaConfig::default()).unwrap();
    net.commands.send(Command::AddAccount { account: ACCOUNT, config: Box::new(config) }).unwrap();
    net.commands.send(Command::Register { account: ACCOUNT }).unwrap();
    net
}

/// A registrar that answers everything with 200; its port.
async fn udp_registrar(ip: Ipv4Addr, port: u16) -> u16 {
    let socket = UdpSocket::bind((ip, port)).await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            if length > 4 {
                socket.send_to(&ok(&buffer[..length]), from).await.unwrap();
            }
        }
    });
    port
}

async fn tcp_registrar() -> u16 {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            stream.write_all(&ok(&buffer[..length])).await.unwrap();
        }
    });
    port
}

async fn dead_port() -> u16 {
    TcpListener::bind((LOOPBACK, 0)).await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn srv_names_host_and_port() {
    let port = udp_registrar(Ipv4Addr::LOCALHOST, 0).await;
    let zone = Zone::default().service("_sip._udp.pbx.test", 10, port, "edge.pbx.test");
    let dns = zone.address("edge.pbx.test", Ipv4Addr::LOCALHOST).serve().await;
    let mut net = start(Transport::Udp, None, dns.address);
    registered(&mut net).await;
    assert!(dns.was_asked("edge.pbx.test", RecordType::A));
    assert!(!dns.was_asked("pbx.test", RecordType::A), "SRV decides where there is one");
}

#[tokio::test]
async fn naptr_names_the_service_of_our_transport() {
    let port = udp_registrar(Ipv4Addr::LOCALHOST, 0).await;
    let zone = Zone::default()
        .offer("pbx.test", 10, "SIP+D2T", "_sip._tcp.streams.test")
        .offer("pbx.test", 30, "SIP+D2U", "_sip._udp.spare.test")
        .offer("pbx.test", 20, "sip+d2u", "_sip._udp.farm.test")
        .service("_sip._udp.farm.test", 10, port, "edge.pbx.test")
        .service("_sip._udp.pbx.test", 10, dead_port().await, "edge.pbx.test");
    let dns = zone.address("edge.pbx.test", Ipv4Addr::LOCALHOST).serve().await;
    let mut net = start(Transport::Udp, None, dns.address);
    registered(&mut net).await;
    assert!(dns.was_asked("_sip._udp.farm.test", RecordType::SRV));
    for name in ["_sip._tcp.streams.test", "_sip._udp.spare.test"] {
        assert!(!dns.was_asked(name, RecordType::SRV), "{name}");
    }
}

#[tokio::test]
async fn naptr_that_prefers_the_usual_name_is_obeyed() {
    let port = udp_registrar(Ipv4Addr::LOCALHOST, 0).await;
    let zone = Zone::default()
        .offer("pbx.test", 20, "SIP+D2U", "_sip._udp.spare.test")
        .offer("pbx.test", 10, "SIP+D2U", "_sip._udp.pbx.test")
        .service("_sip._udp.pbx.test", 10, port, "edge.pbx.test");
    let dns = zone.address("edge.pbx.test", Ipv4Addr::LOCALHOST).serve().await;
    let mut net = start(Transport::Udp, None, dns.address);
    registered(&mut net).await;
    assert!(!dns.was_asked("_sip._udp.spare.test", RecordType::SRV));
}

#[tokio::test]
async fn naptr_that_leads_nowhere_leaves_the_usual_name() {
    let port = udp_registrar(Ipv4Addr::LOCALHOST, 0).await;
    let zone = Zone::default().offer("pbx.test", 10, "SIP+D2U", "_sip._udp.gone.test").service(
        "_sip._udp.pbx.test",
        10,
        port,
        "edge.pbx.test",
    );
    let dns = zone.address("edge.pbx.test", Ipv4Addr::LOCALHOST).serve().await;
    let mut net = start(Transport::Udp, None, dns.address);
    registered(&mut net).await;
    assert!(dns.was_asked("_sip._udp.gone.test", RecordType::SRV));
}

#[tokio::test]
async fn the_next_target_is_tried_when_the_first_is_dead_and_the_dead_one_comes_last() {
    let (dead, alive) = (dead_port().await, tcp_registrar().await);
    let zone = Zone::default().address("edge.pbx.test", Ipv4Addr::LOCALHOST);
    let zone = zone.service("_sip._tcp.pbx.test", 10, dead, "edge.pbx.test");
    let dns = zone.service("_sip._tcp.pbx.test", 20, alive, "edge.pbx.test").serve().await;
    let mut net = start(Transport::Tcp, None, dns.address);
    loop {
        match next(&mut net).await {
            Event::Registered { flow, .. } => {
                assert_eq!(flow.remote.port(), alive);
                return;
            }
            Event::RegistrationFailed { cause, reason, .. } => panic!("{cause:?}: {reason}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_named_port_asks_for_addresses_only() {
    let port = udp_registrar(Ipv4Addr::LOCALHOST, 0).await;
    let dns = NameServer::with_loopback("pbx.test").await;
    let mut net = start(Transport::Udp, Some(port), dns.address);
    registered(&mut net).await;
    assert!(!dns.was_asked("_sip._udp.pbx.test", RecordType::SRV));
}

#[tokio::test]
async fn without_srv_the_host_is_taken_at_the_default_port() {
    // An address of its own, since the default port cannot be chosen.
    let ip = Ipv4Addr::new(127, 44, 75, 63);
    udp_registrar(ip, 5060).await;
    let dns = Zone::default().address("pbx.test", ip).serve().await;
    let mut net = start(Transport::Udp, None, dns.address);
    registered(&mut net).await;
    assert!(dns.was_asked("_sip._udp.pbx.test", RecordType::SRV));
}

#[tokio::test]
async fn a_domain_that_does_not_exist() {
    let dns = Zone::default().serve().await;
    let mut net = start(Transport::Udp, None, dns.address);
    assert_eq!(failed(&mut net).await, EndCause::Dns);
    assert!(dns.was_asked("pbx.test", RecordType::A));
}

#[tokio::test]
async fn a_name_server_that_fails() {
    let dns = Zone::broken().serve().await;
    let mut net = start(Transport::Tcp, None, dns.address);
    assert_eq!(failed(&mut net).await, EndCause::Dns);
}
