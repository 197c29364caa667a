//! SIP without IO: messages, URIs, SDP, digest, transactions, dialogs, offer/answer, user agent.
