//! Settings of the user agent and of its accounts.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::transaction::TimerValues;

use super::{IpNet, Transport};

/// Settings that all accounts share.
#[derive(Clone, Debug)]
pub struct UaConfig {
    /// Value of the User-Agent and Server headers.
    pub user_agent: String,
    /// Values of the RFC's timers.
    pub timers: TimerValues,
    /// Legs that may live at once; one more INVITE is answered 486 (503 when it is ours: refused at once).
    pub max_legs: usize,
    /// Transactions that may live at once; requests beyond are dropped and counted.
    pub max_transactions: usize,
    /// Subscriptions that may live at once; one more fails at once.
    pub max_subscriptions: usize,
    /// Messages of ours that may wait for their answer at once; one more fails at once.
    pub max_messages: usize,
    /// How long a call rings here before it is answered 480.
    pub ring_limit: Duration,
}

impl Default for UaConfig {
    fn default() -> Self {
        Self {
            user_agent: concat!("Timbre/", env!("CARGO_PKG_VERSION")).to_owned(),
            timers: TimerValues::default(),
            max_legs: 32,
            max_transactions: 512,
            max_subscriptions: 256,
            max_messages: 64,
            ring_limit: Duration::from_secs(180),
        }
    }
}

/// A password. `Debug` never shows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The password itself, for the digest alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The weakest digest algorithm that is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DigestMin {
    /// MD5 and everything stronger.
    #[default]
    Md5,
    /// SHA-256 and everything stronger.
    Sha256,
    /// SHA-512-256 only.
    Sha512_256,
}

/// How the driver checks the peer of a TLS flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// PEM file with authorities that count besides the platform's.
    pub ca: Option<PathBuf>,
    /// PEM file with our certificate, and those of its authorities behind it, for an exchange that wants one.
    pub certificate: Option<PathBuf>,
    /// PEM file with its key, not encrypted; none means that it is in the same file.
    pub key: Option<PathBuf>,
    /// Take any certificate; the driver refuses to connect so to anything but a loopback address.
    pub insecure: bool,
}

/// One SIP account.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountConfig {
    /// Name shown to the other side; may be empty.
    pub display_name: String,
    /// User part of the address of record.
    pub user: String,
    /// Domain of the address of record and of the registrar.
    pub domain: String,
    /// Name for digest authentication.
    pub auth_user: String,
    /// Password for digest authentication.
    pub password: Secret,
    /// How messages travel to the first hop.
    pub transport: Transport,
    /// `sip:` URI (or bare `host[:port]`) of an outbound proxy, the first hop of everything. For a WebSocket its URL, such
    /// as `wss://pbx.example:8089/ws`; without, the domain is asked for `/ws`.
    pub proxy: Option<String>,
    /// Port of the domain; without it SRV and then the default port decide (RFC 3263).
    pub port: Option<u16>,
    /// Whether the account registers. Without, calls in are taken for `user` from the proxy and `allow_from`.
    pub register: bool,
    /// Lifetime to ask for, s.
    pub register_expires_s: u32,
    /// Local address to bind; unspecified lets the driver choose.
    pub bind: Option<SocketAddr>,
    /// Name server to ask instead of the system's.
    pub dns: Option<SocketAddr>,
    /// Networks whose INVITEs are taken besides those of the resolved registrar and proxy.
    pub allow_from: Vec<IpNet>,
    /// Whether the other side of a call may ask us to call somebody else; else such a wish is answered 603.
    pub takes_transfers: bool,
    /// Whether short messages (RFC 3428) are taken; else they are answered 405.
    pub takes_messages: bool,
    /// Names this device to the registrar for ever (RFC 5626 §4.1), as a URN such as `urn:uuid:…`: its new binding takes the
    /// place of the old one instead of standing beside it. Without, or with anything that is no URN, nothing is said.
    pub instance: Option<String>,
    /// Whether our Contact is the address that the registrar hands out (RFC 5627), where it does; needs `instance`.
    pub gruu: bool,
    /// The weakest digest algorithm that is answered.
    pub digest_min: DigestMin,
    /// Realms whose digest challenges are answered; none answers any.
    pub realms: Vec<String>,
    /// Checks of a TLS peer.
    pub tls: TlsOptions,
}

impl AccountConfig {
    /// An account over UDP with the usual settings: it registers for 600 s and authenticates as `user`.
    #[must_use]
    pub fn new(user: impl Into<String>, domain: impl Into<String>, password: Secret) -> Self {
        let user = user.into();
        Self {
            display_name: String::new(),
            auth_user: user.clone(),
            user,
            domain: domain.into(),
            password,
            transport: Transport::Udp,
            proxy: None,
            port: None,
            register: true,
            register_expires_s: 600,
            bind: None,
            dns: None,
            allow_from: Vec::new(),
            takes_transfers: false,
            takes_messages: false,
            instance: None,
            gruu: false,
            digest_min: DigestMin::Md5,
            realms: Vec::new(),
            tls: TlsOptions::default(),
        }
    }
}

impl fmt::Debug for AccountConfig {
    /// Shows settings that name nobody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountConfig")
            .field("transport", &self.transport)
            .field("proxy", &self.proxy.is_some())
            .field("register", &self.register)
            .field("register_expires_s", &self.register_expires_s)
            .finish_non_exhaustive()
    }
}

/// What was dropped without a word, for diagnostics. All count up from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests from addresses that no account trusts, or to a user that is not ours.
    pub unsolicited: u64,
    /// Datagrams and stream messages that are no SIP.
    pub malformed: u64,
    /// Responses that match no transaction, ACKs and CANCELs that match nothing.
    pub stray: u64,
    /// Requests beyond the limit of transactions or legs.
    pub over_limit: u64,
}
