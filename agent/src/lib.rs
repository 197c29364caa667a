//! The headless application: the call desk, the use cases, and the ports they need.
//!
//! ```text
//!   agent-api ──► commands ──► usecase ──► desk (calls, lines, timers) ──► phone, media
//!                                  └─────► store (thread), settings.toml, secrets, practice line
//!   connections ──► tasks `outbox`, `sync` and `edits` for each, lookups ──► CRMs
//! ```
//! [`Agent`] is the handle; everything live is owned by the task `desk` by value and nothing is locked around it.

mod agent;
mod commands;
mod connections;
pub mod desk;
pub mod edits;
pub mod fact;
pub mod headset;
mod inbox;
pub mod journal;
pub mod link;
pub mod outbox;
pub mod party;
pub mod pbx;
pub mod port;
pub mod recording;
pub mod redact;
pub mod report;
mod retention;
pub mod settings;
pub mod store;
pub mod sync;
mod training_caller;
mod usecase;
pub mod view;
mod whole_file;

pub use agent::{Agent, LinesFrom, Parts, StartError};
