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
mod latch;
mod net;
mod ports;
mod session;
mod stats;
mod stream;
mod thread;

pub use config::{SessionConfig, SrtpConfig};
pub use net::{OpenError, Packets, RtpNet, Session, SessionId, StartError};
pub use stats::SessionStats;
