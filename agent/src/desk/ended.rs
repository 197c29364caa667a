//! A call is over: its record and held push are stored, and what comes after is made ready.

use agent_api::call::{self as api, MatchView, TransferView};
use agent_api::event::EventBody;
use agent_api::id::CallId;
use crm::call::{Direction, End, EndCause, EndedBy};
use crm::phone::PhoneNumber;

use super::Desk;
use super::trace::TracedEnd;
use crate::fact::What;
use crate::journal::Write;
use crate::port::clock::Now;
use crate::port::media::{MediaCommand, Signal};
use crate::view;

/// How a call ended.
pub(super) struct Over {
    pub cause: EndCause,
    pub status: Option<u16>,
    pub by: EndedBy,
    pub reason: String,
}

impl Desk {
    /// Takes a call off the desk.
    pub(super) fn end(&mut self, now: Now, call: CallId, over: Over) {
        self.announce(call);
        let Some(live) = self.calls.get_mut(&call) else { return };
        let talk_ms = live.answered_at.map_or(0, |at| now.mono.saturating_duration_since(at).as_millis() as u64);
        live.record.ended_at_ms = Some(now.utc_ms);
        live.record.talk_ms = talk_ms;
        live.record.end = Some(End { cause: over.cause, status: over.status, by: over.by });
        let answered = live.answered_at.is_some();
        if live.matches == MatchView::Searching {
            self.unmatched.insert(call, live.draft.clone());
        }
        let record = Box::new(live.record.clone());
        let (consults_for, sent_on, fetched) = (live.consults_for, live.is_being_transferred(), live.fetched);
        // Codes of the exchange, the mailbox, calls between own lines, and questions about another call ask for no wrap-up.
        let code = record.party.number.as_ref().is_some_and(PhoneNumber::is_service_code) && !fetched;
        let internal = code
            || consults_for.is_some()
            || self.lines.is_own(&record.party.raw)
            || self.lines.is_mailbox(&record.party.raw);
        let busy = over.cause == EndCause::Busy && record.direction == Direction::Outgoing;

        self.do_media(MediaCommand::Close { call });
        let (cause, by) = (view::cause(over.cause), view::ended_by(over.by));
        self.trace.ended(call, TracedEnd { cause, code: over.status, by, talk_ms });
        self.store_details_soon(now, call);
        self.fact(call, What::Ended { cause, code: over.status, reason: over.reason, by, duration_ms: talk_ms });
        self.show(call);
        if self.calls.remove(&call).is_some_and(|live| live.is_seen()) {
            self.emit(EventBody::CallGone(call));
        }
        self.journal.push(Write::End { record, internal }, None);
        if answered && !internal {
            self.presence.begin_wrap_up(now, call);
        }
        self.leave_conference(call);
        if !sent_on {
            self.nothing_to_consult(call);
        }
        if let Some(of) = consults_for {
            let unasked = !answered && by != api::EndedBy::Local;
            self.consultation_over(now, of, unasked.then_some(TransferView::Failed { cause }));
        }
        if busy && self.calls.is_empty() {
            self.do_media(MediaCommand::Signal(Signal::Busy));
        }
    }
}
