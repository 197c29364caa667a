//! A wish to dial: a link, the keypad, a row.
//!
//! ```text
//!   wish ─► judge ─► refused | ask | call on the desk ─► port opened + contact looked up ─► INVITE
//! ```
//! The INVITE waits for the port alone: never for a sound card, the store or a CRM.

use agent_api::call::{AskReason, Dial, DialOrigin, DialOutcome, MatchView};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{EventBody, LinkQuestion};
use crm::call::{CallRecord, Direction, Party};
use crm::card::Draft;
use crm::id::{CallId, Origin};
use sip_stack::ua::LegId;

use super::live::{Live, Stage};
use super::timers::LINK_CANCEL;
use super::{CALLS_MAX, Desk};
use crate::journal::Write;
use crate::link::{Circumstances, Decision, LinkContext, Target, decide};
use crate::party;
use crate::port::clock::Now;
use crate::redact::Redacted;
use crate::view;

/// A call that was answered at once is still the wish of the first click for so long, in milliseconds.
const DOUBLE_CLICK_MS: i64 = 1_000;

impl Desk {
    /// Dials, asks first, or refuses.
    pub(super) fn dial(&mut self, now: Now, dial: &Dial, warning: Option<AskReason>) -> Result<DialOutcome, ApiError> {
        self.dial_about(now, dial, warning, None)
    }

    /// The same, about sending the other side of a call there.
    pub(super) fn dial_about(
        &mut self,
        now: Now,
        dial: &Dial,
        warning: Option<AskReason>,
        about: Option<agent_api::id::CallId>,
    ) -> Result<DialOutcome, ApiError> {
        let is_link = dial.origin == DialOrigin::Link;
        if is_link {
            self.country_was_said(&dial.target);
        }
        let target = match self.judge(now, dial, warning) {
            Ok(target) => target,
            Err(Verdict::Same(call)) => return Ok(DialOutcome::Started { call }),
            Err(Verdict::Refused(reason)) => {
                tracing::info!(origin = ?dial.origin, target = %Redacted(&dial.target), ?reason, "not dialled");
                if is_link {
                    self.emit(EventBody::LinkRefused(reason));
                }
                return Ok(DialOutcome::Refused { reason });
            }
            Err(Verdict::Ask { reason, number, country }) => {
                if is_link {
                    let question = LinkQuestion { target: dial.target.clone(), number: number.clone(), reason };
                    self.link_question = Some(question.clone());
                    self.emit(EventBody::LinkQuestion(Some(question)));
                }
                return Ok(DialOutcome::Ask { reason, number, country });
            }
        };
        if is_link && !dial.confirmed && self.lines.to_dial(dial.account).is_none() {
            return Ok(self.wait_for_line(now, dial, warning, &target));
        }
        // A question about it stands until the call does: without a line nothing of the link is lost.
        let call = self.place(now, dial, target, about)?;
        self.hold_others(now, call);
        if is_link && self.link_question.take().is_some() {
            self.emit(EventBody::LinkQuestion(None));
        }
        Ok(DialOutcome::Started { call })
    }

    /// The question for the country of this link is answered: what is asked now is another one, or none.
    fn country_was_said(&mut self, target: &str) {
        let said = !self.settings.preferences.country.is_empty();
        let asked = |question: &mut LinkQuestion| question.target == target && question.reason == AskReason::NoCountry;
        if said && self.link_question.take_if(asked).is_some() {
            self.emit(EventBody::LinkQuestion(None));
        }
    }

    /// Policy (security.md, Links), and what the store says against it.
    fn judge(&mut self, now: Now, dial: &Dial, warning: Option<AskReason>) -> Result<Target, Verdict> {
        let own_domains: Vec<String> = self.lines.domains().map(str::to_owned).collect();
        let country = self.settings.preferences.country.clone();
        let context =
            LinkContext { country: &country, own_domains: &own_domains, allowed_domains: &self.settings.link_domains };
        let target = party::read_target(&dial.target, dial.origin, &context).map_err(Verdict::Refused)?;
        if let Some(call) = self.being_dialled(now, dial, &target) {
            return Err(Verdict::Same(call));
        }
        let many_links = dial.origin == DialOrigin::Link && !dial.confirmed && self.note_link(now);
        let circumstances = Circumstances {
            origin: dial.origin,
            country: &country,
            known_country: warning != Some(AskReason::NewCountry),
            call_up: self.calls.values().any(Live::is_seen),
            many_links,
            ask_always: self.settings.preferences.ask_before_dialing,
            confirmed: dial.confirmed,
        };
        let elsewhere = dial.origin == DialOrigin::Row
            && !dial.confirmed
            && !self.is_emergency(&target)
            && self.lines.instead(dial.account).is_some();
        let unwanted = warning == Some(AskReason::NotAgain) && !dial.confirmed && !self.is_emergency(&target);
        let reason = match decide(&target, &circumstances) {
            Decision::Refuse(reason) => return Err(Verdict::Refused(reason)),
            Decision::Ask(reason) => Some(reason),
            Decision::Dial if unwanted => Some(AskReason::NotAgain),
            Decision::Dial => elsewhere.then_some(AskReason::OtherLine),
        };
        match reason {
            None => Ok(target),
            Some(reason) => {
                let country = target.country().map(str::to_owned);
                Err(Verdict::Ask { reason, number: target.display, country })
            }
        }
    }

    /// The call that this wish began already: a double click is one wish.
    fn being_dialled(&self, now: Now, dial: &Dial, target: &Target) -> Option<agent_api::id::CallId> {
        let same = |live: &&Live| {
            let calling = match live.stage {
                Stage::Preparing | Stage::Dialing | Stage::RingingRemote => true,
                Stage::Talking => now.utc_ms - live.record.started_at_ms < DOUBLE_CLICK_MS,
                _ => false,
            };
            calling
                && live.record.direction == Direction::Outgoing
                && live.target == target.dial
                && dial.account.is_none_or(|account| account == live.account())
        };
        self.calls.values().find(same).map(Live::id)
    }

    fn is_emergency(&self, target: &Target) -> bool {
        target.number.as_ref().is_some_and(|number| number.is_emergency(&self.settings.preferences.country))
    }

    fn note_link(&mut self, now: Now) -> bool {
        let since = now.mono.saturating_duration_since(self.began);
        self.links.note(since.as_millis() as u64)
    }

    /// Begins the call. Other calls go on.
    pub(super) fn place(
        &mut self,
        now: Now,
        dial: &Dial,
        target: Target,
        about: Option<agent_api::id::CallId>,
    ) -> Result<agent_api::id::CallId, ApiError> {
        let emergency = self.is_emergency(&target);
        if self.calls.len() >= CALLS_MAX && !emergency {
            return Err(Self::wrong_state());
        }
        let line = match (emergency, dial.origin) {
            (true, _) => self.lines.for_emergency(dial.account),
            // The agent has agreed to another line than that of the row.
            (false, DialOrigin::Row) => self.lines.instead(dial.account).or_else(|| self.lines.to_dial(dial.account)),
            (false, _) => self.lines.to_dial(dial.account),
        };
        let line = line.ok_or(ApiError::new(ErrorCode::NoLine))?;
        let local = line.local;
        let record = CallRecord {
            id: CallId(self.ids.next(now.utc_ms)),
            origin: if line.account.practice { Origin::Demo } else { Origin::Live },
            direction: Direction::Outgoing,
            party: Party { raw: target.dial.clone(), number: target.number.clone(), network_name: None },
            line: self.line_of_record(line, None),
            own_number: line.account.user.clone(),
            started_at_ms: now.utc_ms,
            answered_at_ms: None,
            ended_at_ms: None,
            talk_ms: 0,
            end: None,
        };
        let leg = LegId(self.next_leg);
        self.next_leg += 1;
        let mut live = Live::new(record.clone(), leg, Stage::Preparing, target.dial);
        live.local = local;
        live.consults_for = about;
        live.draft = Draft { contact: dial.contact.map(view::crm_contact), ..Draft::default() };
        live.link_until = (dial.origin == DialOrigin::Link).then(|| now.mono + LINK_CANCEL);
        if target.number.is_none() {
            live.matches = MatchView::None;
        }
        let (call, draft) = (live.id(), Box::new(live.draft.clone()));
        self.calls.insert(call, live);
        self.prepare(call);
        if let Some(number) = target.number {
            self.look_up(call, number, record.origin);
        }
        self.journal.push(Write::Begin { record: Box::new(record), draft }, None);
        self.show(call);
        Ok(call)
    }
}

/// Why nothing is dialled yet, or ever.
enum Verdict {
    /// It is dialled already.
    Same(agent_api::id::CallId),
    Refused(agent_api::call::RefuseReason),
    Ask {
        reason: AskReason,
        number: String,
        country: Option<String>,
    },
}
