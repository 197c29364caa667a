//! Event packages (RFC 6665 §5), and what a body may be.

use crate::message::{HeaderName, Method, Request};
use crate::sdp;

use super::super::transfer::FRAGMENT;
use super::super::{digits, messages};
use super::{dialog_info, message_summary, pidf};

/// What a subscription is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Package {
    /// `message-summary` (RFC 3842): what waits in a mailbox.
    MessageSummary,
    /// `dialog` (RFC 4235): the calls that somebody has.
    Dialog,
    /// `presence` (RFC 3856): whether somebody can be reached.
    Presence,
}

/// The packages of NOTIFY, as Allow-Events names them.
pub(in crate::ua) const ALLOW_EVENTS: &str = "dialog, message-summary, presence, refer";

impl Package {
    const ALL: [Self; 3] = [Self::MessageSummary, Self::Dialog, Self::Presence];

    /// Its name in Event.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessageSummary => "message-summary",
            Self::Dialog => "dialog",
            Self::Presence => "presence",
        }
    }

    /// The one body type that its NOTIFYs have here.
    pub(in crate::ua) const fn body_type(self) -> &'static str {
        match self {
            Self::MessageSummary => message_summary::CONTENT_TYPE,
            Self::Dialog => dialog_info::CONTENT_TYPE,
            Self::Presence => pidf::CONTENT_TYPE,
        }
    }

    /// Whose NOTIFY it is.
    pub(in crate::ua) fn of(notify: &Request) -> Option<Self> {
        let event = notify.headers.parametrised(&HeaderName::Event).ok().flatten()?;
        Self::ALL.into_iter().find(|package| event.is(package.as_str()))
    }
}

/// What the body of a request may be; nothing for a NOTIFY of a package that is not understood.
pub(in crate::ua) fn bodies_of(request: &Request) -> Option<&'static [&'static str]> {
    match request.method {
        Method::Notify => {}
        Method::Info => return Some(&[digits::RELAY, digits::BARE]),
        Method::Message => return Some(&messages::CONTENT_TYPES),
        _ => return Some(&[sdp::CONTENT_TYPE]),
    }
    match Package::of(request) {
        Some(Package::MessageSummary) => Some(&[message_summary::CONTENT_TYPE]),
        Some(Package::Dialog) => Some(&[dialog_info::CONTENT_TYPE]),
        Some(Package::Presence) => Some(&[pidf::CONTENT_TYPE]),
        None => {
            let event = request.headers.parametrised(&HeaderName::Event).ok().flatten()?;
            event.is("refer").then_some(&[FRAGMENT][..])
        }
    }
}
