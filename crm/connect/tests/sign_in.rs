//! Signing in and staying signed in, against an authorization server on loopback.
#![allow(clippy::unwrap_used)] // tests

mod authority;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use authority::{Authority, Fault};
use crm_connect::Secret;
use crm_connect::oauth::{
    Pages, Provider, Session, SessionError, SignIn, SignInError, SignedIn, TokenError, Vault, VaultError,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::Url;

/// Long enough for any machine; nothing waits for it to pass.
const LIMIT: Duration = Duration::from_secs(60);

fn provider(authority: &Authority) -> Provider {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Provider {
        authorize: authority.base.join("authorize").unwrap(),
        token: authority.base.join("token").unwrap(),
        revoke: None,
        client_id: "timbre".into(),
        client_secret: None,
        scopes: vec!["api".into(), "refresh_token".into()],
        extra: vec![("prompt".into(), "consent".into())],
        redirect_path: "/callback".into(),
        redirect_ports: vec![0],
        record_domains: vec!["localhost".into(), "example.com".into()],
        token_hosts: Vec::new(),
    }
}

fn pages() -> Pages {
    Pages { done: "Listo <1>".into(), refused: "No".into() }
}

/// A browser without a memory: goes where it is sent once, and shows what it gets.
async fn visit(url: &Url) -> String {
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let target = &url[url::Position::BeforePath..];
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Where the vendor's page sends the browser back to.
async fn agreed(url: &Url) -> Url {
    let answer = visit(url).await;
    Url::parse(answer.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap()).unwrap()
}

async fn signed_in(provider: Provider) -> Result<SignedIn, SignInError> {
    let sign_in = SignIn::begin(provider).await?;
    let back = agreed(&sign_in.url()).await;
    let (outcome, page) = tokio::join!(sign_in.finish(pages(), LIMIT), visit(&back));
    assert!(page.contains("Listo &lt;1&gt;") || outcome.is_err(), "{page}");
    outcome
}

/// A vault that tells what it was given, and refuses on demand.
#[derive(Default)]
struct Shelf {
    kept: Mutex<Option<String>>,
    refuses: Mutex<bool>,
}

impl Vault for Shelf {
    fn read(&self) -> Result<Option<Secret>, VaultError> {
        Ok(self.kept.lock().unwrap().clone().map(Secret::new))
    }

    fn keep(&self, token: &Secret) -> Result<(), VaultError> {
        if *self.refuses.lock().unwrap() {
            return Err(VaultError);
        }
        *self.kept.lock().unwrap() = Some(token.reveal().to_owned());
        Ok(())
    }
}

async fn session(authority: &Authority) -> (Session, Arc<Shelf>) {
    let shelf = Arc::new(Shelf::default());
    let tokens = signed_in(provider(authority)).await.unwrap().tokens;
    let session = Session::begin(provider(authority), Arc::clone(&shelf) as _, tokens).await.unwrap();
    (session, shelf)
}

#[tokio::test]
async fn a_browser_signs_in_and_the_token_is_let_in() {
    let authority = Authority::start().await;
    authority.with(|books| books.instance_url = Some("https://org.my.example.com".into()));
    let signed = signed_in(provider(&authority)).await.unwrap();
    assert!(authority.lets_in(signed.tokens.access.secret().reveal()));
    assert_eq!(signed.tokens.access.records().unwrap().as_str(), "https://org.my.example.com/");
    assert_eq!(signed.strangers, 0);
    assert!(!format!("{signed:?}").contains("access-"), "tokens are never printed");
}

#[tokio::test]
async fn a_vendor_that_names_a_foreign_address_is_refused() {
    let authority = Authority::start().await;
    authority.with(|books| books.instance_url = Some("https://example.com.evil.net".into()));
    assert_eq!(signed_in(provider(&authority)).await.unwrap_err(), SignInError::Token(TokenError::ForeignAddress));
}

#[tokio::test]
async fn a_person_who_says_no_is_understood() {
    let authority = Authority::start().await;
    let wishes = Provider { scopes: vec!["forbidden".into()], ..provider(&authority) };
    assert_eq!(signed_in(wishes).await.unwrap_err(), SignInError::Denied("access_denied".into()));
    let stranger = Provider { client_secret: None, ..provider(&authority) };
    assert!(signed_in(stranger).await.is_ok());
}

#[tokio::test]
async fn hostile_visits_are_turned_away_and_counted_and_the_sign_in_goes_on() {
    let authority = Authority::start().await;
    let sign_in = SignIn::begin(provider(&authority)).await.unwrap();
    let back = agreed(&sign_in.url()).await;
    let hostile = async {
        let mut foreign = back.clone();
        foreign.set_query(Some("code=stolen&state=guess"));
        assert!(visit(&foreign).await.starts_with("HTTP/1.1 400"));
        let mut elsewhere = back.clone();
        elsewhere.set_path("/other");
        let refused = visit(&elsewhere).await;
        assert!(refused.starts_with("HTTP/1.1 400") && !refused.contains("code"), "nothing is echoed: {refused}");
        // A page that posts to the port, even with the right state.
        let mut stream = TcpStream::connect(("localhost", back.port().unwrap())).await.unwrap();
        let post = format!("POST {} HTTP/1.1\r\nHost: localhost\r\n\r\n", &back[url::Position::BeforePath..]);
        stream.write_all(post.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        visit(&back).await
    };
    let (outcome, page) = tokio::join!(sign_in.finish(pages(), LIMIT), hostile);
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("default-src 'none'"), "{page}");
    assert_eq!(outcome.unwrap().strangers, 3);
    // The answer is good once: the port is closed.
    assert!(TcpStream::connect(("127.0.0.1", back.port().unwrap())).await.is_err());
}

#[tokio::test]
async fn a_port_that_another_program_holds_is_told_before_the_browser_opens() {
    let authority = Authority::start().await;
    let squatter = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = squatter.local_addr().unwrap().port();
    let only = Provider { redirect_ports: vec![port], ..provider(&authority) };
    assert_eq!(SignIn::begin(only.clone()).await.unwrap_err(), SignInError::PortTaken);
    let second = Provider { redirect_ports: vec![port, 0], ..only };
    let url = SignIn::begin(second).await.unwrap().url();
    assert!(!url.query().unwrap().contains(&port.to_string()), "the next port is taken: {url}");
}

#[tokio::test]
async fn nobody_comes_back() {
    let authority = Authority::start().await;
    let sign_in = SignIn::begin(provider(&authority)).await.unwrap();
    let outcome = sign_in.finish(pages(), Duration::ZERO).await;
    assert_eq!(outcome.unwrap_err(), SignInError::TimedOut { strangers: 0 });
}

#[tokio::test]
async fn a_code_is_bound_to_the_one_who_asked() {
    let authority = Authority::start().await;
    let (first, second) = (provider(&authority), provider(&authority));
    let (first, second) = (SignIn::begin(first).await.unwrap(), SignIn::begin(second).await.unwrap());
    // The code of the first, brought to the second with the second's state: the verifier does not fit.
    let stolen = agreed(&first.url()).await;
    let mut back = agreed(&second.url()).await;
    let code = stolen.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    back.query_pairs_mut().clear().append_pair("state", &state).append_pair("code", &code);
    let (outcome, _) = tokio::join!(second.finish(pages(), LIMIT), visit(&back));
    assert_eq!(outcome.unwrap_err(), SignInError::Token(TokenError::SignInAgain));
}

#[tokio::test]
async fn twenty_who_are_refused_make_one_renewal() {
    let authority = Authority::start().await;
    let (session, shelf) = session(&authority).await;
    let old = session.access().await.unwrap();
    authority.end_access();
    let asked: Vec<_> = (0..20)
        .map(|_| {
            let (session, old) = (session.clone(), old.clone());
            tokio::spawn(async move { session.instead_of(&old).await.unwrap().secret().reveal().to_owned() })
        })
        .collect();
    let mut tokens = Vec::new();
    for one in asked {
        tokens.push(one.await.unwrap());
    }
    tokens.dedup();
    assert_eq!((tokens.len(), authority.with(|books| books.renewals)), (1, 1));
    assert!(authority.lets_in(&tokens[0]));
    assert!(shelf.kept.lock().unwrap().as_ref().unwrap().starts_with("refresh-"));
}

#[tokio::test]
async fn a_token_that_ends_soon_is_renewed_before_it_is_used() {
    let authority = Authority::start().await;
    authority.with(|books| books.lifetime = Some(30));
    let (session, _) = session(&authority).await;
    authority.with(|books| books.lifetime = Some(3600));
    session.access().await.unwrap();
    session.access().await.unwrap();
    assert_eq!(authority.with(|books| books.renewals), 1);
}

#[tokio::test]
async fn whoever_stops_waiting_does_not_lose_the_new_refresh_token() {
    let authority = Authority::start().await;
    let (session, shelf) = session(&authority).await;
    let old = session.access().await.unwrap();
    let before = shelf.kept.lock().unwrap().clone();
    let gate = Arc::new(Notify::new());
    authority.with(|books| books.gate = Some(Arc::clone(&gate)));
    let waiting = tokio::spawn({
        let (session, old) = (session.clone(), old.clone());
        async move { session.instead_of(&old).await }
    });
    // The server has rotated and its answer is on the way when the caller gives up.
    while authority.with(|books| books.renewals) == 0 {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    gate.notify_one();
    authority.with(|books| books.gate = None);
    let new = session.instead_of(&old).await.unwrap();
    assert!(authority.lets_in(new.secret().reveal()));
    assert_ne!(*shelf.kept.lock().unwrap(), before);
    assert_eq!(authority.with(|books| books.renewals), 1, "nobody asked twice");
}

#[tokio::test]
async fn a_vault_that_refuses_keeps_nobody_from_going_on_later() {
    let authority = Authority::start().await;
    let (session, shelf) = session(&authority).await;
    let old = session.access().await.unwrap();
    *shelf.refuses.lock().unwrap() = true;
    assert_eq!(session.instead_of(&old).await.unwrap_err(), SessionError::Vault(VaultError));
    *shelf.refuses.lock().unwrap() = false;
    // The token that could not be kept is the only good one: it is used now, and the spent one is not.
    let new = session.instead_of(&old).await.unwrap();
    assert!(authority.lets_in(new.secret().reveal()));
}

#[tokio::test]
async fn faults_are_told_apart() {
    let authority = Authority::start().await;
    let (session, _) = session(&authority).await;
    let old = session.access().await.unwrap();
    authority.with(|books| books.fault = Some(Fault::Busy));
    let busy = SessionError::Token(TokenError::Busy { after: Some(Duration::from_secs(7)) });
    assert_eq!(session.instead_of(&old).await.unwrap_err(), busy);
    session.instead_of(&old).await.unwrap();
    authority.revoke();
    let used = session.access().await.unwrap();
    assert_eq!(session.instead_of(&used).await.unwrap_err(), SessionError::SignIn);
    let gone = Provider { token: Url::parse("http://127.0.0.1:1/token").unwrap(), ..provider(&authority) };
    let shelf = Arc::new(Shelf { kept: Mutex::new(Some("x".into())), refuses: Mutex::new(false) });
    let unreached = Session::resume(gone, shelf).unwrap().access().await.unwrap_err();
    assert_eq!(unreached, SessionError::Token(TokenError::Unreached));
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_vendor_rotated_asks_the_person() {
    let authority = Authority::start().await;
    let (session, _) = session(&authority).await;
    let old = session.access().await.unwrap();
    authority.with(|books| books.fault = Some(Fault::LostAnswer));
    assert_eq!(session.instead_of(&old).await.unwrap_err(), SessionError::Token(TokenError::Unreached));
    // Only the vendor has the new token: there is no way but a new sign-in, and that is said.
    assert_eq!(session.instead_of(&old).await.unwrap_err(), SessionError::SignIn);
}

#[tokio::test]
async fn a_session_begins_again_from_the_vault_after_a_restart() {
    let authority = Authority::start().await;
    let (first, shelf) = session(&authority).await;
    drop(first);
    let again = Session::resume(provider(&authority), shelf).unwrap();
    let token = again.access().await.unwrap();
    assert!(authority.lets_in(token.secret().reveal()));
    let empty = Session::resume(provider(&authority), Arc::new(Shelf::default())).unwrap();
    assert_eq!(empty.access().await.unwrap_err(), SessionError::SignIn);
}

/// Sends a request as it stands to the port of a redirect.
async fn knock(port: u16, head: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_hostile_page_learns_nothing_from_the_port_and_says_nothing_to_it() {
    let authority = Authority::start().await;
    let sign_in = SignIn::begin(provider(&authority)).await.unwrap();
    let back = agreed(&sign_in.url()).await;
    let (port, target) = (back.port().unwrap(), back[url::Position::BeforePath..].to_owned());
    let guess = "/callback?code=stolen&state=guess";
    let origin = "Origin: https://evil.example\r\n";
    let hostile = async {
        for (what, head) in [
            (
                "a question first",
                format!(
                    "OPTIONS {guess} HTTP/1.1\r\nHost: localhost:{port}\r\n{origin}Access-Control-Request-Method: GET\r\n\r\n"
                ),
            ),
            ("a fetch", format!("GET {guess} HTTP/1.1\r\nHost: localhost:{port}\r\n{origin}\r\n")),
            ("a form", format!("POST {guess} HTTP/1.1\r\nHost: localhost:{port}\r\n{origin}Content-Length: 0\r\n\r\n")),
            (
                "a name of its own for this machine",
                format!("GET {target} HTTP/1.1\r\nHost: rebound.evil.example:{port}\r\n\r\n"),
            ),
            ("another port", format!("GET {target} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", port ^ 1)),
            ("another path", format!("GET /{target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")),
        ] {
            let answer = knock(port, &head).await;
            assert!(answer.starts_with("HTTP/1.1 400"), "{what}: {answer}");
            for told in ["access-control", "stolen", "guess", "evil"] {
                assert!(!answer.to_ascii_lowercase().contains(told), "{what}: {answer}");
            }
        }
        visit(&back).await
    };
    let (outcome, page) = tokio::join!(sign_in.finish(pages(), LIMIT), hostile);
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert_eq!(outcome.unwrap().strangers, 6, "each of them is counted, and told");
}

#[tokio::test]
async fn an_answer_that_was_used_is_good_for_nothing_afterwards() {
    let authority = Authority::start().await;
    let first = SignIn::begin(provider(&authority)).await.unwrap();
    let used = agreed(&first.url()).await;
    let (outcome, _) = tokio::join!(first.finish(pages(), LIMIT), visit(&used));
    outcome.unwrap();
    // The same port by chance, and the address from the browser's history.
    let second = SignIn::begin(provider(&authority)).await.unwrap();
    let back = agreed(&second.url()).await;
    let mut replayed = used.clone();
    replayed.set_port(back.port()).unwrap();
    let again = async {
        assert!(visit(&replayed).await.starts_with("HTTP/1.1 400"));
        // With the new state the vendor still knows that the code was used.
        let code = used.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let mut mixed = back.clone();
        mixed.query_pairs_mut().clear().append_pair("state", &state).append_pair("code", &code);
        visit(&mixed).await
    };
    let (outcome, _) = tokio::join!(second.finish(pages(), LIMIT), again);
    assert_eq!(outcome.unwrap_err(), SignInError::Token(TokenError::SignInAgain));
}

#[tokio::test]
async fn nobody_else_gets_the_port_while_the_browser_is_open() {
    let authority = Authority::start().await;
    // Squatted on the other family alone: a browser may go there for `localhost`.
    if let Ok(squatter) = TcpListener::bind("[::1]:0").await {
        let port = squatter.local_addr().unwrap().port();
        let only = Provider { redirect_ports: vec![port], ..provider(&authority) };
        assert_eq!(SignIn::begin(only).await.unwrap_err(), SignInError::PortTaken);
    }
    let sign_in = SignIn::begin(provider(&authority)).await.unwrap();
    let back = agreed(&sign_in.url()).await;
    let port = back.port().unwrap();
    assert!(TcpListener::bind(("127.0.0.1", port)).await.is_err(), "the port is ours");
    if TcpListener::bind("[::1]:0").await.is_ok() {
        assert!(TcpListener::bind(("::1", port)).await.is_err(), "on both families");
    }
    let taken = Provider { redirect_ports: vec![port], ..provider(&authority) };
    assert_eq!(SignIn::begin(taken).await.unwrap_err(), SignInError::PortTaken);
}

#[tokio::test]
async fn zoho_may_not_send_us_to_records_of_others() {
    let authority = Authority::start().await;
    let zoho = crm_connect::zoho::provider(&authority.base, "timbre", &[0]).unwrap();
    for foreign in [
        "https://www.zohoapis.com.evil.example",
        "https://evilzohoapis.com",
        "http://www.zohoapis.com",
        "https://www.zohoapis.com@evil.example",
    ] {
        authority.with(|books| books.api_domain = Some(foreign.into()));
        let provider = Provider { record_domains: zoho.record_domains.clone(), ..provider(&authority) };
        let refused = signed_in(provider).await.unwrap_err();
        assert_eq!(refused, SignInError::Token(TokenError::ForeignAddress), "{foreign}");
    }
    authority.with(|books| books.api_domain = Some("https://www.zohoapis.eu".into()));
    let provider = Provider { record_domains: zoho.record_domains, ..provider(&authority) };
    let signed = signed_in(provider).await.unwrap();
    assert_eq!(signed.tokens.access.records().unwrap().as_str(), "https://www.zohoapis.eu/");
}
