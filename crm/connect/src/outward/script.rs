//! A company's proxy script («PAC»): where it lies, when it is read again, and what it said about a server.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex as Cache;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::sync::Mutex;
use url::Url;

use super::engine::Engine;

/// The largest script that is read, as Chromium has it (`net/proxy_resolution/pac_file_fetcher_impl.cc`).
const SCRIPT_MAX: usize = 1024 * 1024;
/// So long a script is not read again.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// So long one that could not be read is not tried again.
const MISSING: Duration = Duration::from_secs(60);
/// So long an answer about a server holds: scripts may look at the clock.
const ANSWER: Duration = Duration::from_secs(60);
/// The most servers about which answers are kept.
const ANSWERS_MAX: usize = 256;

/// Where a script lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a server.
    Web(Url),
    /// On this machine.
    File(PathBuf),
}

impl Place {
    /// As a person types it: an address, or an absolute path.
    pub fn read(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let path = PathBuf::from(typed);
        if path.is_absolute() {
            return Some(Self::File(path));
        }
        let url = Url::parse(typed).ok()?;
        match url.scheme() {
            "file" => url.to_file_path().ok().map(Self::File),
            "http" | "https" if url.username().is_empty() && url.password().is_none() => Some(Self::Web(url)),
            _ => None,
        }
    }
}

/// Why there is no script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// Nobody answers there, or there is no such file.
    #[error("not reached")]
    NotReached,
    /// It is no script with a `FindProxyForURL` that ends in time.
    #[error("no script")]
    NoScript,
}

/// Proxies in order; none is the way without.
type Ways = Vec<Option<String>>;
type Loaded = Result<Engine, ScriptError>;

/// The script of the settings. It is read when it is first needed.
pub(super) struct Script {
    place: Place,
    loaded: Mutex<Option<(Instant, Loaded)>>,
    answers: Cache<HashMap<String, (Instant, Ways)>>,
}

impl Script {
    pub fn new(place: Place) -> Self {
        Self { place, loaded: Mutex::default(), answers: Cache::default() }
    }

    /// Reads it now, and asks it about a server.
    pub async fn judge(&self, http: Client) -> Result<(), ScriptError> {
        let engine = self.load(http).await?;
        engine.ask("https://example.com/", "example.com").await.map(drop).ok_or(ScriptError::NoScript)
    }

    /// The proxies on the way to a server, the best first; none is the way without. A script that cannot be read or does not
    /// answer leads there without a proxy, as in browsers.
    pub async fn ways(&self, http: Client, url: &Url) -> Ways {
        let server = url.origin().ascii_serialization();
        if let Some(known) = self.known(&server) {
            return known;
        }
        // Nothing but the server is the script's business: paths have secrets in them.
        let (asked, host) = (format!("{server}/"), url.host_str().unwrap_or_default());
        let said = match &*self.engine(http).await {
            Some((_, Ok(engine))) => engine.ask(&asked, host).await,
            _ => None,
        };
        let Some(said) = said else {
            tracing::warn!("the proxy script does not answer: without a proxy for now");
            return vec![None];
        };
        let ways = ways(&said);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= ANSWERS_MAX {
            answers.clear();
        }
        answers.insert(server, (Instant::now(), ways.clone()));
        ways
    }

    fn known(&self, server: &str) -> Option<Ways> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(server).filter(|(since, _)| since.elapsed() < ANSWER).map(|(_, ways)| ways.clone())
    }

    async fn engine(&self, http: Client) -> tokio::sync::MutexGuard<'_, Option<(Instant, Loaded)>> {
        let mut loaded = self.loaded.lock().await;
        let fresh = match &*loaded {
            Some((since, Ok(_))) => since.elapsed() < FRESH,
            Some((since, Err(_))) => since.elapsed() < MISSING,
            None => false,
        };
        if !fresh {
            let again = self.load(http).await;
            // What was read before serves on when the server is not reached.
            if again.is_err() && matches!(&*loaded, Some((_, Ok(_)))) {
                if let Some((since, _)) = &mut *loaded {
                    *since = Instant::now();
                }
            } else {
                *loaded = Some((Instant::now(), again));
            }
        }
        loaded
    }

    async fn load(&self, http: Client) -> Loaded {
        let text = match &self.place {
            Place::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || {
                    let short = std::fs::metadata(&path).is_ok_and(|about| about.len() <= SCRIPT_MAX as u64);
                    if short { std::fs::read(&path).ok() } else { None }
                });
                read.await.ok().flatten().ok_or(ScriptError::NotReached)?
            }
            Place::Web(url) => fetched(http, url).await.ok_or(ScriptError::NotReached)?,
        };
        // Scripts of old are in Latin-1; what counts in them is ASCII.
        Engine::start(String::from_utf8_lossy(&text).into_owned()).await.ok_or(ScriptError::NoScript)
    }
}

/// A script is fetched without a proxy: it says which.
async fn fetched(http: Client, url: &Url) -> Option<Vec<u8>> {
    let mut answer = http.get(url.clone()).send().await.ok()?.error_for_status().ok()?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        if body.len() + chunk.len() > SCRIPT_MAX {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    answer.status().is_success().then_some(body)
}

/// `PROXY a:1; SOCKS5 b:2; DIRECT`, in order. Of nothing that is known the way is the one without a proxy.
///
/// developer.mozilla.org, «Proxy Auto-Configuration (PAC) file», the return value.
fn ways(said: &str) -> Ways {
    let mut ways = Vec::new();
    for part in said.split(';') {
        let mut words = part.split_ascii_whitespace();
        let (kind, server) = (words.next().unwrap_or_default().to_ascii_uppercase(), words.next());
        let (scheme, port) = match kind.as_str() {
            "DIRECT" => {
                ways.push(None);
                continue;
            }
            "PROXY" | "HTTP" => ("http", 80),
            "HTTPS" => ("https", 443),
            "SOCKS" | "SOCKS5" => ("socks5h", 1080),
            "SOCKS4" => ("socks4a", 1080),
            _ => continue,
        };
        // The parser of a scheme that it knows would drop what it takes for the scheme's own port.
        let Some(server) = server.and_then(|server| Url::parse(&format!("pac://{server}")).ok()) else { continue };
        let Some(host) = server.host_str().filter(|host| !host.is_empty()) else { continue };
        ways.push(Some(format!("{scheme}://{host}:{}/", server.port().unwrap_or(port))));
    }
    if ways.is_empty() {
        ways.push(None);
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_says_is_read_in_its_order() {
        let way = |text: &str| Some(text.to_owned());
        for (said, read) in [
            ("DIRECT", vec![None]),
            ("PROXY a.lan:3128; DIRECT", vec![way("http://a.lan:3128/"), None]),
            ("proxy a;HTTPS b ;", vec![way("http://a:80/"), way("https://b:443/")]),
            ("SOCKS s:9; SOCKS4 t", vec![way("socks5h://s:9/"), way("socks4a://t:1080/")]),
            ("PROXY [::1]:8080", vec![way("http://[::1]:8080/")]),
            ("QUIC q:1; PROXY", vec![None]),
            ("", vec![None]),
        ] {
            assert_eq!(ways(said), read, "{said}");
        }
    }

    #[test]
    fn a_place_is_an_address_or_a_path() {
        let web = |text: &str| Some(Place::Web(Url::parse(text).unwrap()));
        assert_eq!(Place::read(" http://wpad.lan/wpad.dat "), web("http://wpad.lan/wpad.dat"));
        for none in ["proxy.pac", "ftp://x/y", "http://a:b@x/", ""] {
            assert_eq!(Place::read(none), None, "{none}");
        }
        #[cfg(unix)]
        for file in ["/etc/proxy.pac", "file:///etc/proxy.pac"] {
            assert_eq!(Place::read(file), Some(Place::File("/etc/proxy.pac".into())));
        }
    }
}
