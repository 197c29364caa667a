//! Contacts, leads, calls, dispositions, matching and the outbox policy, without IO.
//!
//! Moments are UTC milliseconds since 1970 and arrive as arguments; ids are UUIDv7 made by the caller. This crate has
//! never heard of SIP: a call reaches it as a [`call::CallRecord`], a number as a [`phone::PhoneNumber`].
//!
//! ```text
//! call, contact, custom, draft, card, disposition, outbox   what is known, and what may become of it
//! connector, delivery                               the port to a company's CRM, and how a push gets there
//! reconcile                                         a person who is kept here and in a CRM, changed in either
//! phone, text                                       numbers and words made comparable
//! form                                              forms that are not finished
//! matching                                          who a number may be
//! exchange                                          contacts and history as files for spreadsheets
//! store                                             the port that keeps all of it; `crm-store` is its SQLite side
//! ```

pub mod call;
pub mod card;
pub mod chat;
pub mod connector;
pub mod contact;
pub mod custom;
pub mod delivery;
pub mod disposition;
pub mod draft;
pub mod exchange;
pub mod form;
pub mod id;
pub mod matching;
pub mod outbox;
pub mod phone;
pub mod reconcile;
pub mod store;
pub mod text;
