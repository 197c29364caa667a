//! Flows and targets: what the user agent knows of the network without touching it.
//!
//! A *flow* (RFC 5626) is one way to reach one next hop: a UDP socket together with the address of the next hop, a TCP
//! connection, or a TLS connection. The user agent names flows and asks for them (`ua::Output::Open`); the
//! driver opens sockets and reports back.

mod net;
pub mod stun;
mod via;

use std::fmt;
use std::net::SocketAddr;

use crate::message::Host;

pub use net::{IpNet, ParseIpNetError};
pub use via::{response_destination, stamp_received};

/// Largest request that is sent over UDP, bytes: RFC 3261 §18.1.1 allows 1300 where the path MTU is unknown. A larger
/// request still leaves over UDP (most exchanges take fragments), but never above [`MAX_DATAGRAM`].
pub const SAFE_DATAGRAM: usize = 1300;

/// Largest message that is taken from or given to a datagram socket, bytes.
pub const MAX_DATAGRAM: usize = 65_507;

/// Names a flow. Chosen by the user agent, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// Names a name-resolution query. Chosen by the user agent, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(pub u64);

/// How SIP messages travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    #[default]
    Udp,
    /// Stream.
    Tcp,
    /// TLS over a stream.
    Tls,
    /// WebSocket (RFC 7118).
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Transport {
    /// Whether the transport delivers by itself, so that messages are not sent again by timer (RFC 3261 §17).
    #[must_use]
    pub fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }

    /// Whether nobody on the way can read along.
    #[must_use]
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// Whether messages travel in frames of a WebSocket.
    #[must_use]
    pub fn is_web(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// Port used when none is named: 5060, and 5061 for TLS (RFC 3261 §19.1.2); 80 and 443 for WebSockets (RFC 6455 §3).
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// Token of the Via header: `UDP`, `TCP`, `TLS`, `WS`, `WSS`.
    #[must_use]
    pub fn via_token(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// Value of the `transport` URI parameter: `udp`, `tcp`, `tls`; `ws` for both WebSockets (RFC 7118 §5.2.2).
    #[must_use]
    pub fn uri_token(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws | Self::Wss => "ws",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.via_token().to_ascii_lowercase())
    }
}

/// What stands as our own address in a Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentBy {
    /// The address itself.
    Address(SocketAddr),
    /// A WebSocket's: nobody can connect to where it begins (RFC 7118 §5.2.1).
    Nowhere(Nowhere),
}

/// A host that does not exist, random for each account: `….invalid` (RFC 2606 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nowhere([u8; 12]);

impl Nowhere {
    /// From the beginning of a token: letters and digits only.
    #[must_use]
    pub fn new(token: &str) -> Self {
        let mut name = [b'x'; 12];
        for (to, from) in name.iter_mut().zip(token.bytes().filter(u8::is_ascii_alphanumeric)) {
            *to = from;
        }
        Self(name)
    }

    /// As it stands in headers.
    #[must_use]
    pub fn host(self) -> Host {
        let name: String = self.0.iter().map(|byte| char::from(*byte)).chain(".invalid".chars()).collect();
        Host::Name(name.into())
    }
}

impl SentBy {
    /// Host and port for the Via.
    #[must_use]
    pub fn parts(self) -> (Host, Option<u16>) {
        match self {
            Self::Address(address) => (Host::from(address.ip()), Some(address.port())),
            Self::Nowhere(name) => (name.host(), None),
        }
    }
}

/// One address to try, as found by RFC 3263.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// How to speak to it.
    pub transport: Transport,
    /// Where it is.
    pub remote: SocketAddr,
}

/// What a flow is, for the eye and for media: which local address is used towards which next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowFacts {
    /// How messages travel.
    pub transport: Transport,
    /// Address of our end. For UDP the address that the routing table chooses towards `remote`, never unspecified.
    pub local: SocketAddr,
    /// Address of the next hop.
    pub remote: SocketAddr,
}

/// One next hop on one flow: where a message goes, or where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The flow.
    pub flow: FlowId,
    /// The address at its other end; on UDP one flow reaches several.
    pub remote: SocketAddr,
    /// How the flow travels.
    pub transport: Transport,
}

/// Why a flow could not be opened or did not live on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// Refused, reset, no route, port unreachable.
    #[error("the peer cannot be reached")]
    Unreachable,
    /// No connection within the driver's time.
    #[error("the peer did not answer in time")]
    Timeout,
    /// The certificate was refused or the handshake failed.
    #[error("TLS failed")]
    Tls,
    /// The peer refuses our certificate, or wants one.
    #[error("the peer does not accept our certificate")]
    OwnCertificate,
    /// A web server answers, and speaks no SIP there: another path, no sub-protocol `sip`, a refusal.
    #[error("the web server has no SIP there")]
    WebSocket,
    /// A router on the way sees us elsewhere than before.
    #[error("our address changed on the way")]
    Moved,
    /// The peer closed the stream in order.
    #[error("the peer closed the connection")]
    Closed,
    /// Bytes of the stream cannot be SIP (framing is lost for good).
    #[error("the stream carries no SIP")]
    Framing,
    /// The local socket could not be made (address in use, no such interface, no permission).
    #[error("the local address cannot be used")]
    Local,
}

/// Why a name has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The domain does not exist, or has no address for this transport.
    #[error("the domain has no address")]
    NotFound,
    /// The name server did not answer or answered with a failure.
    #[error("the name server failed")]
    ServerFailure,
}
