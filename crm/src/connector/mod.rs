//! The port to a company's CRM: one [`Connector`] for each connection. `crm-connect` has the real ones. What is only read is a
//! [`Directory`]: every CRM is one, a company's phone book is no more than one.
//!
//! ```text
//! caller's number ─► find_by_number ─► people who have it (in any writing, verified here)
//! wrap-up ─► outbox ─► delivery ─► (create | look up) person ─► log ─► attach
//!                                        └── Fault: what happened, typed, and whether it may have had an effect
//! ```
//! The futures are plain boxes: this room has no runtime of its own, and a connection is chosen while the program runs.

mod fault;
mod forms;
mod pull;
mod record;
mod required;

use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::call::Direction;
use crate::contact::ContactKind;
use crate::id::OutboxId;
use crate::phone::PhoneNumber;

pub use fault::Fault;
pub use forms::stored_forms;
pub use pull::{COPIES_MAX, Changes, Moved, Pull};
pub use record::{FieldKind, FieldSpec, FieldValue, PersonField, PersonFields, PersonState, RecordForm, RecordType};
pub use required::{Further, Wrong};

/// An answer that comes later.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// What a record of a CRM is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteKind {
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

impl From<ContactKind> for RemoteKind {
    fn from(kind: ContactKind) -> Self {
        match kind {
            ContactKind::Contact => Self::Contact,
            ContactKind::Lead => Self::Lead,
        }
    }
}

/// A record of a CRM.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RemoteRef {
    /// What it is.
    pub kind: RemoteKind,
    /// The CRM's id of it.
    pub id: String,
}

/// Who somebody is, as a CRM has it. All text is the CRM's and untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemotePerson {
    /// The record.
    pub record: RemoteRef,
    /// Its name.
    pub name: String,
    /// Its company.
    pub company: Option<String>,
    /// Numbers as stored there.
    pub phones: Vec<String>,
    /// First e-mail.
    pub email: Option<String>,
}

/// An open ticket of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteTicket {
    /// The record.
    pub record: RemoteRef,
    /// The number that people call it by.
    pub number: String,
    /// Its subject.
    pub subject: String,
}

/// An outcome of calls as the organisation has it in its CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallResult {
    /// Its name, in the organisation's words.
    pub name: String,
    /// It says that nobody was reached: the call is with no contact.
    pub needs_no_contact: bool,
}

/// As whom a connection is signed in: «Credenciales correctas».
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user's name there.
    pub user: String,
    /// The organisation, if the CRM tells it.
    pub organisation: Option<String>,
}

/// Somebody to be created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPerson {
    /// A lead instead of a contact.
    pub lead: bool,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Company.
    pub company: String,
    /// Numbers, E.164 or as typed; the first is the main one.
    pub phones: Vec<String>,
    /// E-mail.
    pub email: Option<String>,
    /// The record type that the fields are of; none takes the user's own.
    pub record_type: Option<String>,
    /// Further fields by their names on the wire, as the organisation requires them.
    pub further: Vec<(String, FieldValue)>,
}

/// The entry of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The idempotency key; also the marker by which the entry is found again.
    pub id: OutboxId,
    /// «Asunto».
    pub subject: String,
    /// «Comentario».
    pub comment: String,
    /// Name of the outcome.
    pub disposition: Option<String>,
    /// Who began the call.
    pub direction: Direction,
    /// It was answered.
    pub answered: bool,
    /// When it began, UTC.
    pub started_at_ms: i64,
    /// Minutes that the agent's clock is ahead of UTC: entries that have only a day have the agent's.
    pub utc_offset_min: i32,
    /// Answer to end.
    pub talk_ms: u64,
    /// The other side's number, E.164 if it is a full one.
    pub number: Option<String>,
    /// Name of the contact here that it was with.
    pub name: Option<String>,
    /// Contact, lead or company that it was with.
    pub who: Option<RemoteRef>,
    /// The ticket that it was about.
    pub ticket: Option<RemoteRef>,
    /// Further fields by their names on the wire, as the organisation requires them; none that the entry fills by itself.
    pub further: Vec<(String, FieldValue)>,
}

/// What a connection can do beyond the port's least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Logging the same entry twice makes one record, whatever happened to the first answer.
    pub logs_once: bool,
    /// It has people, to whom entries are tied.
    pub people: bool,
    /// It has leads.
    pub leads: bool,
    /// It has tickets.
    pub tickets: bool,
    /// The organisation keeps there which outcomes calls have.
    pub results: bool,
    /// People's records can be read and changed ([`Connector::read_person`], [`Connector::update_person`]).
    pub edits: bool,
}

/// People of a company who can be looked for. Every method may be given up by dropping its future.
pub trait Directory: Send + Sync {
    /// Whether it is signed in, and as whom.
    fn check(&self) -> Reply<'_, Identity>;

    /// Everybody who has this number, in whatever writing; nobody for extensions. A directory that cannot be asked, only copied
    /// ([`Pull`]), answers [`Fault::NotOffered`] to this and the next.
    fn find_by_number<'a>(&'a self, number: &'a PhoneNumber) -> Reply<'a, Vec<RemotePerson>>;

    /// People by name, company or e-mail, at most `limit`.
    fn find_by_text<'a>(&'a self, text: &'a str, limit: u32) -> Reply<'a, Vec<RemotePerson>>;

    /// Where a browser shows a record, once the connection knows its own address.
    fn address(&self, record: &RemoteRef) -> Option<String>;
}

/// A connection to a CRM: a directory that is also written to. A request that was given up may still have its effect.
pub trait Connector: Directory {
    /// What it can do.
    fn abilities(&self) -> Abilities;

    /// The form of a new record of this kind in this organisation, of this record type or of the user's own.
    fn describe<'a>(&'a self, kind: RemoteKind, record_type: Option<&'a str>) -> Reply<'a, RecordForm>;

    /// Names on the wire of the fields that an entry fills by itself: nobody is asked for these.
    fn filled_by_entries(&self) -> &'static [&'static str] {
        &[]
    }

    /// Creates somebody. Not idempotent: after [`Fault::Lost`] comes [`Self::find_created`].
    fn create<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, RemoteRef>;

    /// Somebody whom an earlier, unanswered [`Self::create`] made; not from a search index, which lags.
    fn find_created<'a>(&'a self, person: &'a NewPerson) -> Reply<'a, Option<RemoteRef>>;

    /// Somebody's record as it stands, not from a search index.
    fn read_person<'a>(&'a self, _who: &'a RemoteRef) -> Reply<'a, PersonState> {
        Box::pin(std::future::ready(Err(Fault::NotOffered)))
    }

    /// Changes these fields of somebody's record and no other. [`Fault::Stale`] if the record is of a later version.
    fn update_person<'a>(
        &'a self,
        _who: &'a RemoteRef,
        _changes: &'a PersonFields,
        _version: Option<&'a str>,
    ) -> Reply<'a, ()> {
        Box::pin(std::future::ready(Err(Fault::NotOffered)))
    }

    /// Logs a call.
    fn log<'a>(&'a self, entry: &'a LogEntry) -> Reply<'a, RemoteRef>;

    /// The entry that has this marker, of a call with `who`: there are CRMs that only tell the entries of somebody. Not from a
    /// search index.
    fn look_up<'a>(&'a self, marker: OutboxId, who: Option<&'a RemoteRef>) -> Reply<'a, Option<RemoteRef>>;

    /// Open tickets of somebody, newest first.
    fn tickets<'a>(&'a self, who: &'a RemoteRef) -> Reply<'a, Vec<RemoteTicket>>;

    /// The outcomes that calls have in this organisation, in order.
    fn call_results(&self) -> Reply<'_, Vec<CallResult>> {
        Box::pin(std::future::ready(Err(Fault::NotOffered)))
    }

    /// Ties an entry to a ticket.
    fn attach<'a>(&'a self, entry: &'a RemoteRef, ticket: &'a RemoteRef) -> Reply<'a, ()>;
}
