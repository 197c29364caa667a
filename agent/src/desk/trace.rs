//! What is kept of signalling and sound for a report of a problem: bounded, without names, numbers and addresses.
//!
//! Messages are kept by call. What came before its leg was known waits outside and follows when the leg is.

use std::collections::VecDeque;

use agent_api::call::{Direction, EndCause, EndedBy};
use agent_api::id::CallId;
use sip_stack::ua::{Counters, LadderLine, LegId};

use super::series::Series;
use crate::fact::AgreedMedia;
use crate::port::media::MediaStats;

/// The last calls that are kept.
pub const CALLS_MAX: usize = 20;
/// Messages of one call; later ones push the oldest out.
pub const CALL_STEPS_MAX: usize = 150;
/// Messages of no call: registrations, and what was refused.
pub const OUTSIDE_STEPS_MAX: usize = 150;
/// Bytes of all messages together, as [`Step::bytes`] counts them.
pub const BYTES_MAX: usize = 96 << 10;

/// A message, with the moment when the desk heard of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// UTC.
    pub at_ms: i64,
    /// What it was.
    pub line: LadderLine,
}

impl Step {
    /// What it takes, in memory and in a report, as an estimate from above.
    fn bytes(&self) -> usize {
        80 + self.line.what.len() + self.line.media.as_ref().map_or(0, String::len)
    }
}

/// What is kept of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallTrace {
    /// The call, as the log names it; none for one that never came to the desk.
    pub call: Option<CallId>,
    /// Who began it.
    pub direction: Option<Direction>,
    /// Its messages, oldest first.
    pub steps: VecDeque<Step>,
    /// Messages that were pushed out.
    pub left_out: u32,
    /// What was agreed about sound, last.
    pub agreed: Option<AgreedMedia>,
    /// The last figures of its sound.
    pub stats: Option<MediaStats>,
    /// Figures over time.
    pub series: Series,
    /// How it ended.
    pub end: Option<TracedEnd>,
    leg: LegId,
    exchange: u64,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedEnd {
    /// Why.
    pub cause: EndCause,
    /// SIP status, if one came.
    pub code: Option<u16>,
    /// Who.
    pub by: EndedBy,
    /// Answer to end, ms.
    pub talk_ms: u64,
}

/// All that is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The last calls, oldest first.
    pub calls: VecDeque<CallTrace>,
    /// Messages of no call, oldest first.
    pub outside: VecDeque<Step>,
    /// What was dropped without a word; none if the user agent did not answer.
    pub counters: Option<Counters>,
    bytes: usize,
}

impl Trace {
    /// Keeps a message; `of` is the call of its leg, if the desk has one.
    pub(super) fn take(&mut self, at_ms: i64, line: LadderLine, of: Option<(CallId, Direction)>) {
        // What comes when the leg is gone, such as the answer to the BYE, is of the same Call-ID.
        let exchange = line.exchange;
        let leg =
            line.leg.or_else(|| self.calls.iter().find(|entry| entry.exchange == exchange).map(|entry| entry.leg));
        let step = Step { at_ms, line };
        self.bytes += step.bytes();
        match leg {
            None => {
                self.outside.push_back(step);
                if self.outside.len() > OUTSIDE_STEPS_MAX {
                    self.drop_outside();
                }
            }
            Some(leg) => {
                let earlier = self.outside_of(exchange);
                let entry = self.entry(leg, exchange);
                if let Some((call, direction)) = of {
                    (entry.call, entry.direction) = (Some(call), Some(direction));
                }
                entry.steps.extend(earlier);
                entry.steps.push_back(step);
                let mut freed = 0;
                while entry.steps.len() > CALL_STEPS_MAX {
                    freed += entry.steps.pop_front().map_or(0, |step| step.bytes());
                    entry.left_out += 1;
                }
                self.bytes -= freed;
            }
        }
        self.keep_within();
    }

    /// What both sides agreed on.
    pub(super) fn agreed(&mut self, call: CallId, media: AgreedMedia) {
        if let Some(entry) = self.of_call(call) {
            entry.agreed = Some(media);
        }
    }

    /// Figures of a call's sound so far; of a moment (UTC), unless the call is over.
    pub(super) fn stats(&mut self, call: CallId, at_ms: Option<i64>, stats: MediaStats) {
        if let Some(entry) = self.of_call(call) {
            if let Some(at_ms) = at_ms {
                entry.series.take(at_ms, &stats);
            }
            entry.stats = Some(stats);
        }
    }

    /// A call is over.
    pub(super) fn ended(&mut self, call: CallId, end: TracedEnd) {
        if let Some(entry) = self.of_call(call) {
            entry.end = Some(end);
        }
    }

    fn of_call(&mut self, call: CallId) -> Option<&mut CallTrace> {
        self.calls.iter_mut().rev().find(|entry| entry.call == Some(call))
    }

    fn entry(&mut self, leg: LegId, exchange: u64) -> &mut CallTrace {
        let place = self.calls.iter().position(|entry| entry.leg == leg).unwrap_or_else(|| {
            while self.calls.len() >= CALLS_MAX {
                self.drop_oldest_call();
            }
            self.calls.push_back(CallTrace {
                call: None,
                direction: None,
                steps: VecDeque::new(),
                left_out: 0,
                agreed: None,
                stats: None,
                series: Series::default(),
                end: None,
                leg,
                exchange,
            });
            self.calls.len() - 1
        });
        &mut self.calls[place]
    }

    /// What came of the same Call-ID before there was a leg.
    fn outside_of(&mut self, exchange: u64) -> Vec<Step> {
        if self.outside.iter().all(|step| step.line.exchange != exchange) {
            return Vec::new();
        }
        let all = std::mem::take(&mut self.outside);
        let (of_it, others) = all.into_iter().partition(|step| step.line.exchange == exchange);
        self.outside = others;
        Vec::from(of_it)
    }

    /// The oldest goes first; of a single call its first messages.
    fn keep_within(&mut self) {
        while self.bytes > BYTES_MAX {
            if self.calls.len() > 1 {
                self.drop_oldest_call();
            } else if !self.outside.is_empty() {
                self.drop_outside();
            } else {
                let step = self.calls.front_mut().and_then(|entry| {
                    entry.left_out += 1;
                    entry.steps.pop_front()
                });
                let Some(step) = step else { return };
                self.bytes -= step.bytes();
            }
        }
    }

    fn drop_oldest_call(&mut self) {
        let steps = self.calls.pop_front().map_or_else(VecDeque::new, |entry| entry.steps);
        self.bytes -= steps.iter().map(Step::bytes).sum::<usize>();
    }

    fn drop_outside(&mut self) {
        self.bytes -= self.outside.pop_front().map_or(0, |step| step.bytes());
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn line(leg: Option<u64>, exchange: u64, what: &str) -> LadderLine {
        let media = (what == "INVITE").then(|| format!("sdp sendrecv {}", ["telephone-event"; 12].join(",")));
        LadderLine { sent: false, leg: leg.map(LegId), exchange, what: what.to_owned(), cseq: 1, length: 900, media }
    }

    fn call(id: u64) -> Option<(CallId, Direction)> {
        Some((CallId(Uuid::from_u128(id.into())), Direction::Incoming))
    }

    fn words(steps: &VecDeque<Step>) -> Vec<&str> {
        steps.iter().map(|step| step.line.what.as_str()).collect()
    }

    #[test]
    fn what_came_before_the_leg_was_known_follows_it() {
        let mut trace = Trace::default();
        trace.take(1, line(None, 7, "INVITE"), None);
        trace.take(2, line(None, 9, "REGISTER"), None);
        trace.take(3, line(None, 7, "100 INVITE"), None);
        trace.take(4, line(Some(1), 7, "180 INVITE"), call(1));
        assert_eq!(words(&trace.calls[0].steps), ["INVITE", "100 INVITE", "180 INVITE"]);
        assert_eq!(words(&trace.outside), ["REGISTER"]);
        // The desk has forgotten the call when the last messages come.
        trace.take(5, line(Some(1), 7, "BYE"), None);
        trace.take(6, line(None, 7, "200 BYE"), None);
        assert_eq!((trace.calls.len(), trace.calls[0].call), (1, call(1).map(|(id, _)| id)));
        assert_eq!(words(&trace.calls[0].steps)[3..], ["BYE", "200 BYE"]);
    }

    #[test]
    fn it_is_bounded_by_calls_messages_and_bytes() {
        let mut trace = Trace::default();
        for leg in 0..100 {
            for _ in 0..200 {
                trace.take(1, line(Some(leg), leg, "INVITE"), call(leg));
            }
            trace.take(1, line(None, (1 << 40) + leg, "INVITE"), None);
            let steps = || trace.calls.iter().flat_map(|entry| &entry.steps).chain(&trace.outside);
            assert_eq!(steps().map(Step::bytes).sum::<usize>(), trace.bytes);
            assert!(trace.bytes <= BYTES_MAX && trace.calls.len() <= CALLS_MAX);
            assert!(trace.calls.iter().all(|entry| entry.steps.len() <= CALL_STEPS_MAX));
        }
        assert!(trace.outside.len() <= OUTSIDE_STEPS_MAX);
        let last = trace.calls.back().unwrap();
        assert_eq!((last.leg, last.steps.len(), last.left_out), (LegId(99), CALL_STEPS_MAX, 50));

        for leg in 0..100 {
            trace.take(1, line(Some(leg), leg, "BYE"), call(leg));
        }
        assert_eq!(trace.calls.len(), CALLS_MAX);
        assert_eq!(trace.calls.front().unwrap().leg, LegId(80), "the last calls are kept");
    }
}
