//! Sending the other side of a call elsewhere, and calls that take another's place.

use agent_api::call::{Consult, Dial, DialOrigin, DialOutcome, TransferView};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::CallId;
use sip_stack::message::StatusCode;
use sip_stack::ua::{self, Command, LegId, TransferTo};

use super::live::Stage;
use super::{Desk, Reply};
use crate::fact::What;
use crate::link::LinkContext;
use crate::party;
use crate::port::clock::Now;
use crate::view;

/// Whom the other side shall talk to.
#[derive(Debug)]
pub enum Goal {
    /// A number, extension or SIP address, without asking there first.
    Target(Target),
    /// The other side of this call: both are joined, and both calls are over here.
    Call(CallId),
}

/// What was typed; `Debug` never shows it.
pub struct Target(pub String);

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Target")
    }
}

impl Desk {
    /// Asks the other side to call somebody else. How it goes is told as facts; the call ends when it is done, and stays
    /// as it was when it fails.
    pub(super) fn transfer(&mut self, call: CallId, goal: Goal) -> Result<Reply, ApiError> {
        let leg = self.talking_leg(call)?;
        let to = match goal {
            Goal::Target(Target(text)) => {
                let country = self.settings.preferences.country.clone();
                let context = LinkContext { country: &country, own_domains: &[], allowed_domains: &[] };
                let target = party::read_target(&text, DialOrigin::Keypad, &context);
                TransferTo::Target(target.map_err(|_| ApiError::about(ErrorCode::Invalid, "to"))?.dial)
            }
            Goal::Call(with) if with == call => return Err(ApiError::about(ErrorCode::Invalid, "with")),
            Goal::Call(with) => TransferTo::Leg(self.talking_leg(with)?),
        };
        self.do_phone(Command::Transfer { leg, to });
        self.told_transfer(call, TransferView::Asked);
        Ok(Reply::Done)
    }

    /// Calls somebody about a call, over the same line; the call is held meanwhile.
    pub(super) fn consult(&mut self, now: Now, wish: Consult) -> Result<DialOutcome, ApiError> {
        self.talking_leg(wish.call)?;
        let account = Some(self.live(wish.call)?.account());
        // Whom to ask was chosen for this call: no further question.
        let dial =
            Dial { target: wish.to, origin: DialOrigin::Keypad, account, contact: wish.contact, confirmed: true };
        self.dial_about(now, &dial, None, Some(wish.call))
    }

    /// Nobody is transferred: the call that waited comes back, and says why if nobody could be asked.
    pub(super) fn consultation_over(&mut self, now: Now, of: CallId, failed: Option<TransferView>) {
        let waits = |live: &super::live::Live| live.stage == Stage::Talking && !live.is_being_transferred();
        if !self.calls.get(&of).is_some_and(waits) {
            return;
        }
        if !self.calls.values().any(super::live::Live::is_front) {
            // It is there and up, so that it can be resumed.
            let _ = self.resume(now, of);
        }
        if let Some(failed) = failed {
            self.told_transfer(of, failed);
        }
    }

    /// The other side of a call has gone by itself: whoever was asked about it is in a call like any other.
    pub(super) fn nothing_to_consult(&mut self, gone: CallId) {
        let about: Vec<CallId> =
            self.calls.iter().filter(|(_, live)| live.consults_for == Some(gone)).map(|(id, _)| *id).collect();
        for call in about {
            if let Some(live) = self.calls.get_mut(&call) {
                live.consults_for = None;
            }
            self.show(call);
        }
    }

    pub(super) fn transfer_goes_on(&mut self, call: CallId, status: u16) {
        self.fact(call, What::TransferProgress { code: status });
        if (180..=199).contains(&status) {
            self.told_transfer(call, TransferView::Ringing);
        }
    }

    pub(super) fn transfer_failed(&mut self, call: CallId, status: Option<u16>) {
        self.fact(call, What::TransferFailed { code: status });
        let cause = status.and_then(StatusCode::new).map_or(ua::EndCause::Internal, ua::EndCause::of_status);
        self.told_transfer(call, TransferView::Failed { cause: view::cause(view::crm_cause(cause)) });
    }

    fn told_transfer(&mut self, call: CallId, transfer: TransferView) {
        if let Some(live) = self.calls.get_mut(&call) {
            live.transfer = Some(transfer);
        }
        self.show(call);
    }

    fn talking_leg(&mut self, call: CallId) -> Result<LegId, ApiError> {
        let live = self.live(call)?;
        if live.stage == Stage::Talking { Ok(live.leg) } else { Err(Self::wrong_state()) }
    }

    /// A call that takes the place of one that is up (RFC 3891) is a continuation of it: it is answered without ringing.
    pub(super) fn takes_place(&mut self, call: CallId, replaced: LegId) -> bool {
        let up = self.calls.values().any(|live| live.leg == replaced && live.stage == Stage::Talking);
        let Some(live) = self.calls.get_mut(&call).filter(|_| up) else { return false };
        live.stage = Stage::Answering;
        self.prepare(call);
        self.show(call);
        true
    }
}
