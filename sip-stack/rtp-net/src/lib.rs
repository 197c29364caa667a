//! RTP and RTCP sockets: one thread, rings of packets, SRTP, arrival stamps.
//!
//! ```text
//!   any thread ── RtpNet (handle) ──commands──► thread `rtp`: mio poll ── sockets
//!   voice thread ◄── Consumer<InPacket> ────────┘      ▲
//!   voice thread ──► Producer<OutPacket> ── wake() ────┘
//! ```

mod active;
mod clock;
mod config;
mod dtls;
mod ice;
mod latch;
mod net;
mod order;
mod ports;
mod session;
mod stats;
mod stream;
mod thread;

pub use config::{SessionConfig, SrtpConfig};
pub use dtls::{DtlsConfig, Fingerprint, Hash, Identity, IdentityError, Role, Standing};
pub use ice::{IceConfig, IceParameters, IceServers, TurnServer};
pub use net::{Packets, RtpNet, Session, StartError};
pub use order::SessionId;
pub use ports::OpenError;
pub use stats::{Instead, SessionStats};
