//! A call comes in: it is on the desk at once with its number; who it is fills in.

use std::net::IpAddr;
use std::time::Duration;

use agent_api::call::MatchView;
use agent_api::id::CallId;
use crm::call::{CallRecord, Direction, Party};
use crm::card::Draft;
use crm::id::Origin;
use sip_stack::ua::{self, Command, LegId};

use super::live::{Live, Stage};
use super::timers::ANNOUNCE;
use super::{CALLS_MAX, Desk};
use crate::journal::Write;
use crate::party;
use crate::port::clock::Now;

/// How long a call rings at least that is answered by itself.
const RINGS_FIRST: Duration = Duration::from_secs(1);

/// Who calls whom.
pub(super) struct Caller {
    pub leg: LegId,
    pub account: ua::AccountId,
    pub from: ua::Party,
    pub to_user: String,
    pub called: Option<String>,
    pub replaces: Option<LegId>,
    pub answer_after: Option<Duration>,
    pub local_ip: IpAddr,
}

impl Desk {
    pub(super) fn incoming(&mut self, now: Now, caller: Caller) {
        let leg = caller.leg;
        let Some(record) = self.incoming_record(now, &caller) else {
            return self.do_phone(Command::Reject { leg, status: 480 });
        };
        let to =
            self.lines.by_key(caller.account).map(|line| format!("sip:{}@{}", caller.to_user, line.account.domain));
        let full = self.calls.len() >= CALLS_MAX || self.closing.is_some();
        let quiet = self.presence.do_not_disturb();
        let screened = quiet && self.settings.preferences.vip_passes && record.party.number.is_some() && !full;
        let (number, origin) = (record.party.number.clone(), record.origin);
        let answers_itself = self.answers_itself(&caller).filter(|_| !screened);
        let mut live = Live::new(record.clone(), leg, Stage::RingingLocal, String::new());
        live.local = caller.local_ip;
        live.announce = Some((caller.from.uri, to.unwrap_or_default(), caller.from.display_name));
        live.announce_by = Some(now.mono + ANNOUNCE);
        live.answers_itself_at = answers_itself.map(|after| now.mono + after);
        if number.is_none() {
            live.matches = MatchView::None;
        }
        if screened {
            live.stage = Stage::Screened;
        }
        let id = live.id();
        self.calls.insert(id, live);
        self.journal.push(Write::Begin { record: Box::new(record), draft: Box::new(Draft::default()) }, None);
        let continues = !full && caller.replaces.is_some_and(|replaced| self.takes_place(id, replaced));
        if full || (quiet && !screened && !continues) {
            return self.turn_away(id);
        }
        if !screened && !continues {
            self.do_phone(Command::Ring { leg });
            self.show(id);
        }
        match number {
            Some(number) => self.look_up(id, number, origin),
            None => self.announce(id),
        }
    }

    /// After how long the call is answered without the agent: where the line allows it, the exchange asks for it and nobody
    /// else is on the telephone. It rings for a moment all the same, so that nobody is listened to unawares.
    fn answers_itself(&self, caller: &Caller) -> Option<Duration> {
        let allowed = self.lines.by_key(caller.account).is_some_and(|line| line.account.auto_answer);
        let wished = caller.answer_after.filter(|_| allowed && self.calls.is_empty())?;
        Some(wished.max(RINGS_FIRST))
    }

    /// Who calls during «No molestar» is known, or will not be in time: somebody with a star rings, anybody else does not.
    pub(super) fn screen(&mut self, call: CallId) {
        let Some(live) = self.calls.get_mut(&call).filter(|live| live.stage == Stage::Screened) else { return };
        let vip = match &live.matches {
            MatchView::One { contact } => contact.vip,
            MatchView::Several { contacts } => contacts.iter().any(|contact| contact.vip),
            MatchView::Searching | MatchView::None => false,
        };
        if !vip {
            return self.turn_away(call);
        }
        live.stage = Stage::RingingLocal;
        let leg = live.leg;
        self.do_phone(Command::Ring { leg });
        self.show(call);
    }

    /// Nothing rings or pops up, but the missed call is on record.
    fn turn_away(&mut self, call: CallId) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        live.stage = Stage::Ending;
        live.unseen = true;
        let leg = live.leg;
        self.do_phone(Command::Reject { leg, status: 486 });
    }

    fn incoming_record(&mut self, now: Now, caller: &Caller) -> Option<CallRecord> {
        let id = crm::id::CallId(self.ids.next(now.utc_ms));
        let line = self.lines.by_key(caller.account)?;
        let country = &self.settings.preferences.country;
        let own = caller.called.as_deref().unwrap_or(&line.account.user);
        Some(CallRecord {
            id,
            origin: if line.account.practice { Origin::Demo } else { Origin::Live },
            direction: Direction::Incoming,
            party: Party {
                raw: caller.from.user.clone(),
                number: party::number(&caller.from.user, country),
                network_name: caller.from.display_name.as_deref().and_then(party::clean_name),
            },
            line: self.line_of_record(line, caller.called.as_deref()),
            own_number: party::display(own, country),
            started_at_ms: now.utc_ms,
            answered_at_ms: None,
            ended_at_ms: None,
            talk_ms: 0,
            end: None,
        })
    }
}
