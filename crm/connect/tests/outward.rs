//! Through the proxies that the system, the settings or a script name, to a server for which an authority of the system's store
//! or of the settings vouches.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests, one of which is told by its child
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crm::connector::{Directory, Fault};
use crm_connect::Secret;
use crm_connect::oauth::{Pages, Provider, SignIn, SignInError, TokenError};
use crm_connect::outward::{self, Login, Options as Outward, Place, Proxies, ScriptError};
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
    /// Whom it lets through; everybody if it is none.
    wants: Arc<Mutex<Option<Login>>>,
}

impl Proxy {
    async fn to(server: SocketAddr) -> Self {
        let wants = Arc::<Mutex<Option<Login>>>::default();
        let knows = Arc::clone(&wants);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let noted = Arc::clone(&noted);
                let wanted = knows.lock().unwrap().clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if stream.read_line(&mut head).await.unwrap() == 0 {
                            return;
                        }
                    }
                    noted.lock().unwrap().push(head.lines().next().unwrap().to_owned());
                    if wanted.is_some_and(|wanted| !says(&head, &wanted)) {
                        let no = "HTTP/1.1 407 Who are you?\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
                        let _ = stream.write_all(no.as_bytes()).await;
                        return;
                    }
                    let mut there = TcpStream::connect(server).await.unwrap();
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut there).await;
                });
            }
        });
        Self { address, asked, wants }
    }

    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn says(head: &str, login: &Login) -> bool {
    let told = STANDARD.encode(format!("{}:{}", login.user, login.password.reveal()));
    head.lines().any(|line| line.eq_ignore_ascii_case(&format!("proxy-authorization: Basic {told}")))
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

fn go_out(proxies: Proxies, login: Option<Login>, authorities: Option<&str>) {
    outward::set(Outward { proxies, login, authorities: authorities.map(str::to_owned) }).unwrap();
}

fn through(proxy: &Proxy) -> Proxies {
    Proxies::Own { address: proxy.address.clone(), exceptions: Vec::new() }
}

fn login(password: &str) -> Login {
    Login { user: "ana".into(), password: Secret::new(password) }
}

async fn asked(address: &str) -> Result<String, Fault> {
    crm_at(address).check().await.map(|identity| identity.user)
}

/// Everything in one test: the way out is one for the whole program.
#[tokio::test]
async fn the_settings_name_a_proxy_which_may_ask_who_we_are_and_whom_to_trust() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let crm = Emulator::start("pipedrive");
    let (server, authority) = covered(&crm).await;
    let proxy = Proxy::to(server).await;
    let secure = format!("https://{HOST}/");
    let ana = || Ok::<_, Fault>("ana@example.com".to_owned());

    go_out(through(&proxy), None, None);
    assert_eq!(asked(&secure).await, Err(Fault::Unreachable), "the system does not know the authority");
    go_out(through(&proxy), None, Some(&authority));
    assert_eq!(asked(&secure).await, ana());
    assert!(proxy.lines().iter().all(|line| line.starts_with(&format!("CONNECT {HOST}:443 "))));

    // Not to the proxy: an exception, no proxy at all, and what is on this machine.
    let exceptions = vec!["*.company.invalid".to_owned()];
    go_out(Proxies::Own { address: proxy.address.clone(), exceptions }, None, Some(&authority));
    assert_eq!(asked(&secure).await, Err(Fault::Unreachable), "no network knows the name");
    go_out(Proxies::None, None, Some(&authority));
    assert_eq!(asked(&secure).await, Err(Fault::Unreachable));
    go_out(through(&proxy), None, None);
    assert_eq!(asked(crm.base.as_str()).await, ana());
    assert_eq!(proxy.lines(), Vec::<String>::new());

    // It asks who we are; whatever is wrong about the answer has no effect, and passes.
    *proxy.wants.lock().unwrap() = Some(login("right"));
    let before = crm.asked("GET").await;
    for wrong in [None, Some(login("wrong"))] {
        go_out(through(&proxy), wrong, Some(&authority));
        let fault = asked(&secure).await.unwrap_err();
        assert_eq!(fault, Fault::ProxySignIn);
        assert!(fault.passes());
        assert_eq!(
            signed_in(&secure).await,
            SignInError::Token(TokenError::ProxySignIn),
            "a sign-in goes the same way"
        );
    }
    assert_eq!(crm.asked("GET").await, before);
    go_out(through(&proxy), Some(login("right")), Some(&authority));
    assert_eq!(asked(&secure).await, ana());
    assert!(!matches!(signed_in(&secure).await, SignInError::Token(TokenError::ProxySignIn | TokenError::Unreached)));
}

/// What becomes of a sign-in whose tokens come from there.
async fn signed_in(server: &str) -> SignInError {
    let server = Url::parse(server).unwrap();
    let provider = Provider {
        authorize: server.join("authorize").unwrap(),
        token: server.join("token").unwrap(),
        revoke: None,
        client_id: "timbre".into(),
        client_secret: None,
        scopes: Vec::new(),
        extra: Vec::new(),
        redirect_path: "/callback".into(),
        redirect_ports: vec![0],
        record_domains: Vec::new(),
        token_hosts: Vec::new(),
    };
    let sign_in = SignIn::begin(provider).await.unwrap();
    let asked = sign_in.url();
    let told = |name: &str| asked.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let mut back = Url::parse(&told("redirect_uri")).unwrap();
    back.query_pairs_mut().append_pair("code", "1").append_pair("state", &told("state"));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let pages = Pages { done: String::new(), refused: String::new() };
    let (outcome, _) = tokio::join!(sign_in.finish(pages, Duration::from_secs(60)), http.get(back).send());
    outcome.unwrap_err()
}

/// A script says where; the first that leads there is taken, and a script that is none leads there without a proxy.
#[tokio::test]
async fn a_script_names_the_proxies_in_their_order() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let crm = Emulator::start("pipedrive");
    let (server, authority) = covered(&crm).await;
    let proxy = Proxy::to(server).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("proxy.pac");
    // Nobody listens at the first: it was another's a moment ago.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let here = proxy.address.port().unwrap();
    let script = format!(
        "function FindProxyForURL(url, host) {{
            if (url !== 'https://{HOST}/' || !dnsDomainIs(host, '.invalid')) return 'DIRECT';
            return 'PROXY {gone}; PROXY 127.0.0.1:{here}; DIRECT';
        }}"
    );
    std::fs::write(&file, &script).unwrap();
    let place = Place::read(file.to_str().unwrap()).unwrap();
    assert_eq!(outward::try_script(&place, None).await, Ok(()));
    go_out(Proxies::Script(place.clone()), None, Some(&authority));
    assert_eq!(asked(&format!("https://{HOST}/")).await.as_deref(), Ok("ana@example.com"));
    assert_eq!(proxy.lines().len(), 1, "once is enough");

    std::fs::write(&file, "<html>Not here</html>").unwrap();
    assert_eq!(outward::try_script(&place, None).await, Err(ScriptError::NoScript));
    go_out(Proxies::Script(place), None, Some(&authority));
    assert_eq!(asked(&format!("https://{HOST}/")).await, Err(Fault::Unreachable));
    assert_eq!(proxy.lines().len(), 0);
    let nobody = Place::read(&format!("http://{gone}/proxy.pac")).unwrap();
    assert_eq!(outward::try_script(&nobody, None).await, Err(ScriptError::NotReached));
}
