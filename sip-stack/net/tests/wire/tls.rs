//! TLS: which certificates are taken, and what is said of those that are not. Each case is a handshake over the wire; the
//! server tells with which alert it was left.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{AlertDescription, ServerConfig};
use sip_net::SipNet;
use sip_stack::ua::{AccountConfig, Command, EndCause, Secret, TlsOptions, Transport, UaConfig};
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::names::{LOOPBACK, NameServer, Zone};
use crate::{ACCOUNT, failed, idle, ok, registered};

pub type Authority = CertifiedIssuer<'static, KeyPair>;

pub fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate for a host, by an authority or by itself, and its key.
pub fn certificate(host: &str, issuer: Option<&Authority>, expired: bool) -> (rcgen::Certificate, KeyPair) {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    if expired {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    }
    let key = KeyPair::generate().unwrap();
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    (certificate.unwrap(), key)
}

/// How the one connection that the exchange takes went.
#[derive(Debug, PartialEq)]
enum Met {
    /// Messages were answered until the peer left.
    Served(usize),
    /// The peer left in the handshake.
    Refused(AlertDescription),
    /// It did not prove who it is.
    Unproven,
}

struct Exchange {
    port: u16,
    met: JoinHandle<Met>,
}

pub fn acceptor(shown: (rcgen::Certificate, KeyPair)) -> TlsAcceptor {
    acceptor_of(shown, None)
}

/// Takes only peers with a certificate by this authority, if there is one.
fn acceptor_of((certificate, key): (rcgen::Certificate, KeyPair), wanted: Option<&Authority>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let config = match wanted {
        None => config.with_no_client_auth(),
        Some(authority) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            config.with_client_cert_verifier(verifier)
        }
    };
    let config = config
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn exchange(shown: (rcgen::Certificate, KeyPair)) -> Exchange {
    serve(acceptor(shown)).await
}

async fn serve(acceptor: TlsAcceptor) -> Exchange {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let met = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = match acceptor.accept(stream).await {
            Ok(stream) => stream,
            Err(error) => match error.get_ref().and_then(|e| e.downcast_ref()) {
                Some(rustls::Error::AlertReceived(alert)) => return Met::Refused(*alert),
                _ => return Met::Unproven,
            },
        };
        let (mut buffer, mut served) = ([0; 4096], 0);
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            stream.write_all(&ok(&buffer[..length])).await.unwrap();
            served += 1;
        }
        Met::Served(served)
    });
    Exchange { port, met }
}

fn start(port: Option<u16>, dns: SocketAddr, tls: TlsOptions) -> SipNet {
    let mut config = AccountConfig::new("8330101", "pbx.test", Secret::new("482916"));
    config.transport = Transport::Tls;
    config.port = port;
    config.dns = Some(dns);
    config.tls = tls;
    let net = SipNet::spawn(UaConfig::default()).unwrap();
    net.commands.send(Command::AddAccount { account: ACCOUNT, config: Box::new(config) }).unwrap();
    net.commands.send(Command::Register { account: ACCOUNT }).unwrap();
    net
}

/// The authority as a PEM file, which must outlive the connection.
pub fn trusting(authority: &Authority) -> (NamedTempFile, TlsOptions) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(authority.pem().as_bytes()).unwrap();
    let options = TlsOptions { ca: Some(file.path().to_owned()), ..TlsOptions::default() };
    (file, options)
}

async fn is_refused(shown: (rcgen::Certificate, KeyPair), trusted: &Authority, alert: AlertDescription) {
    let exchange = exchange(shown).await;
    let dns = NameServer::with_loopback("pbx.test").await;
    let (_file, options) = trusting(trusted);
    let mut net = start(Some(exchange.port), dns.address, options);
    assert_eq!(failed(&mut net).await, EndCause::Tls);
    assert_eq!(exchange.met.await.unwrap(), Met::Refused(alert));
}

#[tokio::test]
async fn a_certificate_of_the_domain_by_the_private_authority_is_taken() {
    let authority = authority("own");
    let exchange = exchange(certificate("pbx.test", Some(&authority), false)).await;
    let dns = NameServer::with_loopback("pbx.test").await;
    let (_file, options) = trusting(&authority);
    let mut net = start(Some(exchange.port), dns.address, options);
    registered(&mut net).await;
    idle(&mut net).await;
    drop(net);
    assert_eq!(exchange.met.await.unwrap(), Met::Served(2), "REGISTER and its removal");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = authority("own");
    let shown = certificate("pbx.test", Some(&authority), true);
    is_refused(shown, &authority, AlertDescription::CertificateExpired).await;
}

#[tokio::test]
async fn a_certificate_of_another_host_is_refused() {
    let authority = authority("own");
    let shown = certificate("other.test", Some(&authority), false);
    is_refused(shown, &authority, AlertDescription::BadCertificate).await;
}

#[tokio::test]
async fn a_certificate_by_an_unknown_authority_is_refused() {
    let shown = certificate("pbx.test", Some(&authority("unknown")), false);
    is_refused(shown, &authority("own"), AlertDescription::UnknownCA).await;
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused() {
    let shown = certificate("pbx.test", None, false);
    is_refused(shown, &authority("own"), AlertDescription::UnknownCA).await;
}

/// RFC 5922 §4: the name in the certificate is that of the domain, whatever host SRV leads to.
#[tokio::test]
async fn srv_cannot_lead_to_a_host_with_its_own_name() {
    let authority = authority("own");
    for (host, taken) in [("edge.test", false), ("pbx.test", true)] {
        let exchange = exchange(certificate(host, Some(&authority), false)).await;
        let zone = Zone::default().address("edge.test", Ipv4Addr::LOCALHOST);
        let dns = zone.service("_sips._tcp.pbx.test", 1, exchange.port, "edge.test").serve().await;
        let (_file, options) = trusting(&authority);
        let mut net = start(None, dns.address, options);
        if taken {
            registered(&mut net).await;
        } else {
            assert_eq!(failed(&mut net).await, EndCause::Tls);
            assert_eq!(exchange.met.await.unwrap(), Met::Refused(AlertDescription::BadCertificate));
        }
    }
}

#[tokio::test]
async fn insecure_takes_any_certificate_on_loopback() {
    let exchange = exchange(certificate("whoever.test", None, true)).await;
    let dns = NameServer::with_loopback("pbx.test").await;
    let mut net = start(Some(exchange.port), dns.address, TlsOptions { insecure: true, ..TlsOptions::default() });
    registered(&mut net).await;
}

#[tokio::test]
async fn insecure_is_refused_anywhere_but_on_loopback() {
    // An address of RFC 5737: nothing is sent to it, the account stops before.
    let dns = Zone::default().address("pbx.test", Ipv4Addr::new(192, 0, 2, 1)).serve().await;
    let mut net = start(Some(5061), dns.address, TlsOptions { insecure: true, ..TlsOptions::default() });
    assert_eq!(failed(&mut net).await, EndCause::Tls);
}

/// What an exchange that wants a certificate by `wanted` makes of ours by `ours`, key and certificate in one file or in two.
async fn proven(
    ours: Option<&Authority>,
    wanted: &Authority,
    two_files: bool,
) -> (SipNet, Exchange, Vec<NamedTempFile>) {
    let server = authority("own");
    let exchange = serve(acceptor_of(certificate("pbx.test", Some(&server), false), Some(wanted))).await;
    let dns = NameServer::with_loopback("pbx.test").await;
    let (file, mut options) = trusting(&server);
    let mut files = vec![file];
    if let Some(authority) = ours {
        let (certificate, key) = certificate("agent-7.test", Some(authority), false);
        let [mut first, mut second] = [NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap()];
        first.write_all(certificate.pem().as_bytes()).unwrap();
        if two_files { &mut second } else { &mut first }.write_all(key.serialize_pem().as_bytes()).unwrap();
        options.certificate = Some(first.path().to_owned());
        options.key = two_files.then(|| second.path().to_owned());
        files.extend([first, second]);
    }
    (start(Some(exchange.port), dns.address, options), exchange, files)
}

#[tokio::test]
async fn an_exchange_that_wants_our_certificate_gets_it() {
    let staff = authority("staff");
    for two_files in [true, false] {
        let (mut net, exchange, _files) = proven(Some(&staff), &staff, two_files).await;
        registered(&mut net).await;
        idle(&mut net).await;
        drop(net);
        assert_eq!(exchange.met.await.unwrap(), Met::Served(2));
    }
}

#[tokio::test]
async fn without_the_certificate_that_the_exchange_wants_the_agent_is_told_so() {
    let staff = authority("staff");
    for ours in [None, Some(&authority("another"))] {
        let (mut net, exchange, _files) = proven(ours, &staff, false).await;
        assert_eq!(failed(&mut net).await, EndCause::OwnCertificate);
        assert_eq!(exchange.met.await.unwrap(), Met::Unproven);
    }
}

#[tokio::test]
async fn a_certificate_file_without_a_key_stops_the_account() {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(certificate("agent-7.test", None, false).0.pem().as_bytes()).unwrap();
    let dns = NameServer::with_loopback("pbx.test").await;
    let options = TlsOptions { certificate: Some(file.path().to_owned()), ..TlsOptions::default() };
    let mut net = start(Some(5061), dns.address, options);
    assert_eq!(failed(&mut net).await, EndCause::OwnCertificate);
}

#[tokio::test]
async fn an_authority_file_that_is_none_stops_the_account() {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(b"not a certificate").unwrap();
    let exchange = exchange(certificate("pbx.test", None, false)).await;
    let dns = NameServer::with_loopback("pbx.test").await;
    let options = TlsOptions { ca: Some(file.path().to_owned()), ..TlsOptions::default() };
    let mut net = start(Some(exchange.port), dns.address, options);
    assert_eq!(failed(&mut net).await, EndCause::Tls);
}

#[tokio::test]
async fn a_peer_that_speaks_no_tls() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"SIP/2.0 400 Use plain TCP\r\n\r\n").await.unwrap();
        let mut buffer = [0; 1024];
        while let Ok(1..) = stream.read(&mut buffer).await {}
    });
    let dns = NameServer::with_loopback("pbx.test").await;
    let mut net = start(Some(port), dns.address, TlsOptions::default());
    assert_eq!(failed(&mut net).await, EndCause::Tls);
}
