//! The packets that cross between the network thread and the voice thread.
//!
//! Both are plain values of a fixed size, so that a ring of them needs no allocation per packet.

use std::time::Instant;

use arrayvec::ArrayVec;

/// The most bytes of payload that a packet of the rings holds: an Ethernet frame's worth.
pub const MAX_PAYLOAD: usize = 1500;

/// The encoded audio (or telephone-event) of one packet.
pub type Payload = ArrayVec<u8, MAX_PAYLOAD>;

/// A packet that came from the far end, already decrypted, authenticated and stripped of its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InPacket {
    /// When the network thread read it from the socket.
    pub arrival: Instant,
    /// RTP payload type, 0–127.
    pub payload_type: u8,
    /// The marker bit: the first packet of a talk spurt (RFC 3551 §4.1) or of an event (RFC 4733 §2.2.1).
    pub marker: bool,
    /// The sequence number as sent; it wraps.
    pub sequence: u16,
    /// RTP timestamp in units of the codec's clock; it wraps.
    pub timestamp: u32,
    /// The synchronisation source; a new one means a new stream whose numbers relate to nothing before.
    pub ssrc: u32,
    /// What the packet carries.
    pub payload: Payload,
}

/// A packet that leaves. The network thread adds sequence number and SSRC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutPacket {
    /// RTP payload type, 0–127.
    pub payload_type: u8,
    /// The marker bit.
    pub marker: bool,
    /// RTP timestamp in units of the codec's clock. The voice thread counts from any start; the network thread adds the
    /// session's random offset (RFC 3550 §5.1).
    pub timestamp: u32,
    /// What the packet carries.
    pub payload: Payload,
}
