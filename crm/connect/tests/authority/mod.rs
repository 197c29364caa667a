//! An authorization server on loopback that keeps its promises: PKCE, codes that are good once, tokens that end, refresh
//! tokens that rotate (an old one that comes back ends the whole grant, RFC 9700 §4.14.2), and faults on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::Url;

/// What goes wrong with the next token request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 503 with `Retry-After: 7`; nothing happened.
    Busy,
    /// The server does what it is asked, and the answer never comes.
    LostAnswer,
}

#[derive(Default)]
pub struct Books {
    codes: BTreeMap<String, (String, String)>,
    /// The refresh token that is good.
    current: Option<String>,
    spent: BTreeSet<String>,
    access: BTreeSet<String>,
    issued: u32,
    pub renewals: u32,
    pub fault: Option<Fault>,
    /// Seconds that access tokens live; none is not told.
    pub lifetime: Option<u64>,
    pub instance_url: Option<String>,
    /// Zoho's word for the same.
    pub api_domain: Option<String>,
    /// Renewals wait for this before they are answered.
    pub gate: Option<Arc<Notify>>,
}

pub struct Authority {
    pub base: Url,
    pub books: Arc<Mutex<Books>>,
}

impl Authority {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port())).unwrap();
        let books = Arc::new(Mutex::new(Books { lifetime: Some(3600), ..Books::default() }));
        let shared = Arc::clone(&books);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { base, books }
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        look(&mut self.books.lock().unwrap())
    }

    /// Whether a request with this token would be let in.
    pub fn lets_in(&self, token: &str) -> bool {
        self.with(|books| books.access.contains(token))
    }

    /// All access tokens end now.
    pub fn end_access(&self) {
        self.with(|books| books.access.clear());
    }

    /// The grant is taken back, as by an administrator.
    pub fn revoke(&self) {
        self.with(|books| {
            books.current = None;
            books.access.clear();
        });
    }
}

async fn serve(mut stream: TcpStream, books: Arc<Mutex<Books>>) -> Option<()> {
    let (head, body) = read(&mut stream).await?;
    let target = head.split(' ').nth(1)?.to_owned();
    let url = Url::parse(&format!("http://here{target}")).ok()?;
    let fault = if url.path() == "/token" { books.lock().unwrap().fault.take() } else { None };
    let gate = books.lock().unwrap().gate.clone().filter(|_| body.contains("grant_type=refresh_token"));
    let answer = match (url.path(), fault) {
        (_, Some(Fault::Busy)) => {
            "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".into()
        }
        ("/authorize", _) => authorize(&mut books.lock().unwrap(), &url),
        ("/token", _) => token(&mut books.lock().unwrap(), &body),
        _ => json(404, "{}"),
    };
    if let Some(gate) = gate {
        gate.notified().await;
    }
    if fault != Some(Fault::LostAnswer) {
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
    stream.shutdown().await.ok()
}

async fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut all = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).await.ok()?;
        all.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&all).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if count == 0 {
            return None;
        }
    }
}

fn pairs(query: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn authorize(books: &mut Books, url: &Url) -> String {
    let asked = pairs(url.query().unwrap_or_default());
    let redirect = &asked["redirect_uri"];
    let right = asked["response_type"] == "code"
        && asked["code_challenge_method"] == "S256"
        && asked["client_id"] == "timbre"
        && redirect.starts_with("http://localhost:");
    if !right {
        return json(400, r#"{"error":"invalid_request"}"#);
    }
    let mut back = Url::parse(redirect).unwrap();
    back.query_pairs_mut().append_pair("state", &asked["state"]);
    if asked.get("scope").is_some_and(|scope| scope.contains("forbidden")) {
        back.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        books.issued += 1;
        let code = format!("code+{}", books.issued);
        books.codes.insert(code.clone(), (asked["code_challenge"].clone(), redirect.clone()));
        back.query_pairs_mut().append_pair("code", &code);
    }
    format!("HTTP/1.1 302 Found\r\nLocation: {back}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn token(books: &mut Books, body: &str) -> String {
    let asked = pairs(body);
    let grant = json(400, r#"{"error":"invalid_grant","error_description":"no"}"#);
    if asked.get("client_id").map(String::as_str) != Some("timbre") {
        return json(401, r#"{"error":"invalid_client"}"#);
    }
    match asked.get("grant_type").map(String::as_str) {
        Some("authorization_code") => {
            let Some((challenge, redirect)) = books.codes.remove(&asked["code"]) else { return grant };
            let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&asked["code_verifier"]));
            if proof == challenge && redirect == asked["redirect_uri"] { issue(books) } else { grant }
        }
        Some("refresh_token") => {
            books.renewals += 1;
            let token = &asked["refresh_token"];
            if books.spent.contains(token) {
                books.current = None;
                books.access.clear();
            }
            if books.current.as_ref() != Some(token) {
                return grant;
            }
            books.spent.insert(token.clone());
            issue(books)
        }
        _ => json(400, r#"{"error":"unsupported_grant_type"}"#),
    }
}

fn issue(books: &mut Books) -> String {
    books.issued += 1;
    let (access, refresh) = (format!("access-{}", books.issued), format!("refresh-{}", books.issued));
    books.access.insert(access.clone());
    books.current = Some(refresh.clone());
    let mut given = serde_json::json!({"access_token": access, "refresh_token": refresh, "token_type": "Bearer"});
    if let Some(lifetime) = books.lifetime {
        given["expires_in"] = lifetime.into();
    }
    if let Some(url) = &books.instance_url {
        given["instance_url"] = url.as_str().into();
    }
    if let Some(url) = &books.api_domain {
        given["api_domain"] = url.as_str().into();
    }
    json(200, &given.to_string())
}

fn json(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
