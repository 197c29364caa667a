//! The redirect to this machine: a port that is ours alone, one answer with our state, and nobody else's word in the page.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use subtle::ConstantTimeEq;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::SignInError;
use crate::secret::Secret;

/// The most bytes of a request that are read.
const HEAD_MAX: usize = 16 * 1024;
/// How long a visitor may take to say what it wants.
const VISIT_LIMIT: Duration = Duration::from_secs(5);
/// The most visitors at once.
const VISITORS_MAX: usize = 16;

/// What the browser shows afterwards, in the agent's language. Plain text.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The answer came; go back to the program.
    pub done: String,
    /// This visit is none of a sign-in.
    pub refused: String,
}

/// What the vendor said through the browser.
#[derive(Debug)]
pub(crate) enum Said {
    /// The code, and the server that it is good at, where the vendor has several and says which.
    Code {
        /// The code.
        code: Secret,
        /// The address, as the answer has it.
        server: Option<String>,
    },
    /// The vendor's code of a refusal.
    Denied(String),
}

/// The port that waits.
#[derive(Debug)]
pub(crate) struct Callback {
    listeners: Vec<TcpListener>,
    port: u16,
    path: String,
    state: Secret,
}

impl Callback {
    /// Takes the first port that is wholly free, on both families: a browser may go to either for `localhost`.
    pub async fn bind(ports: &[u16], path: &str, state: &str) -> Result<Self, SignInError> {
        for port in ports {
            if let Some(listeners) = both(*port).await {
                let port = listeners[0].local_addr().map_err(|_| SignInError::System)?.port();
                return Ok(Self { listeners, port, path: path.to_owned(), state: Secret::new(state) });
            }
        }
        Err(SignInError::PortTaken)
    }

    /// What the vendor redirects to. `localhost` by name: Salesforce refuses addresses.
    pub fn address(&self) -> String {
        format!("http://localhost:{}{}", self.port, self.path)
    }

    /// The first answer with our state, or none in time; and how many visits were turned away.
    pub async fn wait(self, pages: &Pages, limit: Duration) -> (Option<Said>, u32) {
        let deadline = Instant::now() + limit;
        let mut visits = JoinSet::new();
        let mut strangers = 0;
        loop {
            tokio::select! {
                Ok((stream, _)) = accept(&self.listeners), if visits.len() < VISITORS_MAX => {
                    let visit = Visit { port: self.port, path: self.path.clone(), state: self.state.clone(), pages: pages.clone() };
                    visits.spawn(timeout(VISIT_LIMIT, visit.receive(stream)));
                }
                Some(visit) = visits.join_next() => match visit {
                    Ok(Ok(Some(said))) => return (Some(said), strangers),
                    _ => strangers += 1,
                },
                _ = timeout_at(deadline, std::future::pending::<()>()) => return (None, strangers),
            }
        }
    }
}

/// Listeners of both families on a port, or none if either is taken. A machine without one family does with the other.
async fn both(port: u16) -> Option<Vec<TcpListener>> {
    let first = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.ok()?;
    let port = first.local_addr().ok()?.port();
    match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
        Ok(second) => Some(vec![first, second]),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => None,
        Err(_) => Some(vec![first]),
    }
}

async fn accept(listeners: &[TcpListener]) -> std::io::Result<(TcpStream, SocketAddr)> {
    match listeners {
        [first, second] => tokio::select! { visitor = first.accept() => visitor, visitor = second.accept() => visitor },
        [only] => only.accept().await,
        _ => std::future::pending().await,
    }
}

/// One connection to the port.
struct Visit {
    port: u16,
    path: String,
    state: Secret,
    pages: Pages,
}

impl Visit {
    /// Reads the request and answers it; what it said, if it is the answer to our sign-in.
    async fn receive(self, mut stream: TcpStream) -> Option<Said> {
        let head = read_head(&mut stream).await?;
        let said = self.understand(&head);
        let (status, page) = match &said {
            Some(_) => ("200 OK", &self.pages.done),
            None => ("400 Bad Request", &self.pages.refused),
        };
        let body = format!("<!doctype html><meta charset=\"utf-8\"><title>Timbre</title><p>{}</p>", escaped(page));
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Content-Security-Policy: default-src 'none'\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        // A browser that went away has said what it had to say.
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
        said
    }

    /// A GET of exactly our path, addressed to this machine, with our state and one code or error.
    fn understand(&self, head: &str) -> Option<Said> {
        let mut lines = head.split("\r\n");
        let target = lines.next()?.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1")?;
        let target = Some(target).filter(|target| target.starts_with('/'))?;
        let host = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("host").then(|| value.trim().to_owned())
        })?;
        let url = Url::parse(&format!("http://localhost:{}{target}", self.port)).ok()?;
        if host != format!("localhost:{}", self.port) || url.path() != self.path {
            return None;
        }
        let one = |name: &str| {
            let mut found = url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            found.next().filter(|_| found.next().is_none())
        };
        let state = one("state")?;
        if !bool::from(state.as_bytes().ct_eq(self.state.reveal().as_bytes())) {
            return None;
        }
        match (one("code"), one("error")) {
            (Some(code), None) => Some(Said::Code { code: Secret::new(code), server: one("accounts-server") }),
            (None, Some(error)) => Some(Said::Denied(super::tokens::code_of(&error))),
            _ => None,
        }
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut chunk = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut chunk).await.ok()?;
        if count == 0 || head.len() + count > HEAD_MAX {
            return None;
        }
        head.extend_from_slice(&chunk[..count]);
    }
    String::from_utf8(head).ok()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(head: &str) -> Option<Said> {
        let pages = Pages { done: String::new(), refused: String::new() };
        Visit { port: 1717, path: "/callback".into(), state: Secret::new("st"), pages }.understand(head)
    }

    #[test]
    fn only_the_answer_to_our_sign_in_is_understood() {
        let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: localhost:1717\r\n\r\n");
        assert!(
            matches!(understood(&get("/callback?code=c%2B1&state=st")), Some(Said::Code { code, server: None }) if code.reveal() == "c+1")
        );
        assert!(
            matches!(understood(&get("/callback?error=access_denied&state=st")), Some(Said::Denied(code)) if code == "access_denied")
        );
        for target in [
            "/callback?code=c&state=other",
            "/callback?code=c",
            "/callback?code=c&state=",
            "/callback?code=c&state=st&state=st",
            "/callback?code=c&code=d&state=st",
            "/callback?code=c&error=e&state=st",
            "/callback/?code=c&state=st",
            "/callback/../other?code=c&state=st",
            "/?code=c&state=st",
            "*",
            "@evil.example/callback?code=c&state=st",
        ] {
            assert!(understood(&get(target)).is_none(), "{target}");
        }
        for head in [
            "POST /callback?code=c&state=st HTTP/1.1\r\nHost: localhost:1717\r\n\r\n",
            "GET /callback?code=c&state=st HTTP/1.1\r\nHost: evil.example:1717\r\n\r\n",
            "GET /callback?code=c&state=st HTTP/1.1\r\nHost: localhost:1718\r\n\r\n",
            "GET /callback?code=c&state=st HTTP/1.1\r\n\r\n",
            "GET /callback?code=c&state=st\r\nHost: localhost:1717\r\n\r\n",
        ] {
            assert!(understood(head).is_none(), "{head}");
        }
    }
}
