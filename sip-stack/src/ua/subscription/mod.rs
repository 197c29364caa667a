//! Subscriptions (RFC 6665): what others tell us of, until we or they end it.
//!
//! ```text
//!  Waiting ──registered──► Asked ──first NOTIFY──► Active ──refresh, each 80 to 90 % of its lifetime──► Active
//!     ▲                      │ refused, silent       │ terminated, refused, 481
//!     └── Backoff ◄──────────┴───────────────────────┤ Leaving ◄──Unsubscribe── Active
//!                                                    └──► Stopped: asking again would change nothing
//! ```

mod dialog_info;
mod header;
mod life;
mod message_summary;
mod package;
mod pidf;
mod request;
mod xml;

use std::time::Instant;

use crate::dialog::Dialog;
use crate::message::{HeaderName, Request, SipUri};
use crate::transport::FlowId;

use super::AccountId;
use super::core::Core;
use super::registration::Sent;

use dialog_info::Watch;

pub use dialog_info::{DialogInfo, DialogState, WatchedDialog};
pub(super) use header::SubscriptionState;
pub use header::Termination;
pub use message_summary::{MessageCount, MessageSummary};
pub use package::Package;
pub(super) use package::{ALLOW_EVENTS, bodies_of};
pub(super) use pidf::CONTENT_TYPE as PIDF;
pub use pidf::{Activity, Presence};

/// Names a subscription. Chosen by the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub u64);

/// Lifetime that is asked for, s.
const EXPIRES_S: u32 = 3600;

#[derive(Debug)]
pub(super) enum State {
    /// For the account; with the dialog, if there is one to take up again.
    Waiting(Option<Box<Dialog>>),
    /// SUBSCRIBE is on its way, or answered (nothing is `sent`) and no NOTIFY came so far.
    Asked {
        sent: Option<Sent>,
    },
    /// A NOTIFY made the dialog. `sent` is a SUBSCRIBE under way.
    Active {
        dialog: Box<Dialog>,
        sent: Option<Sent>,
    },
    /// The last NOTIFY, or the answer to our farewell, is awaited.
    Leaving {
        dialog: Box<Dialog>,
        sent: Option<Sent>,
    },
    /// The next try has its timer.
    Backoff,
    /// Trying again would change nothing.
    Stopped,
    Gone,
}

pub(super) struct Subscription {
    pub id: SubscriptionId,
    pub account: AccountId,
    pub package: Package,
    target: SipUri,
    state: State,
    call_id: String,
    from_tag: String,
    /// Number of the latest SUBSCRIBE outside the dialog.
    cseq: u32,
    /// Raised by 423.
    expires_s: u32,
    failures: u32,
    /// The flow that the latest SUBSCRIBE went by.
    flow: Option<FlowId>,
    /// When the dialog was made.
    since: Option<Instant>,
    /// The application knows that it is up.
    told: bool,
    /// What its documents told, where they build on each other.
    watch: Watch,
    /// When all was asked for anew, because a document was missing.
    asked_anew: Option<Instant>,
}

impl Subscription {
    pub fn new(core: &mut Core, id: SubscriptionId, account: AccountId, package: Package, target: SipUri) -> Self {
        Self {
            id,
            account,
            package,
            target,
            state: State::Waiting(None),
            call_id: core.token(),
            from_tag: core.token(),
            cseq: 0,
            expires_s: EXPIRES_S,
            failures: 0,
            flow: None,
            since: None,
            told: false,
            watch: Watch::default(),
            asked_anew: None,
        }
    }

    pub fn is_gone(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    /// Whether the end of the program should wait for it.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, State::Leaving { sent: Some(_), .. })
    }

    /// Whether a NOTIFY knows our Call-ID and tag, which only the notifiers do. It may come before the 2xx, and from several (forks).
    pub fn is_told_by(&self, notify: &Request) -> bool {
        let tag = notify.headers.to().ok().and_then(|to| to.tag().map(str::to_owned));
        notify.headers.call_id().is_ok_and(|id| id == self.call_id) && tag.as_deref() == Some(&self.from_tag)
    }

    /// RFC 6665 §8.2.1: package and `id` are the subscription's; ours have no `id`.
    fn is_about(&self, notify: &Request) -> bool {
        let event = notify.headers.parametrised(&HeaderName::Event).ok().flatten();
        event.is_some_and(|event| event.is(self.package.as_str()) && !event.params.has("id"))
    }
}
