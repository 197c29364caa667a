//! Client transactions.
//!
//! ```text
//! INVITE:   Calling ─1xx─► Proceeding ─2xx─► Accepted ─M─► end        other: Trying ─1xx─► Proceeding
//!              │ │ B ─► timed out   │                                          │ └──final──┐    │ final
//!              │ └──────300-699─────┴─► Completed (ACK each copy) ─D─► end     F ─► out    └─► Completed ─K─► end
//! ```

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::message::{Request, Response};
use crate::transport::Hop;

use super::action::{Action, TxId};
use super::timer::{Timer, TimerValues, Timers};

/// What a state function may touch besides its own state.
pub(super) struct Context<'a> {
    pub tx: TxId,
    pub now: Instant,
    pub values: TimerValues,
    pub timers: &'a mut Timers<(TxId, Timer)>,
    pub actions: &'a mut std::collections::VecDeque<Action>,
}

impl Context<'_> {
    pub fn start(&mut self, timer: Timer, after: Duration) {
        self.timers.set((self.tx, timer), self.now + after);
    }

    pub fn stop(&mut self, timer: Timer) {
        self.timers.clear((self.tx, timer));
    }

    pub fn transmit(&mut self, hop: Hop, bytes: Bytes) {
        self.actions.push_back(Action::Transmit { hop, bytes });
    }

    fn deliver(&mut self, response: Response) {
        self.actions.push_back(Action::Response { tx: self.tx, response });
    }
}

/// What both kinds of client keep for their whole life.
#[derive(Debug)]
pub(super) struct Sent {
    pub request: Request,
    pub bytes: Bytes,
    pub hop: Hop,
}

/// INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2).
#[derive(Debug)]
pub(super) enum InviteClient {
    Calling { interval: Duration },
    Proceeding,
    Completed { ack: Bytes },
    Accepted,
    Ended,
}

impl InviteClient {
    pub fn start(cx: &mut Context<'_>, sent: &Sent) -> Self {
        cx.transmit(sent.hop, sent.bytes.clone());
        if !sent.hop.transport.is_reliable() {
            cx.start(Timer::A, cx.values.t1);
        }
        cx.start(Timer::B, cx.values.timeout());
        Self::Calling { interval: cx.values.t1 }
    }

    pub fn on_response(self, cx: &mut Context<'_>, sent: &Sent, response: Response) -> Self {
        match self {
            Self::Calling { .. } | Self::Proceeding => Self::before_final(self, cx, sent, response),
            Self::Completed { ack } => {
                // RFC 3261 §17.1.1.2: a copy of the failure gets the ACK again and goes no further.
                if response.status.code() >= 300 {
                    cx.transmit(sent.hop, ack.clone());
                }
                Self::Completed { ack }
            }
            Self::Accepted => {
                // RFC 6026 §7.2: every 2xx goes up; anything else is stray by now.
                if response.status.is_success() {
                    cx.deliver(response);
                }
                Self::Accepted
            }
            Self::Ended => Self::Ended,
        }
    }

    fn before_final(self, cx: &mut Context<'_>, sent: &Sent, response: Response) -> Self {
        cx.stop(Timer::A);
        cx.stop(Timer::B);
        if response.status.is_provisional() {
            cx.deliver(response);
            return Self::Proceeding;
        }
        if response.status.is_success() {
            cx.start(Timer::M, cx.values.timeout());
            cx.deliver(response);
            return Self::Accepted;
        }
        let Ok(ack) = sent.request.ack_of_failure(&response) else {
            cx.deliver(response);
            return Self::Ended;
        };
        let ack = ack.print();
        cx.transmit(sent.hop, ack.clone());
        cx.deliver(response);
        if sent.hop.transport.is_reliable() {
            return Self::Ended;
        }
        // RFC 3261 §17.1.1.2: Timer D is at least 32 s, whatever T1 is.
        cx.start(Timer::D, Duration::from_secs(32));
        Self::Completed { ack }
    }

    pub fn on_timer(self, cx: &mut Context<'_>, sent: &Sent, timer: Timer) -> Self {
        match (self, timer) {
            (Self::Calling { interval }, Timer::A) => {
                // RFC 3261 §17.1.1.2: Timer A doubles with each copy.
                cx.transmit(sent.hop, sent.bytes.clone());
                cx.start(Timer::A, interval * 2);
                Self::Calling { interval: interval * 2 }
            }
            (Self::Calling { .. }, Timer::B) => {
                cx.actions.push_back(Action::TimedOut { tx: cx.tx, flow_lost: false });
                Self::Ended
            }
            (Self::Completed { .. }, Timer::D) | (Self::Accepted, Timer::M) => Self::Ended,
            (state, _) => state,
        }
    }
}

/// Client transaction of any other method (RFC 3261 §17.1.2).
#[derive(Debug)]
pub(super) enum PlainClient {
    Trying { interval: Duration },
    Proceeding,
    Completed,
    Ended,
}

impl PlainClient {
    pub fn start(cx: &mut Context<'_>, sent: &Sent) -> Self {
        cx.transmit(sent.hop, sent.bytes.clone());
        if !sent.hop.transport.is_reliable() {
            cx.start(Timer::E, cx.values.t1);
        }
        cx.start(Timer::F, cx.values.timeout());
        Self::Trying { interval: cx.values.t1 }
    }

    pub fn on_response(self, cx: &mut Context<'_>, sent: &Sent, response: Response) -> Self {
        if matches!(self, Self::Completed | Self::Ended) {
            return self;
        }
        if response.status.is_provisional() {
            cx.deliver(response);
            return Self::Proceeding;
        }
        cx.stop(Timer::E);
        cx.stop(Timer::F);
        cx.deliver(response);
        if sent.hop.transport.is_reliable() {
            return Self::Ended;
        }
        cx.start(Timer::K, cx.values.t4);
        Self::Completed
    }

    pub fn on_timer(self, cx: &mut Context<'_>, sent: &Sent, timer: Timer) -> Self {
        match (self, timer) {
            (Self::Trying { interval }, Timer::E) => {
                // RFC 3261 §17.1.2.2: Timer E doubles up to T2.
                let interval = (interval * 2).min(cx.values.t2);
                cx.transmit(sent.hop, sent.bytes.clone());
                cx.start(Timer::E, interval);
                Self::Trying { interval }
            }
            (Self::Proceeding, Timer::E) => {
                cx.transmit(sent.hop, sent.bytes.clone());
                cx.start(Timer::E, cx.values.t2);
                Self::Proceeding
            }
            (Self::Trying { .. } | Self::Proceeding, Timer::F) => {
                cx.actions.push_back(Action::TimedOut { tx: cx.tx, flow_lost: false });
                Self::Ended
            }
            (Self::Completed, Timer::K) => Self::Ended,
            (state, _) => state,
        }
    }
}
