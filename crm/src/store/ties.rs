//! What a store keeps of people who are both here and in a CRM ([`reconcile`](crate::reconcile)).

use super::StoreError;
use crate::connector::{PersonFields, RemoteRef};
use crate::contact::Contact;
use crate::id::ContactId;
use crate::reconcile::Base;

/// A person here, the record there, and what both had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The person as kept here.
    pub contact: Contact,
    /// The record there.
    pub record: RemoteRef,
    /// What both had.
    pub base: Base,
    /// Changed in both places and not decided: what stands there.
    pub clashes: PersonFields,
    /// The record looks different from what it was.
    pub stirred: bool,
}

/// What came of a look at a tie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The person: as it was looked at, or with what was taken over.
    pub contact: Contact,
    /// What both have now.
    pub base: Base,
    /// What the agent is asked about.
    pub clashes: PersonFields,
    /// Code of the fault for which the CRM does not take the changes.
    pub refusal: Option<String>,
    /// There is still something to be sent.
    pub again: bool,
}

/// How a tie stands, for the eye.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieState {
    /// The connection.
    pub connector: String,
    /// What both had.
    pub base: Base,
    /// Changed in both places and not decided: what stands there.
    pub clashes: PersonFields,
    /// Code of the fault for which the CRM did not take the changes.
    pub refusal: Option<String>,
    /// A change made here is not there yet.
    pub waiting: bool,
}

/// The part of [`Store`](super::Store) about such people. A tie begins with [`link_remote`](super::Store::link_remote), and goes with
/// the link, the person or the connection. Each method is one transaction.
pub trait Ties {
    /// Ties that want a look, at most `limit`: the person was changed here since, or the record there looks changed.
    fn ties_to_settle(&mut self, connector: &str, limit: u32) -> Result<Vec<Tie>, StoreError>;
    /// One of them.
    fn tie(&mut self, connector: &str, contact: ContactId) -> Result<Tie, StoreError>;
    /// Keeps what came of a look, and the person if it is another than the stored one; a conflict if that was changed meanwhile.
    fn settle_tie(&mut self, connector: &str, settled: &Settled, now_ms: i64) -> Result<(), StoreError>;
    /// How somebody's ties stand.
    fn ties_of(&mut self, contact: ContactId) -> Result<Vec<TieState>, StoreError>;
    /// People of a connection about whom the agent is asked, or whose changes it does not take, by name, at most `limit`.
    fn ties_in_doubt(&mut self, connector: &str, limit: u32) -> Result<Vec<ContactId>, StoreError>;
}
