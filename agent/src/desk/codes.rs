//! Codes of the exchange: dialled, or used on a call that is up.

use agent_api::call::{Dial, DialOrigin, DialOutcome};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::pbx::{CallCode, DialCode, PbxCode};

use super::transfer::{Goal, Target};
use super::{Desk, Reply};
use crate::pbx;
use crate::port::clock::Now;
use crate::port::media::Digits;

impl Desk {
    /// Dials a code. Whoever pressed its name knows what it does: nothing is asked first.
    pub(super) fn dial_code(&mut self, now: Now, wish: &DialCode) -> Result<DialOutcome, ApiError> {
        if matches!(wish.code, PbxCode::Park | PbxCode::ParkKeys | PbxCode::ToVoicemail | PbxCode::Record) {
            return Err(ApiError::about(ErrorCode::Invalid, "code"));
        }
        let line = self.lines.get(wish.account).ok_or(ApiError::about(ErrorCode::NotFound, "account"))?;
        let target = pbx::filled(&line.account, wish.code, wish.number.as_deref())?;
        let account = Some(wish.account);
        let dial = Dial { target, origin: DialOrigin::Keypad, account, contact: None, confirmed: true };
        let outcome = self.dial(now, &dial, None)?;
        if let (DialOutcome::Started { call }, PbxCode::Pickup | PbxCode::PickupGroup | PbxCode::Retrieve) =
            (&outcome, wish.code)
            && let Some(live) = self.calls.get_mut(call)
        {
            live.fetched = true;
        }
        Ok(outcome)
    }

    /// Has the exchange park the call, take it to a mailbox, or record it.
    pub(super) fn call_code(&mut self, wish: &CallCode) -> Result<Reply, ApiError> {
        let account = self.live(wish.call)?.account();
        let line = self.lines.get(account).ok_or(ApiError::about(ErrorCode::NotFound, "account"))?;
        let keys = |code| pbx::filled(&line.account, code, wish.number.as_deref());
        let pressed = |text| Ok((text, true));
        let (text, within) = match wish.code {
            PbxCode::ToVoicemail => (keys(PbxCode::ToVoicemail)?, false),
            PbxCode::Record => (keys(PbxCode::Record)?, true),
            // Where the exchange has both, sending needs no sound to be understood.
            PbxCode::Park => match keys(PbxCode::Park) {
                Err(ApiError { code: ErrorCode::NotFound, .. }) => keys(PbxCode::ParkKeys).and_then(pressed)?,
                sent => (sent?, false),
            },
            _ => return Err(ApiError::about(ErrorCode::Invalid, "code")),
        };
        if within { self.dtmf(wish.call, Digits(text)) } else { self.transfer(wish.call, Goal::Target(Target(text))) }
    }
}
