//! Use-case timers. Each belongs to a call and is one of:
//!
//! | timer | after | does |
//! |---|---|---|
//! | link | 1 s after a link dialled | «Cancelar» is no longer offered |
//! | answer | as the exchange asks, 1 s at least | the line answers by itself, where its account allows that |
//! | sent | 20 s after the other side wanted us elsewhere | stays |
//! | sender | 2 s after we are where the other side sent us | holds whoever has not hung up |
//! | announce | 250 ms after INVITE in | tells the call as a fact even if the lookup is not done; declines it during «No molestar» |
//!
//! Three belong to no live call: a link waits 4 s for a line ([`super::waiting`]), a report 1 s for the counters of the user agent,
//! and the details of a call that is over 2 s for its last messages ([`super::details`]).

use std::time::Duration;

use agent_api::call::MatchView;
use sip_stack::ua::{Command, Counters};

use super::{Desk, Reply};
use crate::fact::What;
use crate::journal::Ticket;
use crate::port::clock::Now;
use crate::port::media::{MediaCommand, Signal};
use agent_api::id::CallId;

/// How long «Cancelar» is offered after a link dialled.
pub(super) const LINK_CANCEL: Duration = Duration::from_secs(1);
/// How long the fact of an incoming call waits for the lookup.
pub(super) const ANNOUNCE: Duration = Duration::from_millis(250);
/// How long a report waits for the counters of the user agent.
const COUNTERS: Duration = Duration::from_secs(1);

impl Desk {
    pub(super) fn run_timers(&mut self, now: Now) {
        self.look_at_waiting_link(now);
        self.store_details(Some(now.mono));
        if self.tracing.as_ref().is_some_and(|(_, until)| *until <= now.mono) {
            self.counted(None);
        }
        let due: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(_, c)| c.timeout().is_some_and(|at| at <= now.mono))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            let Some(call) = self.calls.get_mut(&id) else { continue };
            let link_over = call.link_until.is_some_and(|until| until <= now.mono);
            if link_over {
                call.link_until = None;
            }
            let answer = call.answers_itself_at.take_if(|at| *at <= now.mono).is_some() && call.rings_here();
            let undecided = call.sent_to.as_ref().is_some_and(|sent| sent.until <= now.mono);
            let stays = call.hold_at.take_if(|at| *at <= now.mono).is_some();
            let late = call.announce_by.is_some_and(|by| by <= now.mono);
            if link_over {
                self.show(id);
            }
            if late {
                self.screen(id);
                self.announce(id);
            }
            if undecided {
                // Staying is always possible.
                let _ = self.go_where_sent(now, id, false);
            }
            if stays {
                self.sender_stays(now, id);
            }
            if answer {
                self.answer_itself(now, id);
            }
        }
    }

    /// The exchange asked for it: the agent hears a beep instead of pressing a key.
    fn answer_itself(&mut self, now: Now, call: CallId) {
        if self.answer(now, call).is_ok() {
            self.do_media(MediaCommand::Signal(Signal::AutoAnswer));
        }
    }

    /// Asks the user agent for its counters, which a report begins with.
    pub(super) fn give_trace(&mut self, now: Now, ticket: Ticket) {
        match &mut self.tracing {
            Some((waiting, _)) => waiting.push(ticket),
            None => {
                self.tracing = Some((vec![ticket], now.mono + COUNTERS));
                self.do_phone(Command::ReportCounters);
            }
        }
    }

    /// The user agent has counted, or is not waited for any more.
    pub(super) fn counted(&mut self, counters: Option<Counters>) {
        let Some((waiting, _)) = self.tracing.take() else { return };
        for ticket in waiting {
            let mut trace = self.trace.clone();
            trace.counters = counters;
            self.reply(ticket, Ok(Reply::Trace(Box::new(trace))));
        }
    }

    /// Tells an incoming call as a fact, once.
    pub(super) fn announce(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.announce_by = None;
        let Some((from, to, display_name)) = call.announce.take() else { return };
        let matches = match &call.matches {
            MatchView::Searching => MatchView::None,
            known => known.clone(),
        };
        self.fact(id, What::Incoming { from, to, display_name, matches });
    }
}
