//! Transfers that we ask for (RFC 3515, RFC 5589): REFER, and what the other side tells of it by NOTIFY.
//!
//! ```text
//!  REFER ──202──► Accepted ──NOTIFY 1xx──► (progress) ──NOTIFY 2xx──► transferred: BYE here, and on the joined call
//!    │ refused          │ NOTIFY 3xx to 6xx, or silence                  the same if the other side hangs up first
//!    └──────────────────┴──► failed: the call is as it was
//! ```

use std::fmt::Write as _;

use crate::dialog::Dialog;
use crate::message::{Host, NameAddr, Params, Request, SipUri, StatusCode, Uri};
use crate::transaction::TxId;

use super::cx::Cx;
use super::{Event, LegId};

/// What NOTIFY carries of a transfer (RFC 3420).
pub(super) const FRAGMENT: &str = "message/sipfrag";

/// What a REFER of ours names.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// An address.
    Address(SipUri),
    /// The other side of a call of ours, and that call.
    Join { address: NameAddr, call: LegId },
}

/// A REFER that is not done.
#[derive(Debug)]
pub(super) struct Transfer {
    pub tx: TxId,
    pub request: Request,
    pub goal: Goal,
    pub accepted: bool,
    pub challenges: u8,
}

/// `Refer-To` for a dialog of ours, with the Replaces that names the dialog as the other side sees it (RFC 5589 §7.3, RFC 3891
/// §3). The address is that of record where it belongs to our `domain`, whose exchange finds everybody; else the Contact, which
/// a proxy need not let through.
pub(super) fn join(dialog: &Dialog, call: LegId, domain: &Host) -> Option<Goal> {
    let known = dialog.remote().as_sip().filter(|uri| uri.user.is_some() && uri.host == *domain);
    let mut uri = match known {
        Some(uri) => SipUri { params: Params::new(), password: None, ..uri.clone() },
        None => dialog.remote_target().as_sip()?.clone(),
    };
    let id = dialog.id();
    let replaces = format!("{};to-tag={};from-tag={}", id.call_id, id.remote_tag, id.local_tag);
    let mut escaped = String::from("Replaces=");
    for byte in replaces.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => _ = write!(escaped, "%{byte:02X}"),
        }
    }
    uri.headers = Some(escaped);
    Some(Goal::Join { address: NameAddr::new(Uri::Sip(uri)), call })
}

/// Tells that the call is as it was.
pub(super) fn transfer_failed(cx: &mut Cx<'_>, status: Option<StatusCode>) {
    let status = status.map(StatusCode::code);
    cx.event(Event::TransferFailed { leg: cx.leg, status });
}

/// The status line of a `message/sipfrag` body (RFC 3420, RFC 3515 §2.4.5).
pub(super) fn fragment_status(body: &[u8]) -> Option<StatusCode> {
    let line = body.split(|byte| matches!(byte, b'\r' | b'\n')).find(|line| !line.is_empty())?;
    let rest = line.strip_prefix(b"SIP/2.0 ")?;
    let code = std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok()?;
    let ends = rest.get(3).is_none_or(|byte| *byte == b' ');
    StatusCode::new(code).filter(|_| ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_a_fragment() {
        let code = |body: &str| fragment_status(body.as_bytes()).map(StatusCode::code);
        assert_eq!(code("SIP/2.0 100 Trying"), Some(100));
        assert_eq!(code("\r\nSIP/2.0 603 Decline\r\nFrom: x\r\n"), Some(603));
        assert_eq!(code("SIP/2.0 200"), Some(200));
        for bad in ["", "SIP/2.0", "SIP/2.0 20", "SIP/2.0 2000 OK", "SIP/2.0 999 X", "INVITE sip:a SIP/2.0"] {
            assert_eq!(code(bad), None, "{bad:?}");
        }
    }
}
