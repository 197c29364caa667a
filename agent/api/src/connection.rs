//! Connections to companies' CRMs: which there are, how they stand, who is found there, and what is on its way to them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::{Direction, PartyView};
use crate::card::Draft;
use crate::connection_setup::{ConnectionKind, ConnectionSetup};
use crate::id::{CallId, ConnectionId, ContactId, PushId};

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ConnectionState {
    /// Nobody is signed in: nothing is asked there, and calls stay on this computer.
    SignedOut,
    /// The browser is open; can be cancelled.
    SigningIn,
    /// It works, as far as is known.
    Connected,
    /// «Autenticar de nuevo»: calls wait here until somebody does.
    SignInAgain,
    /// Nobody answers there; calls wait.
    NotReached {
        /// When it is tried again, UTC; none if only by «Comprobar» or the next call.
        retry_at_ms: Option<i64>,
    },
    /// The CRM asked for patience; calls wait.
    Waiting {
        /// When it goes on, UTC.
        until_ms: i64,
        /// The organisation's allowance of requests is used up, not only overload.
        limit: bool,
    },
}

/// As whom a connection is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IdentityView {
    /// The user's name there, or the host where there are no users.
    pub user: String,
    /// The organisation, if the CRM tells it.
    pub organisation: Option<String>,
}

/// What goes to a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueueView {
    /// «Por enviar».
    pub waiting: u32,
    /// Refused by the CRM: somebody must look.
    pub stuck: u32,
    /// Sent, and the answer was lost: it is looked up before it is sent again.
    pub unknown: u32,
}

/// What can be done there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionAbilities {
    /// It has people: callers are looked up, and entries are tied to them.
    pub people: bool,
    /// It has leads.
    pub leads: bool,
    /// It has tickets.
    pub tickets: bool,
    /// Nothing can be there twice, because it keeps our mark as a unique one.
    pub logs_once: bool,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    /// Its id.
    pub id: ConnectionId,
    /// What it leads to.
    pub kind: ConnectionKind,
    /// For the eye; never empty.
    pub name: String,
    /// How it is set up.
    pub setup: ConnectionSetup,
    /// A secret (key, client secret) is kept for it.
    pub has_secret: bool,
    /// How it stands.
    pub state: ConnectionState,
    /// As whom it is signed in, once known.
    pub identity: Option<IdentityView>,
    /// When the token in use ends, UTC, if the CRM tells; it is renewed before («se renueva sola»).
    pub token_ends_at_ms: Option<i64>,
    /// Why the last sign-in or check failed; none after one that went well.
    pub failure: Option<ConnectFault>,
    /// A push is on its way now.
    pub sending: bool,
    /// What goes there.
    pub queue: QueueView,
    /// What can be done there.
    pub can: ConnectionAbilities,
    /// This kind was tried on a live account of the vendor. If not, the window says so.
    pub verified: bool,
}

/// All connections, in order of precedence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Connections {
    /// The connections.
    pub list: Vec<ConnectionView>,
}

/// Creates (no id) or changes a connection. A change of where it leads signs it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaveConnection {
    /// The connection to change.
    pub id: Option<ConnectionId>,
    /// For the eye; empty takes the kind's own name.
    pub name: String,
    /// How it is set up.
    pub setup: ConnectionSetup,
    /// A new secret; none leaves the stored one.
    pub secret: Option<String>,
}

/// Names a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionRef {
    /// The connection.
    pub connection: ConnectionId,
}

/// Signs in: opens the system's browser where the kind has one, and answers when it is open; the rest is told by events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Connect {
    /// The connection.
    pub connection: ConnectionId,
    /// What the browser says afterwards; plain text.
    pub pages: ConnectPages,
}

/// Words of the page to which the browser comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectPages {
    /// The sign-in came; go back to the program.
    pub done: String,
    /// This visit is none of a sign-in.
    pub refused: String,
}

/// Why a sign-in or a check did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ConnectFault {
    /// All ports for the way back are taken by other programs; the browser was not opened.
    PortTaken,
    /// The system did not open its browser.
    NoBrowser,
    /// The vendor says that the person or the organisation does not want it.
    Denied {
        /// The vendor's code.
        code: String,
    },
    /// Nobody came back from the browser in time.
    TimedOut {
        /// Visits by others that were turned away meanwhile.
        strangers: u32,
    },
    /// The vendor refuses this program: a wrong client id, an app that nobody approved.
    Refused {
        /// The vendor's code.
        code: String,
    },
    /// Nobody is signed in any more.
    SignIn,
    /// Nobody answers there.
    NotReached,
    /// Overload or maintenance.
    Busy,
    /// The organisation's allowance of requests is used up.
    Limit,
    /// This user may not use it.
    Forbidden {
        /// The CRM's code.
        code: String,
    },
    /// Nobody is at home at this address, or it does not offer what is needed.
    NotOffered,
    /// The answer is not what the vendor's documentation says.
    NotUnderstood,
    /// The answer names an address that is not the vendor's.
    ForeignAddress,
    /// The keychain refuses.
    SecretStore,
    /// The secret is missing or has a wrong form.
    Secret,
    /// The file that describes the CRM is not understood.
    Description {
        /// The line, from 1.
        line: u32,
        /// The key.
        key: String,
    },
    /// The system gives no random numbers or sockets.
    System,
}

/// What «Comprobar» found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CheckView {
    /// «Credenciales correctas».
    Correct {
        /// As whom.
        identity: IdentityView,
    },
    /// Not so.
    Failed {
        /// Why.
        fault: ConnectFault,
    },
}

/// Signs out: wipes tokens and everything that was learned there. Fails with `conflict` about `waiting` while calls wait and
/// it is not confirmed; these then stay on this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Disconnect {
    /// The connection.
    pub connection: ConnectionId,
    /// The agent was asked and said yes.
    pub confirmed: bool,
    /// It goes from the list as well, with its secret.
    pub forget: bool,
}

/// What signing out left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Disconnected {
    /// The vendor confirmed that the grant of the sign-in is ended. None where there was no such grant; false where the vendor
    /// has no way of ending it or did not answer: then a person takes the access away there.
    pub revoked: Option<bool>,
}

/// What a record of a CRM is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A person.
    Contact,
    /// A person who is not a customer yet.
    Lead,
    /// A company.
    Company,
    /// A case, an issue, a request.
    Ticket,
    /// The entry of a call.
    Activity,
}

/// Names a record of a CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordRef {
    /// Where.
    pub connection: ConnectionId,
    /// What it is.
    pub kind: RecordKind,
    /// The CRM's id of it.
    pub id: String,
}

/// Somebody whom a CRM knows. All text is the CRM's: untrusted, cleaned, at most 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RemotePerson {
    /// The record.
    pub record: RecordRef,
    /// Its name.
    pub name: String,
    /// Its company.
    pub company: Option<String>,
    /// Numbers as stored there.
    pub phones: Vec<String>,
    /// First e-mail.
    pub email: Option<String>,
    /// The contact here that it is, if they are tied: no row of its own is shown then.
    pub contact: Option<ContactId>,
}

/// How far the CRMs have answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RemoteSearch {
    /// They are asked; what is waited for may still come in time.
    Searching,
    /// 1.5 seconds are over: do not wait. Who answers late is added.
    Late,
    /// All have answered or failed.
    Done,
}

/// Who the CRMs say it is. Rows are only ever added at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RemoteMatches {
    /// How far they are.
    pub search: RemoteSearch,
    /// Everybody who was found, each connection's people together.
    pub people: Vec<RemotePerson>,
    /// Connections that did not answer or refused.
    pub failed: Vec<ConnectionId>,
}

/// Asks the connected CRMs; what is kept of the last minute is not asked again. Whoever shows each answer as it comes asks for
/// one connection at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum FindRemote {
    /// Who has this number, in any writing.
    Number {
        /// The number.
        number: String,
        /// Only this one; none asks all.
        connection: Option<ConnectionId>,
    },
    /// People by name, company or e-mail.
    Text {
        /// At least two characters; else nobody.
        text: String,
        /// Only this one; none asks all.
        connection: Option<ConnectionId>,
    },
}

/// Somebody of a CRM becomes a contact here, or is tied to the one that is the same person, and is assigned to the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakeRemote {
    /// Who; found within the last hour.
    pub record: RecordRef,
    /// The call to assign to.
    pub call: Option<CallId>,
}

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
/// about `contact` as Salvar does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CorrectPush {
    /// The push; it is stuck.
    pub push: PushId,
    /// All of the text.
    pub draft: Draft,
    /// The chosen outcome in the words that the agent saw.
    pub outcome: Option<String>,
}

/// A push as text, so that nothing of it is lost where the CRM never takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PushExport {
    /// CSV with a line of headings.
    pub csv: String,
}
