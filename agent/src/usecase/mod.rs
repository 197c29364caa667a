//! What an agent can ask, one file for each subject; [`crate::commands`] is the door.

pub(crate) mod accounts;
pub(crate) mod cards;
mod chats;
pub(crate) mod colleagues;
mod connections;
pub(crate) mod contacts;
mod descriptions;
mod details;
pub(crate) mod dial;
mod downloads;
mod edits;
mod forms;
mod headsets;
mod network;
pub(crate) mod practice;
pub(crate) mod preferences;
pub(crate) mod pushes;
mod record_forms;
pub(crate) mod recordings;
mod remote;
mod report;
