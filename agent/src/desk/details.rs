//! How calls went technically: asked for while they are kept in memory, and stored a moment after they ended, when the last
//! messages and figures have come.

use std::time::{Duration, Instant};

use agent_api::details::{AgreedSound, CallDetails, DetailsEnd, SignalStep, SoundTotals};
use agent_api::id::CallId;

use sip_stack::ua::LadderLine;

use super::Desk;
use super::trace::{CallTrace, Step};
use crate::fact::AgreedMedia;
use crate::journal::Write;
use crate::port::clock::Now;
use crate::port::media::MediaStats;
use crate::view;

/// The answer to a BYE is waited for so long before the details of its call are stored.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);

impl Desk {
    /// How a call went that is not forgotten here.
    pub(super) fn details(&self, call: CallId) -> Option<Box<CallDetails>> {
        let traced = self.trace.calls.iter().rev().find(|traced| traced.call == Some(call))?;
        let ended = traced.end.is_some() && !self.calls.contains_key(&call);
        details(traced, !ended).map(Box::new)
    }

    /// A call is over: what is known of it is stored soon.
    pub(super) fn store_details_soon(&mut self, now: Now, call: CallId) {
        self.unstored.push_back((now.mono + LAST_WORDS, call));
    }

    /// When the next details are due.
    pub(super) fn details_due(&self) -> Option<Instant> {
        self.unstored.front().map(|(at, _)| *at)
    }

    /// Stores details that are due by then; all of them without a moment.
    pub(super) fn store_details(&mut self, by: Option<Instant>) {
        let due = |at: &Instant| by.is_none_or(|by| *at <= by);
        while let Some((_, call)) = self.unstored.front().filter(|(at, _)| due(at)).copied() {
            self.unstored.pop_front();
            let text = self.details(call).and_then(|details| serde_json::to_string(&details).ok());
            if let Some(text) = text {
                self.journal.push(Write::Details { call: view::crm_call(call), text }, None);
            }
        }
    }
}

/// What the store keeps; none if another version wrote it and it cannot be read.
pub fn read(text: &str) -> Option<CallDetails> {
    serde_json::from_str(text).ok()
}

/// As the boundary and the store have them; none for a call that never came to the desk.
pub fn details(traced: &CallTrace, live: bool) -> Option<CallDetails> {
    Some(CallDetails {
        call: traced.call?,
        live,
        direction: traced.direction,
        steps: traced.steps.iter().map(|Step { at_ms, line }| step(*at_ms, line)).collect(),
        left_out: traced.left_out,
        agreed: traced.agreed.as_ref().map(agreed),
        sound: traced.stats.as_ref().map(totals),
        every_s: traced.series.every_s(),
        points: traced.series.points().to_vec(),
        end: traced.end.map(|end| DetailsEnd { cause: end.cause, code: end.code, by: end.by, talk_ms: end.talk_ms }),
    })
}

/// A message with its moment (UTC).
pub(super) fn step(at_ms: i64, line: &LadderLine) -> SignalStep {
    SignalStep {
        at_ms,
        sent: line.sent,
        what: line.what.clone(),
        cseq: line.cseq,
        bytes: u32::try_from(line.length).unwrap_or(u32::MAX),
        media: line.media.clone(),
    }
}

fn agreed(media: &AgreedMedia) -> AgreedSound {
    AgreedSound {
        codec: media.codec.to_owned(),
        srtp: media.srtp.map(str::to_owned),
        keying: media.keying.map(str::to_owned),
        rtcp_mux: media.rtcp_mux,
    }
}

fn totals(stats: &MediaStats) -> SoundTotals {
    SoundTotals {
        rx_packets: stats.rx_packets,
        tx_packets: stats.tx_packets,
        lost_pct: (stats.lost_pct * 100.0).round() / 100.0,
        late: stats.late,
        concealed_ms: stats.concealed_ms,
    }
}
