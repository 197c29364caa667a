//! What a store keeps for connections to CRMs besides sending: how the queue stands, and which records people are.

use super::StoreError;
use crate::connector::{Further, RecordForm, RemoteKind, RemoteRef};
use crate::contact::Contact;
use crate::id::{ContactId, OutboxId};
use crate::outbox::{Correction, OutboxItem, OutboxState};

/// How many pushes of a connection stand where, and when the last one went well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PushCounts {
    /// Released or in flight.
    pub waiting: u32,
    /// Refused.
    pub stuck: u32,
    /// To be looked up.
    pub unknown: u32,
    /// When the CRM last confirmed one, UTC; none if never, or if nothing of it is kept.
    pub last_sent_ms: Option<i64>,
}

/// The part of [`Store`](super::Store) about connections. Each method is one transaction.
pub trait Remote {
    /// How the pushes of `connector` stand.
    fn push_counts(&mut self, connector: &str) -> Result<PushCounts, StoreError>;
    /// One push.
    fn push(&mut self, id: OutboxId) -> Result<OutboxItem, StoreError>;
    /// Pushes of `connector` in these states, oldest first, at most `limit`.
    fn pushes_to(&mut self, connector: &str, states: &[OutboxState], limit: u32)
    -> Result<Vec<OutboxItem>, StoreError>;
    /// «No enviar»: a waiting, unknown or refused push goes nowhere any more.
    fn keep_push_here(&mut self, id: OutboxId) -> Result<(), StoreError>;
    /// «Corregir»: a refused push goes again with this text, which the call's card takes as well. What is required of the person
    /// is kept for whom the text names.
    fn correct_push(&mut self, id: OutboxId, to: &Correction, now_ms: i64) -> Result<(), StoreError>;
    /// Creates or changes a person, with what CRMs require of the person besides, by connector.
    fn save_person(
        &mut self,
        contact: &Contact,
        further: &[(String, Further)],
        now_ms: i64,
    ) -> Result<Contact, StoreError>;
    /// What a CRM requires of somebody besides; until the person is tied to a record there.
    fn further(&mut self, connector: &str, contact: ContactId) -> Result<Option<Further>, StoreError>;
    /// The form of a kind of records as last read, and when that was, UTC.
    fn record_form(
        &mut self,
        connector: &str,
        kind: RemoteKind,
        record_type: Option<&str>,
    ) -> Result<Option<(RecordForm, i64)>, StoreError>;
    /// Keeps the form of a kind of records.
    fn keep_record_form(
        &mut self,
        connector: &str,
        kind: RemoteKind,
        record_type: Option<&str>,
        form: &RecordForm,
        now_ms: i64,
    ) -> Result<(), StoreError>;
    /// «Enviar ahora»: what waits for its moment, or to be looked up, is due.
    fn hasten_pushes(&mut self, connector: &str, now_ms: i64) -> Result<(), StoreError>;
    /// Nobody sends for `connector` at this moment: what is in flight may have arrived.
    fn recover_pushes(&mut self, connector: &str) -> Result<(), StoreError>;
    /// «Desconectar»: what was not sent stays here, and nobody is known there any more.
    fn forget_connector(&mut self, connector: &str) -> Result<(), StoreError>;
    /// Which of these records people here are.
    fn linked(&mut self, connector: &str, records: &[RemoteRef]) -> Result<Vec<(RemoteRef, ContactId)>, StoreError>;
    /// Which records somebody is, by connector.
    fn remote_links(&mut self, contact: ContactId) -> Result<Vec<(String, RemoteRef)>, StoreError>;
}
