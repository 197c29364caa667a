//! From SIP's statuses and the driver's errors to causes.

use crate::message::{Headers, StatusCode};
use crate::transport::{FlowError, ResolveError};

use super::EndCause;

impl EndCause {
    /// The cause that a final response of 300 to 699 means.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status.code() {
            486 | 600 => Self::Busy,
            603 | 607 | 608 => Self::Declined,
            408 | 480 => Self::NoAnswer,
            487 => Self::Cancelled,
            // A redirect that leads nowhere: whom we called is not there.
            300..=399 | 404 | 410 | 484 | 604 => Self::NotFound,
            401 | 407 => Self::Auth,
            403 => Self::Forbidden,
            415 | 488 | 606 => Self::MediaIncompatible,
            502 | 503 => Self::Unreachable,
            504 => Self::Timeout,
            _ => Self::Internal,
        }
    }

    /// The cause of a call in that its caller took back: RFC 3326 with the text that proxies send to other branches.
    #[must_use]
    pub fn of_cancel(headers: &Headers) -> Self {
        let elsewhere =
            |reason: &crate::message::Reason| reason.protocol.eq_ignore_ascii_case("SIP") && reason.cause == Some(200);
        if headers.reasons().iter().any(elsewhere) { Self::Elsewhere } else { Self::Cancelled }
    }
}

impl From<FlowError> for EndCause {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::Timeout => Self::Timeout,
            FlowError::Tls => Self::Tls,
            FlowError::OwnCertificate => Self::OwnCertificate,
            FlowError::WebSocket => Self::WebSocket,
            FlowError::Unreachable | FlowError::Closed | FlowError::Framing | FlowError::Local => Self::Unreachable,
            FlowError::Moved => Self::Unreachable,
        }
    }
}

impl From<ResolveError> for EndCause {
    fn from(_: ResolveError) -> Self {
        Self::Dns
    }
}

impl EndCause {
    /// The cause of a call whose peer answered a request in the dialog with 408 or 481.
    pub(super) fn of_lost_dialog(status: StatusCode) -> Self {
        if status == StatusCode::REQUEST_TIMEOUT { Self::Timeout } else { Self::Internal }
    }
}
