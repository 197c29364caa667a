//! A link that no line can dial yet: it started the program, and the line is still registering. It is never lost.
//!
//! ```text
//!   link ─► no line yet ─┬─ a line registers ────────► dialled
//!                        └─ all failed, or 4 s later ─► asked about, and dialled when the person says so
//! ```

use std::time::{Duration, Instant};

use agent_api::account::Registration;
use agent_api::call::{AskReason, Dial, DialOutcome};
use agent_api::event::{EventBody, LinkQuestion};

use super::Desk;
use crate::link::Target;
use crate::port::clock::Now;

/// How long a link waits for a line before the person is asked.
pub(super) const WAIT_FOR_LINE: Duration = Duration::from_secs(4);

/// The link that waits; a newer one takes its place.
pub(super) struct WaitingLink {
    dial: Dial,
    warning: Option<AskReason>,
    number: String,
    until: Instant,
}

impl WaitingLink {
    pub fn timeout(&self) -> Instant {
        self.until
    }
}

impl Desk {
    /// No line can dial this link now: it waits for one that is registering, else the person is asked.
    pub(super) fn wait_for_line(
        &mut self,
        now: Now,
        dial: &Dial,
        warning: Option<AskReason>,
        target: &Target,
    ) -> DialOutcome {
        let number = target.display.clone();
        let until = now.mono + WAIT_FOR_LINE;
        self.waiting_link = Some(WaitingLink { dial: dial.clone(), warning, number: number.clone(), until });
        self.look_at_waiting_link(now);
        DialOutcome::Ask { reason: AskReason::NoLine, number, country: target.country().map(str::to_owned) }
    }

    /// A line changed, or time passed.
    pub(super) fn look_at_waiting_link(&mut self, now: Now) {
        let Some(waiting) = self.waiting_link.as_ref() else { return };
        let usable = self.lines.to_dial(waiting.dial.account).is_some();
        let registering = self.lines.any(|registration| matches!(registration, Registration::Registering));
        if !usable && registering && now.mono < waiting.until {
            return;
        }
        let Some(waiting) = self.waiting_link.take() else { return };
        if usable {
            // Policy speaks again: a call may have come up meanwhile. What it says goes to the window as an event.
            if let Err(error) = self.dial(now, &waiting.dial, waiting.warning) {
                tracing::warn!(code = ?error.code, "a link that waited was not dialled");
            }
        } else {
            let question =
                LinkQuestion { target: waiting.dial.target, number: waiting.number, reason: AskReason::NoLine };
            self.link_question = Some(question.clone());
            self.emit(EventBody::LinkQuestion(Some(question)));
        }
    }
}
