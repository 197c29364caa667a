//! Through the proxy that the system names, to a server for which an authority of the system's store vouches.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests, one of which is told by its child
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crm::connector::Directory;
use crm_connect::Secret;
use crm_connect::rest::{Credentials, Description, Options, Rest, SHIPPED};
use emulated::Emulator;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// A name that no network knows: whoever reaches it went through the proxy.
const HOST: &str = "crm.company.invalid";
/// The address of a child's CRM, which goes out as its environment says.
const CHILD: &str = "OUTWARD_TEST_CHILD";

/// TLS in front of the CRM; its authority in PEM.
async fn covered(crm: &Emulator) -> (SocketAddr, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![HOST.into()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let port = crm.base.port().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Whoever does not trust it goes away.
                let Ok(mut covered) = acceptor.accept(stream).await else { return };
                let mut crm = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let _ = copy_bidirectional(&mut covered, &mut crm).await;
            });
        }
    });
    (address, authority.pem())
}

/// A proxy that leads everywhere to one server, and notes where it was asked to go.
struct Proxy {
    address: Url,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let noted = Arc::clone(&noted);
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if stream.read_line(&mut head).await.unwrap() == 0 {
                            return;
                        }
                    }
                    noted.lock().unwrap().push(head.lines().next().unwrap().to_owned());
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                    let mut there = TcpStream::connect(server).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut there).await;
                });
            }
        });
        Self { address, asked }
    }
}

fn crm_at(address: &str) -> Rest {
    let file = SHIPPED.iter().find(|(name, _)| *name == "pipedrive").unwrap().1;
    let address = Some(Url::parse(address).unwrap());
    let options = Options { address, settings: [].into(), country: "CR".into() };
    let key = Credentials::Key(Secret::new("0123456789abcdef"));
    Rest::new(Description::read(file).unwrap(), &options, key).unwrap()
}

/// A child of its own, because the environment is one for the whole program.
#[tokio::test]
async fn the_systems_proxy_is_gone_through_and_its_authorities_are_trusted() {
    if let Some(address) = std::env::var_os(CHILD) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        println!("told: {:?}", crm_at(address.to_str().unwrap()).check().await.map(|identity| identity.user));
        return;
    }
    let crm = Emulator::start("pipedrive");
    let (server, authority) = covered(&crm).await;
    let proxy = Proxy::to(server).await;
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("ca.pem");
    std::fs::write(&trusted, authority).unwrap();
    let strange = folder.path().join("nobody.pem");
    std::fs::write(&strange, covered(&crm).await.1).unwrap();
    for (excepted, store, told, asked) in [
        ("", &trusted, "told: Ok(\"ana@example.com\")", true),
        (HOST, &trusted, "told: Err(Unreachable)", false),
        ("", &strange, "told: Err(Unreachable)", true),
    ] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "--nocapture", "the_systems_proxy_is_gone_through_and_its_authorities_are_trusted"]);
        child.env(CHILD, format!("https://{HOST}/")).env("SSL_CERT_FILE", store);
        child.env("HTTPS_PROXY", proxy.address.as_str()).env("NO_PROXY", excepted);
        let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains(told), "{said}");
        let lines = std::mem::take(&mut *proxy.asked.lock().unwrap());
        assert_eq!(!lines.is_empty(), asked, "{lines:?}");
        assert!(lines.iter().all(|line| line.starts_with(&format!("CONNECT {HOST}:443 "))), "{lines:?}");
    }
    assert_eq!(crm.asked("GET").await, 1, "whom nobody vouches for learns nothing");
}
