//! People and records that a CRM has.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::{CallId, ConnectionId, ContactId};

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

/// Who the CRMs say it is. Rows are brought up to date where they are, and added at the end.
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

/// A case, issue or request that a CRM has. All text is the CRM's: untrusted, cleaned, at most 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Ticket {
    /// The record.
    pub record: RecordRef,
    /// The number that people call it by.
    pub number: String,
    /// Its subject.
    pub subject: String,
}

/// Asks the CRMs for the open tickets of whom a contact is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FindTickets {
    /// The contact.
    pub contact: ContactId,
}

/// Open tickets of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Tickets {
    /// In the connections' order, of each the newest first.
    pub list: Vec<Ticket>,
    /// Connections that did not answer or refused.
    pub failed: Vec<ConnectionId>,
}

/// Somebody of a CRM becomes a contact here, or is tied to the one that is the same person, and is assigned to the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakeRemote {
    /// Who; found within the last hour.
    pub record: RecordRef,
    /// The call to assign to.
    pub call: Option<CallId>,
}
