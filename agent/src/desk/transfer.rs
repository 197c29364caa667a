//! Sending the other side of a call elsewhere, and calls that take another's place.

use agent_api::call::DialOrigin;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::CallId;
use sip_stack::ua::{Command, LegId, TransferTo};

use super::live::Stage;
use super::{Desk, Reply};
use crate::link::LinkContext;
use crate::party;
use crate::port::media::MediaCommand;

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
        Ok(Reply::Done)
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
        let (local, account) = (live.local, live.account());
        let ports = self.lines.get(account).and_then(|line| line.account.media_ports.clone());
        self.do_media(MediaCommand::Prepare { call, local, ports });
        self.show(call);
        true
    }
}
