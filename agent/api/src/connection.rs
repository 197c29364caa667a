//! Connections to companies' CRMs: which there are, and how they stand.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::connection_setup::{ConnectionKind, ConnectionSetup};
use crate::id::ConnectionId;

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
    /// «Último envío»: when the CRM last confirmed one, UTC; none if never, or if nothing of it is kept.
    pub last_sent_ms: Option<i64>,
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
    /// People who were changed both here and there, or whose changes it does not take: somebody must look.
    pub doubts: u32,
    /// What can be done there.
    pub can: ConnectionAbilities,
    /// This kind was tried on a live account of the vendor. If not, the window says so.
    pub verified: bool,
    /// The outcomes of calls are chosen from its own list; none where it has none.
    pub call_results: Option<bool>,
    /// Its people as they are copied here; none where they are only asked for.
    pub copies: Option<CopiesView>,
}

/// People who are copied, so that callers are known without a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CopiesView {
    /// How many.
    pub people: u32,
    /// There is no room for more: others are asked for there.
    pub full: bool,
    /// When the copy was last complete, UTC; none if never.
    pub complete_at_ms: Option<i64>,
    /// It is being brought up to date now.
    pub copying: bool,
    /// Why it is not up to date.
    pub fault: Option<ConnectFault>,
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

/// Whose outcomes are chosen from when a call is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UseCallResults {
    /// The connection.
    pub connection: ConnectionId,
    /// Those of its CRM instead of the own ones; of several connections the first one's.
    pub on: bool,
}

/// Moves a connection to another place of the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MoveConnection {
    /// The connection.
    pub connection: ConnectionId,
    /// Where it stands then, from 0; beyond the last place it is the last.
    pub place: u32,
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
    /// The proxy on the way asks who we are, or does not believe it.
    ProxySignIn,
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
    /// What is given as the company's authority is no certificate.
    Authority,
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
