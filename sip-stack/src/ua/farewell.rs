//! The last messages of legs that are over: what a [`Leftover`] does, the BYE, and the ACK of an answer that nobody wants.

use bytes::Bytes;

use crate::dialog::Dialog;
use crate::message::{HeaderName, Method, NameAddr, Request, Response};
use crate::transaction::TxId;

use super::account::Account;
use super::core::{Core, Owner, Wake};
use super::leftover::{Leftover, Stage};
use super::way::Way;

/// More PRACKs than this go out in no early dialog.
const MAX_PRACKS: u32 = 64;

impl Leftover {
    /// Takes a response; returns what is left.
    pub fn on_response(
        self,
        core: &mut Core,
        account: Option<&mut Account>,
        tx: TxId,
        response: &Response,
    ) -> Option<Self> {
        match self {
            Self::Bye { account: id, dialog, way, request, challenged } => {
                if !response.status.is_final() {
                    return Some(Self::Bye { account: id, dialog, way, request, challenged });
                }
                let asked = matches!(response.status.code(), 401 | 407) && !challenged;
                if let Some(account) = account.filter(|_| asked)
                    && account.auth.challenged(&request, response).is_ok()
                {
                    send_bye(core, account, *dialog, way, true);
                }
                None
            }
            Self::Invite { account: id, invite, contact, way, stage, mut acked } => {
                let mut stage = stage;
                if response.status.is_provisional() {
                    if stage == Stage::CancelHeld {
                        core.send_cancel(tx);
                        stage = Stage::Cancelling;
                    }
                } else {
                    stage = Stage::Settled;
                    core.timers.clear(Wake::InviteUnanswered(tx));
                    if let (true, Some(account)) = (response.status.is_success(), account) {
                        refuse_fork(core, account, way, &invite, &contact, response, &mut acked);
                    }
                }
                Some(Self::Invite { account: id, invite, contact, way, stage, acked })
            }
        }
    }
}

/// A 2xx that nobody wants: ACK, then BYE; copies of it get the same ACK again.
pub(super) fn refuse_fork(
    core: &mut Core,
    account: &mut Account,
    way: Way,
    invite: &Request,
    contact: &NameAddr,
    response: &Response,
    acked: &mut Vec<(String, Bytes)>,
) {
    let Ok(mut dialog) = Dialog::from_response(invite, response, contact) else { return };
    let tag = dialog.id().remote_tag.clone();
    if let Some((_, ack)) = acked.iter().find(|(known, _)| *known == tag) {
        core.transmit(way.hop, ack.clone());
        return;
    }
    let mut ack = dialog.ack(dialog.local_cseq());
    copy_credentials(&mut ack, invite);
    acked.push((tag, core.send_ack(way, ack)));
    // PRACKs may have taken numbers in this early dialog.
    dialog.skip(MAX_PRACKS);
    send_bye(core, account, dialog, way, false);
}

/// Sends a BYE and leaves the rest to its leftover.
pub(super) fn send_bye(core: &mut Core, account: &mut Account, mut dialog: Dialog, way: Way, challenged: bool) {
    let mut request = dialog.request(Method::Bye);
    account.auth.authorize(&mut request, &mut core.rng);
    request.headers.push(HeaderName::UserAgent, core.config.user_agent.clone());
    let leftover =
        Leftover::Bye { account: account.id, dialog: Box::new(dialog), way, request: request.clone(), challenged };
    core.send(way, request, Owner::Leftover(Box::new(leftover)));
}

/// RFC 3261 §22.1: the ACK of a 2xx carries the credentials of its INVITE.
pub(super) fn copy_credentials(ack: &mut Request, invite: &Request) {
    ack.headers.copy(&HeaderName::Authorization, &invite.headers);
    ack.headers.copy(&HeaderName::ProxyAuthorization, &invite.headers);
}
