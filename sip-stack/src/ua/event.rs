//! What the user agent tells the application.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::message::StatusCode;

use super::{
    AccountId, Counters, FlowFacts, LegId, MessageId, MessageSummary, NegotiatedMedia, OfferFacts, Presence,
    ReceivedId, SubscriptionId, Termination, WatchedDialog,
};

/// Something happened. Every leg ends with exactly one [`Event::Ended`]; nothing comes for it afterwards.
///
/// `Debug` shows what happened and to which leg or account; never a name, a number, or text of the network.
#[derive(Clone, PartialEq)]
pub enum Event {
    /// A first REGISTER, or one after a failure, is on its way. Refreshes are silent.
    Registering {
        /// The account.
        account: AccountId,
    },
    /// The registrar confirmed the binding; comes again with every refresh.
    Registered {
        /// The account.
        account: AccountId,
        /// Lifetime that the registrar granted, s.
        expires_s: u32,
        /// Our Contact URI.
        contact: String,
        /// The flow; its local IP is where media of this account should listen.
        flow: FlowFacts,
    },
    /// There is no binding (any more).
    RegistrationFailed {
        /// The account.
        account: AccountId,
        /// SIP status, if one came.
        status: Option<u16>,
        /// Reason phrase or the driver's words; untrusted text.
        reason: String,
        /// Why.
        cause: EndCause,
        /// When the next try is made; none when trying again would only lock the account.
        retry_in: Option<Duration>,
    },
    /// The binding was removed as asked (also when the registrar never answered).
    Unregistered {
        /// The account.
        account: AccountId,
    },
    /// Somebody calls. Answer with `Ring`, `Answer` or `Reject`; 100 was sent already.
    Incoming {
        /// Name of the new leg.
        leg: LegId,
        /// The account that is called.
        account: AccountId,
        /// Who calls: P-Asserted-Identity if present (the source is trusted by now), else From.
        from: Party,
        /// User part of To.
        to_user: String,
        /// The number that the caller dialled, where it is not the account's own user: P-Called-Party-ID, History-Info
        /// or Diversion, else the user of To.
        called: Option<String>,
        /// The call takes the place of this leg (RFC 3891), which is hung up as soon as the new one is answered.
        replaces: Option<LegId>,
        /// After how long the call wishes to be answered by itself (Call-Info, Alert-Info, RFC 5373), if it does.
        answer_after: Option<Duration>,
        /// What the peer offers; none for a late offer (INVITE without a description).
        offer: Option<OfferFacts>,
        /// Local IP of the flow: where media should listen.
        local_ip: IpAddr,
    },
    /// The other side rings (180 to 189 but not 183; also the first 183 without a description).
    Ringing {
        /// The leg.
        leg: LegId,
        /// The provisional status.
        status: u16,
    },
    /// Media flows before the answer: ringback of the network, announcements. `Media` came just before.
    EarlyMedia {
        /// The leg.
        leg: LegId,
    },
    /// The call is up: 200 came, or the ACK of our 200.
    Answered {
        /// The leg.
        leg: LegId,
    },
    /// What is agreed about media, at first and after every change.
    Media {
        /// The leg.
        leg: LegId,
        /// The whole agreement.
        media: Box<NegotiatedMedia>,
    },
    /// The peer holds or resumes.
    HeldByRemote {
        /// The leg.
        leg: LegId,
        /// It holds.
        held: bool,
    },
    /// Our hold was accepted.
    Held {
        /// The leg.
        leg: LegId,
    },
    /// Our resume was accepted.
    Resumed {
        /// The leg.
        leg: LegId,
    },
    /// Our hold or resume was refused; the call is as it was before.
    HoldRefused {
        /// The leg.
        leg: LegId,
        /// What had been asked for.
        hold: bool,
        /// The status; none when nothing came.
        status: Option<u16>,
    },
    /// The other side says, by Allow, whether it takes INFO; it does not as long as nothing is told.
    TakesInfo {
        /// The leg.
        leg: LegId,
        /// It takes INFO.
        takes: bool,
    },
    /// The other side took a digit of ours.
    DigitSent {
        /// The leg.
        leg: LegId,
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        digit: char,
    },
    /// The other side did not take a digit; it is not sent again, nor are those that waited behind it.
    DigitsRefused {
        /// The leg.
        leg: LegId,
        /// The digit and those behind it, a `,` included: some other way may be found for them.
        digits: String,
        /// The status; none when nothing came or nothing could be sent.
        status: Option<u16>,
    },
    /// The other side sent a digit by INFO.
    DigitReceived {
        /// The leg.
        leg: LegId,
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        digit: char,
        /// How long it is held, ms; up to 10,000.
        duration_ms: u32,
    },
    /// The other side took our transfer and tells how it goes.
    TransferProgress {
        /// The leg that is transferred.
        leg: LegId,
        /// A provisional status of the new call.
        status: u16,
    },
    /// The other side talks to whom it was sent to; `Ended` follows, for the joined leg too.
    Transferred {
        /// The leg that was transferred.
        leg: LegId,
    },
    /// The transfer failed; the call is as it was.
    TransferFailed {
        /// The leg.
        leg: LegId,
        /// The status of the new call or of the wish itself; none when nothing came or nothing could be sent.
        status: Option<u16>,
    },
    /// The other side wants us to call somebody else (only where [`super::AccountConfig::takes_transfers`]): answer with
    /// `FollowTransfer` or `DeclineTransfer`.
    TransferAsked {
        /// The leg.
        leg: LegId,
        /// Whom we shall call; untrusted text.
        to: Party,
        /// The new call takes the place of one that the other side has there.
        joins: bool,
    },
    /// The leg is over.
    Ended {
        /// The leg.
        leg: LegId,
        /// Why.
        cause: EndCause,
        /// SIP status, if one came.
        status: Option<u16>,
        /// Reason phrase or the driver's words; untrusted text.
        reason: String,
        /// Who ended it.
        by: EndedBy,
    },
    /// The other side tells us from now on; comes once, and again after a failure.
    Subscribed {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// Nobody tells us (any more).
    SubscriptionFailed {
        /// The subscription.
        subscription: SubscriptionId,
        /// SIP status, if one came.
        status: Option<u16>,
        /// Why the other side ended it, if it did.
        reason: Option<Termination>,
        /// When the next try is made; none when trying again would change nothing.
        retry_in: Option<Duration>,
    },
    /// A subscription is over as asked, also when the other side never answered.
    Unsubscribed {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// What waits in a mailbox of the account.
    Mailbox {
        /// The account.
        account: AccountId,
        /// The subscription; none where the exchange tells unasked, as many do.
        subscription: Option<SubscriptionId>,
        /// What waits.
        summary: MessageSummary,
    },
    /// The calls that the subscription's person has now, those that are over left out; none when the person is free.
    Watched {
        /// The subscription, of [`super::Package::Dialog`].
        subscription: SubscriptionId,
        /// The calls; untrusted text.
        dialogs: Vec<WatchedDialog>,
    },
    /// Whether the subscription's person can be reached.
    Present {
        /// The subscription, of [`super::Package::Presence`].
        subscription: SubscriptionId,
        /// What the exchange says; untrusted text.
        presence: Presence,
    },
    /// Somebody writes (only where [`super::AccountConfig::takes_messages`]), and waits for [`super::Command::AnswerMessage`].
    MessageReceived {
        /// Its name.
        message: ReceivedId,
        /// The account.
        account: AccountId,
        /// Who; untrusted text.
        from: Party,
        /// User part of To.
        to_user: String,
        /// What, up to 8,192 bytes; untrusted text, not cleaned for the eye.
        text: String,
    },
    /// A message of ours was taken.
    MessageSent {
        /// Its name.
        message: MessageId,
        /// 200 when it arrived, 202 when somebody keeps it for later.
        status: u16,
    },
    /// A message of ours was not taken, as far as is known, and is not tried again.
    MessageFailed {
        /// Its name.
        message: MessageId,
        /// Why.
        cause: MessageFailure,
    },
    /// After `Shutdown`: nothing is left to wait for.
    Idle,
    /// A message came or went, without anything that names a person.
    Ladder(LadderLine),
    /// The answer to `ReportCounters`.
    Counters(Counters),
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registering { account } => write!(f, "Registering({})", account.0),
            Self::Registered { account, expires_s, .. } => write!(f, "Registered({}, {expires_s} s)", account.0),
            Self::RegistrationFailed { account, status, cause, retry_in, .. } => {
                write!(f, "RegistrationFailed({}, {cause:?}, {status:?}, {retry_in:?})", account.0)
            }
            Self::Unregistered { account } => write!(f, "Unregistered({})", account.0),
            Self::Incoming { leg, account, offer, .. } => {
                write!(f, "Incoming({}, account {}, {offer:?})", leg.0, account.0)
            }
            Self::Ringing { leg, status } => write!(f, "Ringing({}, {status})", leg.0),
            Self::EarlyMedia { leg } => write!(f, "EarlyMedia({})", leg.0),
            Self::Answered { leg } => write!(f, "Answered({})", leg.0),
            Self::Media { leg, media } => write!(f, "Media({}, {media:?})", leg.0),
            Self::HeldByRemote { leg, held } => write!(f, "HeldByRemote({}, {held})", leg.0),
            Self::Held { leg } => write!(f, "Held({})", leg.0),
            Self::Resumed { leg } => write!(f, "Resumed({})", leg.0),
            Self::HoldRefused { leg, hold, status } => write!(f, "HoldRefused({}, {hold}, {status:?})", leg.0),
            Self::TakesInfo { leg, takes } => write!(f, "TakesInfo({}, {takes})", leg.0),
            Self::DigitSent { leg, .. } => write!(f, "DigitSent({})", leg.0),
            Self::DigitsRefused { leg, status, digits: _ } => write!(f, "DigitsRefused({}, {status:?})", leg.0),
            Self::DigitReceived { leg, .. } => write!(f, "DigitReceived({})", leg.0),
            Self::TransferProgress { leg, status } => write!(f, "TransferProgress({}, {status})", leg.0),
            Self::Transferred { leg } => write!(f, "Transferred({})", leg.0),
            Self::TransferFailed { leg, status } => write!(f, "TransferFailed({}, {status:?})", leg.0),
            Self::TransferAsked { leg, joins, .. } => write!(f, "TransferAsked({}, joins {joins})", leg.0),
            Self::Ended { leg, cause, status, by, .. } => {
                write!(f, "Ended({}, {cause:?}, {status:?}, by {by:?})", leg.0)
            }
            Self::Subscribed { subscription } => write!(f, "Subscribed({})", subscription.0),
            Self::SubscriptionFailed { subscription, status, reason, retry_in } => {
                write!(f, "SubscriptionFailed({}, {status:?}, {reason:?}, {retry_in:?})", subscription.0)
            }
            Self::Unsubscribed { subscription } => write!(f, "Unsubscribed({})", subscription.0),
            Self::Mailbox { account, summary, .. } => write!(f, "Mailbox(account {}, {summary:?})", account.0),
            Self::Watched { subscription, dialogs } => write!(f, "Watched({}, {dialogs:?})", subscription.0),
            Self::Present { subscription, presence } => write!(f, "Present({}, {presence:?})", subscription.0),
            Self::MessageReceived { account, .. } => write!(f, "MessageReceived(account {})", account.0),
            Self::MessageSent { message, status } => write!(f, "MessageSent({}, {status})", message.0),
            Self::MessageFailed { message, cause } => write!(f, "MessageFailed({}, {cause:?})", message.0),
            Self::Idle => f.write_str("Idle"),
            Self::Ladder(line) => line.fmt(f),
            Self::Counters(counters) => counters.fmt(f),
        }
    }
}

/// Somebody on the other side, as the message names them: untrusted text, not cleaned for the eye.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// The whole URI.
    pub uri: String,
    /// User part, unescaped; empty for anonymous callers without one.
    pub user: String,
    /// Host part.
    pub host: String,
    /// Display name.
    pub display_name: Option<String>,
}

impl fmt::Debug for Party {
    /// Shows nothing: names and numbers stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Party(…)")
    }
}

/// Why a leg or a registration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndCause {
    /// Hung up after an answer.
    Normal,
    /// 486, 600.
    Busy,
    /// 603, or declined here.
    Declined,
    /// 408, 480, or not answered here.
    NoAnswer,
    /// The caller gave up.
    Cancelled,
    /// 404, 410, 484, 604; also 300 to 399 where no Contact of it may be called.
    NotFound,
    /// 401, 407.
    Auth,
    /// 403.
    Forbidden,
    /// The domain has no address.
    Dns,
    /// The peer cannot be reached.
    Unreachable,
    /// The peer did not answer in time.
    Timeout,
    /// The certificate was refused, or TLS failed.
    Tls,
    /// The exchange refuses our certificate, or wants one.
    OwnCertificate,
    /// A web server answers where a WebSocket is looked for, and has no SIP there.
    WebSocket,
    /// No common codec, or encryption required and not offered: 488, 606, 415.
    MediaIncompatible,
    /// Another device answered (`Reason: SIP;cause=200`).
    Elsewhere,
    /// Anything else.
    Internal,
}

/// Who ended a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// This side.
    Local,
    /// The other side, or the exchange for it.
    Remote,
    /// Neither: lost on the way.
    Network,
}

/// One arrow of a ladder diagram, free of names, numbers and addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LadderLine {
    /// Sent by us.
    pub sent: bool,
    /// The leg, where it is known.
    pub leg: Option<LegId>,
    /// The same for all messages of one Call-ID, of which it tells nothing: joins those that came before there was a leg.
    pub exchange: u64,
    /// `INVITE`, `180 INVITE`, `200 BYE` …; a method that no RFC knows is `other`.
    pub what: String,
    /// Sequence number of CSeq.
    pub cseq: u32,
    /// Length of the message, bytes.
    pub length: usize,
    /// What the description says, such as `sdp sendrecv PCMA,telephone-event`; a codec that no RFC knows is `other`.
    pub media: Option<String>,
}

impl Event {
    /// What it means for who asked for the leg by a transfer.
    pub(super) fn news(&self) -> Option<(LegId, StatusCode)> {
        match self {
            Self::Ringing { leg, status } => Some((*leg, StatusCode::new(*status)?)),
            Self::Answered { leg } => Some((*leg, StatusCode::OK)),
            Self::Ended { leg, status, .. } => {
                let status = status.and_then(StatusCode::new).filter(|status| status.code() >= 300);
                Some((*leg, status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE)))
            }
            _ => None,
        }
    }
}

/// What became of a message that is not known to have been taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageFailure {
    /// Somebody refused it: this SIP status, 300 to 699.
    Refused(u16),
    /// It left, and nobody said what became of it: it may have arrived, so whoever sends it again may say it twice.
    Unknown,
    /// Empty, longer than 8,192 bytes, or too large for an exchange that takes no TCP (RFC 3428 §8). It did not leave.
    Size,
    /// The account is not reachable, whom it is for is no address, or too many messages wait for their answers. It did not leave.
    NotSent,
}
