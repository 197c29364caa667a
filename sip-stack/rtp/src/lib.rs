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
//! | [`srtp`] | suites, master keys, protecting and opening packets (RFC 3711, RFC 6188, RFC 7714) |

pub mod packet;
pub mod srtp;
