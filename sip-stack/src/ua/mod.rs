//! The user agent: accounts, registrations and calls behind two enums.
//!
//! ```text
//!   application ── Command ──►┌───────────┐── Output::Event ──────────► application
//!                             │ UserAgent │── Output::{Transmit, Open, Close, Resolve} ──► driver
//!   driver ────── Input ─────►└───────────┘── Output::Timeout ────────► driver's timer
//! ```
//!
//! The contract: call one of [`UserAgent::handle_command`] and [`UserAgent::handle_input`], then call
//! [`UserAgent::poll_output`] until it returns [`Output::Timeout`]. `now` never goes back. Nothing that the network sends
//! is an error of the user agent: what cannot be understood is answered or counted.

mod account;
mod agent;
mod auto_answer;
mod cause;
mod command;
mod config;
mod core;
mod cx;
mod digits;
mod event;
mod farewell;
mod identity;
mod incoming;
mod io;
mod keep_alive;
mod ladder;
mod leftover;
mod leg;
mod messages;
mod outbound;
mod outgoing;
mod publication;
mod redirect;
mod referral;
mod refusal;
mod register;
mod registration;
mod reliable;
mod relocation;
mod session;
mod session_timer;
mod silent_targets;
mod subscription;
mod subscriptions;
mod target;
mod transfer;
mod transfers;
mod uas;
mod way;
mod web;
mod wide;

pub use agent::UserAgent;
pub use command::{Command, RingingCall, TransferTo};
pub use config::{AccountConfig, Counters, DigestMin, Secret, TlsOptions, UaConfig};
pub use event::{EndCause, EndedBy, Event, LadderLine, MessageFailure, Party};
pub use io::{Input, Output};
pub use subscription::{
    Activity, DialogInfo, DialogState, MessageCount, MessageSummary, Package, Presence, SubscriptionId, Termination,
    WatchedDialog,
};
pub use web::WebAddress;

pub use crate::transaction::TimerValues;

pub use crate::offer_answer::{
    Candidate, CandidateKind, CodecKind, DtlsMedia, Fingerprint, FingerprintHash, IceDescription, IceMedia, LocalDtls,
    LocalMedia, NegotiatedMedia, OfferFacts, OpusParameters, SrtpKey, SrtpKeys, SrtpPolicy, SrtpSuite,
};
pub use crate::transport::{
    FlowError, FlowFacts, FlowId, IpNet, ParseIpNetError, QueryId, ResolveError, Target, Transport,
};

/// Names an account. Chosen by the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u64);

/// Names a short message of ours. Chosen by the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// Names a short message that came. Chosen by the user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceivedId(pub u64);

/// Names a leg: one SIP call seen from here. Chosen by the application for calls out ([`Command::Invite`]; use numbers
/// below 2^63), by the user agent for calls in ([`Event::Incoming`]; it counts up from 2^63).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId(pub u64);
