//! What crosses between the user agent and its driver.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Event, FlowError, FlowId, QueryId, ResolveError, Target, TlsOptions, Transport, WebAddress};

/// What the driver saw. `Debug` shows no byte of a message.
#[derive(Clone)]
pub enum Input<'a> {
    /// A datagram, or one whole message that the driver's framer cut from a stream. Keep-alives (CRLF) are the driver's:
    /// it answers a double CRLF with a single one (RFC 5626 §4.4.1) and hands over neither.
    Received {
        /// The flow whose socket it came from.
        flow: FlowId,
        /// Who sent it. For datagrams this need not be the flow's remote address.
        source: SocketAddr,
        /// The message.
        bytes: &'a [u8],
    },
    /// An asked-for flow is open.
    FlowUp {
        /// The flow.
        flow: FlowId,
        /// Address of our end; for UDP the IP that the routing table chooses towards the target, never unspecified.
        local: SocketAddr,
    },
    /// A flow could not be opened, or is gone. Comes once per flow; also after `FlowUp`.
    FlowDown {
        /// The flow.
        flow: FlowId,
        /// Why.
        error: FlowError,
    },
    /// The answer to [`Output::Resolve`].
    Resolved {
        /// The query.
        query: QueryId,
        /// Targets in the order to try them (RFC 3263 §4.2), or why there are none.
        result: Result<Vec<Target>, ResolveError>,
    },
    /// The time of the last [`Output::Timeout`] has come. Too early or too late does no harm.
    Tick,
}

/// What the driver shall do. `Debug` shows no byte of a message, and no name.
pub enum Output {
    /// Send a message.
    Transmit {
        /// The flow to send on.
        flow: FlowId,
        /// Where to, for datagrams; the flow's remote address on streams.
        remote: SocketAddr,
        /// The message.
        bytes: Bytes,
    },
    /// Open a flow; `FlowUp` or `FlowDown` answers.
    Open {
        /// Name of the new flow.
        flow: FlowId,
        /// Where to.
        target: Target,
        /// Local address to bind; `None` lets the driver choose (any port).
        bind: Option<SocketAddr>,
        /// Name that the certificate must bear (RFC 5922): the domain, not the host that SRV names.
        tls_name: String,
        /// Checks of the certificate.
        tls: TlsOptions,
        /// What a WebSocket is asked for; none for other transports.
        web: Option<WebAddress>,
    },
    /// Close a flow after what is queued on it has left. No `FlowDown` is expected.
    Close {
        /// The flow.
        flow: FlowId,
    },
    /// How a flow that is up is kept open from now on. Until something is said the driver sends a double CRLF every 25 s.
    KeepAlive {
        /// The flow.
        flow: FlowId,
        /// A double CRLF this often; `None` where the user agent does it itself.
        every: Option<Duration>,
    },
    /// Find the targets of a host (RFC 3263): an address literal is its own target; a named port means A/AAAA only;
    /// else SRV for the transport (`_sip._udp`, `_sip._tcp`, `_sips._tcp`; WebSockets have none), then A/AAAA with the default port.
    Resolve {
        /// Name of the query.
        query: QueryId,
        /// Domain or address literal (IPv6 without brackets).
        host: String,
        /// Port, if one was named.
        port: Option<u16>,
        /// The transport to use.
        transport: Transport,
        /// Name server to ask instead of the system's.
        dns: Option<SocketAddr>,
    },
    /// Tell the application.
    Event(Event),
    /// Nothing else to do until this time, or until something comes in when there is none.
    Timeout(Option<Instant>),
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Received { flow, bytes, .. } => write!(f, "Received({}, {} bytes)", flow.0, bytes.len()),
            Self::FlowUp { flow, local } => write!(f, "FlowUp({}, {local})", flow.0),
            Self::FlowDown { flow, error } => write!(f, "FlowDown({}, {error:?})", flow.0),
            Self::Resolved { query, result } => write!(f, "Resolved({}, {result:?})", query.0),
            Self::Tick => f.write_str("Tick"),
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transmit { flow, bytes, .. } => write!(f, "Transmit({}, {} bytes)", flow.0, bytes.len()),
            Self::Open { flow, target, .. } => write!(f, "Open({}, {target:?})", flow.0),
            Self::Close { flow } => write!(f, "Close({})", flow.0),
            Self::KeepAlive { flow, every } => write!(f, "KeepAlive({}, {every:?})", flow.0),
            Self::Resolve { query, transport, .. } => write!(f, "Resolve({}, {transport})", query.0),
            Self::Event(event) => event.fmt(f),
            Self::Timeout(at) => write!(f, "Timeout({at:?})"),
        }
    }
}
