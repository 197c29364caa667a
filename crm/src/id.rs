//! Identifiers: UUIDv7 made by the agent, so that they sort by age and survive a move to another store.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub Uuid);
    };
}

id!(
    /// A call, its card and its record.
    CallId
);
id!(
    /// A recording of a call.
    RecordingId
);
id!(
    /// A person, whether contact or lead.
    ContactId
);
id!(
    /// The line a call went over.
    AccountId
);
id!(
    /// An outcome from the configured list.
    DispositionId
);
id!(
    /// A way to reach a contact.
    ChannelId
);
id!(
    /// A postal address of a contact.
    AddressId
);
id!(
    /// A chat with somebody: the id of its first message.
    ChatId
);
id!(
    /// A message of a chat.
    MessageId
);
id!(
    /// One intended push. The first push of a call carries the call's own uuid, which is also its idempotency key.
    OutboxId
);

impl From<CallId> for OutboxId {
    fn from(call: CallId) -> Self {
        Self(call.0)
    }
}

impl OutboxId {
    /// The id of a further push of the call, to `connector`: as young and as random as the call's own, and the same each time.
    pub fn further(call: CallId, connector: &str) -> Self {
        // FNV-1a; the last eight bytes of the call's id are random but for the two bits of the variant.
        let hash = connector
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(Uuid::from_u128(call.0.as_u128() ^ u128::from(hash & !(0b11 << 62))))
    }
}

/// Whether a row is real or belongs to the practice line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Real.
    #[default]
    Live,
    /// Made by or for the practice line; never sent anywhere, removed with it.
    Demo,
}
