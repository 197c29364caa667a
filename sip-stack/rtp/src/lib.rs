//! RTP, RTCP, SRTP and telephone-event without IO; has never heard of SIP.
//!
//! ```text
//!  datagram ─► demux ─► [srtp] ─► header ─► stats ─► packet::InPacket ─► ring ─► voice
//!  voice ─► ring ─► packet::OutPacket ─► header ─► [srtp] ─► datagram
//! ```
//!
//! | module | what |
//! |---|---|
//! | [`packet`] | what the rings between the network and the voice thread carry |
//! | [`header`] | RTP framing, and telling RTP from RTCP and noise |
//! | [`sequence`] | numbers that wrap, made to count on |
//! | [`reception`] | sequence, loss, jitter and round trip of one source (RFC 3550) |
//! | [`rtcp`] | sender and receiver reports, names, goodbyes, and when to send them |
//! | [`srtp`] | suites, master keys, protecting and opening packets (RFC 3711, RFC 6188, RFC 7714) |
//! | [`telephone_event`] | keys sent beside the audio (RFC 4733) |

pub mod header;
pub mod packet;
pub mod reception;
pub mod rtcp;
pub mod sequence;
pub mod srtp;
pub mod telephone_event;
