//! SIP sockets and DNS: drives the user agent over UDP, TCP, TLS and WebSockets.
//!
//! ```text
//!  application ──Command──►┌────────────────┐◄──FlowReport── one task a flow (udp, stream, web)
//!              ◄──Event────│ task ua-driver │◄──Resolved──── one task a query (resolve)
//!                          └────────────────┘──bytes───────► flows
//! ```
//!
//! The task owns the [`sip_stack::ua::UserAgent`] by value; everything reaches it through one `select!`. What a flow
//! may queue is bounded both ways: a peer that sends faster than we read is slowed down by its socket, a peer that
//! reads slower than we send loses its flow.

mod dead_targets;
mod driver;
mod flow;
mod resolve;
mod tls;

pub use driver::{SipNet, SipNetError};
