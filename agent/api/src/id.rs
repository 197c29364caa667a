//! Identifiers. All are UUIDv7 made by the agent, so that they sort by age and survive a move to another store.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        pub struct $name(pub Uuid);
    };
}

id!(
    /// A call as the agent sees it: the live call, its card and its record share this id. Not SIP's Call-ID.
    CallId
);
id!(
    /// A person, whether contact or lead.
    ContactId
);
id!(
    /// A recording of a call.
    RecordingId
);
id!(
    /// A SIP account.
    AccountId
);
id!(
    /// An outcome from the configured list.
    DispositionId
);
id!(
    /// A way to reach a contact: one phone, one address of e-mail.
    ChannelId
);
id!(
    /// A postal address of a contact.
    AddressId
);
id!(
    /// A colleague.
    ColleagueId
);
id!(
    /// A connection to a company's CRM.
    ConnectionId
);
id!(
    /// What is told of a call to one CRM.
    PushId
);
id!(
    /// A chat with somebody.
    ChatId
);
id!(
    /// A message of a chat.
    MessageId
);
