//! SIP without IO: messages, URIs, SDP, digest, transactions, dialogs, offer/answer, user agent.
//!
//! Modules have ranks and import only downwards:
//! `message` = `sdp` < `auth` = `transport` < `transaction` < `dialog` = `offer_answer` < `ua`.

pub mod auth;
pub mod dialog;
pub mod message;
pub mod offer_answer;
pub mod sdp;
pub mod transaction;
pub mod transport;
pub mod ua;
