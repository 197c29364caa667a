//! A SIP account as the settings know it.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use agent_api::account::{Dtmf, Ice, Srtp, SrtpKeys, Transport};
use agent_api::id::AccountId;
use agent_api::pbx::PbxCodes;

use crate::pbx;

/// A SIP account. The password is in the `SecretStore` under the account's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Name of the line, may be empty.
    pub label: String,
    /// Name shown to the other side, may be empty.
    pub display_name: String,
    /// User part of the address of record.
    pub user: String,
    /// Domain of the exchange.
    pub domain: String,
    /// Name for digest authentication; none means `user`.
    pub auth_user: Option<String>,
    /// How SIP travels.
    pub transport: Transport,
    /// `sip:` URI of an outbound proxy; for a WebSocket its URL.
    pub proxy: Option<String>,
    /// Port, if it is not the transport's own.
    pub port: Option<u16>,
    /// Whether a binding is kept at the registrar.
    pub register: bool,
    /// Wished life of the binding, seconds.
    pub register_expires_s: u32,
    /// Media encryption.
    pub srtp: Srtp,
    /// How offers ask for its keys.
    pub srtp_keys: SrtpKeys,
    /// RTCP is offered on the port of RTP (RFC 5761).
    pub rtcp_mux: bool,
    /// Ways through NAT; the password of its TURN server is in the `SecretStore` too.
    pub ice: Ice,
    /// How digits of a call travel.
    pub dtmf: Dtmf,
    /// Codecs in order of preference: `opus`, `g722`, `pcma`, `pcmu`.
    pub codecs: Vec<String>,
    /// Local address of signalling.
    pub bind: Option<SocketAddr>,
    /// Local ports of RTP.
    pub media_ports: Option<RangeInclusive<u16>>,
    /// A DNS server of its own.
    pub dns: Option<SocketAddr>,
    /// Networks whose INVITEs are taken besides the registrar's, as `address/prefix`.
    pub allow_from: Vec<String>,
    /// Realms whose digest challenges are answered; none answers any.
    pub realms: Vec<String>,
    /// The weakest digest algorithm answered, such as `MD5`.
    pub digest_min: String,
    /// Certificate authority besides the system's, PEM.
    pub tls_ca: Option<PathBuf>,
    /// Our certificate for exchanges that want one, PEM.
    pub tls_certificate: Option<PathBuf>,
    /// Its key, PEM, not encrypted; none means that it is in the same file.
    pub tls_key: Option<PathBuf>,
    /// Certificates unchecked; honoured only where the domain is loopback.
    pub tls_insecure: bool,
    /// Calls for which the exchange asks it are answered without the agent.
    pub auto_answer: bool,
    /// Extension of the exchange that returns what is said.
    pub echo: Option<String>,
    /// What to dial to hear voice messages; none leaves it to the exchange.
    pub voicemail: Option<String>,
    /// The kind of exchange, one of [`crate::pbx::profiles`].
    pub profile: String,
    /// Codes of the exchange in place of the profile's.
    pub own_codes: PbxCodes,
    /// Calls name the address that the exchange hands out for this device (RFC 5627), which outlives connections.
    pub gruu: bool,
    /// The exchange is told whether the agent can be reached (RFC 3903).
    pub publish: bool,
    /// Calls are recorded from their answer on.
    pub record: bool,
    /// The built-in practice line.
    pub practice: bool,
}

impl Account {
    /// An account with everything else at its default.
    pub fn new(id: AccountId, user: impl Into<String>, domain: impl Into<String>) -> Self {
        Self {
            id,
            label: String::new(),
            display_name: String::new(),
            user: user.into(),
            domain: domain.into(),
            auth_user: None,
            transport: Transport::Udp,
            proxy: None,
            port: None,
            register: true,
            register_expires_s: 600,
            srtp: Srtp::Optional,
            srtp_keys: SrtpKeys::Sdes,
            rtcp_mux: false,
            ice: Ice::default(),
            dtmf: Dtmf::Auto,
            codecs: ["opus", "g722", "pcma", "pcmu"].map(str::to_owned).to_vec(),
            bind: None,
            media_ports: None,
            dns: None,
            allow_from: Vec::new(),
            realms: Vec::new(),
            digest_min: "MD5".to_owned(),
            tls_ca: None,
            tls_certificate: None,
            tls_key: None,
            tls_insecure: false,
            auto_answer: false,
            echo: None,
            voicemail: None,
            profile: pbx::GENERIC.to_owned(),
            own_codes: PbxCodes::new(),
            gruu: false,
            publish: false,
            record: false,
            practice: false,
        }
    }

    /// For the eye: the label, or the user part.
    pub fn label(&self) -> &str {
        if self.label.is_empty() { &self.user } else { &self.label }
    }
}

/// Digest algorithms by name, weakest first.
pub fn digest_names() -> &'static [&'static str] {
    &["MD5", "SHA-256", "SHA-512-256"]
}

/// `host` or `host:port`.
pub fn is_server(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.starts_with('[') => (host, Some(port)),
        _ => (text, None),
    };
    let named =
        !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
    named && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}
