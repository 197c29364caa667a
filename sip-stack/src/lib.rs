//! SIP without IO: messages, URIs, SDP, digest, transactions, dialogs, offer/answer, user agent.

pub mod offer_answer;
pub mod transport;
pub mod ua;
