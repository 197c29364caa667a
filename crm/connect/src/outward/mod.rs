//! The way out to servers, one for the whole program, as the machine's own is: through which proxies, and whom besides the
//! system's authorities is trusted. Every request goes by it, a sign-in's too.
//!
//! ```text
//! settings ─► set ─► Outward ─► hops(url) ─┬─ none of the proxies, for this machine
//!                                          ├─ the system's, or one's own with its exceptions
//!                                          └─ what a company's script says (`script`)
//! ```

mod authority;
mod engine;
mod script;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Proxy, RequestBuilder, Response, StatusCode};
use url::Url;

use crate::http::{NoAnswer, is_loopback};
use crate::secret::Secret;

pub use authority::{Authority, AuthorityError, authorities, judge_authorities};
pub use script::{Place, ScriptError};

use script::Script;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// So long the system's proxies are not read again.
const SYSTEM_FRESH: Duration = Duration::from_secs(30);
/// So long a proxy that led nowhere is asked behind the others.
const AVOIDED: Duration = Duration::from_secs(60);

/// Through which proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxies {
    /// As the system says.
    #[default]
    System,
    /// Through none.
    None,
    /// Through this one.
    Own {
        /// `http`, `https` or `socks5`; see [`proxy_address`].
        address: Url,
        /// Hosts that are reached without it: domains with what lies below them, addresses, networks such as `10.0.0.0/8`.
        exceptions: Vec<String>,
    },
    /// As `FindProxyForURL` of a script says.
    Script(Place),
}

/// Who a proxy is told that we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// The way out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Through which proxies.
    pub proxies: Proxies,
    /// What they are told when they ask.
    pub login: Option<Login>,
    /// Certificates of authorities besides the system's, in PEM.
    pub authorities: Option<String>,
}

/// The system gives no client, or the certificates are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no way out as the settings say")]
pub struct OutwardError;

/// From now on requests go out like this. Those under way end as they began.
///
/// # Errors
/// The certificates are none, or the system gives no client; the way that there was stays.
pub fn set(options: Options) -> Result<(), OutwardError> {
    let outward = Arc::new(Outward::new(options)?);
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Some(outward);
    Ok(())
}

/// Whether the script there can be read and answers.
///
/// # Errors
/// It is not reached, or is none.
pub async fn try_script(place: &Place, authorities: Option<&str>) -> Result<(), ScriptError> {
    let options = Options { authorities: authorities.map(str::to_owned), ..Options::default() };
    let outward = Outward::new(options).map_err(|OutwardError| ScriptError::NotReached)?;
    Script::new(place.clone()).judge(outward.direct.clone()).await
}

/// A proxy's address as a person types it: `proxy.company:3128` means `http`.
pub fn proxy_address(typed: &str) -> Option<Url> {
    let typed = typed.trim();
    let url = Url::parse(&if typed.contains("://") { typed.to_owned() } else { format!("http://{typed}") }).ok()?;
    let known = matches!(url.scheme(), "http" | "https" | "socks5");
    let bare = url.path().trim_matches('/').is_empty() && url.query().is_none() && url.fragment().is_none();
    // Whoever writes a password here would have it in the settings.
    let silent = url.username().is_empty() && url.password().is_none();
    (known && bare && silent && url.host_str().is_some_and(|host| !host.is_empty())).then_some(url)
}

static CURRENT: RwLock<Option<Arc<Outward>>> = RwLock::new(None);

/// The way out as it was set last; that of the system until then.
pub(crate) fn current() -> Result<Arc<Outward>, OutwardError> {
    if let Some(outward) = &*CURRENT.read().unwrap_or_else(PoisonError::into_inner) {
        return Ok(Arc::clone(outward));
    }
    let first = Arc::new(Outward::new(Options::default())?);
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    Ok(Arc::clone(current.get_or_insert(first)))
}

/// Certificates of authorities besides the system's, in PEM.
pub(crate) fn company() -> Option<String> {
    let current = CURRENT.read().unwrap_or_else(PoisonError::into_inner);
    current.as_ref().and_then(|outward| outward.options.authorities.clone())
}

/// A step on the way to a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Hop {
    Direct,
    Proxy { address: String, login: Known },
}

/// What a proxy's own place in the system says about who we are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Known {
    Nothing,
    Header(HeaderValue),
    Pair(String, String),
}

pub(crate) struct Outward {
    options: Options,
    certificates: Vec<Certificate>,
    /// Through no proxy.
    direct: Client,
    through: Mutex<HashMap<Hop, Client>>,
    system: Mutex<Option<(Instant, Arc<Matcher>)>>,
    own: Option<Matcher>,
    script: Option<Script>,
    avoided: Mutex<HashMap<Hop, Instant>>,
}

impl Outward {
    fn new(options: Options) -> Result<Self, OutwardError> {
        let certificates = match &options.authorities {
            Some(pem) => Certificate::from_pem_bundle(pem.as_bytes()).map_err(|_| OutwardError)?,
            None => Vec::new(),
        };
        let direct = client(&certificates, None)?;
        let own = match &options.proxies {
            Proxies::Own { address, exceptions } => {
                let exceptions = exceptions.iter().map(|one| exception(one)).collect::<Vec<_>>();
                Some(Matcher::builder().all(proxy_of(address)).no(exceptions.join(",")).build())
            }
            _ => None,
        };
        let script = match &options.proxies {
            Proxies::Script(place) => Some(Script::new(place.clone())),
            _ => None,
        };
        let (through, system, avoided) = (Mutex::default(), Mutex::default(), Mutex::default());
        Ok(Self { options, certificates, direct, through, system, own, script, avoided })
    }

    /// What requests are built with; where they go is seen when they are sent.
    pub fn builder(&self) -> Client {
        self.direct.clone()
    }

    /// Sends a request by the first way that leads there.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, NoAnswer> {
        let request = request.build().map_err(|_| NoAnswer::Lost)?;
        let mut none = NoAnswer::Unreached;
        for hop in self.hops(request.url()).await {
            let (Ok(client), Some(request)) = (self.client(&hop), request.try_clone()) else { continue };
            let plain = request.url().scheme() == "http";
            match client.execute(request).await {
                Ok(answer) if asks_who(&answer) && plain && hop != Hop::Direct => none = NoAnswer::ProxySignIn,
                Ok(answer) => {
                    self.avoided.lock().unwrap_or_else(PoisonError::into_inner).remove(&hop);
                    return Ok(answer);
                }
                Err(error) if !error.is_connect() => return Err(NoAnswer::Lost),
                Err(error) if hop != Hop::Direct && refuses_us(&error) => none = NoAnswer::ProxySignIn,
                Err(_) => {
                    self.avoided.lock().unwrap_or_else(PoisonError::into_inner).insert(hop, Instant::now());
                }
            }
        }
        Err(none)
    }

    /// The ways to a server, the best first; at least one. Nothing goes to a proxy that is for this machine.
    async fn hops(&self, url: &Url) -> Vec<Hop> {
        if is_loopback(url) {
            return vec![Hop::Direct];
        }
        let mut hops = match (&self.options.proxies, &self.script, &self.own) {
            (Proxies::System, ..) => vec![intercepted(&self.system(), url)],
            (Proxies::Own { .. }, _, Some(own)) => vec![intercepted(own, url)],
            (Proxies::Script(_), Some(script), _) => {
                script.ways(self.direct.clone(), url).await.into_iter().map(told).collect()
            }
            _ => vec![Hop::Direct],
        };
        let avoided = self.avoided.lock().unwrap_or_else(PoisonError::into_inner);
        hops.sort_by_key(|hop| avoided.get(hop).is_some_and(|since| since.elapsed() < AVOIDED));
        hops
    }

    fn system(&self) -> Arc<Matcher> {
        let mut read = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        match &*read {
            Some((since, matcher)) if since.elapsed() < SYSTEM_FRESH => Arc::clone(matcher),
            _ => {
                let matcher = Arc::new(Matcher::from_system());
                *read = Some((Instant::now(), Arc::clone(&matcher)));
                matcher
            }
        }
    }

    fn client(&self, hop: &Hop) -> Result<Client, OutwardError> {
        let Hop::Proxy { address, login } = hop else { return Ok(self.direct.clone()) };
        let mut through = self.through.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = through.get(hop) {
            return Ok(client.clone());
        }
        let proxy = Proxy::all(address).map_err(|_| OutwardError)?;
        let proxy = match (login, &self.options.login) {
            (Known::Header(header), _) => proxy.custom_http_auth(header.clone()),
            (Known::Pair(user, password), _) => proxy.basic_auth(user, password),
            (Known::Nothing, Some(login)) => proxy.basic_auth(&login.user, login.password.reveal()),
            (Known::Nothing, None) => proxy,
        };
        let client = client(&self.certificates, Some(proxy))?;
        through.insert(hop.clone(), client.clone());
        Ok(client)
    }
}

fn client(certificates: &[Certificate], proxy: Option<Proxy>) -> Result<Client, OutwardError> {
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .timeout(ANSWER_LIMIT)
        .user_agent(concat!("Timbre/", env!("CARGO_PKG_VERSION")))
        .no_proxy();
    if !certificates.is_empty() {
        builder = builder.tls_certs_merge(certificates.iter().cloned());
    }
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|_| OutwardError)
}

/// An address for the client: names are the proxy's to resolve, for it may know more of them than this machine.
fn proxy_of(address: &Url) -> String {
    let rest = address.as_str().split_once("://").map_or("", |(_, rest)| rest);
    let scheme = if address.scheme() == "socks5" { "socks5h" } else { address.scheme() };
    // The client would take 80 for a proxy that names no port; RFC 1928 §3 says 1080 for SOCKS.
    match (address.port(), scheme) {
        (None, "socks5h") => format!("{scheme}://{}:1080/", rest.trim_end_matches('/')),
        _ => format!("{scheme}://{rest}"),
    }
}

/// `*.lan` as the client writes it.
fn exception(typed: &str) -> &str {
    let typed = typed.trim();
    typed.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(typed)
}

fn intercepted(matcher: &Matcher, url: &Url) -> Hop {
    let Ok(uri) = url.as_str().parse() else { return Hop::Direct };
    let login = |found: &Intercept| match (found.basic_auth(), found.raw_auth()) {
        (Some(header), _) => Known::Header(header.clone()),
        (None, Some((user, password))) => Known::Pair(user.to_owned(), password.to_owned()),
        (None, None) => Known::Nothing,
    };
    let found = matcher.intercept(&uri);
    found.map_or(Hop::Direct, |found| Hop::Proxy { address: found.uri().to_string(), login: login(&found) })
}

fn told(address: Option<String>) -> Hop {
    address.map_or(Hop::Direct, |address| Hop::Proxy { address, login: Known::Nothing })
}

fn asks_who(answer: &Response) -> bool {
    answer.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED
}

/// The proxy wants to know who we are, or does not believe it. The client has no other word for it than these.
fn refuses_us(error: &reqwest::Error) -> bool {
    const WORDS: [&str; 3] = [
        "proxy authorization required",
        "server does not support user/pass authentication",
        "credentials not accepted",
    ];
    let first: &dyn std::error::Error = error;
    std::iter::successors(Some(first), |error| error.source())
        .any(|error| WORDS.iter().any(|word| error.to_string().contains(word)))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn an_address_is_taken_as_people_type_it() {
        for (typed, taken) in [
            ("proxy.company:3128", Some("http://proxy.company:3128/")),
            (" http://10.1.2.3:8080/ ", Some("http://10.1.2.3:8080/")),
            ("https://proxy.company", Some("https://proxy.company/")),
            ("socks5://proxy.company:1080", Some("socks5://proxy.company:1080")),
            ("ftp://proxy.company", None),
            ("http://ana:secret@proxy.company:3128", None),
            ("http://proxy.company/proxy.pac", None),
            ("", None),
            ("http://", None),
        ] {
            assert_eq!(proxy_address(typed).map(String::from).as_deref(), taken, "{typed}");
        }
    }

    #[test]
    fn names_are_the_proxys_to_resolve() {
        for (typed, address) in [
            ("socks5://proxy:9050", "socks5h://proxy:9050"),
            ("socks5://proxy", "socks5h://proxy:1080/"),
            ("proxy:3128", "http://proxy:3128/"),
        ] {
            assert_eq!(proxy_of(&proxy_address(typed).unwrap()), address);
        }
    }

    /// Requests without TLS are not tunnelled: the proxy itself answers them, also that it wants to know who we are.
    #[tokio::test]
    async fn a_proxy_asks_who_we_are_without_a_tunnel_too() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap().to_lowercase();
                assert!(head.starts_with("get http://crm.invalid/ "), "{head}");
                // «ana:right» in base64.
                let known = head.contains("proxy-authorization: basic yw5honjpz2h0");
                let status = if known { "200 OK" } else { "407 Who" };
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        for (password, answer) in [("wrong", Err(NoAnswer::ProxySignIn)), ("right", Ok(StatusCode::OK))] {
            let login = Some(Login { user: "ana".into(), password: Secret::new(password) });
            let proxies = Proxies::Own { address: address.clone(), exceptions: Vec::new() };
            let outward = Outward::new(Options { proxies, login, authorities: None }).unwrap();
            let request = outward.builder().get("http://crm.invalid/");
            assert_eq!(outward.send(request).await.map(|answer| answer.status()), answer);
        }
    }

    #[tokio::test]
    async fn exceptions_and_this_machine_are_reached_without_a_proxy() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exceptions = ["intranet.company", "*.lan", "10.0.0.0/8", " .corp "].map(str::to_owned).to_vec();
        let address = proxy_address("proxy.company:3128").unwrap();
        let proxies = Proxies::Own { address, exceptions };
        let outward = Outward::new(Options { proxies, ..Options::default() }).unwrap();
        for (url, direct) in [
            ("https://login.salesforce.com/", false),
            ("https://intranet.company/", true),
            ("https://crm.intranet.company/", true),
            ("https://notintranet.company/", false),
            ("http://printer.lan/", true),
            ("http://10.9.8.7/", true),
            ("http://11.9.8.7/", false),
            ("https://crm.corp/", true),
            ("http://localhost:9/", true),
            ("http://127.0.0.1:9/", true),
        ] {
            let hops = outward.hops(&Url::parse(url).unwrap()).await;
            assert_eq!(hops[0] == Hop::Direct, direct, "{url}: {hops:?}");
        }
    }
}
