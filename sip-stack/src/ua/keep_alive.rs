//! Keeping a registered flow open, and noticing when it is gone (RFC 5626 §4.4).
//!
//! ```text
//!  Plain (the driver pings) ──registrar keeps to RFC 5626, UDP──► Resting ──due──► Asked ──answer──► Resting
//!    ▲                                                                              │ silence
//!    └──────────── a peer that never answered ──────────────────────────────────────┴──► the flow is dead
//! ```

use std::net::SocketAddr;
use std::time::Duration;

use rand::RngCore as _;

use crate::message::{HeaderName, Response};
use crate::transport::stun::{self, StunId};
use crate::transport::{FlowError, FlowId, Hop, Transport};

use super::Output;
use super::account::{Account, Link, LinkFailure};
use super::core::{Core, Wake};

/// RFC 5626 §4.4.2: 24 to 29 s where no Flow-Timer says more.
const STUN_EVERY: (Duration, Duration) = (Duration::from_secs(24), Duration::from_secs(29));
/// What the driver does when nobody tells it anything.
const DRIVER_EVERY: Duration = Duration::from_secs(25);
/// Waits after each sending of a request: those of RFC 5389 §7.2.1, cut off 10 s after the first.
const WAITS_MS: [u64; 5] = [500, 1000, 2000, 4000, 2500];

/// What is known of the flow that is kept.
#[derive(Debug, Default)]
pub(super) struct KeepAlive {
    flow: Option<FlowId>,
    stun: Stun,
    /// The Flow-Timer of the last answer.
    timer: Option<Duration>,
    /// Where the peer sees us, from its first answer on this flow.
    mapped: Option<SocketAddr>,
    answered: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum Stun {
    #[default]
    Plain,
    Resting,
    Asked {
        id: StunId,
        sent: usize,
    },
    /// The peer never answered one.
    Deaf,
}

impl Account {
    /// The registrar confirmed: its Flow-Timer counts from now on.
    pub fn keep_flow(&mut self, core: &mut Core, response: &Response) {
        let Link::Up { flow, facts, .. } = self.link else { return };
        if self.keep.flow != Some(flow) {
            self.keep = KeepAlive { flow: Some(flow), ..KeepAlive::default() };
        }
        self.keep.timer = flow_timer(response);
        if !(self.outbound.is_granted() && facts.transport == Transport::Udp) {
            self.keep.stun = Stun::Plain;
        }
        match self.keep.stun {
            Stun::Plain if self.outbound.is_granted() && facts.transport == Transport::Udp => {
                core.push(Output::KeepAlive { flow, every: None });
                self.rest(core);
            }
            Stun::Plain | Stun::Deaf => self.leave_to_driver(core, flow),
            Stun::Resting | Stun::Asked { .. } => {}
        }
    }

    /// The next request, or the next copy of it; an error when the flow is dead.
    pub fn keep_alive_due(&mut self, core: &mut Core) -> Result<(), LinkFailure> {
        let Link::Up { flow, facts, .. } = self.link else { return Ok(()) };
        if self.keep.flow != Some(flow) {
            return Ok(());
        }
        let (id, sent) = match self.keep.stun {
            Stun::Resting => {
                let mut id = StunId::default();
                core.rng.fill_bytes(&mut id);
                (id, 0)
            }
            Stun::Asked { id, sent } => (id, sent),
            Stun::Plain | Stun::Deaf => return Ok(()),
        };
        match WAITS_MS.get(sent) {
            Some(wait) => {
                let bytes = stun::binding_request(&id).into();
                core.push(Output::Transmit { flow, remote: facts.remote, bytes });
                self.keep.stun = Stun::Asked { id, sent: sent + 1 };
                core.wake(Wake::KeepAlive(self.id), Duration::from_millis(*wait));
                Ok(())
            }
            None if self.keep.answered => Err(dead(FlowError::Timeout)),
            None => {
                tracing::info!(account = self.id.0, "the peer knows no STUN");
                self.keep.stun = Stun::Deaf;
                self.leave_to_driver(core, flow);
                Ok(())
            }
        }
    }

    /// A datagram of STUN came; an error when our address is another one than it was (RFC 5626 §4.4.2).
    pub fn on_stun(&mut self, core: &mut Core, hop: Hop, bytes: &[u8]) -> Result<(), LinkFailure> {
        let Stun::Asked { id, .. } = self.keep.stun else { return stray(core) };
        let at_peer = self.keep.flow == Some(hop.flow) && self.facts().is_some_and(|f| f.remote == hop.remote);
        let Some(answer) = stun::read_answer(bytes).filter(|answer| at_peer && answer.id == id) else {
            return stray(core);
        };
        self.keep.answered = true;
        self.rest(core);
        let before = self.keep.mapped;
        self.keep.mapped = before.or(answer.mapped);
        match (before, answer.mapped) {
            (Some(before), Some(now)) if before != now => Err(dead(FlowError::Moved)),
            _ => Ok(()),
        }
    }

    /// Until the next request.
    fn rest(&mut self, core: &mut Core) {
        self.keep.stun = Stun::Resting;
        let (from, to) = self.keep.timer.map_or(STUN_EVERY, |timer| (timer * 8 / 10, timer));
        let wait = core.between(from, to);
        core.wake(Wake::KeepAlive(self.id), wait);
    }

    /// RFC 5626 §4.4.1: the driver's CRLF, at 80 to 100 % of Flow-Timer where that is more often than usual.
    fn leave_to_driver(&mut self, core: &mut Core, flow: FlowId) {
        core.timers.clear(Wake::KeepAlive(self.id));
        let every = self.keep.timer.map_or(DRIVER_EVERY, |timer| core.between(timer * 8 / 10, timer).min(DRIVER_EVERY));
        core.push(Output::KeepAlive { flow, every: Some(every) });
    }
}

/// RFC 5626 §10. Zero would have us send without end, and counts as nothing.
fn flow_timer(response: &Response) -> Option<Duration> {
    let value = response.headers.get(&HeaderName::FlowTimer)?;
    let seconds: u32 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
    (seconds > 0).then(|| Duration::from_secs(seconds.into()))
}

fn dead(error: FlowError) -> LinkFailure {
    LinkFailure { cause: error.into(), reason: error.to_string() }
}

fn stray(core: &mut Core) -> Result<(), LinkFailure> {
    core.counters.stray += 1;
    Ok(())
}
