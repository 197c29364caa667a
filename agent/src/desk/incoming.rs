//! A call comes in: it is on the desk at once with its number; who it is fills in.

use std::net::IpAddr;

use agent_api::call::MatchView;
use crm::call::{CallRecord, Direction, Line, Party};
use crm::card::Draft;
use crm::id::{AccountId, CallId, Origin};
use sip_stack::ua::{self, Command, LegId};

use super::live::{Live, Stage};
use super::timers::ANNOUNCE;
use super::{CALLS_MAX, Desk, Effect};
use crate::journal::Write;
use crate::party;
use crate::port::clock::Now;

/// Who calls whom.
pub(super) struct Caller {
    pub leg: LegId,
    pub account: ua::AccountId,
    pub from: ua::Party,
    pub to_user: String,
    pub called: Option<String>,
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
        let refused = self.presence.do_not_disturb() || self.calls.len() >= CALLS_MAX || self.closing.is_some();
        let number = record.party.number.clone();
        let mut live = Live::new(record.clone(), leg, Stage::RingingLocal, String::new());
        live.local = caller.local_ip;
        live.announce = Some((caller.from.uri, to.unwrap_or_default(), caller.from.display_name));
        live.announce_by = Some(now.mono + ANNOUNCE);
        if number.is_none() {
            live.matches = MatchView::None;
        }
        if refused {
            // «No molestar»: nothing rings or pops up, but the missed call is on record.
            live.stage = Stage::Ending;
        }
        let id = live.id();
        self.calls.insert(id, live);
        self.journal.push(Write::Begin { record: Box::new(record), draft: Box::new(Draft::default()) }, None);
        if refused {
            return self.do_phone(Command::Reject { leg, status: 486 });
        }
        self.do_phone(Command::Ring { leg });
        self.show(id);
        match number {
            Some(number) => self.effects.push(Effect::Lookup { call: id, number }),
            None => self.announce(id),
        }
    }

    fn incoming_record(&mut self, now: Now, caller: &Caller) -> Option<CallRecord> {
        let id = CallId(self.ids.next(now.utc_ms));
        let line = self.lines.by_key(caller.account)?;
        let country = &self.settings.preferences.country;
        let called = caller.called.as_deref().map(|called| party::display(called, country));
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
            line: Line {
                account: AccountId(line.account.id.0),
                label: line.account.label().to_owned(),
                called_number: called,
                call_center: None,
                color: None,
            },
            own_number: party::display(own, country),
            started_at_ms: now.utc_ms,
            answered_at_ms: None,
            ended_at_ms: None,
            talk_ms: 0,
            end: None,
        })
    }
}
