//! What goes to a CRM, and how it stands.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::{Direction, PartyView};
use crate::draft::Draft;
use crate::id::{CallId, ConnectionId, PushId};
use crate::record_form::FilledForm;
use crate::remote::RecordRef;

/// Where a push stands, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PushState {
    /// «Por enviar».
    Waiting,
    /// It may have arrived: it is looked up first.
    Unknown,
    /// «Enviado».
    Sent,
    /// The CRM refused it; the text is kept.
    Stuck,
}

/// Why a push waits or is stuck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum PushReason {
    /// «Autenticar de nuevo».
    SignIn,
    /// The organisation's allowance of requests is used up.
    Limit,
    /// Overload or a locked record.
    Busy,
    /// Nobody was reached.
    NotReached,
    /// The proxy on the way asks who we are.
    ProxySignIn,
    /// The answer was lost.
    Lost,
    /// A field is missing, too long or against a rule of the organisation.
    Invalid {
        /// The CRM's code.
        code: String,
        /// Names of the fields.
        fields: Vec<String>,
    },
    /// The person is there already, more than once.
    Duplicate,
    /// Several people of the CRM may be meant: choose one.
    Ambiguous,
    /// The record, or one that it names, is not there (any more).
    NotFound,
    /// This user may not.
    Forbidden {
        /// The CRM's code.
        code: String,
    },
    /// The CRM has no such thing.
    NotOffered,
    /// The answer is not what the CRM's documentation says.
    NotUnderstood,
}

/// What a push is stuck for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PushAbout {
    /// The person, who is to be created there first.
    Person,
    /// The entry of the call.
    Entry,
}

/// A push, as a card shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardPush {
    /// The push.
    pub push: PushId,
    /// Where it goes.
    pub connection: ConnectionId,
    /// Where it stands.
    pub state: PushState,
    /// Why it waits or is stuck, if something went wrong.
    pub reason: Option<PushReason>,
    /// What the CRM refused, if it did.
    pub about: PushAbout,
    /// The entry in the CRM.
    pub record: Option<RecordRef>,
}

/// Lists what goes to a connection and is not there yet, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListPushes {
    /// The connection.
    pub connection: ConnectionId,
    /// Only this state; none lists all but the sent ones.
    pub state: Option<PushState>,
    /// At most this many, up to 200.
    pub limit: u32,
}

/// A row of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PushRow {
    /// The push.
    pub push: CardPush,
    /// The call it tells about.
    pub call: CallId,
    /// Who began it.
    pub direction: Direction,
    /// The other side.
    pub party: PartyView,
    /// Name of the contact.
    pub name: Option<String>,
    /// «Asunto».
    pub subject: String,
    /// When the call began, UTC.
    pub started_at_ms: i64,
    /// Tries made.
    pub attempts: u32,
    /// When it is tried next, UTC; none if only by a person's wish.
    pub next_at_ms: Option<i64>,
}

/// Rows of the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PushPage {
    /// The rows.
    pub rows: Vec<PushRow>,
}

/// Names a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PushRef {
    /// The push.
    pub push: PushId,
}

/// «Corregir»: what the CRM refused goes again with this text, which the call's card takes as well. Fails with `required`
/// about `contact` as Salvar does, and with `required` or `invalid` about `person.` or `entry.` and the name of a field there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CorrectPush {
    /// The push; it is stuck.
    pub push: PushId,
    /// All of the text.
    pub draft: Draft,
    /// The chosen outcome in the words that the agent saw.
    pub outcome: Option<String>,
    /// What the organisation requires of the person, if it was asked for.
    #[serde(default)]
    #[ts(optional)]
    pub person: Option<FilledForm>,
    /// What it requires of the entry, if it was asked for.
    #[serde(default)]
    #[ts(optional)]
    pub entry: Option<FilledForm>,
}

/// A push as text, so that nothing of it is lost where the CRM never takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PushExport {
    /// CSV with a line of headings.
    pub csv: String,
}
