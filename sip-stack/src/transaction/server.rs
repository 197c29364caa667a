//! Server transactions.
//!
//! ```text
//! INVITE:   Proceeding ─2xx─► Accepted ─L─► end                      other: Trying ─1xx─► Proceeding
//!               └──300-699─► Completed ─ACK─► Confirmed ─I─► end               └─final─► Completed ─J─► end
//!                               └─H─► end
//! ```

use std::time::Duration;

use bytes::Bytes;

use crate::message::StatusCode;
use crate::transport::Hop;

use super::action::Action;
use super::client::Context;
use super::timer::Timer;

/// INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §7.1).
#[derive(Debug)]
pub(super) enum InviteServer {
    /// The last provisional response, sent again for every copy of the INVITE.
    Proceeding {
        last: Option<Bytes>,
    },
    /// A failure is sent until its ACK comes.
    Completed {
        response: Bytes,
        interval: Duration,
    },
    /// The ACK came; its copies are absorbed.
    Confirmed,
    /// A 2xx went; the user agent sends it again, copies of the INVITE are absorbed.
    Accepted,
    Ended,
}

impl InviteServer {
    pub fn on_copy(&self, cx: &mut Context<'_>, hop: Hop) {
        match self {
            Self::Proceeding { last: Some(response) } | Self::Completed { response, .. } => {
                cx.transmit(hop, response.clone());
            }
            _ => {}
        }
    }

    pub fn respond(self, cx: &mut Context<'_>, hop: Hop, status: StatusCode, bytes: Bytes) -> Self {
        match self {
            Self::Proceeding { .. } => {}
            // RFC 6026 §7.1: the user agent's own copies of its 2xx pass.
            Self::Accepted if status.is_success() => {
                cx.transmit(hop, bytes);
                return Self::Accepted;
            }
            other => return other,
        }
        cx.transmit(hop, bytes.clone());
        if status.is_provisional() {
            return Self::Proceeding { last: Some(bytes) };
        }
        if status.is_success() {
            cx.start(Timer::L, cx.values.timeout());
            return Self::Accepted;
        }
        if !hop.transport.is_reliable() {
            cx.start(Timer::G, cx.values.t1);
        }
        cx.start(Timer::H, cx.values.timeout());
        Self::Completed { response: bytes, interval: cx.values.t1 }
    }

    /// `true` beside the state if the ACK is for the user agent.
    pub fn on_ack(self, cx: &mut Context<'_>, hop: Hop) -> (Self, bool) {
        match self {
            Self::Completed { .. } => {
                cx.stop(Timer::G);
                cx.stop(Timer::H);
                if hop.transport.is_reliable() {
                    return (Self::Ended, false);
                }
                cx.start(Timer::I, cx.values.t4);
                (Self::Confirmed, false)
            }
            Self::Accepted => (Self::Accepted, true),
            other => (other, false),
        }
    }

    pub fn on_timer(self, cx: &mut Context<'_>, hop: Hop, timer: Timer) -> Self {
        match (self, timer) {
            (Self::Completed { response, interval }, Timer::G) => {
                // RFC 3261 §17.2.1: Timer G doubles up to T2.
                let interval = (interval * 2).min(cx.values.t2);
                cx.transmit(hop, response.clone());
                cx.start(Timer::G, interval);
                Self::Completed { response, interval }
            }
            (Self::Completed { .. }, Timer::H) => {
                cx.actions.push_back(Action::TimedOut { tx: cx.tx, flow_lost: false });
                Self::Ended
            }
            (Self::Confirmed, Timer::I) | (Self::Accepted, Timer::L) => Self::Ended,
            (state, _) => state,
        }
    }
}

/// Server transaction of any other method (RFC 3261 §17.2.2).
#[derive(Debug)]
pub(super) enum PlainServer {
    /// Nothing sent: copies are absorbed.
    Trying,
    /// The last provisional response is sent again for copies.
    Proceeding {
        last: Bytes,
    },
    /// The final response is sent again for copies.
    Completed {
        response: Bytes,
    },
    Ended,
}

impl PlainServer {
    pub fn on_copy(&self, cx: &mut Context<'_>, hop: Hop) {
        match self {
            Self::Proceeding { last: response } | Self::Completed { response } => cx.transmit(hop, response.clone()),
            _ => {}
        }
    }

    pub fn respond(self, cx: &mut Context<'_>, hop: Hop, status: StatusCode, bytes: Bytes) -> Self {
        if matches!(self, Self::Completed { .. } | Self::Ended) {
            return self;
        }
        cx.transmit(hop, bytes.clone());
        if status.is_provisional() {
            return Self::Proceeding { last: bytes };
        }
        if hop.transport.is_reliable() {
            return Self::Ended;
        }
        cx.start(Timer::J, cx.values.timeout());
        Self::Completed { response: bytes }
    }

    pub fn on_timer(self, timer: Timer) -> Self {
        match (self, timer) {
            (Self::Completed { .. }, Timer::J) => Self::Ended,
            (state, _) => state,
        }
    }
}
