//! What is refused while a call is not up, or something else is being changed.

use std::time::Duration;

use crate::dialog::Dialog;
use crate::message::{HeaderName, Request, Response, StatusCode};
use crate::transaction::TxId;

use super::cx::{Cx, description};

/// An UPDATE before the call is up: only one without a description is taken.
pub(super) fn update_before_answer(cx: &mut Cx<'_>, tx: TxId, update: &Request, dialog: &Dialog) {
    if description(&update.headers, &update.body).is_some() {
        refuse_second_invite(cx, tx, update);
    } else {
        let ok = update.response(StatusCode::OK, None);
        cx.core.respond(tx, ok.with(HeaderName::Contact, dialog.contact()));
    }
}

/// RFC 3261 §14.2: 500 with a Retry-After of 0 to 10 seconds.
pub(super) fn refuse_second_invite(cx: &mut Cx<'_>, tx: TxId, invite: &Request) {
    let wait = cx.core.between(Duration::ZERO, Duration::from_secs(10)).as_secs();
    let response = invite.response(StatusCode::SERVER_INTERNAL_ERROR, None).with(HeaderName::RetryAfter, wait);
    cx.core.respond(tx, response);
}

/// 488 with the warning of RFC 3261 §20.43.
pub(super) fn not_acceptable(invite: &Request, tag: &str) -> Response {
    let response = invite.response(StatusCode::NOT_ACCEPTABLE_HERE, Some(tag));
    response.with(HeaderName::Warning, "304 timbre \"Media type not available\"")
}
