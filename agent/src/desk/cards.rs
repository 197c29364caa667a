//! What is written on cards on its way to the store, and who a number is.

use agent_api::call::MatchView;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{DataTag, EventBody};
use agent_api::id::CallId;
use crm::card::Draft;
use crm::contact::ContactBrief;
use crm::store::StoreError;

use super::live::Live;
use super::{Desk, Effect, LiveCard, Reply, Standing};
use crate::journal::{Ticket, Write, fault};
use crate::port::clock::Now;
use crate::view;

/// What of a draft shows in a row of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Face {
    contact: Option<crm::id::ContactId>,
    disposition: Option<crm::id::DispositionId>,
    written: bool,
}

impl Face {
    fn of(draft: &Draft) -> Self {
        Self { contact: draft.contact, disposition: draft.disposition, written: !draft.is_blank() }
    }
}

impl Desk {
    /// Takes what is written; the reply comes when it is durable, or with the fault that delays it.
    pub(super) fn take_draft(&mut self, call: CallId, edit: Option<u32>, draft: Box<Draft>, ticket: Ticket) {
        if let Some(edit) = edit {
            let last = self.edits.entry(call).or_default();
            if edit < *last {
                return self.reply(ticket, Ok(Reply::Done));
            }
            *last = edit;
        }
        if let Some(live) = self.calls.get_mut(&call) {
            let chosen = draft.contact;
            live.draft = (*draft).clone();
            live.contact = chosen.and_then(|chosen| candidate(&live.matches, chosen)).or(live.contact.take());
            if live.contact.as_ref().map(|c| c.id.0) != chosen.map(|c| c.0) {
                live.contact = None;
            }
            self.show(call);
        }
        if let Some(kept) = self.unmatched.get_mut(&call) {
            *kept = (*draft).clone();
        }
        self.journal.push(Write::Draft { call: view::crm_call(call), draft }, Some(ticket));
    }

    pub(super) fn live_card(&self, call: CallId) -> LiveCard {
        let live = self.calls.get(&call);
        let waiting = self.journal.waiting_draft(view::crm_call(call)).cloned();
        LiveCard { draft: waiting.or_else(|| live.map(|live| live.draft.clone())), live: live.is_some() }
    }

    /// A card was saved or dismissed: its after-call work is over.
    pub(super) fn card_done(&mut self, _now: Now, call: CallId) -> Result<Reply, ApiError> {
        self.presence.end_wrap_up(call);
        self.edits.remove(&call);
        self.faces.remove(&call);
        self.unmatched.remove(&call);
        self.recount();
        self.emit(EventBody::Changed(DataTag::Cards));
        Ok(Reply::Done)
    }

    /// The lookup of a call's number is done.
    pub(super) fn found(&mut self, _now: Now, call: CallId, candidates: Vec<ContactBrief>) {
        let matches = view::matches(crm::matching::Match::of(candidates));
        let Some(live) = self.calls.get_mut(&call) else { return self.found_late(call, &matches) };
        live.matches = matches;
        if let MatchView::One { contact } = &live.matches
            && live.draft.contact.is_none()
        {
            // CU-30: one match shows at once; several are never chosen for the agent (CU-31).
            live.contact = Some(contact.clone());
            live.draft.contact = Some(view::crm_contact(contact.id));
            let draft = Box::new(live.draft.clone());
            self.journal.push(Write::Draft { call: view::crm_call(call), draft }, None);
        } else if let Some(chosen) = live.draft.contact {
            live.contact = candidate(&live.matches, chosen).or(live.contact.take());
        }
        self.screen(call);
        self.show(call);
        self.announce(call);
    }

    /// A call so short that it was over before its number was looked up.
    fn found_late(&mut self, call: CallId, matches: &MatchView) {
        let Some(mut draft) = self.unmatched.remove(&call) else { return };
        if let MatchView::One { contact } = matches
            && draft.contact.is_none()
        {
            draft.contact = Some(view::crm_contact(contact.id));
            self.journal.push(Write::Draft { call: view::crm_call(call), draft: Box::new(draft) }, None);
        }
    }

    /// People changed: who the live calls' numbers are is asked again.
    pub(super) fn look_up_again(&mut self) {
        self.emit(EventBody::Changed(DataTag::Contacts));
        let number = |(id, live): (&CallId, &Live)| Some((*id, live.record.party.number.clone()?, live.record.origin));
        let numbers: Vec<_> = self.calls.iter().filter_map(number).collect();
        for (call, number, origin) in numbers {
            self.look_up(call, number, origin);
        }
    }

    /// Gives the store the next write.
    pub(super) fn feed_store(&mut self, now: Now) {
        if let Some(write) = self.journal.next(now.mono) {
            self.effects.push(Effect::Write(write));
        }
    }

    pub(super) fn written(&mut self, now: Now, result: Result<(), StoreError>) {
        let settled = self.journal.settle(now.mono, result);
        let reply = match &settled.error {
            None => Ok(Reply::Done),
            Some(error) => Err(view::store_error(error)),
        };
        match settled.error.as_ref().map(fault) {
            None => self.store_is_well(),
            Some(Some(code)) => self.stand(code, Standing::Yes(None)),
            Some(None) => {}
        }
        for ticket in settled.tickets {
            self.reply(ticket, reply.clone());
        }
        match settled.written {
            None | Some(Write::Details { .. }) => {}
            Some(Write::Recording { .. } | Write::RecordingEnd { .. }) => {
                self.emit(EventBody::Changed(DataTag::Recordings));
                self.emit(EventBody::Changed(DataTag::Cards));
            }
            // While somebody types, the lists are asked again only if a row looks different.
            Some(Write::Draft { call, draft }) => {
                let face = Face::of(&draft);
                let before = self.faces.insert(CallId(call.0), face);
                if before != Some(face) {
                    self.emit(EventBody::Changed(DataTag::Cards));
                }
            }
            Some(Write::Begin { .. } | Write::Update { .. } | Write::End { .. }) => {
                self.recount();
                self.emit(EventBody::Changed(DataTag::Cards));
            }
        }
    }

    pub(super) fn drop_link_question(&mut self) -> Result<Reply, ApiError> {
        if self.link_question.take().is_some() {
            self.emit(EventBody::LinkQuestion(None));
        }
        Ok(Reply::Done)
    }

    pub(super) fn wrong_state() -> ApiError {
        ApiError::new(ErrorCode::WrongState)
    }
}

/// The chosen person among those whom the number offers.
fn candidate(matches: &MatchView, chosen: crm::id::ContactId) -> Option<agent_api::contact::ContactBrief> {
    match matches {
        MatchView::One { contact } => (contact.id.0 == chosen.0).then(|| contact.clone()),
        MatchView::Several { contacts } => contacts.iter().find(|contact| contact.id.0 == chosen.0).cloned(),
        MatchView::Searching | MatchView::None => None,
    }
}
