//! The way out to the servers of companies: proxies, and authorities besides the system's. Telephony does not go by it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Through which proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ProxyChoice {
    /// As the system says.
    #[default]
    System,
    /// Through none.
    None,
    /// Through this one.
    Own {
        /// `http://`, `https://` or `socks5://`; `host:port` means `http`.
        address: String,
        /// Hosts that are reached without it: domains, addresses, networks such as `10.0.0.0/8`.
        exceptions: Vec<String>,
    },
    /// As a script says.
    Script {
        /// Its address, or an absolute path of this machine.
        place: String,
    },
}

/// The settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Network {
    /// Through which proxies.
    pub proxy: ProxyChoice,
    /// Certificates of the company's authorities, in PEM; trusted besides those of the system.
    pub authority: Option<String>,
}

/// One authority of [`Network::authority`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuthorityView {
    /// Its own name; empty where it has none.
    pub name: String,
    /// When its certificate ends, UTC.
    pub ends_at_ms: i64,
}

/// The settings as they are. User and password of a proxy never come out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NetworkView {
    /// The settings.
    pub network: Network,
    /// The secret store has user and password for the proxy.
    pub has_login: bool,
    /// Who stands in [`Network::authority`].
    pub authorities: Vec<AuthorityView>,
}

/// What a proxy is told when it asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProxyLogin {
    /// The user; empty forgets what is kept.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for ProxyLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProxyLogin")
    }
}

/// Changes the settings; they hold at once, for sign-ins too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaveNetwork {
    /// The settings.
    pub network: Network,
    /// Absent keeps what is there, unless the proxy is another: nobody's password goes to another than it was given for.
    pub login: Option<ProxyLogin>,
}

/// Why settings do not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum NetworkFault {
    /// The proxy's address is none.
    Address,
    /// A user with a colon or a line end cannot be told to a proxy (RFC 7617 §2).
    User,
    /// The place of the script is neither an address nor an absolute path.
    ScriptPlace,
    /// What lies there is no script with a `FindProxyForURL` that ends in time.
    NoScript,
    /// The file holds no certificate.
    NoCertificate,
    /// The certificate has ended.
    Expired {
        /// When, UTC.
        at_ms: i64,
    },
    /// The certificate is not valid yet.
    NotYetValid,
    /// The system refuses.
    System,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum NetworkSaved {
    /// It holds.
    Saved {
        /// As it is now.
        view: NetworkView,
        /// The script was read, or there is none. One that is not reached now may be in the office.
        script_reached: bool,
    },
    /// Nothing was changed.
    Refused {
        /// Why.
        fault: NetworkFault,
    },
}
