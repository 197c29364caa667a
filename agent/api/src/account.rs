//! SIP accounts and their registration.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::EndCause;
use crate::id::AccountId;
use crate::pbx::PbxCodes;

/// How SIP messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Datagrams, port 5060.
    Udp,
    /// Stream, port 5060.
    Tcp,
    /// TLS over TCP, port 5061.
    Tls,
    /// WebSocket (RFC 7118), port 80.
    Ws,
    /// WebSocket over TLS, port 443.
    Wss,
}

/// Whether media is encrypted by SDES keys (RFC 4568).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Srtp {
    /// Never offered.
    Off,
    /// Offered; plain media accepted.
    Optional,
    /// Calls without it fail.
    Required,
}

/// How the keys of encrypted media are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SrtpKeys {
    /// They travel in signalling (SDES, RFC 4568).
    #[default]
    Sdes,
    /// Both sides agree on them on the media ports (DTLS, RFC 5763).
    Dtls,
}

/// How a line finds ways through NAT (ICE, RFC 8445). Servers are `host` or `host:port`, over UDP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Ice {
    /// Calls offer it, and take it where the other side offers it.
    pub on: bool,
    /// A STUN server, which tells how others see this machine.
    pub stun: Option<String>,
    /// A TURN server, which passes media on where nothing else gets through.
    pub turn: Option<String>,
    /// User name there.
    pub turn_user: Option<String>,
}

/// How keys pressed in a call travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Dtmf {
    /// By RFC 4733 where it is negotiated, else by INFO where the other side's Allow lists it, else as sound.
    #[default]
    Auto,
    /// Events beside the voice (RFC 4733).
    Rfc4733,
    /// SIP INFO with `application/dtmf-relay`; as sound before the answer.
    Info,
    /// As sound within the voice (ITU-T Q.23).
    Inband,
}

/// Certificates of a line over TLS, by the paths of their PEM files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Certificates {
    /// An authority besides the system's, for exchanges with a certificate of their company.
    pub authority: Option<String>,
    /// Our own, for exchanges that want one.
    pub own: Option<String>,
    /// The key of our own, not encrypted; none means that it is in the same file.
    pub key: Option<String>,
}

/// The state of an account's one REGISTER binding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum Registration {
    /// The account does not register.
    Off,
    /// The first answer is awaited.
    Registering,
    /// The exchange knows us.
    Registered {
        /// When the exchange last confirmed it, UTC.
        confirmed_at_ms: i64,
        /// How long it stands from then.
        expires_s: u32,
    },
    /// Not registered; another try follows unless `retry_at_ms` is absent.
    Failed {
        /// Why.
        cause: EndCause,
        /// SIP status, if one came.
        sip_code: Option<u16>,
        /// When the next try is made, UTC; none when trying again would only lock the account.
        retry_at_ms: Option<i64>,
    },
}

/// What waits in the mailbox of a line, as the exchange tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailboxView {
    /// Something waits.
    pub waiting: bool,
    /// Voice messages not heard so far, where the exchange counts them.
    pub new: Option<u32>,
    /// Voice messages heard and kept, where the exchange counts them.
    pub old: Option<u32>,
    /// What to dial to hear them: the account's `voicemail`, or else what the exchange names, or its profile knows; none where nobody
    /// says.
    pub number: Option<String>,
}

/// An account as the interface shows it. The password never comes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// Name the agent gave the line, or the user part.
    pub label: String,
    /// Name shown to the other side.
    pub display_name: String,
    /// User part of the address of record.
    pub user: String,
    /// Domain of the exchange.
    pub domain: String,
    /// Name for digest authentication, if it is not `user`.
    pub auth_user: Option<String>,
    /// How SIP travels.
    pub transport: Transport,
    /// Port, if it is not the transport's own.
    pub port: Option<u16>,
    /// `sip:` URI of an outbound proxy; for a WebSocket its URL, such as `wss://pbx.example:8089/ws`.
    pub proxy: Option<String>,
    /// Media encryption.
    pub srtp: Srtp,
    /// How offers ask for its keys; what the other side offers is taken either way.
    pub srtp_keys: SrtpKeys,
    /// RTCP is offered on the port of RTP.
    pub rtcp_mux: bool,
    /// Ways through NAT. The password of the TURN server never comes out.
    pub ice: Ice,
    /// How keys pressed in a call travel.
    pub dtmf: Dtmf,
    /// Codecs in order of preference: `opus`, `g722`, `pcma`, `pcmu`.
    pub codecs: Vec<String>,
    /// Whether a password is in the keychain.
    pub has_password: bool,
    /// The built-in practice line: marked everywhere, its calls kept apart from live data.
    pub practice: bool,
    /// The line used when nothing else decides.
    pub default: bool,
    /// Extension of the exchange that returns what is said, if one is known: for the echo test.
    pub echo: Option<String>,
    /// Calls for which the exchange asks it (queues) are answered without the agent, with a beep.
    pub auto_answer: bool,
    /// What to dial to hear voice messages, where the agent says so.
    pub voicemail: Option<String>,
    /// Certificates for TLS.
    pub certificates: Certificates,
    /// The exchange is told whether the agent can be reached (RFC 3903).
    pub publish: bool,
    /// The kind of exchange ([`crate::pbx::PbxProfile::id`]).
    pub profile: String,
    /// Codes that the agent gave for this account.
    pub own_codes: PbxCodes,
    /// The codes that hold: those of the profile, with the agent's own in their place.
    pub codes: PbxCodes,
    /// Calls are recorded from their answer on, without anybody asking.
    pub record: bool,
    /// What waits there; none until the exchange tells.
    pub mailbox: Option<MailboxView>,
    /// Its registration now.
    pub registration: Registration,
}

/// Creates (no id) or changes an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaveAccount {
    /// The account to change.
    pub id: Option<AccountId>,
    /// Name of the line, may be empty.
    pub label: String,
    /// Name shown to the other side, may be empty.
    pub display_name: String,
    /// User part; required.
    pub user: String,
    /// Domain; required.
    pub domain: String,
    /// Name for digest authentication.
    pub auth_user: Option<String>,
    /// New password; none leaves the stored one.
    pub password: Option<String>,
    /// How SIP travels.
    pub transport: Transport,
    /// Port.
    pub port: Option<u16>,
    /// Outbound proxy, or the URL of a WebSocket.
    pub proxy: Option<String>,
    /// Media encryption.
    pub srtp: Srtp,
    /// How offers ask for its keys.
    #[serde(default)]
    pub srtp_keys: SrtpKeys,
    /// RTCP is offered on the port of RTP.
    #[serde(default)]
    pub rtcp_mux: bool,
    /// Ways through NAT.
    #[serde(default)]
    pub ice: Ice,
    /// New password of the TURN server; none leaves the stored one.
    #[serde(default)]
    pub turn_password: Option<String>,
    /// How keys pressed in a call travel.
    #[serde(default)]
    pub dtmf: Dtmf,
    /// Codecs in order of preference.
    pub codecs: Vec<String>,
    /// Calls for which the exchange asks it are answered without the agent.
    #[serde(default)]
    pub auto_answer: bool,
    /// What to dial to hear voice messages; none leaves it to the exchange.
    #[serde(default)]
    pub voicemail: Option<String>,
    /// Certificates for TLS; none leaves what is stored. Invalid about `authority`, `own` or `key` where there is no such file.
    #[serde(default)]
    pub certificates: Option<Certificates>,
    /// The exchange is told whether the agent can be reached; none leaves what is stored.
    #[serde(default)]
    pub publish: Option<bool>,
    /// The kind of exchange; none leaves what is stored.
    #[serde(default)]
    pub profile: Option<String>,
    /// Calls are recorded from their answer on; none leaves what is stored.
    #[serde(default)]
    pub record: Option<bool>,
    /// Codes in place of the profile's; none leaves what is stored.
    #[serde(default)]
    pub own_codes: Option<PbxCodes>,
}

/// Names an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AccountRef {
    /// The account.
    pub account: AccountId,
}
