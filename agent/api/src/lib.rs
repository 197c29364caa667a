//! The boundary between the headless agent and whoever shows it: a window, the command line, a test.
//!
//! Three shapes cross it. A [`command`] is asked and answered; an [`event`] arrives on one ordered
//! stream; [`media::Levels`] are high-rate figures that may be dropped. Rust sends codes and data,
//! never sentences: the words live in `ui/src/locales`.
//!
//! Units stand in names: `_ms` milliseconds (UTC since 1970 for a moment), `_s` seconds, `_pct` percent,
//! `_dbfs` decibels below full scale. Numbers fit a JavaScript number.

pub mod account;
pub mod call;
pub mod card;
pub mod chat;
pub mod colleague;
pub mod command;
pub mod connection;
pub mod connection_setup;
pub mod contact;
pub mod details;
pub mod draft;
pub mod edit;
pub mod error;
pub mod event;
pub mod form;
pub mod headset;
pub mod id;
pub mod media;
pub mod network;
pub mod pbx;
pub mod push;
pub mod record_form;
pub mod recording;
pub mod remote;
pub mod report;
pub mod settings;
pub mod shell;
pub mod typescript;
