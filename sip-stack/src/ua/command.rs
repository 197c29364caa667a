//! What the application asks of the user agent.

use std::fmt;

use super::{AccountConfig, AccountId, LegId, LocalMedia, MessageId, Package, Presence, ReceivedId, SubscriptionId};

/// A wish of the application. A command that no longer fits (the leg has ended meanwhile) is ignored: the event that
/// says so is already on its way.
#[derive(Clone)]
pub enum Command {
    /// Adds an account, or replaces its settings (the old registration is given up first).
    AddAccount {
        /// Its name.
        account: AccountId,
        /// Its settings.
        config: Box<AccountConfig>,
    },
    /// Ends the account's calls, unregisters it and forgets it.
    RemoveAccount {
        /// The account.
        account: AccountId,
    },
    /// Registers now, and keeps registered. Also the way to try again after a failure that stopped the attempts.
    Register {
        /// The account.
        account: AccountId,
    },
    /// Removes the binding and stays unregistered.
    Unregister {
        /// The account.
        account: AccountId,
    },
    /// Calls.
    Invite {
        /// Name of the new leg.
        leg: LegId,
        /// The account that calls.
        account: AccountId,
        /// A number, an extension, `user@host`, or a `sip:` or `sips:` URI. Visual separators of numbers are dropped.
        target: String,
        /// What our side brings.
        media: LocalMedia,
    },
    /// Calls whoever calls somebody else, and takes that call over while it rings there (RFC 3891). Whoever is called and does not
    /// know how to give a call away refuses, so that nobody is rung by mistake.
    PickUp {
        /// Name of the new leg.
        leg: LegId,
        /// The account that takes the call.
        account: AccountId,
        /// Who calls there, as [`Command::Invite`] takes a target.
        target: String,
        /// The call that rings.
        call: RingingCall,
        /// What our side brings.
        media: LocalMedia,
    },
    /// Sends 180 for an incoming call.
    Ring {
        /// The leg.
        leg: LegId,
    },
    /// Sends 200 for an incoming call.
    Answer {
        /// The leg.
        leg: LegId,
        /// What our side brings.
        media: LocalMedia,
    },
    /// Refuses an incoming call.
    Reject {
        /// The leg.
        leg: LegId,
        /// A final status of 400 to 699, such as 486 or 603; anything else becomes 480.
        status: u16,
    },
    /// Ends the call by what its state asks for: CANCEL (held until the first 1xx), BYE (after the ACK), or 480.
    HangUp {
        /// The leg.
        leg: LegId,
    },
    /// Holds the call by re-INVITE; done when [`super::Event::Held`] comes.
    Hold {
        /// The leg.
        leg: LegId,
    },
    /// Takes the call back; done when [`super::Event::Resumed`] comes.
    Resume {
        /// The leg.
        leg: LegId,
    },
    /// Sends digits by INFO (`application/dtmf-relay`) one after the other, each awaited: [`super::Event::DigitSent`], or
    /// [`super::Event::DigitsRefused`] for it and all that wait behind it. Only in a call that is up.
    SendDigits {
        /// The leg.
        leg: LegId,
        /// `0` to `9`, `*`, `#`, `A` to `D`; `,` waits a second.
        digits: String,
    },
    /// Asks the other side to call somebody else (RFC 3515); [`super::Event::TransferProgress`] tells how it goes. The leg is
    /// over when it is done and up as before when it fails.
    Transfer {
        /// The leg, which must be up.
        leg: LegId,
        /// Whom it shall call.
        to: TransferTo,
    },
    /// Goes where [`super::Event::TransferAsked`] wants us: calls it as a new leg, and tells the other side how that goes.
    FollowTransfer {
        /// The leg that was asked on.
        leg: LegId,
        /// Name of the new leg.
        new: LegId,
        /// What our side brings to the new leg.
        media: LocalMedia,
    },
    /// Stays where we are; also what happens when nothing is decided for 25 s.
    DeclineTransfer {
        /// The leg that was asked on.
        leg: LegId,
    },
    /// Subscribes (RFC 6665) as soon as the account is registered, and keeps subscribed over refreshes, failures and changes of
    /// network. For a subscription that stopped ([`super::Event::SubscriptionFailed`] without `retry_in`) it is the way to try again.
    Subscribe {
        /// Its name, chosen by the application.
        subscription: SubscriptionId,
        /// The account that asks.
        account: AccountId,
        /// What about.
        package: Package,
        /// Of whom, as [`Command::Invite`] takes a target; without, of the account itself.
        target: Option<String>,
    },
    /// Ends a subscription; [`super::Event::Unsubscribed`] is its last word.
    Unsubscribe {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// Tells the exchange this of the account from now on (RFC 3903), as soon as it is registered, until the account goes. An exchange that
    /// takes none is not asked again before something else is told.
    Publish {
        /// The account.
        account: AccountId,
        /// What.
        presence: Presence,
    },
    /// Sends a short message (RFC 3428); [`super::Event::MessageSent`] or [`super::Event::MessageFailed`] tells its fate.
    SendMessage {
        /// Its name, chosen by the application.
        message: MessageId,
        /// The account that sends it, which must be reachable now.
        account: AccountId,
        /// Whom to, as [`Command::Invite`] takes a target.
        to: String,
        /// What; 1 to 8,192 bytes. What makes more than 1300 bytes of MESSAGE goes by TCP, or not at all (RFC 3428 §8).
        text: String,
    },
    /// Tells the sender of a message that came whether it is kept: 200, or 503, after which the sender may try again. Nothing where nobody
    /// waits any more.
    AnswerMessage {
        /// The message.
        message: ReceivedId,
        /// It is kept.
        kept: bool,
    },
    /// The machine has other addresses, or woke up: opens new flows, registers at once, re-INVITEs the calls that are up.
    NetworkChanged,
    /// Ends every call and every registration; [`super::Event::Idle`] comes when nothing is left to wait for.
    Shutdown,
    /// Asks for [`super::Event::Counters`].
    ReportCounters,
}

/// A call that rings at somebody else, as whoever calls there knows it (RFC 3891 §3). Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct RingingCall {
    /// Its Call-ID.
    pub call_id: String,
    /// Tag of whoever calls: `remote_tag` of a [`super::WatchedDialog`] of who is called.
    pub caller_tag: String,
    /// Tag of where it rings: `local_tag` there.
    pub called_tag: String,
}

impl fmt::Debug for RingingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RingingCall")
    }
}

/// Whom the other side of a call shall call.
#[derive(Clone, PartialEq, Eq)]
pub enum TransferTo {
    /// What [`Command::Invite`] takes as a target: a transfer without asking there first.
    Target(String),
    /// The other side of this leg, which must be up too: both are joined, and both legs are over here.
    Leg(LegId),
}

impl fmt::Debug for Command {
    /// Names the command and what it is about; never shows whom it calls.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddAccount { account, .. } => write!(f, "AddAccount({})", account.0),
            Self::RemoveAccount { account } => write!(f, "RemoveAccount({})", account.0),
            Self::Register { account } => write!(f, "Register({})", account.0),
            Self::Unregister { account } => write!(f, "Unregister({})", account.0),
            Self::Invite { leg, account, .. } => write!(f, "Invite({}, account {})", leg.0, account.0),
            Self::PickUp { leg, account, .. } => write!(f, "PickUp({}, account {})", leg.0, account.0),
            Self::Ring { leg } => write!(f, "Ring({})", leg.0),
            Self::Answer { leg, .. } => write!(f, "Answer({})", leg.0),
            Self::Reject { leg, status } => write!(f, "Reject({}, {status})", leg.0),
            Self::HangUp { leg } => write!(f, "HangUp({})", leg.0),
            Self::Hold { leg } => write!(f, "Hold({})", leg.0),
            Self::Resume { leg } => write!(f, "Resume({})", leg.0),
            Self::SendDigits { leg, .. } => write!(f, "SendDigits({})", leg.0),
            Self::Transfer { leg, to: TransferTo::Target(_) } => write!(f, "Transfer({})", leg.0),
            Self::Transfer { leg, to: TransferTo::Leg(with) } => write!(f, "Transfer({} with {})", leg.0, with.0),
            Self::FollowTransfer { leg, new, .. } => write!(f, "FollowTransfer({}, new {})", leg.0, new.0),
            Self::DeclineTransfer { leg } => write!(f, "DeclineTransfer({})", leg.0),
            Self::Subscribe { subscription, account, package, .. } => {
                write!(f, "Subscribe({}, account {}, {})", subscription.0, account.0, package.as_str())
            }
            Self::Unsubscribe { subscription } => write!(f, "Unsubscribe({})", subscription.0),
            Self::Publish { account, presence } => write!(f, "Publish(account {}, {presence:?})", account.0),
            Self::SendMessage { message, account, .. } => {
                write!(f, "SendMessage({}, account {})", message.0, account.0)
            }
            Self::AnswerMessage { message, kept } => write!(f, "AnswerMessage({}, {kept})", message.0),
            Self::NetworkChanged => f.write_str("NetworkChanged"),
            Self::Shutdown => f.write_str("Shutdown"),
            Self::ReportCounters => f.write_str("ReportCounters"),
        }
    }
}
